"""Keys of the audit trail: from which row on each holds, and what it makes of a row and of the trail's end.

A row's hash under a key is HMAC-SHA-256 (RFC 2104, FIPS 198-1), so that nobody who can only write the
database can compute the chain anew: the keyed log of Schneier and Kelsey, "Secure audit logs to support
computer forensics" (ACM TISSEC 2(2), 1999), with one key for many rows in the place of a new one for each.
Theirs guards what was written before a machine is taken over altogether. Here the key lies wrapped by the
master key, and a rotation of that (`mitate.record.rotation`) begins a new one, which then binds the rows
under the former. The trail's end is kept under the key too, since a chain that is cut off is a good one.

Keys for rows and for the end are derived from one random key by HKDF (RFC 5869). It is wrapped bound to its
first row, its number and how many keys there are: none can be left out.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mitate.record.database import VAULT
from mitate.record.errors import RecordError
from mitate.record.schema import Audit, AuditKey
from mitate.record.vault import KEY_BYTES, Vault

__all__ = ["START", "Stretch", "last_row", "lock_chain", "renew", "stretches"]

START = "0" * 64
"""Stands for the hash before the first row."""
_LOCK = 0x6D697461  # an advisory lock of ours on PostgreSQL


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows from one on that a key covers, up to the next stretch.

    Attributes:
        kept: the row of the database.
        key: None where the record's vault was not given.
    """

    kept: AuditKey
    key: bytes | None = field(repr=False)

    def row(self, told: bytes) -> str | None:
        """Hash of a row as canonical JSON; None without the key."""
        return None if self.key is None else hmac.digest(_derived(self.key, "rows"), told, "sha256").hex()

    def is_end(self, seq: int, digest: str) -> bool:
        """Whether the end that is kept is this one; so, too, where that cannot be told without the key."""
        return self.key is None or hmac.compare_digest(self.kept.head, self._end(self.key, seq, digest))

    def end_at(self, seq: int, digest: str) -> None:
        """Keep this row as the trail's end; RecordError without the key."""
        if self.key is None:
            raise RecordError(
                "rows of this audit trail are written with the record's key only", where="audit trail"
            )
        self.kept.head_seq, self.kept.head = seq, self._end(self.key, seq, digest)

    def _end(self, key: bytes, seq: int, digest: str) -> bytes:
        told = json.dumps({"since": self.kept.since, "seq": seq, "hash": digest}, sort_keys=True)
        return hmac.digest(_derived(key, "end"), told.encode(), "sha256")


def stretches(session: Session) -> list[Stretch]:
    """All of them, the oldest first; none in a trail without a key.

    Raises:
        RecordError: a key was changed or removed, or the master key is another one.
    """
    kept = session.scalars(select(AuditKey).order_by(AuditKey.since)).all()
    vault: Vault | None = session.info.get(VAULT)
    return [Stretch(one, None) for one in kept] if vault is None else _opened(kept, vault)


def renew(session: Session, old: Vault, new: Vault) -> None:
    """Begin a new key with the next row, and wrap those before anew; `session` then goes on with `new`.

    The trail is locked until the transaction ends.

    Raises:
        RecordError: as `stretches`.
    """
    session.flush()
    lock_chain(session)
    seq, digest = last_row(session)
    before = _opened(session.scalars(select(AuditKey).order_by(AuditKey.since)).all(), old)
    if before and before[-1].kept.since == seq + 1:  # no row came under it
        session.delete(before.pop().kept)
        session.flush()
    row = AuditKey(since=seq + 1, wrapped=b"", head_seq=seq, head=b"")
    all_of_them = [*before, Stretch(row, os.urandom(KEY_BYTES))]
    all_of_them[-1].end_at(seq, digest)
    for number, one in enumerate(all_of_them, 1):
        one.kept.wrapped = new.audit.seal(one.key or b"", _about(one.kept, number, len(all_of_them)))
    session.add(row)
    session.flush()
    session.info[VAULT] = new


def last_row(session: Session) -> tuple[int, str]:
    """Number and hash of the trail's last row; 0 and `START` of an empty one."""
    last = session.execute(select(Audit.seq, Audit.hash).order_by(Audit.seq.desc()).limit(1)).first()
    return (0, START) if last is None else (last.seq, last.hash)


def lock_chain(session: Session) -> None:
    """Until the transaction ends nobody else adds rows; on SQLite nobody else writes anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _opened(kept: Sequence[AuditKey], vault: Vault) -> list[Stretch]:
    return [
        Stretch(one, vault.audit.open(one.wrapped, _about(one, number, len(kept))))
        for number, one in enumerate(kept, 1)
    ]


def _about(kept: AuditKey, number: int, count: int) -> str:
    return f"audit key {number} of {count} since {kept.since}"


def _derived(key: bytes, purpose: str) -> bytes:
    info = f"mitate audit {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)
