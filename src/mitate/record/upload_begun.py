"""Beginning a film that is on its way: whether it may come, whether there is room, and its row."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record import consents, settings
from mitate.record.errors import ConflictError, FullError, MissingError
from mitate.record.opened import Record
from mitate.record.schema import Capture, Check, Person, Upload, new_id, now
from mitate.record.weights import KG
from mitate.record.written import told_plainly

__all__ = ["Begun", "Limits", "TooLargeError", "Wanted", "begin", "patience"]

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class TooLargeError(InputError):
    """More bytes than are taken (413)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may send.

    Attributes:
        most_bytes: of one film.
        quota_bytes: of one person's films on their way, waiting and kept.
        unfinished: uploads of one person at a time.
        reserve_bytes: that stay free on the disk for everything else.
    """

    most_bytes: int = 500_000_000
    quota_bytes: int = 4_000_000_000
    unfinished: int = 12
    reserve_bytes: int = 16_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A film that somebody is about to send.

    Attributes:
        instrument: ``edema`` or ``back``.
        length: bytes.
        content_type: of the file.
        context, weight_kg, movement, by: as `mitate.record.captures.CaptureFacts`.
        check_id: of the back check that it belongs to, or None.
        at: when it was taken; None is now.
    """

    instrument: Literal["edema", "back"]
    length: int
    content_type: str
    by: str
    context: str = "other"
    weight_kg: float | None = None
    movement: str | None = None
    check_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload that can be sent to; `new` is False where it had been begun before by the same key."""

    capture_id: str
    upload_id: str
    expires_at: datetime | None
    new: bool


def begin(
    record: Record,
    session: Session,
    person_id: str,
    wanted: Wanted,
    limits: Limits,
    idempotency: str | None = None,
) -> Begun:
    """Begin a film. Nothing is on the disk yet.

    Args:
        record: open.
        session: writing.
        person_id: whose film.
        wanted: what is coming.
        limits: that hold.
        idempotency: a word of the client's: the same again gives the same film, not a second one.

    Raises:
        MissingError: no such person or check.
        ConflictError: no consent, a check that is closed, too many uploads, or the word of another film.
        TooLargeError: larger than a film may be.
        FullError: no room for it, on the disk or within what one person may have.
    """
    if session.scalar(select(Person.id).where(Person.id == person_id).with_for_update()) is None:
        raise MissingError("there is no such person", where="person")
    key = record.key(session, person_id)
    capture_id = new_id() if idempotency is None else _id_of(record, person_id, wanted.by, idempotency)
    told = asdict(wanted) | {"at": None if wanted.at is None else wanted.at.isoformat()}
    if (known := session.get(Capture, capture_id)) is not None:
        return _again(session, known, told, key.open_json(known.sealed, f"capture.sealed {capture_id}"))
    _check_wanted(session, person_id, wanted)
    _check_room(record, session, person_id, wanted.length, limits)
    expires = now() + patience(session)
    try:
        with session.begin_nested():
            session.add(
                Capture(
                    id=capture_id,
                    person_id=person_id,
                    check_id=wanted.check_id,
                    instrument=wanted.instrument,
                    at=wanted.at or now(),
                    sealed=key.seal_json(told, f"capture.sealed {capture_id}"),
                    video=f"{capture_id}.film",  # named from the start: never an orphan while it moves
                )
            )
            session.flush()
            session.add(
                Upload(id=capture_id, capture_id=capture_id, length=wanted.length, expires_at=expires)
            )
            session.flush()
    except IntegrityError as error:  # the same word at the same moment on another machine
        raise ConflictError(
            "this is being begun already", where="Idempotency-Key", todo="try again"
        ) from error
    return Begun(capture_id, capture_id, expires, True)


def patience(session: Session) -> timedelta:
    """How long an upload is waited for after its last sign, as the clinic has set it."""
    return timedelta(hours=int(settings.get(session, "retention")["uploads_hours"]))


def _id_of(record: Record, person_id: str, by: str, word: str) -> str:
    # Keyed, so that nobody who knows the word can guess the id; the primary key keeps it single.
    return record.vault.index(f"capture {person_id} {by} {word}")[:16].hex()


def _again(session: Session, known: Capture, told: dict[str, object], before: dict[str, object]) -> Begun:
    if told != before:
        raise ConflictError(
            "this key was used for another film", where="Idempotency-Key", todo="give each film its own"
        )
    upload = session.get(Upload, known.id)
    return Begun(known.id, known.id, None if upload is None else upload.expires_at, False)


def _check_wanted(session: Session, person_id: str, wanted: Wanted) -> None:
    consents.need(session, person_id, "analyse")
    image = wanted.content_type.startswith("image/")
    if image and wanted.instrument != "edema":
        raise InputError("a photo shows no movement", where="content_type", todo="send a film")
    if wanted.instrument == "back" and wanted.movement is None:
        raise InputError("a film of the back needs its movement", where="movement")
    if wanted.instrument == "edema" and (wanted.movement is not None or wanted.check_id is not None):
        raise InputError("a film of the face belongs to no movement and no check", where="movement")
    if wanted.weight_kg is not None and not KG[0] <= wanted.weight_kg <= KG[1]:
        raise InputError(
            f"a weight of {wanted.weight_kg:g} kg cannot be",
            where="weight_kg",
            todo=f"give kilograms, {KG[0]:g} to {KG[1]:g}; 665 may be 66.5",
        )
    if wanted.at is not None and wanted.at > now() + timedelta(minutes=5):
        raise InputError("this is in the future", where="at")
    if wanted.at is not None and wanted.at < _EARLIEST:  # a page could not even tell it in local time
        raise InputError("this is no time", where="at", todo="such as 2026-11-22T09:30+09:00")
    if wanted.check_id is not None:
        check = session.get(Check, wanted.check_id)
        if check is None or check.person_id != person_id:
            raise MissingError("there is no such check", where="check")
        if check.state != "open":
            raise ConflictError("this check is closed", where="check", todo="begin another")


def _check_room(record: Record, session: Session, person_id: str, length: int, limits: Limits) -> None:
    if length > limits.most_bytes:
        most = f"send at most {limits.most_bytes // 1_000_000} MB; a shorter film will do"
        raise TooLargeError("this film is too large", where="length", todo=most)
    mine = select(Upload).join(Capture, Capture.id == Upload.capture_id).where(Capture.person_id == person_id)
    coming = mine.where(Capture.state == "uploading").subquery()
    number, total = session.execute(
        select(func.count(), func.coalesce(func.sum(coming.c.length), 0)).select_from(coming)
    ).one()
    if number >= limits.unfinished:
        raise ConflictError(
            "too many films of this person are on their way",
            where="uploads",
            todo="finish or delete one first",
        )
    names = session.scalars(
        select(Capture.video).where(Capture.person_id == person_id, Capture.video.is_not(None))
    )
    kept = sum(_size(record.folder / "videos" / name) for name in names if name)
    if kept + total + length > limits.quota_bytes:
        raise FullError(
            "there is no room for more films of this person",
            where="quota",
            todo="delete some, or wait until they are read",
        )
    with told_plainly("the record's folder"):
        free = shutil.disk_usage(record.folder).free
    if free < length + limits.reserve_bytes:
        raise FullError("the disk has no room for this film", where="disk", todo="make room, then try again")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # still on its way, or already deleted
        return 0
