"""Erasing a person: her key, her rows, her films. What the key sealed is then noise wherever it lies.

That destroying the key destroys the data is "cryptographic erase" of NIST SP 800-88 rev. 1 (2.6). On SQLite
the rows' bytes go, too: `secure_delete` overwrites them with zeros and the write-ahead log is cut to nothing.
On PostgreSQL a deleted row stays in its file until the table is vacuumed, and in the server's log (WAL)
until that is recycled; the table of people, with the wrapped keys, is therefore rewritten at once (VACUUM
FULL). Backups that were made before hold her still; `Erasure.backups` names those in the record's folder.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mitate.record.audit import note
from mitate.record.database import BUSY_S, Database
from mitate.record.errors import MissingError
from mitate.record.opened import Record
from mitate.record.schema import Account, Capture, Erased, Person, Upload, now
from mitate.record.written import told_plainly

__all__ = ["Erasure", "compact", "erase", "erase_rows"]

_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing a person did.

    Attributes:
        person_id: whose key is destroyed.
        at: when.
        films: files of films, whole or on their way, that were removed.
        compacted: no page of the database's files holds any of her rows; False where readers kept the log
            busy (SQLite) or the table locked (PostgreSQL): the next erasure or sweep does it again.
        left: files that the system would not remove now, unreadable without the key; sweeps remove them.
        backups: in the record's folder, made before or at this moment, that still hold her, sealed.
    """

    person_id: str
    at: datetime
    films: int
    compacted: bool
    left: tuple[str, ...]
    backups: tuple[str, ...]


def erase(record: Record, person_id: str, by: str) -> Erasure:
    """Erase a person, with everything that hangs on her; only that there was such an id stays (`Erased`).

    An account of hers that is also a clinician's or an administrator's stays, without her. The audit trail
    stays: it names her by her random id only.

    Args:
        record: open.
        person_id: whom.
        by: account, for the audit trail.

    Raises:
        MissingError: no such person.
        FullError: nothing can be written; all is as it was.
    """
    at = now()
    with record.database.writing() as session:
        if session.scalar(select(Person.id).where(Person.id == person_id)) is None:
            raise MissingError("there is no such person", where="person")
        files = erase_rows(session, record.folder, person_id, at)
        note(session, by, "person.erased", person_id)
    left = _removed(files)
    return Erasure(
        person_id,
        at,
        len(files) - len(left),
        compact(record.database),
        left,
        _backups(record.folder / "backups"),
    )


def erase_rows(session: Session, folder: Path, person_id: str, at: datetime) -> list[Path]:
    """Delete the rows of a person, and write down her id.

    Returns:
        Her files, to remove once this is committed.
    """
    files = _files(folder, session, person_id)
    _keep_staff(session, person_id)
    session.execute(delete(Person).where(Person.id == person_id))  # all else follows (ON DELETE CASCADE)
    session.merge(Erased(person_id=person_id, at=at))
    return files


def compact(database: Database) -> bool:
    """Leave no byte of deleted rows in the database's files, as far as they are ours to change.

    Returns:
        False where others were using them for all of five seconds.
    """
    if database.is_sqlite:
        return _cut_log(database)
    connected = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with told_plainly("the database"), connected as connection:
        connection.execute(text(f"SET lock_timeout = '{_PATIENCE_S:.0f}s'"))
        try:
            connection.execute(text("VACUUM FULL person"))
        except OperationalError:  # of a lock that was not to be had
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))
    return True


def _cut_log(database: Database) -> bool:
    until = time.monotonic() + _PATIENCE_S
    with told_plainly("the database"), contextlib.closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 200")  # writers wait meanwhile: briefly, and again
        try:
            while True:
                busy = any(row[0] for row in cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)"))
                if not busy or time.monotonic() > until:
                    return not busy
                time.sleep(0.05)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000:.0f}")
            cursor.close()


def _files(folder: Path, session: Session, person_id: str) -> list[Path]:
    """Of films that were kept, wait or are on their way."""
    captures = session.execute(select(Capture.id, Capture.video).where(Capture.person_id == person_id)).all()
    mine = select(Upload.id).join(Capture, Capture.id == Upload.capture_id)
    names = {one.id for one in captures} | set(session.scalars(mine.where(Capture.person_id == person_id)))
    found = {folder / "videos" / one.video for one in captures if one.video}
    for name in names:
        found.update((folder / "uploads").glob(f"{name}*"), (folder / "videos").glob(f"{name}*"))
    return sorted(one for one in found if one.exists())


def _backups(folder: Path) -> tuple[str, ...]:
    made, being_made = folder.glob("*.tar"), folder.glob(".part-*")
    return tuple(sorted(one.name for one in (*made, *being_made)))


def _keep_staff(session: Session, person_id: str) -> None:
    for account in session.scalars(select(Account).where(Account.person_id == person_id)):
        others = [role for role in account.roles if role != "person"]
        if others:
            account.roles, account.person_id = others, None
    session.flush()


def _removed(files: list[Path]) -> tuple[str, ...]:
    left = []
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError:  # open in another process, where the system minds
            left.append(file.name)
    return tuple(left)
