"""Photos of a face in the record: what is taken, when, and that all that sees films sees them, too."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.serve.pages.photo_rows import CARD, photo_result, put_photo

from mitate.errors import InputError
from mitate.record import consents
from mitate.record.captures import FILMS, PHOTO, captures_of, count_captures, delete_capture, film_row
from mitate.record.containers import NotAFilmError
from mitate.record.erasure import erase
from mitate.record.errors import ConflictError, FullError, MissingError
from mitate.record.everything import everything_of
from mitate.record.exports import personal_zip, photos_csv, sessions_csv
from mitate.record.face_models import install
from mitate.record.opened import Record
from mitate.record.photos import MOST_BYTES, NewPhoto, add_photo, get_photo, photo_type
from mitate.record.retention import sweep
from mitate.record.schema import Capture, Job, now
from mitate.record.streams import film_about, read_into
from mitate.record.upload_begun import TooLargeError

BY = "0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"a photo" * 100


def add_job(session: Any, kind: str, subject: str, person_id: str | None = None) -> Job:
    job = Job(kind=kind, subject=subject, person_id=person_id)
    session.add(job)
    return job


def ready(record: Record, person: str) -> None:
    with record.database.writing() as session:
        install(record, session, "model", b"", CARD, BY)
        for kind in ("analyse", "photos"):
            consents.give(session, person, kind, BY)


@given(st.binary(max_size=40))
def test_only_photos_pass_by_their_first_bytes(first: bytes) -> None:
    try:
        kind = photo_type(first)
    except NotAFilmError:
        return
    assert kind in ("image/jpeg", "image/png", "image/heic")


def test_each_kind_of_photo_is_known_and_a_film_is_none() -> None:
    assert photo_type(JPEG) == "image/jpeg"
    assert photo_type(b"\x89PNG\r\n\x1a\n....") == "image/png"
    assert photo_type(b"\0\0\0\x18ftypheic\0\0\0\0") == "image/heic"
    with pytest.raises(NotAFilmError):
        photo_type(b"\0\0\0\x18ftypisom\0\0\0\0")


def test_it_lies_sealed_and_its_job_waits(record: Record, person: str) -> None:
    ready(record, person)
    capture = add_photo(record, person, NewPhoto(JPEG, BY), add_job)
    with record.database.reading() as session:
        known = get_photo(record, session, capture)
        assert (known.instrument, known.state, known.facts.content_type) == (PHOTO, "waiting", "image/jpeg")
        job = session.query(Job).one()
        assert (job.kind, job.subject, job.person_id) == ("read_photo", capture, person)
        key, out = record.key(session, person), io.BytesIO()
    place = record.folder / "videos" / f"{capture}.film"
    assert b"a photo" not in place.read_bytes()
    read_into(place, key, film_about(capture), out)
    assert out.getvalue() == JPEG


def test_it_is_refused_without_consent_a_model_or_a_photo(record: Record, person: str) -> None:
    def refused(kind: type[Exception], photo: NewPhoto, match: str) -> None:
        with pytest.raises(kind, match=match):
            add_photo(record, person, photo, add_job)

    refused(ConflictError, NewPhoto(JPEG, BY), "has not agreed")
    with record.database.writing() as session:
        consents.give(session, person, "analyse", BY)
    refused(ConflictError, NewPhoto(JPEG, BY), "has not agreed")  # that is a question of its own
    with record.database.writing() as session:
        consents.give(session, person, "photos", BY)
    refused(ConflictError, NewPhoto(JPEG, BY), "no model of faces")
    ready(record, person)
    refused(NotAFilmError, NewPhoto(b"GIF89a", BY), "no photo")
    refused(TooLargeError, NewPhoto(JPEG + bytes(MOST_BYTES), BY), "too large")
    refused(InputError, NewPhoto(JPEG, BY, now() + timedelta(hours=1)), "future")
    with pytest.raises(MissingError):
        add_photo(record, "f" * 32, NewPhoto(JPEG, BY), add_job)
    assert not list((record.folder / "videos").iterdir())


def test_no_more_wait_than_a_person_can_have(record: Record, person: str) -> None:
    ready(record, person)
    for _ in range(12):
        put_photo(record, person, state="waiting")
    with pytest.raises(ConflictError, match="too many photos"):
        add_photo(record, person, NewPhoto(JPEG, BY), add_job)


def test_a_full_disk_takes_nothing(record: Record, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(record, person)
    full = shutil.disk_usage(record.folder)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(FullError, match="no room"):
        add_photo(record, person, NewPhoto(JPEG, BY), add_job)
    with record.database.reading() as session:
        assert count_captures(session, person) == 0


def test_films_and_photos_are_kept_apart(record: Record, person: str) -> None:
    photo = put_photo(record, person, photo_result())
    with record.database.reading() as session:
        assert captures_of(record, session, person, instrument=FILMS) == []
        assert count_captures(session, person, PHOTO) == 1
        with pytest.raises(MissingError):
            film_row(session, photo)
        with pytest.raises(MissingError):
            get_photo(record, session, "f" * 32)


def test_deleting_and_erasing_leave_nothing(record: Record, person: str) -> None:
    ready(record, person)
    one, other = (add_photo(record, person, NewPhoto(JPEG, BY), add_job) for _ in range(2))
    with record.database.writing() as session:
        delete_capture(record, session, one, BY)
    assert [path.stem for path in (record.folder / "videos").iterdir()] == [other]
    with record.database.reading() as session:
        assert [job.subject for job in session.query(Job)] == [other]
    assert erase(record, person, BY).films == 1
    with record.database.reading() as session:
        assert session.query(Capture).count() == session.query(Job).count() == 0
    assert not list((record.folder / "videos").iterdir())


def test_a_kept_photo_goes_when_keeping_is_taken_back_and_old_ones_by_the_years(
    record: Record, person: str
) -> None:
    with record.database.writing() as session:
        consents.give(session, person, "keep_video", BY)
    kept = put_photo(record, person, photo_result(), photo=JPEG)
    assert sweep(record, now()).films == 0
    with record.database.writing() as session:
        assert consents.take_back(record, session, person, "keep_video", BY) == 1
    with record.database.reading() as session:
        assert not get_photo(record, session, kept).kept  # its answer stays
    left = put_photo(record, person, photo_result(), photo=JPEG)
    assert sweep(record, now()).films == 1
    with record.database.reading() as session:
        assert not get_photo(record, session, left).kept


def test_it_is_in_the_full_export_and_in_no_table_of_sessions(record: Record, person: str) -> None:
    put_photo(record, person, photo_result())
    put_photo(record, person, {"refusal": {"reason": "no_face"}}, state="refused")
    with record.database.reading() as session:
        everything = everything_of(record, session, person)
    assert list(csv.DictReader(io.StringIO(sessions_csv(everything)))) == []
    answered, refused = csv.DictReader(io.StringIO(photos_csv(everything)))
    assert (answered["outcome"], answered["classes_left"], answered["nearest"]) == ("one", "amber", "coral")
    assert (answered["probability"], answered["similarity"], answered["refused"]) == ("0.995", "0.75", "")
    assert (refused["state"], refused["outcome"], refused["refused"]) == ("refused", "", "no_face")
    out = io.BytesIO()
    out.write(b"".join(personal_zip(everything)))
    with zipfile.ZipFile(out) as archive:
        assert "photos.csv" in archive.namelist()
        told = json.loads(archive.read("everything.json"))
    assert told["captures"][0]["result"]["diagnosis"]["set"] == ["amber"]
