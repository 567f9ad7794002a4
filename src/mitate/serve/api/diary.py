"""REST: the diary of a back check's exercises: what was done, how it was, what the coach saw."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from mitate.record.checks import add_session
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.shapes import Given
from mitate.serve.pages.back_asking import check_of, noted
from mitate.serve.service import ServiceHere
from mitate.serve.who import SignedIn

__all__ = ["router"]

router = APIRouter(tags=["checks"], responses=ERRORS)

CheckId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="of a back check")]
_Name = Annotated[str, Field(pattern="^[a-z0-9_]{2,60}$")]
_Share = Annotated[float, Field(ge=0, le=1)]
_Seconds = Annotated[float, Field(ge=0, le=100_000)]
_Count = Annotated[int, Field(ge=0, le=10_000)]


class CoachedSet(Given):
    """A set that the coach watched, as it tells it at its end; seconds, and shares of the time or of 1.

    `set` is a random word of the client's: the same again is written once.
    """

    set: str = Field(pattern="^[0-9a-f]{32}$")
    repetitions: _Count = 0
    left: _Count | None = None
    right: _Count | None = None
    target: _Count = 0
    held_s: _Seconds = 0.0
    target_s: _Seconds = 0.0
    duration_s: _Seconds = 0.0
    range_share: float | None = Field(default=None, ge=0, le=100)
    unseen_share: _Share | None = None
    faults: dict[_Name, _Share] = Field(default_factory=dict, max_length=20)


class SessionDone(Given):
    """One exercise on one day; sent again for the same day and exercise, it adds to what was said."""

    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-23"])
    exercise: str = Field(pattern="^[a-z0-9_]{2,60}$")
    done: float | None = Field(default=None, ge=0, le=10_000)
    pain_before: float | None = Field(default=None, ge=0, le=10)
    pain_after: float | None = Field(default=None, ge=0, le=10)
    effort: float | None = Field(default=None, ge=0, le=10, description="0 none, 10 as hard as can be")
    settled_next_day: bool | None = None
    stop_sign: str | None = Field(default=None, pattern="^[a-z0-9_]{2,60}$")
    coach: CoachedSet | None = None


@router.post("/checks/{check_id}/diary", status_code=201)
def post_session(check_id: CheckId, given: SessionDone, service: ServiceHere, who: SignedIn) -> SessionDone:
    """Write an exercise that was done into the diary."""
    check = check_of(service, who, check_id, "write")
    entry: dict[str, Any] = given.model_dump(exclude_none=True)
    with service.record.database.writing() as session:
        add_session(service.record, session, check_id, entry)
        noted(session, who, "check.diary", check)
    return given
