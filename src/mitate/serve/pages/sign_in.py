"""Pages: the first start, signing in and out, and where to go from the bare address."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from mitate.errors import MitateError
from mitate.record.schema import Account
from mitate.serve.auth import first
from mitate.serve.auth.devices import remember_device
from mitate.serve.auth.entering import Entered, enter
from mitate.serve.auth.logins import begin_login, clear_cookie, end_login, set_cookie, span_of
from mitate.serve.auth.passkeys import rp_id
from mitate.serve.auth.requests import address_of, cookie_of, place_of, who_asks
from mitate.serve.auth.secrets import WeakError, kind_of
from mitate.serve.auth.types import Who
from mitate.serve.failing import Crowded, SignInNeeded, TooMany, status_of
from mitate.serve.pages import me
from mitate.serve.render import language_of, page
from mitate.serve.service import Service, ServiceHere

__all__ = ["home_of", "local_path", "router"]

router = APIRouter(include_in_schema=False)
router.include_router(me.router)

Name = Annotated[str, Form(max_length=120)]
Secret = Annotated[str, Form(max_length=200)]


_NOTHING = {"name": "", "agrees": False, "code": ""}


def home_of(who: Who) -> str:
    """The page that an account starts from."""
    if "person" in who.roles:
        return "/home"
    return "/clinic" if "clinician" in who.roles else "/admin"


def local_path(path: str) -> str:
    """A path of ours to go on to; ``/`` for whatever could lead elsewhere or straight out again."""
    odd = path.startswith(("//", "/\\", "/sign-", "/first", "/confirm")) or any(ord(c) < 33 for c in path)
    return "/" if odd or not path.startswith("/") or len(path) > 300 else path


@router.get("/")
def start(service: ServiceHere, request: Request) -> Response:
    """Wherever this visitor belongs."""
    try:
        return RedirectResponse(home_of(who_asks(service, request)), 303)
    except SignInNeeded:
        with service.record.database.reading() as session:
            return RedirectResponse("/first" if first.is_new(session) else "/sign-in", 303)


@router.get("/first")
def first_page(
    service: ServiceHere, request: Request, kind: Literal["home", "clinic"] | None = None
) -> Response:
    """The first start: at home or in a clinic, then the first account."""
    with service.record.database.reading() as session:
        if not first.is_new(session):
            return RedirectResponse("/", 303)
        known = first.may_set_up(session, place_of(service, request), "")
    return page(request, "auth/first.html", kind=kind, needs_code=not known, problem="", given=_NOTHING)


@router.post("/first")
def first_done(
    service: ServiceHere,
    request: Request,
    kind: Annotated[Literal["home", "clinic"], Form()],
    name: Name,
    secret: Secret,
    again: Secret,
    code: Annotated[str, Form(max_length=40)] = "",
    agrees: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Make the first account and sign it in."""
    language: Literal["en", "ja"] = "ja" if language_of(request) == "ja" else "en"
    asked = first.SetUp(kind, name, secret, kind_of(secret), language, agrees == "yes")
    try:
        _check_typed(name, secret, again)
        account = first.set_up(service.record, asked, place_of(service, request), code)
    except MitateError as error:
        with service.record.database.reading() as session:
            known = first.may_set_up(session, place_of(service, request), "")
        problem = problem_of(error)
        # shown again only to whoever typed it
        given = {"name": name, "agrees": asked.agrees, "code": "" if problem == "auth.wrong_code" else code}
        return page(
            request,
            "auth/first.html",
            status=status_of(error),
            kind=kind,
            needs_code=not known,
            problem=problem,
            given=given,
        )
    with service.record.database.writing() as session:
        token = begin_login(session, account, cookie_of(service, request))
        span = span_of(session, account.roles)
    return _welcomed(service, request, "/", Entered(account.id, token, span))


def _check_typed(name: str, secret: str, again: str) -> None:
    if not name.strip():
        raise WeakError("a name is needed", "name", "give a name")
    if secret != again:
        raise WeakError("the two are not the same", "again", "type it again")


def problem_of(error: MitateError) -> str:
    """The key of the words that tell an error on these pages."""
    if isinstance(error, WeakError):
        return f"auth.weak_{error.reason}"
    if isinstance(error, TooMany):
        return "auth.crowded" if isinstance(error, Crowded) else "auth.too_many"
    where = {"consent": "auth.needs_consent", "code": "auth.wrong_code", "secret": "auth.needs_password"}
    return where.get(error.where or "", "auth.did_not_work")


@router.get("/sign-in")
def sign_in_page(
    service: ServiceHere, request: Request, then: str = "/", by: Literal["pin", "password"] = "pin"
) -> Response:
    """Name and PIN, or password, or a passkey."""
    with service.record.database.reading() as session:
        if first.is_new(session):
            return RedirectResponse("/first", 303)
    return _sign_in(service, request, local_path(then), by)


@router.post("/sign-in")
def sign_in_done(
    service: ServiceHere,
    request: Request,
    name: Name,
    secret: Secret,
    then: Annotated[str, Form(max_length=300)] = "/",
    by: Annotated[Literal["pin", "password"], Form()] = "pin",
) -> Response:
    """Sign in, or say calmly that it did not fit."""
    onward = local_path(then)
    try:
        before = cookie_of(service, request)
        entered = enter(service, name, secret, address_of(request), before, request.cookies)
    except TooMany as error:
        answer = _sign_in(service, request, onward, by, name, problem_of(error), error)
        answer.headers["Retry-After"] = str(int(error.after_s) + 1)
        return answer
    except MitateError as error:
        if status_of(error) != 403:
            raise
        return _sign_in(service, request, onward, by, name, "auth.does_not_fit", error)
    return _welcomed(service, request, onward, entered)


def _sign_in(
    service: Service,
    request: Request,
    then: str,
    by: str,
    name: str = "",
    problem: str = "",
    error: MitateError | None = None,
) -> Response:
    wait = -(-error.after_s // 60) if isinstance(error, TooMany) else 0
    return page(
        request,
        "auth/sign_in.html",
        status=200 if error is None else status_of(error),
        then=then,
        by=by,
        name=name,
        problem=problem,
        minutes=int(max(1, wait)),
        passkeys=rp_id(service.settings) is not None,
    )


def _welcomed(service: Service, request: Request, then: str, entered: Entered) -> Response:
    with service.record.database.reading() as session:
        account = session.get(Account, entered.account_id)
    answer = RedirectResponse(then, 303)
    set_cookie(answer, service.settings, entered.token, entered.span)
    remember_device(answer, service.record.vault, service.settings, request.cookies, entered.account_id)
    if account is not None:
        answer.set_cookie(
            "language",
            account.language,
            max_age=int(entered.span.whole.total_seconds()),
            samesite="lax",
            secure=service.settings.secure,
            httponly=True,
        )
    return answer


@router.get("/sign-out")
def sign_out_page(service: ServiceHere, request: Request) -> Response:
    """A button, because following a link changes nothing."""
    try:
        who = who_asks(service, request)
    except SignInNeeded:
        return RedirectResponse("/sign-in", 303)
    return page(request, "auth/sign_out.html", who=who)


@router.post("/sign-out")
def sign_out(service: ServiceHere, request: Request) -> Response:
    """Sign this browser out."""
    with service.record.database.writing() as session:
        end_login(session, cookie_of(service, request))
    answer = RedirectResponse("/sign-in", 303)
    clear_cookie(answer, service.settings)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
