from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.record.test_erasure import HERS, OTHERS, found, put

from mitate.errors import InputError, MitateError
from mitate.record import audit
from mitate.record.backup import Backup, back_up, verify
from mitate.record.erasure import erase
from mitate.record.errors import RecordError
from mitate.record.master import open_vault
from mitate.record.migrate import HEAD
from mitate.record.opened import Record, open_record
from mitate.record.restoring import erased_ids, restore
from mitate.record.schema import Account, Capture, Person, Upload
from mitate.record.streams import SealedWriter, film_about, read_into

WORDS = "correct horse battery staple"


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    folder = tmp_path / "record"
    record = open_record(folder, open_vault(folder, WORDS))
    put(record, HERS)
    put(record, OTHERS)
    yield record
    record.close()


def people(record: Record) -> set[str]:
    with record.database.reading() as session:
        return set(session.scalars(select(Person.id)))


def everything(record: Record) -> dict[str, int]:
    tables = Person.metadata.tables.values()
    with record.database.reading() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_all_comes_back_with_the_passphrase_alone(record: Record, tmp_path: Path) -> None:
    before = everything(record)
    made = back_up(record, "admin")
    assert made.path.parent == record.folder / "backups"
    assert [one.name for one in made.path.parent.iterdir()] == [made.path.name]
    assert verify(made.path) == made
    assert (made.version, made.files) == (HEAD, 5 + len(before))  # keys, films, a file of rows for each table
    restored = restore(made.path, tmp_path / "new")
    assert (restored.people, restored.erased, restored.made_at) == (2, 0, made.made_at)
    with pytest.raises(RecordError, match="wrong"):
        open_vault(tmp_path / "new", "another passphrase")
    again = open_record(tmp_path / "new", open_vault(tmp_path / "new", WORDS))
    after = everything(again)
    assert after == {**before, "login": 0, "audit": before["audit"] + 1}
    with again.database.reading() as session:
        assert audit.verify(session, made.audit_head).ok
        for capture in session.scalars(select(Capture).where(Capture.state == "done")):
            out, key = io.BytesIO(), again.key(session, capture.person_id)
            read_into(again.folder / "videos" / str(capture.video), key, film_about(capture.id), out)
            assert len(out.getvalue()) > 1 << 20
        upload = session.scalars(select(Upload)).first()
        assert upload is not None
        key = again.key(session, session.get_one(Capture, upload.capture_id).person_id)
    with SealedWriter.open(
        again.folder / "uploads" / f"{upload.id}.part", key, film_about(upload.id)
    ) as part:
        assert part.size > 1 << 20  # it goes on where it was
    again.close()


def test_a_backup_holds_no_key_that_opens_it(record: Record) -> None:
    made = back_up(record)
    content = made.path.read_bytes()
    assert record.vault.master not in content
    assert record.vault.master.hex().encode() not in content
    assert b"Hanako" not in content
    if sys.platform != "win32":
        assert made.path.stat().st_mode & 0o077 == 0


def test_who_was_erased_since_does_not_come_back(record: Record, tmp_path: Path) -> None:
    made = back_up(record)
    with record.database.reading() as session:
        wrapped = session.get_one(Person, HERS).wrapped_key
    erase(record, HERS, "admin")
    restored = restore(made.path, tmp_path / "new", erased_ids(record.database))
    assert (restored.people, restored.erased) == (1, 1)
    assert not found(tmp_path / "new", [wrapped])
    assert not list((tmp_path / "new").rglob(f"?{HERS[:8]}*"))
    again = open_record(tmp_path / "new", open_vault(tmp_path / "new", WORDS))
    assert people(again) == {OTHERS}
    assert erased_ids(again.database) == {HERS}
    again.close()


def rewritten(path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> None:
    with tarfile.open(path) as tar:
        members = [(one.name, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            changed = change(name, content)
            if changed is not None:
                member = tarfile.TarInfo(changed[0])
                member.size = len(changed[1])
                tar.addfile(member, io.BytesIO(changed[1]))


@pytest.mark.parametrize(
    "change",
    [
        lambda name, content: None if name == "manifest.json" else (name, content),
        lambda name, content: None if name.startswith("videos/") else (name, content),
        lambda name, content: None if name == "tables/person.rows" else (name, content),
        lambda name, content: (name, content[:-1]) if name == "tables/audit.rows" else (name, content),
        lambda name, content: (name, content + b"x") if name == "tables/erased.rows" else (name, content),
        lambda name, content: (f"../{name}", content) if name.startswith("videos/") else (name, content),
        lambda name, content: ("/etc/x", content) if name.startswith("videos/") else (name, content),
        lambda name, content: ("mitate.sqlite3", content) if name == "keys.json" else (name, content),
        lambda name, content: ("tables/x.rows", content) if name == "keys.json" else (name, content),
        lambda name, content: (name, b"[]") if name == "manifest.json" else (name, content),
        lambda name, content: (name, b"{}") if name == "manifest.json" else (name, content),
    ],
)
def test_a_changed_backup_is_refused_and_nothing_is_half_restored(
    record: Record, tmp_path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]
) -> None:
    made = back_up(record)
    rewritten(made.path, change)
    with pytest.raises(RecordError, match=r"damaged|later version"):
        verify(made.path)
    with pytest.raises(RecordError, match=r"damaged|later version"):
        restore(made.path, tmp_path / "new")
    assert [one.name for one in tmp_path.iterdir()] == ["record"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Backup:
    folder = tmp_path_factory.mktemp("small") / "record"
    record = open_record(folder, open_vault(folder, WORDS))
    made = back_up(record)
    record.close()
    return made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_backup_damaged_anywhere_is_refused(small: Backup, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(small.path.read_bytes())
    manifest_end = content.rindex(b"}") + 1  # zeros follow, which nobody reads
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, manifest_end - 1)) :]
    else:
        at = data.draw(st.integers(0, manifest_end - 1))
        content[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged.tar"
    path.write_bytes(content)
    try:
        verify(path)
    except RecordError:
        with pytest.raises(RecordError, match=r"damaged|later version"):
            restore(path, tmp_path / "new")
    else:  # a byte of a header that says nothing, such as an owner's name
        restore(path, tmp_path / "new")
        shutil.rmtree(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_no_backup(record: Record, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with pytest.raises(RecordError, match="damaged"):
        verify(tmp_path / "text")
    with pytest.raises(RecordError, match="no such backup"):
        verify(tmp_path / "none")
    made = back_up(record, to=tmp_path / "stick")
    with pytest.raises(InputError, match="not empty"):
        restore(made.path, record.folder)
    assert people(record) == {HERS, OTHERS}


def test_films_are_not_copied_while_others_wait(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where the backup goes to another disk."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == record.folder.stat().st_dev:
        pytest.skip("there is no other disk here")
    copied: list[str] = []
    copy = shutil.copyfile

    def noted(one: Path, to: Path) -> object:
        copied.append(one.name)
        return copy(one, to)

    monkeypatch.setattr(shutil, "copyfile", noted)
    with TemporaryDirectory(dir=shared) as stick:
        made = back_up(record, to=Path(stick))
        assert verify(made.path) == made
        assert [path.name for path in Path(stick).iterdir()] == [made.path.name]
    assert copied == ["keys.json"]
    assert list((record.folder / "backups").iterdir()) == []


def test_a_damaged_database_is_told_when_it_is_backed_up(record: Record) -> None:
    from mitate.record.erasure import compact

    compact(record.database)
    record.close()
    path = record.folder / "mitate.sqlite3"
    size = path.stat().st_size
    with path.open("r+b") as stream:
        stream.seek(size // 2)
        stream.write(os.urandom(size // 4))
    with pytest.raises(MitateError, match="the database is damaged"):
        back_up(record)
    assert list((record.folder / "backups").iterdir()) == []


def test_a_restored_home_account_of_somebody_erased_stays(record: Record, tmp_path: Path) -> None:
    from tests.record.test_erasure import account

    with record.database.writing() as session:
        session.add(account(record, "home", ["person", "admin"], HERS))
    made = back_up(record)
    restore(made.path, tmp_path / "new", [HERS, "f" * 32])
    again = open_record(tmp_path / "new", open_vault(tmp_path / "new", WORDS))
    with again.database.reading() as session:
        assert session.get_one(Account, "home").roles == ["admin"]
    assert erased_ids(again.database) == {HERS, "f" * 32}
    again.close()
