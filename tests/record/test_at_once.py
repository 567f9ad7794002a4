"""Two at the same moment on PostgreSQL, where both may look before either writes; SQLite lets in one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from mitate.record import settings
from mitate.record.consents import give, given, given_still, take_back
from mitate.record.errors import ConflictError
from mitate.record.opened import Record, open_record
from mitate.record.people import PersonFacts, add_person, change_person, get_person
from mitate.record.vault import Vault

BY = "0" * 32
Act = Callable[[Session], object]


@pytest.fixture
def record(tmp_path: Path, postgres_url: str) -> Iterator[Record]:
    opened = open_record(tmp_path / "record", Vault.new(), postgres_url)
    yield opened
    opened.close()


def at_once(record: Record, first: Act, second: Act, *, waits: bool = False) -> list[object]:
    """Do both in transactions of their own, of which the first ends when the second waits or is done.

    Args:
        record: open.
        first, second: what is done in each.
        waits: whether the second must wait for the first.

    Returns:
        what each gave back or raised.
    """
    done: list[object] = [None, None]
    began, ended = threading.Event(), threading.Event()

    def other() -> None:
        began.wait(10)
        try:
            with record.database.writing() as session:
                done[1] = second(session)
        except ConflictError as error:
            done[1] = error
        ended.set()

    thread = threading.Thread(target=other)
    thread.start()
    with record.database.writing() as session:
        done[0] = first(session)
        session.flush()
        began.set()
        over = ended.wait(0.7)  # by then, where nothing makes it wait
    thread.join(20)
    assert not (waits and over)
    return done


def facts_of(record: Record, person: str) -> PersonFacts:
    with record.database.reading() as session:
        return get_person(record, session, person)


def test_who_changes_the_telephone_does_not_undo_the_height(record: Record) -> None:
    with record.database.writing() as session:
        person = add_person(record, session, PersonFacts("Hana Sato", call_phone="1"), BY)
    at_once(
        record,
        lambda session: change_person(record, session, person, BY, call_phone="2"),
        lambda session: change_person(record, session, person, BY, height_cm=158.0),
    )
    found = facts_of(record, person)
    assert (found.call_phone, found.height_cm) == ("2", 158.0)


def test_a_number_is_given_once(record: Record) -> None:
    first, second = at_once(
        record,
        lambda session: add_person(record, session, PersonFacts("Hana Sato", number="17"), BY),
        lambda session: add_person(record, session, PersonFacts("Ken Ito", number="１７"), BY),
    )
    assert isinstance(first, str)
    assert isinstance(second, ConflictError)


def test_two_settings_of_one_kind_both_hold(record: Record) -> None:
    with record.database.writing() as session:
        settings.put(session, "clinic", {"name": "Clinic"})
    at_once(
        record,
        lambda session: settings.put(session, "clinic", {"call_phone": "2"}),
        lambda session: settings.put(session, "clinic", {"call_name": "Ward 3"}),
    )
    with record.database.reading() as session:
        found = settings.get(session, "clinic")
    assert found == {"name": "Clinic", "call_phone": "2", "call_name": "Ward 3"}


def test_a_consent_that_is_being_used_is_taken_back_after_that(record: Record) -> None:
    with record.database.writing() as session:
        person = add_person(record, session, PersonFacts("Hana Sato"), BY)
        give(session, person, "keep_video", BY)
    first, second = at_once(
        record,
        lambda session: given_still(session, person, "keep_video"),
        lambda session: take_back(record, session, person, "keep_video", BY),
        waits=True,
    )
    assert (first, second) == (True, 0)
    with record.database.reading() as session:
        assert not given(session, person, "keep_video")
