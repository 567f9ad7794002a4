"""REST: how far a job is."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mitate.record.errors import MissingError
from mitate.record.schema import Job
from mitate.serve.api.errors import ERRORS
from mitate.serve.jobs.times import seconds_left
from mitate.serve.service import ServiceHere
from mitate.serve.who import SignedIn, check_person

__all__ = ["router"]

router = APIRouter(tags=["jobs"])


class JobTold(BaseModel):
    """A job."""

    model_config = ConfigDict(extra="forbid")

    id: str
    kind: str
    subject: str = Field(description="the film or check that it is about")
    state: Literal["waiting", "running", "done", "failed"]
    stage: str = Field(description="a stable word")
    progress: float = Field(ge=0, le=1)
    seconds_left: float | None = Field(description="an estimate")
    error: str | None = Field(description="a stable word for what went wrong the last time")
    created_at: AwareDatetime
    finished_at: AwareDatetime | None


@router.get("/jobs/{job}", responses=ERRORS)
def tell(job: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], service: ServiceHere, who: SignedIn) -> JobTold:
    """How far a job is."""
    with service.record.database.reading() as session:
        row = session.get(Job, job)
        if row is None:
            raise MissingError("there is no such job", where="job")
        if row.person_id is not None:
            check_person(who, row.person_id)
        elif "admin" not in who.roles:
            raise MissingError("there is no such job", where="job")
        return JobTold(
            id=row.id,
            kind=row.kind,
            subject=row.subject,
            state=_state(row.state),
            stage=row.stage,
            progress=row.progress,
            seconds_left=seconds_left(session, row),
            error=row.error,
            created_at=row.created_at,
            finished_at=row.finished_at,
        )


def _state(text: str) -> Literal["waiting", "running", "done", "failed"]:
    match text:
        case "waiting" | "running" | "done":
            return text
        case _:
            return "failed"
