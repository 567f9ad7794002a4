"""What a person hands in: photos with a person, a class, and what is known besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Dataset", "LeftOut", "Photo"]


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of one person.

    Attributes:
        file: where it lies.
        person: who; never on both sides of a split. Unique over the whole data set, not within a class.
        label: the class, such as a diagnosis or ``unaffected``.
        groups: what results are broken down by, such as ``age``, ``sex``, ``skin_tone`` and ``source``; a
            value that is not known is missing.
        consent, licence: as given; empty where nothing was.
    """

    file: Path
    person: str
    label: str
    groups: Mapping[str, str] = field(default_factory=dict)
    consent: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Photos of several classes.

    Attributes:
        name: what cards and reports call it.
        root: its folder, or the table's folder.
        photos: in the order in which they were found.
        simulated: whether the people are simulated.
    """

    name: str
    root: Path
    photos: tuple[Photo, ...]
    simulated: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, sorted."""
        return tuple(sorted({photo.label for photo in self.photos}))

    @property
    def trained_on(self) -> str:
        """What a model learned from it says that it was trained on: ``simulated`` or the name."""
        return "simulated" if self.simulated else self.name


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A photo that cannot be used: ``no_face``, ``blurred``, ``unreadable`` ... and what to do about it."""

    photo: Photo
    reason: str
    what: str
    todo: str
