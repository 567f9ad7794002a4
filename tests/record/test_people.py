"""People in the record: their facts, their numbers, searching, ages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.record.made import put_capture

from mitate.errors import InputError
from mitate.record import people
from mitate.record.errors import ConflictError, MissingError, RecordError
from mitate.record.opened import Record
from mitate.record.people import (
    PersonFacts,
    add_people,
    add_person,
    age_on,
    all_people,
    change_person,
    find_people,
    get_person,
    known_person,
)
from mitate.record.schema import Audit, Person

BY = "0" * 32
HANA = PersonFacts("佐藤 花", "K-001", "female", date(1950, 4, 1), 158.0, "ja", note="first line\nsecond")


def test_a_person_is_found_as_she_was_added(record: Record) -> None:
    with record.database.writing() as session:
        person_id = add_person(record, session, replace(HANA, name=" 佐藤 花 "), BY)
    put_capture(record, person_id)
    with record.database.reading() as session:
        known = known_person(record, session, person_id)
        assert get_person(record, session, person_id) == HANA
        assert all_people(record, session) == [known]
    assert (known.facts, known.captures, known.checks) == (HANA, 1, 0)
    assert known.last_capture is not None


def test_nothing_of_her_stands_open_in_the_database(record: Record, tmp_path: Path) -> None:
    with record.database.writing() as session:
        add_person(record, session, HANA, BY)
    told = b"".join(path.read_bytes() for path in (tmp_path / "record").rglob("*") if path.is_file())
    for open_text in ("佐藤".encode(), b"K-001", b"1950-04-01", "佐藤".encode("unicode_escape")):
        assert open_text not in told


def test_facts_open_only_for_the_row_they_were_sealed_for(record: Record) -> None:
    with record.database.writing() as session:
        one, other = add_people(record, session, [HANA, PersonFacts("Taro")], BY)
        first, second = session.get(Person, one), session.get(Person, other)
        assert first is not None
        assert second is not None
        second.sealed, second.wrapped_key = first.sealed, first.wrapped_key
    with record.database.reading() as session, pytest.raises(RecordError):
        get_person(record, session, other)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": " \t"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "a\ud800"}, "name"),
        ({"note": "x" * 2001}, "note"),
        ({"sex": "F"}, "sex"),
        ({"language": "fr"}, "language"),
        ({"kind": ""}, "kind"),
        ({"birth_date": date(1800, 1, 1)}, "birth_date"),
        ({"birth_date": date.today() + timedelta(days=2)}, "birth_date"),
        ({"height_cm": 1.58}, "height_cm"),
        ({"height_cm": float("nan")}, "height_cm"),
    ],
)
def test_what_cannot_be_is_named(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(HANA, **changes)
    assert caught.value.where == where
    assert caught.value.todo


@pytest.mark.parametrize("number", ["K-001", "k-001", " Ｋ-００１ "])
def test_a_number_is_one_persons_alone(record: Record, number: str) -> None:
    with record.database.writing() as session:
        one, other = add_people(record, session, [HANA, PersonFacts("Taro")], BY)
    with pytest.raises(ConflictError), record.database.writing() as session:
        add_person(record, session, PersonFacts("Jiro", number), BY)
    with pytest.raises(ConflictError), record.database.writing() as session:
        change_person(record, session, other, BY, number=number)
    with pytest.raises(ConflictError), record.database.writing() as session:
        add_people(record, session, [PersonFacts("A", "9"), PersonFacts("B", "9")], BY)
    with record.database.writing() as session:
        assert change_person(record, session, one, BY, number=number).number == number.strip()
        assert len(all_people(record, session)) == 2


def test_a_change_is_noted_by_the_names_of_its_facts_only(record: Record) -> None:
    with record.database.writing() as session:
        person_id = add_person(record, session, HANA, BY)
    with record.database.writing() as session:
        changed = change_person(record, session, person_id, BY, call_phone="090", name=HANA.name)
        assert changed == replace(HANA, call_phone="090")
    with record.database.reading() as session:
        last = session.query(Audit).order_by(Audit.seq.desc()).first()
        assert last is not None
        assert (last.action, last.detail, last.subject) == (
            "person.changed",
            {"fields": ["call_phone"]},
            person_id,
        )
    with record.database.writing() as session, pytest.raises(InputError, match="no such fact"):
        change_person(record, session, person_id, BY, weight=3)


def test_nobody_is_told_as_missing(record: Record) -> None:
    with record.database.reading() as session:
        for look in (get_person, known_person):
            with pytest.raises(MissingError):
                look(record, session, "0" * 32)
    with record.database.writing() as session, pytest.raises(MissingError):
        change_person(record, session, "0" * 32, BY, note="")


def test_searching_needs_every_word_and_no_care_for_width_or_case(record: Record) -> None:
    people = [HANA, PersonFacts("Hanako Suzuki", "K-0012"), PersonFacts("Ｔａｒｏ Sato")]
    with record.database.writing() as session:
        add_people(record, session, people, BY)
        everybody = all_people(record, session)
    found = {
        text: {one.facts.name for one in find_people(everybody, text)}
        for text in ("", "suzuki HANA", "k-001", "taro", "花", "花 suzuki")
    }
    assert len(found[""]) == 3
    assert found["suzuki HANA"] == {"Hanako Suzuki"}
    assert found["k-001"] == {"佐藤 花", "Hanako Suzuki"}
    assert found["taro"] == {"Ｔａｒｏ Sato"}
    assert found["花"] == {"佐藤 花"}
    assert found["花 suzuki"] == set()


@given(born=st.dates(date(1900, 1, 1), date(2020, 1, 1)), years=st.integers(0, 110))
def test_a_year_is_added_on_the_birthday_and_not_the_day_before(born: date, years: int) -> None:
    leap = (born.month, born.day) == (2, 29)
    birthday = date(born.year + years, 3, 1) if leap else born.replace(year=born.year + years)
    facts = replace(HANA, birth_date=born)
    if not (leap and years % 4 == 0):
        assert age_on(facts, birthday) == years
        assert age_on(facts, birthday - timedelta(days=1)) == (years - 1 if years else None)
    assert age_on(facts, born - timedelta(days=1)) is None


def test_without_a_birth_date_there_is_no_age() -> None:
    assert age_on(PersonFacts("A"), date(2026, 1, 1)) is None


@given(
    st.builds(
        PersonFacts,
        name=st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=120).filter(
            str.strip
        ),
        number=st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40),
        sex=st.sampled_from(["female", "male", None]),
        birth_date=st.none() | st.dates(date(1900, 1, 1), date(2020, 1, 1)),
        height_cm=st.none() | st.floats(50, 250),
    )
)
def test_facts_come_back_from_what_is_sealed(facts: PersonFacts) -> None:
    assert PersonFacts.of({**facts.as_dict(), "of a later version": 1}) == facts


def test_people_are_listed_also_where_the_clock_was_set_back_before_their_birth(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    with record.database.writing() as session:
        add_person(record, session, PersonFacts("Hana Sato", birth_date=date(2001, 4, 1)), BY)

    class Long(date):
        @classmethod
        def today(cls) -> Long:
            return cls(1970, 1, 1)

    monkeypatch.setattr(people, "date", Long)
    with record.database.reading() as session:
        assert [one.facts.birth_date for one in all_people(record, session)] == [date(2001, 4, 1)]
    with pytest.raises(InputError, match="birth date"):
        PersonFacts("Ken Ito", birth_date=date(2001, 4, 1))
