"""95 % intervals: people are drawn again, not photos, because photos of one person say the same thing twice.

The percentile bootstrap over clusters (Efron and Tibshirani 1993, "An introduction to the bootstrap"; Field
and Welsh 2007, "Bootstrapping clustered data"). It answers for the people that were drawn, not for learning
again from others. Where everybody was right it would be a point; the exact binomial bound for so many people
stands in its place (Clopper and Pearson 1934), so that 20 of 20 reads 83 to 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.diagnosis.method import Evaluation
from mitate.errors import InputError

__all__ = [
    "DRAWS",
    "Estimate",
    "balanced_over_persons",
    "between_percentiles",
    "difference",
    "drawn_again",
    "exact",
    "over_persons",
]

Array = NDArray[np.float64]

DRAWS = 2000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Attributes:
        value: as measured.
        low, high: 95 % interval over people.
        people: how many people it stands on.
    """

    value: float
    low: float
    high: float
    people: int

    def as_dict(self) -> dict[str, float | int]:
        return {"value": self.value, "low": self.low, "high": self.high, "people": self.people}


def drawn_again(
    persons: ArrayLike, *, strata: ArrayLike | None = None, draws: int = DRAWS, seed: int = 0
) -> NDArray[np.float32]:
    """(draws, n) how often each row is in each draw of as many people, with replacement.

    Args:
        persons: (n,) who.
        strata: (n,) such as the class: of each stratum as many people are drawn as it has, so that no class
            goes missing. A person belongs to the stratum of their first row. None: all people alike.
    """
    _, first, at = np.unique(np.asarray(persons), return_index=True, return_inverse=True)
    group = np.zeros(len(first), np.int64) if strata is None else np.asarray(strata)[first]
    rng = np.random.default_rng(seed)
    counts = np.zeros((draws, len(first)), dtype=np.float32)
    for one in np.unique(group):
        inside = np.flatnonzero(group == one)
        counts[:, inside] = rng.multinomial(len(inside), np.full(len(inside), 1 / len(inside)), size=draws)
    return np.asarray(counts[:, at])


def over_persons(
    values: ArrayLike,
    persons: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> tuple[float, float]:
    """The interval of the mean of a value a row, such as whether it was right.

    Args:
        values: (n,) numbers or truths.
        persons, strata, draws, seed: see `drawn_again`.
        level: 0.95 for a 95 % interval.

    Raises:
        InputError: no rows, or lengths that differ.
    """
    told = np.asarray(values, np.float64)
    people = len(np.unique(np.asarray(persons)))
    if told.ndim != 1 or not len(told) or len(np.asarray(persons)) != len(told):
        raise InputError("an interval over people needs one value and one person a row, and a row or more")
    if np.ptp(told) == 0 and told[0] in (0.0, 1.0):
        return exact(float(told[0]), people, level)
    weights = drawn_again(persons, strata=strata, draws=draws, seed=seed)
    return between_percentiles(weights @ told / weights.sum(axis=1), level)


def balanced_over_persons(
    evaluation: Evaluation, *, draws: int = DRAWS, level: float = LEVEL, seed: int = 0
) -> tuple[float, float, float]:
    """Balanced accuracy, the mean over classes of the share told right, with its interval.

    Returns:
        (value, low, high)
    """
    targets, right, persons = evaluation.targets, evaluation.right, evaluation.persons
    hot = (targets[:, None] == np.unique(targets)[None, :]).astype(np.float64)
    shares = (right @ hot) / hot.sum(axis=0)
    value = float(shares.mean())
    if value in (0.0, 1.0):
        people = [len(np.unique(persons[column > 0])) for column in hot.T]
        # As many people of equally large classes as would give a mean of shares the same spread.
        return (value, *exact(value, len(people) ** 2 / sum(1 / many for many in people), level))
    weights = drawn_again(persons, strata=targets, draws=draws, seed=seed)
    with np.errstate(invalid="ignore"):
        drawn = (weights @ (hot * right[:, None])) / (weights @ hot)
    return (value, *between_percentiles(np.nanmean(drawn, axis=1), level))


def difference(
    a: Evaluation, b: Evaluation, *, draws: int = DRAWS, level: float = LEVEL, seed: int = 0
) -> tuple[float, float, float]:
    """Accuracy of `a` minus that of `b`, with the interval of the pairs: the same people drawn for both.

    Returns:
        (mean, low, high); above zero throughout, `a` is surely better on such people.

    Raises:
        InputError: they were not evaluated on the same rows.
    """
    alike = len(a.targets) == len(b.targets) and bool(
        (a.targets == b.targets).all() and (a.persons == b.persons).all()
    )
    if not alike or a.labels != b.labels:
        raise InputError(f"{a.method!r} and {b.method!r} were evaluated on different photos")
    gap = a.right.astype(np.float64) - b.right
    if not gap.any():
        people = len(np.unique(a.persons))
        most = exact(0.0, people, level)[1]
        return 0.0, -most, most
    # All one way: turned round, so that a gap in everybody gets the exact bound on either side.
    sign = -1.0 if (gap <= 0).all() else 1.0
    low, high = over_persons(sign * gap, a.persons, strata=a.targets, draws=draws, level=level, seed=seed)
    mean = float(gap.mean())
    return (mean, low, high) if sign > 0 else (mean, -high, -low)


def between_percentiles(drawn: ArrayLike, level: float = LEVEL) -> tuple[float, float]:
    """The middle `level` of values; those that are not numbers are left out."""
    values = np.asarray(drawn, np.float64)
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def exact(share: float, people: float, level: float = LEVEL) -> tuple[float, float]:
    """Clopper and Pearson's interval where all of `people` are right (share 1) or none is (share 0)."""
    edge = float(((1 - level) / 2) ** (1 / people))
    return (edge, 1.0) if share == 1.0 else (0.0, 1 - edge)
