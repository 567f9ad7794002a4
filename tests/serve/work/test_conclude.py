"""From films of movements and an interview to a judged check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.serve.conftest import add_person
from tests.serve.work.conftest import EXAMPLES, PutFilm, begun, judge

from mitate.record.check_films import conclude
from mitate.record.checks import open_check, put_interview
from mitate.record.schema import Capture, Check
from mitate.serve.api.checks import Skeleton
from mitate.serve.service import Service
from mitate.serve.told.captured import told_of
from mitate.serve.work.once import run_waiting

BEND = EXAMPLES / "films" / "forward-bend.mp4"
Result = Callable[[str], dict[str, Any]]


def told_flag(service: Service, check_id: str) -> None:
    """Answer yes to the first question, which asks for a red flag."""
    from mitate.back.interview import Done, next_step

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
