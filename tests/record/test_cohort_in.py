"""A cohort on disk becomes people, weights and films; once, and not without consent."""

from __future__ import annotations

import io
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from mitate.edema.cohort import Cohort, Participant, Session, read_cohort, write_cohort
from mitate.errors import InputError
from mitate.record.captures import captures_of
from mitate.record.cohort_in import CohortTaken, import_cohort
from mitate.record.consents import given, take_back
from mitate.record.errors import ConflictError
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, add_person, all_people
from mitate.record.schema import Job, Upload
from mitate.record.streams import film_about, read_into
from mitate.record.weights import dry_weight_on, weights_of
from mitate.serve.jobs.queue import RowsOnly

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-patients"
MP4 = b"\0\0\0\x18ftypmp42" + bytes(100)
ADD = RowsOnly().add


def small(folder: Path, *, simulated: bool = True, times: bool = True, consent: str = "") -> Path:
    """A cohort of one person with two films, the second weighed after dialysis."""
    at = (datetime(2026, 3, 2, 8, 30), datetime(2026, 3, 2, 12, 30)) if times else (None, None)
    sessions = (
        Session("p1", "s1", 0, "pre", 66.2, at[0], "videos/a.mp4"),
        Session("p1", "s2", 0, "post", 63.4, at[1], "videos/b.mp4"),
        Session("p1", "s3", 3, "other", None, None, ""),
    )
    people = (Participant("p1", "F", 70.0, 63.0),)
    (folder / "videos").mkdir(parents=True)
    for name in ("a", "b"):
        (folder / "videos" / f"{name}.mp4").write_bytes(MP4 + name.encode())
    write_cohort(folder, Cohort("small", people, sessions, simulated=simulated, consent=consent))
    return folder


def films(record: Record, person: str) -> list[bytes]:
    found = []
    with record.database.reading() as session:
        key = record.key(session, person)
        for one in captures_of(record, session, person)[::-1]:
            opened = io.BytesIO()
            path = record.folder / "videos" / f"{one.id}.film"
            read_into(path, key, film_about(one.id), opened)
            found.append(opened.getvalue())
    return found


def test_the_example_is_taken_in_once(record: Record) -> None:
    assert import_cohort(record, ADD, EXAMPLE, "system") == CohortTaken(2, 18, 16, 0, 0)
    assert import_cohort(record, ADD, EXAMPLE, "system") == CohortTaken(0, 0, 0, 18, 0)
    cohort = read_cohort(EXAMPLE)
    with record.database.reading() as session:
        first = all_people(record, session)[0]
        known = captures_of(record, session, first.id)[::-1]
        jobs = list(session.scalars(select(Job)))
        assert given(session, first.id, "analyse")
        assert not given(session, first.id, "keep_video")
    assert (first.facts.number, first.facts.sex, first.facts.simulated) == ("sim-460-0000", "male", True)
    assert {one.state for one in known} == {"waiting"}
    told = cohort.sessions_of("sim-460-0000")
    assert [(one.facts.context, one.facts.weight_kg) for one in known] == [
        (one.phase, one.weight_kg) for one in told
    ]
    assert [one.at for one in known] == [one.captured_at.astimezone() for one in told if one.captured_at]
    assert films(record, first.id) == [cohort.video_path(one).read_bytes() for one in told]
    assert sorted((job.kind, job.person_id == first.id) for job in jobs) == [
        *[("read_face", False)] * 8,
        *[("read_face", True)] * 8,
    ]


def test_weights_and_the_dry_weight_come_along(record: Record, tmp_path: Path) -> None:
    import_cohort(record, ADD, small(tmp_path / "cohort"), "system")
    with record.database.reading() as session:
        person = all_people(record, session)[0].id
        kilos = [(one.kg, one.kind, one.context, one.source) for one in weights_of(record, session, person)]
        day = captures_of(record, session, person)[0].at.astimezone().date()
        assert dry_weight_on(record, session, person, day) == 63.0
    assert kilos == [
        (63.0, "dry", "other", "cohort"),
        (66.2, "weight", "pre", "cohort"),
        (63.4, "weight", "post", "cohort"),
    ]


def test_sessions_without_times_get_the_same_ones_again(record: Record, tmp_path: Path) -> None:
    cohort = small(tmp_path / "cohort", times=False)
    assert import_cohort(record, ADD, cohort, "system") == CohortTaken(1, 3, 2, 0, 1)
    assert import_cohort(record, ADD, cohort, "another") == CohortTaken(0, 0, 0, 3, 1)
    with record.database.reading() as session:
        person = all_people(record, session)[0]
        newest, oldest = captures_of(record, session, person.id)
    assert oldest.at < newest.at < person.created_at


def test_a_run_that_was_killed_is_run_again(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = small(tmp_path / "cohort")
    (cohort / "videos" / "b.mp4").write_bytes(MP4 + bytes(3_000_000))
    from mitate.record import uploads

    taken = []

    def killed(self: uploads.Receiving, content: bytes) -> None:
        taken.append(content)
        if len(taken) == 3:
            raise KeyboardInterrupt
        original(self, content)

    original = uploads.Receiving.append
    monkeypatch.setattr(uploads.Receiving, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        import_cohort(record, ADD, cohort, "system")
    monkeypatch.undo()
    again = import_cohort(record, ADD, cohort, "system")
    assert (again.people, again.weights, again.known) == (0, 0, 2)
    with record.database.reading() as session:
        person = all_people(record, session)[0].id
        assert len(list(session.scalars(select(Job)))) == 2
    assert films(record, person) == [(cohort / "videos" / f"{name}.mp4").read_bytes() for name in "ab"]


def test_real_people_need_a_word_of_consent(record: Record, tmp_path: Path) -> None:
    cohort = small(tmp_path / "cohort", simulated=False)
    with pytest.raises(InputError, match="agreed"):
        import_cohort(record, ADD, cohort, "system")
    with record.database.reading() as session:
        assert all_people(record, session) == []
    import_cohort(record, ADD, cohort, "system", consent="signed, 2026")
    told = small(tmp_path / "told", simulated=False, consent="signed, 2026")
    assert import_cohort(record, ADD, told, "system").known == 3


def test_who_took_her_consent_back_is_left_alone(record: Record, tmp_path: Path) -> None:
    cohort = small(tmp_path / "cohort")
    with record.database.writing() as session:
        person = add_person(record, session, PersonFacts("Hana", "P1"), "system")
    import_cohort(record, ADD, cohort, "system")
    (cohort / "videos" / "c.mp4").write_bytes(MP4)
    table = cohort / "sessions.tsv"
    table.write_text(table.read_text() + "p1\ts4\t9\tother\t\t\tvideos/c.mp4\n")
    with record.database.writing() as session:
        assert [one.id for one in all_people(record, session)] == [person]
        take_back(record, session, person, "analyse", "system")
    with pytest.raises(ConflictError):
        import_cohort(record, ADD, cohort, "system")


def test_films_that_cannot_be_taken_stop_it_before_anything_is_added(record: Record, tmp_path: Path) -> None:
    cohort = small(tmp_path / "cohort")
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(MP4)
    film = cohort / "videos" / "b.mp4"
    for change in (
        lambda: film.write_bytes(b"no film at all"),
        film.unlink,
        lambda: film.symlink_to(outside),
    ):
        change()
        with pytest.raises(InputError) as caught:
            import_cohort(record, ADD, cohort, "system")
        assert caught.value.todo
    shutil.rmtree(cohort)
    with pytest.raises(InputError):
        import_cohort(record, ADD, cohort, "system")
    with record.database.reading() as session:
        assert all_people(record, session) == []
        assert session.scalar(select(Upload.id)) is None
