"""Simulated syndromes: signs of the face that people of one class share, on top of faces of their own.

A simulated syndrome is a few of the body model's local changes of the face, drawn by a seed. It is no model
of any real disease and bears no real name. Nothing but its signs tells its people from others: age, sex,
ancestry, skin, and everything about the photo are drawn alike for all classes.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.simulate.fluid import Visit
from mitate.simulate.head import Head
from mitate.simulate.person import Person, PersonProfile, sample_person

__all__ = [
    "UNAFFECTED",
    "Background",
    "SyndromePlan",
    "class_label",
    "person_name",
    "sample_affected",
    "skin_tone",
    "syndrome_signs",
    "visible_changes",
]

Background = Literal["shared", "by class"]

UNAFFECTED = "unaffected"
_MOST_PEOPLE = 100_000  # of a class: so that no person of one class is a person of another
_PLACES = ("cheek", "chin", "eye", "forehead", "head", "mouth", "nose")
_IN_ONE_PLACE = 2  # signs at most, as syndromes change several parts of a face
# Not shape, behind what a photo shows, or to one side.
_LEFT_OUT = ("head-age", "head-angle", "head-back", "head-trans", "mouth-trans-out", "nose-trans-out")
_LEAST_MM, _MOST_MM = 2.5, 12.0  # that a sign moves the skin: less is seen by nobody, more is a caricature
_LIMIT = 1.5  # of a coefficient: beyond it Anny's surfaces begin to cut through each other
_OWN_STREAM, _SIGN_STREAM = 101, 102


@dataclass(frozen=True, slots=True)
class SyndromePlan:
    """Which classes, people and photos to make.

    Attributes:
        classes: how many, counted from `first_class`; class 0 is ``unaffected``, 1 is ``simulated A`` ...
        people: of each class.
        photos: of each person, each in another room and light.
        strength: of the signs; at 1 a typical sign is Anny's full local change, or what of it moves the skin
            by 12 mm.
        seed: of the syndromes and the people: another seed has others of both.
        signs: local changes that make up a syndrome.
        spread: log-sd of a sign's strength between people.
        penetrance: share of a class's people who show a given sign.
        first_class: number of the first class; one beyond those of another plan gives unseen syndromes.
        first_person: number of each class's first person; one beyond another plan's gives unseen people.
        side: px, about a photo's width; it differs from photo to photo.
        jpeg: range of compression qualities.
        background: ``by class`` puts each class before a wall of its own: a planted leak.
        duplicates: people who appear once more under another name and in another class: every other one in
            another photo, the rest in the same one, shrunk and compressed again.

    Raises:
        InputError: a number out of its range.
    """

    classes: int = 5
    people: int = 40
    photos: int = 1
    strength: float = 1.0
    seed: int = 0
    signs: int = 10
    spread: float = 0.25
    penetrance: float = 0.9
    first_class: int = 0
    first_person: int = 0
    side: int = 256
    jpeg: tuple[int, int] = (72, 95)
    background: Background = "shared"
    duplicates: int = 0

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[float, float, float]] = {
            "classes": (self.classes, 1, 10_000),
            "people": (self.people, 1, _MOST_PEOPLE),
            "photos": (self.photos, 1, 1000),
            "strength": (self.strength, 0, 3),
            "seed": (self.seed, 0, math.inf),
            "signs": (self.signs, 1, _IN_ONE_PLACE * len(_PLACES)),
            "spread": (self.spread, 0, 2),
            "penetrance": (self.penetrance, 0, 1),
            "first-class": (self.first_class, 0, 1_000_000),
            "first-person": (self.first_person, 0, _MOST_PEOPLE - self.people),
            "side": (self.side, 96, 2048),
            "duplicates": (self.duplicates, 0, self.people * self.classes if self.classes > 1 else 0),
        }
        for name, (value, low, high) in ranges.items():
            if not low <= value <= high:
                raise InputError(f"{value:g} is out of range", where=name, todo=f"give {low:g} to {high:g}")
        if not 1 <= self.jpeg[0] <= self.jpeg[1] <= 100:
            raise InputError(f"{self.jpeg} is no range of JPEG qualities", where="jpeg")
        if self.background not in ("shared", "by class"):
            raise InputError(
                f"there is no background {self.background[:40]!r}",
                where="background",
                todo="give 'shared' or 'by class'",
            )

    @property
    def numbers(self) -> range:
        """Of its classes."""
        return range(self.first_class, self.first_class + self.classes)

    @property
    def labels(self) -> tuple[str, ...]:
        """Of its classes, in their order."""
        return tuple(class_label(number) for number in self.numbers)


def class_label(number: int) -> str:
    """``unaffected``, ``simulated A``, ... ``simulated Z``, ``simulated AA`` and so on."""
    if number == 0:
        return UNAFFECTED
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return f"simulated {letters}"


def person_name(seed: int, number: int, index: int) -> str:
    """A name that is always the same for a person and does not tell the class: ``sim-`` and ten digits."""
    return "sim-" + hashlib.sha256(f"{seed} {number} {index}".encode()).hexdigest()[:10]


def visible_changes(head: Head) -> tuple[str, ...]:
    """The changes that signs are drawn from, sorted; of a pair the left one stands for both."""
    found = []
    for name in head.signed_changes:
        stem = name.removeprefix("l-")
        if name.startswith("r-") or not stem.startswith(_PLACES) or stem.startswith(_LEFT_OUT):
            continue
        if _millimetres(head, name) >= _LEAST_MM:
            found.append(name)
    return tuple(sorted(found))


def _millimetres(head: Head, name: str) -> float:
    """How far a full change moves the skin where it moves it most."""
    return float(1000 * np.linalg.norm(head.changes[name], axis=1).max())


def _place(name: str) -> str:
    """The part of the face that a change changes."""
    stem = name.removeprefix("l-")
    return next(place for place in _PLACES if stem.startswith(place))


def syndrome_signs(head: Head, plan: SyndromePlan, number: int) -> dict[str, float]:
    """The signs of class `number`: change → coefficient in a typical person; none for ``unaffected``.

    Signs point either way with equal chance and are 0.7 to 1.3 times `plan.strength`, less for a change that
    would move the skin by more than 12 mm; at most two are in one part of the face. They depend on the seed
    and the number alone, so that a class is the same one in every plan of that seed, and grow with the
    strength.
    """
    if number == 0:
        return {}
    rng = np.random.default_rng([plan.seed, number, _SIGN_STREAM])
    signs: dict[str, float] = {}
    used: Counter[str] = Counter()
    for name in rng.permutation(visible_changes(head)).tolist():
        if len(signs) < plan.signs and used[_place(name)] < _IN_ONE_PLACE:
            used[_place(name)] += 1
            size = plan.strength * rng.choice([-1.0, 1.0]) * rng.uniform(0.7, 1.3)
            signs[name] = float(size * min(1.0, _MOST_MM / _millimetres(head, name)))
    return signs


class _Unswollen(Person):
    """A person without a course of fluid, which would only cost time."""

    def face_at(self, visit: Visit) -> NDArray[np.float32]:
        return self.neutral


def sample_affected(head: Head, plan: SyndromePlan, number: int, index: int) -> Person:
    """Person `index` of class `number`: an own face, then the signs of the class as this person shows them.

    Ages are even from 30 to 85, half are men, 40 % have East Asian features and the rest a mixture.

    Args:
        head: the head model.
        plan: only its seed and what concerns signs matter.
        number: of the class, whether or not it is one of the plan's.
        index: of the person within the class.
    """
    own = np.random.default_rng([plan.seed, number, index, _OWN_STREAM])
    profile = PersonProfile(age=(float(own.uniform(30, 85)), 0.0), male_share=0.5, asian_share=0.4)
    person = sample_person(head, plan.seed, number * _MOST_PEOPLE + index, profile)
    shown = {
        name: size * float(np.exp(own.normal(0.0, plan.spread))) * bool(own.random() < plan.penetrance)
        for name, size in syndrome_signs(head, plan, number).items()
    }
    own_face = _Unswollen(**{one.name: getattr(person, one.name) for one in fields(person)})
    return replace(
        own_face,
        participant_id=person_name(plan.seed, number, index),
        # Anny's 0 is a man and 1 a woman; `sample_person` has it the other way round and keeps its pixels
        phenotype={**person.phenotype, "gender": 1.0 - person.phenotype["gender"]},
        local=_with_signs(person.local, shown),
    )


def _with_signs(local: Mapping[str, float], signs: Mapping[str, float]) -> dict[str, float]:
    """Local changes with signs on top, left and right together."""
    out = dict(local)
    for name, amount in signs.items():
        names = (name, f"r-{name[2:]}") if name.startswith("l-") else (name,)
        for one in names:
            out[one] = float(np.clip(out.get(one, 0.0) + amount, -_LIMIT, _LIMIT))
    return out


def skin_tone(lab: tuple[float, float, float] | NDArray[np.floating]) -> str:
    """``light``, ``medium`` or ``dark`` by the individual typology angle of a CIE L*a*b* colour.

    The angle is atan((L − 50)/b) of Chardon and others (Int J Cosmet Sci 1991;13:191-208); light is above 41°
    and dark is 10° or less, two of the limits in use.
    """
    angle = math.degrees(math.atan2(lab[0] - 50.0, lab[2]))
    return "light" if angle > 41 else "medium" if angle > 10 else "dark"
