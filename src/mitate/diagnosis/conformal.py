"""Prediction sets: the classes that cannot be ruled out; the true one is among them as often as asked.

Conformal prediction (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random world", 2005). Three
things are done to suit few people and a clinic:

- Label-conditional, so that the coverage holds for each class that has enough people and not just on average
  (V. Vovk, "Conditional validity of inductive conformal predictors", ACML 2012; M. Sadinle, J. Lei,
  L. Wasserman, "Least ambiguous set-valued classifiers with bounded error levels", JASA 114, 2019).
- A class is held against a face for two reasons: another class is likelier, and the face is unlike all that
  was learned from. The worse of the two counts, and what is calibrated is the worse of the two, so that both
  together miss as often as asked. The likeliest class is never ruled out for its probability alone: a set is
  empty because the face is strange, never because two classes are equally likely.
- No chance in the answer: with n people, p-values move in steps of 1 / (n + 1); between the steps they are
  interpolated (R. Beran, P. Hall, "Interpolated nonparametric prediction intervals and confidence intervals",
  JRSS B 55, 1993), so that sets neither cover too much nor are drawn by lot.

The people that it is calibrated with are those of the training data, each scored by a fit that had not seen
the person (V. Vovk, "Cross-conformal predictors", Annals of Mathematics and AI 74, 2015); a person with many
photos counts as one (Y. Lee, R. Barber, R. Willett, "Distribution-free inference with hierarchical data",
2023).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.folds import person_weights
from mitate.diagnosis.results import Outcome
from mitate.errors import InputError

__all__ = ["COVERAGE", "ENOUGH", "Conformal", "in_sets", "outcome"]

Array = NDArray[np.float64]

COVERAGE = 0.9
"""In so many of the people of the classes, the true class is in the set."""

ENOUGH = 10
"""People of a class that is judged by its own people alone; 9 are the fewest that can rule anything out."""

_LEAST = 1e-9  # probabilities below are alike; the page of an export says so too


@dataclass(frozen=True, slots=True, eq=False)
class _Scale:
    """Share of people below a value, interpolated: 0 below all of them, 1 above all of them."""

    points: Array
    levels: Array
    people: float

    @classmethod
    def of(cls, values: Array, weights: Array) -> Self:
        points, place = np.unique(values, return_inverse=True)
        weight = np.bincount(place, weights, len(points))
        total = float(weight.sum())
        before = np.cumsum(weight) - weight
        # The tied count as one person: none of them is stranger than the others.
        return cls(points, (before + np.minimum(weight, 1.0)) / (total + 1.0), total)

    def __call__(self, values: Array) -> Array:
        return np.asarray(np.interp(values, self.points, self.levels, left=0.0, right=1.0), np.float64)

    def as_dict(self) -> dict[str, Any]:
        return {"points": self.points.tolist(), "levels": self.levels.tolist(), "people": self.people}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        points = np.asarray(stored["points"], np.float64)
        levels = np.asarray(stored["levels"], np.float64)
        people = float(stored["people"])
        if points.ndim != 1 or points.shape != levels.shape or not len(points) or not people > 0:
            raise ValueError("not a scale")
        if not (np.isfinite(points).all() and (np.diff(points) > 0).all() and (np.diff(levels) >= 0).all()):
            raise ValueError("a scale must rise")
        return cls(points, levels, people)


@dataclass(frozen=True, slots=True, eq=False)
class Conformal:
    """Calibrated p-values of classes. Make it with `fit`.

    Attributes:
        by_label: how far a class falls behind the likeliest, on the scale of the people learned from.
        by_unlike: how strange a face is, on the same; None where nothing measures it.
        group: (K,) which of `scales` judges a class: its own, or one shared by classes of few people.
        scales: the worse of the two of the people of a group.
    """

    by_label: _Scale
    by_unlike: _Scale | None
    group: tuple[int, ...]
    scales: tuple[_Scale, ...]

    @classmethod
    def fit(
        cls,
        probabilities: Array,
        unlike: Array | None,
        targets: NDArray[np.integer],
        persons: NDArray[Any],
    ) -> Self:
        """Calibrate on people whom the scoring fits had not seen.

        Args:
            probabilities: (n, K) of each class.
            unlike: (n,) how unlike everything learned from, the larger the stranger; None without.
            targets: (n,) true class, 0 to K - 1. Classes of fewer than `ENOUGH` people are judged together.
            persons: (n,) who is on each photo; everybody weighs the same.

        Raises:
            InputError: nothing to calibrate on, lengths that differ, or values that are not numbers.
        """
        scores = _behind(_checked(probabilities, unlike))
        n, classes = scores.shape
        if n == 0 or np.shape(targets) != (n,) or np.shape(persons) != (n,):
            raise InputError(
                f"{n} probabilities, {len(targets)} classes, {len(persons)} persons: none or not alike"
            )
        if not ((np.asarray(targets) >= 0) & (np.asarray(targets) < classes)).all():
            raise InputError(f"a class's place is not within 0 to {classes - 1}")
        weights = person_weights(persons)
        true = scores[np.arange(n), targets]
        by_label = _Scale.of(true, weights)
        by_unlike = None if unlike is None else _Scale.of(np.asarray(unlike, np.float64), weights)
        group = _groups(np.asarray(np.bincount(targets, weights, classes), np.float64))
        worse = by_label(true)
        if by_unlike is not None and unlike is not None:
            worse = np.maximum(worse, by_unlike(np.asarray(unlike, np.float64)))
        own = np.asarray(group)[targets]
        scales = tuple(_Scale.of(worse[own == one], weights[own == one]) for one in range(max(group) + 1))
        return cls(by_label, by_unlike, group, scales)

    def p_values(self, probabilities: Array, unlike: Array | None) -> Array:
        """How many of a class's people look at least as odd as this face would if it were one of them.

        Args:
            probabilities: (t, K).
            unlike: (t,); None if and only if it was calibrated without.

        Returns:
            (t, K) above 0, at most 1.

        Raises:
            InputError: other classes than calibrated for, or strangeness missing or superfluous.
        """
        probabilities = _checked(probabilities, unlike)
        if probabilities.shape[1] != len(self.group) or (unlike is None) != (self.by_unlike is None):
            raise InputError("prediction sets were calibrated for other classes or another strangeness")
        worse = self.by_label(_behind(probabilities))
        if self.by_unlike is not None and unlike is not None:
            worse = np.maximum(worse, self.by_unlike(np.asarray(unlike, np.float64))[:, None])
        p = np.empty_like(worse)
        for k, one in enumerate(self.group):
            scale = self.scales[one]
            p[:, k] = np.maximum(1.0 - scale(worse[:, k]), 1.0 / (scale.people + 1.0))
        return p

    def sets(self, p_values: Array, coverage: float = COVERAGE) -> NDArray[np.bool_]:
        """(t, K) whether a class is in the prediction set; see `in_sets`."""
        return in_sets(p_values, coverage)

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "by_label": self.by_label.as_dict(),
            "by_unlike": None if self.by_unlike is None else self.by_unlike.as_dict(),
            "group": list(self.group),
            "scales": [scale.as_dict() for scale in self.scales],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `as_dict` gave.

        Raises:
            InputError: it is something else.
        """
        try:
            group = tuple(int(one) for one in stored["group"])
            scales = tuple(_Scale.from_dict(one) for one in stored["scales"])
            by_unlike = None if stored["by_unlike"] is None else _Scale.from_dict(stored["by_unlike"])
            if set(group) != set(range(len(scales))):
                raise ValueError("groups and scales do not belong together")
            return cls(_Scale.from_dict(stored["by_label"]), by_unlike, group, scales)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"not a calibration of prediction sets: {error}") from error


def in_sets(p_values: Array, coverage: float = COVERAGE) -> NDArray[np.bool_]:
    """(t, K) whether a class is in the prediction set: its p-value is above 1 - coverage.

    Raises:
        InputError: the coverage is not between 0 and 1.
    """
    if not 0.0 < coverage < 1.0:
        raise InputError(f"a coverage lies between 0 and 1, not at {coverage}")
    return np.asarray(np.asarray(p_values) > 1.0 - coverage + 1e-9)


def outcome(p_row: Array, coverage: float = COVERAGE) -> Outcome:
    """What the p-values (K,) of one face come to: a class, several, none of them, or nothing ruled out."""
    left = int(in_sets(p_row, coverage).sum())
    if left == 0:
        return "none_of_these"
    if left == len(p_row):
        return "cannot_tell"
    return "one" if left == 1 else "several"


def _checked(probabilities: Array, unlike: Array | None) -> Array:
    rows = np.asarray(probabilities, np.float64)
    if rows.ndim != 2 or rows.shape[1] < 2 or not np.isfinite(rows).all():
        raise InputError(f"probabilities must be numbers of shape (n, K), K at least 2, not {rows.shape}")
    if unlike is not None and (np.shape(unlike) != (len(rows),) or not np.isfinite(unlike).all()):
        raise InputError(f"strangeness must be one number for each of {len(rows)} faces")
    return rows


def _behind(probabilities: Array) -> Array:
    """(n, K) how far each class falls behind the likeliest one, 0 for that one: log of the odds between them.

    Of 60 classes, odds leave 5 in a set where differences of probabilities leave 25; of 5 they are alike.
    """
    logs = np.log(np.maximum(probabilities, _LEAST))
    return np.asarray(logs.max(axis=1, keepdims=True) - logs, np.float64)


def _groups(people: Array) -> tuple[int, ...]:
    """(K,) a group for each class: its own, or one that holds all classes of few people.

    Any partition of the classes is valid, and covers as asked within each part (Vovk's Mondrian taxonomies).
    """
    order = np.argsort(people, kind="stable")
    few = [int(k) for k in order if people[k] < ENOUGH - 1e-9]
    for k in order[len(few) :]:
        if not few or float(people[few].sum()) >= ENOUGH - 1e-9:
            break
        few.append(int(k))
    own = [k for k in range(len(people)) if k not in few]
    group = {k: place for place, k in enumerate(own)} | dict.fromkeys(few, len(own))
    return tuple(group[k] for k in range(len(people)))
