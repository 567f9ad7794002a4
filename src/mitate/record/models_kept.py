"""Personal models of oedema as they are kept: what each learned from, and how good it was."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from mitate.record.locks import lock_word
from mitate.record.opened import Record
from mitate.record.schema import Capture, Job, PersonalModelRow
from mitate.record.uploads import AddJob
from mitate.record.weights import KnownWeight, NewWeight

__all__ = [
    "KnownModel",
    "active_model",
    "active_row",
    "forget_models_of",
    "learn_anew",
    "make_anew",
    "models_of",
    "next_revision",
    "waiting_model",
]

_NEAR = timedelta(hours=3)  # as `mitate.record.weights.weight_near`


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A personal model.

    Attributes:
        id, person_id, made_at: of its row.
        active: whether estimates are made by it; those before it are kept for what they said.
        facts: as `mitate.serve.work.apart_model.make` tells them: ``quality`` (errors in kg on sessions that
            it was made without), ``sessions`` it learned from, ``left_out`` and why, ``trained_on``.
    """

    id: str
    person_id: str
    made_at: datetime
    active: bool
    facts: dict[str, Any] = field(repr=False)


def models_of(record: Record, session: Session, person_id: str) -> list[KnownModel]:
    """A person's models, the newest first.

    Raises:
        MissingError: no such person.
    """
    key = record.key(session, person_id)
    rows = session.execute(
        select(
            PersonalModelRow.id, PersonalModelRow.made_at, PersonalModelRow.active, PersonalModelRow.sealed
        )
        .where(PersonalModelRow.person_id == person_id)
        .order_by(PersonalModelRow.made_at.desc(), PersonalModelRow.id)
    )
    return [
        KnownModel(
            row.id,
            person_id,
            row.made_at,
            row.active,
            key.open_json(row.sealed, f"personal_model.sealed {row.id}"),
        )
        for row in rows
    ]


def active_model(record: Record, session: Session, person_id: str) -> KnownModel | None:
    """The model that estimates are made by, or None.

    Raises:
        MissingError: no such person.
    """
    return next((one for one in models_of(record, session, person_id) if one.active), None)


def active_row(session: Session, person_id: str) -> PersonalModelRow | None:
    """The row of the model that a person's films are read by now."""
    return session.scalar(
        select(PersonalModelRow)
        .where(PersonalModelRow.person_id == person_id, PersonalModelRow.active)
        .order_by(PersonalModelRow.made_at.desc())
        .limit(1)
    )


def forget_models_of(record: Record, session: Session, person_id: str, capture_id: str) -> int:
    """Delete the models that learned from a film, for the sake of its deletion; how many."""
    gone = [
        one.id
        for one in models_of(record, session, person_id)
        if capture_id in one.facts.get("sessions", ()) or capture_id == one.facts.get("reference")
    ]
    if gone:
        session.execute(delete(PersonalModelRow).where(PersonalModelRow.id.in_(gone)))
    return len(gone)


def waiting_model(session: Session, person_id: str, *, running: bool = False) -> Job | None:
    """A job that will make a model of all that is there, or with `running` that makes one now; or None."""
    states = ("waiting", "running") if running else ("waiting",)
    return session.scalar(
        select(Job)
        .where(Job.kind == "make_model", Job.person_id == person_id, Job.state.in_(states))
        .order_by(Job.created_at.desc())
        .limit(1)
    )


def next_revision(session: Session, person_id: str) -> str:
    """The subject of the next job that makes a person's model: her id and a number."""
    made = select(func.count()).where(Job.kind == "make_model", Job.person_id == person_id)
    number = (session.scalar(made) or 0) + 1
    while session.scalar(
        select(Job.id).where(Job.kind == "make_model", Job.subject == f"{person_id}:{number}")
    ):
        number += 1
    return f"{person_id}:{number}"


def learn_anew(
    add: AddJob, session: Session, person_id: str, weights: Sequence[NewWeight | KnownWeight]
) -> Job | None:
    """Have a person's model made anew because weights came or went, if a film that was read is concerned.

    A weighing concerns films at most three hours before or after it, a dry weight all of them.

    Args:
        add: as `mitate.serve.service.Queue.add`; wake the queue afterwards.
        session: writing.
        person_id: whose.
        weights: that came or went.

    Returns:
        the job, or one that waits already; None where nothing is concerned.
    """
    lock_word(session, f"course {person_id}")  # a film that is read now sees these weights, or is seen here
    read = session.scalars(
        select(Capture.at).where(
            Capture.person_id == person_id, Capture.instrument == "edema", Capture.features.is_not(None)
        )
    )
    films = sorted(read)
    if not films or not any(one.kind == "dry" or _near(films, one.at) for one in weights):
        return None
    return make_anew(add, session, person_id)


def make_anew(add: AddJob, session: Session, person_id: str) -> Job:
    """Have a person's model made of all that is there once this transaction is committed: one job for all.

    A job that waits already will see it too, and is taken; on PostgreSQL its row stays locked until the
    commit, so that no worker begins it before. One that runs may have looked already: another is added.

    Args:
        add: as `mitate.serve.service.Queue.add`; wake the queue afterwards.
        session: writing.
        person_id: whose.
    """
    waits = select(Job).where(Job.kind == "make_model", Job.person_id == person_id, Job.state == "waiting")
    there = session.scalar(waits.order_by(Job.created_at.desc()).limit(1).with_for_update())
    return there or add(session, "make_model", next_revision(session, person_id), person_id)


def _near(films: list[datetime], at: datetime) -> bool:
    place = bisect_left(films, at - _NEAR)
    return place < len(films) and films[place] <= at + _NEAR
