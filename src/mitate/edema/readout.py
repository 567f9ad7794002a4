"""From a linear model's excess and variance to what is given out: intervals, and the side of dialysis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mitate.edema.levels import sides, summary

if TYPE_CHECKING:
    from mitate.edema.personal import PersonalModel
    from mitate.edema.prior import Prior

__all__ = ["ManyLevels", "ReadOut", "above", "interval", "noise_variance", "read_out", "unfamiliar"]

Array = NDArray[np.float64]


def _scale(sd: Array | float, dof: float) -> Array:
    """Scale of a Student t that has this sd; the sd itself for the normal."""
    return np.asarray(sd * (1.0 if np.isinf(dof) else np.sqrt((dof - 2) / dof)))


def interval(value: Array, sd: Array, dof: float) -> Array:
    """90 % intervals (..., 2) of Student's t with these sd; inf degrees of freedom is the normal."""
    quantile = special.ndtri(0.95) if np.isinf(dof) else special.stdtrit(dof, 0.95)
    half = _scale(sd, dof) * quantile
    return np.stack([value - half, value + half], axis=-1)


def above(value: Array | float, threshold: Array | float, sd: Array | float, dof: float) -> Array:
    """Probability of lying above a threshold."""
    z = (np.asarray(value) - threshold) / _scale(sd, dof)
    return np.asarray(special.ndtr(z) if np.isinf(dof) else special.stdtr(dof, z))


def unfamiliar(difference: Array, typical_change: Array) -> Array:
    """Root mean square of projected differences (..., d), in typical changes."""
    return np.asarray(np.sqrt(np.mean((difference / typical_change) ** 2, axis=-1)))


def noise_variance(of: PersonalModel | Prior, unfamiliarity: Array | float) -> Array:
    """Noise of a session that differs so much from the reference, kg^2; frames come on top."""
    grown = 1 - of.noise_growth + of.noise_growth * np.asarray(unfamiliarity) ** 2
    return np.asarray(of.noise_kg**2 * grown)


@dataclass(frozen=True, slots=True, eq=False)
class ManyLevels:
    """Of n patients what `read_out` needs: (n, 2) levels or none (0,), (n,) thresholds, one dof."""

    level_mean: Array
    level_spread: Array
    threshold_kg: Array
    dof: float


@dataclass(frozen=True, slots=True, eq=False)
class ReadOut:
    """What models say of n clips or frames: (n,) excess, sd and probability, (n, 2) intervals."""

    excess_kg: Array
    sd_kg: Array
    interval_90: Array
    probability: Array


def read_out(
    model: PersonalModel | ManyLevels, values: Array, shown: Array, walked: Array | float, dialysis: bool
) -> ReadOut:
    """Numbers as they are given out, from the linear model's.

    Args:
        model: of one patient, or levels and thresholds of n.
        values: (n,) excess by the linear model.
        shown: (n,) its variance, without what true weight has walked since.
        walked: (n,) or one: that variance.
        dialysis: as in `estimate`.
    """
    sd = np.sqrt(shown + walked)
    between = interval(values, sd, model.dof)
    if not model.level_mean.size:
        return ReadOut(values, sd, between, above(values, model.threshold_kg, sd, model.dof))
    # weight that has walked since lifts both levels with it, so it does not blur which one this is
    found = sides(values, shown, model.level_mean, model.level_spread)
    if not dialysis:
        return ReadOut(values, sd, between, found.before)
    return ReadOut(*summary(found, np.broadcast_to(np.asarray(walked), values.shape)), found.before)
