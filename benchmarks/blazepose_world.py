"""BlazePose's own joint angles, from the metres that its network gives beside the points: what to beat.

The network's metres lie in the camera's axes (x right, y up, z towards the camera), so its vertical is the
camera's: a camera that looks down leans the trunk of everybody. That is how people use it, and is left so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitate.body.clip import PoseTrack
from mitate.body.frames import heading, limb, midpoint, pelvis_from_hips
from mitate.body.kinematics import Side, hip_angles, inclination, knee_flexion
from mitate.body.points import INDEX

__all__ = ["blazepose_angles", "joint_angles"]

Array = NDArray[np.float64]
_SIDES: tuple[Side, ...] = ("right", "left")


def blazepose_angles(track: PoseTrack) -> dict[str, Array]:
    """Name → (n,) degrees of the angles that the network's own metres determine; NaN where not known.

    `joint_angles` says which.
    """
    places = track.world.astype(np.float64)
    return joint_angles({name: places[:, place] for name, place in INDEX.items()})


def joint_angles(joints: dict[str, Array]) -> dict[str, Array]:
    """Trunk, hips and knees from hips, knees, ankles and shoulders alone, each (n, 3), y up.

    ``trunk_inclination`` is that of the line from between the hips to between the shoulders, and
    ``hip_trunk_right`` and ``_left`` the thigh against that line: hip and lumbar flexion in one, since
    without a point between hips and shoulders nobody can tell them apart.
    """
    hips, shoulders = (
        midpoint(joints[f"right_{part}"], joints[f"left_{part}"]) for part in ("hip", "shoulder")
    )
    trunk = pelvis_from_hips(joints["right_hip"], joints["left_hip"], shoulders)
    found = {"trunk_inclination": inclination(hips, shoulders, heading(trunk))}
    for side in _SIDES:
        hip, knee, ankle = (joints[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
        thigh = limb(hip, knee, trunk[..., 2])
        found[f"hip_trunk_{side}"] = hip_angles(trunk, thigh, side).flexion
        found[f"knee_flexion_{side}"] = knee_flexion(hip, knee, ankle)
    return found
