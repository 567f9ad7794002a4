"""Requests that another site makes a browser send: refused in one place, before any route.

Two ways at once, after OWASP's cheat sheet: where the browser says the request comes from (``Origin``,
``Sec-Fetch-Site``), and a token that only our own pages know (header ``X-CSRF-Token`` or field ``csrf``).
"""

from __future__ import annotations

import hmac
from urllib.parse import parse_qs, urlsplit

from fastapi import Request, WebSocket

from mitate.record.errors import DeniedError
from mitate.record.schema import Login
from mitate.serve.auth.logins import hashed
from mitate.serve.auth.requests import bearer_of, cookie_of
from mitate.serve.service import Service

__all__ = ["SAFE", "check_origin", "check_token", "needs_token", "token_in_form"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""


def check_origin(service: Service, request: Request | WebSocket) -> None:
    """Refuse what another site's page sends; what is no browser says nothing and passes.

    Raises:
        DeniedError: the request comes from elsewhere.
    """
    elsewhere = DeniedError("this request comes from another site", where="request", todo="use our own page")
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise elsewhere
    origin = request.headers.get("origin")
    if origin is None or origin in service.settings.all_origins:
        return
    if urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        raise elsewhere


def needs_token(service: Service, request: Request) -> bool:
    """Whether this request must bring the token: it changes something, and comes with the cookie."""
    if request.method in SAFE or bearer_of(request) is not None:
        return False
    return cookie_of(service, request) != ""


def check_token(service: Service, request: Request, given: str) -> None:
    """Whether the token fits the cookie's login. A cookie that is worth nothing passes: it opens nothing.

    Raises:
        DeniedError: it does not.
    """
    with service.record.database.reading() as session:
        login = session.get(Login, hashed(cookie_of(service, request)))
    if login is not None and not hmac.compare_digest(login.csrf.encode(), given.encode()):
        raise DeniedError(
            "the page's own sign is missing or old", where="csrf", todo="load the page again and repeat"
        )


async def token_in_form(request: Request, body: bytes) -> str:
    """The field ``csrf`` of a form's body; empty where there is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=1000)
        return fields.get("csrf", [""])[0]
    if kind == "multipart/form-data":
        async with request.form(max_files=4, max_fields=100) as form:
            found = form.get("csrf")
            return found if isinstance(found, str) else ""
    return ""
