"""How every error is told on the API, for routes' ``responses=`` and so for OpenAPI."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["ERRORS", "ErrorAnswer", "ErrorTold"]


class ErrorTold(BaseModel):
    """What went wrong.

    `reason` is a stable word for programs, where there is one; `told` says it to people, in the language of
    the account, else of the cookie ``language`` or of Accept-Language.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str
    what: str
    where: str | None
    todo: str | None
    reason: str | None = None
    told: str | None = None


class ErrorAnswer(BaseModel):
    """The body of every answer that tells an error."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorTold


_MEANINGS = {
    400: "the request cannot be understood",
    401: "nobody is signed in",
    403: "this account or token may not do this; or (reason confirm) the browser is to be confirmed first",
    404: "there is no such thing, or none that this account may know of",
    409: "it cannot be done in the present state",
    413: "the body is too large",
    415: "the body is of another kind than what is taken here",
    422: "a value that cannot be used",
    429: "too many requests or tries; Retry-After says when to come again",
    503: "the database does not answer",
    507: "the disk is full or read-only; what was saved before is as it was",
}

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": meaning} for status, meaning in _MEANINGS.items()
}
"""For ``responses=ERRORS`` of a router or a route."""
