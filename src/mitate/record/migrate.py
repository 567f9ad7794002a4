"""Bringing a database to the schema of this version, by alembic.

A new version is a module in ``migrations/versions`` and a new `HEAD`; a test compares what the versions make
with `schema`, on SQLite and on PostgreSQL, and says what is missing.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from mitate.record.database import Database
from mitate.record.errors import RecordError
from mitate.record.written import told_plainly

__all__ = ["HEAD", "upgrade", "upgrade_within", "version_of"]

HEAD = "0006"
"""The version that this program works with; alembic is loaded only where the database has another one."""
_LOCK = 0x6D697462  # an advisory lock of ours on PostgreSQL
_FIRST = "person"


def version_of(connection: Connection) -> str | None:
    """The database's version; None where it has no tables of ours.

    Raises:
        RecordError: there are tables of ours, but none that tells their version.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if version is None else str(version)
    if _FIRST in tables:
        raise RecordError(
            "the tables have no version: they were made by no released mitate",
            where="database",
            todo="start with an empty database",
        )
    return None


def upgrade(database: Database, to: str = HEAD) -> None:
    """Make the tables, or bring them to this version: all of it or nothing, by one process at a time.

    Args:
        database: empty, or of this version or an earlier one.
        to: a version to stop at.

    Raises:
        RecordError: the database is of a later version of mitate, or of none.
        FullError: the disk is full or read-only.
    """
    with told_plainly("the database"):
        with database.engine.connect() as connection:
            if version_of(connection) == to:
                return
        with database.engine.connect().execution_options(writing=True) as connection, connection.begin():
            upgrade_within(connection, to)


def upgrade_within(connection: Connection, to: str = HEAD) -> None:
    """`upgrade` in a transaction that writes, and that the caller ends; errors as there."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    version = version_of(connection)  # another process may have been first
    if version == to:
        return
    if version is not None and version > HEAD:  # versions are numbers of four digits
        raise RecordError(
            f"the database is of version {version}, this program knows versions up to {HEAD}",
            where="database",
            todo="install the mitate that last used it, or a later one",
        )
    _run(connection, to)


def _run(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
