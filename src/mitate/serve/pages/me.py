"""Pages: my own account: PIN or password, passkeys, consents, my data, tokens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from mitate.errors import MitateError
from mitate.record import consents
from mitate.record.accounts import account_of, account_told, sign_out_everywhere
from mitate.record.audit import note
from mitate.serve.auth import passkeys, tokens
from mitate.serve.auth.devices import remember_device
from mitate.serve.auth.entering import change_secret
from mitate.serve.auth.logins import clear_cookie, set_cookie
from mitate.serve.auth.requests import address_of
from mitate.serve.auth.secrets import WeakError, kind_of
from mitate.serve.failing import Crowded, TooMany, status_of
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import WEIGHTY, WEIGHTY_FORM, SignedIn, Who, check_person

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Secret = Annotated[str, Form(max_length=200)]


@router.get("/me")
def me(service: ServiceHere, request: Request, who: SignedIn) -> Response:
    """What belongs to the account."""
    with service.record.database.reading() as session:
        told = account_told(service.record, account_of(session, who.account_id))
        keys = passkeys.list_passkeys(session, who.account_id)
        agreed = {}
        if who.person_id is not None:
            agreed = {kind: consents.given(session, who.person_id, kind) for kind in consents.KINDS}
    return page(
        request,
        "auth/me.html",
        who=who,
        account=told,
        keys=keys,
        agreed=agreed,
        passkeys=passkeys.rp_id(service.settings) is not None,
    )


@router.get("/me/secret")
def secret_page(service: ServiceHere, request: Request, who: SignedIn) -> Response:
    """Another PIN or password."""
    return _secret(service, request, who)


@router.post("/me/secret")
def secret_done(
    service: ServiceHere, request: Request, who: SignedIn, old: Secret, new: Secret, again: Secret
) -> Response:
    """Change it; every other browser is signed out."""
    try:
        if new != again:
            raise WeakError("the two are not the same", "again", "type it again")
        address, cookies = address_of(request), request.cookies
        entered = change_secret(service, who.account_id, old, new, kind_of(new), address, cookies)
    except MitateError as error:
        if status_of(error) not in (403, 422, 429):
            raise
        return _secret(service, request, who, error)
    answer = RedirectResponse("/me?done=secret", 303)
    set_cookie(answer, service.settings, entered.token, entered.span)
    remember_device(answer, service.record.vault, service.settings, request.cookies, entered.account_id)
    return answer


_PROBLEMS = {"old": "auth.wrong_old", "new": "auth.weak_same", "kind": "auth.needs_password"}


def _secret(service: Service, request: Request, who: Who, error: MitateError | None = None) -> Response:
    with service.record.database.reading() as session:
        told = account_told(service.record, account_of(session, who.account_id))
    problem = "" if error is None else _PROBLEMS.get(error.where or "", "auth.did_not_work")
    if isinstance(error, WeakError):
        problem = f"auth.weak_{error.reason}"
    if isinstance(error, TooMany):
        problem = "auth.crowded" if isinstance(error, Crowded) else "auth.too_many"
    minutes = max(1, int(-(-error.after_s // 60))) if isinstance(error, TooMany) else 1
    status = 200 if error is None else status_of(error)
    return page(
        request, "auth/secret.html", who=who, status=status, account=told, problem=problem, minutes=minutes
    )


@router.post("/me/everywhere")
def everywhere(service: ServiceHere, who: SignedIn) -> Response:
    """Sign out in every browser, this one too."""
    who.need_browser()
    with service.record.database.writing() as session:
        sign_out_everywhere(session, who.account_id)
        note(session, who.account_id, "sign_out.everywhere", who.account_id)
    answer = RedirectResponse("/sign-in", 303)
    clear_cookie(answer, service.settings)
    return answer


@router.post("/me/consents")
def agree(
    service: ServiceHere,
    who: SignedIn,
    kind: Annotated[consents.ConsentKind, Form()],
    given: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Agree to one thing, or take it back."""
    if who.person_id is None:
        return RedirectResponse("/me", 303)
    check_person(who, who.person_id, "write")
    with service.record.database.writing() as session:
        if given == "yes":
            consents.give(session, who.person_id, kind, who.account_id)
        else:
            consents.take_back(service.record, session, who.person_id, kind, who.account_id)
    return RedirectResponse("/me#consents", 303)


@router.post("/me/passkeys/{passkey_id}/remove")
def remove_passkey(service: ServiceHere, who: SignedIn, passkey_id: str) -> Response:
    """Take a passkey away."""
    with service.record.database.writing() as session:
        passkeys.remove_passkey(session, who.account_id, passkey_id)
    return RedirectResponse("/me#passkeys", 303)


@router.get("/me/tokens", dependencies=[WEIGHTY_FORM])
def tokens_page(service: ServiceHere, request: Request, who: SignedIn) -> Response:
    """Tokens for programs."""
    return _tokens(service, request, who)


@router.post("/me/tokens", dependencies=[WEIGHTY])
def make_token(
    service: ServiceHere,
    request: Request,
    who: SignedIn,
    label: Annotated[str, Form(max_length=80)],
    scopes: Annotated[list[str] | None, Form(max_length=4)] = None,
    days: Annotated[int, Form(ge=1, le=tokens.MOST_DAYS)] = 90,
) -> Response:
    """Make one and show it once."""
    with service.record.database.writing() as session:
        account = account_of(session, who.account_id)
        made = tokens.make_token(session, account, label, scopes or [], days)
    return _tokens(service, request, who, made.text)


@router.post("/me/tokens/{token_id}/revoke")
def revoke_token(service: ServiceHere, who: SignedIn, token_id: str) -> Response:
    """Take one back."""
    with service.record.database.writing() as session:
        tokens.revoke_token(session, who.account_id, token_id, who.account_id)
    return RedirectResponse("/me/tokens", 303)


def _tokens(service: Service, request: Request, who: Who, fresh: str = "") -> Response:
    with service.record.database.reading() as session:
        rows = tokens.list_tokens(session, who.account_id)
    offered: list[Any] = [
        scope for scope in tokens.SCOPES if "admin" in who.roles or not scope.endswith(":admin")
    ]
    return page(request, "auth/tokens.html", who=who, rows=rows, fresh=fresh, offered=offered)
