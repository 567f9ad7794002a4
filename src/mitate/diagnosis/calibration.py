"""From scores to probabilities that hold: a softmax with one slope and an offset a class.

Multinomial Platt scaling with a shared slope (Platt 1999; Guo et al. 2017, "On calibration of modern neural
networks": temperature scaling with a bias), fitted to scores of people that the scoring fit had not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.diagnosis.folds import fewest_people, inner_folds, person_weights, splits
from mitate.diagnosis.intervals import DRAWS, Estimate, between_percentiles, drawn_again, over_persons
from mitate.errors import InputError

__all__ = [
    "Bin",
    "Calibration",
    "Reliability",
    "cross_fitted",
    "expected_calibration_error",
    "reliability",
]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

_LEAST_SLOPE = 1e-3
_SLOPE_RIDGE = 0.01
_A_BIN = 15  # rows that a bin should have
_LEAST = 1e-15


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Probabilities = softmax(slope × scores + offsets).

    Attributes:
        slope: above 0, so that the order of a row's classes changes only through the offsets.
        offsets: (K,) that sum to 0.
    """

    slope: float
    offsets: Array

    @classmethod
    def fit(cls, scores: Array, targets: ArrayLike, persons: ArrayLike, *, ridge: float = 1.0) -> Calibration:
        """Fit to out-of-fold scores, every person counting the same.

        Args:
            scores: (m, K) by fits that had not seen the row's person.
            targets: (m,) the true class's place.
            persons: (m,) who.
            ridge: what pulls the offsets to 0, as that many people's worth of evidence; a hundredth of it
                keeps the slope finite where the scores separate all classes.

        Raises:
            InputError: no rows, or scores that are not finite.
        """
        from scipy.optimize import minimize

        places = np.asarray(targets, np.int64)
        if not len(scores) or not np.isfinite(scores).all():
            raise InputError("calibration needs finite scores of people that were not learned from")
        n_classes = scores.shape[1]
        centred = scores - scores.mean(axis=1, keepdims=True)
        scale = float(np.sqrt(np.mean(centred**2))) or 1.0
        weights, hot = person_weights(persons), np.eye(n_classes)[places]

        def loss(at: Array) -> tuple[float, Array]:
            logits = at[0] * centred / scale + at[1:]
            top = logits.max(axis=1, keepdims=True)
            total = np.log(np.exp(logits - top).sum(axis=1, keepdims=True)) + top
            off = weights[:, None] * (np.exp(logits - total) - hot)
            value = -float((weights[:, None] * hot * (logits - total)).sum())
            value += 0.5 * ridge * (_SLOPE_RIDGE * at[0] ** 2 + float((at[1:] ** 2).sum()))
            slope = float((off * centred).sum()) / scale + ridge * _SLOPE_RIDGE * at[0]
            return value, np.concatenate([[slope], off.sum(axis=0) + ridge * at[1:]])

        start = np.concatenate([[1.0], np.zeros(n_classes)])
        bounds = [(_LEAST_SLOPE, None)] + [(None, None)] * n_classes
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
        offsets = found.x[1:] - found.x[1:].mean()
        return cls(float(found.x[0]) / scale, np.asarray(offsets))

    def probabilities(self, scores: Array) -> Array:
        """(t, K) of scores (t, K); every row sums to one."""
        logits = self.slope * np.asarray(scores, np.float64) + self.offsets
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def as_dict(self) -> dict[str, float | list[float]]:
        return {"slope": self.slope, "offsets": self.offsets.tolist()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Calibration:
        """What `as_dict` wrote.

        Raises:
            InputError: something is missing or no number.
        """
        try:
            slope, offsets = float(told["slope"]), np.asarray(told["offsets"], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("the calibration cannot be read", todo="train the model again") from error
        if not (slope > 0 and offsets.ndim == 1 and np.isfinite(offsets).all()):
            raise InputError("the calibration is not usable", todo="train the model again")
        return cls(slope, offsets)


def cross_fitted(
    scores: Array, targets: ArrayLike, persons: ArrayLike, *, folds: int = 5, seed: int = 0
) -> Array:
    """(m, K) probabilities of rows, each by a calibration that had not seen the row's person.

    What prediction sets are fitted on, so that a calibration row is treated like one to come.

    Raises:
        InputError: a class with fewer than two people.
    """
    places, who = np.asarray(targets, np.int64), np.asarray(persons, np.str_)
    fold = inner_folds(places, who, min(folds, max(2, fewest_people(places, who))), seed + 15485863)
    probabilities = np.empty_like(scores, dtype=np.float64)
    for learn, left in splits(fold):
        fitted = Calibration.fit(scores[learn], places[learn], who[learn])
        probabilities[left] = fitted.probabilities(scores[left])
    return probabilities


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers that were about equally sure.

    Attributes:
        confidence: mean probability of the likeliest class.
        right: how many of them were right, with its interval over people.
        photos: how many answers.
    """

    confidence: float
    right: Estimate
    photos: int

    def as_dict(self) -> dict[str, Any]:
        return {"confidence": self.confidence, "right": self.right.as_dict(), "photos": self.photos}


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities can be taken at their word.

    Attributes:
        error: expected calibration error, see `expected_calibration_error`.
        by_chance: the error that perfect probabilities would show among as many photos: it is never 0.
        brier: mean squared distance to the truth over all classes, 0 to 2.
        log_loss: mean of minus the logarithm of the true class's probability.
        bins: the reliability table, the least sure first.
    """

    error: Estimate
    by_chance: float
    brier: Estimate
    log_loss: Estimate
    bins: tuple[Bin, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "error": self.error.as_dict(),
            "by_chance": self.by_chance,
            "brier": self.brier.as_dict(),
            "log_loss": self.log_loss.as_dict(),
            "bins": [one.as_dict() for one in self.bins],
        }


def expected_calibration_error(
    probabilities: Array,
    targets: ArrayLike,
    persons: ArrayLike,
    *,
    bins: int = 10,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Mean gap between how sure the answers are and how often they are right, over bins of equally many rows.

    Nguyen and O'Connor 2015, "Posterior calibration and exploratory analysis for natural language processing
    models", section 3: adaptive bins. Drawing people again makes gaps larger on average; the interval is
    moved back by as much.

    Args:
        probabilities: (n, K); targets, persons: (n,).
        bins: at most; fewer where there are not 15 rows for each.
        draws, seed: of the interval over people.

    Raises:
        InputError: no rows.
    """
    sure, right, at = _binned(probabilities, targets, bins)
    weights = drawn_again(persons, strata=np.asarray(targets), draws=draws, seed=seed)
    value = float(_gap(np.ones((1, len(sure))), sure, right, at)[0])
    drawn = _gap(weights, sure, right, at)
    low, high = between_percentiles(drawn + value - drawn.mean())
    return Estimate(value, max(0.0, min(low, value)), max(high, value), len(np.unique(np.asarray(persons))))


def reliability(
    probabilities: Array,
    targets: ArrayLike,
    persons: ArrayLike,
    *,
    bins: int = 10,
    draws: int = DRAWS,
    seed: int = 0,
) -> Reliability:
    """The table behind the error, and the two proper scores; arguments as above.

    Raises:
        InputError: no rows.
    """
    sure, right, at = _binned(probabilities, targets, bins)
    places, who = np.asarray(targets, np.int64), np.asarray(persons)
    own = np.maximum(probabilities[np.arange(len(places)), places], _LEAST)
    squares = ((probabilities - np.eye(probabilities.shape[1])[places]) ** 2).sum(axis=1)
    lucky = np.random.default_rng(seed).random((500, len(sure))) < sure
    ones = np.ones((1, len(sure)))
    by_chance = np.mean([_gap(ones, sure, one.astype(np.float64), at)[0] for one in lucky])

    def mean(values: Array, rows: NDArray[np.bool_]) -> Estimate:
        edges = over_persons(values[rows], who[rows], draws=draws, seed=seed)
        return Estimate(float(values[rows].mean()), *edges, len(np.unique(who[rows])))

    everyone = np.ones(len(sure), bool)
    return Reliability(
        error=expected_calibration_error(probabilities, targets, persons, bins=bins, draws=draws, seed=seed),
        by_chance=float(by_chance),
        brier=mean(squares, everyone),
        log_loss=mean(-np.log(own), everyone),
        bins=tuple(
            Bin(float(sure[at == one].mean()), mean(right, at == one), int((at == one).sum()))
            for one in np.unique(at)
        ),
    )


def _binned(probabilities: Array, targets: ArrayLike, bins: int) -> tuple[Array, Array, Rows]:
    """(n,) how sure, (n,) whether right, and (n,) which bin; equally sure rows share one."""
    if not len(probabilities):
        raise InputError("there are no probabilities to judge")
    sure = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == np.asarray(targets)).astype(np.float64)
    many = int(np.clip(len(sure) // _A_BIN, 1, bins))
    edges = np.quantile(sure, np.arange(1, many) / many)
    return sure, right, np.searchsorted(edges, sure, side="right").astype(np.int64)


def _gap(weights: NDArray[np.floating], sure: Array, right: Array, at: Rows) -> Array:
    """(draws,) mean over weighted rows of the gap of their bin."""
    hot = (at[:, None] == np.unique(at)).astype(np.float64)
    gaps = np.abs(weights @ (hot * (sure - right)[:, None]))
    return np.asarray(gaps.sum(axis=1) / weights.sum(axis=1))
