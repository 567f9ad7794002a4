"""The learning curve: how well it does with 5, 10, 20 or 40 people a class to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.folds import guard, outer_folds, people_a_class, splits
from mitate.diagnosis.intervals import over_persons
from mitate.diagnosis.method import Method
from mitate.diagnosis.nested import Labelled, Progress
from mitate.errors import InputError

__all__ = ["SIZES", "CurvePoint", "learning_curve"]

Rows = NDArray[np.int64]

SIZES = (5, 10, 20, 40)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One size of training.

    Attributes:
        size: people of each class that were learned from.
        accuracy: top-1, the mean over draws of those people.
        low, high: 95 % interval over the people tested on.
        spread: standard deviation of the accuracy from one draw of people to the next; 0 with one draw.
        draws: how often people were drawn.
        people: tested on.
    """

    size: int
    accuracy: float
    low: float
    high: float
    spread: float
    draws: int
    people: int

    def as_dict(self) -> dict[str, float | int]:
        return {name: getattr(self, name) for name in self.__slots__}


def learning_curve(
    method: Method,
    faces: Labelled,
    *,
    sizes: Sequence[int] = SIZES,
    draws: int = 3,
    folds: int = 5,
    seed: int = 0,
    held_out: Rows | None = None,
    progress: Progress | None = None,
) -> tuple[CurvePoint, ...]:
    """Accuracy by the number of people a class that were learned from.

    Of each outer fold's training part, so many people a class are drawn, `draws` times; all of the fold's
    test people are tested. Settings are chosen within the people drawn. The size counts people in training:
    40 people a class under five folds leave 32, so 40 needs 50 people a class, or people held out.

    Args:
        method: made for these faces.
        faces: anything with labels, targets and persons a row.
        sizes: people a class; those that a training part does not have are left out of the answer.
        draws: of people a size and fold.
        folds: outer folds, unless rows are held out.
        held_out: rows that are only tested on, all others being there to learn from.
        progress: called before each size and at the end.

    Raises:
        InputError: no size fits, a size below 1, or a person both held out and learned from.
    """
    targets, persons = np.asarray(faces.targets, np.int64), np.asarray(faces.persons, np.str_)
    if min(sizes, default=0) < 1 or draws < 1:
        raise InputError("a learning curve needs sizes and draws of one or more")
    parts = _parts(faces, held_out, folds, seed)
    most = min(min(people_a_class(targets[train], persons[train]).values()) for train, _ in parts)
    fitting = sorted({size for size in sizes if size <= most})
    if not fitting:
        raise InputError(
            f"the smallest class has {most} people to learn from, fewer than {min(sizes)}",
            todo="give a smaller size, or photos of more people",
        )
    points = []
    for done, size in enumerate(fitting):
        if progress is not None:
            progress(f"{method.name}, {size} people a class", done, len(fitting))
        points.append(_point(method, targets, persons, parts, size, draws, seed))
    if progress is not None:
        progress(method.name, len(fitting), len(fitting))
    return tuple(points)


def _parts(faces: Labelled, held_out: Rows | None, folds: int, seed: int) -> list[tuple[Rows, Rows]]:
    """Training and test rows, by folds or as given."""
    if held_out is None:
        fold = outer_folds(faces.targets, faces.persons, folds, seed, labels=faces.labels)
        return list(splits(fold))
    test = np.asarray(held_out, np.int64)
    train = np.setdiff1d(np.arange(len(faces.targets)), test)
    guard(faces.persons[train], faces.persons[test])
    if not len(train) or not len(test):
        raise InputError("nobody is left to learn from, or nobody to test on")
    return [(train, test)]


def _point(
    method: Method,
    targets: Rows,
    persons: NDArray[np.str_],
    parts: list[tuple[Rows, Rows]],
    size: int,
    draws: int,
    seed: int,
) -> CurvePoint:
    tested = np.sort(np.concatenate([test for _, test in parts]))
    right = np.zeros((draws, len(targets)))
    for place, (train, test) in enumerate(parts):
        for draw in range(draws):
            rng = np.random.default_rng([seed, place, draw])
            some = train[np.isin(persons[train], _people(targets[train], persons[train], size, rng))]
            run = method.run(some, test)
            right[draw, test] = run.scores.argmax(axis=1) == targets[test]
    right = right[:, tested]
    low, high = over_persons(right.mean(axis=0), persons[tested], strata=targets[tested], seed=seed)
    return CurvePoint(
        size=size,
        accuracy=float(right.mean()),
        low=low,
        high=high,
        spread=float(right.mean(axis=1).std(ddof=1)) if draws > 1 else 0.0,
        draws=draws,
        people=len(np.unique(persons[tested])),
    )


def _people(
    targets: Rows, persons: NDArray[np.str_], size: int, rng: np.random.Generator
) -> NDArray[np.str_]:
    """So many people of each class; a smaller size is a part of a larger one's people."""
    return np.concatenate(
        [rng.permutation(np.unique(persons[targets == place]))[:size] for place in np.unique(targets)]
    )
