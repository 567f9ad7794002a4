"""Pages: proving once more who one is, before a weighty step, and the way back to it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from mitate.errors import MitateError
from mitate.record.accounts import account_of, account_told
from mitate.serve.auth.confirming import confirm
from mitate.serve.auth.passkeys import list_passkeys, rp_id
from mitate.serve.auth.requests import address_of, cookie_of
from mitate.serve.failing import TooMany, status_of
from mitate.serve.pages.sign_in import local_path, problem_of
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import SignedIn, Who

__all__ = ["left_by", "router"]

router = APIRouter(include_in_schema=False)


def left_by(then: str) -> str:
    """Where somebody goes who leaves the page: above the one that is asked for, which is open without."""
    above = then.partition("?")[0].partition("#")[0].split("/")
    if above[1] == "clinic":
        return "/".join(above[:4])
    return f"/{above[1]}" if above[1] in ("admin", "me") else "/"


@router.get("/confirm")
def confirm_page(
    service: ServiceHere, request: Request, who: SignedIn, then: str = "/", typed: str = ""
) -> Response:
    """The PIN or password once more, or a passkey."""
    return _confirm(service, request, who, local_path(then), typed=typed == "yes")


@router.post("/confirm")
def confirm_done(
    service: ServiceHere,
    request: Request,
    who: SignedIn,
    secret: Annotated[str, Form(max_length=200)],
    then: Annotated[str, Form(max_length=300)] = "/",
) -> Response:
    """On to where it was asked for, or say calmly that it did not fit."""
    onward = local_path(then)
    try:
        confirm(service, who, cookie_of(service, request), secret, address_of(request), request.cookies)
    except TooMany as error:
        answer = _confirm(service, request, who, onward, error)
        answer.headers["Retry-After"] = str(int(error.after_s) + 1)
        return answer
    except MitateError as error:
        if status_of(error) != 403:
            raise
        return _confirm(service, request, who, onward, error)
    return RedirectResponse(onward, 303)


def _confirm(
    service: Service,
    request: Request,
    who: Who,
    then: str,
    error: MitateError | None = None,
    *,
    typed: bool = False,
) -> Response:
    with service.record.database.reading() as session:
        told = account_told(service.record, account_of(session, who.account_id))
        keys = list_passkeys(session, who.account_id)
    late = isinstance(error, TooMany)
    problem = "" if error is None else problem_of(error) if late else "auth.confirm_wrong"
    return page(
        request,
        "auth/confirm.html",
        who=who,
        status=200 if error is None else status_of(error),
        account=told,
        then=then,
        return_to=f"/confirm?then={quote(then)}",
        left_by=left_by(then),
        typed=typed,
        problem=problem,
        minutes=max(1, int(-(-error.after_s // 60))) if isinstance(error, TooMany) else 1,
        passkeys=bool(keys) and rp_id(service.settings) is not None,
    )
