"""What is set for the whole clinic: whom to call, and how long things are kept. Nothing personal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record.letters import check_letters
from mitate.record.schema import Setting

__all__ = ["DEFAULTS", "get", "put"]

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "clinic": {"name": "", "call_name": "", "call_phone": ""},
    # Hours of an unfinished upload, from its last sign. captures_years None: kept until the person is erased.
    # Of backups in the record's folder the newest always stays.
    "retention": {"uploads_hours": 48, "captures_years": None, "jobs_days": 90, "backups_days": 90},
}
_LONGEST_TEXT = 120
_RANGES = {
    "uploads_hours": (1, 24 * 90),
    "captures_years": (1, 100),
    "jobs_days": (1, 3650),
    "backups_days": (1, 3650),
}


def get(session: Session, key: str, default: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is set under a key, over what holds where nothing was set (`default`, else `DEFAULTS`)."""
    base = DEFAULTS.get(key, {}) if default is None else default
    row = session.get(Setting, key)
    return {**base, **({} if row is None else row.value)}


def put(session: Session, key: str, value: Mapping[str, Any]) -> None:
    """Set a key; ``clinic`` and ``retention`` may be given in part, the rest stays as it was.

    Raises:
        InputError: an unknown field of ``clinic`` or ``retention``, or one out of its range.
    """
    new = dict(value)
    row = session.get(Setting, key, with_for_update=True, populate_existing=True)
    if key in DEFAULTS:
        for field, one in new.items():
            _check(key, field, one)
        new = {**get(session, key), **new}
    if row is None:
        session.add(Setting(key=key, value=new))
    else:
        row.value = new
    session.flush()


def _check(key: str, field: str, value: Any) -> None:
    where = f"{key}.{field}"
    if field not in DEFAULTS[key]:
        raise InputError("there is no such setting", where=where, todo=f"of {', '.join(DEFAULTS[key])}")
    if key == "clinic":
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise InputError(f"must be a text of at most {_LONGEST_TEXT} characters", where=where)
        check_letters(value, where)
        return
    low, high = _RANGES[field]
    unset = value is None and DEFAULTS[key][field] is None
    if not unset and (type(value) is not int or not low <= value <= high):
        raise InputError(f"must be a whole number from {low} to {high}", where=where)
