"""Smoothing that does not lag: a local parabola through each point's neighbours in time.

A parabola is fitted by weighted least squares around every frame and read at that frame (Cleveland, "Robust
locally weighted regression and smoothing scatterplots", JASA 1979; on even frames it is the filter of
Savitzky and Golay, Analytical Chemistry 1964). The window is symmetrical, so there is no lag, and a
movement that is a parabola over the window, as every slow clinical movement nearly is, passes unchanged.
Unlike a Butterworth filter run both ways it needs neither even frames nor unbroken ones, and can trust
clear points more. With `REACH_S` half of the amplitude is left at 5.7 Hz and 99 % at 2 Hz; 6 Hz is the
usual cut-off for human movement (Winter, "Biomechanics and motor control of human movement", 2009).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["REACH_S", "fitted", "smoothed"]

REACH_S = 0.15
_LEAST_TRUST = 0.05  # share of a clear point's weight that a hidden one keeps
_LEAST_FRAMES = 4  # fewer than a parabola's three plus one leave nothing to average


def smoothed(
    values: NDArray[np.float32],
    times_s: NDArray[np.float64],
    trust: NDArray[np.float32],
    *,
    reach_s: float = REACH_S,
) -> NDArray[np.float32]:
    """Points over time without their jitter.

    Args:
        values: (n, p, d), NaN where missing.
        times_s: (n,) ascending seconds.
        trust: (n, p), 0 to 1, how much each point counts.
        reach_s: seconds each way from which neighbours are taken.

    Returns:
        (n, p, d), NaN where `values` are; a point with too few neighbours is left as it is.
    """
    return fitted(values, times_s, _LEAST_TRUST + (1 - _LEAST_TRUST) * trust, reach_s=reach_s)


def fitted(
    values: NDArray[np.float32],
    times_s: NDArray[np.float64],
    weights: NDArray[np.float32],
    *,
    reach_s: float,
) -> NDArray[np.float32]:
    """As `smoothed`, with weights (n, p) from 0; a point whose neighbours have none is left as it is."""
    result = values.copy()
    known = np.asarray(np.isfinite(values).all(axis=2), bool)
    filled = np.where(known[..., None], values, 0.0).astype(np.float64)
    weights = np.where(known, weights, 0.0)
    first = np.searchsorted(times_s, times_s - reach_s, side="right")
    last = np.searchsorted(times_s, times_s + reach_s, side="left")
    for i in range(len(times_s)):
        near = slice(first[i], last[i])
        away = (times_s[near] - times_s[i]) / reach_s
        kernel = (1 - np.abs(away) ** 3) ** 3
        fits = known[i] & ((weights[near] > 0).sum(axis=0) >= _LEAST_FRAMES)
        if fits.any():
            weight = kernel[:, None] * weights[near][:, fits]
            result[i, fits] = _parabola_at_zero(filled[near][:, fits], away, weight)
    return result


def _parabola_at_zero(
    values: NDArray[np.float64], away: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Value at 0 of the parabola fitted to `values` (m, p, d) at `away` (m,) with `weights` (m, p)."""
    powers = away[:, None] ** np.arange(3)
    normal = np.einsum("mp,ma,mb->pab", weights, powers, powers)
    right = np.einsum("mp,ma,mpd->pad", weights, powers, values)
    return np.asarray(np.linalg.solve(normal, right)[:, 0])
