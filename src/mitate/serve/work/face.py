"""The job ``read_face``: a film of a face becomes features and an estimate, a change or a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.errors import RefusalError
from mitate.record.captures import CaptureFacts
from mitate.record.consents import given
from mitate.record.locks import lock_word
from mitate.record.models_kept import active_row, make_anew
from mitate.record.opened import Record
from mitate.record.schema import Capture, now
from mitate.record.weights import weight_near
from mitate.serve.service import Service
from mitate.serve.told.standing import write_standing
from mitate.serve.work.films import film_gone, plain_film, wake_after
from mitate.serve.work.kinds import Finish, Report, Task
from mitate.serve.work.limits import Limits
from mitate.serve.work.sandbox import Answer, run_apart

__all__ = ["FACE_LIMITS", "begun", "day_of", "known_weight", "no_consent", "read_face"]

FACE_LIMITS = Limits(memory_mb=3072, cpu_s=600, wall_s=900.0, answer_mb=16, walled=True)
"""Measured: 280 MiB held for a phone's film, 390 for one of 4K, 650 of 8K; 2 GiB of addresses are enough."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the child is told besides the film."""

    facts: dict[str, Any] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    model: str | None = None
    since: dict[str, str] | None = None
    dry_weight: str | None = None
    by: tuple[str, bytes] | None = None


def read_face(service: Service, task: Task, report: Report) -> Finish:
    """Read one session of the face. A film that cannot be trusted is a result."""
    record = service.record
    if not begun(record, task.subject):
        return lambda session: None
    asked = _asked(record, task.subject)
    if asked is None:
        return lambda session: _write(service, session, task, None, no_consent(), None)
    answer, refusal = None, None
    with plain_film(record, task.subject) as film:
        facts = {"film": str(film.path), "most_s": service.settings.most_film_s, **asked.facts}
        fds = () if film.fd is None else (film.fd,)
        try:
            answer = run_apart(
                "mitate.serve.work.apart_face:read",
                facts,
                asked.blobs,
                limits=FACE_LIMITS,
                pass_fds=fds,
                report=report,
            )
        except RefusalError as error:
            refusal = error
    return lambda session: _write(service, session, task, answer, refusal, asked)


def begun(record: Record, capture_id: str) -> bool:
    """Say that a film is being read; False where there is nothing to read any more."""
    with record.database.writing() as session:
        capture = session.get(Capture, capture_id)
        if capture is None or capture.state in ("done", "refused"):
            return False
        capture.state = "reading"
        return True


def no_consent() -> RefusalError:
    """The person took back that she is looked at before her film was read."""
    return RefusalError(
        "the person has not agreed to be looked at",
        reason="no_consent",
        where="consent",
        todo="ask her, write it down, and film again",
    )


def day_of(at: datetime, first_day: date) -> int:
    """Days since the first one, by the calendar of the clinic's zone."""
    return (at.astimezone().date() - first_day).days


def known_weight(record: Record, session: Session, capture: Capture) -> float | None:
    """Kilograms by the scales at this session: entered with it, or weighed within three hours."""
    key = record.key(session, capture.person_id)
    facts = CaptureFacts.of(key.open_json(capture.sealed, f"capture.sealed {capture.id}"))
    if facts.weight_kg is not None:
        return float(facts.weight_kg)
    near = weight_near(record, session, capture.person_id, capture.at, context=facts.context)
    return None if near is None else near.kg


def _asked(record: Record, capture_id: str) -> _Asked | None:
    """What the film is compared with; None where the person does not agree any more."""
    with record.database.reading() as session:
        capture = session.get_one(Capture, capture_id)
        if not given(session, capture.person_id, "analyse"):
            return None
        key = record.key(session, capture.person_id)
        facts: dict[str, Any] = {"day": None, "days": None, "first_encoder": None}
        row = active_row(session, capture.person_id)
        if row is not None:
            told = key.open_json(row.sealed, f"personal_model.sealed {row.id}")
            facts["day"] = day_of(capture.at, date.fromisoformat(told["first_day"]))
            model = key.open(row.model, f"personal_model.model {row.id}")
            by = (row.id, row.sealed)
            return _Asked(facts, {"model": model}, row.id, dry_weight=told.get("dry_weight"), by=by)
        first = _first(session, capture)
        if first is None or first.features is None or first.result is None:
            return _Asked(facts)
        read = key.open_json(first.result, f"capture.result {first.id}")
        facts |= {
            "days": abs((capture.at - first.at).total_seconds()) / 86400,
            "first_encoder": read.get("encoder"),
        }
        since = {"capture": first.id, "at": first.at.isoformat()}
        return _Asked(facts, {"first": key.open(first.features, f"capture.features {first.id}")}, None, since)


def _first(session: Session, capture: Capture) -> Capture | None:
    """The first session of the person that was not refused."""
    return session.scalar(
        select(Capture)
        .where(
            Capture.person_id == capture.person_id,
            Capture.instrument == "edema",
            Capture.state == "done",
            Capture.features.is_not(None),
            Capture.id != capture.id,
        )
        .order_by(Capture.at, Capture.id)
        .limit(1)
    )


def _is_active(session: Session, capture: Capture, asked: _Asked) -> bool:
    """Whether the model that a film was read by, or that there was none, still holds."""
    row = active_row(session, capture.person_id)
    return (None if row is None else (row.id, row.sealed)) == asked.by


def _write(
    service: Service,
    session: Session,
    task: Task,
    answer: Answer | None,
    refusal: RefusalError | None,
    asked: _Asked | None,
) -> None:
    """What came of it, in the transaction that marks the job as done."""
    record, capture = service.record, session.get(Capture, task.subject)
    if capture is None:  # deleted meanwhile
        return
    lock_word(session, f"course {capture.person_id}")  # a model made now sees this film, or is seen
    key = record.key(session, capture.person_id)
    told: dict[str, Any] = {} if answer is None else answer.facts
    by_model = asked is not None and told.get("estimate") is not None
    result = {
        "kind": "edema",
        "estimate": told.get("estimate"),
        "change": told.get("change"),
        "refusal": None if refusal is None else refusal.as_dict(),
        "warnings": told.get("warnings", []),
        "n_frames": told.get("n_frames", 0),
        "quality": told.get("quality", 0.0),
        "duration_s": told.get("duration_s", 0.0),
        "encoder": told.get("encoder"),
        "seconds": 0.0 if answer is None else answer.seconds,
        "model": asked.model if by_model and asked is not None else None,
        "since": asked.since if asked is not None and told.get("change") is not None else None,
        "learned_from": False,
        "dry_weight": asked.dry_weight if by_model and asked is not None else None,
    }
    capture.result = key.seal_json(result, f"capture.result {capture.id}")
    capture.result_at, capture.state = now(), "refused" if answer is None else "done"
    if answer is not None:
        capture.features = key.seal(answer.blobs["features"], f"capture.features {capture.id}")
    film_gone(record, session, capture)
    weighed = answer is not None and known_weight(record, session, capture) is not None
    if weighed or (asked is not None and answer is not None and not _is_active(session, capture, asked)):
        make_anew(service.queue.add, session, capture.person_id)
        wake_after(service, session)
    session.flush()
    write_standing(record, session, capture.person_id)
