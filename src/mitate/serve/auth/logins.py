"""Browsers that are signed in: random tokens of which only a hash is kept, cookies, and how long they last.

After OWASP's session management cheat sheet: a fresh token at every sign-in, idle and absolute ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.orm import Session
from starlette.responses import Response

from mitate.record.schema import Account, Login, Setting, now
from mitate.serve.auth.types import COOKIE
from mitate.serve.settings import Settings

__all__ = [
    "Span",
    "at_home",
    "begin_login",
    "clear_cookie",
    "cookie_name",
    "end_login",
    "hashed",
    "set_cookie",
    "span_of",
]


@dataclass(frozen=True, slots=True)
class Span:
    """How long a browser stays signed in: `idle` since it was last used, `whole` since it signed in."""

    idle: timedelta
    whole: timedelta


_OWN_PHONE = Span(timedelta(days=90), timedelta(days=365))
_AT_WORK = Span(timedelta(hours=12), timedelta(days=7))


def span_of(session: Session, roles: Sequence[str]) -> Span:
    """A person's own phone 90 days; who sees others' things 12 hours, unless the record is kept at home."""
    if set(roles) == {"person"}:
        return _OWN_PHONE
    return _OWN_PHONE if "person" in roles and at_home(session) else _AT_WORK


def at_home(session: Session) -> bool:
    """Whether the record is a family's own, with one account for everything."""
    first = session.get(Setting, "first")
    return first is not None and first.value.get("kind") == "home"


def hashed(token: str) -> bytes:
    """What is kept of a token: its SHA-256 (tokens are random, so that no slower hash is needed)."""
    return sha256(token.encode()).digest()


def begin_login(session: Session, account: Account, before: str = "", at: datetime | None = None) -> str:
    """Sign a browser in; the token for its cookie.

    Args:
        session: a writing transaction.
        account: whose.
        before: the token that the browser came with; it is worth nothing afterwards.
        at: the time, for tests.
    """
    moment = at or now()
    session.execute(delete(Login).where((Login.expires_at < moment) | (Login.token_hash == hashed(before))))
    token = secrets.token_urlsafe(32)
    session.add(
        Login(
            token_hash=hashed(token),
            account_id=account.id,
            csrf=secrets.token_urlsafe(32),
            created_at=moment,
            last_at=moment,
            confirmed_at=moment,
            expires_at=moment + span_of(session, account.roles).idle,
        )
    )
    return token


def keep_alive(session: Session, login: Login, account: Account, at: datetime) -> None:
    """It was used: its end moves on, up to the whole span."""
    span = span_of(session, account.roles)
    login.last_at = at
    login.expires_at = min(at + span.idle, login.created_at + span.whole)


def end_login(session: Session, token: str) -> None:
    """Sign one browser out."""
    session.execute(delete(Login).where(Login.token_hash == hashed(token)))


def cookie_name(settings: Settings) -> str:
    """``__Host-mitate`` over TLS (RFC 6265bis: this host only, secure, whole site); else `COOKIE`."""
    return f"__Host-{COOKIE}" if settings.secure else COOKIE


def set_cookie(response: Response, settings: Settings, token: str, span: Span) -> None:
    """Give a browser its token."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(span.whole.total_seconds()),
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="strict",
    )


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take it back."""
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.secure, httponly=True, samesite="strict"
    )
