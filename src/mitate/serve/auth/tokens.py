"""Tokens for programs: shown once, kept as a hash, with scopes and an end."""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.audit import note
from mitate.record.errors import MissingError
from mitate.record.letters import check_letters
from mitate.record.schema import Account, Token, now
from mitate.serve.auth.logins import hashed

__all__ = [
    "MOST_DAYS",
    "PREFIX",
    "SCOPES",
    "Made",
    "list_tokens",
    "make_token",
    "revoke_token",
    "token_account",
]

PREFIX = "mitate_"
SCOPES = ("read:people", "write:people", "read:admin", "write:admin")
MOST_DAYS = 366
_LETTERS = string.ascii_letters + string.digits
_LENGTH = 40
_USED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh token. `text` is ``mitate_`` and 40 characters, and is shown this once."""

    row: Token
    text: str


def make_token(session: Session, account: Account, label: str, scopes: Sequence[str], days: int = 90) -> Made:
    """A token for an account; it may do what both its scopes and the account's roles allow.

    Raises:
        InputError: no scopes, unknown ones, admin scopes without that role, days out of 1 to `MOST_DAYS`, or
            letters in the label that no name has.
    """
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InputError(f"scopes are one or more of {', '.join(SCOPES)}", where="scopes")
    if any(scope.endswith(":admin") for scope in scopes) and "admin" not in account.roles:
        raise InputError("only an administrator's token can have these scopes", where="scopes")
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"a token lasts 1 to {MOST_DAYS} days", where="days")
    check_letters(label, "label")
    text = PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    row = Token(
        account_id=account.id,
        hash=hashed(text),
        label=label.strip()[:80],
        scopes=[scope for scope in SCOPES if scope in scopes],
        expires_at=now() + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    note(session, account.id, "token.made", row.id, scopes=row.scopes, days=days)
    return Made(row, text)


def list_tokens(session: Session, account_id: str | None = None) -> list[Token]:
    """Of one account, or of all; newest first."""
    asked = select(Token).order_by(Token.created_at.desc(), Token.id)
    return list(session.scalars(asked if account_id is None else asked.where(Token.account_id == account_id)))


def revoke_token(session: Session, actor: str, token_id: str, account_id: str | None = None) -> None:
    """Take a token back; of this account only, where one is given.

    Raises:
        MissingError: no such token, or another's.
    """
    row = session.get(Token, token_id)
    if row is None or (account_id is not None and row.account_id != account_id):
        raise MissingError("there is no such token", where="token")
    session.delete(row)
    note(session, actor, "token.revoked", token_id)


def token_account(session: Session, text: str) -> tuple[Token, Account] | None:
    """The token and its account; None where it is unknown, over, or the account is disabled."""
    row = session.scalar(select(Token).where(Token.hash == hashed(text)))
    if row is None or (row.expires_at is not None and row.expires_at <= now()):
        return None
    account = session.get(Account, row.account_id)
    return None if account is None or account.disabled else (row, account)


def used_lately(row: Token, at: datetime) -> bool:
    """Whether its use was written down within minutes, so that not every request writes."""
    return row.last_at is not None and at - row.last_at < _USED_EVERY
