"""From films of movements and an interview to a judged check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person
from tests.serve.work.conftest import EXAMPLES, PutFilm, agree, begun, judge

from mitate.back.interview import Done, next_step
from mitate.back.wishes import limits as every_limit
from mitate.record.check_films import conclude
from mitate.record.checks import open_check, put_interview, put_limits
from mitate.record.consents import take_back
from mitate.record.schema import Capture, Check, Job
from mitate.serve.api.checks import Skeleton
from mitate.serve.service import Service
from mitate.serve.told.captured import told_of
from mitate.serve.work import conclude as work
from mitate.serve.work import movement
from mitate.serve.work.conclude import conclude_check
from mitate.serve.work.given_up import check_failed
from mitate.serve.work.kinds import Task
from mitate.serve.work.once import run_waiting
from mitate.serve.work.sandbox import Answer

BEND = EXAMPLES / "films" / "forward-bend.mp4"
Result = Callable[[str], dict[str, Any]]


def told_flag(service: Service, check_id: str) -> None:
    """Answer yes to the first question, which asks for a red flag."""
    with service.record.database.writing() as session:
        check = open_check(service.record, session, check_id)
        item = next_step(check.interview())
        assert not isinstance(item, Done)
        assert item.kind == "red_flag"
        put_interview(service.record, session, check_id, check.interview().answer(item, True), after=0)


@pytest.mark.usefixtures("weights_ready")
def test_a_film_is_measured_kept_without_the_film_and_judged(
    service: Service, put_film: PutFilm, result_of: Result
) -> None:
    person = add_person(service)
    check = begun(service, person)
    film = put_film(person, BEND, instrument="back", check=check, movement="forward_bend")
    refused = put_film(person, BEND, instrument="back", check=check, movement="rotation")
    run_waiting(service)
    read = result_of(film)
    assert read["state"] == "done"
    assert len(read["assessment"]["repetitions"]) == 2
    assert 0 < len(read["skeleton"]["frames"]) <= 150
    assert len(read["skeleton"]["joints"]) == len(read["skeleton"]["frames"][0])
    assert read["stills"] == []  # nobody agreed that pictures are kept
    assert result_of(refused)["refusal"]["reason"] == "wrong_movement"
    with service.record.database.reading() as session:
        told = told_of(service.record, session, film, "en")
    assert told is not None
    assert told.lines[0] == "Times the movement was seen: 2."
    result = judge(service, check)
    assert result["kind"] == "mitate back assess"
    assert not result["stop"]
    by_movement = {row["movement"]: row for row in result["films"]}
    assert by_movement["rotation"]["refused"]["reason"] == "wrong_movement"
    assert by_movement["forward_bend"]["measures"] == read["assessment"]["measures"]
    assert result["reasoning"]["causes"]
    assert result["programme"]
    assert set(result["told"]) == {"en", "ja"}
    assert result["languages"]["ja"]["language"] == "ja"
    assert result["proof_svg"].lstrip().startswith("<?xml") or "<svg" in result["proof_svg"]
    assert set(result["skeletons"]) == set(result["curves"]) == {"forward_bend"}
    Skeleton.model_validate(result["skeletons"]["forward_bend"])  # what the API tells it by


def test_a_red_flag_stops_before_films_are_needed(service: Service) -> None:
    person = add_person(service)
    check = begun(service, person)
    told_flag(service, check)
    result = judge(service, check)
    assert result["stop"]
    assert result["films"] == []
    assert result["programme"] is None
    assert result["told"]["ja"]["stop"]
    assert result["proof_svg"] == ""


def test_a_check_that_was_deleted_meanwhile_is_nothing_to_judge(service: Service) -> None:
    person = add_person(service)
    check = begun(service, person)
    told_flag(service, check)
    with service.record.database.writing() as session:
        conclude(service.record, session, check, service.queue.add)
        for capture in session.query(Capture):
            session.delete(capture)
    with service.record.database.writing() as session:
        session.delete(session.get_one(Check, check))
    assert run_waiting(service) == 1


def hand_in(service: Service, check_id: str) -> Task:
    """Hand a check in; its job, which nobody does."""
    with service.record.database.writing() as session:
        conclude(service.record, session, check_id, service.queue.add)
        revision = open_check(service.record, session, check_id).told["revision"]
    return Task("-", "conclude_check", f"{check_id}:{revision}", None)


def judged_late(service: Service, task: Task, monkeypatch: pytest.MonkeyPatch, **facts: Any) -> None:
    """What a worker writes that looked at the check some time ago, by what it answers now."""
    monkeypatch.setattr(work, "run_apart", lambda *_args, **_more: Answer(facts, {}))
    finish = conclude_check(service, task, lambda _stage, _share: None)
    with service.record.database.writing() as session:
        finish(session)


def state_of(service: Service, check_id: str) -> tuple[str, dict[str, Any]]:
    with service.record.database.reading() as session:
        check = open_check(service.record, session, check_id)
    return check.state, dict(check.result or {})


def with_a_bend(service: Service) -> str:
    """A check that has something to be judged by."""
    check_id = begun(service, add_person(service))
    with service.record.database.writing() as session:
        check = open_check(service.record, session, check_id)
        item = next_step(check.interview())
        assert not isinstance(item, Done)
        put_interview(service.record, session, check_id, check.interview().answer(item, False), after=0)
    return check_id


def test_a_judgement_of_what_was_told_before_never_overwrites_a_newer_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_id = with_a_bend(service)
    slow = hand_in(service, check_id)
    monkeypatch.setattr(work, "run_apart", lambda *_args, **_more: Answer({"stop": False}, {}))
    late = conclude_check(service, slow, lambda _stage, _share: None)  # it has looked, and takes long
    with service.record.database.writing() as session:
        check = open_check(service.record, session, check_id)
        put_interview(service.record, session, check_id, check.interview().stop(), after=1, ended="stopped")
    with service.record.database.writing() as session:
        late(session)
    assert state_of(service, check_id) == ("open", {})  # not handed in since: nothing is told of half of it
    newer = hand_in(service, check_id)
    judged_late(service, newer, monkeypatch, stop=True)
    with service.record.database.writing() as session:
        late(session)
        check_failed(service, session, slow, "killed")
    state, result = state_of(service, check_id)
    assert (state, result["stop"]) == ("done", True)


def test_a_limit_told_while_the_check_is_judged_is_minded(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_id = with_a_bend(service)
    task = hand_in(service, check_id)
    monkeypatch.setattr(work, "run_apart", lambda *_args, **_more: Answer({"stop": False}, {}))
    finish = conclude_check(service, task, lambda _stage, _share: None)
    name = next(iter(every_limit()))
    with service.record.database.writing() as session:
        put_limits(service.record, session, check_id, {name: True})
        assert conclude(service.record, session, check_id, service.queue.add).state == "concluding"
    with service.record.database.writing() as session:
        finish(session)
        waiting = session.scalars(select(Job.subject).where(Job.kind == "conclude_check")).all()
    assert state_of(service, check_id) == ("concluding", {})
    assert sorted(waiting) == [f"{check_id}:1", f"{check_id}:2"]
    again = Task("-", "conclude_check", f"{check_id}:2", None)
    judged_late(service, again, monkeypatch, stop=False)
    assert state_of(service, check_id)[0] == "done"


def test_pictures_are_not_kept_where_that_was_taken_back_while_the_check_was_judged(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = add_person(service)
    agree(service, person, "keep_video")
    check_id = begun(service, person)
    with service.record.database.writing() as session:
        key = service.record.key(session, person)
        capture = Capture(
            person_id=person, check_id=check_id, instrument="back", state="done", sealed=b"", features=b""
        )
        session.add(capture)
        session.flush()
        read: dict[str, Any] = {
            "refusal": None, "seconds": 1.0, "skeleton": {}, "curve": {}, "stills": [{"moment": "standing"}]
        }  # fmt: skip
        capture.sealed = key.seal_json({"movement": "forward_bend"}, f"capture.sealed {capture.id}")
        capture.features = key.seal(b"-", f"capture.features {capture.id}")
        capture.result = key.seal_json(read, f"capture.result {capture.id}")
    task = hand_in(service, check_id)
    monkeypatch.setattr(work, "run_apart", lambda *_args, **_more: Answer({"stop": False}, {}))
    finish = conclude_check(service, task, lambda _stage, _share: None)
    with service.record.database.writing() as session:
        take_back(service.record, session, person, "keep_video", "0" * 32)
    with service.record.database.writing() as session:
        finish(session)
    state, result = state_of(service, check_id)
    assert (state, result["stills"]) == ("done", {})


def test_pictures_of_a_film_are_not_kept_where_that_was_taken_back_while_it_was_read(
    service: Service, put_film: PutFilm, result_of: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = add_person(service)
    agree(service, person, "keep_video")
    film = put_film(person, b"-", instrument="back", movement="forward_bend")

    def read(*_args: Any, **_more: Any) -> Answer:
        with service.record.database.writing() as session:
            take_back(service.record, session, person, "keep_video", "0" * 32)
        return Answer({"stills": [{"moment": "standing"}]}, {"features": b"-"})

    monkeypatch.setattr(movement, "run_apart", read)
    finish = movement.read_movement(service, Task("-", "read_movement", film, person), lambda *_: None)
    with service.record.database.writing() as session:
        finish(session)
    told = result_of(film)
    assert (told["state"], told["stills"], told["video"]) == ("done", [], None)
