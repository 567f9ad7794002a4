"""Errors of disks and databases told plainly: what, where, what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError

from mitate.record.errors import FullError, RecordError

__all__ = ["told_plainly"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EACCES, errno.EPERM}
_SIGNS = (
    "disk is full",
    "readonly database",
    "disk i/o error",
    "unable to open database file",  # what SQLite says of a read-only folder: its log cannot be made
    "no space left",
    "could not extend file",
)


@contextmanager
def told_plainly(where: str) -> Iterator[None]:
    """What a full or read-only disk or a lost database does inside the block becomes an error of ours.

    Raises:
        FullError: the disk is full or read-only.
        RecordError: the database cannot be reached, or is damaged.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _full(where) from error
        raise
    except (DBAPIError, sqlite3.Error) as error:
        said = str(getattr(error, "orig", error)).lower()
        if any(sign in said for sign in _SIGNS):
            raise _full(where) from error
        if "malformed" in said or "not a database" in said:
            raise RecordError("the database is damaged", where=where, todo="restore a backup") from error
        if isinstance(error, OperationalError | sqlite3.OperationalError):
            raise RecordError(
                "the database does not answer", where=where, todo="see whether it runs and try again"
            ) from error
        raise


def _full(where: str) -> FullError:
    return FullError(
        "nothing can be written: the disk is full or read-only",
        where=where,
        todo="make room or allow writing, then try again; nothing that was saved before is lost",
    )
