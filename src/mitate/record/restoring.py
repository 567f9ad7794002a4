"""Restoring a backup into an empty folder and database, without those who were erased since.

All of it comes back or nothing, also where this is killed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, inspect, select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.files import new_folder, write_text
from mitate.record.backup import TABLES, contents
from mitate.record.database import Database, open_database, sqlite_url
from mitate.record.erasure import compact, erase_rows
from mitate.record.errors import RecordError
from mitate.record.migrate import HEAD, upgrade, upgrade_within
from mitate.record.schema import Challenge, Erased, Login, Person, Setting, new_id, now
from mitate.record.table_rows import copy_tables, read_table
from mitate.record.whereabouts import DATABASE, RESTORING, note_place
from mitate.record.written import told_plainly

__all__ = ["Restored", "erased_ids", "restore"]


@dataclass(frozen=True, slots=True)
class Restored:
    """A record that was brought back.

    Attributes:
        folder: of the record.
        made_at: of the backup; what was entered later is not there.
        people: in it.
        erased: people of the backup who were erased since, and were erased again.
    """

    folder: Path
    made_at: datetime
    people: int
    erased: int


def erased_ids(database: Database) -> set[str]:
    """Ids of the people who were erased from a record."""
    with database.reading() as session:
        return set(session.scalars(select(Erased.person_id)))


def restore(path: Path, folder: Path, erased: Iterable[str] = (), url: str | None = None) -> Restored:
    """Bring a backup back, whichever database it was made from.

    Browsers are signed out. Passwords, tokens, roles and consents are those of the day of the backup: what
    was taken back since is to be taken back again. That it was restored is noted when it is first opened,
    since the audit trail is written with the record's key only.

    Args:
        path: of the backup; it is not changed.
        folder: of the new record; must be empty or not exist.
        erased: ids of people who were erased since (`erased_ids` of the current record).
        url: of an empty database for the tables; by default a SQLite file in the folder.

    Raises:
        RecordError: the backup is damaged, or of a later version of mitate, or the database does not answer.
        InputError: the folder or the database is not empty.
        FullError: no room.
        In all of these cases the folder and the database are as they were. If this is killed between the
        folder's coming and the end of the server's transaction, `open_record` refuses the folder.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError("this folder is not empty", where=folder, todo="name an empty one, or a new one")
    if url is not None:
        _see_that_it_is_empty(url)
    token = new_id()
    with (
        told_plainly(str(folder)),
        ExitStack() as once_there,
        new_folder(folder) as part,
        ExitStack() as before_it_is_there,
    ):
        manifest = _unpacked(path, part)
        # The transaction on a server ends after the folder's coming: without its rows it is known as cut off.
        filling = before_it_is_there if url is None else once_there
        connection = filling.enter_context(_filled(url or sqlite_url(part / DATABASE)))
        _bring_tables(connection, part, manifest, at_server=url is not None)
        made_at = datetime.fromisoformat(manifest["made_at"])
        people, again = _prepare(connection, part, made_at, set(erased), token)
        if url is not None:
            write_text(part / RESTORING, token)
        note_place(part, url, folder)
    (folder / RESTORING).unlink(missing_ok=True)
    return Restored(folder, made_at, people, again)


def _see_that_it_is_empty(url: str) -> None:
    database = open_database(url)
    try:
        with told_plainly("the database"), database.engine.connect() as connection:
            _must_be_empty(connection)
    finally:
        database.close()


def _must_be_empty(connection: Connection) -> None:
    if inspect(connection).get_table_names():
        raise InputError("this database is not empty", where="database", todo="name an empty one")


def _unpacked(path: Path, part: Path) -> dict[str, Any]:
    """All files of a backup, every one of them looked at; its manifest."""
    manifest: dict[str, Any] = {}
    for name in ("uploads", "videos", "backups", TABLES):
        (part / name).mkdir()
    part.chmod(0o700)
    for name, stream in contents(path, manifest):
        with (part / name).open("xb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        (part / name).chmod(0o600)
    version = manifest.get("schema")
    if not isinstance(version, str) or not re.fullmatch(r"\d{4}", version, re.ASCII) or version > HEAD:
        raise RecordError("this backup is of a later version of mitate", where=path, todo="install that one")
    return manifest


@contextmanager
def _filled(url: str) -> Iterator[Connection]:
    """One transaction that fills a database; at its end no byte of deleted rows is left."""
    database = open_database(url)
    try:
        engine = database.engine.execution_options(writing=True)
        with told_plainly("the database"), engine.connect() as connection, connection.begin():
            yield connection
        compact(database)
    finally:
        database.close()


def _bring_tables(connection: Connection, part: Path, manifest: dict[str, Any], *, at_server: bool) -> None:
    former = manifest["format"] == 1  # SQLite's file itself
    if at_server or not former:
        _must_be_empty(connection)
    if former and at_server:
        _bring_former(connection, part / DATABASE)
    elif not former:
        upgrade_within(connection, manifest["schema"])
        for name, count in manifest["tables"].items():
            if read_table(connection, name, part / TABLES / f"{name}.rows") != count:
                raise RecordError("this backup is damaged: rows are missing", where=name)
    shutil.rmtree(part / TABLES)
    upgrade_within(connection)


def _bring_former(connection: Connection, path: Path) -> None:
    source = open_database(sqlite_url(path))
    try:
        upgrade(source)
        upgrade_within(connection)
        with source.engine.connect() as reader:
            copy_tables(reader, connection)
    finally:
        source.close()
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


def _prepare(
    connection: Connection, part: Path, made_at: datetime, erased: set[str], token: str
) -> tuple[int, int]:
    files: list[Path] = []
    with Session(connection) as session:
        people = set(session.scalars(select(Person.id)))
        again = people & (erased | set(session.scalars(select(Erased.person_id))))
        for person_id in sorted(again):
            files += erase_rows(session, part, person_id, now())
        for person_id in sorted(erased - again):
            session.merge(Erased(person_id=person_id))
        session.execute(delete(Login))
        session.execute(delete(Challenge))
        told = {"made_at": made_at.isoformat(), "erased": len(again), "token": token}
        session.merge(Setting(key="restored", value=told))
        session.flush()
    for file in files:
        file.unlink()
    return len(people - again), len(again)
