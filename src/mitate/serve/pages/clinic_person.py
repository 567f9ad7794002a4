"""Pages: one patient: overview, course, model, consent, what is given out, erasure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record import consents
from mitate.record.audit import note
from mitate.record.captures import captures_of, count_captures
from mitate.record.checks import checks_of
from mitate.record.errors import ConflictError
from mitate.record.models_kept import models_of, next_revision, waiting_model
from mitate.record.people import age_on, known_person
from mitate.record.schema import Account
from mitate.record.weights import weights_of
from mitate.serve.pages.chart import course_chart
from mitate.serve.pages.clinic_shown import clinic_page, noted, see_other
from mitate.serve.pages.clinic_states import patients, states_of
from mitate.serve.pages.face_facts import FaceFacts, read_weight
from mitate.serve.service import Service, ServiceHere
from mitate.serve.told.captured import told_of
from mitate.serve.told.course import course_of
from mitate.serve.told.types import CourseView
from mitate.serve.who import WEIGHTY, WEIGHTY_FORM, Clinician, Who, check_person
from mitate.serve.words import Say

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

A_PAGE = 12
PersonId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


def person_page(
    request: Request, template: str, service: Service, who: Who, person_id: str, tab: str, **shown: Any
) -> HTMLResponse:
    """A page of one patient, with her name above and the ways to her other pages."""
    with service.record.database.reading() as session:
        known = known_person(service.record, session, person_id)
    noted(service, who, f"person.{tab}", person_id)
    age = age_on(known.facts, date.today())
    return clinic_page(request, template, who, known=known, facts=known.facts, age=age, tab=tab, **shown)


@router.get("/clinic/people/{person_id}", response_class=HTMLResponse)
def show_person(
    request: Request,
    person_id: PersonId,
    service: ServiceHere,
    who: Clinician,
    at: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Where she stands, her sessions and back checks, and a film of her to send."""
    check_person(who, person_id)
    record = service.record
    with record.database.reading() as session:
        known = known_person(record, session, person_id)
        here = patients(record, session, [known], states_of(request.app))[0]
        total = count_captures(session, person_id, "edema")
        pages = max(1, -(-total // A_PAGE))
        at = min(at, pages)
        films = captures_of(
            record, session, person_id, instrument="edema", skip=(at - 1) * A_PAGE, most=A_PAGE
        )
        last = next((one for one in films if one.state in ("done", "refused", "failed")), None)
        told = None if last is None or at > 1 else told_of(record, session, last, who.language)
        checks = checks_of(record, session, person_id, most=20)
        agreed = {kind: consents.given(session, person_id, kind) for kind in consents.KINDS}
        dry = weights_of(record, session, person_id, kind="dry")
    return person_page(
        request,
        "person.html",
        service,
        who,
        person_id,
        "overview",
        here=here,
        films=films,
        total=total,
        at=at,
        pages=pages,
        told=told,
        told_of_id="" if last is None else last.id,
        checks=checks,
        agreed=agreed,
        dry=dry[-1] if dry else None,
    )


@router.post("/clinic/people/{person_id}/film", response_class=HTMLResponse)
def film_person(
    request: Request,
    person_id: PersonId,
    service: ServiceHere,
    who: Clinician,
    context: Annotated[Literal["pre", "post", "other"], Form()] = "other",
    weight_kg: Annotated[str, Form(max_length=12)] = "",
) -> HTMLResponse:
    """The camera of her own pages, to film her here and now."""
    check_person(who, person_id, "write")
    with service.record.database.reading() as session:
        known_person(service.record, session, person_id)
        consents.need(session, person_id)
    said = read_weight(weight_kg)
    if said.wrong:
        raise InputError("this is no weight in kilograms", where="weight_kg", todo="such as 62.4, or nothing")
    live = service.settings.live and service.live is not None
    told = FaceFacts(context, said.kg)
    facts = {
        "person": person_id,
        "seconds": told.seconds,
        "facts": told.for_upload(),
        "live": "/api/v1/live/face" if live else None,
    }
    return clinic_page(request, "film.html", who, facts=facts, most_mb=service.settings.most_film_mb)


@router.get("/clinic/people/{person_id}/course", response_class=HTMLResponse)
def show_course(request: Request, person_id: PersonId, service: ServiceHere, who: Clinician) -> HTMLResponse:
    """Her course over days, drawn and as a table."""
    check_person(who, person_id)
    with service.record.database.reading() as session:
        view = course_of(service.record, session, person_id, who.language)
    sizes = {} if view is None else {size: _drawn(view, size, who.language) for size in ("wide", "narrow")}
    return person_page(request, "course.html", service, who, person_id, "course", view=view, drawn=sizes)


def _drawn(view: CourseView, size: str, language: str) -> Markup:
    return course_chart(view, Say(language), wide=size == "wide")


@router.get("/clinic/people/{person_id}/model", response_class=HTMLResponse)
def show_model(request: Request, person_id: PersonId, service: ServiceHere, who: Clinician) -> HTMLResponse:
    """Her own model: how good it is, what it learned from, what was left out and why."""
    check_person(who, person_id)
    record = service.record
    with record.database.reading() as session:
        models = models_of(record, session, person_id)
        job = waiting_model(session, person_id, running=True)
        films = {one.id: one for one in captures_of(record, session, person_id, instrument="edema")}
    active = next((one for one in models if one.active), None)
    return person_page(
        request,
        "model.html",
        service,
        who,
        person_id,
        "model",
        model=active,
        before=[one for one in models if one is not active],
        making=job is not None,
        by_id=films,
    )


@router.post("/clinic/people/{person_id}/model")
def make_model(person_id: PersonId, service: ServiceHere, who: Clinician) -> RedirectResponse:
    """Have her model made anew from all her sessions; what waits already is not added twice."""
    check_person(who, person_id, "write")
    with service.record.database.writing() as session:
        if not count_captures(session, person_id, "edema"):
            raise ConflictError(
                "there is no film of the face to learn from", where="model", todo="record a session first"
            )
        if waiting_model(session, person_id) is None:
            service.queue.add(session, "make_model", next_revision(session, person_id), person_id)
            note(session, who.account_id, "model.asked", person_id)
    service.queue.wake()
    return see_other(f"/clinic/people/{person_id}/model")


@router.get("/clinic/people/{person_id}/consent", response_class=HTMLResponse)
def show_consent(request: Request, person_id: PersonId, service: ServiceHere, who: Clinician) -> HTMLResponse:
    """What she agreed to, and who wrote it down when."""
    check_person(who, person_id)
    with service.record.database.reading() as session:
        rows = consents.history(session, person_id)
        agreed = {kind: consents.given(session, person_id, kind) for kind in consents.KINDS}
        names = names_of(service, session, {one.by for one in rows})
    return person_page(
        request,
        "consent.html",
        service,
        who,
        person_id,
        "consent",
        rows=rows[::-1],
        agreed=agreed,
        names=names,
    )


def names_of(service: Service, session: Session, ids: set[str]) -> dict[str, str]:
    """Names of accounts by id; those that are gone are left out."""
    from sqlalchemy import select

    clinic = service.record.vault.clinic
    return {
        row.id: str(clinic.open_json(row.sealed, f"account.sealed {row.id}")["name"])
        for row in session.scalars(select(Account).where(Account.id.in_(ids)))
    }


@router.post("/clinic/people/{person_id}/consent")
def change_consent(
    person_id: PersonId,
    service: ServiceHere,
    who: Clinician,
    kind: Annotated[consents.ConsentKind, Form()],
    agreed: Annotated[Literal["yes", "no"], Form()],
) -> RedirectResponse:
    """Write down a consent that she gave or took back on paper."""
    check_person(who, person_id, "write")
    with service.record.database.writing() as session:
        if agreed == "yes":
            consents.give(session, person_id, kind, who.account_id)
        else:
            consents.take_back(service.record, session, person_id, kind, who.account_id)
    return see_other(f"/clinic/people/{person_id}/consent")


@router.get("/clinic/people/{person_id}/export", response_class=HTMLResponse)
def show_export(request: Request, person_id: PersonId, service: ServiceHere, who: Clinician) -> HTMLResponse:
    """What can be given out of her, and her erasure."""
    check_person(who, person_id)
    return person_page(request, "export.html", service, who, person_id, "export")


@router.get("/clinic/people/{person_id}/erase", response_class=HTMLResponse, dependencies=[WEIGHTY_FORM])
def ask_erase(request: Request, person_id: PersonId, service: ServiceHere, who: Clinician) -> HTMLResponse:
    """What erasing her means, and the word that confirms it."""
    check_person(who, person_id)
    return person_page(request, "erase.html", service, who, person_id, "erase", wrong=False)


@router.post("/clinic/people/{person_id}/erase", response_model=None, dependencies=[WEIGHTY])
def erase_person(
    request: Request,
    person_id: PersonId,
    service: ServiceHere,
    who: Clinician,
    confirm: Annotated[str, Form(max_length=200)],
) -> HTMLResponse:
    """Erase her, where her number (her name, without one) was typed."""
    from mitate.record.erasure import erase

    check_person(who, person_id, "write")
    with service.record.database.reading() as session:
        facts = known_person(service.record, session, person_id).facts
    if confirm.strip() != (facts.number or facts.name):
        answer = person_page(request, "erase.html", service, who, person_id, "erase", wrong=True)
        answer.status_code = 409
        return answer
    done = erase(service.record, person_id, who.account_id)
    return clinic_page(request, "erased.html", who, done=done)
