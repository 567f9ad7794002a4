"""REST: personal models."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session

from mitate.record.audit import note
from mitate.record.captures import count_captures
from mitate.record.errors import ConflictError
from mitate.record.models_kept import KnownModel, models_of, next_revision, waiting_model
from mitate.record.schema import Job
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.noting import note_reading
from mitate.serve.api.shapes import PersonId, Told
from mitate.serve.jobs.times import seconds_left
from mitate.serve.service import ServiceHere
from mitate.serve.who import Clinician, SignedIn, check_person

__all__ = ["router"]

router = APIRouter(tags=["models"], responses=ERRORS)


class QualityTold(Told):
    """How far off a model was, in kg, in sessions that it was made without, each in turn.

    `n` sessions; mean absolute error with its 95 % interval; mean error; the share of sessions inside their
    90 % interval; and the mean absolute error of always saying the mean of the other sessions.
    """

    n: int
    mae_kg: float
    mae_low_kg: float
    mae_high_kg: float
    bias_kg: float
    coverage_90: float
    guess_mae_kg: float


class LeftOutTold(Told):
    """A session that a model could not learn from, and a stable word why."""

    capture: str
    reason: str


class ModelTold(Told):
    """A personal model: what it learned from and how good it is; `quality` is None for too few sessions."""

    id: str
    made_at: datetime
    active: bool
    trained_on: str
    n_labelled: int
    sessions: list[str]
    left_out: list[LeftOutTold]
    dry_weight: str | None
    quality: QualityTold | None


class ModelJobTold(Told):
    """The job that makes a model."""

    id: str
    state: str
    stage: str
    progress: float
    seconds_left: float | None


class ModelsTold(Told):
    """The model that estimates are made by, those before it, and the job that makes the next, if any."""

    active: ModelTold | None
    before: list[ModelTold]
    job: ModelJobTold | None


@router.get("/people/{person}/model")
def get_model(service: ServiceHere, who: SignedIn, person: PersonId) -> ModelsTold:
    """A person's model and how good it is."""
    check_person(who, person)
    with service.record.database.reading() as session:
        known = [_told(one) for one in models_of(service.record, session, person)]
        making = waiting_model(session, person, running=True)
        job = None if making is None else _job(session, making)
    note_reading(service, who, "model.read", person)
    return ModelsTold(
        active=next((one for one in known if one.active), None),
        before=[one for one in known if not one.active],
        job=job,
    )


@router.post("/people/{person}/model", status_code=202)
def post_model(service: ServiceHere, who: Clinician, person: PersonId) -> ModelJobTold:
    """Make a person's model anew, of all her sessions so far; what waits already is not added twice."""
    check_person(who, person, "write")
    with service.record.database.writing() as session:
        service.record.key(session, person)
        if not count_captures(session, person, "edema"):
            raise ConflictError(
                "there is no film of the face to learn from", where="model", todo="record a session first"
            )
        job = waiting_model(session, person)
        if job is None:
            job = service.queue.add(session, "make_model", next_revision(session, person), person)
            note(session, who.account_id, "model.asked", person)
        told = _job(session, job)
    service.queue.wake()
    return told


def _job(session: Session, job: Job) -> ModelJobTold:
    return ModelJobTold(
        id=job.id,
        state=job.state,
        stage=job.stage,
        progress=job.progress,
        seconds_left=seconds_left(session, job),
    )


def _told(one: KnownModel) -> ModelTold:
    facts: dict[str, Any] = one.facts
    quality = facts.get("quality")
    return ModelTold(
        id=one.id,
        made_at=one.made_at,
        active=one.active,
        trained_on=facts.get("trained_on", ""),
        n_labelled=facts.get("n_labelled", 0),
        sessions=list(facts.get("sessions", [])),
        left_out=[LeftOutTold(**left) for left in facts.get("left_out", [])],
        dry_weight=facts.get("dry_weight"),
        quality=None if quality is None else QualityTold(**quality),
    )
