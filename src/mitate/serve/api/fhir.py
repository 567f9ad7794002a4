"""REST: a person's things as FHIR R4B or R5."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from mitate.record.audit import note
from mitate.record.everything import everything_of
from mitate.serve.api.errors import ERRORS
from mitate.serve.service import ServiceHere
from mitate.serve.who import SignedIn, check_person

__all__ = ["router"]

router = APIRouter(tags=["fhir"], responses=ERRORS)

_TYPE = "application/fhir+json"


@router.get(
    "/fhir/{release}/people/{person_id}",
    response_class=Response,
    responses={200: {"description": "A Bundle of type collection.", "content": {_TYPE: {}}}},
)
def fhir_bundle(
    release: Literal["R4B", "R5"],
    person_id: Annotated[str, Path(max_length=32)],
    service: ServiceHere,
    who: SignedIn,
) -> Response:
    """Everything of a person that FHIR has a place for, validated by fhir.resources."""
    from mitate.record.fhir import bundle, validated

    check_person(who, person_id)
    with service.record.database.writing() as session:
        everything = everything_of(service.record, session, person_id)
        note(session, who.account_id, "export", person_id, form=f"fhir {release}")
    return Response(validated(bundle(everything, release), release), media_type=_TYPE)
