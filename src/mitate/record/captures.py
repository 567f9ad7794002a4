"""Films and photos and what came of them: list, look at one, delete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mitate.record.audit import note
from mitate.record.committed import once_committed
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record
from mitate.record.schema import Capture, Check, Job, Upload
from mitate.record.vault import DataKey

__all__ = [
    "FILMS",
    "PHOTO",
    "CaptureFacts",
    "KnownCapture",
    "capture_row",
    "captures_of",
    "count_captures",
    "delete_capture",
    "film_row",
    "forget_film",
    "forget_films",
    "forget_stills",
    "get_capture",
    "remove_after",
]

FILMS = ("edema", "back")
"""Instruments that read films."""
PHOTO = "diagnosis"
"""The instrument that reads photos of faces: what it says is for clinicians, see `mitate.record.photos`."""
_WORKS_OF_FILM = ("read_face", "read_movement", "read_photo")


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """What was said of a film when it was begun.

    Attributes:
        context: pre, post, other, or another short word (``after meal``).
        weight_kg: as weighed then, or None.
        movement: of the back check that it shows, or None.
        content_type: of the file.
        by: the account that began it.
        session: of the cohort that it came from, or None.
    """

    context: str = "other"
    weight_kg: float | None = None
    movement: str | None = None
    content_type: str = "video/webm"
    by: str = ""
    session: str | None = None

    @classmethod
    def of(cls, told: dict[str, Any]) -> CaptureFacts:
        """From what was sealed; what is missing takes its default."""
        known = {name: told[name] for name in cls.__slots__ if told.get(name) is not None}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class KnownCapture:
    """A film of a person, opened.

    Attributes:
        state: uploading, waiting, reading, done, refused or failed.
        facts: as said when it was begun.
        result: what came of it, as its work sealed it, or None.
        result_at: when that was.
        kept: whether the film itself is still there after it was read.
    """

    id: str
    person_id: str
    check_id: str | None
    instrument: str
    at: datetime
    state: str
    facts: CaptureFacts
    result: dict[str, Any] | None = None
    result_at: datetime | None = None
    kept: bool = False


def captures_of(
    record: Record,
    session: Session,
    person_id: str,
    *,
    instrument: str | Sequence[str] | None = None,
    skip: int = 0,
    most: int | None = None,
    results: bool = True,
) -> list[KnownCapture]:
    """A person's films, the newest first.

    Args:
        record: open.
        session: reading.
        person_id: whose.
        instrument: of this one, or of these, only; None for all, photos included.
        skip, most: a page of them.
        results: whether results are opened too, which for movements are large.

    Raises:
        MissingError: no such person.
    """
    key = record.key(session, person_id)
    asked = _of(person_id, instrument).order_by(Capture.at.desc(), Capture.id).offset(skip)
    rows = session.scalars(asked if most is None else asked.limit(most))
    return [_opened(key, row, results=results) for row in rows]


def count_captures(session: Session, person_id: str, instrument: str | Sequence[str] | None = None) -> int:
    """How many films a person has."""
    return session.scalar(select(func.count()).select_from(_of(person_id, instrument).subquery())) or 0


def get_capture(record: Record, session: Session, capture_id: str) -> KnownCapture:
    """One film.

    Raises:
        MissingError: no such film.
    """
    row = capture_row(session, capture_id)
    return _opened(record.key(session, row.person_id), row, results=True)


def capture_row(session: Session, capture_id: str) -> Capture:
    """The row of a film, such as for the person that it names.

    Raises:
        MissingError: no such film.
    """
    row = session.get(Capture, capture_id)
    if row is None:
        raise MissingError("there is no such film", where="capture")
    return row


def film_row(session: Session, capture_id: str) -> Capture:
    """The row of a film; a photo is none.

    Raises:
        MissingError: no such film.
    """
    row = capture_row(session, capture_id)
    if row.instrument not in FILMS:
        raise MissingError("there is no such film", where="capture")
    return row


def delete_capture(record: Record, session: Session, capture_id: str, by: str) -> None:
    """Delete a film with its file, features, result, upload and jobs.

    Raises:
        MissingError: no such film.
        ConflictError: it is being read at this moment; not where that broke off and waits to be done again.
    """
    row = capture_row(session, capture_id)
    works = select(Job).where(Job.kind.in_(_WORKS_OF_FILM), Job.subject == capture_id)
    jobs = session.scalars(works).all()
    if row.state == "reading" and not any(job.state == "waiting" for job in jobs):
        raise ConflictError("this film is being read", where="capture", todo="wait until it has been read")
    files = [] if row.video is None else [record.folder / "videos" / row.video]
    for upload in session.scalars(select(Upload).where(Upload.capture_id == capture_id)):
        files += (record.folder / "uploads").glob(f"{upload.id}*")
    for job in jobs:
        session.delete(job)
    person_id = row.person_id
    session.delete(row)
    session.flush()
    note(session, by, "capture.deleted", person_id, capture=capture_id)
    remove_after(session, files)


def forget_film(record: Record, session: Session, row: Capture) -> bool:
    """Delete the kept file of a film; what came of it stays. Whether there was one."""
    if row.video is None:
        return False
    file = record.folder / "videos" / row.video
    row.video = None
    session.flush()
    remove_after(session, [file])
    return True


def forget_films(record: Record, session: Session, person_id: str, by: str) -> int:
    """Delete a person's kept films, but not those that still wait to be read; how many."""
    asked = _of(person_id, None).where(
        Capture.video.is_not(None), Capture.state.in_(("done", "refused", "failed"))
    )
    number = sum(forget_film(record, session, row) for row in session.scalars(asked))
    if number:
        note(session, by, "films.deleted", person_id, number=number)
    return number


def forget_stills(record: Record, session: Session, person_id: str) -> int:
    """Take the pictures out of the results of a person's movements and back checks; out of how many."""
    key, number = record.key(session, person_id), 0
    films = select(Capture).where(Capture.person_id == person_id, Capture.instrument == "back")
    checks = select(Check).where(Check.person_id == person_id)
    rows: list[tuple[Capture | Check, str]] = [(row, "capture.result") for row in session.scalars(films)]
    rows += [(row, "check.result") for row in session.scalars(checks)]
    for row, about in rows:
        result = {} if row.result is None else key.open_json(row.result, f"{about} {row.id}")
        if result.get("stills"):
            result["stills"] = type(result["stills"])()  # a list of a movement, a dictionary of a check
            row.result = key.seal_json(result, f"{about} {row.id}")
            number += 1
    session.flush()
    return number


def remove_after(session: Session, files: Iterable[Path]) -> None:
    """Remove files once the transaction has been committed: undone, it leaves them where they are.

    A process killed in between leaves sealed files that no row names; retention sweeps those.
    """
    gone = tuple(files)

    def remove() -> None:
        for file in gone:
            with suppress(OSError):  # open elsewhere, where the system minds: what was done is done
                file.unlink(missing_ok=True)

    if gone:
        once_committed(session, remove)


def _of(person_id: str, instrument: str | Sequence[str] | None) -> Any:
    asked = select(Capture).where(Capture.person_id == person_id)
    if instrument is None:
        return asked
    return asked.where(Capture.instrument.in_([instrument] if isinstance(instrument, str) else instrument))


def _opened(key: DataKey, row: Capture, *, results: bool) -> KnownCapture:
    result = None
    if results and row.result is not None:
        result = key.open_json(row.result, f"capture.result {row.id}")
    return KnownCapture(
        row.id,
        row.person_id,
        row.check_id,
        row.instrument,
        row.at,
        row.state,
        CaptureFacts.of(key.open_json(row.sealed, f"capture.sealed {row.id}")),
        result,
        row.result_at,
        kept=row.video is not None and row.state in ("done", "refused", "failed"),
    )
