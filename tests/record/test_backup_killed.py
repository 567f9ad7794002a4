"""Killed at random (SIGKILL) as backups are made or restored: nothing half-made is taken for whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, select
from tests.record.test_erasure import HERS, OTHERS, put

from mitate.record.audit import verify as verify_trail
from mitate.record.backup import back_up, verify
from mitate.record.database import open_database
from mitate.record.errors import RecordError
from mitate.record.master import KEYS, open_vault
from mitate.record.opened import RESTORING, Record, open_record
from mitate.record.restoring import restore
from mitate.record.schema import Person

MAKES = """
import sys
from pathlib import Path
from mitate.record.backup import back_up
from mitate.record.master import open_vault
from mitate.record.opened import open_record
folder = Path(sys.argv[1])
record = open_record(folder, open_vault(folder), sys.argv[2] or None)
while True:
    print("begun", flush=True)
    back_up(record)
"""
RESTORES = """
import sys
from pathlib import Path
from mitate.record.restoring import restore
print("begun", flush=True)
restore(Path(sys.argv[1]), Path(sys.argv[2]), url=sys.argv[3] or None)
sys.stdin.read()
"""
KILLS = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def filled(tmp_path: Path, url: str | None) -> Record:
    record = open_record(
        tmp_path / "record", open_vault(tmp_path / "record", key_file=tmp_path / "own.key"), url
    )
    for person_id in (HERS, OTHERS):
        put(record, person_id)
    return record


@pytest.fixture
def record(tmp_path: Path, url: str | None) -> Iterator[Record]:
    record = filled(tmp_path, url)
    yield record
    record.close()


def killed(after_s: float, *command: object) -> None:
    told = [sys.executable, "-c", *(str(one) for one in command)]
    with subprocess.Popen(told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "begun\n"
            time.sleep(after_s)
        finally:
            child.kill()


def test_while_a_backup_is_made(record: Record, url: str | None) -> None:
    chance, backups = random.Random(3), record.folder / "backups"
    for _ in range(KILLS):
        killed(chance.uniform(0.0, 0.4), MAKES, record.folder, url or "")
        for path in backups.glob("*.tar"):
            assert verify(path).files
        assert all(path.suffix == ".tar" or path.name.startswith(".part-") for path in backups.iterdir())
    with record.database.reading() as session:
        assert verify_trail(session).ok
    assert verify(back_up(record).path).files  # nobody holds a lock any more


def test_while_one_is_restored(tmp_path: Path, url: str | None) -> None:
    source = filled(tmp_path, None)
    made = back_up(source)
    source.close()
    chance = random.Random(4)
    for number in range(KILLS):
        folder = tmp_path / f"new{number}"
        killed(chance.uniform(0.0, 1.0), RESTORES, made.path, folder, url or "")
        if whole(folder, url):
            break
    else:
        if url is not None and not emptied(url):
            pytest.fail("rows without their folder")
        restore(made.path, tmp_path / "last", url=url)
        assert whole(tmp_path / "last", url)


def whole(folder: Path, url: str | None) -> bool:
    """Whether it came back; then all of it is there, and else nothing opens."""
    if not folder.exists():
        return False
    assert (folder / KEYS).exists()
    marked = (folder / RESTORING).exists()
    record = opened(folder, url)
    if record is None:
        assert marked
        return False
    with record.database.reading() as session:
        assert verify_trail(session).ok
        assert set(session.scalars(select(Person.id))) == {HERS, OTHERS}
    assert {path.suffix for path in (folder / "videos").iterdir()} == {".film"}
    record.close()
    return True


def opened(folder: Path, url: str | None) -> Record | None:
    try:
        return open_record(folder, open_vault(folder), url)
    except RecordError as error:
        if "cut off" not in str(error):
            raise
    return None


def emptied(url: str) -> bool:
    """Once the server has noticed that who filled it is gone."""
    until = time.monotonic() + 30
    database = open_database(url)
    try:
        while inspect(database.engine).get_table_names():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
    finally:
        database.close()
    return True
