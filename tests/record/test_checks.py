"""Interviews of back checks in the record: begun, gone on with, taken back, sealed."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mitate.back.interview import Done, Item, next_step
from mitate.errors import InputError
from mitate.record.check_films import conclude, films_of, skip, wanted
from mitate.record.checks import (
    OpenCheck,
    add_session,
    begin,
    checks_of,
    open_check,
    put_interview,
    put_limits,
)
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record
from mitate.record.people import change_person
from mitate.record.schema import Capture, Check, Consent, Job, Person, new_id

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def person(record: Record) -> str:
    person_id = new_id()
    key, wrapped = record.vault.new_key(person_id)
    told = {"name": "Hana", "sex": "female", "birth_date": "1966-11-22"}
    with record.database.writing() as session:
        sealed = key.seal_json(told, f"person.sealed {person_id}")
        session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed))
        session.flush()
        session.add(Consent(person_id=person_id, kind="analyse", given=True, by="0" * 32))
    return person_id


def begun(record: Record, person: str) -> OpenCheck:
    with record.database.writing() as session:
        return begin(record, session, person, at=NOON)


def answer(record: Record, check: OpenCheck, value: Any) -> OpenCheck:
    interview = check.interview()
    item = next_step(interview)
    assert isinstance(item, Item)
    changed = interview.answer(item, value)
    with record.database.writing() as session:
        return put_interview(record, session, check.id, changed, after=len(interview.said))


def film(record: Record, person: str, check: OpenCheck, movement: str, state: str) -> str:
    with record.database.writing() as session:
        capture = Capture(
            id=new_id(), person_id=person, check_id=check.id, instrument="back", state=state, sealed=b""
        )
        key = record.key(session, person)
        capture.sealed = key.seal_json({"movement": movement}, f"capture.sealed {capture.id}")
        session.add(capture)
        session.flush()
        return capture.id


def added(session: Any, kind: str, subject: str, person_id: str | None = None) -> Job:
    job = Job(kind=kind, subject=subject, person_id=person_id)
    session.add(job)
    session.flush()
    return job


def test_what_the_record_knows_is_not_asked(record: Record, person: str) -> None:
    check = begun(record, person)
    assert check.document()["person"] == {"sex": "female", "age": 60}
    assert check.region == "low_back"


def test_without_consent_nothing_is_begun(record: Record, person: str) -> None:
    with record.database.writing() as session:
        session.add(Consent(person_id=person, kind="analyse", given=False, by="0" * 32))
    with pytest.raises(ConflictError, match="agree"):
        begun(record, person)


def test_an_untouched_check_is_taken_up_again(record: Record, person: str) -> None:
    first = begun(record, person)
    assert begun(record, person).id == first.id
    answer(record, first, False)
    assert begun(record, person).id != first.id


def test_the_interview_is_rebuilt_as_it_was_said(record: Record, person: str) -> None:
    check = begun(record, person)
    for _ in range(24):
        step = next_step(check.interview())
        if isinstance(step, Done):
            break
        check = answer(record, check, False if step.kind == "red_flag" else None)
    with record.database.reading() as session:
        again = open_check(record, session, check.id)
    assert again.document() == check.document()
    assert next_step(again.interview()) == next_step(check.interview())
    assert len(again.told["said"]) == 24


def test_the_last_answer_can_be_taken_back(record: Record, person: str) -> None:
    check = begun(record, person)
    first = next_step(check.interview())
    check = answer(record, check, True)
    assert isinstance(next_step(check.interview()), Done)  # the first question is a red flag
    with record.database.writing() as session:
        check = put_interview(record, session, check.id, check.interview().undo(), after=1)
    assert next_step(check.interview()) == first


def test_two_answers_to_the_same_question_do_not_both_count(record: Record, person: str) -> None:
    check = begun(record, person)
    answer(record, check, False)
    with pytest.raises(ConflictError, match="meanwhile"):
        answer(record, check, False)


def test_answers_lie_sealed(record: Record, person: str) -> None:
    check = answer(record, begun(record, person), False)
    with record.database.reading() as session:
        row = session.get(Check, check.id)
        assert row is not None
        assert b"saddle" not in row.sealed
    for part in record.folder.iterdir():
        if part.is_file():
            assert b"saddle_anaesthesia" not in part.read_bytes()


def test_movements_are_wanted_until_filmed_or_left_out(record: Record, person: str) -> None:
    check = begun(record, person)
    film(record, person, check, "forward_bend", "done")
    film(record, person, check, "rotation", "refused")
    with record.database.writing() as session:
        check = skip(record, session, check.id, "backward_bend", "cannot")
        asked = {one.movement: one for one in wanted(record, session, check)}
    assert [one.movement for one in asked.values() if one.basic] == [
        "forward_bend", "backward_bend", "rotation",
    ]  # fmt: skip
    assert not asked["forward_bend"].open
    assert not asked["backward_bend"].open
    assert asked["rotation"].open
    with record.database.writing() as session, pytest.raises(InputError):
        skip(record, session, check.id, "neck_flexion", "cannot")


def test_a_film_that_was_read_stands_before_a_later_one_that_was_refused(record: Record, person: str) -> None:
    check = begun(record, person)
    good = film(record, person, check, "squat", "done")
    film(record, person, check, "squat", "refused")
    with record.database.reading() as session:
        (found,) = films_of(record, session, check)
    assert found.capture_id == good


def test_a_check_is_handed_in_once_and_again_after_more_was_said(record: Record, person: str) -> None:
    check = answer(record, begun(record, person), False)
    for _ in range(2):
        with record.database.writing() as session:
            handed = conclude(record, session, check.id, added)
    assert (handed.state, handed.told["revision"]) == ("concluding", 1)
    check = answer(record, handed, False)
    assert check.state == "open"
    with record.database.writing() as session:
        assert conclude(record, session, check.id, added).told["revision"] == 2


def test_nothing_is_handed_in_empty_or_while_films_are_read(record: Record, person: str) -> None:
    check = begun(record, person)
    with record.database.writing() as session, pytest.raises(ConflictError, match="nothing"):
        conclude(record, session, check.id, added)
    film(record, person, check, "squat", "reading")
    with record.database.writing() as session, pytest.raises(ConflictError, match="still"):
        conclude(record, session, check.id, added)


def test_the_diary_keeps_one_session_of_a_day_and_exercise(record: Record, person: str) -> None:
    check = begun(record, person)
    told = {"date": "2026-11-23", "exercise": "bridge", "done": 10, "pain_before": 3}
    with record.database.writing() as session:
        add_session(record, session, check.id, told)
        after = {"date": "2026-11-23", "exercise": "bridge", "pain_after": 2}
        check = add_session(record, session, check.id, after)
        check = add_session(record, session, check.id, {"date": "2026-11-22", "exercise": "bridge"})
    assert check.diary == (
        {"date": "2026-11-22", "exercise": "bridge"},
        {**told, "pain_after": 2},
    )


@pytest.mark.parametrize(
    "wrong", [{"exercise": "brigde"}, {"pain_before": 11}, {"date": "yesterday"}, {"mood": "good"}]
)
def test_a_session_that_cannot_be_is_refused(record: Record, person: str, wrong: dict[str, Any]) -> None:
    check = begun(record, person)
    with record.database.writing() as session, pytest.raises(InputError):
        add_session(record, session, check.id, {"date": "2026-11-22", "exercise": "bridge", **wrong})


def test_limits_go_into_the_case(record: Record, person: str) -> None:
    check = begun(record, person)
    with record.database.writing() as session:
        put_limits(record, session, check.id, {"osteoporosis": False})
        check = put_limits(record, session, check.id, {"balance_poor": True})
    assert check.document()["programme"] == {"limits": {"osteoporosis": False, "balance_poor": True}}
    with record.database.writing() as session, pytest.raises(InputError):
        put_limits(record, session, check.id, {"osteoporosi": True})


def test_checks_are_told_the_newest_first_and_unknown_ones_missed(record: Record, person: str) -> None:
    first = answer(record, begun(record, person), False)
    with record.database.writing() as session:
        second = begin(record, session, person, at=NOON.replace(hour=13))
        assert [one.id for one in checks_of(record, session, person)] == [second.id, first.id]
        with pytest.raises(MissingError):
            open_check(record, session, new_id())


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set here")
def test_the_age_is_that_of_the_clinics_own_day(
    record: Record, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        with record.database.writing() as session:
            change_person(record, session, person, "0" * 32, birth_date=date(1950, 4, 1))
            at = datetime(2026, 3, 31, 16, tzinfo=UTC)  # one o'clock on her birthday
            check = begin(record, session, person, at=at)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert check.told["start"]["person"]["age"] == 76
