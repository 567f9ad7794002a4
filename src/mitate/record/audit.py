"""The audit trail: who did what when, each row bound to the one before by its hash.

The chain is that of Haber and Stornetta, "How to time-stamp a digital document" (J. Cryptology 3, 1991): the
hash of a row covers the hash of the row before, so that changing, removing or moving a row in the middle
breaks every later one. It is an HMAC under a key of the record (`audit_keys`), as is the trail's end that is
kept beside it: who can write the database but not open the record can neither compute it anew nor cut it off.
Rows from before there were keys (schema 0003) are hashed by SHA-256; the first row under a key binds them.

What is left is to put the whole database back to an earlier day. Against that helps a `head` that was written
down elsewhere (every backup carries one): `verify` can be given it. Triggers refuse UPDATE and DELETE (see
``migrations/versions/v0002_audit_triggers.py``), against accidents and against holes in the app.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.audit_keys import START, Stretch, last_row, lock_chain, stretches
from mitate.record.database import VAULT
from mitate.record.errors import RecordError
from mitate.record.schema import Audit, Setting, now
from mitate.record.vault import Vault

__all__ = ["START", "Verified", "note", "verify"]

_PENDING = "mitate.audit"
_LONGEST = 80
_NOT_THE_END = "is not the row that the trail ended with"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole chain found.

    Attributes:
        rows: how many are good, from the first on.
        head: ``SEQ:HASH`` of the last good row, to write down elsewhere.
        broken_at: number of the first row that is not as it was written; None where all are.
        why: what is wrong with it.
        keyed_from: number of the first row that a key covers; None where none does.
        key_known: whether rows under a key were computed anew; without the record's key only their order is
            looked at.
    """

    rows: int
    head: str
    broken_at: int | None = None
    why: str = ""
    keyed_from: int | None = None
    key_known: bool = False

    @property
    def ok(self) -> bool:
        """Whether the chain is whole."""
        return self.broken_at is None


def note(session: Session, actor: str, action: str, subject: str = "", **detail: Any) -> Audit:
    """Add a row to the audit trail, in the transaction of what it tells of.

    The row gets its number and its hash when the transaction is committed, after all else: the chain is
    then locked for moments only, and two transactions can never wait for each other.

    Args:
        session: from `Database.writing`.
        actor: account id, ``system`` or ``nobody``.
        action: a stable word such as ``person.erased``.
        subject: an id.
        detail: of JSON's types, with nothing personal in it.

    Raises:
        RecordError: the session only reads, so that the row would be lost.
        InputError: a text is too long, or the detail is no JSON.
    """
    if not session.get_bind().get_execution_options().get("writing"):
        raise RecordError("an audit row needs a transaction that writes", where=action)
    for value, most in ((actor, 40), (action, 40), (subject, _LONGEST)):
        if len(value) > most:
            raise InputError(f"longer than {most} characters", where="audit")
    try:
        detail = json.loads(json.dumps(detail, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError("the detail of an audit row is no JSON", where=action) from error
    row = Audit(at=now(), actor=actor, action=action, subject=subject, detail=detail)
    if not event.contains(session, "before_commit", _chain):
        event.listen(session, "before_commit", _chain)
    session.info.setdefault(_PENDING, []).append(row)
    return row


def verify(session: Session, head: str | None = None) -> Verified:
    """Compute the whole chain anew.

    Args:
        session: that reads; of a record's `Database`, which knows the key.
        head: ``SEQ:HASH`` that was written down earlier; the chain must still hold that very row.

    Raises:
        InputError: `head` is none.
        RecordError: the master key was changed while this ran.
    """
    known_seq, known_hash = _parsed(head)
    vault: Vault | None = session.info.get(VAULT)
    try:
        keys = stretches(session)
    except RecordError:
        _same_master(session, vault)
        return _broken(Verified(0, f"0:{START}"), 1, "the keys of the trail are not as they were")
    if not keys and vault is not None and _check(session) != vault.former_check_value:
        return _broken(Verified(0, f"0:{START}"), 1, "the keys of the trail were removed")
    seen = _walked(session, keys, known_seq, known_hash)
    if not keys:
        return seen
    return replace(seen, keyed_from=keys[0].kept.since, key_known=vault is not None)


def _walked(session: Session, keys: list[Stretch], known_seq: int, known_hash: str) -> Verified:
    under: Stretch | None = None
    before, rows, waiting = START, 0, list(keys)
    before_it_began = any(one.kept.head_seq < one.kept.since - 1 for one in keys)  # no row would ever meet it
    if before_it_began or not _fits(keys, 0, START):
        return _broken(Verified(0, f"0:{START}"), 1, _NOT_THE_END)
    for row in session.scalars(select(Audit).order_by(Audit.seq).execution_options(yield_per=1000)):
        good = Verified(rows, f"{rows}:{before}")
        if row.seq != rows + 1:
            return _broken(good, rows + 1, "a row is missing")
        if row.previous != before:
            return _broken(good, row.seq, "does not follow from the row before")
        if waiting and waiting[0].kept.since <= row.seq:
            under = waiting.pop(0)
        expected = _hash(row, under)
        if expected is not None and row.hash != expected:
            return _broken(good, row.seq, "was changed" if under is None else "was not written with the key")
        if not _fits(keys, row.seq, row.hash):
            return _broken(good, row.seq, _NOT_THE_END)
        if row.seq == known_seq and row.hash != known_hash:
            return _broken(good, row.seq, "is not the row that was written down")
        before, rows = row.hash, row.seq
        session.expunge(row)
    good = Verified(rows, f"{rows}:{before}")
    most = max([known_seq, *(one.kept.head_seq for one in keys)])
    if rows < most:
        return _broken(good, rows + 1, f"rows up to {most} were there before")
    return good


def _fits(keys: list[Stretch], seq: int, digest: str) -> bool:
    """Whether this row is the end of every stretch that says that it ends there."""
    return all(one.is_end(seq, digest) for one in keys if one.kept.head_seq == seq)


def _check(session: Session) -> str | None:
    value = session.scalar(select(Setting.value).where(Setting.key == "vault"))
    return None if value is None else value.get("check")


def _same_master(session: Session, vault: Vault | None) -> None:
    if vault is not None and _check(session) not in (vault.check_value, vault.former_check_value):
        raise RecordError(
            "the master key was changed while this ran", where="master key", todo="start mitate again"
        )


def _parsed(head: str | None) -> tuple[int, str]:
    if not head:
        return 0, START
    seq, _, digest = head.partition(":")
    if not seq.isdecimal() or len(digest) != 64:
        raise InputError("this is no head of an audit trail", where=head, todo="give SEQ:HASH as it was told")
    return int(seq), digest


def _broken(good: Verified, seq: int, why: str) -> Verified:
    return Verified(good.rows, good.head, seq, why)


def _hash(row: Audit, under: Stretch | None) -> str | None:
    """Of the row as canonical JSON (sorted keys, no blanks, ASCII), the hash before it included.

    SHA-256, or the HMAC under a key; None where that is not known.
    """
    told = {
        "seq": row.seq,
        "at": row.at.isoformat(timespec="microseconds"),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "detail": row.detail,
        "previous": row.previous,
    }
    written = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return sha256(written).hexdigest() if under is None else under.row(written)


def _chain(session: Session) -> None:
    """Number and hash what waits, in the order of its noting."""
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return  # a savepoint is no end: what it holds may still be undone
    waiting: list[Audit] = session.info.pop(_PENDING)
    session.flush()  # whatever else locks rows does so before the chain is locked
    lock_chain(session)
    keys = stretches(session)
    under = keys[-1] if keys else None
    known, before = last_row(session)
    for seq, row in enumerate(waiting, known + 1):
        row.seq, row.previous = seq, before
        digest = _hash(row, under)
        if digest is None:
            raise RecordError(
                "rows of this audit trail are written with the record's key only", where="audit trail"
            )
        row.hash = before = digest
        session.add(row)
    if under is not None:
        under.end_at(known + len(waiting), before)
    session.flush()
