"""Recorded movements of CMU's database with the angles that their skeleton gives, in the house's terms.

The zero is the skeleton's own upright rest. Two things in the truth are conventions and not bone: where along
a back of three rigid pieces a bend happens, and how far the pelvis has taken part in it. ``upperback`` spans
12 to 23 cm above the root, which is at about L5/S1, so it is the piece at T12; in the deepest bend the piece
above it leans 14 degrees further and the one below 20 less. A system with another back, as Anny's, cannot
agree with it better than such differences leave room for.

Zeros differ too: at CMU's rest the line from hips to shoulders leans back by 7 degrees, at Anny's forward by
1 to 2, and Anny's leg at rest is bent by 9 degrees at the knee, which counts as 0. Whoever learned on Anny is
off by such constants here, which a change from the person's own standing does not contain.

The last bone ends 11 cm below the top of the head, where the ears are.

Data: mocap.cs.cmu.edu, funded by NSF EIA-0196217 (data folder cmu_mocap_sample). 120 frames a second are
brought to 30. Who walks does so on the spot: the mean velocity is taken off, else no camera would hold him.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.asf_amc import Posture, posture, read_amc, read_asf
from mitate.body.frames import GROUND, limb
from mitate.body.kinematics import Side, hip_angles, knee_flexion, lumbar_angles, pelvis_angles

__all__ = ["DATA", "RATE", "TRIALS", "Movement", "load"]

Array = NDArray[np.float64]

DATA = Path(__file__).parents[2] / "shared" / "data" / "cmu_mocap_sample"
TRIALS: Mapping[str, str] = {"02_06": "bend over, scoop up", "02_01": "walk", "02_10": "wash self"}
_STEP = 4  # 120 frames a second to 30
RATE = 30.0
"""Frames a second of a `Movement`."""
_STANDING_DEG = 8.0  # further from rest than at its nearest still counts as standing
_SIDES: tuple[Side, ...] = ("right", "left")
_BONES = {
    "shoulder": "clavicle", "elbow": "humerus", "wrist": "wrist", "index": "fingers", "thumb": "thumb",
    "hip": "hipjoint", "knee": "femur", "ankle": "tibia", "foot_index": "toes",
}  # fmt: skip
_EAR_M, _NOSE_M = (0.075, 0.0, 0.0), (0.0, -0.035, 0.13)  # left, up and forward of the head bone's end
_HEEL_M = (0.0, -0.05, -0.05)  # of the ankle, at the foot's rest
_SPEED_MS = 0.5  # who travels faster than this on the whole walks


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """A recorded movement, 30 frames a second.

    Attributes:
        name: of the recording.
        times_s: (n,) seconds.
        points: name of a point of `mitate.body.points.POINTS` → (n, 3) metres, y up, the floor at 0.
        truth: name of `mitate.body.recording.ANGLES` → (n,) degrees, as far as the skeleton gives them.
        heading_deg: where the person faces on the whole, to the left of the world's z.
    """

    name: str
    times_s: Array
    points: Mapping[str, Array]
    truth: Mapping[str, Array]
    heading_deg: float

    @property
    def standing(self) -> NDArray[np.bool_]:
        """(n,) the person stands upright: trunk, pelvis and thighs nearly as near to rest as ever."""
        names = ("trunk_inclination", "pelvis_tilt", *(f"hip_flexion_{side}" for side in _SIDES))
        away = np.max([np.abs(self.truth[name]) for name in names], axis=0)
        return np.asarray(away < away.min() + _STANDING_DEG, dtype=np.bool_)


def load(name: str) -> Movement:
    """One of `TRIALS`.

    Raises:
        InputError: its files are not there or not whole.
    """
    folder = DATA / "data/CMU/asfamc/subjects/02"
    motion = {bone: rows[::_STEP] for bone, rows in read_amc(folder / f"{name}.amc").items()}
    moved = posture(read_asf(folder / "02.asf"), motion)
    places = _points(moved)
    times = np.arange(len(moved.ends["root"])) / RATE
    places = _on_the_spot(places, times)
    headings = np.radians(pelvis_angles(moved.turns["root"] @ GROUND).rotation)
    facing = np.degrees(np.arctan2(np.sin(headings).mean(), np.cos(headings).mean()))
    return Movement(name, times, places, _truth(moved), float(facing))


def _points(moved: Posture) -> dict[str, Array]:
    """Those of the 33 points that the skeleton has; ears, nose and heels as they lie on a head and foot."""
    found = {
        f"{side}_{point}": moved.ends[f"{side[0]}{bone}"] for side in _SIDES for point, bone in _BONES.items()
    }

    def beside(end: str, bone: str, away: tuple[float, ...]) -> Array:
        return np.asarray(moved.ends[end] + moved.turns[bone] @ np.array(away))

    found["nose"] = beside("head", "head", _NOSE_M)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        found[f"{side}_ear"] = beside("head", "head", (sign * _EAR_M[0], *_EAR_M[1:]))
        found[f"{side}_heel"] = beside(f"{side[0]}tibia", f"{side[0]}foot", _HEEL_M)
    return found


def _truth(moved: Posture) -> dict[str, Array]:
    """The angles that the skeleton gives, by the definitions of `mitate.body.recording.ANGLES`."""
    pelvis, trunk = (moved.turns[bone] @ GROUND for bone in ("root", "upperback"))
    found = {
        "trunk_inclination": pelvis_angles(trunk).tilt,
        "pelvis_tilt": pelvis_angles(pelvis).tilt,
        "lumbar_flexion": lumbar_angles(pelvis, trunk).flexion,
    }
    for side in _SIDES:
        hip, knee, ankle = (moved.ends[f"{side[0]}{bone}"] for bone in ("hipjoint", "femur", "tibia"))
        thigh = limb(hip, knee, pelvis[..., 2])
        found[f"hip_flexion_{side}"] = hip_angles(pelvis, thigh, side).flexion
        found[f"knee_flexion_{side}"] = knee_flexion(hip, knee, ankle)
    return found


def _on_the_spot(places: Mapping[str, Array], times_s: Array) -> dict[str, Array]:
    """Who travels on the whole stays: the mean velocity is taken off."""
    hips = (places["left_hip"] + places["right_hip"]) / 2
    velocity = np.polyfit(times_s, hips, 1)[0] * [1, 0, 1]
    velocity = velocity if np.linalg.norm(velocity) > _SPEED_MS else 0 * velocity
    return {name: place - times_s[:, None] * velocity for name, place in places.items()}
