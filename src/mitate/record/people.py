"""People: who is looked at; everything that says something of them lies sealed under their own key."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.audit import note
from mitate.record.errors import ConflictError, MissingError
from mitate.record.letters import check_letters
from mitate.record.locks import lock_word
from mitate.record.opened import Record
from mitate.record.schema import Capture, Check, Person, new_id

__all__ = [
    "KnownPerson",
    "PersonFacts",
    "add_people",
    "add_person",
    "age_on",
    "all_people",
    "change_person",
    "counted",
    "find_people",
    "get_person",
    "known_person",
]

Sex = Literal["female", "male"]
_OLDEST = date(1890, 1, 1)
_LONGEST = {"name": 120, "number": 40, "call_name": 80, "call_phone": 40, "note": 2000}
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "sex": ("female", "male", None),
    "language": ("en", "ja"),
    "kind": ("dialysis", "home"),
}
_HEIGHT_CM = (50.0, 250.0)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of a person.

    Attributes:
        name, number: her name and the clinic's number for her; a number, if any, is hers alone.
        sex: female, male, or None where it is not known or not said.
        birth_date: None where it is not known.
        height_cm: in centimetres, or None.
        language: that she reads, ``en`` or ``ja``.
        kind: ``dialysis`` for a clinic's patient, ``home`` for somebody who looks at herself.
        call_name, call_phone: whom she calls when something is wrong; empty means the clinic's own.
        note: of the clinic.
        simulated: nobody: made for a demonstration or a test.
    """

    name: str
    number: str = ""
    sex: Sex | None = None
    birth_date: date | None = None
    height_cm: float | None = None
    language: Literal["en", "ja"] = "en"
    kind: Literal["dialysis", "home"] = "dialysis"
    call_name: str = ""
    call_phone: str = ""
    note: str = ""
    simulated: bool = False

    def __post_init__(self) -> None:
        """Raise InputError, naming the field, for what cannot be."""
        if not self.name.strip():
            raise InputError("a person needs a name", where="name", todo="give the name, or a nickname")
        for name, longest in _LONGEST.items():
            _check_text(name, getattr(self, name), longest)
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                told = " or ".join(str(one) for one in allowed if one is not None)
                raise InputError(
                    f"{getattr(self, name)!r} is none of {told}", where=name, todo=f"give {told}"
                )
        if self.birth_date is not None and not _OLDEST <= self.birth_date <= date.today():
            raise InputError(
                f"a birth date of {self.birth_date} cannot be", where="birth_date", todo="see the year"
            )
        low, high = _HEIGHT_CM
        if self.height_cm is not None and not low <= self.height_cm <= high:
            raise InputError(
                f"a height of {self.height_cm:g} cm cannot be",
                where="height_cm",
                todo=f"give centimetres, {low:g} to {high:g}",
            )

    def as_dict(self) -> dict[str, Any]:
        """As it is sealed: a birth date as ISO 8601."""
        told = asdict(self)
        told["birth_date"] = None if self.birth_date is None else self.birth_date.isoformat()
        return told

    @classmethod
    def of(cls, told: dict[str, Any]) -> PersonFacts:
        """From `as_dict`; what a later version may have added is left aside.

        What was sealed once is opened whatever is thought of it now: by a clock that was set back a birth is
        in the future, and nobody could be listed.
        """
        known = {one.name: told[one.name] for one in fields(cls) if one.name in told}
        if known.get("birth_date") is not None:
            known["birth_date"] = date.fromisoformat(known["birth_date"])
        one = object.__new__(cls)
        for each in fields(cls):
            object.__setattr__(one, each.name, known.get(each.name, each.default))
        return one


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person of the record.

    Attributes:
        id, created_at: of the row.
        facts: opened.
        last_capture: when the last film was taken, or None.
        captures, checks: how many films and back checks there are.
    """

    id: str
    created_at: datetime
    facts: PersonFacts
    last_capture: datetime | None = None
    captures: int = 0
    checks: int = 0


def age_on(facts: PersonFacts, day: date) -> int | None:
    """Full years on a day, or None where the birth date is not known or later.

    Born on 29 February, one is a year older on 1 March of other years.
    """
    born = facts.birth_date
    if born is None or day < born:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def add_person(record: Record, session: Session, facts: PersonFacts, by: str) -> str:
    """Add a person under a fresh key; her id.

    Raises:
        ConflictError: another person has that number.
    """
    return add_people(record, session, [facts], by)[0]


def add_people(record: Record, session: Session, several: list[PersonFacts], by: str) -> list[str]:
    """Add people, opening those that are there once; their ids in the same order.

    Raises:
        ConflictError: a number that somebody has, or that two of them share.
    """
    numbers = _numbers_alone(record, session) if any(facts.number.strip() for facts in several) else {}
    ids = []
    for given in several:
        facts, person_id = _trimmed(given), new_id()
        if facts.number:
            _check_number(numbers, facts.number, None)
            numbers[_plain(facts.number)] = person_id
        key, wrapped = record.vault.new_key(person_id)
        sealed = key.seal_json(facts.as_dict(), f"person.sealed {person_id}")
        session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed))
        session.flush()
        note(session, by, "person.added", person_id)
        ids.append(person_id)
    return ids


def get_person(record: Record, session: Session, person_id: str) -> PersonFacts:
    """What is known of a person.

    Raises:
        MissingError: no such person.
    """
    return _opened(record, _row(session, person_id))


def known_person(record: Record, session: Session, person_id: str) -> KnownPerson:
    """A person with her counts.

    Raises:
        MissingError: no such person.
    """
    row = _row(session, person_id)
    return counted(session, [KnownPerson(row.id, row.created_at, _opened(record, row))])[0]


def all_people(record: Record, session: Session, *, counts: bool = True) -> list[KnownPerson]:
    """Everybody, by name and then number, each opened once; without `counts` these are left out."""
    rows = list(session.scalars(select(Person)))
    people = [KnownPerson(row.id, row.created_at, _opened(record, row)) for row in rows]
    if counts:
        people = counted(session, people, everybody=True)
    return sorted(people, key=lambda one: (_plain(one.facts.name), one.facts.number, one.id))


def counted(session: Session, people: list[KnownPerson], *, everybody: bool = False) -> list[KnownPerson]:
    """The same people with their counts, such as those of a page of many; `everybody` counts all at once."""
    films, checks = _counts(session, None if everybody else [one.id for one in people])
    return [
        replace(
            one,
            last_capture=films.get(one.id, (0, None))[1],
            captures=films.get(one.id, (0, None))[0],
            checks=checks.get(one.id, 0),
        )
        for one in people
    ]


def find_people(people: list[KnownPerson], text: str) -> list[KnownPerson]:
    """Those whose name or number has every word of `text`; width and case do not count.

    Names are sealed, so that no database can search them: all are opened first. That is good for a clinic's
    some thousands of people: 5,000 take about 0.2 s to open on one core.
    """
    words = _plain(text).split()
    return [
        one
        for one in people
        if all(word in f"{_plain(one.facts.name)} {_plain(one.facts.number)}" for word in words)
    ]


def change_person(record: Record, session: Session, person_id: str, by: str, **changes: Any) -> PersonFacts:
    """Change some facts of a person, named as in `PersonFacts`; the facts as they are then.

    Raises:
        MissingError: no such person.
        ConflictError: another person has that number.
        InputError: a value that cannot be, or no such fact.
    """
    # Held, so that nobody else's change is undone; films may be added meanwhile.
    row = session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise MissingError("there is no such person", where="person")
    before = _opened(record, row)
    unknown = set(changes) - {one.name for one in fields(PersonFacts)}
    if unknown:
        raise InputError("a person has no such fact", where=sorted(unknown)[0])
    facts = _trimmed(replace(before, **changes))
    if facts.number and _plain(facts.number) != _plain(before.number):
        _check_number(_numbers_alone(record, session), facts.number, person_id)
    row.sealed = record.key(session, person_id).seal_json(facts.as_dict(), f"person.sealed {person_id}")
    changed = sorted(name for name in changes if getattr(facts, name) != getattr(before, name))
    note(session, by, "person.changed", person_id, fields=changed)
    return facts


def numbers_of(people: list[KnownPerson]) -> dict[str, str]:
    """Ids by number, as `plain_number` writes it; people without a number are left out."""
    return {_plain(one.facts.number): one.id for one in people if one.facts.number}


def plain_number(number: str) -> str:
    """A number as numbers are compared: neither width, case nor outer blanks count."""
    return _plain(number)


def _check_text(name: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise InputError(f"{len(text)} letters are too many", where=name, todo=f"write at most {longest}")
    check_letters(text, name)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _trimmed(facts: PersonFacts) -> PersonFacts:
    return replace(facts, **{name: getattr(facts, name).strip() for name in _LONGEST})


def _row(session: Session, person_id: str) -> Person:
    row = session.get(Person, person_id)
    if row is None:
        raise MissingError("there is no such person", where="person")
    return row


def _opened(record: Record, row: Person) -> PersonFacts:
    key = record.vault.unwrap(row.wrapped_key, row.id)
    return PersonFacts.of(key.open_json(row.sealed, f"person.sealed {row.id}"))


def _numbers(record: Record, session: Session) -> dict[str, str]:
    opened = ((row.id, _opened(record, row)) for row in session.scalars(select(Person)))
    return {_plain(facts.number): person_id for person_id, facts in opened if facts.number}


def _numbers_alone(record: Record, session: Session) -> dict[str, str]:
    """`_numbers`, which nobody else adds to until this transaction ends."""
    lock_word(session, "numbers of people")
    return _numbers(record, session)


def _check_number(numbers: dict[str, str], number: str, mine: str | None) -> None:
    if numbers.get(_plain(number), mine) != mine:
        raise ConflictError(
            "another person has this number", where="number", todo="see that it is not the same person"
        )


_Counts = tuple[dict[str, tuple[int, datetime | None]], dict[str, int]]


def _counts(session: Session, people: list[str] | None = None) -> _Counts:
    films = select(Capture.person_id, func.count(), func.max(Capture.at)).group_by(Capture.person_id)
    checks = select(Check.person_id, func.count()).group_by(Check.person_id)
    if people is not None:
        films = films.where(Capture.person_id.in_(people))
        checks = checks.where(Check.person_id.in_(people))
    seen: dict[str, tuple[int, datetime | None]] = {
        one: (number, last) for one, number, last in session.execute(films)
    }
    return seen, dict(cast(Any, session.execute(checks).all()))
