"""What a gallery keeps of a photo, with what it looks at faces, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from mitate.diagnosis.results import INTENDED_USE

__all__ = ["GalleryPhoto", "Look", "Match", "Matches"]


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
    """A class and how near it is.

    Attributes:
        rank: 1 for the nearest class.
        label: the class.
        distance: 1 - cosine, averaged over networks, views and, by default, the class's people; about 1 for
            a face that has nothing in common with it.
        person: whose photo of the class is nearest.
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
        odd: whether the nearest class is farther than it is for 95 of 100 known people who were left out:
            the face may be of none of them. A weak sign: with 30 simulated classes of five people, 13 of 100
            people of other classes were called odd, against 5 known ones. None where people are too few.
        trained_on: ``simulated`` where every photo of the gallery is, else the gallery's name.
        notes: what the reader should know before trusting it.
    """

    matches: tuple[Match, ...]
    odd: bool | None
    trained_on: str
    notes: tuple[str, ...] = ()
    intended_use: str = field(default=INTENDED_USE)
