"""The database by URL: SQLite in write-ahead mode on one machine, PostgreSQL where there are several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from mitate.record.errors import RecordError
from mitate.record.turns import Turn, Turns
from mitate.record.written import told_plainly

if TYPE_CHECKING:
    from mitate.record.vault import Vault

__all__ = ["BUSY_S", "VAULT", "Database", "open_database", "parsed", "sqlite_url"]

BUSY_S = 30.0
"""How long a transaction waits for others that write, seconds: of this process, then of others, on SQLite."""
VAULT = "mitate.vault"
"""Under this name in `Session.info` stands the vault that the audit trail's keys open with."""


@dataclass(frozen=True, slots=True, eq=False)
class Database:
    """An open database. One transaction is one `with` block: all of it happens or none.

    Attributes:
        engine: of SQLAlchemy.
        guard: looks at every transaction that writes before it does.
        vault: that the audit trail's keys open with; without it no row can be added to a trail with a key.
        turns: of this process's threads to write, on SQLite.
    """

    engine: Engine
    guard: Callable[[Session], None] | None = None
    vault: Vault | None = field(default=None, repr=False)
    turns: Turns = field(default_factory=Turns, repr=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file on this machine."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads."""
        session = Session(self.engine, expire_on_commit=False, info={VAULT: self.vault})
        with told_plainly("the database"), session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that writes: committed at the end of the block, undone if it raises.

        Raises:
            FullError: the disk is full or read-only.
            RecordError: the database cannot be reached or is damaged.
        """
        turn = Turn(self.turns, BUSY_S)
        engine = self.engine.execution_options(writing=True, turn=turn)
        session = Session(engine, expire_on_commit=False, info={VAULT: self.vault})
        try:
            with told_plainly("the database"), session, session.begin():
                if self.guard is not None:
                    self.guard(session)
                yield session
        finally:
            turn.give_back()

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open ``sqlite:///PATH`` or ``postgresql+psycopg://...``; nothing is created or migrated here.

    Raises:
        RecordError: the URL is none, or of a database that is not supported.
    """
    told = parsed(url)
    if told.get_backend_name() == "sqlite":
        engine = create_engine(
            told,
            connect_args={"timeout": BUSY_S, "check_same_thread": False},
            pool_size=20,
            max_overflow=40,
        )
        event.listen(engine, "connect", _as_we_want_sqlite)
        event.listen(engine, "begin", _begin)
    elif told.get_backend_name() == "postgresql":
        engine = create_engine(told, pool_size=10, max_overflow=20, pool_pre_ping=True)
    else:
        raise RecordError(
            f"{told.get_backend_name()} is not supported", where="database", todo="use SQLite or PostgreSQL"
        )
    return Database(engine)


def parsed(url: str) -> URL:
    """The parts of a database's URL.

    Raises:
        RecordError: it is none.
    """
    try:
        return make_url(url)
    except ArgumentError as error:
        raise RecordError("this is no database URL", where="database", todo="see docs/serve.md") from error


def sqlite_url(path: Path) -> str:
    """The URL of a database in a file."""
    return f"sqlite:///{path}"


def _as_we_want_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, see `_begin`
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that will write takes its lock at once: a later upgrade could only fail.
    options = connection.get_execution_options()
    if "turn" in options:
        options["turn"].take()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing") else "BEGIN")
