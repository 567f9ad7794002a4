"""Segment frames from anatomical points, after the ISB's recommendations.

A frame is a rotation matrix whose columns are the segment's own axes in the coordinates of the points:
x forward, y up along the body, z to the person's right (Wu et al. 2002, 2005). Left limbs use the same axes,
so that z always points right. Whatever world the points live in, it must be right-handed. Points are arrays
(..., 3), usually (n, 3) over time, in any unit of length; frames are (..., 3, 3). A point that is unknown
(not finite), or points that do not span a frame, give NaN.

Sources: Wu G et al., J Biomech 2002;35:543-548 (pelvis, femur, spine) and 2005;38:981-992 (thorax);
Grood ES, Suntay WJ, J Biomech Eng 1983;105:136-144 (knee). Fitting markers: Kabsch W, Acta Cryst A
1976;32:922-923, with the reflection taken out as in Kabsch 1978;34:827-828.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "GROUND",
    "OPENSIM_GROUND",
    "Array",
    "fit_rotation",
    "heading",
    "limb",
    "mean_rotation",
    "midpoint",
    "mirrored",
    "pelvis_from_hips",
    "pelvis_from_spines",
    "relative",
    "shank",
    "thigh",
    "thorax",
    "thorax_from_shoulders",
]

Array = NDArray[np.float64]

GROUND: Array = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""The house's world as a frame: people look along +z, y is up, so that forward is z and right is -x."""

OPENSIM_GROUND: Array = np.eye(3)
"""OpenSim's ground: forward is x, up is y, right is z."""

_X, _Y, _Z = range(3)
_LEAST_SINE = 1e-6  # below this, two directions are one and span no plane


def midpoint(*points: ArrayLike) -> Array:
    """The mean of several points (..., 3), for example of the two PSISs, or of a knee's epicondyles."""
    arrays = [_points(point) for point in points]
    return np.asarray(sum(arrays[1:], start=arrays[0]) / len(arrays), dtype=np.float64)


def pelvis_from_spines(right_asis: ArrayLike, left_asis: ArrayLike, sacrum: ArrayLike) -> Array:
    """The pelvis of Wu 2002: z from left to right ASIS; x forward in the plane of both ASISs and the sacrum.

    Args:
        sacrum: the midpoint of the two PSISs, or one marker on the sacrum between them.
    """
    right, left = _points(right_asis), _points(left_asis)
    forward = midpoint(right, left) - _points(sacrum)
    return _frame(_Z, right - left, _X, forward)


def pelvis_from_hips(right_hip: ArrayLike, left_hip: ArrayLike, lumbar: ArrayLike) -> Array:
    """A pelvis from joint centres: z from left to right hip; y from their midpoint to the lumbosacral joint.

    Against `pelvis_from_spines` its tilt differs by a constant of the person; list and rotation do not.
    """
    right, left = _points(right_hip), _points(left_hip)
    return _frame(_Z, right - left, _Y, _points(lumbar) - midpoint(right, left))


def thorax(c7: ArrayLike, t8: ArrayLike, jugular_notch: ArrayLike, xiphoid: ArrayLike) -> Array:
    """The thorax of Wu 2005: y from the middle of xiphoid and T8 to the middle of jugular notch and C7.

    z is at right angles to the plane through the jugular notch, C7 and the lower of these middles.
    """
    neck, notch = _points(c7), _points(jugular_notch)
    low = midpoint(xiphoid, t8)
    up = midpoint(notch, neck) - low
    return _frame(_Y, up, _X, notch - neck)


def thorax_from_shoulders(right_shoulder: ArrayLike, left_shoulder: ArrayLike, low: ArrayLike) -> Array:
    """A thorax from joint centres: y from a low point of the trunk to between the shoulders, z to the right.

    Args:
        low: T12, the lumbosacral joint, or the middle of the hips; which one decides what the bend contains.
    """
    right, left = _points(right_shoulder), _points(left_shoulder)
    return _frame(_Y, midpoint(right, left) - _points(low), _Z, right - left)


def thigh(hip: ArrayLike, right_epicondyle: ArrayLike, left_epicondyle: ArrayLike) -> Array:
    """The femur of Wu 2002: y from between the epicondyles to the hip centre; z right, in their plane.

    Args:
        right_epicondyle: the one further to the person's right: lateral of a right, medial of a left knee.
        left_epicondyle: the other one.
    """
    right, left = _points(right_epicondyle), _points(left_epicondyle)
    return _frame(_Y, _points(hip) - midpoint(right, left), _Z, right - left)


def shank(knee: ArrayLike, right_malleolus: ArrayLike, left_malleolus: ArrayLike) -> Array:
    """The shank on its mechanical axis (Grood 1983): y from between the malleoli to the knee; z right.

    z lies in the plane of the malleoli and the knee's centre: a knee's rotation holds the tibia's torsion.

    Args:
        right_malleolus: the one further to the person's right: lateral of a right, medial of a left ankle.
        left_malleolus: the other one.
    """
    right, left = _points(right_malleolus), _points(left_malleolus)
    return _frame(_Y, _points(knee) - midpoint(right, left), _Z, right - left)


def limb(proximal: ArrayLike, distal: ArrayLike, right: ArrayLike) -> Array:
    """A limb from its joint centres: y from distal to proximal, z as near to `right` as it can.

    Args:
        right: a direction to the person's right, for example the pelvis's z (``pelvis[..., 2]``). The
            rotation about the limb's own axis is then borrowed, not measured.
    """
    return _frame(_Y, _points(proximal) - _points(distal), _Z, _points(right))


def heading(frame: ArrayLike, ground: ArrayLike = GROUND) -> Array:
    """The horizontal direction (..., 3) that a frame faces, from its z axis: it holds in a deep bend too."""
    across = _matrices(frame)[..., 2]
    return _unit(np.cross(_points(np.asarray(ground, dtype=np.float64)[..., 1]), across))


def relative(proximal: ArrayLike, distal: ArrayLike) -> Array:
    """The rotation (..., 3, 3) of the distal frame as seen in the proximal one."""
    return np.asarray(np.swapaxes(_matrices(proximal), -1, -2) @ _matrices(distal), dtype=np.float64)


def mirrored(rotation: ArrayLike) -> Array:
    """A rotation as it looks in the sagittal plane's mirror: what the left side would be on the right."""
    flip = np.array([1.0, 1.0, -1.0])
    return np.asarray(flip[:, None] * _matrices(rotation) * flip, dtype=np.float64)


def fit_rotation(reference: ArrayLike, markers: ArrayLike) -> Array:
    """The rotations that best turn a rigid cluster of markers into each of its later positions (Kabsch).

    Args:
        reference: (m, 3), the cluster at rest.
        markers: (..., m, 3), the same markers later. Markers that are not finite are left out of their frame.

    Returns:
        (..., 3, 3); NaN where fewer than three markers are known, or all of them stand in one line.
    """
    rest, moved = np.asarray(reference, dtype=np.float64), np.asarray(markers, dtype=np.float64)
    known: NDArray[np.bool_] = np.asarray((np.isfinite(moved) & np.isfinite(rest)).all(axis=-1))
    enough = known.sum(axis=-1) >= 3
    weight = known[..., None] / np.maximum(known.sum(axis=-1), 1)[..., None, None]
    rest = np.where(known[..., None], rest, 0.0)
    moved = np.where(known[..., None], moved, 0.0)
    rest = rest - (weight * rest).sum(axis=-2, keepdims=True)
    moved = moved - (weight * moved).sum(axis=-2, keepdims=True)
    return _nearest_rotation(np.swapaxes(weight * moved, -1, -2) @ rest, enough)


def mean_rotation(rotations: ArrayLike) -> Array:
    """The rotation (3, 3) nearest to many (n, 3, 3) in the mean square; unknown ones are left out."""
    table = np.asarray(rotations, dtype=np.float64).reshape(-1, 3, 3)
    table = table[np.isfinite(table).all(axis=(-1, -2))]
    return _nearest_rotation(table.sum(axis=0), np.asarray(len(table) > 0))


def _nearest_rotation(matrix: Array, enough: NDArray[np.bool_]) -> Array:
    u, sizes, vt = np.linalg.svd(matrix)
    # One vanishing size is a plane of markers, and is well; two of them leave a turn about a line open.
    fixed = enough & (sizes[..., 1] > _LEAST_SINE * np.maximum(sizes[..., 0], np.finfo(float).tiny))
    flip = np.ones_like(sizes)
    flip[..., 2] = np.sign(np.linalg.det(u @ vt))
    turned = (u * flip[..., None, :]) @ vt
    return np.asarray(np.where(fixed[..., None, None], turned, np.nan), dtype=np.float64)


def _points(points: ArrayLike) -> Array:
    array = np.asarray(points, dtype=np.float64)
    return np.where(np.isfinite(array), array, np.nan)


def _matrices(frames: ArrayLike) -> Array:
    array = np.asarray(frames, dtype=np.float64)
    return np.where(np.isfinite(array), array, np.nan)


def _unit(vectors: Array) -> Array:
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    scaled = vectors / np.where(largest > 0, largest, np.nan)  # squares of tiny numbers would vanish
    length = np.linalg.norm(scaled, axis=-1, keepdims=True)
    return np.asarray(scaled / length, dtype=np.float64)


def _frame(lead: int, along: Array, second: int, towards: Array) -> Array:
    """A right-handed frame: axis `lead` along one direction, axis `second` as near to another as it can."""
    cyclic = (second - lead) % 3 == 1
    a, b = _unit(along), _unit(towards)
    third = _plane(np.cross(a, b) if cyclic else np.cross(b, a))
    axes = {lead: a, second: np.cross(third, a) if cyclic else np.cross(a, third), 3 - lead - second: third}
    frame = np.stack(np.broadcast_arrays(axes[_X], axes[_Y], axes[_Z]), axis=-1)
    whole = np.isfinite(frame).all(axis=(-1, -2), keepdims=True)
    return np.where(whole, frame, np.nan)


def _plane(normal: Array) -> Array:
    """The unit normal of a plane; NaN where its two directions are one."""
    sine = np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.asarray(normal / np.where(sine > _LEAST_SINE, sine, np.nan), dtype=np.float64)
