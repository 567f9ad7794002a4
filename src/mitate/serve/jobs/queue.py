"""Handing in jobs: a row in the table, and a bell that wakes workers; what it forgets, the table knows."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mitate.record.schema import Job
from mitate.serve.settings import Settings

__all__ = ["BELL", "BellTrouble", "JobQueue", "RowsOnly", "open_queue"]

BELL = "bell.sqlite3"
_LOG = logging.getLogger("mitate.serve.jobs")


class RowsOnly:
    """A queue that only writes the rows: for tests, and for processes beside workers that look for rows."""

    __slots__ = ()

    def add(self, session: Session, kind: str, subject: str, person_id: str | None = None) -> Job:
        """As `mitate.serve.service.Queue`."""
        there = select(Job).where(Job.kind == kind, Job.subject == subject)
        if (known := session.scalar(there)) is not None:
            return known
        job = Job(kind=kind, subject=subject, person_id=person_id)
        try:
            with session.begin_nested():
                session.add(job)
                session.flush()
        except IntegrityError:  # added at the same moment on another machine
            if (known := session.scalar(there)) is None:
                raise
            return known
        return job

    def wake(self) -> None:
        """Nobody waits."""


class JobQueue(RowsOnly):
    """Rows, and a huey queue as the bell.

    Attributes:
        huey: on SQLite or Redis, for the consumer that answers.
        answer: what a ring does here; nothing where no consumer has put itself behind it.
    """

    __slots__ = ("_ring", "answer", "huey")

    def __init__(self, huey: Any) -> None:
        """Use `open_queue`."""
        self.huey = huey
        self.answer: Callable[[], None] | None = None
        self._ring = huey.task(name="ring")(self._rung)

    def wake(self) -> None:
        """Ring. A bell that is broken loses nothing: workers look at the table every few seconds anyway."""
        try:
            self._ring()
        except _broken() as error:
            _LOG.warning("the bell of the jobs does not ring: %s", type(error).__name__)

    def _rung(self) -> None:
        if self.answer is not None:
            self.answer()


class BellTrouble(logging.Filter):
    """What huey logs of a bell out of reach, as a line a minute instead of a traceback each time.

    For a handler: filters of a logger do not see what its children log.
    """

    _EVERY_S = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._last: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written; what is not of the bell is left as it is."""
        error = record.exc_info[1] if record.exc_info else None
        if not record.name.startswith("huey") or not isinstance(error, _broken()):
            return True
        if self._last is not None and record.created < self._last + self._EVERY_S:
            return False
        self._last = record.created
        record.msg = "the bell of the jobs is out of reach (%s); workers look at the table every few seconds"
        record.args, record.exc_info, record.exc_text = (type(error).__name__,), None, None
        return True


def open_queue(settings: Settings) -> JobQueue:
    """The queue of a record: on Redis where an URL is set, else on SQLite in its folder, which must exist."""
    from huey import RedisHuey, SqliteHuey

    if settings.redis_url is not None:
        return JobQueue(RedisHuey("mitate", url=settings.redis_url, results=False))
    # Nothing is lost with the bell, so it need not wait for the disk.
    return JobQueue(SqliteHuey("mitate", filename=str(settings.folder / BELL), results=False, fsync=False))


def _broken() -> tuple[type[Exception], ...]:
    try:
        from redis.exceptions import RedisError
    except ImportError:  # not installed, not used
        return (OSError, sqlite3.Error)
    return (OSError, sqlite3.Error, RedisError)
