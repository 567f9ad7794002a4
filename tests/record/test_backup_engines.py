"""Backups made from either database, and of the former format, restored onto either."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from tests.record.servers import new_database
from tests.record.test_erasure import HERS, OTHERS, put

from mitate.errors import InputError
from mitate.record import audit, audit_keys, restoring
from mitate.record.backup import back_up, verify
from mitate.record.database import open_database
from mitate.record.erasure import erase
from mitate.record.errors import RecordError
from mitate.record.master import open_vault
from mitate.record.migrate import HEAD, version_of
from mitate.record.opened import RESTORING, Record, open_record
from mitate.record.restoring import erased_ids, restore
from mitate.record.rotation import rotate
from mitate.record.schema import Audit, Base, Capture, Login, Person, Setting, Upload, Weight, now
from mitate.record.streams import film_about, read_into

WORDS = "correct horse battery staple"
FORMER = Path(__file__).parent / "backups" / "format1.tar.gz"
GONE = "c" * 32
Tables = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def fresh_url(postgres_cluster: Path) -> Iterator[str]:
    """Of another empty database than the record's."""
    with new_database(postgres_cluster) as found:
        yield found


@pytest.fixture(params=["to sqlite", "to postgresql"])
def target(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "to sqlite" else str(request.getfixturevalue("fresh_url"))


@pytest.fixture
def record(tmp_path: Path, url: str | None) -> Iterator[Record]:
    folder = tmp_path / "record"
    record = open_record(folder, open_vault(folder, key_file=tmp_path / "own.key"), url)
    for person_id in (HERS, OTHERS, GONE):
        put(record, person_id)
    erase(record, GONE, "admin")
    yield record
    record.close()


def rows(record: Record) -> Tables:
    with record.database.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }


def films(record: Record) -> int:
    """How many open; all that rows name are there."""
    count = 0
    with record.database.reading() as session:
        for capture in session.scalars(select(Capture).where(Capture.state == "done")):
            key, out = record.key(session, capture.person_id), io.BytesIO()
            read_into(record.folder / "videos" / str(capture.video), key, film_about(capture.id), out)
            count += 1
        for upload in session.scalars(select(Upload)):
            assert (record.folder / "uploads" / f"{upload.id}.part").exists()
    return count


def reopened(folder: Path, target: str | None) -> Record:
    return open_record(folder, open_vault(folder), target)


def test_every_row_and_film_comes_back_on_either(record: Record, tmp_path: Path, target: str | None) -> None:
    before = rows(record)
    made = back_up(record, "admin")
    restored = restore(made.path, tmp_path / "new", url=target)
    assert (restored.people, restored.erased) == (2, 0)
    assert (tmp_path / "new" / "mitate.sqlite3").exists() == (target is None)
    assert not (tmp_path / "new" / "tables").exists()
    assert not (tmp_path / "new" / RESTORING).exists()
    again = reopened(tmp_path / "new", target)
    after = rows(again)
    changed = {"login", "audit", "audit_key"}
    assert {name: after[name] for name in after.keys() - changed} == {
        name: before[name] for name in before.keys() - changed
    }
    assert after["login"] == []
    assert after["audit"][:-1] == before["audit"]
    assert films(again) == films(record) == 2
    with again.database.writing() as session:  # the trail goes on where it was
        audit.note(session, "system", "test.done")
    with again.database.reading() as session:
        seen = audit.verify(session, made.audit_head)
        last = session.scalars(select(Audit.action).order_by(Audit.seq)).all()[-2:]
    assert (seen.ok, seen.rows, seen.keyed_from) == (True, len(before["audit"]) + 2, 1)
    assert last == ["record.restored", "test.done"]
    again.close()


def test_numbers_are_given_by_us_and_not_by_the_database(record: Record, url: str | None) -> None:
    """A sequence of the server's would have to be set when rows come back."""
    if url is not None:
        assert inspect(record.database.engine).get_sequence_names() == []
    for table in Base.metadata.sorted_tables:
        assert table.autoincrement_column is None


def test_who_was_erased_since_does_not_come_back(record: Record, tmp_path: Path, target: str | None) -> None:
    made = back_up(record)
    erase(record, HERS, "admin")
    restored = restore(made.path, tmp_path / "new", erased_ids(record.database), target)
    assert (restored.people, restored.erased) == (1, 1)
    again = reopened(tmp_path / "new", target)
    assert erased_ids(again.database) == {HERS, GONE}
    assert [row[0] for row in rows(again)["person"]] == [OTHERS]
    assert not list((tmp_path / "new").rglob(f"?{HERS[:8]}*"))
    again.close()


def test_a_backup_from_before_a_rotation_opens_as_it_did(record: Record, tmp_path: Path) -> None:
    made = back_up(record)
    rotate(record)
    restore(made.path, tmp_path / "new")
    again = reopened(tmp_path / "new", None)
    assert films(again) == 2
    with again.database.reading() as session:
        assert audit.verify(session, made.audit_head).ok
    again.close()


def test_a_backup_of_the_former_format_is_read(tmp_path: Path, target: str | None) -> None:
    path = tmp_path / "former.tar"
    path.write_bytes(gzip.decompress(FORMER.read_bytes()))
    seen = verify(path)
    assert (seen.version, seen.files) == ("0003", 6)
    restored = restore(path, tmp_path / "new", [OTHERS], target)
    assert (restored.people, restored.erased, restored.made_at) == (1, 1, seen.made_at)
    assert (tmp_path / "new" / "mitate.sqlite3").exists() == (target is None)
    again = open_record(tmp_path / "new", open_vault(tmp_path / "new", WORDS), target)
    assert films(again) == 1
    assert erased_ids(again.database) == {OTHERS, GONE}
    with again.database.reading() as session:
        found = audit.verify(session, seen.audit_head)
        key = again.key(session, HERS)
        person = session.get_one(Person, HERS)
        assert key.open_json(person.sealed, f"person.sealed {HERS}")["name"].startswith("Hanako")
    old = int(seen.audit_head.partition(":")[0])
    assert (found.ok, found.keyed_from) == (True, old + 1)
    again.close()


def test_only_an_empty_database_is_filled(record: Record, tmp_path: Path, fresh_url: str) -> None:
    made = back_up(record)
    database = open_database(fresh_url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(InputError, match="database is not empty"):
        restore(made.path, tmp_path / "new", url=fresh_url)
    assert not (tmp_path / "new").exists()
    assert inspect(database.engine).get_table_names() == ["theirs"]
    database.close()


def test_a_failure_leaves_folder_and_database_as_they_were(
    record: Record, tmp_path: Path, target: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(record)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restoring, "_prepare", fails)
    with pytest.raises(RecordError, match="full"):
        restore(made.path, tmp_path / "new", url=target)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.endswith(("new", "part"))) == []
    if target is not None:
        assert empty(target)
    monkeypatch.undo()
    assert restore(made.path, tmp_path / "new", url=target).people == 2


def empty(url: str) -> bool:
    database = open_database(url)
    with database.engine.connect() as connection:
        found = inspect(connection).get_table_names()
        assert version_of(connection) in (None, HEAD)
    database.close()
    return found == []


def test_cut_off_between_folder_and_rows_it_is_refused(
    record: Record, tmp_path: Path, fresh_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, new = back_up(record), tmp_path / "new"

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "ExitStack", lambda: Cut(cut))
    with pytest.raises(KeyboardInterrupt):
        restore(made.path, new, url=fresh_url)
    monkeypatch.undo()
    assert (new / RESTORING).exists()
    with pytest.raises(RecordError, match="was cut off"):  # and no table is made by the try
        reopened(new, fresh_url)
    with pytest.raises(InputError, match="not empty"):
        restore(made.path, new, url=fresh_url)
    assert empty(fresh_url)
    shutil.rmtree(new)
    restore(made.path, new, url=fresh_url)
    (new / RESTORING).write_text("0" * 32)
    with pytest.raises(RecordError, match="was cut off"):  # rows of another restoration
        reopened(new, fresh_url)
    with pytest.raises(RecordError, match="does not answer"):
        reopened(new, f"postgresql+psycopg://mitate@/none?host={tmp_path}")
    (new / RESTORING).write_text(token(fresh_url))  # killed once all was there, but for this
    again = reopened(new, fresh_url)
    assert films(again) == 2
    assert not (new / RESTORING).exists()
    again.close()


class Cut(ExitStack):
    """Cut off when it is left without an error, where a transaction on a server would end."""

    def __init__(self, cut: Callable[[], None]) -> None:
        super().__init__()
        self.cut, self.entered = cut, False

    def enter_context(self, one: Any) -> Any:
        self.entered = True
        return super().enter_context(one)

    def __exit__(self, *told: Any) -> bool:
        if self.entered and told[0] is None:
            self.callback(self.cut)
        return bool(super().__exit__(*told))


def test_two_first_starts_note_a_restoration_once(record: Record, tmp_path: Path, fresh_url: str) -> None:
    """The app and its workers start together; on a server neither waits for the other by itself."""
    made, new = back_up(record), tmp_path / "new"
    restore(made.path, new, url=fresh_url)
    errors: list[BaseException] = []

    def start() -> None:
        try:
            reopened(new, fresh_url).close()
        except BaseException as error:
            errors.append(error)

    database = open_database(fresh_url)
    starts = [threading.Thread(target=start) for _ in range(2)]
    with Session(database.engine) as holding:
        audit_keys.lock_chain(holding)  # both come as far as they do without each other
        for one in starts:
            one.start()
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
            until = time.monotonic() + 60
            while watching.scalar(waiting) != 2 and time.monotonic() < until:
                time.sleep(0.02)
    for one in starts:
        one.join()
    database.close()
    assert errors == []
    again = reopened(new, fresh_url)
    noted = [row for row in rows(again)["audit"] if "record.restored" in row]
    assert len(noted) == 1
    again.close()


def token(url: str) -> str:
    database = open_database(url)
    with database.reading() as session:
        found = str(session.get_one(Setting, "restored").value["token"])
    database.close()
    return found


def test_a_server_that_is_gone_is_told(record: Record, tmp_path: Path) -> None:
    made = back_up(record)
    nowhere = f"postgresql+psycopg://mitate@/none?host={tmp_path}"
    with pytest.raises(RecordError, match="does not answer") as told:
        restore(made.path, tmp_path / "new", url=nowhere)
    assert isinstance(told.value.__cause__, OperationalError)
    assert not (tmp_path / "new").exists()


def test_it_is_consistent_while_others_write(record: Record, tmp_path: Path) -> None:
    stop, errors = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            try:
                with record.database.writing() as session:  # rows that belong together
                    session.add(Weight(person_id=OTHERS, at=now(), sealed=b"n"))
                    token = os.urandom(8)
                    session.add(Login(token_hash=token, account_id="pbbbbbbbb", csrf="", expires_at=now()))
                    audit.note(session, "system", "test.both")
            except Exception as error:
                errors.append(error)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    made = [back_up(record) for _ in range(3)]
    stop.set()
    for writer in writers:
        writer.join()
    assert errors == []
    for number, one in enumerate(made):
        folder = tmp_path / f"new{number}"
        restore(one.path, folder)
        again = reopened(folder, None)
        with again.database.reading() as session:
            noted = select(func.count()).select_from(Audit).where(Audit.action == "test.both")
            weights = select(func.count()).select_from(Weight).where(Weight.sealed == b"n")
            assert session.scalar(weights) == session.scalar(noted)
            assert audit.verify(session, one.audit_head).ok
        again.close()
