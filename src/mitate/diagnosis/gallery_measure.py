"""How often a gallery ranks the right class first, or among the first few: leave one person out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.gallery import Gallery, leave_out
from mitate.errors import InputError

__all__ = ["TOP", "ClassFigures", "GalleryFigures", "TopN", "evaluate_gallery", "figures_of"]

TOP = (1, 5, 10, 30)


@dataclass(frozen=True, slots=True)
class TopN:
    """Share of people whose class is among the first `n`, the mean over classes, with 95 % interval.

    Attributes:
        n: how many places count.
        value: 0 to 1.
        low, high: resampled over persons within their classes.
        chance: the same for a ranking by lot.
    """

    n: int
    value: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: its people, and their share among the first n for each of `TOP`."""

    label: str
    persons: int
    top: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GalleryFigures:
    """What leaving out one person after another tells of a gallery.

    Attributes:
        top: one for each of `TOP`.
        classes: every class with at least two people, sorted by label.
        classes_in_gallery: all that were ranked.
        persons, photos: that were asked about.
        trained_on: ``simulated`` or the gallery's name.
    """

    top: tuple[TopN, ...]
    classes: tuple[ClassFigures, ...]
    classes_in_gallery: int
    persons: int
    photos: int
    trained_on: str


def evaluate_gallery(gallery: Gallery, *, rounds: int = 1000, seed: int = 0) -> GalleryFigures:
    """Ask the gallery about each of its people as if that person were not in it.

    A person is asked about if another person of the class remains. As published for GestaltMatcher, the
    mean over classes is reported, so that a class with many people does not hide the rare ones.

    Args:
        gallery: of at least two classes.
        rounds, seed: of the resampling.

    Raises:
        InputError: no class has two people.
    """
    asked = leave_out(gallery, np.unique(gallery.persons))
    if not asked:
        raise InputError("no class of the gallery has two people", where=gallery.name, todo="add more people")
    rows = np.array([one.row for one in asked])
    return figures_of(
        np.array([one.rank for one in asked]),
        [gallery.photos[row].label for row in rows],
        gallery.persons[rows],
        classes_in_gallery=len(gallery.labels),
        trained_on=gallery.trained_on,
        rounds=rounds,
        seed=seed,
    )


def figures_of(
    ranks: NDArray[np.int64],
    labels: Sequence[str],
    persons: NDArray[np.str_],
    *,
    classes_in_gallery: int,
    trained_on: str,
    rounds: int = 1000,
    seed: int = 0,
) -> GalleryFigures:
    """Class-averaged shares of ranks, with intervals resampled over persons.

    Args:
        ranks: (n,) places from 1.
        labels, persons: (n,) of what class, and who.
        classes_in_gallery: how many were ranked.
        trained_on: as in `GalleryFigures`.
        rounds, seed: of the resampling: persons are drawn with replacement within their class.
    """
    by_class: Mapping[str, NDArray[np.float64]] = {
        label: _by_person(ranks, np.array([own == label for own in labels]), persons)
        for label in sorted(set(labels))
    }
    rng = np.random.default_rng(seed)
    draws = np.zeros((rounds, len(TOP)))
    for shares in by_class.values():
        chosen = rng.integers(len(shares), size=(rounds, len(shares)))
        draws += shares[chosen].mean(axis=1) / len(by_class)
    value = np.mean([shares.mean(axis=0) for shares in by_class.values()], axis=0)
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    return GalleryFigures(
        top=tuple(
            TopN(n, float(v), float(a), float(b), min(1.0, n / classes_in_gallery))
            for n, v, a, b in zip(TOP, value, low, high, strict=True)
        ),
        classes=tuple(
            ClassFigures(label, len(shares), tuple(float(x) for x in shares.mean(axis=0)))
            for label, shares in by_class.items()
        ),
        classes_in_gallery=classes_in_gallery,
        persons=sum(len(shares) for shares in by_class.values()),
        photos=len(ranks),
        trained_on=trained_on,
    )


def _by_person(
    ranks: NDArray[np.int64], rows: NDArray[np.bool_], persons: NDArray[np.str_]
) -> NDArray[np.float64]:
    """(persons of the class, TOP) share of each person's photos within the first n."""
    hits = ranks[rows][:, None] <= np.array(TOP)
    return np.stack([hits[persons[rows] == person].mean(axis=0) for person in np.unique(persons[rows])])
