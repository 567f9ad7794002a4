"""Photos of a person's face, to be compared with what a model or a gallery knows.

A photo is a row of `Capture` with the instrument ``diagnosis``: erasure, retention, backups and the export of
everything see it as they see films. It lies sealed under ``videos/`` until it was read.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record import consents
from mitate.record.audit import note
from mitate.record.captures import PHOTO, CaptureFacts, KnownCapture, get_capture
from mitate.record.containers import NotAFilmError
from mitate.record.errors import ConflictError, FullError, MissingError
from mitate.record.face_models import face_models
from mitate.record.opened import Record
from mitate.record.schema import Capture, new_id, now
from mitate.record.streams import SealedWriter, film_about
from mitate.record.upload_begun import TooLargeError
from mitate.record.uploads import AddJob
from mitate.record.vault import DataKey
from mitate.record.written import told_plainly

__all__ = ["MOST_BYTES", "NewPhoto", "add_photo", "get_photo", "need_photos", "photo_type"]

MOST_BYTES = 30_000_000
"""Of one photo: a phone's JPEG of 50 megapixels has some 15."""
_WAITING = 12  # photos of one person at a time
_RESERVE = 16_000_000  # that stay free on the disk for everything else
_STARTS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_STILL = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")  # ISO/IEC 23008-12, brands of still pictures


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo that came in.

    Attributes:
        content: of the file.
        by: account.
        at: when it was taken; None is now.
    """

    content: bytes
    by: str
    at: datetime | None = None


def photo_type(first: bytes) -> str:
    """What the first bytes of a file announce, whatever it is called; the decoder has the last word.

    Raises:
        NotAFilmError: it is no photo of a kind that is taken (422).
    """
    for start, kind in _STARTS:
        if first.startswith(start):
            return kind
    if first[4:8] == b"ftyp" and first[8:12] in _STILL:
        return "image/heic"
    raise NotAFilmError("this is no photo", where="photo", todo="send JPEG, PNG or HEIC")


def need_photos(session: Session, person_id: str) -> None:
    """Stand before a photo of a person: she agreed to be looked at, and to this.

    Raises:
        ConflictError: one of the two was not given, or was taken back.
    """
    consents.need(session, person_id, "analyse")
    consents.need(session, person_id, "photos")


def add_photo(record: Record, person_id: str, photo: NewPhoto, add: AddJob) -> str:
    """Take a photo in, with its job; the capture's id.

    The sealed file is there before its row: a process killed in between leaves noise, which the next sweep
    takes away.

    Raises:
        MissingError: no such person.
        ConflictError: no consent, nothing to compare a photo with, or many photos that wait already.
        TooLargeError, NotAFilmError: more than `MOST_BYTES`, or no photo.
        InputError: it was taken in the future.
        FullError: no room.
    """
    if len(photo.content) > MOST_BYTES:
        raise TooLargeError(
            "this photo is too large", where="photo", todo=f"send at most {MOST_BYTES // 1_000_000} MB"
        )
    content_type = photo_type(photo.content[:16])
    if photo.at is not None and photo.at > now():
        raise InputError("this is in the future", where="at")
    with record.database.reading() as session:
        key = record.key(session, person_id)
        _check(record, session, person_id)
    capture_id = new_id()
    _write(record, key, capture_id, photo.content)
    facts = CaptureFacts(content_type=content_type, by=photo.by)
    with record.database.writing() as session:
        _check(record, session, person_id)  # once more: it may have been taken back meanwhile
        session.add(
            Capture(
                id=capture_id,
                person_id=person_id,
                instrument=PHOTO,
                at=photo.at or now(),
                state="waiting",
                sealed=key.seal_json(asdict(facts), f"capture.sealed {capture_id}"),
                video=f"{capture_id}.film",
            )
        )
        session.flush()
        add(session, "read_photo", capture_id, person_id)
        note(session, photo.by, "photo.added", person_id, capture=capture_id)
    return capture_id


def get_photo(record: Record, session: Session, capture_id: str) -> KnownCapture:
    """One photo.

    Raises:
        MissingError: no such photo; a film is none.
    """
    row = session.get(Capture, capture_id)
    if row is None or row.instrument != PHOTO:
        raise MissingError("there is no such photo", where="photo")
    return get_capture(record, session, capture_id)


def _check(record: Record, session: Session, person_id: str) -> None:
    need_photos(session, person_id)
    if not face_models(record, session):
        raise ConflictError(
            "there is no model of faces to compare a photo with",
            where="faces",
            todo="ask an administrator to install one",
        )
    waiting = select(func.count()).where(
        Capture.person_id == person_id,
        Capture.instrument == PHOTO,
        Capture.state.in_(("waiting", "reading")),
    )
    if (session.scalar(waiting) or 0) >= _WAITING:
        raise ConflictError(
            "too many photos of this person are waiting", where="photos", todo="wait until they are read"
        )


def _write(record: Record, key: DataKey, capture_id: str, content: bytes) -> None:
    with told_plainly("the record's folder"):
        free = shutil.disk_usage(record.folder).free
    if free < len(content) + _RESERVE:
        raise FullError("the disk has no room for this photo", where="disk", todo="make room, then try again")
    place = record.folder / "videos" / f"{capture_id}.film"
    try:
        with SealedWriter.open(place, key, film_about(capture_id)) as writer:
            writer.append(content)
            writer.finish()
    except BaseException:
        place.unlink(missing_ok=True)
        raise
