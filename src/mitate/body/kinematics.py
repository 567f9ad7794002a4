"""Joint angles with anatomical names, in degrees, from segment frames.

Every joint is the rotation of its distal segment as seen from the proximal one, taken apart in the order
flexion about the proximal z, then abduction about the floating x, then rotation about the distal y. That is
the joint coordinate system of Grood and Suntay (J Biomech Eng 1983;105:136-144), the ISB's for hip and spine
(Wu et al., J Biomech 2002;35:543-548), and the order of OpenSim's gait models. The pelvis against the world
is taken apart in the order rotation, list, tilt (Baker R, Gait Posture 2001;13:1-6), so that its tilt does
not depend on where the person faces.

Signs, for both sides of the body:

=====================  =============================================================
flexion                positive forward: hip, lumbar spine and trunk; of the knee, bending
tilt (pelvis)          positive forward (anterior)
adduction              positive towards the middle of the body
rotation of a limb     positive inwards (internal)
list, bending          positive to the person's right (the right side goes down)
rotation of the trunk  positive to the person's left
=====================  =============================================================

Angles lie in (-180, 180]. What is not known is NaN. Frames come from `mitate.body.frames`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mitate.body.frames import GROUND, Array, mirrored, relative

__all__ = [
    "LimbAngles",
    "PelvisAngles",
    "Side",
    "TrunkAngles",
    "angles_zxy",
    "hip_angles",
    "inclination",
    "knee_angles",
    "knee_flexion",
    "lumbar_angles",
    "pelvis_angles",
    "rotation_zxy",
]

Side = Literal["right", "left"]


@dataclass(frozen=True, slots=True)
class LimbAngles:
    """Angles of a hip or knee, degrees: flexion, adduction (a knee's: varus), and internal rotation."""

    flexion: Array
    adduction: Array
    rotation: Array


@dataclass(frozen=True, slots=True)
class PelvisAngles:
    """The pelvis in the world, degrees: tilt forward, list to the right, rotation to the left."""

    tilt: Array
    list: Array
    rotation: Array


@dataclass(frozen=True, slots=True)
class TrunkAngles:
    """Thorax against pelvis, degrees: flexion forward, bending to the right, rotation to the left."""

    flexion: Array
    bending: Array
    rotation: Array


def angles_zxy(rotation: ArrayLike) -> tuple[Array, Array, Array]:
    """Three angles in degrees, about z, then the turned x, then the twice turned y.

    Returns:
        About z (-180 to 180), about x (-90 to 90), about y (-180 to 180). Within a thousandth of a degree of
        an x of 90 the other two are not determined apart from each other, and their sum only is right.
    """
    r = np.asarray(rotation, dtype=np.float64)
    return (
        _angle(-r[..., 0, 1], r[..., 1, 1]),
        np.degrees(np.arctan2(r[..., 2, 1], np.hypot(r[..., 0, 1], r[..., 1, 1]))),
        _angle(-r[..., 2, 0], r[..., 2, 2]),
    )


def rotation_zxy(about_z: ArrayLike, about_x: ArrayLike, about_y: ArrayLike) -> Array:
    """The rotation (..., 3, 3) with these angles in degrees: the way back from `angles_zxy`."""
    z, x, y = (np.radians(np.asarray(angle, dtype=np.float64)) for angle in (about_z, about_x, about_y))
    z, x, y = np.broadcast_arrays(z, x, y)
    cz, sz, cx, sx, cy, sy = np.cos(z), np.sin(z), np.cos(x), np.sin(x), np.cos(y), np.sin(y)
    rows = (
        (cz * cy - sz * sx * sy, -sz * cx, cz * sy + sz * sx * cy),
        (sz * cy + cz * sx * sy, cz * cx, sz * sy - cz * sx * cy),
        (-cx * sy, sx, cx * cy),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def pelvis_angles(pelvis: ArrayLike, ground: ArrayLike = GROUND) -> PelvisAngles:
    """The pelvis in the world (Baker 2001): tilt, list and rotation.

    Args:
        pelvis: (..., 3, 3).
        ground: the world as a frame; a rotation of 0 faces its x.
    """
    r = relative(ground, pelvis)
    return PelvisAngles(
        tilt=_angle(-r[..., 1, 0], r[..., 1, 1]),
        list=np.degrees(np.arctan2(-r[..., 1, 2], np.hypot(r[..., 1, 0], r[..., 1, 1]))),
        rotation=_angle(r[..., 0, 2], r[..., 2, 2]),
    )


def lumbar_angles(pelvis: ArrayLike, thorax: ArrayLike) -> TrunkAngles:
    """The thorax against the pelvis (Wu 2002); zero where both frames are parallel.

    What lies between the two frames is lumbar only if the thorax's points are at its lower end.
    """
    about_z, about_x, about_y = angles_zxy(relative(pelvis, thorax))
    return TrunkAngles(flexion=-about_z, bending=about_x, rotation=about_y)


def hip_angles(pelvis: ArrayLike, thigh: ArrayLike, side: Side) -> LimbAngles:
    """The thigh against the pelvis (Wu 2002)."""
    flexion, adduction, rotation = angles_zxy(_as_right(relative(pelvis, thigh), side))
    return LimbAngles(flexion, adduction, rotation)


def knee_angles(thigh: ArrayLike, shank: ArrayLike, side: Side) -> LimbAngles:
    """The shank against the thigh (Grood and Suntay 1983); flexion is positive."""
    about_z, adduction, rotation = angles_zxy(_as_right(relative(thigh, shank), side))
    return LimbAngles(-about_z, adduction, rotation)


def knee_flexion(hip: ArrayLike, knee: ArrayLike, ankle: ArrayLike) -> Array:
    """Flexion of a knee of which only the joint centres (..., 3) are known: 0 straight, never negative."""
    middle = _finite(knee)
    upper, lower = _finite(hip) - middle, middle - _finite(ankle)
    sine = np.linalg.norm(np.cross(upper, lower), axis=-1)
    return _angle(sine, (upper * lower).sum(axis=-1))


def inclination(low: ArrayLike, high: ArrayLike, forward: ArrayLike, ground: ArrayLike = GROUND) -> Array:
    """The angle of a line of the trunk against the vertical in the sagittal plane, positive forward.

    0 is upright and 90 horizontal; a deep bend goes on beyond 90, to 180.

    Args:
        low, high: (..., 3), the ends of the line: for example S1 and C7, or S1 and T12.
        forward: (..., 3), where the person faces; `mitate.body.frames.heading` of the pelvis.
    """
    line = _finite(high) - _finite(low)
    ahead = (line * _finite(forward)).sum(axis=-1)
    up = (line * _finite(ground)[..., 1]).sum(axis=-1)
    return _angle(ahead, up)


def _as_right(rotation: Array, side: Side) -> Array:
    return mirrored(rotation) if side == "left" else rotation


def _angle(sine: Array, cosine: Array) -> Array:
    """Degrees in (-180, 180]; NaN where both are nothing, which is no direction at all."""
    degrees = np.degrees(np.arctan2(sine, cosine))
    degrees = np.where(degrees == -180.0, 180.0, degrees) + 0.0
    return np.asarray(np.where((sine == 0) & (cosine == 0), np.nan, degrees), dtype=np.float64)


def _finite(values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(array), array, np.nan)
