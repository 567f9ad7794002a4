"""REST: weights."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from mitate.record.csv_in import apply, new_weights, read_csv
from mitate.record.errors import DeniedError
from mitate.record.models_kept import learn_anew
from mitate.record.weights import NewWeight, add_weight, delete_weight, get_weight, weights_of
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.noting import note_reading
from mitate.serve.api.shapes import Given, PersonId, TableBody, Time, Told, WeightId
from mitate.serve.api.tables import ImportTold, LeaveOut, Preview, imported
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import Clinician, SignedIn, Who, check_person

__all__ = ["router"]

router = APIRouter(tags=["weights"], responses=ERRORS)

Kind = Literal["weight", "dry"]


class WeightGiven(Given):
    """A weight in kilograms: as weighed, or a dry weight that counts from that day on."""

    at: Time
    kg: float = Field(ge=20, le=350)
    kind: Kind = "weight"
    context: Literal["pre", "post", "other"] = "other"


class WeightTold(Told):
    """A weight of the record."""

    id: str
    at: datetime
    kg: float
    kind: Kind
    context: Literal["pre", "post", "other"]
    source: str


class WeightsTold(Told):
    """A person's weights, the oldest first."""

    weights: list[WeightTold]


@router.get("/people/{person}/weights")
def get_weights(
    service: ServiceHere,
    who: SignedIn,
    person: PersonId,
    kind: Annotated[Kind | None, Query(description="of this kind only")] = None,
) -> WeightsTold:
    """A person's weights and dry weights."""
    check_person(who, person)
    with service.record.database.reading() as session:
        known = weights_of(service.record, session, person, kind=kind)
    note_reading(service, who, "weights.read", person)
    return WeightsTold(weights=[WeightTold.model_validate(one) for one in known])


@router.post("/people/{person}/weights", status_code=201)
def post_weight(service: ServiceHere, who: SignedIn, person: PersonId, given: WeightGiven) -> WeightTold:
    """Write a weight down; a dry weight is set by a clinician."""
    check_person(who, person, "write")
    if given.kind == "dry" and "clinician" not in who.roles:
        raise DeniedError("a dry weight is set by a clinician", where="kind", todo="ask your clinic")
    weight = NewWeight(given.at, given.kg, given.kind, given.context)
    with service.record.database.writing() as session:
        weight_id = add_weight(service.record, session, person, weight, who.account_id)
        told = WeightTold.model_validate(get_weight(service.record, session, weight_id))
        learn_anew(service.queue.add, session, person, [weight])
    service.queue.wake()
    return told


@router.delete("/weights/{weight}", status_code=204)
def delete_one(service: ServiceHere, who: SignedIn, weight: WeightId) -> Response:
    """Delete a weight; who is no clinician, her own only, as she wrote it herself."""
    with service.record.database.writing() as session:
        known = get_weight(service.record, session, weight)
        check_person(who, known.person_id, "write")
        if "clinician" not in who.roles and known.by != who.account_id:
            raise DeniedError("the clinic wrote this weight down", where="weight", todo="ask your clinic")
        delete_weight(session, weight, who.account_id)
        learn_anew(service.queue.add, session, known.person_id, [known])
    service.queue.wake()
    return Response(status_code=204)


@router.post("/weights/import")
def post_table(
    service: ServiceHere,
    who: Clinician,
    table: TableBody,
    preview: Preview = True,
    leave_out: LeaveOut = False,
) -> ImportTold:
    """Look at a table of weights by people's numbers, or with ``preview=false`` add them: all or none."""
    return _import(service, who, table, None, preview, leave_out)


@router.post("/people/{person}/weights/import")
def post_table_of(
    service: ServiceHere,
    who: Clinician,
    person: PersonId,
    table: TableBody,
    preview: Preview = True,
    leave_out: LeaveOut = False,
) -> ImportTold:
    """As for all people, for a table that is all of one person."""
    check_person(who, person, "write")
    return _import(service, who, table, person, preview, leave_out)


def _import(
    service: Service, who: Who, table: bytes, person: str | None, preview: bool, leave_out: bool
) -> ImportTold:
    record = service.record
    if preview:
        with record.database.reading() as session:
            return imported(read_csv(record, session, table, "weights", person), None)
    with record.database.writing() as session:
        found = read_csv(record, session, table, "weights", person)
        applied = apply(record, session, found, who.account_id, leave_out_refused=leave_out)
        for person_id, weights in new_weights(found).items():
            learn_anew(service.queue.add, session, person_id, weights)
    service.queue.wake()
    return imported(found, applied)
