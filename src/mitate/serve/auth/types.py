"""An account as requests see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mitate.record.errors import DeniedError

__all__ = ["COOKIE", "Role", "Who"]

COOKIE = "mitate"
"""The cookie's name without TLS; see `mitate.serve.auth.logins.cookie_name`."""

Role = Literal["person", "clinician", "admin"]


@dataclass(frozen=True, slots=True)
class Who:
    """The account behind a request.

    Attributes:
        account_id, person_id: whose; `person_id` for those who look at themselves.
        roles: of `Role`.
        language: ``en`` or ``ja``.
        name: to greet by.
        csrf: that forms and scripts must give back; empty for a token.
        scopes: of a token, such as ``read:people``; None for a browser, which may all that its roles may.
        confirmed_at: when this browser last proved its PIN, password or passkey; None for a token.
        must_change: somebody else chose the PIN or password; nothing else is open before it is changed.
    """

    account_id: str
    roles: tuple[str, ...]
    person_id: str | None = None
    language: str = "en"
    name: str = ""
    csrf: str = ""
    scopes: frozenset[str] | None = None
    must_change: bool = False
    confirmed_at: datetime | None = None

    def need(self, scope: str) -> None:
        """Raise DeniedError where a token lacks the scope."""
        if self.scopes is not None and scope not in self.scopes:
            raise DeniedError(f"this token lacks the scope {scope}", where="token")

    def need_browser(self) -> None:
        """Raise DeniedError for a token: what changes how one signs in is done by hand."""
        if self.scopes is not None:
            raise DeniedError("this is not open to tokens", where="token", todo="sign in with a browser")
