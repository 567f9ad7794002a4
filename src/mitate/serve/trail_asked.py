"""Which rows of the audit trail a page or the API is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Query

from mitate.record.trail import Asked

__all__ = ["RowsAsked", "query_of"]

Word = Annotated[str, Query(max_length=80, pattern=r"^[A-Za-z0-9_.:-]*$")]
Day = Annotated[date | Literal[""], Query()]


def _asked(
    action: Word = "", actor: Word = "", subject: Word = "", since: Day = "", until: Day = ""
) -> Asked:
    """By what, by whom, on which days: the trail's own, UTC, the last one included."""
    after = until + timedelta(days=1) if until and until < date.max else None
    return Asked(action, actor, subject, _begin(since or None), _begin(after))


def _begin(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


RowsAsked = Annotated[Asked, Depends(_asked)]


def query_of(asked: Asked) -> dict[str, str]:
    """What was asked as a form or an address says it again; empty where nothing was."""
    last = asked.until and asked.until - timedelta(days=1)
    days = {"since": asked.since, "until": last}
    return {
        **{"action": asked.action, "actor": asked.actor, "subject": asked.subject},
        **{name: at.date().isoformat() if at else "" for name, at in days.items()},
    }
