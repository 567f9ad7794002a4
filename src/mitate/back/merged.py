"""What films show and what was told, in one case; where they contradict each other one counts, both are said.

A told observation gives way to a clear measurement and stands before a borderline one: a camera that is
clearly on one side of a limit has a known error, and somebody's word or hand has none that is known. This
order is this project's judgement.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mitate.abduce.explain import seen_in_words
from mitate.abduce.language import Atom, KnowledgeBase, Observation
from mitate.back._seen import BORDERLINE, Seen
from mitate.back.condition import Condition, case
from mitate.back.observations import BackCase, case_of
from mitate.back.region import LOW_BACK, knowledge
from mitate.errors import InputError

__all__ = ["Conflict", "Merged", "merged", "with_person"]

_TOLD = ("conditions", "signs", "measures", "answers")
_NESTED = ("conditions", "measures")
_ORDER = ("person", "region", *_TOLD, "red_flags", "questionnaires", "programme")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that was told otherwise than a film shows it.

    Attributes:
        told, filmed: the two observations.
        place: of the told one in its file, such as ``conditions.forward_bend.lumbar_flexion``.
        sure: how sure the film is of its own.
        kept: which of them counts.
    """

    told: Observation
    filmed: Observation
    place: str
    sure: float
    kept: Literal["film", "told"]

    def as_dict(self, base: KnowledgeBase, language: str = "en") -> dict[str, Any]:
        """For JSON, with both in words."""
        return {
            "told": str(self.told.atom),
            "told_words": seen_in_words(base, self.told, language),
            "filmed": str(self.filmed.atom),
            "filmed_words": seen_in_words(base, self.filmed, language),
            "place": self.place,
            "sure": self.sure,
            "kept": self.kept,
        }


@dataclass(frozen=True, slots=True)
class Merged:
    """One case of everything.

    Attributes:
        document: as ``mitate back explain`` reads it.
        case: the same, checked.
        conflicts: between films and what was told.
    """

    document: dict[str, Any]
    case: BackCase
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of a document, and which observations it makes, each with whether it is there."""

    place: tuple[str, ...]
    value: Any
    seen: Mapping[Atom, bool]

    @property
    def sure(self) -> float:
        return float(self.value.get("sure", 1.0)) if isinstance(self.value, dict) else 1.0


def with_person(
    told: Mapping[str, Any], *, age: float | None = None, sex: str | None = None
) -> dict[str, Any]:
    """The told document, with age and sex from the command line.

    Raises:
        InputError: it says another age or sex.
    """
    document = copy.deepcopy(dict(told))
    person = dict(document.get("person") or {})
    for name, given in (("age", age), ("sex", sex)):
        if given is None:
            continue
        if person.get(name) not in (None, given):
            raise InputError(
                f"the {name} is {given} here and {person[name]} in the answers",
                where=f"--{name}",
                todo="give the right one, and only once",
            )
        person[name] = given
    if person:
        document["person"] = person
    return document


def merged(
    found: Sequence[Condition],
    told: Mapping[str, Any],
    *,
    region: str = LOW_BACK,
    name: str = "answers",
) -> Merged:
    """Films and answers as one case.

    Args:
        found: the conditions of all films, of one person.
        told: a case document, with age and sex in it (`with_person`).
        region: of the body, for a document that names none.
        name: of the file with the answers, for messages.

    Raises:
        InputError: what was told cannot be read, or contradicts itself.
    """
    own = str(told.get("region") or region)
    base = knowledge(own)
    filmed = list(_entries(case(found), base, own, "films"))
    said = list(_entries(told, base, own, name))
    conflicts, dropped = _conflicts(base, said, filmed)
    kept_film = {entry.place: entry.value for entry in filmed if id(entry) not in dropped}
    kept_told = {entry.place: entry.value for entry in said if id(entry) not in dropped}
    document: dict[str, Any] = {key: value for key, value in told.items() if key not in _TOLD}
    for place, value in {**kept_told, **kept_film}.items():
        other = kept_told.get(place)
        _put(document, place, value if other is None else other)
    if own != LOW_BACK:
        document["region"] = own
    document = {part: document[part] for part in _ORDER if document.get(part)}
    return Merged(document, case_of(document, base, name=name), tuple(conflicts))


def _entries(document: Mapping[str, Any], base: KnowledgeBase, region: str, name: str) -> Iterator[_Entry]:
    """Every line of what was observed; each is read by itself, so that it is known what it makes."""
    for part in _TOLD:
        inside = document.get(part)
        if inside is not None and not isinstance(inside, dict):
            case_of({part: inside}, base, name=name)  # says what is wrong
        for place, value in _lines(part, inside or {}):
            small: dict[str, Any] = {"region": region} if region != LOW_BACK else {}
            if part == "measures" and document.get("person"):
                small["person"] = document["person"]
            _put(small, place, value)
            read = case_of(small, base, name=name)
            seen = {one.atom: not one.absent for one in read.situation.observations}
            seen |= {one.observation.atom: not one.observation.absent for one in read.unsure}
            yield _Entry(place, value, seen)


def _lines(part: str, inside: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in inside.items():
        if part in _NESTED and isinstance(value, dict) and "is" not in value:
            yield from (((part, key, own), one) for own, one in value.items())
        else:
            yield (part, key), value


def _put(document: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    for name in place[:-1]:
        document = document.setdefault(name, {})
    document[place[-1]] = value


def _conflicts(
    base: KnowledgeBase, said: Sequence[_Entry], filmed: Sequence[_Entry]
) -> tuple[list[Conflict], set[int]]:
    """Of each told line, the surest filmed one against it; and all that give way, by their identity."""
    found: list[Conflict] = []
    dropped: set[int] = set()
    for told in said:
        against = [film for film in filmed if _may_meet(base, told, film) and _contradict(base, told, film)]
        if not against:
            continue
        surest = max(against, key=lambda film: film.sure)
        clear = surest.sure >= BORDERLINE
        dropped.update([id(told)] if clear else [id(film) for film in against])
        kept: Literal["film", "told"] = "film" if clear else "told"
        found.append(Conflict(_shown(told), _shown(surest), ".".join(told.place), surest.sure, kept))
    return found, dropped


def _may_meet(base: KnowledgeBase, one: _Entry, other: _Entry) -> bool:
    """Whether two lines speak of the same thing, or of things that the knowledge base declares exclusive."""
    first, second = ({atom.predicate for atom in entry.seen} for entry in (one, other))
    if first & second:
        return True
    return any(
        first & names and second & names
        for names in ({atom.predicate for atom in exclusion.atoms} for exclusion in base.exclusions)
    )


def _contradict(base: KnowledgeBase, one: _Entry, other: _Entry) -> bool:
    both = Seen(base, "")
    try:
        for entry in (one, other):
            for atom, present in entry.seen.items():
                both.add(atom, present, "")
        both.refuse_exclusions()
    except InputError:  # that is how it says so
        return True
    return False


def _shown(entry: _Entry) -> Observation:
    """The observation that stands for a line: one that is there before those that are not."""
    atom = next((atom for atom, present in entry.seen.items() if present), next(iter(entry.seen)))
    return Observation(atom, absent=not entry.seen[atom])
