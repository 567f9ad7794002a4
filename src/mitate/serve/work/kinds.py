"""Which work there is: heavy part first, then one function that writes what came of it.

A job's heavy part runs outside any transaction and may be done twice if a process is killed; what it returns
is applied in the transaction that marks the job as done, so that it is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from mitate.serve.service import Service

__all__ = ["FAILED", "WORK", "Failed", "Finish", "Report", "Task", "Work"]

Report = Callable[[str, float], None]
"""Takes a stage (a stable word) and the share that is done, 0 to 1."""
Finish = Callable[[Session], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A job as its work sees it."""

    id: str
    kind: str
    subject: str
    person_id: str | None


class Work(Protocol):
    """One kind of work."""

    def __call__(self, service: Service, task: Task, report: Report) -> Finish:
        """Do the heavy part. What the person can mend (a refused film) is a result, not an error."""


class Failed(Protocol):
    """What is written of a kind of work that was given up."""

    def __call__(self, service: Service, session: Session, task: Task, word: str) -> None:
        """In the transaction that marks the job as failed; `word` is stable and nothing personal."""


def _read_face(service: Service, task: Task, report: Report) -> Finish:
    from mitate.serve.work.face import read_face

    return read_face(service, task, report)


def _make_model(service: Service, task: Task, report: Report) -> Finish:
    from mitate.serve.work.model import make_model

    return make_model(service, task, report)


def _read_movement(service: Service, task: Task, report: Report) -> Finish:
    from mitate.serve.work.movement import read_movement

    return read_movement(service, task, report)


def _read_photo(service: Service, task: Task, report: Report) -> Finish:
    from mitate.serve.work.photo import read_photo

    return read_photo(service, task, report)


def _conclude_check(service: Service, task: Task, report: Report) -> Finish:
    from mitate.serve.work.conclude import conclude_check

    return conclude_check(service, task, report)


def _capture_failed(service: Service, session: Session, task: Task, word: str) -> None:
    from mitate.serve.work.given_up import capture_failed

    capture_failed(service, session, task, word)


def _model_failed(service: Service, session: Session, task: Task, word: str) -> None:
    """Nothing: the models and estimates that there were stand."""


def _check_failed(service: Service, session: Session, task: Task, word: str) -> None:
    from mitate.serve.work.given_up import check_failed

    check_failed(service, session, task, word)


WORK: Mapping[str, Work] = {
    "read_face": _read_face,
    "read_movement": _read_movement,
    "read_photo": _read_photo,
    "make_model": _make_model,
    "conclude_check": _conclude_check,
}
"""By kind: read_face, read_movement, read_photo (of a capture), make_model (PERSON:N), conclude_check
(CHECK:N)."""

FAILED: Mapping[str, Failed] = {
    "read_face": _capture_failed,
    "read_movement": _capture_failed,
    "read_photo": _capture_failed,
    "make_model": _model_failed,
    "conclude_check": _check_failed,
}
"""By kind: what is written where the work was tried too often."""
