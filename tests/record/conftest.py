"""An empty record, and people in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mitate.record.opened import Record, open_record
from mitate.record.people import PersonFacts, add_people, add_person
from mitate.record.vault import Vault

_BY = "0" * 32


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    opened = open_record(tmp_path / "record", Vault.new())
    yield opened
    opened.close()


@pytest.fixture
def person(record: Record) -> str:
    with record.database.writing() as session:
        return add_person(record, session, PersonFacts("Hana"), _BY)


@pytest.fixture
def people(record: Record) -> list[str]:
    with record.database.writing() as session:
        return add_people(record, session, [PersonFacts("Hana"), PersonFacts("Taro")], _BY)
