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
    "half_body": (
        "not all of the body is seen",
        "stand further away with nothing in front, so that the whole body from head to feet stays in the "
        "picture; hold the phone upright, at the height of the hips",
    ),
    "moving_camera": (
        "the camera moves",
        "stand the phone on something firm at the height of the hips; do not touch it or zoom while filming",
    ),
    "turned": (
        "the picture is turned: the person's legs do not point down",
        "hold the phone upright while filming, or turn the film before it is measured",
    ),
    "too_small": (
        "the person is too small in the picture",
        "stand nearer, so that the body fills at least half of the picture's height; hold the phone upright",
    ),
    "too_dark": (
        "the picture is too dark",
        "put on more light, or film by day with the window behind the camera",
    ),
    "too_short": (
        "the film is too short to show a movement",
        "start filming before the movement and stop after it, standing still for a moment at both ends",
    ),
}
"""For each refusal: what is wrong, and what can be done about it."""


def refusal(reason: str, path: Path, detail: str = "") -> RefusalError:
    """The error for one of the `INSTRUCTIONS`; `detail` is put after what is wrong."""
    what, todo = INSTRUCTIONS[reason]
    return RefusalError(what + detail, reason=reason, where=path, todo=todo)
