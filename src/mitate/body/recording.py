"""One person's movement as it was seen: view, joints in space, joint angles and the curve of the back.

This is what the lift (`mitate.body.lift`) makes of a pose track, and what the measures of an instrument are
taken from. Every number stands beside its own error (one standard deviation); what is not known is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["ANGLES", "CURVE_POINTS", "CURVE_T12", "CURVE_T12_PLACE", "JOINTS", "Recording"]

Array = NDArray[np.float64]

ANGLES: tuple[str, ...] = (
    "trunk_inclination",
    "pelvis_tilt",
    "lumbar_flexion",
    "thoracic_flexion",
    "hip_flexion_right",
    "hip_flexion_left",
    "knee_flexion_right",
    "knee_flexion_left",
    "pelvis_list",
    "trunk_list",
    "pelvis_rotation",
    "trunk_rotation",
    "arm_elevation_right",
    "arm_elevation_left",
)
"""Names of the angles, degrees.

``trunk_inclination`` is the forward lean of the body segment at T12 against the vertical (beyond 90 in a deep
bend), ``pelvis_tilt`` that of the pelvis, ``lumbar_flexion`` the one against the other, ``thoracic_flexion``
the segment at C7 against the one at T12; all are zero in the upright rest of the body model. ``pelvis_list``
and ``trunk_list`` (at T12) lean to the person's right, ``pelvis_rotation`` and ``trunk_rotation`` (of the
chest, at T3) turn to the person's left; zero faces the camera. Hips and knees: flexion positive, of the
lines between joint centres; a knee is straight at 0, and upright rest has about 9.
``arm_elevation``: upper arm against the chest's downward axis, 0 hanging to 180 overhead.
"""

JOINTS: tuple[str, ...] = (
    "nose",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_index",
    "right_index",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
    "s1",
    "t12",
    "c7",
)
"""Joints in space; ``s1``, ``t12``, ``c7`` lie on the skin over the spine, ``index`` is the finger's tip."""

CURVE_POINTS = 17
"""Points of the curve, from C7 to S1."""

CURVE_T12 = 10
"""Index of T12 among the 17 points of the curve from C7 to S1, at equal shares of its length at rest."""

CURVE_T12_PLACE = CURVE_T12 / (CURVE_POINTS - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What was seen of one movement of one person, one row a moment, in order of time.

    Attributes:
        times_s: (n,) seconds from the start of the clip.
        angles: each of `ANGLES` → (n,) degrees.
        angle_errors: each of `ANGLES` → (n,) degrees, one standard deviation.
        joints: (n, 24, 3) metres, in the order of `JOINTS`; x to the person's left and z forward as the
            pelvis faces at that moment, y up; horizontally from the middle of the hips, vertically from the
            floor.
        curve: (n, 17, 2) cm from S1, forward and up in the person's sagittal plane, C7 first, S1 last.
        curve_error: (n,) cm, expected mean distance of the curve from the true one.
        curve_hidden: why there is no curve, for the whole recording; empty where there is one.
        yaw, pitch, roll: (n,) degrees, of the pelvis towards the camera (yaw to the person's left; 0 faces
            the camera), of the camera's height (positive: it looks down), and of its tilt (positive: the
            picture's top leans to the right).
        view_errors: (n,) degrees, one standard deviation of the yaw.
        height_m: standing height that gives the scale.
        height_known: False where a typical height was assumed.
        trained_on: data of the network that lifted: ``simulated`` or a cohort's name.
        warnings: what a person should know although nothing was refused.
    """

    times_s: Array
    angles: Mapping[str, Array]
    angle_errors: Mapping[str, Array]
    joints: Array
    curve: Array
    curve_error: Array
    curve_hidden: str
    yaw: Array
    pitch: Array
    roll: Array
    view_errors: Array
    height_m: float
    height_known: bool
    trained_on: str = "simulated"
    warnings: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,) whether the body was seen at each moment."""
        return np.isfinite(self.angles["trunk_inclination"])

    def joint(self, name: str) -> Array:
        """(n, 3) metres, one joint.

        Raises:
            InputError: no joint of this name.
        """
        if name not in JOINTS:
            raise InputError(f"there is no joint {name[:40]!r}", todo=f"one of {', '.join(JOINTS)}")
        return self.joints[:, JOINTS.index(name)]
