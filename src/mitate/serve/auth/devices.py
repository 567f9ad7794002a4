"""Browsers that an account was signed in with before: wrong tries from elsewhere make them wait for nothing.

Whoever knows a name could otherwise keep its owner out by trying in vain without an end. A browser that was
let in is given a mark, kept with it for a year, that says so and opens nothing; its tries are counted apart.
After "Slow Down Online Guessing Attacks with Device Cookies" (OWASP).
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping

from starlette.responses import Response

from mitate.record.vault import Vault
from mitate.serve.settings import Settings

__all__ = ["device_cookie", "known_device", "remember_device"]

_NAME = "mitate-known"
_YEAR_S = 365 * 24 * 3600
_MOST = 12  # accounts of one browser, such as a ward's tablet; the earliest is forgotten
_WORD = re.compile(r"[A-Za-z0-9_-]{22}(\.[0-9a-f]{32}){1,12}", re.ASCII)


def device_cookie(settings: Settings) -> str:
    """The name of its cookie; over TLS bound to this host (RFC 6265bis)."""
    return f"__Host-{_NAME}" if settings.secure else _NAME


def known_device(vault: Vault, settings: Settings, cookies: Mapping[str, str], account_id: str) -> str:
    """The browser's own word where this account was signed in with it before; else nothing."""
    word, marks = _read(settings, cookies)
    mark = _mark(vault, word, account_id)
    return word if account_id and any(hmac.compare_digest(mark, one) for one in marks) else ""


def remember_device(
    response: Response, vault: Vault, settings: Settings, cookies: Mapping[str, str], account_id: str
) -> None:
    """Give the browser the mark of an account that it has just been signed in to."""
    word, marks = _read(settings, cookies)
    word = word or secrets.token_urlsafe(16)
    mark = _mark(vault, word, account_id)
    kept = [*(one for one in marks if one != mark), mark][-_MOST:]
    response.set_cookie(
        device_cookie(settings),
        ".".join((word, *kept)),
        max_age=_YEAR_S,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="strict",
    )


def _read(settings: Settings, cookies: Mapping[str, str]) -> tuple[str, list[str]]:
    told = cookies.get(device_cookie(settings), "")
    if _WORD.fullmatch(told) is None:
        return "", []
    word, *marks = told.split(".")
    return word, marks


def _mark(vault: Vault, word: str, account_id: str) -> str:
    return vault.index(f"device {word} of {account_id}")[:16].hex()
