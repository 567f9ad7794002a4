"""Who is tested together: folds stratified by class that never split a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.errors import InputError

__all__ = [
    "fewest_people",
    "guard",
    "inner_folds",
    "outer_folds",
    "people_a_class",
    "person_weights",
    "splits",
]

Rows = NDArray[np.int64]

_TRIES = 20


def people_a_class(targets: ArrayLike, persons: ArrayLike) -> dict[int, int]:
    """How many people each class has, by the class's place."""
    pairs = set(zip(np.asarray(targets).tolist(), np.asarray(persons).tolist(), strict=True))
    counts: dict[int, int] = {}
    for target, _ in sorted(pairs, key=str):
        counts[target] = counts.get(target, 0) + 1
    return dict(sorted(counts.items()))


def fewest_people(targets: ArrayLike, persons: ArrayLike) -> int:
    """How many people the smallest class has; 0 without rows."""
    return min(people_a_class(targets, persons).values(), default=0)


def person_weights(persons: ArrayLike) -> NDArray[np.float64]:
    """(n,) one over the rows of each row's person, so that everybody counts once."""
    _, place, rows = np.unique(np.asarray(persons), return_inverse=True, return_counts=True)
    return np.asarray(1.0 / rows[place], np.float64)


def outer_folds(
    targets: ArrayLike,
    persons: ArrayLike,
    folds: int = 5,
    seed: int = 0,
    *,
    labels: Sequence[str] | None = None,
) -> Rows:
    """In which fold each row is tested.

    Scikit-learn's `StratifiedGroupKFold`, shuffled: all rows of a person share a fold and every class is
    spread over the folds. There are fewer folds where the smallest class has fewer people than folds.

    Args:
        targets: (n,) the class's place.
        persons: (n,) who.
        labels: the classes' names, for errors.

    Returns:
        (n,) 0 to one less than the number of folds; no fold is empty, and every class is among the rows
        outside each fold.

    Raises:
        InputError: fewer than two classes, fewer than two folds, or a class with fewer than two people.
    """
    places, who = np.asarray(targets, np.int64), np.asarray(persons)
    counts = people_a_class(places, who)
    if len(counts) < 2:
        raise InputError(
            f"there is nothing to tell apart: {len(counts)} class", todo="give photos of two classes or more"
        )
    if folds < 2:
        raise InputError(f"{folds} fold cannot be split into training and test", todo="ask for two or more")
    smallest = min(counts, key=lambda place: counts[place])
    if counts[smallest] < 2:
        name = f"class {smallest}" if labels is None else f"class {labels[smallest]!r}"
        raise InputError(
            f"{name} has photos of {counts[smallest]} person, too few to keep one for the test",
            todo="add people to it, leave it out, or use the gallery, which needs one photo a class",
        )
    codes = np.unique(who, return_inverse=True)[1]
    for attempt in range(_TRIES):
        fold = _one_try(
            tuple(places.tolist()), tuple(codes.tolist()), min(folds, counts[smallest]), seed + 7919 * attempt
        )
        if fold is not None:
            return np.array(fold, dtype=np.int64)
    raise InputError(
        "the people cannot be spread over the folds so that each class is in every training part",
        todo="ask for fewer folds, or give each person one class",
    )


@lru_cache(maxsize=256)
def _one_try(
    classes: tuple[int, ...], persons: tuple[int, ...], folds: int, seed: int
) -> tuple[int, ...] | None:
    """(n,) folds, or None where a fold is empty or takes all people of a class.

    Remembered, because every row of a comparison asks for the same ones.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    targets = np.array(classes, dtype=np.int64)
    fold = np.full(len(targets), -1, dtype=np.int64)
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed % 2**32)
    for place, (_, test) in enumerate(splitter.split(targets[:, None], targets, persons)):
        fold[test] = place
    kept = (set(targets[fold != place].tolist()) == set(targets.tolist()) for place in range(folds))
    return tuple(fold.tolist()) if len(np.unique(fold)) == folds and all(kept) else None


def inner_folds(targets: ArrayLike, persons: ArrayLike, folds: int = 5, seed: int = 0) -> Rows:
    """The same within training rows, by another shuffle: where settings are chosen.

    Returns:
        (m,) the fold of each training row.

    Raises:
        InputError: as `outer_folds`.
    """
    return outer_folds(targets, persons, folds, seed + 104729)


def splits(fold: Rows, rows: Rows | None = None) -> Iterator[tuple[Rows, Rows]]:
    """Training and test rows of each fold, in order.

    Args:
        fold: (n,) as from `outer_folds`.
        rows: (n,) what the places stand for; the places themselves where None.
    """
    at = np.arange(len(fold)) if rows is None else rows
    for place in range(int(fold.max(initial=-1)) + 1):
        yield at[fold != place], at[fold == place]


def guard(train_persons: Iterable[object], test_persons: Iterable[object]) -> None:
    """Refuse a split with a person on both sides.

    Raises:
        InputError: naming the first of them and how many there are.
    """
    both = sorted({str(one) for one in train_persons} & {str(one) for one in test_persons})
    if both:
        raise InputError(
            f"{len(both)} people are on both sides of the split, the first {both[0]!r}",
            todo="give every photo of a person the same person id and split by it",
        )
