"""Accounts: who can sign in, with which roles. Names are sealed under the clinic's key, found by a digest."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.errors import ConflictError, MissingError
from mitate.record.letters import check_letters
from mitate.record.opened import Record
from mitate.record.schema import Account, Login, Passkey, Person, Token, new_id

__all__ = [
    "LONGEST",
    "ROLES",
    "AccountTold",
    "account_of",
    "account_told",
    "add_account",
    "find_account",
    "list_accounts",
    "plain_login",
    "remove_account",
    "set_disabled",
    "set_language",
    "set_roles",
    "set_secret",
    "sign_out_everywhere",
]

ROLES = ("person", "clinician", "admin")
LONGEST = 120
"""Characters of a login or name."""


@dataclass(frozen=True, slots=True)
class AccountTold:
    """An account as an administrator sees it.

    Attributes:
        login: what is typed to sign in.
        name: to greet by.
        secret_kind: ``pin`` or ``password``.
        must_change: the secret was given by somebody else and is to be changed at the next sign-in.
    """

    id: str
    login: str
    name: str
    roles: tuple[str, ...]
    person_id: str | None
    secret_kind: str
    language: str
    disabled: bool
    must_change: bool
    created_at: datetime


def plain_login(login: str) -> str:
    """A login as it is kept and compared: blanks do not count, nor the width of letters (Unicode's NFKC)."""
    return " ".join(unicodedata.normalize("NFKC", login).split())


def _about(account_id: str) -> str:
    return f"account.sealed {account_id}"


def _roles(roles: Sequence[str], person_id: str | None) -> list[str]:
    """In the order of `ROLES`; ConflictError where they cannot be."""
    if not roles or not set(roles) <= set(ROLES):
        raise ConflictError("an account has one or more of the roles person, clinician, admin", where="roles")
    if ("person" in roles) != (person_id is not None):
        raise ConflictError("the role person and a person go together", where="roles")
    return [role for role in ROLES if role in roles]


def add_account(
    record: Record,
    session: Session,
    *,
    login: str,
    name: str,
    roles: Sequence[str],
    secret: str,
    secret_kind: str = "password",
    person_id: str | None = None,
    language: str = "en",
    must_change: bool = False,
) -> Account:
    """A new account.

    Args:
        record: where it is kept.
        session: a writing transaction.
        login: unique; case and outer blanks do not count.
        name: to greet by.
        roles: of `ROLES`.
        secret: Argon2id PHC string of the PIN or password (`mitate.serve.auth.secrets.hash_secret`).
        secret_kind: ``pin`` or ``password``.
        person_id: whom it belongs to; needed with the role person, and only with it.
        language: ``en`` or ``ja``.
        must_change: whether the secret is to be changed at the first sign-in.

    Raises:
        InputError: no login, or letters in it that no name has.
        ConflictError: the login is taken, or the roles cannot be.
        MissingError: no such person.
    """
    chosen = _roles(roles, person_id)
    if not plain_login(login) or len(login) > LONGEST:
        raise InputError(f"a name has 1 to {LONGEST} characters", where="login", todo="give a name")
    check_letters(login, "login")
    check_letters(name, "name")
    if person_id is not None and session.get(Person, person_id) is None:
        raise MissingError("there is no such person", where="person")
    if find_account(record, session, login) is not None:
        raise ConflictError("somebody signs in by this name already", where="login", todo="choose another")
    account_id = new_id()
    login = plain_login(login)
    told = {"login": login, "name": name.strip(), "must_change": must_change}
    account = Account(
        id=account_id,
        login_index=record.vault.index(login),
        sealed=record.vault.clinic.seal_json(told, _about(account_id)),
        roles=chosen,
        person_id=person_id,
        secret=secret,
        secret_kind=secret_kind,
        language=language,
    )
    session.add(account)
    session.flush()
    return account


def find_account(record: Record, session: Session, login: str) -> Account | None:
    """By what is typed to sign in."""
    return session.scalar(
        select(Account).where(Account.login_index == record.vault.index(plain_login(login)))
    )


def account_of(session: Session, account_id: str) -> Account:
    """By id; MissingError where there is none."""
    account = session.get(Account, account_id)
    if account is None:
        raise MissingError("there is no such account", where="account")
    return account


def account_told(record: Record, account: Account) -> AccountTold:
    """An account with its names opened."""
    told = record.vault.clinic.open_json(account.sealed, _about(account.id))
    return AccountTold(
        id=account.id,
        login=told["login"],
        name=told["name"],
        roles=tuple(account.roles),
        person_id=account.person_id,
        secret_kind=account.secret_kind,
        language=account.language,
        disabled=account.disabled,
        must_change=bool(told.get("must_change", False)),
        created_at=account.created_at,
    )


def list_accounts(record: Record, session: Session) -> list[AccountTold]:
    """All of them, by name."""
    rows = session.scalars(select(Account))
    return sorted((account_told(record, row) for row in rows), key=lambda one: (one.name.casefold(), one.id))


def _keep_an_administrator(session: Session, account: Account) -> None:
    """ConflictError where this is the last administrator who can sign in.

    Locks the administrators' rows where the database can, so that two who remove each other cannot both.
    """
    rows = session.scalars(select(Account).where(Account.disabled.is_(False)).with_for_update())
    if not any(row.id != account.id and "admin" in row.roles for row in rows):
        raise ConflictError(
            "this is the last administrator", where="account", todo="make another account one first"
        )


def set_roles(session: Session, account: Account, roles: Sequence[str]) -> None:
    """Other roles; ConflictError for the last administrator, or roles that cannot be."""
    chosen = _roles(roles, account.person_id)
    if "admin" in account.roles and "admin" not in chosen and not account.disabled:
        _keep_an_administrator(session, account)
    account.roles = chosen


def set_disabled(session: Session, account: Account, disabled: bool) -> None:
    """Forbid or allow to sign in; forbidding also signs out. ConflictError for the last administrator."""
    if disabled and "admin" in account.roles and not account.disabled:
        _keep_an_administrator(session, account)
    account.disabled = disabled
    if disabled:
        sign_out_everywhere(session, account.id)


def set_language(account: Account, language: str) -> None:
    """``en`` or ``ja``."""
    account.language = language


def set_secret(
    record: Record, session: Session, account: Account, secret: str, secret_kind: str, *, must_change: bool
) -> None:
    """Another PIN or password (its PHC string); signs out everywhere."""
    told = record.vault.clinic.open_json(account.sealed, _about(account.id))
    told["must_change"] = must_change
    account.sealed = record.vault.clinic.seal_json(told, _about(account.id))
    account.secret, account.secret_kind = secret, secret_kind
    sign_out_everywhere(session, account.id)


def sign_out_everywhere(session: Session, account_id: str) -> None:
    """Forget every browser that is signed in."""
    session.execute(delete(Login).where(Login.account_id == account_id))


def remove_account(session: Session, account: Account) -> None:
    """Take an account away with its passkeys and tokens; ConflictError for the last administrator."""
    if "admin" in account.roles and not account.disabled:
        _keep_an_administrator(session, account)
    for table in (Login, Passkey, Token):
        session.execute(delete(table).where(table.account_id == account.id))
    session.delete(account)
    session.flush()
