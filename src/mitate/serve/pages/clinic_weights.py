"""Pages: a patient's weights and dry weights, entered and deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from mitate.errors import InputError
from mitate.record.errors import MissingError
from mitate.record.models_kept import learn_anew
from mitate.record.weights import NewWeight, add_weight, delete_weight, far_off, get_weight, weights_of
from mitate.serve.failing import status_of
from mitate.serve.pages.clinic_person import PersonId, person_page
from mitate.serve.pages.clinic_shown import see_other
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import Clinician, Who, check_person

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

WeightId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.get("/clinic/people/{person_id}/weights", response_class=HTMLResponse)
def show_weights(request: Request, person_id: PersonId, service: ServiceHere, who: Clinician) -> HTMLResponse:
    """Her weights and dry weights, and a form for another."""
    check_person(who, person_id)
    return _weights_page(request, service, who, person_id)


def _weights_page(
    request: Request,
    service: Service,
    who: Who,
    person_id: str,
    typed: dict[str, str] | None = None,
    error: InputError | None = None,
) -> HTMLResponse:
    with service.record.database.reading() as session:
        rows = weights_of(service.record, session, person_id)
    dry = next((one for one in reversed(rows) if one.kind == "dry"), None)
    now = f"{datetime.now().astimezone():%Y-%m-%dT%H:%M}"
    nothing = {"kg": "", "at": now, "kind": "weight", "context": ""}
    shown = {
        "rows": rows[::-1],
        "dry": dry,
        "typed": typed or nothing,
        "error": error,
        "far": isinstance(error, _FarError),
    }
    answer = person_page(request, "weights.html", service, who, person_id, "weights", **shown)
    answer.status_code = 200 if error is None else status_of(error)
    return answer


@router.post("/clinic/people/{person_id}/weights", response_model=None)
def enter_weight(
    request: Request,
    person_id: PersonId,
    service: ServiceHere,
    who: Clinician,
    kg: Annotated[str, Form(max_length=12)],
    at: Annotated[str, Form(max_length=30)],
    kind: Annotated[Literal["weight", "dry"], Form()] = "weight",
    context: Annotated[Literal["pre", "post", "other"], Form()] = "other",
    sure: Annotated[bool, Form()] = False,
) -> HTMLResponse | RedirectResponse:
    """Write a weight down; what cannot be one, or hardly, is shown again, beside what is wrong with it."""
    check_person(who, person_id, "write")
    try:
        weight = NewWeight(_moment(at), _kilograms(kg), kind, "other" if kind == "dry" else context)
        with service.record.database.writing() as session:
            known = () if sure else weights_of(service.record, session, person_id)
            if usual := far_off(((one.at, one.kg) for one in known), weight.at, weight.kg):
                raise _FarError(f"far from what this person weighs otherwise, {usual:g} kg", where="kg")
            add_weight(service.record, session, person_id, weight, who.account_id)
            learn_anew(service.queue.add, session, person_id, [weight])
    except InputError as error:
        typed = {"kg": kg, "at": at, "kind": kind, "context": context}
        return _weights_page(request, service, who, person_id, typed, error)
    service.queue.wake()
    return see_other(f"/clinic/people/{person_id}/weights")


class _FarError(InputError):
    """A weight that can be, and hardly is: whoever enters it is asked."""


def _kilograms(text: str) -> float:
    from mitate.record.csv_words import kg_of

    found = kg_of(text)
    if isinstance(found, str):
        what, _, todo = found.partition("; ")
        raise InputError(what, where="kg", todo=todo or None)
    return found


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo is not None else found.astimezone()  # as the clinic's clock has it
    except (ValueError, OverflowError) as error:  # a year 1 has no local time
        raise InputError("this is no time", where="at", todo="such as 2026-11-22T09:30") from error


@router.post("/clinic/people/{person_id}/weights/{weight_id}/delete")
def remove_weight(
    person_id: PersonId, weight_id: WeightId, service: ServiceHere, who: Clinician
) -> RedirectResponse:
    """Delete a weight that was entered by mistake."""
    check_person(who, person_id, "write")
    with service.record.database.writing() as session:
        known = get_weight(service.record, session, weight_id)
        if known.person_id != person_id:
            raise MissingError("there is no such weight", where="weight")
        delete_weight(session, weight_id, who.account_id)
        learn_anew(service.queue.add, session, person_id, [known])
    service.queue.wake()
    return see_other(f"/clinic/people/{person_id}/weights")
