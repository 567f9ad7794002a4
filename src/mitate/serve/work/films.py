"""The film of a capture: decrypted for as long as a child process reads it, and gone when it was read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from mitate.record.captures import forget_film
from mitate.record.committed import once_committed
from mitate.record.consents import given_still
from mitate.record.errors import MissingError
from mitate.record.opened import Record
from mitate.record.schema import Capture
from mitate.record.streams import PlainCopy, film_about, plain_copy
from mitate.serve.service import Service

__all__ = ["film_gone", "plain_film", "wake_after"]


@contextmanager
def plain_film(record: Record, capture_id: str) -> Iterator[PlainCopy]:
    """The film of a capture, readable for as long as the block lasts.

    Raises:
        MissingError: no such capture, or its film is not there any more.
        RecordError: the film does not open.
    """
    with record.database.reading() as session:
        capture = session.get(Capture, capture_id)
        sealed = (
            None if capture is None or capture.video is None else record.folder / "videos" / capture.video
        )
        if capture is None or sealed is None or not sealed.exists():
            raise MissingError("the film is not there any more", where="capture")
        key = record.key(session, capture.person_id)
    with plain_copy(sealed, key, film_about(capture_id), record.folder / "uploads") as copy:
        yield copy


def film_gone(record: Record, session: Session, capture: Capture) -> None:
    """Delete the film with this transaction, unless the person agreed that it is kept.

    The rows go first and the file after the commit; what a kill leaves in between is swept by retention.
    """
    if not given_still(session, capture.person_id, "keep_video"):
        forget_film(record, session, capture)


def wake_after(service: Service, session: Session) -> None:
    """Say that there is work once this transaction has been committed."""
    once_committed(session, service.queue.wake)
