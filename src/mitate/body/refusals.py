"""What can be wrong with a film of a body, and what to tell the person behind the camera."""

from __future__ import annotations

from pathlib import Path

from mitate.errors import RefusalError

__all__ = ["INSTRUCTIONS", "refusal"]

INSTRUCTIONS: dict[str, tuple[str, str]] = {
    "no_person": (
        "no person is seen",
        "film one person whole, from head to feet, upright in the picture and well lit",
    ),
    "several_people": (
        "several people of like size are seen and it is not clear whose film this is",
        "film one person alone, or let the others stand well behind",
    ),
}
"""For each refusal: what is wrong, and what can be done about it."""


def refusal(reason: str, path: Path, detail: str = "") -> RefusalError:
    """The error for one of the `INSTRUCTIONS`; `detail` is put after what is wrong."""
    what, todo = INSTRUCTIONS[reason]
    return RefusalError(what + detail, reason=reason, where=path, todo=todo)
