"""Whether probabilities and intervals can be taken at their word.

Probabilities: a reliability table over bins of equally many answers, the expected calibration error (Nguyen
and O'Connor, EMNLP 2015, section 3) with what perfect probabilities would show by chance, and the Brier score
taken apart (Murphy, J. Appl. Meteorol. 12, 1973; within bins after Stephenson and others, Weather and
Forecasting 23, 2008). Intervals: how often the truth lies in intervals of several nominal levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mitate.edema.evaluate import Predictions, Statistic, bootstrapped, exact_at_ends, sums_by_participant
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = ["LEVELS", "Bin", "Brier", "Reliability", "interval_reliability", "reliability"]

Array = NDArray[np.float64]

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Nominal levels of intervals."""

_A_BIN = 15  # answers that a bin should have
_HALF_90 = 1.6448536269514722  # standard deviations of the normal from the middle to either end


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same probability.

    Attributes:
        said: their mean probability.
        found: share of them that are before dialysis, in percent, with its interval over patients.
        count: how many answers.
    """

    said: float
    found: Figure
    count: int


@dataclass(frozen=True, slots=True)
class Brier:
    """The Brier score taken apart: score = reliability − resolution + uncertainty + within.

    Attributes:
        score: mean squared distance of probability and truth, 0 to 1.
        reliability: by how much bins miss what they say; 0 is best.
        resolution: by how much bins differ from the mean; the larger, the better.
        uncertainty: of the truth itself.
        within: what remains because answers within a bin differ.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities can be taken at their word.

    Attributes:
        error: expected calibration error, percent.
        by_chance: the error that perfect probabilities would show among as many answers.
        brier: the score's parts.
        bins: the least probable first.
    """

    error: Figure
    by_chance: float
    brier: Brier
    bins: tuple[Bin, ...]


def reliability(
    predictions: Predictions,
    *,
    data: str,
    label: str,
    bins: int = 10,
    resamples: int = 2000,
    seed: int = 0,
) -> Reliability:
    """Table, error and parts of the Brier score.

    Drawing patients again makes gaps larger on average; the error's interval is moved back by as much.

    Args:
        data, label: of the figures.
        bins: at most; fewer where there are not 15 answers for each. Equal probabilities share a bin.

    Raises:
        InputError: fewer than one bin, or a probability outside 0 to 1.
    """
    said, truth = predictions.probability, predictions.is_pre.astype(np.float64)
    if bins < 1 or said.min() < 0 or said.max() > 1:
        raise InputError("reliability needs probabilities from 0 to 1 and at least one bin", where=label)
    at = _bins(said, bins)
    people = predictions.n_participants
    error = bootstrapped(
        f"expected calibration error, {label}",
        "%",
        _gap(predictions, said, truth, at),
        people,
        data=data,
        resamples=resamples,
        seed=seed,
    )
    return Reliability(
        _recentred(error, predictions, at, resamples, seed),
        _by_chance(predictions, at, seed),
        _parts(said, truth, at),
        tuple(
            _bin(predictions, at == one, f"bin {one + 1} of {at.max() + 1}, {label}", data, resamples, seed)
            for one in range(at.max() + 1)
        ),
    )


def _bins(said: Array, bins: int) -> NDArray[np.intp]:
    many = int(np.clip(len(said) // _A_BIN, 1, bins))
    edges = np.quantile(said, np.arange(1, many) / many)
    return np.asarray(np.unique(np.searchsorted(edges, said, side="right"), return_inverse=True)[1])


def _gap(predictions: Predictions, said: Array, truth: Array, at: NDArray[np.intp]) -> Statistic:
    """Mean over answers of the gap of their bin, in percentage points."""
    columns = [sums_by_participant(predictions, (at == one) * (said - truth)) for one in range(at.max() + 1)]
    sums = np.stack(columns, axis=1)
    count = sums_by_participant(predictions, np.ones(len(said)))
    return lambda weights: np.asarray(100 * np.abs(weights @ sums).sum(axis=1) / (weights @ count))


def _recentred(
    figure: Figure, predictions: Predictions, at: NDArray[np.intp], resamples: int, seed: int
) -> Figure:
    if figure.low is None or figure.high is None:
        return figure
    random = np.random.default_rng(seed)
    people = predictions.n_participants
    weights = random.multinomial(people, np.full(people, 1 / people), size=resamples).astype(np.float64)
    truth = predictions.is_pre.astype(np.float64)
    drawn = _gap(predictions, predictions.probability, truth, at)(weights)
    shift = figure.value - float(drawn.mean())
    low, high = max(figure.low + shift, 0.0), figure.high + shift
    return replace(figure, low=min(low, figure.value), high=max(high, figure.value))


def _by_chance(predictions: Predictions, at: NDArray[np.intp], seed: int) -> float:
    said = predictions.probability
    hot = (at[:, None] == np.arange(at.max() + 1)).astype(np.float64)
    lucky = np.random.default_rng(seed).random((300, len(said))) < said
    return float(100 * np.abs((said - lucky) @ hot).sum(axis=1).mean() / len(said))


def _parts(said: Array, truth: Array, at: NDArray[np.intp]) -> Brier:
    size = np.bincount(at).astype(np.float64)
    share = size / len(said)
    mean_said, mean_truth = (np.bincount(at, weights=values) / size for values in (said, truth))
    base = float(truth.mean())
    off_said, off_truth = said - mean_said[at], truth - mean_truth[at]
    return Brier(
        score=float(np.mean((said - truth) ** 2)),
        reliability=float(share @ (mean_said - mean_truth) ** 2),
        resolution=float(share @ (mean_truth - base) ** 2),
        uncertainty=base * (1 - base),
        within=float(np.mean(off_said**2) - 2 * np.mean(off_said * off_truth)),
    )


def _bin(
    predictions: Predictions, mask: NDArray[np.bool_], label: str, data: str, resamples: int, seed: int
) -> Bin:
    said = float(predictions.probability[mask].mean())
    found = _share(predictions, mask, predictions.is_pre)
    figure = bootstrapped(
        f"share before dialysis, {label}",
        "%",
        found,
        predictions.n_participants,
        data=data,
        resamples=resamples,
        seed=seed,
    )
    people = len(np.unique(predictions.participant[mask]))
    return Bin(said, exact_at_ends(replace(figure, n=people)), int(mask.sum()))


def _share(predictions: Predictions, mask: NDArray[np.bool_], hit: NDArray[np.bool_]) -> Statistic:
    total = sums_by_participant(predictions, np.where(mask & hit, 100.0, 0.0))
    count = sums_by_participant(predictions, mask.astype(np.float64))

    def share(weights: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((weights @ total) / (weights @ count))

    return share


def interval_reliability(
    predictions: Predictions,
    *,
    data: str,
    label: str,
    levels: Sequence[float] = LEVELS,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Figure]:
    """Share of truths within intervals of each nominal level.

    The standard deviation is taken from the 90 % interval as that of a normal; only the level of 90 % is as
    the method said it.

    Raises:
        InputError: a level that is not between 0 and 1.
    """
    from scipy.special import ndtri

    if any(not 0 < level < 1 for level in levels):
        raise InputError("levels of intervals lie between 0 and 1", where=label)
    middle = (predictions.low_kg + predictions.high_kg) / 2
    spread = (predictions.high_kg - predictions.low_kg) / 2 / _HALF_90
    everything = np.ones(len(middle), dtype=bool)
    figures = []
    for level in levels:
        if level == 0.9:
            inside = (predictions.low_kg <= predictions.truth_kg) & (
                predictions.truth_kg <= predictions.high_kg
            )
        else:
            reach = float(ndtri(0.5 + level / 2)) * spread
            inside = np.abs(predictions.truth_kg - middle) <= reach
        figures.append(
            bootstrapped(
                f"coverage of intervals of {100 * level:.0f} %, {label}",
                "%",
                _share(predictions, everything, inside),
                predictions.n_participants,
                data=data,
                resamples=resamples,
                seed=seed,
            )
        )
    return figures
