"""The job ``conclude_check``: a back check is judged from its interview and its films."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.record.check_films import conclude_again, films_of, is_asked
from mitate.record.checks import OpenCheck, checks_of, locked, open_check
from mitate.record.consents import given_still
from mitate.record.opened import Record
from mitate.record.people import get_person
from mitate.record.schema import Capture, Check, now
from mitate.serve.service import Service
from mitate.serve.work.films import wake_after
from mitate.serve.work.kinds import Finish, Report, Task
from mitate.serve.work.limits import Limits
from mitate.serve.work.sandbox import Answer, run_apart

__all__ = ["CONCLUDE_LIMITS", "conclude_check"]

CONCLUDE_LIMITS = Limits(memory_mb=4096, cpu_s=600, wall_s=900.0, answer_mb=64)
_LEAST_CM, _MOST_CM = 100.0, 230.0


def conclude_check(service: Service, task: Task, report: Report) -> Finish:
    """Judge a check. A red flag stops it before any film is looked at."""
    record, check_id = service.record, task.subject.partition(":")[0]
    asked = _asked(record, check_id)
    if asked is None:
        return lambda session: None
    facts, blobs, shown, told = asked
    answer = run_apart(
        "mitate.serve.work.apart_conclude:conclude", facts, blobs, limits=CONCLUDE_LIMITS, report=report
    )
    return lambda session: _write(service, session, task, answer, shown, told)


def _asked(
    record: Record, check_id: str
) -> tuple[dict[str, Any], dict[str, bytes], dict[str, dict[str, Any]], dict[str, Any]] | None:
    """What is known of the check, last what it rests on; None where it is not there any more."""
    with record.database.reading() as session:
        if session.get(Check, check_id) is None:
            return None
        check = open_check(record, session, check_id)
        key = record.key(session, check.person_id)
        person = get_person(record, session, check.person_id)
        films: list[dict[str, Any]] = []
        blobs: dict[str, bytes] = {}
        shown: dict[str, dict[str, Any]] = {"skeletons": {}, "curves": {}, "stills": {}, "captures": {}}
        for film in films_of(record, session, check):
            capture = session.get_one(Capture, film.capture_id)
            if capture.result is None or capture.state not in ("done", "refused"):
                continue
            result = key.open_json(capture.result, f"capture.result {capture.id}")
            model = (result.get("assessment") or {}).get("model", "")
            films.append(
                {
                    "movement": film.movement,
                    "refusal": result["refusal"],
                    "seconds": result["seconds"],
                    "model": model,
                }
            )
            shown["captures"][film.movement] = capture.id
            if capture.features is not None and result["refusal"] is None:
                blobs[film.movement] = key.open(capture.features, f"capture.features {capture.id}")
                shown["skeletons"][film.movement] = result["skeleton"]
                shown["curves"][film.movement] = result["curve"]
                shown["stills"][film.movement] = result["stills"]
        earlier = _earlier(record, session, check.person_id, check_id)
        tall = person.height_cm
        facts = {
            "document": check.document(),
            "region": check.region,
            "language": person.language,
            "at": check.at.isoformat(),
            "height_m": tall / 100 if tall is not None and _LEAST_CM <= tall <= _MOST_CM else None,
            "films": films,
            "earlier": earlier,
        }
        return facts, blobs, shown, _rests_on(check)


def _earlier(record: Record, session: Session, person_id: str, check_id: str) -> dict[str, Any] | None:
    """The result of the last check of the same region before this one."""
    checks = checks_of(record, session, person_id)
    here = next(one for one in checks if one.id == check_id)
    for one in checks:
        if one.id != here.id and one.at <= here.at and one.region == here.region and one.result is not None:
            return {name: part for name, part in one.result.items() if name not in ("languages", "proofs")}
    return None


def _rests_on(check: OpenCheck) -> dict[str, Any]:
    """What was told that a judgement is of: a later answer or limit needs another one."""
    return {name: check.told[name] for name in ("start", "said", "stopped")}


def _write(
    service: Service,
    session: Session,
    task: Task,
    answer: Answer,
    shown: dict[str, dict[str, Any]],
    told: dict[str, Any],
) -> None:
    """What came of it; nothing where more was told since: a newer judgement is never overwritten."""
    record, (check_id, _, revision) = service.record, task.subject.partition(":")
    whose = session.scalar(select(Check.person_id).where(Check.id == check_id))
    if whose is None:  # deleted meanwhile
        return
    kept = given_still(session, whose, "keep_video")  # before the row is held, as who takes it back does
    row, check = locked(record, session, check_id)
    if not is_asked(check, revision):
        return
    if _rests_on(check) != told:
        conclude_again(record, session, row, check, service.queue.add)
        wake_after(service, session)
        return
    key = record.key(session, check.person_id)
    if not kept:  # taken back meanwhile
        shown = {**shown, "stills": {}}
    parts = {name: {} for name in shown} if answer.facts.get("stop") else shown
    row.result = key.seal_json({**answer.facts, **parts}, f"check.result {check.id}")
    row.result_at, row.state = now(), "done"
