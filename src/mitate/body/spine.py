"""What a sagittal spine curve from C7 to S1 says: kyphosis, lordosis, inclinations, and where a bend happens.

A curve is a polyline (..., k, 2) in the person's sagittal plane: forward and up, in any unit of length, from
C7 (first) down to S1 (last). Inclinations are those of the line upwards along the spine against the vertical:
0 upright, 90 horizontal and forward, further in a deep bend; along one curve they are unwrapped from S1
upwards. They are read off halfway along each piece of the line and are linear between, which is exact for
circular arcs. What is not known is NaN, and so is every angle above it, as the unwrapping ends there; the
straight line needs its two ends only.

The angles between tangents, and the lumbar share as lumbar over trunk flexion, where the trunk is T12 and the
pelvis S2 against the vertical: Laird RA et al., BMC Musculoskelet Disord 2019;20:28. Early, middle and late
rhythm as the ratio of lumbar to hip movement from 0 to 30, 30 to 60 and 60 to 90 degrees of forward bend:
Esola MA et al., Spine 1996;21:71-78.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from mitate.body.frames import Array
from mitate.errors import InputError

__all__ = [
    "ESOLA",
    "Bend",
    "Posture",
    "Rhythm",
    "bend_between",
    "curve_distance",
    "inclinations",
    "lumbar_share",
    "posture",
    "rhythm",
]

ESOLA: tuple[float, float, float, float] = (0.0, 30.0, 60.0, 90.0)
"""Degrees of forward bend between which the rhythm is early, middle and late."""

_LEAST_SHARE_DEG = 5.0  # below this much bend, a share of it is mostly error


@dataclass(frozen=True, slots=True)
class Posture:
    """One curve's angles, degrees, each of the curve's leading shape.

    Attributes:
        kyphosis: how much the thoracic part, C7 to T12, is bent forward.
        lordosis: how much the lumbar part, T12 to S1, is bent backward; negative where it is flexed.
        pelvic_inclination: of the spine at S1, forward.
        t12_inclination: of the spine at T12, forward; Laird's trunk flexion once standing is taken off.
        trunk_inclination: of the straight line from S1 to C7, forward.
    """

    kyphosis: Array
    lordosis: Array
    pelvic_inclination: Array
    t12_inclination: Array
    trunk_inclination: Array


@dataclass(frozen=True, slots=True)
class Bend:
    """From one curve to another, degrees, forward positive.

    Attributes:
        trunk, pelvis: by how much T12 and S1 turned forward.
        lumbar, thoracic: by how much these parts flexed.
        profile: (..., k - 2), the flexion at each inner point of the line, C7's neighbour first.
        place: where the flexion lies on average, from 0 at S1 to 1 at C7; parts that extend do not count.
    """

    trunk: Array
    pelvis: Array
    lumbar: Array
    thoracic: Array
    profile: Array
    place: Array


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The lumbar share of a forward bend in its early, middle and late part, per cent, and over all three.

    A part that is not reached is NaN. The ratio of lumbar to hip movement is share / (100 - share).
    """

    early: float
    middle: float
    late: float
    whole: float


def inclinations(curve: ArrayLike) -> tuple[Array, Array]:
    """The inclination (..., k - 1) of each piece of a curve, degrees, and where its middle lies.

    Returns:
        Inclinations, C7's piece first, and the places of their middles from 0 at S1 to 1 at C7 by arc length.

    Raises:
        InputError: fewer than three points, or not points of two coordinates.
    """
    points = _curve(curve)
    pieces = points[..., :-1, :] - points[..., 1:, :]
    raw = np.degrees(np.arctan2(pieces[..., 0], pieces[..., 1]))
    length = np.hypot(pieces[..., 0], pieces[..., 1])
    raw = np.where(length > 0, raw, np.nan)
    turned = np.flip(np.unwrap(np.flip(raw, axis=-1), period=360.0, axis=-1), axis=-1)
    place = _places(points)
    middle = np.asarray((place[..., :-1] + place[..., 1:]) / 2, dtype=np.float64)
    return turned, middle


def posture(curve: ArrayLike, t12: int) -> Posture:
    """The angles of each curve.

    Args:
        curve: (..., k, 2), forward and up, C7 first, S1 last.
        t12: the index of the point between T12 and L1.

    Raises:
        InputError: `t12` leaves fewer than two pieces of the line above or below it.
    """
    points = _curve(curve)
    _check_t12(t12, points.shape[-2])
    angle, _ = inclinations(points)
    at_c7, at_t12, at_s1 = _tangents(points, angle, t12)
    chord = points[..., 0, :] - points[..., -1, :]
    straight = np.degrees(np.arctan2(chord[..., 0], chord[..., 1]))
    straight = np.where((chord == 0).all(axis=-1), np.nan, straight)
    # The chord of a curve lies between its tangents, on whose side of the cut at 180 it belongs.
    mean = (at_c7 + at_s1) / 2
    mean = np.where(np.isnan(mean), straight, mean)
    straight = straight + 360.0 * np.round((mean - straight) / 360.0)
    return Posture(
        kyphosis=at_c7 - at_t12,
        lordosis=at_s1 - at_t12,
        pelvic_inclination=at_s1,
        t12_inclination=at_t12,
        trunk_inclination=straight,
    )


def bend_between(standing: ArrayLike, bent: ArrayLike, t12: int) -> Bend:
    """How a person got from one curve to the other: which part flexed, by how much, and where.

    Args:
        standing, bent: (..., k, 2), the same points of the same spine.
        t12: the index of the point between T12 and L1.

    Raises:
        InputError: curves of different numbers of points, or as `posture`.
    """
    first, second = _curve(standing), _curve(bent)
    if first.shape[-2] != second.shape[-2]:
        raise InputError(f"the curves have {first.shape[-2]} and {second.shape[-2]} points")
    before, after = posture(first, t12), posture(second, t12)
    angles_before, _ = inclinations(first)
    angles_after, _ = inclinations(second)
    flexed = np.asarray(-np.diff(angles_after, axis=-1) + np.diff(angles_before, axis=-1))
    weight = np.maximum(flexed, 0.0)
    total = weight.sum(axis=-1)
    along = (_places(first)[..., 1:-1] * weight).sum(axis=-1)
    place = along / np.where(total > 0, total, np.nan)
    return Bend(
        trunk=after.t12_inclination - before.t12_inclination,
        pelvis=after.pelvic_inclination - before.pelvic_inclination,
        lumbar=before.lordosis - after.lordosis,
        thoracic=after.kyphosis - before.kyphosis,
        profile=flexed,
        place=np.asarray(place, dtype=np.float64),
    )


def curve_distance(found: ArrayLike, true: ArrayLike) -> Array:
    """Mean distance (n,) of the points of curves (n, k, 2) from other curves (n, k, 2), in their unit.

    The distance of a point is that to the nearest place of the other line, which is what is seen; how points
    are spread along it does not count.
    """
    found, true = _curve(found), _curve(true)
    start, along = true[:, :-1], np.diff(true, axis=1)
    offset = found[:, :, None] - start[:, None]
    size = (along**2).sum(-1)[:, None]
    share = (offset * along[:, None]).sum(-1) / np.where(size == 0, 1.0, size)
    nearest = start[:, None] + np.clip(share, 0, 1)[..., None] * along[:, None]
    gap = np.linalg.norm(found[:, :, None] - nearest, axis=-1).min(axis=2)
    return np.asarray(gap.mean(axis=1))


def lumbar_share(trunk: ArrayLike, lumbar: ArrayLike) -> Array:
    """The lumbar spine's share of the trunk's flexion, per cent; NaN below 5 degrees of trunk flexion.

    Args:
        trunk, lumbar: flexion from standing, degrees, for example at the peak of the bend.
    """
    whole, part = _known(trunk), _known(lumbar)
    return np.asarray(100.0 * part / np.where(np.abs(whole) >= _LEAST_SHARE_DEG, whole, np.nan))


def rhythm(trunk: ArrayLike, lumbar: ArrayLike, edges: tuple[float, float, float, float] = ESOLA) -> Rhythm:
    """The lumbar share in the early, middle and late part of one way down.

    Args:
        trunk, lumbar: (n,), flexion from standing over time, degrees, from the start of the bend to its peak.
            Frames that are not known are left out.
        edges: degrees of trunk flexion between which the parts lie; for thirds of the person's own bend, give
            0, 1/3, 2/3 and 1 times its peak.

    Raises:
        InputError: series of different lengths, or edges that do not grow.
    """
    whole, part = _known(trunk), _known(lumbar)
    if whole.ndim != 1 or whole.shape != part.shape:
        raise InputError(f"trunk and lumbar flexion differ in length: {whole.shape} and {part.shape}")
    if not all(low < high for low, high in pairwise(edges)):
        raise InputError(f"the edges must grow: {edges}")
    known = np.isfinite(whole) & np.isfinite(part)
    reached = _first_reached(whole[known], part[known], edges)
    steps = np.diff(reached, axis=0)
    bends = np.vstack([steps, reached[-1] - reached[0]])
    shares = 100.0 * bends[:, 1] / np.where(bends[:, 0] > 0, bends[:, 0], np.nan)
    return Rhythm(*(float(share) for share in shares))


def _first_reached(trunk: Array, lumbar: Array, edges: tuple[float, ...]) -> Array:
    """Trunk and lumbar flexion (edges, 2) where the trunk first reaches each edge; NaN if it never does."""
    found = np.full((len(edges), 2), np.nan)
    for row, edge in zip(found, edges, strict=True):
        beyond = np.flatnonzero(trunk >= edge)
        after = int(beyond[0]) if beyond.size else -1
        if after == 0 and trunk[0] - edge < _LEAST_SHARE_DEG:  # the film began a little late
            row[:] = trunk[0], lumbar[0]
        elif after > 0:
            share = (edge - trunk[after - 1]) / (trunk[after] - trunk[after - 1])
            row[:] = edge, lumbar[after - 1] + share * (lumbar[after] - lumbar[after - 1])
    return found


def _tangents(points: Array, angle: Array, t12: int) -> tuple[Array, Array, Array]:
    """Inclinations at C7, at the point `t12` and at S1."""
    length = np.hypot(*np.moveaxis(np.diff(points, axis=-2), -1, 0))

    def between(one: int, other: int) -> Array:
        """At the point that two neighbouring pieces share."""
        a, b = length[..., one], length[..., other]
        whole = np.where(a + b > 0, a + b, np.nan)
        return np.asarray((angle[..., one] * b + angle[..., other] * a) / whole, dtype=np.float64)

    at_c7 = 2 * angle[..., 0] - between(0, 1)
    at_s1 = 2 * angle[..., -1] - between(-2, -1)
    return at_c7, between(t12 - 1, t12), at_s1


def _places(points: Array) -> Array:
    """Where each point lies along its curve, from 0 at S1 to 1 at C7."""
    length = np.hypot(*np.moveaxis(np.diff(points, axis=-2), -1, 0))
    from_s1 = np.flip(np.cumsum(np.flip(length, axis=-1), axis=-1), axis=-1)
    whole = np.concatenate([from_s1, np.zeros_like(from_s1[..., :1])], axis=-1)
    return np.asarray(whole / np.where(whole[..., :1] > 0, whole[..., :1], np.nan), dtype=np.float64)


def _curve(curve: ArrayLike) -> Array:
    points = _known(curve)
    if points.ndim < 2 or points.shape[-1] != 2 or points.shape[-2] < 3:
        raise InputError(f"a spine curve is three or more points of two coordinates, not {points.shape}")
    return points


def _check_t12(t12: int, points: int) -> None:
    if not 2 <= t12 <= points - 3:
        raise InputError(
            f"point {t12} of {points} leaves fewer than two pieces of the spine above or below it"
        )


def _known(values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(array), array, np.nan)
