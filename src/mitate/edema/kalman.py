"""Kalman filter and fixed-interval smoother: scalar observations, irregular times, many courses at once.

``x[k] = F[k] x[k-1] + noise of covariance Q[k]``,  ``y[k] = H[k] x[k] + noise of variance r[k]``.

Kalman (1960); the smoother is that of Rauch, Tung and Striebel (1965). Equations as in Durbin and Koopman,
Time Series Analysis by State Space Methods (2012), chapter 4. Own code because the states are tiny, the
intervals irregular and the courses of a trial many: every step works on all courses together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["Filtered", "Smoothed", "StateSpace", "run_filter", "run_smoother"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class StateSpace:
    """A linear Gaussian model with `s` states and n observations in order of time.

    Attributes:
        mean, covariance: (s,) and (s, s) of the state before its first step.
        step: (n, s, s) F; the first leads from the prior to the first observation.
        step_noise: (n, s, s) Q.
        seen: (n, s) H, the row by which each observation sees the state.
    """

    mean: Array
    covariance: Array
    step: Array
    step_noise: Array
    seen: Array

    def __post_init__(self) -> None:
        states, steps = len(self.mean), len(self.step)
        want = {
            "covariance": (states, states),
            "step": (steps, states, states),
            "step_noise": (steps, states, states),
            "seen": (steps, states),
        }
        for name, shape in want.items():
            if getattr(self, name).shape != shape:
                raise InputError(f"must have the shape {shape}, not {getattr(self, name).shape}", where=name)


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """What is known at each observation from it and earlier ones; leading axes `...` are courses.

    Attributes:
        mean, covariance: (..., n, s) and (..., n, s, s), the observation included.
        before, covariance_before: the same without it.
        surprise, surprise_variance: (..., n) observation minus what was expected of it; nan where missing.
        log_likelihood: (...,) of all observations.
    """

    mean: Array
    covariance: Array
    before: Array
    covariance_before: Array
    surprise: Array
    surprise_variance: Array
    log_likelihood: Array


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """What is known at each observation from all of them.

    Attributes:
        mean, covariance: (..., n, s) and (..., n, s, s).
        gain: (..., n - 1, s, s); the covariance of states k and k + 1 is ``gain[k] @ covariance[k + 1]``.
    """

    mean: Array
    covariance: Array
    gain: Array

    def between(self, first: int, second: int) -> Array:
        """(..., s, s) covariance of the states at two observations, `first` not after `second`."""
        result = self.covariance[..., second, :, :]
        for k in range(second - 1, first - 1, -1):
            result = self.gain[..., k, :, :] @ result
        return np.asarray(result)


def run_filter(model: StateSpace, values: Array, variances: Array) -> Filtered:
    """Run the filter.

    Args:
        model: with n observations.
        values: (..., n); nan where there is none.
        variances: (..., n) of the observations' noise, above 0.

    Raises:
        InputError: lengths differ, or a variance that is not above 0.
    """
    values, variances = np.broadcast_arrays(np.asarray(values, float), np.asarray(variances, float))
    steps, states = model.seen.shape
    if values.shape[-1:] != (steps,):
        raise InputError(f"{values.shape[-1:]} observations for a model of {steps}", where="values")
    present = np.isfinite(values)
    if not (variances[present] > 0).all():
        raise InputError("the variance of an observation must be above 0", where="variances")
    lead = values.shape[:-1]
    mean = np.broadcast_to(model.mean, (*lead, states)).copy()
    covariance = np.broadcast_to(model.covariance, (*lead, states, states)).copy()
    kept: list[list[Array]] = [[] for _ in range(6)]
    total = np.zeros(lead)
    for k in range(steps):
        step, row, here = model.step[k], model.seen[k], present[..., k]
        mean = mean @ step.T
        covariance = step @ covariance @ step.T + model.step_noise[k]
        kept[2].append(mean)
        kept[3].append(covariance)
        toward = covariance @ row
        spread = toward @ row + np.where(here, variances[..., k], 1.0)
        surprise = np.where(here, values[..., k] - mean @ row, 0.0)
        gain = np.where(here[..., None], toward / spread[..., None], 0.0)
        mean = mean + gain * surprise[..., None]
        covariance = covariance - gain[..., :, None] * toward[..., None, :]
        total = total - 0.5 * np.where(here, np.log(2 * np.pi * spread) + surprise**2 / spread, 0.0)
        kept[0].append(mean)
        kept[1].append(covariance)
        kept[4].append(np.where(here, surprise, np.nan))
        kept[5].append(np.where(here, spread, np.nan))
    axes = (-2, -3, -2, -3, -1, -1)
    m, c, b, cb, s, v = (np.stack(part, axis) for part, axis in zip(kept, axes, strict=True))
    return Filtered(m, c, b, cb, s, v, total)


def run_smoother(model: StateSpace, filtered: Filtered) -> Smoothed:
    """Run the fixed-interval smoother backwards over a filter's result."""
    steps = len(model.step)
    mean, covariance = filtered.mean[..., -1, :], filtered.covariance[..., -1, :, :]
    means, covariances, gains = [mean], [covariance], []
    for k in range(steps - 2, -1, -1):
        own = filtered.covariance[..., k, :, :]
        ahead = filtered.covariance_before[..., k + 1, :, :]
        # a state without noise makes `ahead` singular: the pseudo-inverse leaves such directions alone
        gain = own @ model.step[k + 1].T @ np.linalg.pinv(ahead, hermitian=True)
        change = mean - filtered.before[..., k + 1, :]
        mean = filtered.mean[..., k, :] + (gain @ change[..., None])[..., 0]
        covariance = own + gain @ (covariance - ahead) @ np.swapaxes(gain, -1, -2)
        means.append(mean)
        covariances.append(covariance)
        gains.append(gain)
    shape = (*mean.shape[:-1], 0, mean.shape[-1], mean.shape[-1])
    return Smoothed(
        np.stack(means[::-1], -2),
        np.stack(covariances[::-1], -3),
        np.stack(gains[::-1], -3) if gains else np.zeros(shape),
    )
