"""What the classes of a data set differ in besides the disease.

If all of one class are children, a model can read off the age and be right. How strongly a group goes with
the class is measured by Cramér's V over people, corrected for the number of values (Bergsma, "A
bias-correction for Cramér's V and Tschuprow's T", J. Korean Stat. Soc. 42, 2013), and tested by permuting the
classes.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.photographs import LeftOut, Photo

__all__ = ["ClassCount", "GroupBalance", "balances", "class_counts", "cramers_v"]

_STRONG, _WEAK = 0.5, 0.25
_LEVEL = 0.01
_PERMUTATIONS = 999
_MOST_VALUES = 20  # of a group; what has more, such as free text, divides nobody
_LEAST_KNOWN = 10  # people
_AGES = (2, 13, 18, 40, 65)
_NUMBER = re.compile(r"\s*(-?\d+(?:[.,]\d+)?)\s*\D{0,8}")


@dataclass(frozen=True, slots=True)
class ClassCount:
    """The people and photos of one class.

    Attributes:
        label: the class.
        people, photos: handed in.
        usable_people, usable_photos: with a usable face.
        left_out: photos that cannot be used, by reason, the most frequent first.
        loses_more: whether it surely loses a larger share of its photos than the other classes together:
            those that are left are then not the class.
    """

    label: str
    people: int
    photos: int
    usable_people: int
    usable_photos: int
    left_out: Mapping[str, int]
    loses_more: bool

    @property
    def share_left_out(self) -> float:
        """0 to 1."""
        return 1.0 - self.usable_photos / self.photos


@dataclass(frozen=True, slots=True)
class GroupBalance:
    """How one group is spread over the classes; people count, each with his first known value.

    Attributes:
        name: such as ``age``.
        known: share of the people of each class for whom it is known, 0 to 1.
        values: people of each class by value; ages in bands, other numbers in quarters.
        cramers_v: 0 (every class alike) to 1 (the value says the class), corrected; None where too little is
            known, or where it has too many values.
        p_value: of no association; None as above.
    """

    name: str
    known: Mapping[str, float]
    values: Mapping[str, Mapping[str, int]]
    cramers_v: float | None
    p_value: float | None

    @property
    def strength(self) -> str:
        """``strong``: a class can be read off it; ``some``; ``none``; or ``unknown``."""
        if self.cramers_v is None or self.p_value is None:
            return "unknown"
        if self.p_value > _LEVEL or self.cramers_v < _WEAK:
            return "none"
        return "strong" if self.cramers_v >= _STRONG else "some"


def class_counts(photos: Sequence[Photo], left_out: Sequence[LeftOut]) -> tuple[ClassCount, ...]:
    """The classes of a data set, sorted by name.

    Args:
        photos: all that were handed in.
        left_out: those that cannot be used.
    """
    lost: dict[str, Counter[str]] = defaultdict(Counter)
    gone = {one.photo.file for one in left_out}
    for one in left_out:
        lost[one.photo.label][one.reason] += 1
    counts = []
    labels = sorted({photo.label for photo in photos})
    for label in labels:
        own = [photo for photo in photos if photo.label == label]
        used = [photo for photo in own if photo.file not in gone]
        others, others_lost = len(photos) - len(own), len(left_out) - (len(own) - len(used))
        counts.append(
            ClassCount(
                label=label,
                people=len({photo.person for photo in own}),
                photos=len(own),
                usable_people=len({photo.person for photo in used}),
                usable_photos=len(used),
                left_out=dict(lost[label].most_common()),
                loses_more=_more(len(own) - len(used), len(own), others_lost, others, len(labels)),
            )
        )
    return tuple(counts)


def _more(lost: int, photos: int, others_lost: int, others: int, tests: int) -> bool:
    """Fisher's exact test, one-sided, at 5 % over all classes (Bonferroni)."""
    from scipy.stats import hypergeom

    if not lost or not others or lost * others <= others_lost * photos:
        return False
    chance = float(hypergeom.sf(lost - 1, photos + others, lost + others_lost, photos))
    return chance < 0.05 / tests


def balances(photos: Sequence[Photo], *, seed: int = 0) -> tuple[GroupBalance, ...]:
    """Every group that the photos name, the one that says most about the class first."""
    names = sorted({name for photo in photos for name in photo.groups})
    found = [_balance(name, photos, seed) for name in names]
    return tuple(sorted(found, key=lambda one: -(one.cramers_v or 0.0)))


def _balance(name: str, photos: Sequence[Photo], seed: int) -> GroupBalance:
    first: dict[str, str] = {}
    label_of: dict[str, str] = {}
    for photo in photos:
        label_of.setdefault(photo.person, photo.label)
        if photo.groups.get(name):
            first.setdefault(photo.person, photo.groups[name])
    value_of = dict(zip(first, _banded(name, list(first.values())), strict=True))
    people = Counter(label_of.values())
    spread: dict[str, Counter[str]] = defaultdict(Counter)
    for person, value in value_of.items():
        spread[value][label_of[person]] += 1
    known = Counter(label_of[person] for person in value_of)
    strength = p_value = None
    if len(value_of) >= _LEAST_KNOWN and 1 < len(spread) <= _MOST_VALUES and len(known) > 1:
        values = np.unique([value_of[person] for person in value_of], return_inverse=True)[1]
        labels = np.unique([label_of[person] for person in value_of], return_inverse=True)[1]
        strength, p_value = _tested(values, labels, seed)
    return GroupBalance(
        name=name,
        known={label: known[label] / count for label, count in sorted(people.items())},
        values={value: dict(sorted(counts.items())) for value, counts in spread.items()},
        cramers_v=strength,
        p_value=p_value,
    )


def _banded(name: str, values: Sequence[str]) -> list[str]:
    """Values as they are; numbers in bands where there are many."""
    found = [_NUMBER.fullmatch(value) for value in values]
    numbers = np.array([float(one[1].replace(",", ".")) for one in found if one])
    if len(numbers) < len(values) or (len(np.unique(numbers)) <= 6 and name != "age"):
        return list(values)
    edges = np.array(_AGES) if name == "age" else np.unique(np.quantile(numbers, (0.25, 0.5, 0.75)))
    names = [
        f"under {edges[0]:g}",
        *(f"{low:g} to under {high:g}" for low, high in itertools.pairwise(edges)),
    ]
    names.append(f"{edges[-1]:g} and over")
    return [names[place] for place in np.searchsorted(edges, numbers, side="right")]


def _tested(values: NDArray[np.int64], labels: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Cramér's V, and in what share of permutations it is as large."""
    rng = np.random.default_rng(seed)
    own = cramers_v(values, labels)
    above = sum(cramers_v(values, rng.permutation(labels)) >= own - 1e-12 for _ in range(_PERMUTATIONS))
    return own, (above + 1) / (_PERMUTATIONS + 1)


def cramers_v(values: NDArray[np.integer], labels: NDArray[np.integer]) -> float:
    """Bias-corrected Cramér's V of two columns of small whole numbers from 0, each of length n; 0 to 1."""
    rows, columns = int(values.max()) + 1, int(labels.max()) + 1
    table = np.bincount(values * columns + labels, minlength=rows * columns).reshape(rows, columns)
    n = int(table.sum())
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    there = expected > 0
    phi2 = float((((table - expected) ** 2)[there] / expected[there]).sum()) / n
    if n < 2:
        return 0.0
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(phi2 / smaller))) if smaller > 0 else 0.0
