"""Proving once more who one is, before a step that cannot be undone or that opens more than is open already.

A browser stays signed in for hours or months, and whoever picks it up is taken for its owner. Which steps
need more than that, their routes say (`mitate.serve.who.WEIGHTY`). After OWASP ASVS 4.0, V3.7.1. A token is
not asked: it has the scopes that somebody gave it who had just proven who they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from mitate.record.accounts import account_of, account_told
from mitate.record.audit import note
from mitate.record.errors import DeniedError
from mitate.record.schema import Login, now
from mitate.serve.auth import passkeys
from mitate.serve.auth.entering import device_of, need_room
from mitate.serve.auth.logins import hashed
from mitate.serve.auth.secrets import verify_secret
from mitate.serve.auth.tries import forget, knock
from mitate.serve.auth.types import Who
from mitate.serve.failing import ConfirmNeeded
from mitate.serve.service import Service

__all__ = ["GOOD_FOR", "TO_FILL_IN", "check_confirmed", "confirm", "confirm_by_passkey"]

GOOD_FOR = timedelta(minutes=10)
"""How long after signing in or confirming weighty steps are open."""
TO_FILL_IN = timedelta(minutes=5)
"""What is left of that, at least, when the form of such a step is shown: what is typed is not lost."""


def check_confirmed(
    who: Who, back: str, *, left: timedelta = timedelta(0), typed: bool = False, at: datetime | None = None
) -> None:
    """Let a browser go on that has just proven who uses it, and any token.

    Args:
        who: asks.
        back: the page to come back to, with its query.
        left: how long it has to hold from now on.
        typed: something was sent, and would have to be sent again.
        at: the time, for tests.

    Raises:
        ConfirmNeeded: it is too long ago.
    """
    if who.scopes is not None:
        return
    # Clocks of several servers differ, so that it may be a little ahead; but not by more than it holds.
    if who.confirmed_at is None or abs((at or now()) - who.confirmed_at) > GOOD_FOR - left:
        raise ConfirmNeeded(back, typed)


def confirm(
    service: Service,
    who: Who,
    token: str,
    secret: str,
    address: str,
    cookies: Mapping[str, str] | None = None,
) -> None:
    """Confirm a browser by the account's PIN or password. Wrong tries count as they do when signing in.

    Args:
        service: the app.
        who: is signed in.
        token: of the browser's cookie.
        secret: as typed.
        address: of the network, for the waits.
        cookies: of the browser, by which it may be known.

    Raises:
        DeniedError: it is another one, or the browser was signed out meanwhile.
        TooMany: after too many wrong tries, or while too many others sign in.
    """
    record = service.record
    need_room()
    with record.database.writing() as session:
        account = account_of(session, who.account_id)
        device, login = device_of(service, cookies, account), account_told(record, account).login
        knock(record, session, login, address, device=device)
        known = account.secret
    right = verify_secret(known, secret)
    with record.database.writing() as session:
        if right:
            forget(record, session, login, address, device)
            unchanged = account_of(session, who.account_id).secret == known
            if unchanged and _confirmed(session, who, token):
                note(session, who.account_id, "confirm", who.account_id)
                return
        note(session, who.account_id, "confirm.failed", who.account_id)
    raise DeniedError(
        "this is not the PIN or password of this account", where="confirm", todo="try again, or sign out"
    )


def confirm_by_passkey(
    service: Service, who: Who, token: str, challenge_id: str, credential: dict[str, Any]
) -> None:
    """Confirm a browser by one of the account's own passkeys; DeniedError where it does not hold."""
    database = service.record.database
    with database.writing() as session:
        challenge = passkeys.answered(session, challenge_id, "confirm", who.account_id)
    try:
        with database.writing() as session:
            account = passkeys.signed_in_by(service, session, challenge, credential)
            if account.id != who.account_id or not _confirmed(session, who, token):
                raise DeniedError("this passkey does not open the door", where="passkey")
            note(session, account.id, "confirm.passkey", account.id)
    except DeniedError:
        with database.writing() as session:
            note(session, who.account_id, "confirm.failed", who.account_id, passkey=True)
        raise


def _confirmed(session: Session, who: Who, token: str) -> bool:
    """Write it down for the one browser; False where it was signed out meanwhile."""
    login = session.get(Login, hashed(token))
    if login is None or login.account_id != who.account_id:
        return False
    login.confirmed_at = now()
    return True
