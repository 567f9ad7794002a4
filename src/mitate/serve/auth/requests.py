"""From a request's cookie or token to the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fastapi import Request, WebSocket
from sqlalchemy.orm import Session

from mitate.record.accounts import account_told
from mitate.record.errors import FullError
from mitate.record.schema import Account, Login, Token, now
from mitate.serve.auth.logins import cookie_name, hashed, keep_alive
from mitate.serve.auth.tokens import token_account, used_lately
from mitate.serve.auth.types import COOKIE, Who
from mitate.serve.failing import SignInNeeded
from mitate.serve.service import Service

__all__ = ["COOKIE", "address_of", "bearer_of", "cookie_of", "place_of", "who_asks"]

_KEPT_ALIVE_EVERY = timedelta(minutes=5)
_OF_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def address_of(request: Request | WebSocket) -> str:
    """The network address that a request comes from."""
    return "" if request.client is None else request.client.host


def place_of(service: Service, request: Request | WebSocket) -> str:
    """The address, where it is the asker's own for sure; nothing where a proxy hands requests on.

    For whom it matters to be on this very machine: behind a proxy everybody would be.
    """
    handed_on = any(name in request.headers for name in _OF_PROXIES)
    return "" if service.settings.fronted or handed_on else address_of(request)


def cookie_of(service: Service, request: Request | WebSocket) -> str:
    """The token in the cookie, or nothing."""
    return request.cookies.get(cookie_name(service.settings), "")


def bearer_of(request: Request | WebSocket) -> str | None:
    """The token of ``Authorization: Bearer`` (RFC 6750); None without that header, and on pages."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and request.url.path.startswith("/api/") else None


def who_asks(service: Service, request: Request | WebSocket) -> Who:
    """The account that a request comes from: by its token if it brings one, else by its cookie.

    Raises:
        SignInNeeded: no valid cookie or token.
    """
    bearer = bearer_of(request)
    who, stale = _by_token(service, bearer) if bearer is not None else _by_cookie(service, request)
    if stale is not None:
        _used(service, stale)
    return who


def _by_cookie(service: Service, request: Request | WebSocket) -> tuple[Who, Login | None]:
    token, moment = cookie_of(service, request), now()
    with service.record.database.reading() as session:
        login = session.get(Login, hashed(token)) if token else None
        account = None if login is None else session.get(Account, login.account_id)
        if login is None or account is None or login.expires_at <= moment or account.disabled:
            raise SignInNeeded
        who = replace(_who(service, account, csrf=login.csrf), confirmed_at=login.confirmed_at)
        return who, login if moment - login.last_at > _KEPT_ALIVE_EVERY else None


def _by_token(service: Service, text: str) -> tuple[Who, Token | None]:
    with service.record.database.reading() as session:
        found = token_account(session, text)
        if found is None:
            raise SignInNeeded
        row, account = found
        who = _who(service, account, scopes=frozenset(row.scopes))
        return who, None if used_lately(row, now()) else row


def _who(service: Service, account: Account, csrf: str = "", scopes: frozenset[str] | None = None) -> Who:
    told = account_told(service.record, account)
    return Who(
        account.id,
        told.roles,
        account.person_id,
        account.language,
        told.name,
        csrf,
        scopes,
        told.must_change,
    )


def _used(service: Service, row: Login | Token) -> None:
    try:
        with service.record.database.writing() as session:
            _write_use(session, row)
    except FullError:
        return  # a full disk must not sign anybody out: what can be read can still be read


def _write_use(session: Session, row: Login | Token) -> None:
    if isinstance(row, Token):
        token = session.get(Token, row.id)
        if token is not None:
            token.last_at = now()
        return
    login = session.get(Login, row.token_hash)
    account = None if login is None else session.get(Account, login.account_id)
    if login is not None and account is not None:
        keep_alive(session, login, account, now())
