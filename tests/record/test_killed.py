"""Killed at random moments (SIGKILL) as keys are rotated or people erased: all is as before or as after."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, text

from mitate.record.audit import verify
from mitate.record.master import open_vault
from mitate.record.opened import Record, open_record
from mitate.record.retention import sweep
from mitate.record.schema import Capture, Erased, Person, now
from mitate.record.streams import SealedWriter, film_about

ROTATES = """
import sys
from pathlib import Path
from mitate.record.master import open_vault
from mitate.record.opened import open_record
from mitate.record.rotation import rotate
folder = Path(sys.argv[1])
while True:
    record = open_record(folder, open_vault(folder))
    rotate(record)
    record.close()
    print("one done", flush=True)
"""
ERASES = """
import sys
from pathlib import Path
from sqlalchemy import select
from mitate.record.erasure import erase
from mitate.record.master import open_vault
from mitate.record.opened import open_record
from mitate.record.schema import Person
folder = Path(sys.argv[1])
record = open_record(folder, open_vault(folder))
with record.database.reading() as session:
    ids = sorted(session.scalars(select(Person.id)))
for one in ids[:12]:
    erase(record, one, "admin")
    print("one done", flush=True)
sys.stdin.read()
"""
KILLS = 3
PEOPLE = 40  # more than all children together erase (each waits at its twelfth), however fast the disk


def made(folder: Path, people: int) -> None:
    record = open_record(folder, open_vault(folder, key_file=folder.with_name("own.key")))
    for number in range(people):
        one = f"p{number:03d}"
        key, wrapped = record.vault.new_key(one)
        with record.database.writing() as session:
            sealed = key.seal_json({"name": one}, f"person.sealed {one}")
            session.add(Person(id=one, wrapped_key=wrapped, sealed=sealed))
            session.flush()
            session.add(
                Capture(
                    id=f"c{one}",
                    person_id=one,
                    instrument="edema",
                    sealed=b"",
                    state="waiting",
                    video=f"c{one}.film",
                )
            )
        with SealedWriter.open(folder / "videos" / f"c{one}.film", key, film_about(f"c{one}")) as writer:
            writer.finish()
    record.close()


def killed(code: str, folder: Path, after_s: float) -> None:
    command, pipe = [sys.executable, "-c", code, str(folder)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "one done\n"
            time.sleep(after_s)
        finally:
            child.kill()


def whole(record: Record) -> set[str]:
    """Who is there; everybody opens, and the database and the audit trail are as they should be."""
    with record.database.reading() as session:
        assert session.execute(text("PRAGMA integrity_check")).all() == [("ok",)]
        assert verify(session).ok
        people = list(session.scalars(select(Person)))
        for person in people:
            key = record.key(session, person.id)
            assert key.open_json(person.sealed, f"person.sealed {person.id}") == {"name": person.id}
    return {person.id for person in people}


def test_while_the_master_key_is_rotated(tmp_path: Path) -> None:
    folder, chance, keys = tmp_path / "record", random.Random(1), set()
    made(folder, PEOPLE)
    for _ in range(KILLS):
        killed(ROTATES, folder, chance.uniform(0.0, 0.2))
        record = open_record(folder, open_vault(folder))
        keys.add(record.vault.master)
        assert len(whole(record)) == PEOPLE
        record.close()
    assert len(keys) == KILLS  # each went on for one rotation at least


def test_while_people_are_erased(tmp_path: Path) -> None:
    folder, chance, gone = tmp_path / "record", random.Random(2), set[str]()
    made(folder, PEOPLE)
    for _ in range(KILLS):
        killed(ERASES, folder, chance.uniform(0.02, 0.1))
        record = open_record(folder, open_vault(folder))
        there = whole(record)
        with record.database.reading() as session:
            gone = set(session.scalars(select(Erased.person_id)))
        assert len(there) + len(gone) == PEOPLE
        assert not there & gone
        sweep(record, now() + timedelta(hours=2))  # files whose removal was cut off
        left = {path.name for path in (folder / "videos").iterdir()}
        assert left == {f"c{one}.film" for one in there}
        record.close()
    assert len(gone) >= KILLS
