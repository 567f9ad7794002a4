"""Rare and unseen classes: a face is compared with the faces of a gallery, and classes are ranked.

As published for disorders that nothing was ever trained on (GestaltMatcher-Arc: Hustinx et al., "Improving
deep facial phenotyping for ultra-rare disorder verification using model ensembles", WACV 2023): cosine
distances are averaged over networks and views. There the nearest photo of a class gives its place; here, by
default, the mean over the class's people does, in a space that is calm where people merely differ
(`mitate.diagnosis.gallery_space`), which ranked far better in trials (docs/diagnosis.md). Adding a class
needs no training, only a photo. The gallery keeps numbers, never photos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.gallery_records import GalleryPhoto, Look, Match, Matches
from mitate.diagnosis.gallery_space import FEWEST, Space, Spread
from mitate.errors import InputError

__all__ = ["RANKINGS", "Asked", "Gallery", "GalleryPhoto", "Look", "Match", "Matches", "Ranking", "leave_out"]

Rows = tuple[NDArray[np.float32], ...]
"""One a network: (n, views, d), not normalised."""

Ranking = Literal["mean", "nearest"]
RANKINGS: tuple[Ranking, ...] = ("mean", "nearest")
"""A class's distance: the mean over its people, or that of its nearest photo, as published."""

_KNOWN_SHARE = 95.0  # percent of known people that lie nearer to a class than what is noted as odd
_MOST_ASKED = 100  # people left out in turn to find that; more do not move a percentile


@dataclass(frozen=True, eq=False)
class Gallery:
    """Faces of known classes as numbers. Immutable: `add` and `remove` give another gallery.

    Attributes:
        name: what results call it.
        look: with what faces were looked at.
        photos: (n,) in the order of adding.
        rows: one a network: (n, views, d) float32.
        reference: how people of one class differ in a data set, one a network, or empty. The gallery's own
            people are added to it.
        ranking: how classes are ranked.
        usual: the distance within which 95 of 100 of its people, each left out in turn, lie of the nearest
            class; see `measured`. None where that is not known.
    """

    name: str
    look: Look
    photos: tuple[GalleryPhoto, ...] = ()
    rows: Rows = ()
    reference: tuple[Spread, ...] = ()
    ranking: Ranking = "mean"
    usual: float | None = None

    def __len__(self) -> int:
        return len(self.photos)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The classes, sorted."""
        return tuple(sorted({photo.label for photo in self.photos}))

    @cached_property
    def persons(self) -> NDArray[np.str_]:
        """(n,) who is on each photo."""
        return np.array([photo.person for photo in self.photos], dtype=np.str_)

    @cached_property
    def targets(self) -> NDArray[np.int64]:
        """(n,) the place of each photo's class in `labels`."""
        places = {label: place for place, label in enumerate(self.labels)}
        return np.array([places[photo.label] for photo in self.photos], dtype=np.int64)

    @property
    def trained_on(self) -> str:
        """``simulated`` where every photo is of a simulated person, else the name."""
        return "simulated" if self.photos and all(photo.simulated for photo in self.photos) else self.name

    def add(self, photos: Sequence[GalleryPhoto], rows: Rows, look: Look) -> Gallery:
        """This gallery with more photos.

        Args:
            photos: (m,) of whom.
            rows: their numbers, one a network: (m, views, d).
            look: with what they were looked at.

        Raises:
            InputError: another look, a photo that is there already, or a person who is in another class.
        """
        _check_look(self, look)
        _check_rows(self, photos, rows)
        _check_photos(self, photos)
        old = self.rows or tuple(row[:0] for row in rows)
        joined = tuple(np.concatenate([a, np.asarray(b, np.float32)]) for a, b in zip(old, rows, strict=True))
        return replace(self, photos=(*self.photos, *photos), rows=joined, usual=None)

    def remove(self, *, person: str | None = None, label: str | None = None) -> Gallery:
        """This gallery without a person, or without a class.

        Raises:
            InputError: nobody is left out by that.
        """
        gone = [
            (person is not None and photo.person == person) or (label is not None and photo.label == label)
            for photo in self.photos
        ]
        if not any(gone):
            raise InputError("nobody of that name is in the gallery", where=person or label)
        keep = np.flatnonzero(~np.array(gone))
        photos, rows = tuple(self.photos[row] for row in keep), tuple(rows[keep] for rows in self.rows)
        return replace(self, photos=photos, rows=rows, usual=None)

    def match(self, rows: Rows, look: Look) -> Matches:
        """The gallery's classes, ranked by how near they are to a face.

        Args:
            rows: of one face, one a network: (1, views, d).
            look: with what it was looked at.

        Raises:
            InputError: the gallery is empty, or made with another look.
        """
        _check_look(self, look)
        if not len(self):
            raise InputError("the gallery is empty", where=self.name, todo="add photos of known classes")
        distances, people = _far(self, self._placed, rows)
        order = np.argsort(distances[0], kind="stable")
        matches = tuple(
            Match(rank, self.labels[k], float(distances[0, k]), people[0][k], self._people[k])
            for rank, k in enumerate(order, start=1)
        )
        odd = None if self.usual is None else bool(matches[0].distance > self.usual)
        return Matches(matches, odd, self.trained_on, _notes(self, odd))

    def measured(self) -> Gallery:
        """This gallery with `usual`; None remains where fewer than twenty people can be left out."""
        people = np.unique(self.persons)
        step = -(-len(people) // _MOST_ASKED) or 1
        near = [one.nearest for one in leave_out(self, people[::step])]
        usual = float(np.percentile(near, _KNOWN_SHARE)) if len(near) >= FEWEST else None
        return replace(self, usual=usual)

    @cached_property
    def _placed(self) -> _Placed:
        return _place(self, np.arange(len(self)))

    @cached_property
    def _people(self) -> tuple[int, ...]:
        """(K,) how many people stand for each class."""
        return tuple(len(np.unique(self.persons[self.targets == k])) for k in range(len(self.labels)))


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo whose person was left out.

    Attributes:
        row: of the gallery.
        rank: of its class among those that are left, from 1.
        own, nearest: distance to its class, and to the nearest.
    """

    row: int
    rank: int
    own: float
    nearest: float


def leave_out(gallery: Gallery, persons: NDArray[np.str_]) -> list[Asked]:
    """Ask the gallery about each of some people as if that person were not in it.

    Nothing of the person is left in the space in which distances are measured. People whose class has nobody
    else are passed over.
    """
    asked = []
    for person in persons:
        own, others = np.flatnonzero(gallery.persons == person), np.flatnonzero(gallery.persons != person)
        target = gallery.targets[own[0]]
        if not (gallery.targets[others] == target).any():
            continue
        distances, _ = _far(gallery, _place(gallery, others), tuple(rows[own] for rows in gallery.rows))
        for row, far in zip(own, distances, strict=True):
            rank = 1 + int((far < far[target]).sum())
            asked.append(Asked(int(row), rank, float(far[target]), float(far.min())))
    return asked


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Some photos of a gallery in the space that they make, one a network, and which they are."""

    kept: NDArray[np.int64]
    spaces: tuple[Space, ...]
    rows: Rows


def _place(gallery: Gallery, kept: NDArray[np.int64]) -> _Placed:
    targets, persons = gallery.targets[kept], gallery.persons[kept]
    references = gallery.reference or (None,) * len(gallery.rows)
    spaces = tuple(
        Space.fit(rows[kept], targets, persons, reference)
        for rows, reference in zip(gallery.rows, references, strict=True)
    )
    placed = tuple(space(rows[kept]) for space, rows in zip(spaces, gallery.rows, strict=True))
    return _Placed(kept, spaces, placed)


def _far(gallery: Gallery, placed: _Placed, rows: Rows) -> tuple[NDArray[np.float64], list[list[str]]]:
    """(m, K) distances of faces to classes, inf for one that has no photo there; and who is nearest."""
    total = np.zeros((len(rows[0]), len(placed.kept)))
    for space, there, new in zip(placed.spaces, placed.rows, rows, strict=True):
        total += 1 - np.einsum("mvd,nvd->mn", space(new), there, optimize=True) / there.shape[1]
    total /= len(rows)
    people, place = np.unique(gallery.persons[placed.kept], return_inverse=True)
    by_person = np.full((len(total), len(people)), np.inf)
    np.minimum.at(by_person.T, place, total.T)
    of_person = np.zeros(len(people), np.int64)
    of_person[place] = gallery.targets[placed.kept]
    far = np.full((len(total), len(gallery.labels)), np.inf)
    nearest = [[""] * len(gallery.labels) for _ in total]
    for k in np.unique(of_person):
        own = np.flatnonzero(of_person == k)
        first = by_person[:, own].argmin(axis=1)
        far[:, k] = (
            by_person[:, own].mean(axis=1) if gallery.ranking == "mean" else by_person[:, own].min(axis=1)
        )
        for row, at in enumerate(first):
            nearest[row][k] = str(people[own[at]])
    return far, nearest


def _check_look(gallery: Gallery, look: Look) -> None:
    if look != gallery.look:
        raise InputError(
            "the gallery was made with other networks or views, and distances would mean nothing",
            where=gallery.name,
            todo="use the networks that the gallery was made with, or make a new gallery from the photos",
        )


def _check_rows(gallery: Gallery, photos: Sequence[GalleryPhoto], rows: Rows) -> None:
    shape = [(len(photos), len(gallery.look.views))] * len(gallery.look.networks)
    widths = [row.shape[2:] for row in gallery.rows or rows]
    if [row.shape[:2] for row in rows] != shape or [row.shape[2:] for row in rows] != widths:
        raise InputError(f"numbers of {shape} faces and views are needed, not {[r.shape for r in rows]}")
    if not all(np.isfinite(row).all() for row in rows):
        raise InputError("a face's numbers are not finite")


def _check_photos(gallery: Gallery, photos: Sequence[GalleryPhoto]) -> None:
    digests = {photo.digest: photo for photo in gallery.photos}
    classes = {photo.person: photo.label for photo in gallery.photos}
    for photo in photos:
        if not photo.person or not photo.label:
            raise InputError("a photo needs a person and a class", where=photo.digest[:12])
        if photo.digest in digests:
            there = digests[photo.digest]
            raise InputError(
                f"this photo is in the gallery already, of {there.person} ({there.label})",
                where=photo.digest[:12],
                todo="add another photo, or remove that one first",
            )
        digests[photo.digest] = photo
        if classes.setdefault(photo.person, photo.label) != photo.label:
            raise InputError(
                f"the person {photo.person} is in the class {classes[photo.person]} already",
                where=photo.label,
                todo="remove the person first, or give another person's name",
            )


def _notes(gallery: Gallery, odd: bool | None) -> tuple[str, ...]:
    notes = ["nearness ranks classes; it is no probability, and the right class may not be in the gallery"]
    if odd:
        notes.append(
            "this face is farther from every class than 95 of 100 known people are from the nearest: "
            "it may be of none of them"
        )
    if odd is None:
        notes.append("the gallery is too small to say when a face is like none of its classes")
    if any(photo.simulated for photo in gallery.photos):
        notes.append("the gallery holds simulated people")
    return tuple(notes)
