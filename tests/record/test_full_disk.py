"""A disk that is really full, and one that is really read-only: told plainly, and nothing is lost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from mitate.record.audit import note, verify
from mitate.record.backup import back_up
from mitate.record.database import sqlite_url
from mitate.record.erasure import erase
from mitate.record.errors import FullError
from mitate.record.master import KEYS, open_vault, protect
from mitate.record.opened import Record, open_record
from mitate.record.restoring import restore
from mitate.record.rotation import rotate
from mitate.record.schema import Person, Weight, now
from mitate.record.streams import SealedWriter, film_about, read_into
from mitate.record.vault import Vault

MB = 1 << 20
LIMITED = """
import resource, sys
from pathlib import Path
from mitate.record.errors import FullError
from mitate.record.streams import SealedWriter
from mitate.record.vault import DataKey
resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))
writer = SealedWriter.open(Path(sys.argv[1]), DataKey(bytes(32)), "film c")
try:
    writer.append(bytes(4 << 20))
except FullError as error:
    print(writer.size, error)
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(place)]
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or subprocess.run(command, capture_output=True).returncode
    ):
        pytest.skip("only root may mount a small disk; the test with a limited file size runs instead")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def record(disk: Path, tmp_path: Path) -> Iterator[Record]:
    record = open_record(disk / "record", open_vault(disk / "record", key_file=tmp_path / "own.key"))
    _, wrapped = record.vault.new_key("p")
    with record.database.writing() as session:
        session.add(Person(id="p", wrapped_key=wrapped, sealed=b"s" * 100))
        note(session, "system", "person.added", "p")
    yield record
    record.close()


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill the disk but for some bytes."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as stream:
        free = os.statvfs(disk)
        stream.write(bytes(max(0, free.f_bavail * free.f_frsize - leave)))
    return path


def weights(record: Record) -> int:
    with record.database.reading() as session:
        assert session.execute(text("PRAGMA integrity_check")).all() == [("ok",)]
        assert verify(session).ok
        return session.scalar(select(func.count()).select_from(Weight)) or 0


def weigh(record: Record, size: int) -> None:
    with record.database.writing() as session:
        session.add(Weight(person_id="p", at=now(), sealed=os.urandom(size)))
        note(session, "system", "weight.added", "p")


def test_rows_on_a_full_disk(record: Record, disk: Path) -> None:
    filler, count = fill(disk, 300_000), 0

    def weigh_on() -> None:
        nonlocal count
        for _ in range(1000):
            weigh(record, 5000)
            count += 1

    with pytest.raises(FullError, match="nothing that was saved before is lost"):
        weigh_on()
    assert 0 < count < 100
    assert weights(record) == count
    filler.unlink()
    weigh(record, 5000)
    assert weights(record) == count + 1


def test_a_film_on_a_full_disk(record: Record, disk: Path) -> None:
    with record.database.reading() as session:
        key = record.key(session, "p")
    path, about, whole = record.folder / "uploads" / "c.part", film_about("c"), os.urandom(3 * MB)
    filler = fill(disk, 1_500_000)
    with SealedWriter.open(path, key, about) as writer:
        with pytest.raises(FullError):
            writer.append(whole)
        assert writer.size == MB
        with pytest.raises(FullError):  # again: still no room, still nothing lost
            writer.append(whole[MB : 3 * MB])
        assert writer.size == MB
    filler.unlink()
    with SealedWriter.open(path, key, about) as writer:
        assert writer.size == MB
        writer.append(whole[MB:])
        writer.finish()
    out = io.BytesIO()
    read_into(path, key, about, out)
    assert out.getvalue() == whole


def test_a_backup_and_a_restoration_on_a_full_disk(record: Record, disk: Path, tmp_path: Path) -> None:
    made = back_up(record, to=tmp_path / "stick")
    filler = fill(disk, 100_000)
    with pytest.raises(FullError):
        back_up(record)
    assert list((record.folder / "backups").iterdir()) == []
    with pytest.raises(FullError):
        restore(made.path, disk / "new")
    assert not (disk / "new").exists()
    filler.unlink()
    restore(made.path, disk / "new")
    assert weights(record) == 0


def test_keys_on_a_full_disk_stay_as_they_were(record: Record, disk: Path) -> None:
    before = (record.folder / KEYS).read_bytes()
    filler = fill(disk)
    with pytest.raises(FullError):
        rotate(record)
    with pytest.raises(FullError):
        protect(record.folder, record.vault, passphrase="correct horse battery staple")
    assert (record.folder / KEYS).read_bytes() == before
    assert open_vault(record.folder).master == record.vault.master
    filler.unlink()
    rotate(record)


def test_somebody_can_be_erased_on_a_full_disk_or_is_still_there(record: Record, disk: Path) -> None:
    filler = fill(disk)
    try:
        erase(record, "p", "admin")
        there = 0
    except FullError:
        there = 1
    filler.unlink()
    with record.database.reading() as session:
        assert session.query(Person).count() == there
        assert verify(session).ok


def test_a_read_only_disk(record: Record, disk: Path) -> None:
    weigh(record, 100)
    record.close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    vault = open_vault(record.folder)
    with pytest.raises(FullError, match="full or read-only"):
        open_record(record.folder, vault)
    with pytest.raises(FullError):
        SealedWriter.open(record.folder / "uploads" / "c.part", vault.clinic, "film c")
    with pytest.raises(FullError):
        open_vault(disk / "another")
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    again = open_record(record.folder, vault)
    assert weights(again) == 1
    again.close()


def test_the_database_alone_read_only(tmp_path: Path) -> None:
    """Where a folder is writable and the file is not, as after a careless copy."""
    folder, vault = tmp_path / "record", Vault.new()
    open_record(folder, vault).close()
    read_only = f"{sqlite_url(folder / 'mitate.sqlite3').replace('///', '///file:')}?mode=ro&uri=true"
    record = open_record(folder, vault, read_only)
    with pytest.raises(FullError), record.database.writing() as session:
        note(session, "system", "test.done")
    record.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_a_film_that_may_not_grow(tmp_path: Path) -> None:
    """As on a full disk, for those who may not mount one."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "f")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{2 * MB} f: nothing can be written")
    assert done.stderr == ""
