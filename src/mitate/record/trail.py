"""The audit trail read: by what, by whom, newest first; and as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mitate.record.schema import Audit

__all__ = ["Asked", "actions_known", "as_csv", "rows_of"]

_COLUMNS = ("seq", "at", "actor", "action", "subject", "detail", "previous", "hash")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: empty fields ask for nothing. `since` and `until` are UTC, `until` excluded."""

    action: str = ""
    actor: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def rows_of(session: Session, asked: Asked, before: int | None = None, most: int = 100) -> list[Audit]:
    """At most `most` rows, newest first, of numbers under `before`."""
    query = select(Audit).order_by(Audit.seq.desc()).limit(most)
    for column, value in (
        (Audit.action, asked.action),
        (Audit.actor, asked.actor),
        (Audit.subject, asked.subject),
    ):
        if value:
            query = query.where(column == value)
    if asked.since is not None:
        query = query.where(Audit.at >= asked.since)
    if asked.until is not None:
        query = query.where(Audit.at < asked.until)
    if before is not None:
        query = query.where(Audit.seq < before)
    return list(session.scalars(query))


def actions_known(session: Session) -> dict[str, int]:
    """How often each action stands in the trail."""
    counted: list[Any] = list(session.execute(select(Audit.action, func.count()).group_by(Audit.action)))
    return dict(sorted((action, count) for action, count in counted))


def as_csv(session: Session, asked: Asked, at_once: int = 1000) -> Iterator[str]:
    """The rows as CSV (RFC 4180), newest first, in pieces."""
    yield _line(_COLUMNS)
    before: int | None = None
    while rows := rows_of(session, asked, before, at_once):
        yield "".join(_line(_cells(row)) for row in rows)
        before = rows[-1].seq
        session.expunge_all()


def _cells(row: Audit) -> tuple[str, ...]:
    detail = json.dumps(row.detail, sort_keys=True, ensure_ascii=False)
    at = row.at.isoformat(timespec="microseconds")
    return (str(row.seq), at, row.actor, row.action, row.subject, detail, row.previous, row.hash)


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
