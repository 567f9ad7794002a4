"""Keys for what waits on phones: whose they are, that they stay the same and die with the person."""

from __future__ import annotations

import pytest

from mitate.record.device_keys import device_key, device_mark
from mitate.record.erasure import erase
from mitate.record.errors import MissingError
from mitate.record.opened import Record
from mitate.record.schema import Person, new_id

HERS, NURSES = "a" * 32, "b" * 32


def put_person(record: Record) -> str:
    person_id = new_id()
    key, wrapped = record.vault.new_key(person_id)
    with record.database.writing() as session:
        sealed = key.seal_json({"name": "Hana Sato"}, f"person.sealed {person_id}")
        session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed))
    return person_id


def test_each_person_and_account_has_one_of_its_own_that_stays(record: Record) -> None:
    people = [put_person(record), put_person(record)]
    with record.database.reading() as session:
        made = {
            (person, by): device_key(record, session, person, by)
            for person in people
            for by in (HERS, NURSES)
        }
        assert len({one.raw for one in made.values()}) == len({one.whose for one in made.values()}) == 4
        for (person, by), one in made.items():
            assert device_key(record, session, person, by) == one
            assert len(one.raw) == 32
            assert one.raw != record.key(session, person).raw
            assert one.raw.hex() not in repr(one)
    assert device_mark(record, HERS) == device_mark(record, HERS) != device_mark(record, NURSES)


def test_it_is_gone_with_the_person(record: Record) -> None:
    person = put_person(record)
    erase(record, person, NURSES)
    with record.database.reading() as session, pytest.raises(MissingError):
        device_key(record, session, person, HERS)
