from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from mitate.errors import InputError
from mitate.record.audit import note, verify
from mitate.record.database import Database, open_database, sqlite_url
from mitate.record.errors import RecordError
from mitate.record.migrate import upgrade
from mitate.record.schema import Audit, Setting

WRITER = """
import sys
from mitate.record.audit import note
from mitate.record.database import open_database
database = open_database(sys.argv[1])
for number in range(20):
    with database.writing() as session:
        note(session, "system", "test.done", sys.argv[2], number=number)
"""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = open_database(sqlite_url(tmp_path / "a.sqlite3"))
    upgrade(database)
    return database


def add(database: Database, count: int) -> str:
    for number in range(count):
        with database.writing() as session:
            note(session, "system", "test.done", f"s{number}", number=number, word="日本", part=0.1)
    with database.reading() as session:
        return verify(session).head


def test_rows_follow_from_each_other(database: Database) -> None:
    with database.writing() as session:
        note(session, "system", "test.one")
        note(session, "system", "test.two", "x", why="none")
    add(database, 3)
    with database.reading() as session:
        seen = verify(session)
        rows = list(session.scalars(select(Audit).order_by(Audit.seq)))
    assert (seen.ok, seen.rows, seen.head) == (True, 5, f"5:{rows[-1].hash}")
    assert [row.action for row in rows[:2]] == ["test.one", "test.two"]
    assert rows[1].previous == rows[0].hash


def test_what_is_undone_is_not_told(database: Database) -> None:
    def fails() -> None:
        with database.writing() as session:
            note(session, "system", "test.done")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with database.reading() as session:
        assert verify(session).rows == 0


def test_a_savepoint_is_no_end(database: Database) -> None:
    with database.writing() as session:
        note(session, "system", "test.one")
        with session.begin_nested() as part:
            session.add(Setting(key="a", value={}))
            session.flush()
            part.rollback()
        with session.begin_nested():
            session.add(Setting(key="b", value={}))
        note(session, "system", "test.two")
    with database.reading() as session:
        rows = list(session.scalars(select(Audit).order_by(Audit.seq)))
        assert [row.action for row in rows] == ["test.one", "test.two"]
        assert verify(session).ok


def test_an_empty_chain_is_whole(database: Database) -> None:
    with database.reading() as session:
        assert verify(session).ok


def test_a_session_that_only_reads_takes_no_notes(database: Database) -> None:
    with database.reading() as session, pytest.raises(RecordError, match="transaction that writes"):
        note(session, "system", "test.done")


def test_what_cannot_be_kept_is_refused(database: Database) -> None:
    with database.writing() as session:
        with pytest.raises(InputError, match="no JSON"):
            note(session, "system", "test.done", at=object())
        with pytest.raises(InputError, match="longer"):
            note(session, "system", "x" * 41)


def tamper(database: Database, statement: str) -> None:
    """As somebody would who has the file itself."""
    with database.engine.begin() as connection:
        for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken_at", "why"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3, "was changed"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 2", 2, "was changed"),
        ("DELETE FROM audit WHERE seq = 2", 2, "missing"),
        ("UPDATE audit SET seq = 9 WHERE seq = 1", 1, "missing"),
        ("UPDATE audit SET previous = hash WHERE seq = 4", 4, "does not follow"),
    ],
)
def test_the_first_broken_row_is_told(database: Database, statement: str, broken_at: int, why: str) -> None:
    add(database, 5)
    tamper(database, statement)
    with database.reading() as session:
        seen = verify(session)
    assert (seen.ok, seen.broken_at, seen.rows) == (False, broken_at, broken_at - 1)
    assert why in seen.why


def test_a_cut_tail_shows_against_a_head_that_was_written_down(database: Database) -> None:
    head = add(database, 4)
    tamper(database, "DELETE FROM audit WHERE seq = 4")
    with database.reading() as session:
        assert verify(session).ok
        assert verify(session, head).broken_at == 4
    add(database, 2)  # the chain grows again, but another one
    with database.reading() as session:
        assert verify(session).ok
        assert "not the row" in verify(session, head).why
        with pytest.raises(InputError, match="no head"):
            verify(session, "abc")


def test_several_processes_write_one_chain(tmp_path: Path, database: Database) -> None:
    url = sqlite_url(tmp_path / "a.sqlite3")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, url, f"w{i}"]) for i in range(3)]
    assert [one.wait(60) for one in writers] == [0, 0, 0]
    with database.reading() as session:
        seen = verify(session)
    assert (seen.ok, seen.rows) == (True, 60)


def test_a_note_goes_with_what_it_tells_of(database: Database) -> None:
    with database.writing() as session:
        session.add(Setting(key="a", value={}))
        note(session, "system", "setting.changed", "a")
    with database.reading() as session:
        assert session.get(Setting, "a") is not None
        assert verify(session).rows == 1
