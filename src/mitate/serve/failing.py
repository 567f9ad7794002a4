"""Errors on their way out: the library's own become statuses and plain words, anything else says nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from mitate.errors import InputError, MitateError, RefusalError
from mitate.record.errors import ConflictError, DeniedError, FullError, MissingError, RecordError
from mitate.serve.render import language_of, page
from mitate.serve.told.refused import refusal_told
from mitate.serve.troubles import in_words
from mitate.serve.words import Say

__all__ = [
    "AtTheDoor",
    "ChangeNeeded",
    "ConfirmNeeded",
    "Crowded",
    "HostError",
    "MethodError",
    "SignInNeeded",
    "SlowError",
    "TooLargeError",
    "TooMany",
    "answer_error",
    "answer_unforeseen",
    "handle_errors",
    "status_of",
    "told_of",
]

_STATUS: tuple[tuple[type[MitateError], int], ...] = (
    (MissingError, 404),
    (ConflictError, 409),
    (DeniedError, 403),
    (FullError, 507),
    (RecordError, 503),
    (RefusalError, 422),
    (InputError, 422),
)
# In the same words whatever was asked for: "no such film" beside "no such person" would tell a stranger
# which of them there is.
_NOWHERE: dict[str, Any] = {
    "kind": "MissingError",
    "what": "there is no such thing, or it is not yours to see",
    "where": "request",
    "todo": None,
}


class AtTheDoor(MitateError):
    """Something wrong with a request before any route sees it; told by `status`."""

    status = 400


class TooLargeError(AtTheDoor):
    """A body is larger than what is taken here."""

    status = 413


class SlowError(AtTheDoor):
    """A body does not come to its end."""

    status = 408


class MethodError(AtTheDoor):
    """No method that is known here."""

    status = 405


class HostError(AtTheDoor):
    """The request was meant for another host."""

    status = 421


class SignInNeeded(AtTheDoor):
    """Nobody is signed in."""

    status = 401

    def __init__(self) -> None:
        super().__init__("nobody is signed in", where="request", todo="sign in, or give a token")


class ChangeNeeded(DeniedError):
    """The PIN or password was given by somebody else, and must be changed before anything else."""

    def __init__(self) -> None:
        super().__init__("choose your own PIN or password first", where="account", todo="see /me/secret")


class ConfirmNeeded(DeniedError):
    """The browser is to prove once more who uses it; `mitate.serve.auth.confirming`.

    Attributes:
        back: the page to go to afterwards, with its query.
        typed: something was sent, and is to be sent again.
    """

    reason = "confirm"

    def __init__(self, back: str, typed: bool) -> None:
        self.back, self.typed = back, typed
        super().__init__(
            "this step needs your PIN, password or passkey once more",
            where="sign-in",
            todo="open /confirm in this browser, then try again",
        )

    def as_dict(self) -> dict[str, str | None]:
        return {**super().as_dict(), "reason": self.reason}

    @property
    def page(self) -> str:
        """Where it is asked for."""
        return f"/confirm?then={quote(self.back)}{'&typed=yes' if self.typed else ''}"


class TooMany(AtTheDoor):
    """Too many requests or tries; `after_s` seconds until the next."""

    status = 429

    def __init__(self, what: str, after_s: float) -> None:
        self.after_s = after_s
        super().__init__(what, where="request", todo=f"try again in {after_s:.0f} seconds")


class Crowded(TooMany):
    """Many come at once; whoever is told so did nothing wrong."""


def status_of(error: MitateError) -> int:
    """The HTTP status that tells an error."""
    if isinstance(error, AtTheDoor):
        return error.status
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def told_of(error: MitateError, request: Request) -> dict[str, Any]:
    """What an answer says of an error; of anything that is missing or not one's business, always the same.

    Args:
        error: of ours.
        request: that it answers, for the reader's language.
    """
    return _in_words(dict(_NOWHERE) if isinstance(error, MissingError) else error.as_dict(), request)


def _in_words(told: dict[str, Any], request: Request) -> dict[str, Any]:
    """With `told`: a sentence for people in the language of whoever asks, as the pages' scripts show it."""
    say = Say(language_of(request))
    if told["kind"] == "RefusalError":
        refused = refusal_told(told, "", say)
        return {**told, "told": f"{refused.headline} {refused.advice[0]}"}
    said = in_words(say, str(told["what"]), told["todo"], str(told["kind"]))
    return {**told, "told": said.unescape()}


def handle_errors(app: FastAPI) -> None:
    """Errors of ours as JSON on the API, as pages elsewhere; others pass on to the guard."""
    app.add_exception_handler(MitateError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _answer(
    request: Request, status: int, told: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": told if "told" in told else _in_words(told, request)}, status, headers)
    answer = page(request, "failed.html", status=status, error=told)
    answer.headers.update(headers or {})
    return answer


def _ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, MitateError):  # registered for these only
        raise error
    return answer_error(request, error)


def answer_error(request: Request, error: MitateError) -> Response:
    """The answer that tells an error of ours."""
    if isinstance(error, SignInNeeded) and not request.url.path.startswith("/api/"):
        return RedirectResponse(f"/sign-in?then={request.url.path}", 303)
    if isinstance(error, ChangeNeeded) and not request.url.path.startswith("/api/"):
        return RedirectResponse("/me/secret", 303)
    if isinstance(error, ConfirmNeeded) and not request.url.path.startswith("/api/"):
        return RedirectResponse(error.page, 303)
    headers = {"Retry-After": str(int(error.after_s) + 1)} if isinstance(error, TooMany) else {}
    if isinstance(error, SignInNeeded):
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(request, status_of(error), told_of(error, request), headers)


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):  # registered for these only
        raise error
    first, page_asked = error.errors()[0], not request.url.path.startswith("/api/")
    if page_asked and first["loc"][0] == "path":
        return _answer(request, 404, dict(_NOWHERE))
    where = ".".join(str(part) for part in first["loc"])
    told = {"kind": "InputError", "what": str(first["msg"]), "where": where, "todo": "see /api/v1/docs"}
    if page_asked:
        told["kind"] = "RequestValidationError"
    return _answer(request, 422, told)


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # registered for these only
        raise error
    told = {"kind": "HTTPError", "what": str(error.detail), "where": "request", "todo": None}
    return _answer(request, error.status_code, told, dict(error.headers or {}))


def answer_unforeseen(request: Request) -> Response:
    """The answer where something is wrong with mitate itself."""
    told = {
        "kind": "Bug",
        "what": "something went wrong in mitate",
        "where": "server",
        "todo": "please report it",
    }
    return _answer(request, 500, told)
