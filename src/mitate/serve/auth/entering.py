"""Signing in: a name with its PIN or password, or a passkey; every try is counted and written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mitate.record.accounts import account_of, account_told, find_account, set_secret
from mitate.record.audit import note
from mitate.record.errors import DeniedError
from mitate.record.schema import Account
from mitate.serve.auth import passkeys
from mitate.serve.auth.devices import known_device
from mitate.serve.auth.logins import Span, at_home, begin_login, span_of
from mitate.serve.auth.secrets import Kind, check_secret, crowded, hash_secret, outdated, verify_secret
from mitate.serve.auth.tries import forget, knock
from mitate.serve.failing import Crowded
from mitate.serve.service import Service

__all__ = [
    "Entered",
    "change_secret",
    "check_new",
    "device_of",
    "enter",
    "enter_by_passkey",
    "need_password",
    "need_room",
]


@dataclass(frozen=True, slots=True)
class Entered:
    """A browser that was signed in: `token` for its cookie, `span` how long it lasts."""

    account_id: str
    token: str
    span: Span


def enter(
    service: Service,
    login: str,
    secret: str,
    address: str,
    before: str = "",
    cookies: Mapping[str, str] | None = None,
) -> Entered:
    """Sign in by name and PIN or password.

    Args:
        service: the app.
        login, secret: as typed.
        address: of the network, for the waits.
        before: the token that the browser came with, ended by this.
        cookies: of the browser, by which it may be known (`mitate.serve.auth.devices`).

    Raises:
        DeniedError: they do not fit; an unknown name, a wrong secret and a disabled account are told alike.
        TooMany: after too many wrong tries, or while too many others sign in.
    """
    record = service.record
    need_room()
    with record.database.writing() as session:
        account = find_account(record, session, login)
        known = None if account is None or account.disabled else account.secret
        account_id = "" if account is None else account.id
        device = device_of(service, cookies, account)
        knock(record, session, login, address, device=device)
    right = verify_secret(known, secret)
    with record.database.writing() as session:
        if right:
            forget(record, session, login, address, device)
            account = account_of(session, account_id)
            if account.secret == known and not account.disabled:  # else it was changed meanwhile
                if outdated(known):
                    account.secret = hash_secret(secret)
                return _entered(session, account, before, "sign_in")
        note(session, "nobody", "sign_in.failed", account_id)
    raise DeniedError(
        "the name and the PIN or password do not fit together",
        where="sign-in",
        todo="try again, or ask whoever gave you the account",
    )


def device_of(service: Service, cookies: Mapping[str, str] | None, account: Account | None) -> str:
    """What a known browser's tries are counted under; another secret starts all afresh."""
    if account is None:
        return ""
    word = known_device(service.record.vault, service.settings, cookies or {}, account.id)
    return word and f"{word} {account.secret}"  # only what `tries` makes of it, under the key, is written


def need_room() -> None:
    """Tries wait for each other; beyond some (`Crowded`) they would take the threads that answer pages."""
    if crowded():
        raise Crowded("too many sign-ins are under way", 2.0)


def enter_by_passkey(
    service: Service, challenge_id: str, credential: dict[str, Any], before: str = ""
) -> Entered:
    """Sign in by a passkey; DeniedError where it does not hold."""
    database = service.record.database
    with database.writing() as session:
        challenge = passkeys.answered(
            session, challenge_id, "sign_in"
        )  # committed: used up even if the rest fails
    try:
        with database.writing() as session:
            account = passkeys.signed_in_by(service, session, challenge, credential)
            return _entered(session, account, before, "sign_in.passkey")
    except DeniedError:
        with database.writing() as session:
            note(session, "nobody", "sign_in.failed", passkey=True)
        raise


def _entered(session: Session, account: Account, before: str, action: str) -> Entered:
    token = begin_login(session, account, before)
    note(session, account.id, action, account.id)
    return Entered(account.id, token, span_of(session, account.roles))


def change_secret(
    service: Service,
    account_id: str,
    old: str,
    new: str,
    kind: Kind,
    address: str,
    cookies: Mapping[str, str] | None = None,
) -> Entered:
    """Another PIN or password, by somebody who knows the old one; signs out everywhere but here.

    Args:
        service: the app.
        account_id: whose.
        old, new, kind: as typed.
        address: of the network, for the waits.
        cookies: of the browser, by which it may be known.

    Raises:
        DeniedError: the old one is wrong.
        InputError: the new one is not good enough, or is the old one.
        TooMany: after too many wrong tries.
    """
    record = service.record
    need_room()
    with record.database.writing() as session:
        account = account_of(session, account_id)
        device = device_of(service, cookies, account)
        told = account_told(record, account)
        knock(record, session, told.login, address, device=device)
        known = account.secret
    if not verify_secret(known, old):
        raise DeniedError("the old PIN or password is another one", where="old", todo="try again")
    check_new(service, told.roles, new, kind, told.login)
    if old == new:
        raise DeniedError("this is the one you have", where="new", todo="choose another")
    secret = hash_secret(new)
    with record.database.writing() as session:
        forget(record, session, told.login, address, device)
        account = account_of(session, account_id)
        set_secret(record, session, account, secret, kind, must_change=False)
        note(session, account_id, "secret.changed", account_id)
        return _entered(session, account, "", "sign_in")


def check_new(service: Service, roles: tuple[str, ...], secret: str, kind: Kind, login: str) -> None:
    """Whether an account of these roles may have this secret.

    Raises:
        DeniedError: a PIN for somebody who sees others' things.
        InputError: not good enough.
    """
    with service.record.database.reading() as session:
        need_password(session, roles, kind)
    check_secret(secret, kind, login)


def need_password(session: Session, roles: Sequence[str], kind: str) -> None:
    """DeniedError where a PIN would be all that stands before others' things; at home these are one's own."""
    if kind == "pin" and set(roles) != {"person"} and not ("person" in roles and at_home(session)):
        raise DeniedError("clinicians and administrators need a password", where="kind")
