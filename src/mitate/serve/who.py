"""Who asks: the account behind a request, and what it may know of."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Request, WebSocket

from mitate.record.errors import DeniedError, MissingError
from mitate.serve.auth.confirming import TO_FILL_IN, check_confirmed
from mitate.serve.auth.requests import who_asks
from mitate.serve.auth.types import Role, Who
from mitate.serve.failing import ChangeNeeded
from mitate.serve.service import Service, ServiceHere

__all__ = [
    "WEIGHTY",
    "WEIGHTY_FORM",
    "Admin",
    "Clinician",
    "Role",
    "SignedIn",
    "Who",
    "check_person",
    "who_may",
]

Purpose = Literal["read", "write"]
_OPEN_BEFORE_CHANGE = ("/me/secret", "/sign-out", "/language")


def _signed_in(service: ServiceHere, request: Request = None, websocket: WebSocket = None) -> Who:  # type: ignore[assignment]
    return who_may(service, request or websocket)


def who_may(service: Service, asked: Request | WebSocket) -> Who:
    """The account behind a request, where it may ask for this at all.

    Raises:
        SignInNeeded: nobody is signed in, or not any more.
        ChangeNeeded: a PIN or password that somebody else chose is to be changed first.
        DeniedError: a token without the scope.
    """
    who = asked.state.who = who_asks(service, asked)
    if who.must_change and asked.url.path not in _OPEN_BEFORE_CHANGE:
        raise ChangeNeeded
    _need_scope(who, asked)
    return who


def _need_scope(who: Who, request: Request | WebSocket) -> None:
    """A token needs the scope that fits method and path, before anything is looked up."""
    reads = request.scope.get("method", "GET") in ("GET", "HEAD")
    thing = "admin" if request.url.path.startswith("/api/v1/admin/") else "people"
    who.need(f"{'read' if reads else 'write'}:{thing}")


SignedIn = Annotated[Who, Depends(_signed_in)]
"""Whoever is signed in, by cookie or token; else 401, or on a page the way to sign in."""


def _clinician(who: SignedIn) -> Who:
    if "clinician" not in who.roles:
        raise DeniedError("this is for clinicians", where="account")
    return who


def _admin(who: SignedIn) -> Who:
    if "admin" not in who.roles:
        raise DeniedError("this is for administrators", where="account")
    return who


Clinician = Annotated[Who, Depends(_clinician)]
Admin = Annotated[Who, Depends(_admin)]


def _weighty(request: Request, who: SignedIn) -> None:
    path, file = request.url.path, request.method == "GET"  # a file lies on the page above it
    check_confirmed(who, path.rpartition("/")[0] if file else path, typed=not file)


def _weighty_form(request: Request, who: SignedIn) -> None:
    query = f"?{request.url.query}" if request.url.query else ""
    check_confirmed(who, f"{request.url.path}{query}", left=TO_FILL_IN)


WEIGHTY = Depends(_weighty)
"""Of a route's ``dependencies``: a step that cannot be undone, or opens more than is open already.

A browser that has not just proven who uses it is led to ``/confirm``, and back to the form on the same path;
on the API it is told 403 with the reason ``confirm``.
"""
WEIGHTY_FORM = Depends(_weighty_form)
"""The same of the page with such a step's form: it is asked for before anything is typed."""


def check_person(who: Who, person_id: str, purpose: Purpose = "read") -> None:
    """Let an account go on to what belongs to a person: its own, or any for a clinician.

    Every route that touches a person's things calls this first, with the person that the row itself names.

    Raises:
        MissingError: not its business; told as if there were no such person.
        DeniedError: a token without the scope.
    """
    who.need(f"{purpose}:people")
    if "clinician" in who.roles or (who.person_id == person_id and "person" in who.roles):
        return
    raise MissingError("there is no such person", where="person")
