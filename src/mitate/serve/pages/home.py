"""Pages: where a person starts, and the language of all pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record import settings
from mitate.record.captures import captures_of
from mitate.record.opened import Record
from mitate.record.people import get_person
from mitate.record.schema import Account
from mitate.serve.auth.requests import who_asks
from mitate.serve.failing import SignInNeeded
from mitate.serve.pages.face_told import FilmTold, film_told, is_simulated
from mitate.serve.render import page
from mitate.serve.service import ServiceHere
from mitate.serve.who import SignedIn, check_person
from mitate.serve.words import LANGUAGES, Say

__all__ = ["Call", "router", "whom_to_call"]

router = APIRouter(include_in_schema=False)
_YEAR_S = 365 * 24 * 3600
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Call:
    """Whom a person calls: a name, a number as it is written, and the same for ``tel:``."""

    name: str
    phone: str

    @property
    def dial(self) -> str:
        """The digits of the number."""
        return "".join(one for one in self.phone if one in "+0123456789")


def whom_to_call(record: Record, session: Session, person_id: str) -> Call | None:
    """Whom a person calls when unwell: her own contact, else the clinic's; None where none is set."""
    facts = get_person(record, session, person_id)
    if facts.call_name or facts.call_phone:
        return Call(facts.call_name, facts.call_phone)
    clinic = settings.get(session, "clinic")
    name, phone = str(clinic["call_name"] or clinic["name"]), str(clinic["call_phone"])
    return Call(name, phone) if name or phone else None


@router.get("/home")
def home(service: ServiceHere, who: SignedIn, request: Request) -> Response:
    """Two things to do, the last result in one line, what is on its way, whom to call."""
    if who.person_id is None:
        return RedirectResponse("/clinic" if "clinician" in who.roles else "/admin", 303)
    check_person(who, who.person_id)
    record, person_id = service.record, who.person_id
    with record.database.reading() as session:
        films = captures_of(record, session, person_id, instrument="edema", most=_LOOKED_AT)
        told = [film_told(record, session, film, who.language) for film in films]
        call = whom_to_call(record, session, person_id)
    last = next((one for one in told if one.state == "done"), None)
    return page(
        request,
        "face/home.html",
        who=who,
        hour=datetime.now().hour,
        last=last,
        simulated=last is not None and is_simulated(last.told, Say(who.language)),
        coming=[one for one in told if one.on_its_way],
        refused=_newest_refused(told),
        call=call,
        person=person_id,
    )


def _newest_refused(told: list[FilmTold]) -> FilmTold | None:
    """The newest film where it was not read: a newer one that was makes it old news."""
    return told[0] if told and told[0].state in ("refused", "failed") else None


@router.post("/language")
def choose_language(
    service: ServiceHere,
    request: Request,
    language: Annotated[str, Form(max_length=5)],
    then: Annotated[str, Form(max_length=300)] = "/",
) -> Response:
    """The language of all pages: kept in a cookie, and with the account of those who are signed in."""
    if language not in LANGUAGES:
        raise InputError("there is no such language", where="language", todo="choose en or ja")
    try:
        who = who_asks(service, request)
    except SignInNeeded:
        who = None
    if who is not None and who.language != language:
        with service.record.database.writing() as session:
            account = session.get(Account, who.account_id)
            if account is not None:
                account.language = language
    # Only a path of ours: "//host" and "/\host" would lead elsewhere.
    ours = then.startswith("/") and not then.startswith(("//", "/\\")) and then.isprintable()
    answer = RedirectResponse(then if ours else "/", 303)
    answer.set_cookie(
        "language", language, max_age=_YEAR_S, samesite="lax", secure=service.settings.secure, httponly=True
    )
    return answer
