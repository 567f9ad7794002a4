"""What can be wrong with a picture of a face, and what to tell the person in front of the camera."""

from __future__ import annotations

from pathlib import Path

from mitate.errors import RefusalError

__all__ = ["INSTRUCTIONS", "refusal"]

INSTRUCTIONS: dict[str, tuple[str, str]] = {
    "no_face": ("no face is seen", "hold the camera upright with the whole face in the picture"),
    "several_faces": ("several faces are seen and none is clearly nearest", "film one person alone"),
    "too_dark": ("the face is too dark", "face a window or a lamp"),
    "too_bright": ("the face is too bright", "move out of direct sunlight or away from the lamp"),
    "blurred": ("the face is blurred", "hold the camera still, wipe its lens and let it focus on the face"),
    "too_small": ("the face is too small", "come closer, so that the face fills a third of the picture"),
    "cut_off": ("the face is cut off by the edge of the picture", "move the whole face into the picture"),
    "not_frontal": ("the face is not seen from the front", "look straight into the camera"),
    "eyes_closed": ("the eyes are closed", "keep the eyes open and look into the camera"),
    "mouth_open": ("the mouth is open", "close the mouth and do not speak while filming"),
    "occluded": (
        "part of the face is covered",
        "take off mask and dark glasses and keep hands and hair away",
    ),
    "flat_picture": (
        "nothing in the film moves as a living face does: it looks like a film of a picture",
        "film the person, not a photograph or a screen",
    ),
    "person_changed": ("the person changes during the clip", "film one person from beginning to end"),
    "wrong_person": ("this is another person", "use the clip of the patient whom the model belongs to"),
}
"""For each refusal: what is wrong, and what the person in front of the camera can do about it."""


def refusal(reason: str, path: Path, detail: str = "") -> RefusalError:
    """The error for one of the `INSTRUCTIONS`; `detail` is put after what is wrong."""
    what, todo = INSTRUCTIONS[reason]
    return RefusalError(what + detail, reason=reason, where=path, todo=todo)
