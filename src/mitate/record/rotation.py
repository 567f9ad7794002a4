"""A new master key: every key of a person is wrapped anew, in one transaction; what they seal stays as it is.

The audit trail begins a new key of its own: who had the former can write no row from then on, nor change one.

The cryptoperiod of a master key is a matter of the clinic's policy (NIST SP 800-57 part 1, 5.3); rotate at
once where somebody who should not may have had both the record and its passphrase.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mitate.record.audit import note
from mitate.record.audit_keys import renew
from mitate.record.face_models import rewrap_face_models
from mitate.record.master import keys_alone, outer_key, read_keys, write_keys
from mitate.record.opened import Record
from mitate.record.schema import Account, Knock, Person, Setting
from mitate.record.vault import Vault
from mitate.record.written import told_plainly

__all__ = ["rotate"]


def rotate(
    record: Record, passphrase: str | None = None, key_file: Path | None = None, *, by: str = "system"
) -> Vault:
    """Put a fresh master key in the place of the record's.

    ``keys.json`` knows both keys until the transaction is done, so that the record can be opened at whatever
    moment this is cut off. Every other process that has the record open is refused its next transaction that
    writes, and must be started again; `record` itself, too. Backups made before open as they did.

    Args:
        record: open.
        passphrase, key_file: as it is opened now; the way itself is not changed.
        by: account, for the audit trail.

    Returns:
        The new vault.

    Raises:
        RecordError: the passphrase or key file is wrong; all is as it was.
        FullError: nothing can be written; all is as it was.
    """
    with told_plainly(str(record.folder)), keys_alone(record.folder):
        keys = read_keys(record.folder)
        outer = outer_key(keys, passphrase, key_file)
        new = Vault.new()
        both = (keys.wrap(outer, record.vault), keys.wrap(outer, new))
        write_keys(record.folder, replace(keys, wrapped=both))
        with record.database.writing() as session:
            _rewrap(session, record.vault, new)
            note(session, by, "key.rotated")
        write_keys(record.folder, replace(keys, wrapped=both[1:]))
    return new


def _rewrap(session: Session, old: Vault, new: Vault) -> None:
    setting = session.get_one(Setting, "vault", with_for_update=True)
    for person in session.scalars(select(Person)):
        person.wrapped_key = new.wrap(old.unwrap(person.wrapped_key, person.id), person.id)
    for account in session.scalars(select(Account)):
        about = f"account.sealed {account.id}"
        told = old.clinic.open_json(account.sealed, about)
        account.sealed = new.clinic.seal_json(told, about)
        account.login_index = new.index(told["login"])
    rewrap_face_models(session, old, new)
    session.execute(delete(Knock))  # under the former index; counted from nought again
    setting.value = {"check": new.check_value}
    renew(session, old, new)  # last, as the audit trail is locked from then on
