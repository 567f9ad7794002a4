from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, insert, select, text
from sqlalchemy.exc import DBAPIError

from mitate.record import migrate
from mitate.record.audit import note, verify
from mitate.record.database import Database, open_database, sqlite_url
from mitate.record.errors import RecordError
from mitate.record.migrate import HEAD, upgrade, version_of
from mitate.record.schema import Audit, Base, Job, Login, Person, Standing

START = """
import sys
from mitate.record.database import open_database
from mitate.record.migrate import upgrade
upgrade(open_database(sys.argv[1]))
"""
DAY = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
FIRST_ROWS = {
    "person": {"id": "p", "created_at": DAY, "wrapped_key": b"k", "sealed": b"s"},
    "account": {
        "id": "a", "login_index": b"i", "sealed": b"s", "roles": ["person"], "person_id": "p", "secret": "-",
        "secret_kind": "pin", "language": "ja", "failed": 0, "disabled": False, "created_at": DAY,
    },
    "passkey": {
        "id": "y", "account_id": "a", "credential_id": b"c", "public_key": b"k", "sign_count": 3, "label": "",
        "added_at": DAY,
    },
    "login": {
        "token_hash": b"t", "account_id": "a", "csrf": "c", "created_at": DAY, "last_at": DAY,
        "expires_at": DAY,
    },
    "capture": {
        "id": "c", "person_id": "p", "instrument": "edema", "at": DAY, "state": "done", "sealed": b"f",
    },
    "job": {
        "id": "j", "kind": "read_face", "subject": "c", "person_id": "p", "state": "done", "attempts": 2,
        "progress": 1.0, "stage": "", "created_at": DAY,
    },
    "audit": {
        "seq": 1, "at": DAY, "actor": "system", "action": "x", "subject": "", "detail": {},
        "previous": "0" * 64, "hash": "f" * 64,
    },
}  # fmt: skip
DROPPED = {"failed", "locked_until"}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_from_nothing_to_what_the_schema_says(database: Database) -> None:
    upgrade(database)
    upgrade(database)
    assert differences(database) == []
    with database.engine.connect() as connection:
        assert version_of(connection) == HEAD


def test_from_the_first_schema_with_rows(database: Database) -> None:
    upgrade(database, "0001")
    with database.engine.begin() as connection:
        for table, row in FIRST_ROWS.items():
            as_it_was = Table(table, MetaData(), autoload_with=connection)
            connection.execute(insert(as_it_was).values(row))
    upgrade(database)
    assert differences(database) == []
    with database.reading() as session:
        for table, row in FIRST_ROWS.items():
            columns = Base.metadata.tables[table].c
            kept = {name: value for name, value in row.items() if name in columns}
            assert row.keys() - kept.keys() <= DROPPED
            found = session.execute(select(*(columns[name] for name in kept))).one()
            assert dict(found._mapping) == kept
        job = session.scalars(select(Job)).one()
        assert (job.interrupted, job.started_at) == (0, None)
        assert session.scalars(select(Standing)).all() == []
        assert session.scalars(select(Login.confirmed_at)).all() == [None]  # to be asked once more
    with database.writing() as session:
        session.add(Standing(person_id="p", at=DAY, sealed=b"s"))
    with database.writing() as session:
        session.delete(session.get_one(Person, "p"))
    with database.reading() as session:
        assert session.scalars(select(Standing)).all() == []


def test_rows_of_audit_are_only_added(database: Database) -> None:
    upgrade(database)
    with database.writing() as session:
        note(session, "system", "test.one")
        note(session, "system", "test.two")
    statements = ["UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE seq = 2"]
    if database.is_sqlite:
        statements.append("INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1")
    else:
        statements.append("TRUNCATE audit")
    for statement in statements:
        with pytest.raises(DBAPIError, match="only added"), database.engine.begin() as connection:
            connection.execute(text(statement))
    with database.reading() as session:
        assert verify(session).rows == 2


def test_several_starts_at_once(database: Database, database_url: str) -> None:
    starts = [
        subprocess.Popen([sys.executable, "-c", START, database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [one.communicate(timeout=60)[1] for one in starts]
    assert [(one.returncode, text) for one, text in zip(starts, told, strict=True)] == [(0, "")] * 3
    assert differences(database) == []


def test_a_migration_that_fails_leaves_all_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(database, "0001")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE knock (key INTEGER)"))  # in the way of 0002
    with pytest.raises(Exception, match=r"already exists|does not answer"):
        upgrade(database)
    with database.engine.begin() as connection:
        assert version_of(connection) == "0001"
        connection.execute(insert(Base.metadata.tables["audit"]).values(FIRST_ROWS["audit"]))
        connection.execute(text("UPDATE audit SET actor = 'x'"))  # no trigger was left behind
        connection.execute(text("DROP TABLE knock"))
    upgrade(database)
    assert differences(database) == []


def test_a_later_version_is_refused(database: Database) -> None:
    upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9000'"))
    with pytest.raises(RecordError, match="of version 9000, this program knows versions up to"):
        upgrade(database)


def test_tables_without_a_version_are_refused(database: Database) -> None:
    Base.metadata.create_all(database.engine)
    with pytest.raises(RecordError, match="no version"):
        upgrade(database)


def test_the_head_is_the_last_of_the_versions() -> None:
    config = Config()
    folder = Path(str(resources.files(migrate.__name__.rpartition(".")[0]) / "migrations"))
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    found = [script.revision for script in scripts.walk_revisions()]
    assert found == sorted(found, reverse=True)
    assert all(len(one) == 4 and one.isdecimal() for one in found)


def test_nothing_of_alembic_is_loaded_where_there_is_nothing_to_do(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.sqlite3")
    upgrade(open_database(url))
    code = f"{START}\nprint('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_audit_rows_of_many_writers_on_a_server(postgres_url: str) -> None:
    from tests.record.test_audit import WRITER

    database = open_database(postgres_url)
    upgrade(database)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, postgres_url, f"w{i}"]) for i in range(3)]
    assert [one.wait(60) for one in writers] == [0, 0, 0]
    with database.reading() as session:
        seen = verify(session)
        assert session.query(Audit).count() == 60
    database.close()
    assert (seen.ok, seen.rows) == (True, 60)
