"""Turns to write: in the order of asking, given back whatever happens."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mitate.record import database as module
from mitate.record.database import Database, open_database, sqlite_url
from mitate.record.errors import RecordError
from mitate.record.turns import Turn, Turns

LONG_S = 60.0


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = open_database(sqlite_url(tmp_path / "x.sqlite"))
    with made.writing() as session:
        session.execute(text("CREATE TABLE t (n INTEGER)"))
    return made


def queued(turns: Turns, number: int) -> None:
    until = time.monotonic() + LONG_S
    while turns.waiting < number and time.monotonic() < until:
        time.sleep(0.002)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12))
def test_whoever_asked_first_writes_first(number: int) -> None:
    turns, order = Turns(), []
    assert turns.take(0)

    def wait(name: int) -> None:
        assert turns.take(LONG_S)
        order.append(name)
        turns.give_back()

    threads = [threading.Thread(target=wait, args=(name,)) for name in range(number)]
    for count, thread in enumerate(threads, 1):
        thread.start()
        queued(turns, count)
    turns.give_back()
    for thread in threads:
        thread.join()
    assert order == list(range(number))
    assert turns.take(0)


def test_a_turn_that_does_not_come_is_no_turn() -> None:
    turns = Turns()
    first, late = Turn(turns, 0.0), Turn(turns, 0.01)
    first.take()
    first.take()  # its own already
    with pytest.raises(Exception, match="locked"):
        late.take()
    late.give_back()  # had none: the first still has it
    assert not turns.take(0)
    first.give_back()
    first.give_back()
    assert turns.take(0)
    assert not turns.take(0)


def test_many_threads_write_and_each_gets_its_turn(database: Database) -> None:
    def write(number: int) -> None:
        for _ in range(4):
            with database.writing() as session:
                session.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM t")) == 48
    assert database.turns.take(0)


def test_a_turn_is_given_back_where_the_block_raises_or_writes_nothing(database: Database) -> None:
    def broken_off() -> None:
        with database.writing() as session:
            session.execute(text("INSERT INTO t VALUES (1)"))
            raise KeyError

    with pytest.raises(KeyError):
        broken_off()
    with pytest.raises(RecordError), database.writing() as session:
        session.execute(text("INSERT INTO nowhere VALUES (1)"))
    with database.writing():
        pass
    with database.writing() as session, database.reading() as other:
        session.execute(text("INSERT INTO t VALUES (2)"))
        assert other.scalar(text("SELECT count(*) FROM t")) == 0  # who reads waits for nobody


def test_a_second_one_inside_the_first_is_told_and_does_not_stand_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_S", 0.05)
    with database.writing() as session:
        session.execute(text("INSERT INTO t VALUES (1)"))
        with pytest.raises(RecordError, match="does not answer"), database.writing() as second:
            second.execute(text("INSERT INTO t VALUES (2)"))
    with database.writing() as session:
        assert session.scalar(text("SELECT count(*) FROM t")) == 1
