"""What is written where work was tried too often: the person is told, and nothing else has changed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.record.check_films import is_asked
from mitate.record.checks import locked
from mitate.record.schema import Capture, Check, now
from mitate.serve.service import Service
from mitate.serve.work.kinds import Task

__all__ = ["capture_failed", "check_failed"]


def capture_failed(service: Service, session: Session, task: Task, word: str) -> None:
    """The capture has failed; its film stays until it is deleted or read again."""
    capture = session.get(Capture, task.subject)
    if capture is not None and capture.state not in ("done", "refused"):
        capture.state, capture.result_at = "failed", now()


def check_failed(service: Service, session: Session, task: Task, word: str) -> None:
    """The check has failed; its answers and films stay."""
    check_id, _, revision = task.subject.partition(":")
    if session.scalar(select(Check.id).where(Check.id == check_id)) is None:
        return
    row, check = locked(service.record, session, check_id)
    if is_asked(check, revision):
        row.state = "failed"
