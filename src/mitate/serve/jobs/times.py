"""How long jobs take: a running estimate by kind, and the seconds left until one is done."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mitate.record import settings
from mitate.record.schema import Job, now

__all__ = ["GUESS_S", "Progress", "learn", "progress_of", "seconds_left"]

_KEY = "job seconds"
_NEW = 0.2  # share of the newest in the estimate, so that a slower machine shows within some jobs
_LEAST_S = 1.0
GUESS_S = 30.0
"""Of a kind that was never done here."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        state: waiting, running, done or failed.
        stage: a stable word of its work.
        progress: 0 to 1.
        seconds_left: an estimate, None where it is over.
    """

    state: str
    stage: str
    progress: float
    seconds_left: float | None


def learn(session: Session, kind: str, seconds: float) -> None:
    """Take in how long a job took, in the transaction that marks it as done."""
    known = settings.get(session, _KEY, {})
    before = known.get(kind, seconds)
    try:
        with session.begin_nested():
            settings.put(session, _KEY, {**known, kind: round(before + _NEW * (seconds - before), 3)})
    except IntegrityError:  # another worker writes the very first estimate at this moment: one is enough
        return


def seconds_left(session: Session, job: Job) -> float | None:
    """Seconds until a job is likely to be done; None where it is over.

    Jobs that are before it count with the time of their kind, shared by as many workers as there are jobs
    running.
    """
    if job.state not in ("waiting", "running"):
        return None
    known = settings.get(session, _KEY, {})
    own = float(known.get(job.kind, GUESS_S))
    if job.state == "running":
        ran = (now() - (job.started_at or now())).total_seconds()
        by_pace = ran * (1 - job.progress) / job.progress if job.progress > 0.2 else own - ran
        return max(_LEAST_S, min(by_pace, 10 * own))
    before = select(Job.kind, func.count()).where(Job.state == "waiting", Job.created_at < job.created_at)
    ahead = sum(
        number * float(known.get(kind, GUESS_S))
        for kind, number in session.execute(before.group_by(Job.kind))
    )
    workers = session.scalar(select(func.count()).where(Job.state == "running")) or 0
    begun = own / 2 if workers else 0.0  # those at work are half done, by and large
    return max(_LEAST_S, begun + ahead / max(1, workers) + own)


def progress_of(session: Session, subject: str, kind: str | None = None) -> Progress | None:
    """How far the newest job of a capture or check is; None where there is none."""
    asked = select(Job).where(Job.subject == subject).order_by(Job.created_at.desc()).limit(1)
    job = session.scalar(asked if kind is None else asked.where(Job.kind == kind))
    if job is None:
        return None
    return Progress(job.state, job.stage, job.progress, seconds_left(session, job))
