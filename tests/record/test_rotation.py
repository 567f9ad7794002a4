from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from mitate.record import rotation
from mitate.record.audit import verify
from mitate.record.errors import RecordError
from mitate.record.master import open_vault, read_keys, write_keys
from mitate.record.opened import Record, open_record
from mitate.record.rotation import rotate
from mitate.record.schema import Account, Person, Setting, Weight, now
from mitate.record.vault import Vault


def fill(record: Record, person_id: str = "p1") -> None:
    key, wrapped = record.vault.new_key(person_id)
    with record.database.writing() as session:
        sealed = key.seal_json({"name": "Hana"}, f"person.sealed {person_id}")
        session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed))
        session.flush()
        session.add(
            Account(
                id=f"a{person_id}",
                login_index=record.vault.index(person_id),
                sealed=record.vault.clinic.seal_json(
                    {"login": person_id, "name": "H"}, f"account.sealed a{person_id}"
                ),
                roles=["person"],
                person_id=person_id,
                secret="-",
            )
        )
        session.add(Weight(id=f"w{person_id}", person_id=person_id, at=now(), sealed=b"s"))


def check(record: Record, *people: str) -> None:
    with record.database.reading() as session:
        for person_id in people:
            key = record.key(session, person_id)
            person = session.get_one(Person, person_id)
            assert key.open_json(person.sealed, f"person.sealed {person_id}") == {"name": "Hana"}
            account = session.get_one(Account, f"a{person_id}")
            assert account.login_index == record.vault.index(person_id)
            about = f"account.sealed {account.id}"
            assert record.vault.clinic.open_json(account.sealed, about)["login"] == person_id


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "own.key"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def record(tmp_path: Path, key_file: Path, url: str | None) -> Iterator[Record]:
    folder = tmp_path / "record"
    record = open_record(folder, open_vault(folder, key_file=key_file), url)
    fill(record)
    fill(record, "p2")
    yield record
    record.close()


def again(record: Record, url: str | None) -> Record:
    return open_record(record.folder, open_vault(record.folder), url)


def test_all_opens_under_the_new_key_and_nothing_under_the_old(record: Record, url: str | None) -> None:
    with record.database.reading() as session:
        data_key = record.key(session, "p1")
    new = rotate(record)
    assert new.master != record.vault.master
    assert len(read_keys(record.folder).wrapped) == 1
    opened = again(record, url)
    assert opened.vault.master == new.master
    check(opened, "p1", "p2")
    with opened.database.reading() as session:
        assert opened.key(session, "p1") == data_key  # what it sealed stays as it is
        assert verify(session).rows == 1
    opened.close()


def test_who_still_has_the_old_key_writes_nothing(record: Record) -> None:
    rotate(record)
    with pytest.raises(RecordError, match="changed while this ran"):
        fill(record, "p3")


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_in_between_it_still_opens(
    record: Record, url: str | None, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    if when == "before":  # the transaction
        monkeypatch.setattr(rotation, "_rewrap", cut)
    else:
        real, calls = write_keys, []

        def first_only(*given: object) -> None:
            calls.append(1)
            if len(calls) > 1:
                raise KeyboardInterrupt
            real(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(rotation, "write_keys", first_only)
    with pytest.raises(KeyboardInterrupt):
        rotate(record)
    monkeypatch.undo()
    assert len(read_keys(record.folder).wrapped) == 2
    opened = again(record, url)
    assert (opened.vault.master == record.vault.master) == (when == "before")
    check(opened, "p1", "p2")
    rotate(opened)
    opened.close()
    opened = again(record, url)
    assert len(read_keys(record.folder).wrapped) == 1
    check(opened, "p1", "p2")
    opened.close()


def test_a_row_that_does_not_open_changes_nothing(record: Record, url: str | None) -> None:
    with record.database.writing() as session:
        session.get_one(Person, "p2").wrapped_key = os.urandom(60)
    with pytest.raises(RecordError, match="do not open"):
        rotate(record)
    opened = again(record, url)
    assert opened.vault.master == record.vault.master
    check(opened, "p1")
    opened.close()


def test_another_record_is_not_opened(tmp_path: Path, record: Record, url: str | None) -> None:
    with pytest.raises(RecordError, match="not the key that the record was sealed with"):
        open_record(record.folder, Vault.new(), url)
    with record.database.reading() as session:
        assert session.get_one(Setting, "vault").value == {"check": record.vault.check_value}


def test_nothing_is_written_into_tables_that_a_later_version_has_changed(
    tmp_path: Path, database_url: str
) -> None:
    record = open_record(tmp_path / "record", Vault.new(), database_url)
    with record.database.engine.connect().execution_options(writing=True) as later, later.begin():
        later.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(RecordError, match="version 0999"), record.database.writing():
        pass
    record.close()
