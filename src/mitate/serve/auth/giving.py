"""Accounts given to others: with a first PIN or password that must be changed, written down in the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete

from mitate.record.accounts import (
    AccountTold,
    account_of,
    account_told,
    add_account,
    remove_account,
    set_disabled,
    set_roles,
    set_secret,
)
from mitate.record.audit import note
from mitate.record.schema import Passkey, Token
from mitate.serve.auth.entering import check_new, need_password
from mitate.serve.auth.secrets import hash_secret, kind_of
from mitate.serve.auth.tries import forget_name
from mitate.serve.service import Service

__all__ = ["Given", "change_account", "give_account", "give_secret", "take_account"]


@dataclass(frozen=True, slots=True)
class Given:
    """An account to be given: `person_id` with the role person, and only with it."""

    login: str
    name: str
    roles: tuple[str, ...]
    secret: str
    language: str = "en"
    person_id: str | None = None


def give_account(service: Service, by: str, given: Given) -> AccountTold:
    """A new account for somebody else.

    Raises:
        InputError, DeniedError: the PIN or password is not good enough for its roles.
        ConflictError: the name is taken, or the roles cannot be.
        MissingError: no such person.
    """
    kind = kind_of(given.secret)
    check_new(service, given.roles, given.secret, kind, given.login)
    secret = hash_secret(given.secret)
    record = service.record
    with record.database.writing() as session:
        account = add_account(
            record,
            session,
            login=given.login,
            name=given.name or given.login,
            roles=given.roles,
            secret=secret,
            secret_kind=kind,
            person_id=given.person_id,
            language=given.language,
            must_change=True,
        )
        note(session, by, "account.added", account.id, roles=account.roles)
        return account_told(record, account)


def give_secret(service: Service, by: str, account_id: str, secret: str) -> None:
    """Another first PIN or password for somebody who forgot theirs, or whose account others got into.

    Signs out everywhere and ends a wait. Passkeys and tokens go: whoever made them is not known any more.

    Raises:
        MissingError: no such account.
        InputError, DeniedError: not good enough for its roles.
    """
    record = service.record
    with record.database.reading() as session:
        told = account_told(record, account_of(session, account_id))
    kind = kind_of(secret)
    check_new(service, told.roles, secret, kind, told.login)
    hashed = hash_secret(secret)
    with record.database.writing() as session:
        account = account_of(session, account_id)
        set_secret(record, session, account, hashed, kind, must_change=True)
        forget_name(record, session, told.login)
        for kept in (Passkey, Token):
            session.execute(delete(kept).where(kept.account_id == account_id))
        note(session, by, "account.secret_given", account_id)


def change_account(
    service: Service,
    by: str,
    account_id: str,
    roles: Sequence[str] | None = None,
    disabled: bool | None = None,
) -> AccountTold:
    """Other roles, or no more signing in.

    Raises:
        DeniedError: more roles for an account with a PIN: a password is to be given first.
        MissingError: no such account.
        ConflictError: the last administrator, or roles that cannot be.
    """
    record = service.record
    with record.database.writing() as session:
        account = account_of(session, account_id)
        if roles is not None and list(roles) != account.roles:
            before = list(account.roles)
            if not set(roles) <= set(before):
                need_password(session, roles, account.secret_kind)
            set_roles(session, account, roles)
            note(session, by, "account.roles", account_id, before=before, roles=account.roles)
        if disabled is not None and disabled != account.disabled:
            set_disabled(session, account, disabled)
            note(session, by, "account.disabled" if disabled else "account.enabled", account_id)
        return account_told(record, account)


def take_account(service: Service, by: str, account_id: str) -> None:
    """Take an account away; MissingError for none, ConflictError for the last administrator."""
    with service.record.database.writing() as session:
        remove_account(session, account_of(session, account_id))
        note(session, by, "account.removed", account_id)
