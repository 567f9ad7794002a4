"""The job ``read_photo``: a photo of a face becomes a set of classes, the nearest rare ones, or a refusal."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mitate.errors import RefusalError
from mitate.record.consents import given
from mitate.record.face_models import FACE_KINDS, content_of, face_models
from mitate.record.opened import Record
from mitate.record.schema import Capture, now
from mitate.serve.service import Service
from mitate.serve.work.face import begun
from mitate.serve.work.films import film_gone, plain_film
from mitate.serve.work.kinds import Finish, Report, Task
from mitate.serve.work.limits import Limits
from mitate.serve.work.sandbox import CRASHES, Answer, run_apart

__all__ = ["PHOTO_LIMITS", "read_photo"]

PHOTO_LIMITS = Limits(memory_mb=3072, cpu_s=120, wall_s=180.0, answer_mb=256, walled=True)
_WHAT = {
    "unreadable": ("this photo cannot be read", "take it again, or choose another file"),
    "too_long": ("reading this photo took too long", "take it again with the camera's ordinary settings"),
    "too_big": ("this photo is too large to be read", "take it again with the camera's ordinary settings"),
    "crashed": ("reading this photo broke off", "take it again; if that does not help, choose another file"),
}


def read_photo(service: Service, task: Task, report: Report) -> Finish:
    """Read one photo. One that cannot be trusted is a result."""
    record = service.record
    if not begun(record, task.subject):
        return lambda session: None
    refusal, blobs, asked = _asked(record, task.subject)
    if refusal is not None:
        told = refusal
        return lambda session: _write(service, session, task, None, told, asked)
    answer = None
    with plain_film(record, task.subject) as film:
        fds = () if film.fd is None else (film.fd,)
        way, facts = "mitate.serve.work.apart_photo:read", {"film": str(film.path)}
        try:
            answer = run_apart(way, facts, blobs, limits=PHOTO_LIMITS, pass_fds=fds, report=report)
        except RefusalError as error:
            refusal = _of_a_photo(error)
    return lambda session: _write(service, session, task, answer, refusal, asked)


def _asked(record: Record, capture_id: str) -> tuple[RefusalError | None, dict[str, bytes], dict[str, Any]]:
    """What it is compared with and the ids of that; or why it is not looked at."""
    with record.database.reading() as session:
        capture = session.get_one(Capture, capture_id)
        agreed = all(given(session, capture.person_id, kind) for kind in ("analyse", "photos"))
        if not agreed:
            return (
                RefusalError(
                    "the person has not agreed that photos of her are looked at",
                    reason="no_consent",
                    where="consent",
                    todo="ask her, write it down, and take the photo again",
                ),
                {},
                {},
            )
        found = {kind: content_of(record, session, kind) for kind in FACE_KINDS}
        known = {str(kind): one.card.id for kind, one in face_models(record, session).items()}
    blobs = {str(kind): content for kind, content in found.items() if content is not None}
    if blobs:
        return None, blobs, known
    gone = RefusalError(
        "there is no model of faces any more",
        reason="no_model",
        where="faces",
        todo="ask an administrator to install one, and take the photo again",
    )
    return gone, {}, {}


def _of_a_photo(error: RefusalError) -> RefusalError:
    """What is said of films where a child ended without an answer, said of a photo."""
    if error.reason not in CRASHES:
        return error
    what, todo = _WHAT[error.reason]
    return RefusalError(what, reason=error.reason, where="photo", todo=todo)


def _write(
    service: Service,
    session: Session,
    task: Task,
    answer: Answer | None,
    refusal: RefusalError | None,
    asked: dict[str, Any],
) -> None:
    """What came of it, in the transaction that marks the job as done; no feature of the face is kept."""
    record, capture = service.record, session.get(Capture, task.subject)
    if capture is None:  # deleted meanwhile
        return
    told: dict[str, Any] = {} if answer is None else answer.facts
    result = {
        "kind": "diagnosis",
        "diagnosis": told.get("diagnosis"),
        "matches": told.get("matches"),
        "refusal": None if refusal is None else refusal.as_dict(),
        "learned_from": told.get("learned_from", False),
        "notes": told.get("notes", []),
        "poorer": told.get("poorer", False),
        "quality": told.get("quality"),
        "eye_distance": told.get("eye_distance"),
        "compared_with": asked,
        "seconds": 0.0 if answer is None else answer.seconds,
    }
    key = record.key(session, capture.person_id)
    capture.result = key.seal_json(result, f"capture.result {capture.id}")
    capture.result_at, capture.state = now(), "refused" if answer is None else "done"
    film_gone(record, session, capture)
