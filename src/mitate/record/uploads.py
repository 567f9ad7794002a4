"""Films on their way into the record: begun, received piece by piece and sealed as they come, whole at the
end.

Bytes lie under ``uploads/`` until the last one is there. What is on the disk is the truth about how far an
upload is; its row follows. The file then moves to ``videos/``, and one transaction says that the film waits
and adds its job: a process killed in between finds the moved file and does that transaction again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.files import durable_folder
from mitate.record.containers import needs_bytes, refuse_other
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record
from mitate.record.schema import Capture, Job, Upload, now
from mitate.record.streams import SealedWriter, film_about
from mitate.record.upload_begun import TooLargeError, patience
from mitate.record.vault import DataKey
from mitate.record.written import told_plainly

__all__ = [
    "BusyError",
    "Receiving",
    "abandon",
    "get_upload",
    "receiving",
    "remove_expired",
    "settle",
]

AddJob = Callable[[Session, str, str, str | None], Job]
"""Adds a job in a transaction: session, kind, subject, person."""


def get_upload(session: Session, upload_id: str) -> tuple[Upload, Capture]:
    """An upload and its film.

    Raises:
        MissingError: no such upload.
    """
    upload = session.get(Upload, upload_id)
    capture = None if upload is None else session.get(Capture, upload.capture_id)
    if upload is None or capture is None:
        raise MissingError("there is no such upload", where="upload")
    return upload, capture


class BusyError(ConflictError):
    """Somebody else is sending to the same upload at this moment (423)."""


class Receiving:
    """An upload that is held by nobody else, so that bytes can be added.

    Attributes:
        offset: bytes that are safely on the disk.
        length: bytes that it will have.
        expires_at: when it is given up.
    """

    def __init__(
        self, record: Record, upload: Upload, capture: Capture, add: AddJob, writer: SealedWriter | None
    ) -> None:
        """Use `receiving`."""
        self._record, self._add, self._writer = record, add, writer
        self._kind = "read_face" if capture.instrument == "edema" else "read_movement"
        self.id, self.person_id = upload.id, capture.person_id
        self.length, self.expires_at = upload.length, upload.expires_at
        self._coming = self.offset = upload.length if writer is None else writer.size

    def append(self, content: bytes) -> None:
        """Take bytes; they are safe after `keep`.

        The first piece must hold the beginning of a container, `containers.NEEDED` bytes or all there is.

        Raises:
            TooLargeError: more than was announced.
            NotAFilmError: the first bytes are of no film.
            FullError: the disk is full; go on from `offset` when there is room.
        """
        if self._writer is None or self._coming + len(content) > self.length:
            raise TooLargeError("more bytes than were announced", where="upload")
        if self._coming == 0:
            if needs_bytes(content, self.length):
                return  # too few to know what it is: not taken, the sender goes on from 0
            refuse_other(content)
        self._writer.append(content)
        self._coming += len(content)

    def keep(self) -> bool:
        """Make durable what came, and write how far it is; whether that was the last byte.

        With the last byte the film waits for its job, which is there in the same transaction.

        Raises:
            FullError: the disk is full; what is not in `offset` is to be sent again.
        """
        if self._writer is not None:
            self._writer.flush()
            self.offset = self._coming = self._writer.size
            if self.offset == self.length:
                self._writer.finish()
                _move(self._record, self.id)
        whole = self.offset == self.length
        with self._record.database.writing() as session:
            upload, capture = get_upload(session, self.id)
            if capture.state != "uploading":
                return True
            upload.offset = self.offset
            upload.expires_at = self.expires_at = now() + patience(session)
            if whole:
                capture.state = "waiting"
                self._add(session, self._kind, capture.id, capture.person_id)
        return whole


@contextmanager
def receiving(record: Record, upload_id: str, add: AddJob) -> Iterator[Receiving]:
    """Hold an upload for a block; what was appended and not kept is kept as far as the disk takes it.

    Raises:
        MissingError: no such upload, or it was given up.
        BusyError: somebody else is sending to it at this moment.
        FullError: the disk is full or read-only.
    """
    part, film = _part(record, upload_id), _film(record, upload_id)
    with record.database.reading() as session:
        upload, capture = get_upload(session, upload_id)
        key = record.key(session, capture.person_id)
    if capture.state != "uploading":
        yield Receiving(record, upload, capture, add, None)
        return
    if film.exists():  # moved, but killed before its row said so
        held = Receiving(record, upload, capture, add, None)
        held.keep()
        yield held
        return
    with _alone(part, key, upload_id) as writer:
        with record.database.reading() as session:
            row = session.get(Upload, upload_id)
            state = session.scalar(select(Capture.state).where(Capture.id == upload_id))
        if row is None or state != "uploading" or film.exists():  # while the file was being opened
            part.unlink(missing_ok=True)
            raise ConflictError("this upload has just ended", where="upload", todo="ask how far it is")
        held = Receiving(record, row, capture, add, writer)
        if held.offset == held.length:  # killed before the last byte could be told
            held.keep()
        yield held


def abandon(record: Record, upload_id: str) -> None:
    """Give an unfinished upload up: its bytes and its film's row are gone.

    Raises:
        MissingError: no such upload.
        ConflictError: it is whole.
        BusyError: somebody is sending to it at this moment.
    """
    with record.database.reading() as session:
        _, capture = get_upload(session, upload_id)
        key = record.key(session, capture.person_id)
    if capture.state != "uploading" or _film(record, upload_id).exists():
        raise ConflictError("this film is whole", where="upload", todo="delete the capture instead")
    part = _part(record, upload_id)
    with _alone(part, key, upload_id):
        with record.database.writing() as session:
            _, capture = get_upload(session, upload_id)
            if capture.state != "uploading":
                raise ConflictError("this film is whole", where="upload", todo="delete the capture instead")
            session.delete(capture)
        part.unlink(missing_ok=True)


def settle(record: Record, add: AddJob) -> int:
    """Bring to their jobs the films whose last byte came just before the process was killed; how many."""
    with record.database.reading() as session:
        asked = select(Upload.id, Upload.length).join(Capture).where(Capture.state == "uploading")
        known = [(upload_id, length) for upload_id, length in session.execute(asked)]
    count = 0
    for upload_id, length in known:
        if not _film(record, upload_id).exists() and _size(_part(record, upload_id)) < length:
            continue
        try:
            with receiving(record, upload_id, add) as held:
                count += held.offset == held.length
        except (MissingError, ConflictError):  # its sender is there and will do it
            continue
    return count


def remove_expired(record: Record, moment: datetime | None = None) -> int:
    """Give up what was not gone on with for the hours that are set (`settings`, retention); how many.

    Args:
        record: open.
        moment: that counts as now.
    """
    asked = (
        select(Upload.id)
        .join(Capture, Capture.id == Upload.capture_id)
        .where(Capture.state == "uploading", Upload.expires_at < (moment or now()))
    )
    with record.database.reading() as session:
        late = list(session.scalars(asked))
    count = 0
    for upload_id in late:
        try:
            abandon(record, upload_id)
        except (MissingError, ConflictError):  # gone meanwhile, or gone on with after all
            continue
        count += 1
    return count


def _part(record: Record, upload_id: str) -> Path:
    return record.folder / "uploads" / f"{upload_id}.part"


def _film(record: Record, upload_id: str) -> Path:
    return record.folder / "videos" / f"{upload_id}.film"


def _alone(part: Path, key: DataKey, upload_id: str) -> SealedWriter:
    try:
        return SealedWriter.open(part, key, film_about(upload_id))
    except ConflictError as error:
        raise BusyError(
            "somebody is sending to this upload", where="upload", todo="try again soon"
        ) from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _move(record: Record, upload_id: str) -> None:
    with told_plainly("videos"):
        film = _film(record, upload_id)
        _part(record, upload_id).replace(film)
        durable_folder(film.parent)  # before its row says that it is there
