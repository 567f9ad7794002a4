"""Claims on jobs in the table, which is the truth: whoever holds the lease may write what came of it.

A claim carries a word of its own (a fencing token): everything written for it is written only where the row
still carries that word, so that a worker that was thought dead and comes back changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Update, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from mitate.record.schema import Job, now
from mitate.serve.work.kinds import Task

__all__ = [
    "LEASE_S",
    "Claim",
    "claim",
    "claimable",
    "finish",
    "give_up",
    "hand_back",
    "is_over",
    "renew",
    "running",
]

LEASE_S = 60.0
"""A worker that has not been heard of for so long is thought dead."""
_RECENT = timedelta(hours=1)
_FAR = timedelta(hours=3)
"""No job waits, and no lease holds, for so long: a time beyond was written while the clock was wrong."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that one worker holds.

    Attributes:
        task: what is to be done.
        word: that its row carries as long as the claim holds.
        attempts: how often it went wrong before.
        interrupted: how often its worker was killed before.
    """

    task: Task
    word: str
    attempts: int = 0
    interrupted: int = 0


def claim(session: Session, word: str, kinds: Collection[str], lease_s: float = LEASE_S) -> Claim | None:
    """Claim the job whose turn it is, in one statement, or None where there is none.

    It is the turn of whoever has fewest jobs running, then of whom nothing was begun within the hour or
    longest ago, then of the oldest job: who sends forty films does not keep the next person waiting.
    """
    one, other = aliased(Job), aliased(Job)
    hers = select(func.count()).where(other.person_id == one.person_id, other.state == "running")
    last = select(func.max(other.started_at)).where(
        other.person_id == one.person_id, other.started_at > now() - _RECENT
    )
    turn = (
        select(one.id)
        .where(*_ready(one, kinds))
        .order_by(
            hers.correlate(one).scalar_subquery(),
            last.correlate(one).scalar_subquery().nulls_first(),
            one.created_at,
            one.id,
        )
        .limit(1)
        .with_for_update(skip_locked=True, of=one)  # PostgreSQL; SQLite has one writer at a time
        .scalar_subquery()
    )
    taken = (
        update(Job)
        .where(Job.id == turn, Job.state == "waiting")
        .values(
            state="running",
            worker=word,
            lease_until=now() + timedelta(seconds=lease_s),
            started_at=now(),
            progress=0.0,
            stage="",
        )
        .returning(Job.id, Job.kind, Job.subject, Job.person_id, Job.attempts, Job.interrupted)
        .execution_options(synchronize_session=False)
    )
    row = session.execute(taken).first()
    if row is None:
        return None
    return Claim(Task(row.id, row.kind, row.subject, row.person_id), word, row.attempts, row.interrupted)


def claimable(session: Session, kinds: Collection[str]) -> int:
    """How many jobs could be claimed now."""
    return session.scalar(select(func.count()).select_from(Job).where(*_ready(Job, kinds))) or 0


def renew(session: Session, held: Claim, stage: str, progress: float, lease_s: float = LEASE_S) -> bool:
    """Write that a claim's worker lives, and how far it is; False where the claim is lost."""
    until = now() + timedelta(seconds=lease_s)
    values = {"lease_until": until, "stage": stage[:40], "progress": min(max(progress, 0.0), 1.0)}
    return _changed(session, _held(held).values(**values))


def finish(session: Session, held: Claim) -> bool:
    """Mark as done, in the transaction that writes what came of it; False where the claim is lost."""
    done = {"state": "done", "progress": 1.0, "error": None, "finished_at": now(), "lease_until": None}
    return _changed(session, _held(held).values(**done))


def give_up(session: Session, held: Claim, error: str) -> bool:
    """Mark as failed for good; False where the claim is lost."""
    failed = {"state": "failed", "error": error[:40], "finished_at": now(), "lease_until": None}
    return _changed(session, _held(held).values(attempts=Job.attempts + 1, **failed))


def hand_back(
    session: Session,
    held: Claim,
    *,
    error: str | None = None,
    killed: bool = False,
    not_before: datetime | None = None,
) -> bool:
    """Let a job wait again; False where the claim is lost.

    Args:
        session: writing.
        held: the claim.
        error: a stable word where it went wrong, which counts as an attempt.
        killed: whether its worker was killed, which counts too.
        not_before: when it may be claimed again.
    """
    values: dict[str, Any] = {"state": "waiting", "worker": None, "lease_until": not_before, "stage": ""}
    if error is not None:
        values |= {"attempts": Job.attempts + 1, "error": error[:40]}
    if killed:
        values |= {"interrupted": Job.interrupted + 1}
    return _changed(session, _held(held).values(progress=0.0, **values))


def running(session: Session) -> list[tuple[Claim, datetime]]:
    """All claims that are held, by whomever, and until when."""
    rows = session.scalars(select(Job).where(Job.state == "running"))
    return [
        (
            Claim(Task(r.id, r.kind, r.subject, r.person_id), r.worker or "", r.attempts, r.interrupted),
            r.lease_until or r.created_at,
        )
        for r in rows
    ]


def is_over(until: datetime) -> bool:
    """Whether a lease until then holds no more."""
    moment = now()
    return not moment <= until <= moment + _FAR


def _ready(job: Any, kinds: Collection[str]) -> tuple[Any, ...]:
    moment = now()
    waited = or_(job.lease_until.is_(None), job.lease_until < moment, job.lease_until > moment + _FAR)
    return (job.state == "waiting", job.kind.in_(sorted(kinds)), waited)


def _held(held: Claim) -> Update:
    return (
        update(Job)
        .where(Job.id == held.task.id, Job.worker == held.word, Job.state == "running")
        .execution_options(synchronize_session=False)
    )


def _changed(session: Session, statement: Update) -> bool:
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1
