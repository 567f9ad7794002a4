"""Pages: the list of patients, and of those with an alarm."""

from __future__ import annotations

import math
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select

from mitate.record.audit import note
from mitate.record.people import all_people, find_people
from mitate.record.schema import Account, now
from mitate.serve.pages.clinic_shown import clinic_page, noted, see_other
from mitate.serve.pages.clinic_states import Patient, mark_seen, patients, states_of
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import Clinician, check_person

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

A_PAGE = 25
Order = Literal["attention", "kg", "last", "name"]
State = Literal["all", "alarm", "seen", "look", "no_model", "calm", "nothing"]
PersonId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
CaptureId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.get("/clinic", response_class=HTMLResponse)
def show_list(
    request: Request,
    service: ServiceHere,
    who: Clinician,
    q: Annotated[str, Query(max_length=120)] = "",
    order: Order = "attention",
    state: State = "all",
    at: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """All patients, or those who stand alike: first who needs attention, unless asked otherwise."""
    found = _standing(request, service, q)
    rows = _ordered([one for one in found if state in ("all", one.standing)], order)
    pages = max(1, -(-len(rows) // A_PAGE))
    at = min(at, pages)
    noted(service, who, "people.listed", "", shown=len(rows))
    return clinic_page(
        request,
        "list.html",
        who,
        rows=rows[(at - 1) * A_PAGE : at * A_PAGE],
        total=len(rows),
        alarms=sum(1 for one in found if one.alarm is not None and one.alarm.seen_by is None),
        counts={name: sum(one.standing == name for one in found) for name in get_args(State)[1:]},
        q=q,
        order=order,
        state=state,
        at=at,
        pages=pages,
        pending=sum(one.pending for one in found),
    )


def _standing(request: Request, service: Service, q: str = "") -> list[Patient]:
    record, states = service.record, states_of(request.app)
    with record.database.reading() as session:
        everybody = all_people(record, session)
        states.only({one.id for one in everybody})
        return patients(record, session, find_people(everybody, q) if q.strip() else everybody, states)


def _ordered(found: list[Patient], order: Order) -> list[Patient]:
    if order == "name":
        return found
    if order == "kg":
        return sorted(found, key=lambda one: math.inf if one.kg is None else -one.kg)
    newest = sorted(found, key=lambda one: 0.0 if one.last_at is None else -one.last_at.timestamp())
    return newest if order == "last" else sorted(newest, key=lambda one: one.attention)


@router.get("/clinic/alarms", response_class=HTMLResponse)
def show_alarms(request: Request, service: ServiceHere, who: Clinician) -> HTMLResponse:
    """Patients whose alarm is on, those that nobody has seen yet first."""
    everybody = _standing(request, service)
    found = [one for one in everybody if one.alarm is not None]
    rows = sorted(found, key=lambda one: (one.attention, -_probability(one)))
    by = {one.alarm.seen_by for one in rows if one.alarm is not None and one.alarm.seen_by}
    with service.record.database.reading() as session:
        clinic = service.record.vault.clinic
        names = {
            row.id: clinic.open_json(row.sealed, f"account.sealed {row.id}")["name"]
            for row in session.scalars(select(Account).where(Account.id.in_(by)))
        }
    with service.record.database.writing() as session:
        for one in rows:
            note(session, who.account_id, "alarm.read", one.known.id)
    pending = sum(one.pending for one in everybody)
    return clinic_page(request, "alarms.html", who, rows=rows, names=names, pending=pending)


def _probability(one: Patient) -> float:
    return 0.0 if one.alarm is None else one.alarm.probability


@router.post("/clinic/alarms/{person_id}/{capture_id}/seen")
def see_alarm(
    person_id: PersonId, capture_id: CaptureId, service: ServiceHere, who: Clinician
) -> RedirectResponse:
    """Say that somebody has seen an alarm."""
    check_person(who, person_id, "write")
    with service.record.database.writing() as session:
        mark_seen(service.record, session, person_id, capture_id, who.account_id, now())
    return see_other("/clinic/alarms")
