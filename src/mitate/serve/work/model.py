"""The job ``make_model``: a person's model from all sessions so far, and every estimate anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from mitate.errors import RefusalError
from mitate.record.audit import note
from mitate.record.captures import CaptureFacts
from mitate.record.locks import lock_word
from mitate.record.models_kept import active_row, make_anew
from mitate.record.opened import Record
from mitate.record.schema import Capture, Person, PersonalModelRow, Weight, new_id
from mitate.record.vault import DataKey
from mitate.record.weights import dry_weight_on
from mitate.serve.service import Service
from mitate.serve.told.standing import write_standing
from mitate.serve.work.face import day_of, known_weight
from mitate.serve.work.films import wake_after
from mitate.serve.work.kinds import Finish, Report, Task
from mitate.serve.work.limits import Limits
from mitate.serve.work.sandbox import Answer, run_apart

__all__ = ["MODEL_LIMITS", "make_model", "told_again"]

MODEL_LIMITS = Limits(memory_mb=3072, cpu_s=300, wall_s=600.0, answer_mb=64)


def make_model(service: Service, task: Task, report: Report) -> Finish:
    """Make a person's model; nothing where there is nothing to learn from yet, which is no failure."""
    person_id = task.person_id or task.subject.partition(":")[0]
    rows, blobs, seen = _sessions(service.record, person_id)
    if not rows:
        return lambda session: None
    facts = {"sessions": rows, "first_day": rows[0]["first_day"]}
    way = "mitate.serve.work.apart_model:make"
    try:
        answer = run_apart(way, facts, blobs, limits=MODEL_LIMITS, report=report)
    except RefusalError as error:
        if error.reason != "nothing_to_learn":
            raise

        def nothing(session: Session) -> None:
            _look_again(service, session, person_id, seen)

        return nothing
    return lambda session: _write(service, session, person_id, answer, seen)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a model is made of, by ids: neither a weight nor a session that was read is ever changed."""

    sessions: frozenset[str] = frozenset()
    weights: frozenset[str] = frozenset()


def _seen(session: Session, person_id: str) -> _Seen:
    weights = session.scalars(select(Weight.id).where(Weight.person_id == person_id))
    read = session.scalars(select(Capture.id).where(*_read_by(person_id), Capture.features.is_not(None)))
    return _Seen(frozenset(read), frozenset(weights))


def _look_again(service: Service, session: Session, person_id: str, seen: _Seen) -> bool:
    """Have the model made once more where what it is made of has changed since; whether it may be written.

    A session more does not make what was learned wrong. A weight that came or went, or a session that was
    deleted, does.
    """
    lock_word(session, f"course {person_id}")
    if session.scalar(select(Person.id).where(Person.id == person_id)) is None:  # erased meanwhile
        return False
    now = _seen(session, person_id)
    if now == seen:
        return True
    make_anew(service.queue.add, session, person_id)
    wake_after(service, session)
    return now.weights == seen.weights and now.sessions >= seen.sessions


def _sessions(record: Record, person_id: str) -> tuple[list[dict[str, Any]], dict[str, bytes], _Seen]:
    """What is known of each session that was read, in order of time, its features, and what that rests on."""
    rows: list[dict[str, Any]] = []
    blobs: dict[str, bytes] = {}
    with record.database.reading() as session:
        if session.get(Person, person_id) is None:
            return [], {}, _Seen()
        key, first, seen = record.key(session, person_id), None, _seen(session, person_id)
        for capture in _read_captures(session, person_id):
            if capture.features is None or capture.result is None:
                continue
            result = key.open_json(capture.result, f"capture.result {capture.id}")
            facts = CaptureFacts.of(key.open_json(capture.sealed, f"capture.sealed {capture.id}"))
            day = capture.at.astimezone().date()
            first = first or day
            rows.append(
                {
                    "capture": capture.id,
                    "at": capture.at.isoformat(),
                    "day": day_of(capture.at, first),
                    "first_day": first.isoformat(),
                    "phase": facts.context if facts.context in ("pre", "post") else "other",
                    "weight_kg": known_weight(record, session, capture),
                    "dry_kg": dry_weight_on(record, session, person_id, day),
                    "encoder": result.get("encoder"),
                    "estimated": result.get("estimate") is not None,
                }
            )
            blobs[capture.id] = key.open(capture.features, f"capture.features {capture.id}")
    return rows, blobs, seen


def _read_captures(session: Session, person_id: str) -> list[Capture]:
    found = select(Capture).where(*_read_by(person_id)).order_by(Capture.at, Capture.id)
    return list(session.scalars(found))


def _read_by(person_id: str) -> tuple[ColumnElement[bool], ...]:
    return (Capture.person_id == person_id, Capture.instrument == "edema", Capture.state == "done")


def _outdone(session: Session, key: DataKey, person_id: str, seen: set[str]) -> bool:
    """Whether the active model was made meanwhile, from all of these sessions and more."""
    row = active_row(session, person_id)
    if row is None:
        return False
    kept = key.open_json(row.sealed, f"personal_model.sealed {row.id}")
    there = {capture.id for capture in _read_captures(session, person_id)}
    return seen < {*kept["sessions"], *kept["later"]} & there


def _write(service: Service, session: Session, person_id: str, answer: Answer, seen: _Seen) -> None:
    """The model becomes the active one, and every estimate is of it or of its like without the session."""
    if not _look_again(service, session, person_id, seen):
        return
    record = service.record
    key, told = record.key(session, person_id), answer.facts
    if _outdone(session, key, person_id, set(told["estimates"])):
        return
    model_id = _activated(session, key, person_id, told["model"], answer.blobs.get("model", b""))
    captures = {one.id: one for one in _read_captures(session, person_id)}
    for capture in captures.values():
        if capture.id not in told["estimates"] or capture.result is None:
            continue
        about = f"capture.result {capture.id}"
        before = key.open_json(capture.result, about)
        since = captures.get(told["reference"])
        after = told_again(before, capture.id, told, model_id, None if since is None else since.at)
        if after != before:
            capture.result = key.seal_json(after, about)
    session.flush()
    write_standing(record, session, person_id)


def _activated(
    session: Session, key: DataKey, person_id: str, kept: dict[str, Any] | None, model: bytes
) -> str | None:
    """The row of the model that is active from now on: the one before where it is the same; None for none."""
    before = active_row(session, person_id)
    if before is not None and kept is not None:
        about = f"personal_model.sealed {before.id}"
        known = key.open_json(before.sealed, about)
        if known.get("model_id") == kept["model_id"]:
            if known != kept:
                before.sealed = key.seal_json(kept, about)
            return before.id
    session.execute(
        update(PersonalModelRow).where(PersonalModelRow.person_id == person_id).values(active=False)
    )
    if kept is None:
        if before is not None:
            note(session, "system", "model.withdrawn", person_id, model=before.id)
        return None
    model_id = new_id()
    session.add(
        PersonalModelRow(
            id=model_id,
            person_id=person_id,
            model=key.seal(model, f"personal_model.model {model_id}"),
            sealed=key.seal_json(kept, f"personal_model.sealed {model_id}"),
        )
    )
    note(session, "system", "model.made", person_id, model=model_id, sessions=len(kept["sessions"]))
    return model_id


def told_again(
    before: Mapping[str, Any],
    capture_id: str,
    told: Mapping[str, Any],
    model_id: str | None,
    since: datetime | None,
) -> dict[str, Any]:
    """The result of a session after a model was made.

    ``learned_from`` says that this session's own scales were left out for its estimate; ``reference``, that
    it is what others are compared with and has none; ``dry_weight``, what kilograms are over; ``told_first``
    is the first estimate that was told of it, where it was another one.

    Args:
        before: as it was sealed.
        capture_id: of which session.
        told: as `mitate.serve.work.apart_model.make` answered.
        model_id: of the row; None where there is no model any more.
        since: when the session was that changes are counted from.
    """
    kept: Mapping[str, Any] = told["model"] or {}
    estimate, change = told["estimates"][capture_id], told["changes"].get(capture_id)
    after = dict(before) | {
        "estimate": estimate,
        "model": None if estimate is None else model_id,
        "learned_from": estimate is not None and capture_id in kept.get("sessions", ()),
        "reference": estimate is None and capture_id == kept.get("reference"),
        "dry_weight": kept.get("dry_weight"),
    }
    if estimate is None and change is not None and since is not None:
        after |= {"change": change, "since": {"capture": told["reference"], "at": since.isoformat()}}
    first = before.get("estimate")
    if first is not None and first != estimate and before.get("told_first") is None:
        after["told_first"] = {name: first[name] for name in ("excess_kg", "interval_90", "model_id")} | {
            "dry_weight": before.get("dry_weight")
        }
    return after
