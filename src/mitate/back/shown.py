"""Which angles are shown of a movement, in which plane, with the words and colours of all pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from mitate.back.canvas import LUMBAR, PELVIS, TRUNK, Colour
from mitate.back.movement import NECK_MOVEMENTS
from mitate.body.recording import Recording

if TYPE_CHECKING:
    from mitate.back.movement import Phase

__all__ = [
    "MOVEMENT_WORDS",
    "Plane",
    "Shown",
    "facing",
    "plane_of",
    "repetition_at",
    "shown_angles",
    "standing_moment",
]

Array = NDArray[np.float64]
Plane = Literal["sagittal", "frontal", "transverse"]

MOVEMENT_WORDS: dict[str, str] = {
    "forward_bend": "Forward bend",
    "backward_bend": "Backward bend",
    "rotation": "Rotation",
    "side_bend": "Side bend",
    "waiters_bow": "Waiter's bow",
    "one_leg_stance": "One-leg stance",
    "squat": "Squat",
    "neck_flexion": "Bending the head forwards",
    "neck_extension": "Looking up",
    "neck_rotation": "Turning the head",
    "neck_side_bend": "Tilting the head",
    "arm_raise": "Raising the arms",
}
"""The movements as they are said."""

_PLANES: dict[str, Plane] = {
    "rotation": "transverse",
    "side_bend": "frontal",
    "one_leg_stance": "frontal",
    "neck_rotation": "transverse",
    "neck_side_bend": "frontal",
}
_ANGLES: dict[Plane, tuple[str, str]] = {
    "sagittal": ("trunk_inclination", "pelvis_tilt"),
    "frontal": ("trunk_list", "pelvis_list"),
    "transverse": ("trunk_rotation", "pelvis_rotation"),
}
_AROUND_S = 0.3  # of the moment of standing
_TURNED_ASIDE = 0.3  # sine of the yaw from which the film shows which way a person faces


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One angle through time as it is drawn.

    Attributes:
        label: one word.
        values, errors: (n,) degrees; one standard deviation.
        colour: of its hand and its line.
        reach: length of its hand on a dial, as a share of the dial's radius.
    """

    label: str
    values: Array
    errors: Array
    colour: Colour
    reach: float


def plane_of(movement: str) -> Plane:
    """The plane in which a movement goes on."""
    return _PLANES.get(movement, "sagittal")


def shown_angles(recording: Recording, movement: str, phases: Sequence[Phase]) -> tuple[Shown, Shown, Shown]:
    """Trunk, pelvis and the low back between them, in the movement's plane; of the neck's, head or arms.

    Outside the sagittal plane the low back's angle is the trunk's less the pelvis's, with the errors of both.
    Turns count from where the pelvis faced while standing, wherever the camera stood.
    """
    plane = plane_of(movement)
    trunk, pelvis = (recording.angles[name] for name in _ANGLES[plane])
    if plane == "transverse":
        near = np.abs(recording.times_s - recording.times_s[standing_moment(recording, phases)]) <= _AROUND_S
        known = pelvis[near & np.isfinite(pelvis)]
        ahead = float(np.median(known)) if known.size else 0.0
        trunk, pelvis = trunk - ahead, pelvis - ahead
    trunk_error, pelvis_error = (recording.angle_errors[name] for name in _ANGLES[plane])
    if movement in NECK_MOVEMENTS:
        below = (
            Shown("trunk", trunk, trunk_error, TRUNK, 0.6),
            Shown("pelvis", pelvis, pelvis_error, PELVIS, 0.6),
        )
        return _with_neck(recording, movement, *below)
    if plane == "sagittal":
        lumbar = recording.angles["lumbar_flexion"], recording.angle_errors["lumbar_flexion"]
    else:
        lumbar = trunk - pelvis, np.hypot(trunk_error, pelvis_error)
    return (
        Shown("trunk", trunk, trunk_error, TRUNK, 1.0),
        Shown("pelvis", pelvis, pelvis_error, PELVIS, 0.8),
        Shown("low back", *lumbar, LUMBAR, 0.6),
    )


def _with_neck(
    recording: Recording, movement: str, trunk: Shown, pelvis: Shown
) -> tuple[Shown, Shown, Shown]:
    """Both arms and the trunk, or the head, the trunk and the pelvis."""

    def shown(label: str, name: str, colour: Colour, reach: float) -> Shown:
        nothing = np.full(len(recording), np.nan)
        values, errors = (table.get(name, nothing) for table in (recording.angles, recording.angle_errors))
        return Shown(label, values, errors, colour, reach)

    if movement == "arm_raise":
        right = shown("right arm", "arm_elevation_right", LUMBAR, 1.0)
        return right, shown("left arm", "arm_elevation_left", PELVIS, 0.8), trunk
    name = movement if movement in ("neck_rotation", "neck_side_bend") else "neck_flexion"
    return shown("head", name, LUMBAR, 1.0), trunk, pelvis


def facing(recording: Recording) -> int:
    """Which way forward is drawn: 1 to the right, −1 to the left where the film shows a person facing so."""
    known = recording.yaw[np.isfinite(recording.yaw)]
    aside = float(np.median(np.sin(np.radians(known)))) if known.size else 0.0
    return -1 if aside < -_TURNED_ASIDE else 1


def repetition_at(phases: Sequence[Phase], time_s: float) -> tuple[int, str]:
    """Which repetition goes on, counted from 1, and whether it goes there or back; (0, "") between them."""
    for number, phase in enumerate(phases, 1):
        if phase.start_s <= time_s <= phase.end_s:
            return number, "there" if time_s <= phase.peak_s else "back"
    return 0, ""


def standing_moment(recording: Recording, phases: Sequence[Phase]) -> int:
    """Index of the moment that shows how the person stood: the start of the first repetition, if it is known.

    Otherwise the known moment at which the trunk is most upright; 0 where nothing is known.
    """
    known = recording.known & np.isfinite(recording.curve).all(axis=(1, 2))
    known = known if known.any() else recording.known
    if not known.any():
        return 0
    if phases:
        away = np.where(known, np.abs(recording.times_s - phases[0].start_s), np.inf)
        nearest = int(np.argmin(away))
        if away[nearest] <= 0.5:
            return nearest
    lean = np.where(known, np.abs(recording.angles["trunk_inclination"]), np.inf)
    return int(np.argmin(lean))
