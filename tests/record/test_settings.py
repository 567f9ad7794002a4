from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mitate.errors import InputError
from mitate.record.database import Database, open_database, sqlite_url
from mitate.record.migrate import upgrade
from mitate.record.settings import get, put


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = open_database(sqlite_url(tmp_path / "a.sqlite3"))
    upgrade(database)
    return database


def test_defaults_hold_until_something_is_set(database: Database) -> None:
    with database.writing() as session:
        assert get(session, "clinic") == {"name": "", "call_name": "", "call_phone": ""}
        put(session, "clinic", {"call_phone": "0123"})
        put(session, "clinic", {"name": "Ward"})
        assert get(session, "other", {"a": 1}) == {"a": 1}
        put(session, "other", {"b": 2})
    with database.reading() as session:
        assert get(session, "clinic") == {"name": "Ward", "call_name": "", "call_phone": "0123"}
        assert get(session, "other") == {"b": 2}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("clinic", {"colour": "red"}),
        ("clinic", {"name": 3}),
        ("clinic", {"name": "x" * 121}),
        ("retention", {"uploads_hours": 0}),
        ("retention", {"uploads_hours": None}),
        ("retention", {"captures_years": True}),
        ("retention", {"jobs_days": 1.5}),
    ],
)
def test_what_makes_no_sense_is_refused(database: Database, key: str, value: dict[str, Any]) -> None:
    with database.writing() as session, pytest.raises(InputError, match=next(iter(value))):
        put(session, key, value)


def test_years_may_be_unset(database: Database) -> None:
    with database.writing() as session:
        put(session, "retention", {"captures_years": 5})
        put(session, "retention", {"captures_years": None})
        assert get(session, "retention")["captures_years"] is None
