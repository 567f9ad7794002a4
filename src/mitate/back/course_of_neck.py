"""How far a movement of the neck or the arms has gone, from what `mitate.back.head` adds to a recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitate.body.recording import Recording

__all__ = ["course_of_neck", "unseen_head"]

_SIDED = ("neck_rotation", "neck_side_bend")
_FROM_SIDE = ("neck_flexion", "neck_extension")


def course_of_neck(recording: Recording, movement: str) -> NDArray[np.float64]:
    """(n,) degrees, NaN where it was not seen; unknown all along where nobody looked at the head.

    Positive is chin down, chin up, to the left, to the right shoulder, and both arms up.

    Args:
        movement: one of `mitate.back.movement.NECK_MOVEMENTS`.
    """
    if movement == "arm_raise":
        right, left = (np.asarray(recording.angles[f"arm_elevation_{side}"]) for side in ("right", "left"))
        return np.where(np.isnan(right), left, np.where(np.isnan(left), right, (right + left) / 2))
    name = f"{movement}_course" if movement in _SIDED else "neck_flexion"
    values = np.asarray(recording.angles.get(name, np.full(len(recording), np.nan)), dtype=np.float64)
    return -values if movement == "neck_extension" else values.copy()


def unseen_head(movement: str) -> tuple[str, str]:
    """What to say and what to do where the course of a head's movement is not known."""
    if movement in _FROM_SIDE:
        return (
            "the head was not seen from the side long enough",
            "film the person from the side, for looking up and down",
        )
    return (
        "the face was not seen long enough",
        "film the person from the front, in good light and closer, for turning and tilting the head",
    )
