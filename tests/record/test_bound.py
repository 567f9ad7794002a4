"""Sealed values belong to one row and column of one person: who writes the database cannot move them."""

from __future__ import annotations

import pytest
from sqlalchemy import LargeBinary, inspect, select, update
from tests.record.made import put_capture

from mitate.record.accounts import account_told, add_account, list_accounts
from mitate.record.captures import get_capture
from mitate.record.errors import RecordError
from mitate.record.everything import everything_of
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, add_person, get_person
from mitate.record.schema import Account, Base, Capture, Person, Weight, now
from mitate.record.weights import NewWeight, add_weight

BY = "0" * 32


@pytest.fixture
def two(record: Record) -> list[str]:
    """Hana and Taro, with a weight and two films each."""
    with record.database.writing() as session:
        ids = [add_person(record, session, PersonFacts(name), BY) for name in ("Hana", "Taro")]
        for person, kg in zip(ids, (54.0, 71.0), strict=True):
            add_weight(record, session, person, NewWeight(now(), kg), BY)
    for person in ids:
        put_capture(record, person, result={"estimate": None}, weight_kg=1.0 * len(person))
        put_capture(record, person, result={"estimate": None, "refusal": {"what": "x"}})
    return ids


def exchange(record: Record, kind: type[Base], column: str, one: str, other: str, key: str = "id") -> None:
    """Give each of two rows what the other has, past the app."""
    with record.database.writing() as session:
        named = getattr(kind, key)
        held = {
            name: session.scalar(select(getattr(kind, column)).where(named == name)) for name in (one, other)
        }
        for to, of in ((one, other), (other, one)):
            session.execute(update(kind).where(named == to).values({column: held[of]}))


@pytest.mark.parametrize("column", ["sealed", "wrapped_key"])
def test_two_people(record: Record, two: list[str], column: str) -> None:
    exchange(record, Person, column, *two)
    with record.database.reading() as session, pytest.raises(RecordError):
        get_person(record, session, two[0])


def test_both_columns_of_two_people(record: Record, two: list[str]) -> None:
    for column in ("sealed", "wrapped_key"):
        exchange(record, Person, column, *two)
    with record.database.reading() as session, pytest.raises(RecordError):
        get_person(record, session, two[0])


@pytest.mark.parametrize("kind", [Weight, Capture])
def test_rows_given_to_another_person(record: Record, two: list[str], kind: type[Base]) -> None:
    with record.database.writing() as session:
        session.execute(update(kind).where(kind.person_id == two[0]).values(person_id=two[1]))  # type: ignore[attr-defined]
    with record.database.reading() as session, pytest.raises(RecordError):
        everything_of(record, session, two[1])


@pytest.mark.parametrize("column", ["sealed", "result"])
def test_films_of_one_person(record: Record, two: list[str], column: str) -> None:
    with record.database.reading() as session:
        one, other = session.scalars(select(Capture.id).where(Capture.person_id == two[0]))
    exchange(record, Capture, column, one, other)
    with record.database.reading() as session, pytest.raises(RecordError):
        get_capture(record, session, one)


def test_a_column_for_another_of_the_same_row(record: Record, two: list[str]) -> None:
    with record.database.writing() as session:
        row = session.scalars(select(Capture).where(Capture.person_id == two[0])).first()
        assert row is not None
        row.sealed = row.result or b""
        name = row.id
    with record.database.reading() as session, pytest.raises(RecordError):
        get_capture(record, session, name)


def test_names_of_two_accounts(record: Record) -> None:
    with record.database.writing() as session:
        made = [
            add_account(record, session, login=name, name=name, roles=(role,), secret="-").id
            for name, role in (("Dr Mori", "clinician"), ("Root", "admin"))
        ]
    exchange(record, Account, "sealed", *made)
    with record.database.reading() as session, pytest.raises(RecordError):
        account_told(record, session.get_one(Account, made[0]))
    with record.database.reading() as session, pytest.raises(RecordError):
        list_accounts(record, session)


def test_no_two_values_have_the_same_nonce(record: Record, two: list[str]) -> None:
    nonces, count = set(), 0
    with record.database.reading() as session:
        for mapper in Base.registry.mappers:
            for column in inspect(mapper.class_).columns:
                if isinstance(column.type, LargeBinary) and column.name in (
                    "sealed",
                    "result",
                    "wrapped_key",
                ):
                    for value in session.scalars(select(column).where(column.is_not(None))):
                        nonces.add(value[:12])
                        count += 1
    assert len(nonces) == count > 10
