"""Pages: administration: the whole at a glance, accounts, tokens, the audit trail."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from mitate.errors import MitateError
from mitate.record.accounts import account_of, account_told, list_accounts
from mitate.record.audit import note, verify
from mitate.record.people import all_people
from mitate.record.trail import actions_known, rows_of
from mitate.serve.auth import giving, tokens
from mitate.serve.auth.secrets import WeakError
from mitate.serve.failing import status_of
from mitate.serve.overview import overview
from mitate.serve.pages import admin_backup, admin_faces, admin_record
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.told import audited
from mitate.serve.trail_asked import RowsAsked, query_of
from mitate.serve.who import WEIGHTY, WEIGHTY_FORM, Admin, Who, check_person

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
router.include_router(admin_record.router)
router.include_router(admin_backup.router)
router.include_router(admin_faces.router)

Text = Annotated[str, Form(max_length=120)]
Secret = Annotated[str, Form(max_length=200)]
Role = Literal["person", "clinician", "admin"]


@router.get("/admin")
def show_overview(service: ServiceHere, request: Request, who: Admin) -> Response:
    """The whole at a glance."""
    return page(request, "admin/overview.html", who=who, seen=overview(service))


@router.get("/admin/people", dependencies=[WEIGHTY_FORM])
def show_accounts(service: ServiceHere, request: Request, who: Admin) -> Response:
    """Who can sign in."""
    return _accounts(service, request, who)


@router.post("/admin/people", dependencies=[WEIGHTY])
def add_account(
    service: ServiceHere,
    request: Request,
    who: Admin,
    login: Text,
    secret: Secret,
    roles: Annotated[list[Role] | None, Form(max_length=3)] = None,
    person: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Another account: a clinician's or administrator's, or one for a person who is in the record."""
    if person:
        if "clinician" not in who.roles:
            return RedirectResponse("/admin/people", 303)
        check_person(who, person, "write")
    chosen = ("person",) if person else tuple(role for role in roles or () if role != "person")
    given = giving.Given(login, login, chosen, secret, who.language, person or None)
    try:
        giving.give_account(service, who.account_id, given)
    except MitateError as error:
        if status_of(error) not in (403, 409, 422):
            raise
        return _accounts(service, request, who, error, login)
    return RedirectResponse("/admin/people", 303)


def _problem(error: MitateError | None) -> str:
    if error is None:
        return ""
    if isinstance(error, WeakError):
        return f"auth.weak_{error.reason}"
    places = {"login": "admin.login_taken", "roles": "admin.needs_roles", "kind": "auth.needs_password"}
    return {**places, "account": "admin.last_administrator"}.get(error.where or "", "auth.did_not_work")


def _accounts(
    service: Service, request: Request, who: Who, error: MitateError | None = None, login: str = ""
) -> Response:
    with service.record.database.reading() as session:
        accounts = list_accounts(service.record, session)
        people = all_people(service.record, session) if "clinician" in who.roles else []
    with_account = {one.person_id for one in accounts}
    return page(
        request,
        "admin/people.html",
        who=who,
        status=200 if error is None else status_of(error),
        accounts=accounts,
        people=[one for one in people if one.id not in with_account],
        problem=_problem(error),
        login=login,
    )


@router.get("/admin/people/{account_id}", dependencies=[WEIGHTY_FORM])
def show_account(service: ServiceHere, request: Request, who: Admin, account_id: str) -> Response:
    """One account."""
    return _account(service, request, who, account_id)


def _account(
    service: Service, request: Request, who: Who, account_id: str, error: MitateError | None = None
) -> Response:
    with service.record.database.reading() as session:
        told = account_told(service.record, account_of(session, account_id))
    status = 200 if error is None else status_of(error)
    return page(request, "admin/account.html", who=who, status=status, account=told, problem=_problem(error))


@router.post("/admin/people/{account_id}", dependencies=[WEIGHTY])
def change_account(
    service: ServiceHere,
    request: Request,
    who: Admin,
    account_id: str,
    what: Annotated[Literal["roles", "disable", "enable", "secret", "remove"], Form()],
    roles: Annotated[list[Role] | None, Form(max_length=3)] = None,
    secret: Secret = "",
) -> Response:
    """Change roles, forbid or allow to sign in, give another first secret, or take the account away."""
    by = who.account_id
    try:
        if what == "roles":
            giving.change_account(service, by, account_id, roles=roles or [])
        elif what == "secret":
            giving.give_secret(service, by, account_id, secret)
        elif what == "remove":
            giving.take_account(service, by, account_id)
            return RedirectResponse("/admin/people", 303)
        else:
            giving.change_account(service, by, account_id, disabled=what == "disable")
    except MitateError as error:
        if status_of(error) not in (403, 409, 422):
            raise
        return _account(service, request, who, account_id, error)
    return RedirectResponse(f"/admin/people/{account_id}", 303)


@router.get("/admin/audit")
def show_audit(
    service: ServiceHere,
    request: Request,
    who: Admin,
    asked: RowsAsked,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    check: bool = False,
) -> Response:
    """Who did what when."""
    with service.record.database.reading() as session:
        rows = rows_of(session, asked, before, 50)
        names = {one.id: one.name for one in list_accounts(service.record, session)}
        verdict = verify(session) if check else None
        actions = actions_known(session)
    return page(
        request,
        "admin/audit.html",
        who=who,
        rows=rows,
        names=names,
        verdict=verdict,
        actions=actions,
        asked=query_of(asked),
        again=urlencode({name: word for name, word in query_of(asked).items() if word}),
        action_told=audited.action_told,
        actor_told=audited.actor_told,
        details_told=audited.details_told,
    )


@router.get("/admin/tokens")
def show_tokens(service: ServiceHere, request: Request, who: Admin) -> Response:
    """Everybody's tokens."""
    with service.record.database.reading() as session:
        rows = tokens.list_tokens(session)
        names = {one.id: one.name for one in list_accounts(service.record, session)}
    return page(request, "admin/tokens.html", who=who, rows=rows, names=names)


@router.post("/admin/tokens/{token_id}/revoke")
def revoke_token(service: ServiceHere, who: Admin, token_id: str) -> Response:
    """Take anybody's token back."""
    with service.record.database.writing() as session:
        tokens.revoke_token(session, who.account_id, token_id)
        note(session, who.account_id, "token.revoked_by_admin", token_id)
    return RedirectResponse("/admin/tokens", 303)
