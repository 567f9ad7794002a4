"""REST: a clinician's corrections of causes, and all of them for those who keep the knowledge base."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from mitate.record import feedback
from mitate.record.audit import note
from mitate.record.errors import MissingError
from mitate.record.schema import Check
from mitate.serve.api.errors import ERRORS
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import Clinician, Who, check_person

__all__ = ["router"]

router = APIRouter(tags=["feedback"], responses=ERRORS)

CheckId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="of a back check")]
_ATOM = r"^[a-z][a-z0-9_]*(\([a-z0-9_, ]+\))?$"


class CorrectionGiven(BaseModel):
    """A correction of one cause; `instead` only with the verdict ``wrong``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    cause: str = Field(max_length=120, pattern=_ATOM, examples=["control_impairment(flexion)"])
    verdict: Literal["right", "wrong", "unsure"]
    instead: str | None = Field(default=None, max_length=120, pattern=_ATOM)
    note: str = Field(default="", max_length=feedback.MOST_NOTE)


class CorrectionTold(BaseModel):
    """A correction that was filed."""

    model_config = ConfigDict(extra="forbid")

    id: str
    at: datetime
    by: str
    cause: str
    verdict: Literal["right", "wrong", "unsure"]
    instead: str | None
    note: str
    standing: bool


class CorrectionsTold(BaseModel):
    """All corrections of one check, the earliest first."""

    model_config = ConfigDict(extra="forbid")

    feedback: list[CorrectionTold]


def check_for(service: Service, who: Who, check_id: str, purpose: Literal["read", "write"]) -> str:
    """The person of a check that this account may know of.

    Raises:
        MissingError: no such check, or not its business.
    """
    with service.record.database.reading() as session:
        check = session.get(Check, check_id)
        if check is None:
            raise MissingError("there is no such back check", where="check")
        person_id = check.person_id
    check_person(who, person_id, purpose)
    return person_id


def _told(one: feedback.Correction, standing: bool) -> CorrectionTold:
    return CorrectionTold(
        id=one.id,
        at=one.at,
        by=one.by,
        cause=one.cause,
        verdict=one.verdict,
        instead=one.instead,
        note=one.note,
        standing=standing,
    )


@router.get("/checks/{check_id}/feedback")
def get_feedback(check_id: CheckId, service: ServiceHere, who: Clinician) -> CorrectionsTold:
    """What clinicians said of the causes of one check."""
    person_id = check_for(service, who, check_id, "read")
    with service.record.database.writing() as session:
        found = feedback.corrections(service.record, session, check_id)
        note(session, who.account_id, "feedback.read", person_id, check=check_id)
    standing = {one.id for one in feedback.standing(found)}
    return CorrectionsTold(feedback=[_told(one, one.id in standing) for one in found])


@router.post("/checks/{check_id}/feedback", status_code=201)
def post_feedback(
    check_id: CheckId, given: CorrectionGiven, service: ServiceHere, who: Clinician
) -> CorrectionTold:
    """File a correction of one cause of a concluded check."""
    check_for(service, who, check_id, "write")
    with service.record.database.writing() as session:
        made = feedback.correct(
            service.record,
            session,
            check_id,
            by=who.account_id,
            cause=given.cause,
            verdict=given.verdict,
            instead=given.instead,
            note=given.note,
        )
    return _told(made, True)


@router.get(
    "/feedback.jsonl",
    response_class=PlainTextResponse,
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "one correction a line"}},
)
def export_feedback(service: ServiceHere, who: Clinician) -> PlainTextResponse:
    """All standing corrections as JSON lines without names, for those who keep the knowledge base."""
    who.need("read:people")
    with service.record.database.writing() as session:
        lines = list(feedback.feedback_lines(service.record, session))
        note(session, who.account_id, "feedback.export", n=len(lines))
    return PlainTextResponse(
        "".join(f"{line}\n" for line in lines),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="mitate-feedback.jsonl"'},
    )
