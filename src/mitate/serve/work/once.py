"""Every waiting job done here and now, one after the other: for tests, and to drive the app by hand."""

from __future__ import annotations

from sqlalchemy import select

from mitate.errors import MitateError
from mitate.record.schema import Job, now
from mitate.serve.service import Service
from mitate.serve.work.kinds import FAILED, WORK, Task

__all__ = ["run_waiting"]

_TRIES = 3
_MOST = 1000


def run_waiting(service: Service) -> int:
    """Claim and do waiting jobs until there are none, those included that jobs hand in.

    Returns:
        How many were done or given up.
    """
    for number in range(_MOST):
        task = _claimed(service)
        if task is None:
            return number
        _run(service, task)
    return _MOST


def _claimed(service: Service) -> Task | None:
    with service.record.database.writing() as session:
        job = session.scalar(select(Job).where(Job.state == "waiting").order_by(Job.created_at).limit(1))
        if job is None:
            return None
        job.state, job.attempts, job.worker = "running", job.attempts + 1, "once"
        return Task(job.id, job.kind, job.subject, job.person_id)


def _run(service: Service, task: Task) -> None:
    error = ""
    for _ in range(_TRIES):
        try:
            finish = WORK[task.kind](service, task, lambda stage, share: None)
        except MitateError as failed:
            error = type(failed).__name__
            continue
        with service.record.database.writing() as session:
            finish(session)
            _mark(session.get_one(Job, task.id), "done", None)
        return
    with service.record.database.writing() as session:
        FAILED[task.kind](service, session, task, error)
        _mark(session.get_one(Job, task.id), "failed", error)


def _mark(job: Job, state: str, error: str | None) -> None:
    job.state, job.error, job.finished_at = state, error, now()
    if state == "done":
        job.progress = 1.0
