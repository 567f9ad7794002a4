"""The record as a whole: its database, its keys and its folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mitate.record.audit import note
from mitate.record.audit_keys import lock_chain, renew
from mitate.record.database import VAULT, Database, open_database, sqlite_url
from mitate.record.errors import MissingError, RecordError
from mitate.record.migrate import HEAD, upgrade, version_of
from mitate.record.schema import Audit, AuditKey, Person, Setting
from mitate.record.vault import DataKey, Vault
from mitate.record.whereabouts import DATABASE, RESTORING, need_place, note_place
from mitate.record.written import told_plainly

__all__ = ["DATABASE", "RESTORING", "Record", "look_at", "open_record", "own_folder"]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """An open record.

    Attributes:
        database: its tables.
        vault: its keys.
        folder: with ``uploads/``, ``videos/`` (both sealed) and ``backups/``.
    """

    database: Database
    vault: Vault
    folder: Path

    def key(self, session: Session, person_id: str) -> DataKey:
        """A person's data key.

        Raises:
            MissingError: no such person.
        """
        person = session.get(Person, person_id)
        if person is None:
            raise MissingError("there is no such person", where="person")
        return self.vault.unwrap(person.wrapped_key, person_id)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def own_folder() -> Path:
    """Where the record lies if nothing else is said: in this user's folder for programs' data."""
    return user_data_path("mitate") / "record"


def open_record(folder: Path, vault: Vault, url: str | None = None) -> Record:
    """Open the record in `folder`, making or migrating what is needed.

    Args:
        folder: made if missing, for its owner only.
        vault: of this record's master key.
        url: of the database; by default a SQLite file in the folder.

    Raises:
        RecordError: the master key is another one, the database is of a later version of mitate, or the
            record's tables are in another database (`need_place`); nothing is made in these cases.
        FullError: the folder cannot be written to.
    """
    need_place(folder, url, may_begin=True)
    with told_plainly(str(folder)):
        for name in ("uploads", "videos", "backups"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    database = open_database(url or sqlite_url(folder / DATABASE))
    try:
        _not_cut_off(database, folder)
        upgrade(database)
        with database.writing() as session:
            vault = session.info[VAULT] = _the_one(session, vault, folder)
            _note_restoration(session, folder)
        note_place(folder, url)
    except BaseException:
        database.close()
        raise
    return Record(replace(database, guard=partial(_same_key, vault.check_value), vault=vault), vault, folder)


def look_at(folder: Path, vault: Vault | None, url: str | None = None) -> Database:
    """The record's database, to read in: nothing is made, migrated or noted.

    Args:
        folder: of the record.
        vault: of its master key; without it rows of the audit trail under a key cannot be computed anew.
        url: as `open_record`.

    Raises:
        RecordError: there is no record in such a database (`need_place`), it is of another version, or the
            master key is another one.
    """
    need_place(folder, url, may_begin=False)
    database = open_database(url or sqlite_url(folder / DATABASE))
    try:
        with told_plainly("the database"), database.engine.connect() as connection:
            version = version_of(connection)
        if version != HEAD:
            raise RecordError(
                f"the database is of version {version}, this program works with {HEAD}",
                where="database",
                todo="start mitate with it once, or look with the mitate that last used it",
            )
        with database.reading() as session:
            known = session.get(Setting, "vault")
        if vault is None:
            return database
        return replace(database, vault=vault if known is None else _matching(known, vault, folder))
    except BaseException:
        database.close()
        raise


def _the_one(session: Session, vault: Vault, folder: Path) -> Vault:
    """Of the vault's keys the one that the record is sealed with; a new record takes the first."""
    known = session.get(Setting, "vault")
    if known is None:
        lock_chain(session)
        known = session.get(Setting, "vault")  # another process may have been first
    if known is None:
        _must_be_new(session)
        session.add(Setting(key="vault", value={"check": vault.check_value}))
        renew(session, vault, vault)
        return vault
    one = _matching(known, vault, folder)
    _keyed(session, known, one)
    return one


def _must_be_new(session: Session) -> None:
    """Without what tells its key no record is opened: somebody could write a trail without one so."""
    if any(session.scalar(select(func.count()).select_from(one)) for one in (Audit, AuditKey, Person)):
        raise RecordError(
            "what tells the key of this record was removed", where="database", todo="restore a backup"
        )


def _matching(known: Setting, vault: Vault, folder: Path) -> Vault:
    for one in (vault, vault.other):  # two where a rotation was cut off before or after its transaction
        if one is not None and known.value.get("check") in (one.check_value, one.former_check_value):
            return one
    raise RecordError(
        "this is not the key that the record was sealed with",
        where=folder,
        todo="give the passphrase or the key file that it was made with",
    )


def _keyed(session: Session, known: Setting, vault: Vault) -> None:
    """A record from before audit trails had keys has one from now on."""
    if known.value.get("check") == vault.check_value:
        if session.scalar(select(AuditKey.since).limit(1)) is None:
            raise RecordError(
                "the keys of the audit trail were removed", where="audit trail", todo="restore a backup"
            )
        return
    session.refresh(known, with_for_update=True)
    if known.value.get("check") != vault.check_value:  # another process may have been first
        known.value = {"check": vault.check_value}
        renew(session, vault, vault)
        note(session, "system", "audit.keyed")


def _not_cut_off(database: Database, folder: Path) -> None:
    """A restoration onto a server that was killed left a folder, but no rows, or all of them.

    Raises:
        RecordError: none.
    """
    if not (folder / RESTORING).exists():
        return
    with told_plainly("the database"), database.engine.connect() as connection:
        there = version_of(connection) is not None
        value = connection.scalar(select(Setting.value).where(Setting.key == "restored")) if there else None
    mark = folder / RESTORING
    if mark.exists() and (value is None or value.get("token") != mark.read_text(encoding="ascii")):
        raise RecordError(
            "the restoration of this record was cut off",
            where=folder,
            todo="remove the folder, and restore the backup again",
        )


def _note_restoration(session: Session, folder: Path) -> None:
    """The audit trail of a restored record goes on: only with the key, which restoring does not need."""
    row = session.get(Setting, "restored", with_for_update=True)  # another process may have been first
    if row is not None:
        told = {name: row.value[name] for name in ("made_at", "erased")}
        note(session, "system", "record.restored", **told)
        session.delete(row)
        (folder / RESTORING).unlink(missing_ok=True)  # before the row goes: see `_not_cut_off`


def _same_key(check: str, session: Session) -> None:
    """Nothing may be sealed any more under a master key that was rotated while this process ran, nor written
    into tables that a later version of mitate has changed meanwhile.

    On PostgreSQL the row stays locked for the transaction, so that no rotation can overtake it.
    """
    value = session.scalar(select(Setting.value).where(Setting.key == "vault").with_for_update(read=True))
    found = session.scalar(text("SELECT version_num FROM alembic_version"))
    if found != HEAD:
        raise RecordError(
            f"the database is of version {found}, this program works with {HEAD}",
            where="database",
            todo="end this program, and start the mitate that was installed since",
        )
    if value is None or value.get("check") != check:
        raise RecordError(
            "the master key was changed while this ran", where="master key", todo="start mitate again"
        )
