"""Points that jump away for a few frames and come back are marked as missing.

While the network changes its mind about left and right it gives, for a frame or a few and with full
confidence, points half-way between the two. No movement looks like that: a point is compared with the
parabola through its neighbours in time, fitted robustly (Cleveland, "Robust locally weighted regression and
smoothing scatterplots", JASA 1979), from the running median as the first guess. What lies farther away than
a body part can stray is left out; nothing is put in its place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitate.body.smooth import fitted

__all__ = ["jumping"]

_REACH_S = 0.2
_FARTHEST = 0.15  # torso lengths, about 7 cm
_USUAL = 5.0  # how many times the usual distance from the parabola, where that is large in a fast movement
_FITS = 4
_SIDE_FRAMES = 3  # needed before and after: at the ends of a stretch nothing says what is a jump


def jumping(
    points: NDArray[np.float32], times_s: NDArray[np.float64], torso: float | None
) -> NDArray[np.bool_]:
    """Which points lie off the path that they take before and after.

    Args:
        points: (n, p, 2) pixels, NaN where missing.
        times_s: (n,) ascending seconds.
        torso: length in pixels from the shoulders to the hips; None: nothing is judged.

    Returns:
        (n, p) true where a point jumps.
    """
    none = np.zeros(points.shape[:2], bool)
    known = np.asarray(np.isfinite(points).all(axis=2), bool)
    judged = known & _surrounded(known, times_s)
    if torso is None or not judged.any():
        return none
    away = _distance(points, _running_median(points, times_s))
    most = _FARTHEST * torso
    for _ in range(_FITS):
        limit = np.maximum(most, _USUAL * _running_median(away[..., None], times_s)[..., 0])
        # Tukey's weights: full on the path, nothing beyond the limit
        weight = np.where(known & (away < limit), (1 - (away / limit) ** 2) ** 2, 0.0)
        path = fitted(points, times_s, weight.astype(np.float32), reach_s=_REACH_S)
        away = np.nan_to_num(_distance(points, path))
    return np.asarray(judged & (away > limit), bool)


def _distance(points: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(points - others, axis=2), np.float64)


def _running_median(values: NDArray[np.floating], times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """Median of the known `values` (n, p, d) within reach of each frame; NaN where they are."""
    result = np.full(values.shape, np.nan, np.float32)
    for i, (first, last) in enumerate(_windows(times_s)):
        # as many frames before as after, so that a steady movement is its own median
        half = min(i - first, last - 1 - i)
        some = np.isfinite(values[i]).all(axis=1)
        if some.any():
            result[i, some] = np.nanmedian(values[i - half : i + half + 1, some], axis=0)
    return result


def _windows(times_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """(n, 2) the frames within reach of each frame: the first, and the one after the last."""
    first = np.searchsorted(times_s, times_s - _REACH_S, side="left")
    return np.stack([first, np.searchsorted(times_s, times_s + _REACH_S, side="right")], axis=1)


def _surrounded(known: NDArray[np.bool_], times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n, p) whether each point is known often enough within reach, before and after."""
    count = np.concatenate([np.zeros((1, known.shape[1]), int), known.cumsum(axis=0)])
    first, last = _windows(times_s).T
    here = np.arange(len(times_s))
    before, after = count[here] - count[first], count[last] - count[here + 1]
    return np.asarray(np.minimum(before, after) >= _SIDE_FRAMES, bool)
