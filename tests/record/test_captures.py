"""Films of the record: listed, opened, deleted with all that belongs to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.record.made import put_capture

from mitate.record.captures import (
    CaptureFacts,
    captures_of,
    count_captures,
    delete_capture,
    forget_films,
    get_capture,
)
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record, open_record
from mitate.record.people import PersonFacts, add_people
from mitate.record.schema import Audit, Capture, Job, Upload, now
from mitate.record.vault import Vault

BY = "0" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    opened = open_record(tmp_path / "record", Vault.new())
    yield opened
    opened.close()


@pytest.fixture
def people(record: Record) -> list[str]:
    with record.database.writing() as session:
        return add_people(record, session, [PersonFacts("Hana"), PersonFacts("Taro")], BY)


def test_the_newest_first_in_pages_of_one_instrument(record: Record, people: list[str]) -> None:
    faces = [put_capture(record, people[0], at=NOON + timedelta(hours=hour)) for hour in range(3)]
    back = put_capture(record, people[0], instrument="back", movement="bend", at=NOON)
    put_capture(record, people[1])
    with record.database.reading() as session:

        def ids(**options: object) -> list[str]:
            return [one.id for one in captures_of(record, session, people[0], **options)]  # type: ignore[arg-type]

        assert ids(instrument="edema") == faces[::-1]
        assert ids(instrument="edema", skip=1, most=1) == [faces[1]]
        assert set(ids()) == {*faces, back}
        assert count_captures(session, people[0]) == 4
        assert count_captures(session, people[0], "back") == 1
        with pytest.raises(MissingError):
            captures_of(record, session, "0" * 32)


def test_facts_and_result_are_opened_and_results_only_where_asked(record: Record, people: list[str]) -> None:
    result = {"kind": "edema", "estimate": None}
    capture = put_capture(record, people[0], result=result, weight_kg=66.2, later="of a later version")
    with record.database.reading() as session:
        known = get_capture(record, session, capture)
        listed = captures_of(record, session, people[0], results=False)[0]
    assert (known.facts, known.result, known.kept) == (CaptureFacts("pre", 66.2), result, False)
    assert listed.result is None


def test_deleting_takes_file_upload_and_job(record: Record, people: list[str]) -> None:
    capture = put_capture(record, people[0], film=b"film")
    stays = put_capture(record, people[0], film=b"film")
    part = record.folder / "uploads" / f"{capture}.part"
    part.write_bytes(b"sealed")
    with record.database.writing() as session:
        session.add(Upload(id=capture, capture_id=capture, length=4, expires_at=now()))
        session.add(Job(kind="read_face", subject=capture, person_id=people[0]))
        session.add(Job(kind="read_face", subject=stays, person_id=people[0]))
    with record.database.writing() as session:
        delete_capture(record, session, capture, BY)
    assert not part.exists()
    assert [path.name for path in (record.folder / "videos").iterdir()] == [f"{stays}.film"]
    with record.database.reading() as session:
        assert list(session.scalars(select(Capture.id))) == [stays]
        assert list(session.scalars(select(Job.subject))) == [stays]
        assert session.scalar(select(Upload.id)) is None
        last = session.scalars(select(Audit).order_by(Audit.seq.desc())).first()
        assert last is not None
        assert (last.action, last.subject, last.detail) == (
            "capture.deleted",
            people[0],
            {"capture": capture},
        )


def test_what_is_undone_leaves_the_file_and_what_is_read_stays(record: Record, people: list[str]) -> None:
    capture = put_capture(record, people[0], film=b"film")
    reading = put_capture(record, people[0], state="reading", film=b"film")
    with pytest.raises(ConflictError), record.database.writing() as session:  # noqa: PT012
        delete_capture(record, session, capture, BY)
        delete_capture(record, session, reading, BY)
    assert len(list((record.folder / "videos").iterdir())) == 2
    with record.database.reading() as session:
        assert get_capture(record, session, capture).kept
        with pytest.raises(MissingError):
            get_capture(record, session, "0" * 32)


def test_films_of_one_person_are_forgotten_but_not_those_that_wait(record: Record, people: list[str]) -> None:
    states = ("done", "refused", "failed", "waiting", "reading", "uploading")
    mine = {state: put_capture(record, people[0], state=state, film=b"film") for state in states}
    other = put_capture(record, people[1], film=b"film")
    with record.database.writing() as session:
        assert forget_films(record, session, people[0], BY) == 3
    left = {path.name.removesuffix(".film") for path in (record.folder / "videos").iterdir()}
    assert left == {mine["waiting"], mine["reading"], mine["uploading"], other}
    with record.database.writing() as session:
        assert forget_films(record, session, people[0], BY) == 0


def test_what_broke_off_and_waits_to_be_read_again_can_be_deleted(record: Record, people: list[str]) -> None:
    capture = put_capture(record, people[0], state="reading", film=b"film")
    with record.database.writing() as session:
        session.add(
            Job(kind="read_face", subject=capture, person_id=people[0], state="waiting", interrupted=9)
        )
    with record.database.writing() as session:
        delete_capture(record, session, capture, BY)
    assert list((record.folder / "videos").iterdir()) == []
    with record.database.reading() as session:
        assert session.scalar(select(Job)) is None


def test_a_file_that_the_system_holds_fast_undoes_nothing(record: Record, people: list[str]) -> None:
    capture = put_capture(record, people[0], film=b"film")
    file = record.folder / "videos" / f"{capture}.film"
    file.unlink()
    file.mkdir()  # no more to be unlinked than a file that is open on Windows
    with record.database.writing() as session:
        delete_capture(record, session, capture, BY)
    with record.database.reading() as session:
        assert session.get(Capture, capture) is None
