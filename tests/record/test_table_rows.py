"""Tables as files of rows: whatever a row holds comes back, and only what we wrote is read."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from mitate.record.database import Database, open_database, sqlite_url
from mitate.record.errors import RecordError
from mitate.record.migrate import upgrade
from mitate.record.schema import Account, Base, Job, Person, Setting, now
from mitate.record.table_rows import copy_tables, read_table, write_tables

KEPT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | FINITE | KEPT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEPT, inner, max_size=3),
    max_leaves=6,
)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@pytest.fixture
def source(database_url: str) -> Iterator[Database]:
    yield from opened(database_url)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Database]:
    yield from opened(sqlite_url(tmp_path / "other.sqlite3"))


def opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    upgrade(database)
    yield database
    database.close()


def writing(database: Database) -> Connection:
    return database.engine.connect().execution_options(writing=True)


def everything(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
    }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    blob=st.binary(max_size=300) | st.just(b"\n[]\n{}\n"),
    told=st.dictionaries(KEPT, JSON, max_size=3),
    roles=st.lists(KEPT, max_size=3),
    at=TIMES,
    line=KEPT,
    progress=st.floats(0, 1),
    later=TIMES | st.none(),
)
def test_every_value_comes_back(
    source: Database, target: Database, tmp_path: Path, blob: bytes, told: dict[str, Any],
    roles: list[str], at: datetime, line: str, progress: float, later: datetime | None,
) -> None:  # fmt: skip
    with writing(source) as one, one.begin() as undone, writing(target) as other, other.begin() as back:
        one.execute(insert(Person), [{"id": "p", "created_at": at, "wrapped_key": blob, "sealed": b""}])
        account = {"id": "a", "login_index": blob, "sealed": blob, "roles": roles, "secret": line}
        one.execute(insert(Account), [{**account, "person_id": "p", "disabled": True}])
        job = {"id": "j", "kind": "k", "subject": line, "progress": progress, "lease_until": later}
        one.execute(insert(Job), [job])
        one.execute(insert(Setting), [{"key": line, "value": told}])
        counts = write_tables(one, tmp_path)
        assert counts == {**dict.fromkeys(counts, 0), "person": 1, "account": 1, "job": 1, "setting": 1}
        for name, count in counts.items():
            assert read_table(other, name, tmp_path / f"{name}.rows") == count
        expected = everything(one)
        assert everything(other) == expected
        back.rollback()
        undone.rollback()
    with writing(source) as one, one.begin() as undone, writing(target) as other, other.begin() as back:
        one.execute(insert(Setting), [{"key": line, "value": told}])
        copy_tables(one, other)
        assert everything(other) == everything(one)
        back.rollback()
        undone.rollback()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}\n",
        b'["key"]\n',
        b'["key", "value", "more"]\n',
        b'["key", "value; DROP TABLE setting"]\n',
        b'["key", "value"]\n["a"]\n',
        b'["key", "value"]\n["a", {"j": {}}',
        b'["key", "value"]\n["a", {"b": 3}]\nab',
        b'["key", "value"]\n["a", {"b": -1}]\n',
        b'["key", "value"]\n["a", {"x": 1}]\n',
        b'["key", "value"]\n["a", {}]\n',
        b'["key", "value"]\n["a", {"t": "yesterday"}]\n',
        b'["key", "value"]\n[null, {"j": {}}]\n',
        b'["key", "value"]\n["a", {"j": {}}]\n["a", {"j": {}}]\n',
        b'["key", "value"]\n[{"b": 1}]\n\xff',
        b"\xff\xfe\n",
    ],
)
def test_what_is_no_file_of_rows_is_refused(source: Database, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "setting.rows"
    path.write_bytes(content)
    with writing(source) as connection, connection.begin() as undone:
        with pytest.raises(RecordError, match="damaged"):
            read_table(connection, "setting", path)
        undone.rollback()
    with source.reading() as session:
        assert session.scalars(select(Setting)).all() == []


def test_a_row_that_points_at_nobody_is_refused(source: Database, tmp_path: Path) -> None:
    columns = [column.name for column in Base.metadata.tables["consent"].columns]
    with writing(source) as connection, connection.begin() as undone:
        write_tables(connection, tmp_path)
        at = f'{{"t": "{now().isoformat()}"}}'
        values = {"id": '"c"', "person_id": '"nobody"', "kind": '"x"', "given": "true", "at": at}
        row = ", ".join(values.get(name, '"1"') for name in columns)
        with (tmp_path / "consent.rows").open("ab") as out:
            out.write(f"[{row}]\n".encode())
        with pytest.raises(RecordError, match="damaged"):
            read_table(connection, "consent", tmp_path / "consent.rows")
        undone.rollback()


def test_memory_does_not_grow_with_the_table(source: Database, target: Database, tmp_path: Path) -> None:
    """48 MB of rows, a few at a time."""
    size, count = 1 << 19, 96
    with writing(source) as connection, connection.begin():
        for number in range(count):
            row = {"id": f"p{number:03d}", "wrapped_key": b"k", "sealed": os.urandom(size)}
            connection.execute(insert(Person), [row])
    tracemalloc.start()
    with source.engine.connect() as one, one.begin():
        write_tables(one, tmp_path)
    with writing(target) as other, other.begin():
        assert read_table(other, "person", tmp_path / "person.rows") == count
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < size * count / 2
