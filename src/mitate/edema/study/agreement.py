"""Agreement with the scales: bias and limits within which nine and a half of ten differences lie.

A patient is measured on several days and his true excess differs from day to day, so that differences of one
patient are alike and limits from their plain spread would be wrong. The variance of the differences is taken
apart by one-way analysis of variance with the patient as the factor, and put together again (Bland and
Altman, "Agreement between methods of measurement with multiple observations per individual", Journal of
Biopharmaceutical Statistics 17, 2007, section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.edema.evaluate import Predictions, bootstrapped, sums_by_participant
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = ["PUBLISHED_DRY_WEIGHT", "Agreement", "agreement"]

Array = NDArray[np.float64]

PUBLISHED_DRY_WEIGHT = (
    "For scale only: dry weights by machine learning from records of 1 151 dialysis sessions differed from "
    "those by bioimpedance by 0.78 kg in the mean, with limits of agreement from −3.7 to 2.2 kg "
    "(Chulalongkorn University, thesis 82525). That is another quantity, on real patients."
)
_SPREAD = 1.959963984540054  # of the normal, two-sided 95 %


@dataclass(frozen=True, slots=True)
class Agreement:
    """Estimate minus truth, kilograms, each with its 95 % interval over patients.

    Attributes:
        bias: mean difference.
        lower, upper: limits of agreement, bias ∓ 1.96 standard deviations.
        within, between: standard deviations of a patient's differences about his mean, and of patients'
            means about the bias.
        slope: of the truth on the estimate, 1 where estimates are neither too bold nor too timid.
    """

    bias: Figure
    lower: Figure
    upper: Figure
    within: Figure
    between: Figure
    slope: Figure

    @property
    def figures(self) -> list[Figure]:
        """All of them that are defined."""
        every = (self.bias, self.lower, self.upper, self.within, self.between, self.slope)
        return [figure for figure in every if np.isfinite(figure.value)]


def agreement(
    predictions: Predictions, *, data: str, label: str, resamples: int = 2000, seed: int = 0
) -> Agreement:
    """Bias, limits of agreement for repeated measures, and the slope of truth on estimate.

    Args:
        data: on what it was measured.
        label: after the figures' names, such as ``mitate, 3 labelled days, session``.

    Raises:
        InputError: fewer than two patients, or nobody with two sessions.
    """
    count = sums_by_participant(predictions, np.ones(len(predictions.truth_kg)))
    if len(count) < 2 or count.max() < 2:
        raise InputError("limits of agreement need two patients, and one of them with two sessions")
    parts = _Parts.of(predictions)

    def figure(name: str, unit: str, of: Callable[[Array], Array]) -> Figure:
        return bootstrapped(
            f"{name}, {label}", unit, of, len(count), data=data, resamples=resamples, seed=seed
        )

    return Agreement(
        bias=figure("bias of agreement", "kg", lambda w: parts.spread(w)[0]),
        lower=figure("lower limit of agreement", "kg", lambda w: _limit(parts.spread(w), -_SPREAD)),
        upper=figure("upper limit of agreement", "kg", lambda w: _limit(parts.spread(w), _SPREAD)),
        within=figure("spread of differences within a patient", "kg", lambda w: np.sqrt(parts.spread(w)[1])),
        between=figure("spread of differences between patients", "kg", lambda w: np.sqrt(parts.spread(w)[2])),
        slope=figure("slope of truth on estimate", "", _slope(predictions)),
    )


def _limit(spread: tuple[Array, Array, Array], times: float) -> Array:
    bias, within, between = spread
    return np.asarray(bias + times * np.sqrt(within + between))


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Per patient: number of differences, their sum, and the sum of their squares."""

    count: Array
    total: Array
    square: Array

    @classmethod
    def of(cls, predictions: Predictions) -> _Parts:
        gap = predictions.excess_kg - predictions.truth_kg
        columns = (np.ones(len(gap)), gap, gap**2)
        return cls(*(sums_by_participant(predictions, column) for column in columns))

    def spread(self, weights: Array) -> tuple[Array, Array, Array]:
        """(B,) mean difference, variance within and variance between patients, of (B, P) weights.

        A patient who is drawn twice counts as two. A negative variance between patients is taken as 0.
        """
        people, rows = weights.sum(axis=1), weights @ self.count
        mean = weights @ self.total / rows
        own = self.total**2 / self.count
        with np.errstate(divide="ignore", invalid="ignore"):
            within = weights @ (self.square - own) / (rows - people)
            between = (weights @ own - rows * mean**2) / (people - 1)
            evenness = (rows**2 - weights @ self.count**2) / ((people - 1) * rows)
            apart = np.maximum((between - within) / evenness, 0.0)
        return mean, np.maximum(within, 0.0), apart


def _slope(predictions: Predictions) -> Callable[[Array], Array]:
    """Least squares of the truth on the estimate, over all sessions."""
    said, truth = predictions.excess_kg, predictions.truth_kg
    columns = (np.ones(len(said)), said, truth, said * truth, said**2)
    count, x, y, xy, xx = (sums_by_participant(predictions, column) for column in columns)

    def slope(weights: Array) -> Array:
        n, first, second = weights @ count, weights @ x, weights @ y
        spread = weights @ xx - first**2 / n
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (weights @ xy - first * second / n) / np.where(spread > 1e-9 * n, spread, np.nan)
        return np.asarray(found)

    return slope
