"""The job ``read_movement``: a film of a movement becomes an assessment that is kept without the film."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mitate.errors import RefusalError
from mitate.record.captures import CaptureFacts
from mitate.record.consents import given, given_still
from mitate.record.opened import Record
from mitate.record.people import age_on, get_person
from mitate.record.schema import Capture, now
from mitate.serve.service import Service
from mitate.serve.work.face import begun, no_consent
from mitate.serve.work.films import film_gone, plain_film
from mitate.serve.work.kinds import Finish, Report, Task
from mitate.serve.work.limits import Limits
from mitate.serve.work.sandbox import Answer, run_apart

__all__ = ["MOVEMENT_LIMITS", "read_movement"]

MOVEMENT_LIMITS = Limits(memory_mb=5120, cpu_s=1800, wall_s=2700.0, answer_mb=64, walled=True)
_LEAST_CM, _MOST_CM = 100.0, 230.0  # that can be measured by (`mitate.back.assess`)


def read_movement(service: Service, task: Task, report: Report) -> Finish:
    """Read one film of a movement. A film that cannot be trusted is a result."""
    record = service.record
    if not begun(record, task.subject):
        return lambda session: None
    asked = _asked(record, task.subject)
    if asked is None:
        return lambda session: _write(record, session, task, None, no_consent())
    answer, refusal = None, None
    with plain_film(record, task.subject) as film:
        facts = {"film": str(film.path), "most_s": service.settings.most_film_s, **asked}
        try:
            answer = run_apart(
                "mitate.serve.work.apart_movement:read",
                facts,
                limits=MOVEMENT_LIMITS,
                pass_fds=() if film.fd is None else (film.fd,),
                report=report,
            )
        except RefusalError as error:
            refusal = error
    return lambda session: _write(record, session, task, answer, refusal)


def _asked(record: Record, capture_id: str) -> dict[str, Any] | None:
    """Which movement of whom it is; None where the person does not agree any more."""
    with record.database.reading() as session:
        capture = session.get_one(Capture, capture_id)
        if not given(session, capture.person_id, "analyse"):
            return None
        key = record.key(session, capture.person_id)
        facts = CaptureFacts.of(key.open_json(capture.sealed, f"capture.sealed {capture.id}"))
        person = get_person(record, session, capture.person_id)
        tall = person.height_cm
        return {
            "movement": facts.movement or "",
            "age": age_on(person, capture.at.astimezone().date()),
            "sex": person.sex,
            "height_m": tall / 100 if tall is not None and _LEAST_CM <= tall <= _MOST_CM else None,
            "stills": given(session, capture.person_id, "keep_video"),
        }


def _write(
    record: Record, session: Session, task: Task, answer: Answer | None, refusal: RefusalError | None
) -> None:
    """What came of it, in the transaction that marks the job as done."""
    capture = session.get(Capture, task.subject)
    if capture is None:  # deleted meanwhile
        return
    key = record.key(session, capture.person_id)
    facts = CaptureFacts.of(key.open_json(capture.sealed, f"capture.sealed {capture.id}"))
    told: dict[str, Any] = {} if answer is None else answer.facts
    kept = given_still(session, capture.person_id, "keep_video")  # it may have been taken back meanwhile
    result = {
        "kind": "back",
        "movement": facts.movement,
        "assessment": told.get("assessment"),
        "refusal": None if refusal is None else refusal.as_dict(),
        "skeleton": told.get("skeleton"),
        "curve": told.get("curve"),
        "stills": told.get("stills", []) if kept else [],
        "duration_s": told.get("duration_s", 0.0),
        "seconds": 0.0 if answer is None else answer.seconds,
    }
    capture.result = key.seal_json(result, f"capture.result {capture.id}")
    capture.result_at, capture.state = now(), "refused" if answer is None else "done"
    if answer is not None:
        capture.features = key.seal(answer.blobs["features"], f"capture.features {capture.id}")
    film_gone(record, session, capture)
