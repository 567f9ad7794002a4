"""How well it does: presence and kilograms, with 95 % intervals resampled over participants.

The participant, not the frame or the session, is what is drawn from the population (Field & Welsh,
"Bootstrapping clustered data", JRSS B 69, 2007): whole participants are drawn with replacement, and every
metric is a function of sums per participant, so that 2,000 resamples are one matrix product. Observations
are pooled: a participant with more sessions counts for more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.figures import Figure

__all__ = [
    "METRICS",
    "Predictions",
    "Statistic",
    "bootstrapped",
    "difference",
    "evaluate",
    "exact_at_ends",
    "metric_value",
    "sums_by_participant",
]

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""Weights of participants (B, P), in the order of their sorted ids, to values (B,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """N predictions, one a session or one a frame.

    Attributes:
        participant: (N,) ids.
        is_pre: (N,) true before dialysis, false after; the truth of presence.
        truth_kg, excess_kg: (N,) true and predicted excess.
        probability: (N,) predicted probability of edema.
        low_kg, high_kg: (N,) 90 % interval.

    Raises:
        InputError: lengths differ, nothing there, or a value is not finite.
    """

    participant: NDArray[Any]
    is_pre: NDArray[np.bool_]
    truth_kg: Array
    excess_kg: Array
    probability: Array
    low_kg: Array
    high_kg: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "participant", np.asarray(self.participant))
        object.__setattr__(self, "is_pre", np.asarray(self.is_pre, dtype=bool))
        for name in ("truth_kg", "excess_kg", "probability", "low_kg", "high_kg"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if values.shape != self.participant.shape or not np.isfinite(values).all():
                raise InputError(f"predictions need {len(self.participant)} finite numbers", where=name)
            object.__setattr__(self, name, values)
        if (
            self.participant.ndim != 1
            or not len(self.participant)
            or self.is_pre.shape != self.participant.shape
        ):
            raise InputError("predictions need one participant and one phase each, and at least one row")

    @property
    def n_participants(self) -> int:
        """How many participants there are."""
        return len(np.unique(self.participant))


def sums_by_participant(predictions: Predictions, values: Array) -> Array:
    """(P,) sums of `values` (N,) per participant, in the order of their sorted ids."""
    _, index = np.unique(predictions.participant, return_inverse=True)
    return np.asarray(np.bincount(index, weights=values), dtype=np.float64)


def _ratio(numerator: Array, denominator: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(numerator / denominator)


def _mean_of(values: Callable[[Predictions], Array]) -> Callable[[Predictions], Statistic]:
    def prepare(predictions: Predictions) -> Statistic:
        total = sums_by_participant(predictions, values(predictions))
        count = sums_by_participant(predictions, np.ones(len(predictions.truth_kg)))
        return lambda weights: _ratio(weights @ total, weights @ count)

    return prepare


def _right(predictions: Predictions) -> Array:
    return np.asarray((predictions.probability > 0.5) == predictions.is_pre, dtype=np.float64)


def _error(predictions: Predictions) -> Array:
    return predictions.excess_kg - predictions.truth_kg


def _covered(predictions: Predictions) -> Array:
    inside = (predictions.low_kg <= predictions.truth_kg) & (predictions.truth_kg <= predictions.high_kg)
    return np.asarray(inside, dtype=np.float64)


def _rmse(predictions: Predictions) -> Statistic:
    squared = _mean_of(lambda p: _error(p) ** 2)(predictions)
    return lambda weights: np.sqrt(squared(weights))


def _balanced(predictions: Predictions) -> Statistic:
    right, pre = _right(predictions), predictions.is_pre.astype(np.float64)
    parts = [
        (sums_by_participant(predictions, right * side), sums_by_participant(predictions, side))
        for side in (pre, 1 - pre)
    ]
    return lambda weights: np.asarray(50 * sum(_ratio(weights @ hit, weights @ all_) for hit, all_ in parts))


def _auc(predictions: Predictions) -> Statistic:
    """Area under the ROC curve: share of (pre, post) pairs, over all participants, in the right order."""
    _, index = np.unique(predictions.participant, return_inverse=True)
    people = int(index.max()) + 1
    pre, score = predictions.is_pre, predictions.probability
    wins = np.zeros((people, people))
    for other in range(people):
        negative = np.sort(score[(index == other) & ~pre])
        below = np.searchsorted(negative, score[pre], side="left")
        ties = np.searchsorted(negative, score[pre], side="right") - below
        wins[:, other] = np.bincount(index[pre], weights=below + 0.5 * ties, minlength=people)
    positives, negatives = (
        np.bincount(index[pre], minlength=people),
        np.bincount(index[~pre], minlength=people),
    )
    return lambda weights: _ratio(
        np.einsum("bp,bp->b", weights @ wins, weights), (weights @ positives) * (weights @ negatives)
    )


def _within(predictions: Predictions) -> Statistic:
    """Correlation of truth and prediction about each participant's own means, pooled over participants."""
    _, index = np.unique(predictions.participant, return_inverse=True)
    count = np.bincount(index)
    truth, predicted = (
        values - (np.bincount(index, weights=values) / count)[index]
        for values in (predictions.truth_kg, predictions.excess_kg)
    )
    predicted = np.where(np.abs(predicted) < 1e-9, 0, predicted)  # rounding of a constant is no signal
    both, first, second = (
        sums_by_participant(predictions, product) for product in (truth * predicted, truth**2, predicted**2)
    )
    return lambda weights: _ratio(weights @ both, np.sqrt((weights @ first) * (weights @ second)))


METRICS: Mapping[str, tuple[str, Callable[[Predictions], Statistic]]] = {
    "presence accuracy": ("%", _mean_of(lambda p: 100 * _right(p))),
    "presence balanced accuracy": ("%", _balanced),
    "presence AUC": ("", _auc),
    "MAE": ("kg", _mean_of(lambda p: np.abs(_error(p)))),
    "bias": ("kg", _mean_of(_error)),
    "RMSE": ("kg", _rmse),
    "within-patient correlation": ("", _within),
    "coverage of the 90 % interval": ("%", _mean_of(lambda p: 100 * _covered(p))),
    "mean width of the 90 % interval": ("kg", _mean_of(lambda p: p.high_kg - p.low_kg)),
    "Brier score": ("", _mean_of(lambda p: (p.probability - p.is_pre) ** 2)),
}
_SHARES = ("presence accuracy", "coverage of the 90 % interval")


@lru_cache(maxsize=16)
def _resamples(people: int, count: int, seed: int) -> Array:
    """(count, people): how often each participant is drawn in each resample; not to be written to."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(people, np.full(people, 1 / people), size=count).astype(np.float64)
    drawn.setflags(write=False)
    return drawn


def _statistic(predictions: Predictions, metric: str) -> tuple[str, Statistic]:
    if metric not in METRICS:
        raise InputError(f"no metric {metric!r}", todo="use one of: " + ", ".join(METRICS))
    unit, prepare = METRICS[metric]
    return unit, prepare(predictions)


def metric_value(predictions: Predictions, metric: str) -> float:
    """One metric without its interval; NaN where it is not defined (an AUC of one class)."""
    return float(_statistic(predictions, metric)[1](np.ones((1, predictions.n_participants)))[0])


def bootstrapped(
    name: str,
    unit: str,
    statistic: Statistic,
    people: int,
    *,
    data: str,
    resamples: int = 2000,
    seed: int = 0,
) -> Figure:
    """The statistic with its 95 % percentile interval, whole participants being drawn again.

    Args:
        name, unit, data: of the figure.
        statistic: of (B, people) weights.
        people: how many participants there are; a single one gets no interval.
        resamples, seed: of the bootstrap; resamples in which the statistic is not defined do not count.
    """
    value = float(statistic(np.ones((1, people)))[0])
    drawn = statistic(_resamples(people, resamples, seed))
    drawn = drawn[np.isfinite(drawn)]  # a resample may hold only one class
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) and people > 1 else (None, None)
    return Figure(
        name,
        value,
        unit,
        None if low is None else float(low),
        None if high is None else float(high),
        people,
        data,
    )


def exact_at_ends(figure: Figure) -> Figure:
    """A share of 0 or 100 %, for which the bootstrap gives a point, with the exact bound for as many people.

    Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26, 1934.
    """
    if figure.low is None or figure.value not in (0.0, 100.0):
        return figure
    least = float(100 * 0.025 ** (1 / figure.n))
    return replace(figure, low=least) if figure.value else replace(figure, high=100 - least)


def evaluate(
    predictions: Predictions,
    *,
    data: str,
    label: str = "",
    metrics: Sequence[str] = tuple(METRICS),
    resamples: int = 2000,
    seed: int = 0,
) -> list[Figure]:
    """Every metric with its 95 % percentile interval over participants.

    Args:
        data: on what it was measured, for the figure.
        label: put after the metric's name, for example ``session, 3 days``.

    Returns:
        One figure a metric, those left out that are not defined (AUC of one class).

    Raises:
        InputError: an unknown metric.
    """
    figures = []
    for metric in metrics:
        unit, statistic = _statistic(predictions, metric)
        name = f"{metric}, {label}" if label else metric
        figure = bootstrapped(
            name, unit, statistic, predictions.n_participants, data=data, resamples=resamples, seed=seed
        )
        figures.append(exact_at_ends(figure) if metric in _SHARES else figure)
    return [figure for figure in figures if np.isfinite(figure.value)]


def difference(
    first: Predictions,
    second: Predictions,
    metric: str,
    *,
    data: str,
    label: str = "",
    resamples: int = 2000,
    seed: int = 0,
) -> Figure:
    """`first` minus `second` in one metric: the same participants are drawn for both.

    Raises:
        InputError: the two are not about the same participants, or an unknown metric.
    """
    if not np.array_equal(np.unique(first.participant), np.unique(second.participant)):
        raise InputError("a paired difference needs the same participants on both sides")
    unit, one = _statistic(first, metric)
    other = _statistic(second, metric)[1]
    name = f"{metric}, difference" + (f", {label}" if label else "")
    return bootstrapped(
        name,
        unit,
        lambda weights: one(weights) - other(weights),
        first.n_participants,
        data=data,
        resamples=resamples,
        seed=seed,
    )
