"""Rare and unseen classes: a face is compared with the faces of a gallery, and classes are ranked.

As published for disorders that nothing was ever trained on (GestaltMatcher-Arc: Hustinx et al., "Improving
deep facial phenotyping for ultra-rare disorder verification using model ensembles", WACV 2023): cosine
distances, averaged over networks and views, sort the gallery's photos; the first photo of each class gives
its place. Adding a class needs no training, only a photo. The gallery keeps numbers, never photos.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.results import INTENDED_USE
from mitate.errors import InputError

__all__ = ["Gallery", "GalleryPhoto", "Look", "Match", "Matches"]

Rows = tuple[NDArray[np.float32], ...]
"""One a network: (n, views, d), not normalised."""

_FEWEST_FOR_CENTRE = 20  # persons; a mean over fewer is the mean of those faces, not of faces
_KNOWN_SHARE = 95.0  # percent of known people that lie nearer to their own class than what is noted as odd
_MOST_FOR_KNOWN = 1000  # photos compared to find that; more do not change a percentile


@dataclass(frozen=True, slots=True)
class Look:
    """With what a gallery looks at faces; galleries of different looks cannot be mixed.

    Attributes:
        networks: name and SHA-256 of each network's file, with the layer that is read.
        views: of each face, as in `mitate.diagnosis.embedders.views`.
    """

    networks: tuple[tuple[str, str], ...]
    views: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GalleryPhoto:
    """What is kept of a photo beside its numbers.

    Attributes:
        digest: SHA-256 of the file, so that the same photo is not added twice.
        person, label: who, and of which class.
        consent, licence: as given; empty where nothing was.
        simulated: whether the person is simulated.
    """

    digest: str
    person: str
    label: str
    consent: str = ""
    licence: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A class and how near its nearest photo is.

    Attributes:
        rank: 1 for the nearest class.
        label: the class.
        distance: 1 - cosine, averaged over networks and views; 0 for the same face, near 1 for an unlike one.
        person: who is on the nearest photo of the class.
        persons: how many people stand for the class in the gallery.
    """

    rank: int
    label: str
    distance: float
    person: str
    persons: int


@dataclass(frozen=True, slots=True)
class Matches:
    """What a gallery says of one face.

    Attributes:
        matches: every class, the nearest first.
        odd: whether the nearest class is farther than known people are from their own class: the face may
            be of none of them. None where the gallery is too small to tell.
        trained_on: ``simulated`` where every photo of the gallery is, else the gallery's name.
        notes: what the reader should know before trusting it.
    """

    matches: tuple[Match, ...]
    odd: bool | None
    trained_on: str
    notes: tuple[str, ...] = ()
    intended_use: str = field(default=INTENDED_USE)


@dataclass(frozen=True)
class Gallery:
    """Faces of known classes as numbers. Immutable: `add` and `remove` give another gallery.

    Attributes:
        name: what results call it.
        look: with what faces were looked at.
        photos: (n,) in the order of adding.
        rows: one a network: (n, views, d) float32.
    """

    name: str
    look: Look
    photos: tuple[GalleryPhoto, ...] = ()
    rows: Rows = ()

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
        digests = {photo.digest: photo for photo in self.photos}
        classes = {photo.person: photo.label for photo in self.photos}
        for photo in photos:
            if not photo.person or not photo.label:
                raise InputError("a photo needs a person and a class", where=photo.digest[:12])
            there = digests.setdefault(photo.digest, photo)
            if there is not photo:
                raise InputError(
                    f"this photo is in the gallery already, of {there.person} ({there.label})",
                    where=photo.digest[:12],
                    todo="add another photo, or remove that one first",
                )
            if classes.setdefault(photo.person, photo.label) != photo.label:
                raise InputError(
                    f"the person {photo.person} is in the class {classes[photo.person]} already",
                    where=photo.label,
                    todo="remove the person first, or give another person's name",
                )
        joined = tuple(
            np.concatenate([old, np.asarray(new, np.float32)])
            for old, new in zip(self.rows or tuple(row[:0] for row in rows), rows, strict=True)
        )
        return replace(self, photos=(*self.photos, *photos), rows=joined)

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
        return replace(
            self,
            photos=tuple(self.photos[row] for row in keep),
            rows=tuple(rows[keep] for rows in self.rows),
        )

    def match(self, rows: Rows, look: Look) -> Matches:
        """The gallery's classes, ranked by how near their nearest photo is to a face.

        Args:
            rows: of one face, one a network: (1, views, d) or (views, d).
            look: with what it was looked at.

        Raises:
            InputError: the gallery is empty, or made with another look.
        """
        _check_look(self, look)
        if not len(self):
            raise InputError("the gallery is empty", where=self.name, todo="add photos of known classes")
        query = tuple(np.asarray(row, np.float32).reshape(1, *row.shape[-2:]) for row in rows)
        distances = self.distances(query)[0]
        matches = ranked(self, distances)
        odd = None if self.usual is None else bool(matches[0].distance > self.usual)
        return Matches(matches, odd, self.trained_on, _notes(self, odd))

    def distances(self, rows: Rows, among: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """(m, n) distances of faces to photos of the gallery, averaged over networks and views.

        Args:
            rows: of m faces, one a network: (m, views, d).
            among: which photos of the gallery are there; all by default. The centre is theirs.
        """
        kept = np.arange(len(self)) if among is None else among
        total = np.zeros((len(rows[0]), len(kept)))
        for own, other in zip(self.rows, rows, strict=True):
            centre = _centre(own[kept], self.persons[kept])
            a, b = _unit(other - centre), _unit(own[kept] - centre)
            total += 1 - np.einsum("mvd,nvd->mn", a, b, optimize=True) / a.shape[1]
        return np.asarray(total / len(self.rows))

    @cached_property
    def usual(self) -> float | None:
        """The distance within which 95 of 100 known people lie of another person of their own class.

        None where fewer than twenty photos have another person of their class beside them.
        """
        if not len(self):
            return None
        rows = np.unique(np.linspace(0, len(self) - 1, _MOST_FOR_KNOWN).astype(np.int64))
        own = self.distances(tuple(row[rows] for row in self.rows))
        same = self.targets[rows][:, None] == self.targets[None, :]
        same &= self.persons[rows][:, None] != self.persons[None, :]
        nearest = np.where(same, own, np.inf).min(axis=1)
        known = nearest[np.isfinite(nearest)]
        return float(np.percentile(known, _KNOWN_SHARE)) if len(known) >= _FEWEST_FOR_CENTRE else None


def ranked(
    gallery: Gallery, distances: NDArray[np.float64], among: NDArray[np.int64] | None = None
) -> tuple[Match, ...]:
    """Classes by their nearest photo.

    Args:
        gallery: whose photos.
        distances: (n,) of one face to them.
        among: which photos these are; all by default.
    """
    kept = np.arange(len(gallery)) if among is None else among
    people: Mapping[str, set[str]] = {label: set() for label in gallery.labels}
    first: dict[str, tuple[float, str]] = {}
    for place in np.argsort(distances, kind="stable"):
        photo = gallery.photos[kept[place]]
        people[photo.label].add(photo.person)
        first.setdefault(photo.label, (float(distances[place]), photo.person))
    return tuple(
        Match(rank, label, distance, person, len(people[label]))
        for rank, (label, (distance, person)) in enumerate(first.items(), start=1)
    )


def _centre(rows: NDArray[np.float32], persons: NDArray[np.str_]) -> NDArray[np.float32]:
    """(views, d) the mean face, every person weighing the same; zero where there are too few to have one."""
    names, place, count = np.unique(persons, return_inverse=True, return_counts=True)
    if len(names) < _FEWEST_FOR_CENTRE:
        return np.zeros(rows.shape[1:], np.float32)
    weight = (1 / count[place] / len(names)).astype(np.float32)
    return np.asarray(np.tensordot(weight, rows, axes=1), np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


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


def _notes(gallery: Gallery, odd: bool | None) -> tuple[str, ...]:
    notes = ["nearness ranks classes; it is no probability, and the right class may not be in the gallery"]
    if odd:
        notes.append(
            "this face is farther from every class than 95 of 100 known people are from their own: "
            "it may be of none of them"
        )
    if odd is None:
        notes.append("the gallery is too small to say when a face is like none of its classes")
    if any(photo.simulated for photo in gallery.photos):
        notes.append("the gallery holds simulated people")
    return tuple(notes)
