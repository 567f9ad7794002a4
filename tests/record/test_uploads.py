"""Films on their way, with processes that die between any two steps."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.record import upload_begun, uploads
from mitate.record.consents import give
from mitate.record.errors import ConflictError, FullError, MissingError
from mitate.record.opened import Record, open_record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Capture, Job, Upload, now
from mitate.record.streams import film_about, read_into
from mitate.record.upload_begun import Limits, TooLargeError, Wanted
from mitate.record.vault import Vault

FILM = b"\x00\x00\x00\x18ftypisom" + bytes(range(251)) * 40
LIMITS = Limits(reserve_bytes=0)


@contextmanager
def made() -> Iterator[tuple[Record, str]]:
    with tempfile.TemporaryDirectory() as folder:
        record = open_record(Path(folder), Vault.new())
        with record.database.writing() as session:
            person_id = add_person(record, session, PersonFacts(name="Hana Sato"), "k")
            give(session, person_id, "analyse", "k")
        yield record, person_id
        record.close()


@pytest.fixture
def there() -> Iterator[tuple[Record, str]]:
    with made() as found:
        yield found


def add_job(session: Session, kind: str, subject: str, person_id: str | None) -> Job:
    job = Job(kind=kind, subject=subject, person_id=person_id)
    session.add(job)
    session.flush()
    return job


def begun(record: Record, person_id: str, limits: Limits = LIMITS, length: int = len(FILM)) -> str:
    wanted = Wanted("edema", length, "video/mp4", "k")
    with record.database.writing() as session:
        return upload_begun.begin(record, session, person_id, wanted, limits).upload_id


def film_of(record: Record, upload_id: str, person_id: str) -> bytes:
    out = io.BytesIO()
    with record.database.reading() as session:
        key = record.key(session, person_id)
    read_into(record.folder / "videos" / f"{upload_id}.film", key, film_about(upload_id), out)
    return out.getvalue()


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 4000), st.sampled_from(["kept", "dropped", "killed"])), min_size=3))
def test_whatever_breaks_off_the_film_becomes_whole(pieces: list[tuple[int, str]]) -> None:
    with made() as (record, person_id):
        upload_id = begun(record, person_id)
        for size, end in [*pieces, *[(3000, "kept")] * 5]:
            with uploads.receiving(record, upload_id, add_job) as held:
                at = held.offset
                if at == held.length:
                    break
                held.append(FILM[at : at + size])
                if end == "kept":
                    held.keep()
                elif end == "killed":  # what was appended may be lost; what was kept never is
                    assert held._writer is not None
                    held._writer._buffer.clear()
        assert film_of(record, upload_id, person_id) == FILM
        with record.database.reading() as session:
            assert session.get_one(Capture, upload_id).state == "waiting"
            assert session.scalars(select(Job.subject)).all() == [upload_id]


@pytest.mark.parametrize("after", ["flush", "finish", "move"])
def test_a_kill_between_the_last_byte_and_its_job_is_mended(
    there: tuple[Record, str], after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, person_id = there
    upload_id = begun(record, person_id)
    with uploads.receiving(record, upload_id, add_job) as held:
        assert held._writer is not None
        held.append(FILM)
        held._writer.flush()
        if after != "flush":
            held._writer.finish()
        if after == "move":
            uploads._move(record, upload_id)
    assert uploads.settle(record, add_job) == 1
    assert uploads.settle(record, add_job) == 0
    assert film_of(record, upload_id, person_id) == FILM
    with uploads.receiving(record, upload_id, add_job) as held:
        assert held.offset == held.length


def test_more_than_was_announced_is_refused(there: tuple[Record, str]) -> None:
    record, person_id = there
    upload_id = begun(record, person_id, length=100)
    with uploads.receiving(record, upload_id, add_job) as held:
        with pytest.raises(TooLargeError):
            held.append(FILM[:101])
        held.append(FILM[:5])  # too few to know what it is
        assert not held.keep()
        assert held.offset == 0


def test_one_sender_at_a_time(there: tuple[Record, str]) -> None:
    record, person_id = there
    upload_id = begun(record, person_id)
    with uploads.receiving(record, upload_id, add_job):
        with pytest.raises(uploads.BusyError), uploads.receiving(record, upload_id, add_job):
            pass
        with pytest.raises(uploads.BusyError):
            uploads.abandon(record, upload_id)
    uploads.abandon(record, upload_id)
    with pytest.raises(MissingError):
        uploads.abandon(record, upload_id)


def test_what_is_late_goes_and_what_is_gone_on_with_stays(there: tuple[Record, str]) -> None:
    record, person_id = there
    late, going = begun(record, person_id), begun(record, person_id)
    with uploads.receiving(record, going, add_job) as held:
        held.append(FILM[:100])
        held.keep()
    soon = now() + timedelta(hours=1)
    with record.database.writing() as session:
        session.get_one(Upload, late).expires_at = now()
    assert uploads.remove_expired(record, soon) == 1
    with record.database.reading() as session:
        assert session.scalars(select(Capture.id)).all() == [going]


def test_room_on_the_disk_is_looked_at_first(there: tuple[Record, str]) -> None:
    record, person_id = there
    with pytest.raises(FullError):
        begun(record, person_id, Limits(reserve_bytes=1 << 60))
    with pytest.raises(FullError):
        begun(record, person_id, Limits(quota_bytes=10))
    with pytest.raises(TooLargeError):
        begun(record, person_id, Limits(most_bytes=10))
    with pytest.raises(ConflictError):
        begun(record, person_id, Limits(unfinished=0))
    with pytest.raises(MissingError):
        begun(record, "0" * 32)


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files")
def test_a_film_is_in_its_place_for_good_before_its_row_says_so(
    there: tuple[Record, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record, person_id = there
    upload_id = begun(record, person_id)
    film, synced, fsync = record.folder / "videos" / f"{upload_id}.film", list[str](), os.fsync

    def told(fd: int) -> None:
        if film.exists():
            synced.append(str(Path(f"/proc/self/fd/{fd}").readlink()))
        fsync(fd)

    def seen(session: Session, kind: str, subject: str, whose: str | None) -> Job:
        assert str(film.parent.resolve()) in synced  # a power cut now leaves a film, and a row of it or none
        return add_job(session, kind, subject, whose)

    monkeypatch.setattr(os, "fsync", told)
    with uploads.receiving(record, upload_id, seen) as held:
        held.append(FILM)
        assert held.keep()
