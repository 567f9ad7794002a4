"""What somebody finds who can write the database but has no key: every way that can be found is."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from mitate.record import audit_keys
from mitate.record.audit import Verified, note, verify
from mitate.record.database import VAULT, Database, open_database, sqlite_url
from mitate.record.errors import RecordError
from mitate.record.master import open_vault
from mitate.record.migrate import upgrade
from mitate.record.opened import DATABASE, Record, look_at, open_record
from mitate.record.rotation import rotate
from mitate.record.schema import Audit, AuditKey, Setting, now
from mitate.record.vault import Vault

OPENS = """
import sys
from pathlib import Path
from mitate.record.master import open_vault
from mitate.record.opened import open_record
folder, url = Path(sys.argv[1]), sys.argv[2] or None
open_record(folder, open_vault(folder), url).close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = open_record(tmp_path / "record", open_vault(tmp_path / "record", key_file=tmp_path / "own.key"))
    add(record, 4)
    yield record
    record.close()


def add(record: Record, count: int) -> None:
    for number in range(count):
        with record.database.writing() as session:
            note(session, "system", "test.done", f"s{number}", number=number)


def seen(record: Record, head: str | None = None) -> Verified:
    with record.database.reading() as session:
        return verify(session, head)


def write(record: Record, *statements: str) -> None:
    """As somebody would who has the file itself."""
    connection = sqlite3.connect(record.folder / DATABASE, isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def plain(row: Audit) -> str:
    """The hash that anybody can compute."""
    names = ("seq", "actor", "action", "subject", "detail", "previous")
    told = {name: getattr(row, name) for name in names}
    told["at"] = row.at.isoformat(timespec="microseconds")
    return sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def recomputed(record: Record, since: int, change: Callable[[Audit], None]) -> None:
    """The chain written anew from a row on, as far as that goes without the key."""
    write(record)
    with record.database.engine.begin() as connection:
        session = Session(connection)
        before: str | None = None
        for row in session.scalars(select(Audit).where(Audit.seq >= since).order_by(Audit.seq)):
            change(row)
            row.previous = before or row.previous
            before = row.hash = plain(row)
        session.flush()


def by_nobody(row: Audit) -> None:
    row.actor = "nobody"


def old_record(folder: Path, vault: Vault, url: str | None = None, rows: int = 3) -> None:
    """As it was before audit trails had keys, tables and all."""
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(url or sqlite_url(folder / DATABASE))
    upgrade(database, "0003")
    before = audit_keys.START
    with database.writing() as session:
        session.add(Setting(key="vault", value={"check": vault.former_check_value}))
        for seq in range(1, rows + 1):
            told = {"actor": "system", "action": "test.old", "subject": f"o{seq}", "detail": {"n": seq}}
            row = Audit(seq=seq, at=now(), previous=before, **told)
            row.hash = before = plain(row)
            session.add(row)
    database.close()


def test_a_new_record_is_covered_from_its_first_row(record: Record) -> None:
    found = seen(record)
    assert (found.ok, found.rows, found.keyed_from, found.key_known) == (True, 4, 1, True)
    with record.database.reading() as session:
        assert all(row.hash != plain(row) for row in session.scalars(select(Audit)))


def test_an_old_record_is_covered_from_the_day_it_is_opened(tmp_path: Path, url: str | None) -> None:
    vault = Vault.new()
    old_record(tmp_path / "old", vault, url)
    for _ in range(2):
        record = open_record(tmp_path / "old", vault, url)
        found = seen(record)
        assert (found.ok, found.rows, found.keyed_from) == (True, 4, 4)
        record.close()
    with record.database.reading() as session:
        assert [row.action for row in session.scalars(select(Audit).order_by(Audit.seq))][-1] == "audit.keyed"
        assert session.get_one(Setting, "vault").value == {"check": vault.check_value}
    record.close()


def test_old_rows_cannot_be_rewritten_either(tmp_path: Path) -> None:
    vault = Vault.new()
    old_record(tmp_path / "old", vault)
    record = open_record(tmp_path / "old", vault)
    write(record)
    with record.database.engine.begin() as connection:
        session = Session(connection)
        before = audit_keys.START
        for row in session.scalars(select(Audit).where(Audit.seq < 4).order_by(Audit.seq)):
            row.actor, row.previous = "nobody", before
            before = row.hash = plain(row)
        session.flush()
    found = seen(record)
    assert (found.ok, found.broken_at, found.why) == (False, 4, "does not follow from the row before")
    write(record, f"UPDATE audit SET previous = '{before}' WHERE seq = 4")
    assert seen(record).why == "was not written with the key"
    record.close()


@pytest.mark.parametrize(
    ("statement", "broken_at", "why"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3, "was not written with the key"),
        ("DELETE FROM audit WHERE seq = 2", 2, "a row is missing"),
        ("DELETE FROM audit WHERE seq = 4", 4, "rows up to 4 were there before"),
        ("DELETE FROM audit", 1, "rows up to 4 were there before"),
        ("UPDATE audit_key SET head_seq = 3", 3, "is not the row that the trail ended with"),
        ("UPDATE audit_key SET head_seq = 0", 1, "is not the row that the trail ended with"),
        ("UPDATE audit_key SET head_seq = -1", 1, "is not the row that the trail ended with"),
        ("UPDATE audit_key SET head = zeroblob(32)", 4, "is not the row that the trail ended with"),
        ("UPDATE audit_key SET wrapped = zeroblob(60)", 1, "the keys of the trail are not as they were"),
        ("UPDATE audit_key SET since = 3", 1, "the keys of the trail are not as they were"),
        ("DELETE FROM audit_key", 1, "the keys of the trail were removed"),
    ],
)
def test_what_is_written_without_the_key_is_found(
    record: Record, statement: str, broken_at: int, why: str
) -> None:
    write(record, statement)
    found = seen(record)
    assert (found.ok, found.broken_at, found.why) == (False, broken_at, why)


@pytest.mark.parametrize("since", [1, 2, 4])
def test_a_chain_that_is_computed_anew_is_found(record: Record, since: int) -> None:
    recomputed(record, since, by_nobody)
    found = seen(record)
    assert (found.ok, found.broken_at, found.why) == (False, since, "was not written with the key")


def test_rows_are_not_added_without_the_key(record: Record) -> None:
    without = Database(record.database.engine)
    with pytest.raises(RecordError, match="with the record's key only"), without.writing() as session:
        note(session, "nobody", "test.done")
    with without.reading() as session:
        found = verify(session)
    assert (found.ok, found.rows, found.keyed_from, found.key_known) == (True, 4, 1, False)
    other = replace(without, vault=Vault.new())
    with pytest.raises(RecordError, match="do not open"), other.writing() as session:
        note(session, "nobody", "test.done")


def test_rows_written_as_old_ones_are_found(record: Record) -> None:
    """A downgrade: the keys go, the check value of before comes back, the chain is computed plainly."""
    recomputed(record, 1, by_nobody)
    write(record, "DELETE FROM audit_key")
    assert seen(record).why == "the keys of the trail were removed"
    with pytest.raises(RecordError, match="keys of the audit trail were removed"):
        open_record(record.folder, record.vault)
    write(record, """UPDATE setting SET value = '{"check": "0123456789abcdef"}' WHERE key = 'vault'""")
    with pytest.raises(RecordError, match="not the key"):
        open_record(record.folder, record.vault)
    write(record, "DELETE FROM setting WHERE key = 'vault'")
    assert seen(record).why == "the keys of the trail were removed"
    with look_at(record.folder, record.vault).reading() as session:
        assert verify(session).why == "the keys of the trail were removed"
    with pytest.raises(RecordError, match="what tells the key"):
        open_record(record.folder, record.vault)


def test_without_the_key_order_and_links_are_looked_at(record: Record) -> None:
    without = Database(record.database.engine)
    write(record, "UPDATE audit SET hash = previous WHERE seq = 2")
    with without.reading() as session:
        assert verify(session).why == "does not follow from the row before"
    write(record, "DELETE FROM audit WHERE seq > 1")
    with without.reading() as session:
        assert verify(session).why == "rows up to 4 were there before"


def test_a_rotation_begins_a_new_key_that_binds_the_former_rows(tmp_path: Path, url: str | None) -> None:
    folder = tmp_path / "record"
    record = open_record(folder, open_vault(folder, key_file=tmp_path / "own.key"), url)
    for _ in range(2):
        add(record, 2)
        rotate(record)
        with record.database.reading() as session, pytest.raises(RecordError, match="changed while this ran"):
            verify(session)
        record.close()
        record = open_record(folder, open_vault(folder), url)
    add(record, 1)
    with record.database.reading() as session:
        assert session.scalars(select(AuditKey.since).order_by(AuditKey.since)).all() == [1, 3, 6]
    found = seen(record)
    assert (found.ok, found.rows, found.keyed_from, found.key_known) == (True, 7, 1, True)
    record.close()


def test_with_a_key_that_was_rotated_nothing_is_rewritten(record: Record) -> None:
    """Somebody had the master key and took every key of the trail with it."""
    with record.database.reading() as session:
        (had,) = audit_keys.stretches(session)
        assert had.key is not None
    vault = rotate(record)
    opened = open_record(record.folder, vault)
    write(opened)
    with opened.database.engine.begin() as connection:
        session = Session(connection)
        before = audit_keys.START
        for row in session.scalars(select(Audit).where(Audit.seq < 5).order_by(Audit.seq)):
            row.actor, row.previous = "nobody", before
            told = {"at": row.at.isoformat(timespec="microseconds")}
            told |= {
                name: getattr(row, name)
                for name in ("seq", "actor", "action", "subject", "detail", "previous")
            }
            row.hash = had.row(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()) or ""
            before = row.hash
        kept = session.get_one(AuditKey, 1)
        audit_keys.Stretch(kept, had.key).end_at(4, before)
        session.flush()
    found = seen(opened)
    assert (found.ok, found.broken_at, found.why) == (False, 5, "does not follow from the row before")
    write(opened, "DELETE FROM audit WHERE seq >= 5", "DELETE FROM audit_key WHERE since >= 5")
    assert seen(opened).why == "the keys of the trail are not as they were"
    opened.close()


def test_a_key_under_which_no_row_came_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "record"
    record = open_record(folder, open_vault(folder, key_file=tmp_path / "own.key"))
    opened = open_record(folder, rotate(record))
    with opened.database.reading() as session:
        assert session.scalars(select(AuditKey.since)).all() == [1]
    assert seen(opened).rows == 1
    record.close()
    opened.close()


COLUMNS = ("seq", "at", "actor", "action", "subject", "detail", "previous", "hash")
KEY_COLUMNS = ("since", "wrapped", "head_seq", "head")
NUMBERS = st.integers(-2, 9)
CHANGES = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(COLUMNS[1:]), NUMBERS, NUMBERS),
    st.tuples(st.just("move"), NUMBERS, NUMBERS),
    st.tuples(st.just("delete"), NUMBERS),
    st.tuples(st.just("add"), NUMBERS),
    st.tuples(st.just("key"), st.sampled_from(KEY_COLUMNS), NUMBERS, NUMBERS),
    st.tuples(st.just("number"), st.sampled_from(("since", "head_seq")), NUMBERS, NUMBERS),
    st.tuples(st.just("drop"), NUMBERS),
)


def change(connection: Connection, kind: str, *told: Any) -> None:
    """Something that can be written without the key: from what is there, or numbers."""
    where = {"a": told[-2] if len(told) > 1 else told[-1], "b": told[-1]}
    statement = {
        "set": "UPDATE audit SET {0} = coalesce((SELECT {0} FROM audit WHERE seq = :b), {0}) WHERE seq = :a",
        "move": "UPDATE OR IGNORE audit SET seq = :b WHERE seq = :a",
        "delete": "DELETE FROM audit WHERE seq = :a",
        "add": "INSERT OR IGNORE INTO audit SELECT 8, at, actor, action, subject, detail, hash, previous"
        " FROM audit WHERE seq = :a",
        "key": "UPDATE OR IGNORE audit_key SET {0} ="
        " coalesce((SELECT {0} FROM audit_key WHERE since = :b), {0}) WHERE since = :a",
        "number": "UPDATE OR IGNORE audit_key SET {0} = :b WHERE since = :a",
        "drop": "DELETE FROM audit_key WHERE since = :a",
    }[kind]
    connection.execute(text(statement.format(told[0])), where)


def state(connection: Connection) -> list[list[tuple[Any, ...]]]:
    tables = ("audit", "audit_key")
    return [[tuple(row) for row in connection.execute(text(f"SELECT * FROM {one}"))] for one in tables]


@pytest.fixture(scope="module")
def long_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """Seven rows under two keys."""
    folder = tmp_path_factory.mktemp("long") / "record"
    record = open_record(folder, open_vault(folder, key_file=folder.with_name("own.key")))
    add(record, 3)
    vault = rotate(record)
    record.close()
    record = open_record(folder, vault)
    add(record, 3)
    write(record)
    yield record
    record.close()


@settings(max_examples=250)
@given(changes=st.lists(CHANGES, min_size=1, max_size=4))
def test_whatever_is_changed_without_the_key_is_found(long_one: Record, changes: list[Any]) -> None:
    with long_one.database.engine.connect() as connection, connection.begin() as undone:
        before = state(connection)
        for one in changes:
            change(connection, *one)
        after = state(connection)
        found = verify(Session(connection, info={VAULT: long_one.vault}))
        undone.rollback()
    assert found.ok == (after == before), (changes, found)


def test_a_whole_database_of_an_earlier_day_shows_only_against_a_head(record: Record, tmp_path: Path) -> None:
    """What cannot be found from inside, as docs/record.md says."""
    with record.database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    copy = Path(shutil.copy(record.folder / DATABASE, tmp_path / "earlier"))
    add(record, 1)
    head = seen(record).head
    record.close()
    for path in record.folder.glob(f"{DATABASE}*"):
        path.unlink()
    shutil.copy(copy, record.folder / DATABASE)
    again = open_record(record.folder, record.vault)
    assert seen(again).ok
    assert seen(again, head).why == "rows up to 5 were there before"
    again.close()


def test_several_starts_at_once_bring_the_tables_and_make_one_key(tmp_path: Path, url: str | None) -> None:
    vault = open_vault(tmp_path / "old", key_file=tmp_path / "own.key")
    old_record(tmp_path / "old", vault, url)
    command = [sys.executable, "-c", OPENS, str(tmp_path / "old"), url or ""]
    starts = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [one.communicate(timeout=60)[1] for one in starts] == ["", "", ""]
    record = open_record(tmp_path / "old", vault, url)
    found = seen(record)
    assert (found.ok, found.rows, found.keyed_from) == (True, 4, 4)
    record.close()
