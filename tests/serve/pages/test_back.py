"""Pages of the back check, asked as a browser without scripts would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person

from mitate.back.coach import target_count
from mitate.back.exercises import exercises
from mitate.record.schema import Check, Consent, Job, now
from mitate.serve.service import Service

RESULT = json.loads((Path(__file__).parent / "back_told.json").read_text("utf-8"))
"""A result as ``conclude_check`` keeps it, of simulated films: what the pages show of it."""


@pytest.fixture
def person(service: Service) -> str:
    return add_person(service)


@pytest.fixture
def signed(sign_in: Callable[..., Any], person: str) -> Any:
    return sign_in("person", person_id=person)


def post(signed: Any, path: str, **fields: Any) -> Any:
    return signed.client.post(path, data={"csrf": signed.csrf, **fields})


def begin(signed: Any, **fields: str) -> str:
    answer = post(signed, "/back/start", **fields)
    assert answer.status_code == 303
    return str(answer.headers["location"]).rpartition("/")[2]


def answer(signed: Any, check: str, value: str) -> Any:
    shown = signed.client.get(f"/back/interview/{check}").text
    found = re.search(r'name="key" value="([^"]+)"', shown)
    assert found is not None
    return post(signed, f"/back/interview/{check}", key=found[1], answer=value)


def judged(service: Service, signed: Any, check: str, **changed: Any) -> None:
    answer(signed, check, "False")
    post(signed, f"/back/interview/{check}/stop")
    with service.record.database.writing() as session:
        row = session.get(Check, check)
        assert row is not None
        key = service.record.key(session, row.person_id)
        row.result = key.seal_json({**RESULT, **changed}, f"check.result {check}")
        row.result_at, row.state = now(), "done"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_is_there_in_both_languages_without_inline_code(
    service: Service, sign_in: Callable[..., Any], language: str
) -> None:
    signed = sign_in("person", person_id=add_person(service), language=language)
    check, name = begin(signed), RESULT["exercises"][0]
    pages = ["/back", f"/back/interview/{check}", f"/back/movements/{check}"]
    pages += [f"/back/move/{check}/rotation", f"/back/move/{check}/squat", f"/back/wait/{check}"]
    shown = {path: signed.client.get(path) for path in pages}
    judged(service, signed, check)
    after = ["/back", f"/back/result/{check}", f"/back/programme/{check}"]
    after += [f"/back/exercise/{name}", f"/back/coach/{name}"]
    shown |= {f"{path} ": signed.client.get(path) for path in after}
    for path, told in shown.items():
        assert told.status_code == 200, path
        assert told.text.count("<h1") == 1, path
        assert f'<html lang="{language}"' in told.text
        assert not re.search(r"<[^>]*\s(style|on[a-z]+)=", told.text), path
        assert not re.search(r"<script(?![^>]*(src=|application/json))", told.text), path
        assert told.headers["cache-control"] == "no-store"


def test_consent_comes_before_the_first_question(service: Service, signed: Any, person: str) -> None:
    with service.record.database.writing() as session:
        session.add(Consent(person_id=person, kind="analyse", given=False, by="0" * 32))
    assert "I agree" in signed.client.get("/back").text
    assert post(signed, "/back/start").status_code == 409
    begin(signed, agree="yes")
    assert "I agree" not in signed.client.get("/back").text


def test_a_question_is_answered_by_one_press_and_taken_back(signed: Any) -> None:
    check = begin(signed)
    first = signed.client.get(f"/back/interview/{check}").text
    assert "I don’t know" in first
    assert "question 1 of at most" in first
    assert answer(signed, check, "False").status_code == 303
    assert "question 2 of at most" in signed.client.get(f"/back/interview/{check}").text
    assert "Go on with your check" in signed.client.get("/back").text
    post(signed, f"/back/interview/{check}/back")
    assert "question 1 of at most" in signed.client.get(f"/back/interview/{check}").text


def test_an_answer_that_cannot_be_is_asked_again(signed: Any) -> None:
    check = begin(signed)
    assert answer(signed, check, "perhaps").status_code == 422
    assert answer(signed, check, "").status_code == 422
    late = post(signed, f"/back/interview/{check}", key="worse_sitting", answer="True")
    assert late.status_code == 303  # the answer to another question is not taken
    assert "question 1 of at most" in signed.client.get(f"/back/interview/{check}").text


def test_a_red_flag_says_what_to_do_and_nothing_else(service: Service, signed: Any) -> None:
    check = begin(signed)
    answer(signed, check, "True")
    shown = signed.client.get(f"/back/interview/{check}").text
    assert "Please get help now" in shown
    assert "emergency department" in shown
    assert 'href="tel:0123"' in shown
    assert "exercise/" not in shown
    assert f"/back/movements/{check}" not in shown
    with service.record.database.reading() as session:
        assert session.scalars(select(Job.kind)).all() == ["conclude_check"]
    post(signed, f"/back/interview/{check}/back")
    assert "question 1 of at most" in signed.client.get(f"/back/interview/{check}").text


def test_the_questions_can_be_ended_early_and_taken_up_again(signed: Any) -> None:
    check = begin(signed)
    answer(signed, check, "False")
    assert post(signed, f"/back/interview/{check}/stop").headers["location"] == f"/back/movements/{check}"
    assert "Answer more questions" in signed.client.get(f"/back/interview/{check}").text
    post(signed, f"/back/interview/{check}/more")
    assert "question 2 of at most" in signed.client.get(f"/back/interview/{check}").text


def test_a_movement_that_cannot_be_done_is_left_out(signed: Any) -> None:
    check = begin(signed)
    assert ">Forward bend</h2>" in signed.client.get(f"/back/movements/{check}").text
    for movement in ("forward_bend", "backward_bend", "rotation"):
        post(signed, f"/back/movements/{check}", movement=movement, why="cannot")
    assert "everything that is needed" in signed.client.get(f"/back/movements/{check}").text
    post(signed, f"/back/movements/{check}", movement="rotation", why="after_all")
    assert ">Trunk turn</h2>" in signed.client.get(f"/back/movements/{check}").text
    assert signed.client.get(f"/back/move/{check}/neck_flexion").status_code == 404


def test_handed_in_it_waits_and_then_shows_the_result(service: Service, signed: Any) -> None:
    check = begin(signed)
    answer(signed, check, "False")
    post(signed, f"/back/interview/{check}/stop")
    assert post(signed, f"/back/conclude/{check}").headers["location"] == f"/back/wait/{check}"
    assert "Weighing the causes" in signed.client.get(f"/back/wait/{check}").text
    judged(service, signed, begin(signed))
    with service.record.database.writing() as session:
        row = session.get(Check, check)
        assert row is not None
        key = service.record.key(session, row.person_id)
        row.result, row.state = key.seal_json(RESULT, f"check.result {check}"), "done"
    assert signed.client.get(f"/back/wait/{check}").headers["location"] == f"/back/result/{check}"
    shown = signed.client.get(f"/back/result/{check}").text
    assert RESULT["told"]["en"]["causes"][0]["label"] in shown
    assert "simulated bodies" in shown
    assert "no substitute for being examined" in shown


def test_causes_of_one_explanation_stand_together_apart_from_the_rest(service: Service, signed: Any) -> None:
    check = begin(signed)
    result = json.loads((Path(__file__).parent / "back_check.json").read_text("utf-8"))
    judged(service, signed, check, **result)
    shown = signed.client.get(f"/back/result/{check}").text
    together = re.search(r'<ol class="leading together">(.*?)</ol>', shown, re.S)
    assert together is not None
    first, second, third = (one["label"] for one in result["told"]["en"]["causes"])
    assert first in together[1]
    assert second in together[1]
    assert third not in together[1]
    assert shown.count("<meter") == 1
    judged(service, signed, other := begin(signed))  # here none leads
    assert 'class="leading' not in signed.client.get(f"/back/result/{other}").text


def test_a_result_with_a_red_flag_shows_that_alone(service: Service, signed: Any) -> None:
    check = begin(signed)
    flag = {"urgency": "doctor_today", "where": "your doctor", "how_fast": "Today.", "words": ["fever"]}
    told = {language: {**RESULT["told"][language], "stop": [flag]} for language in ("en", "ja")}
    judged(service, signed, check, told=told)
    shown = signed.client.get(f"/back/result/{check}").text
    assert "Please see a doctor first" in shown
    assert "programme" not in shown


def test_an_exercise_that_was_done_stands_in_the_diary(service: Service, signed: Any) -> None:
    check, name = begin(signed), RESULT["exercises"][0]
    judged(service, signed, check)
    saved = post(signed, f"/back/programme/{check}", exercise=name, pain_before="3", pain_after="2", done="8")
    assert saved.headers["location"].endswith("?saved=yes")
    shown = signed.client.get(saved.headers["location"]).text
    assert "Written down" in shown
    assert "pain 3 before, 2 after" in shown
    assert "How it goes on" in shown
    assert post(signed, f"/back/programme/{check}", exercise=name, pain_before="11").status_code == 422
    diary = signed.client.get(f"/api/v1/checks/{check}").json()["diary"]
    assert [(one["exercise"], one["done"]) for one in diary] == [(name, 8)]


def test_todays_exercises_stand_on_the_first_page(service: Service, signed: Any) -> None:
    from datetime import date

    from mitate.record.checks import open_check
    from mitate.serve.pages.back_plan import today

    check = begin(signed)
    judged(service, signed, check)
    with service.record.database.reading() as session:
        opened = open_check(service.record, session, check)
    plan = RESULT["told"]["en"]["programme"]
    monday = date(2026, 11, 23)
    for number in range(7):
        told = today(opened, "en", monday + timedelta(days=number))
        assert told is not None
        due = [one["name"] for one in plan["exercises"] if number in one["days"]]
        assert [one["name"] for one in told["exercises"]] == due


def test_limits_that_are_told_make_the_plan_anew(service: Service, signed: Any) -> None:
    check = begin(signed)
    judged(service, signed, check)
    asked = signed.client.get(f"/back/programme/{check}").text
    names = re.findall(r'name="limit_([a-z_]+)" value="no"', asked)
    assert names
    told = post(signed, f"/back/limits/{check}", **{f"limit_{names[0]}": "no"})
    assert told.headers["location"] == f"/back/wait/{check}"
    with service.record.database.reading() as session:
        assert session.scalars(select(Job.subject)).all() == [f"{check}:1"]
    assert post(signed, f"/back/limits/{check}", limit_nonsense="yes").status_code == 422


def test_films_come_whole_and_in_parts_with_captions(signed: Any) -> None:
    whole = signed.client.get("/back/film/bridge.mp4")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    part = signed.client.get("/back/film/bridge.mp4", headers={"Range": "bytes=100-299"})
    assert part.status_code == 206
    assert part.content == whole.content[100:300]
    assert signed.client.get("/back/film/bridge.ja.vtt").text.startswith("WEBVTT")
    for wrong in ("../secret.mp4", "bridge.toml", "no_such.mp4", "bridge.mp4.vtt", "%2e%2e%2fbridge.mp4"):
        assert signed.client.get(f"/back/film/{wrong}").status_code in (404, 422)


def test_every_exercise_has_its_page_and_its_coach(signed: Any) -> None:
    for one in exercises()[::12]:
        for kind in ("exercise", "coach"):
            assert signed.client.get(f"/back/{kind}/{one.name}").status_code == 200
    assert signed.client.get("/back/exercise/no_such").status_code == 404
    assert signed.client.get("/back/coach/no_such").status_code == 404


def test_the_coach_knows_its_goal_without_a_programme(signed: Any) -> None:
    one = next(one for one in exercises() if target_count(one))
    shown = signed.client.get(f"/back/coach/{one.name}").text
    found = re.search(r'id="facts">(.*?)</script>', shown)
    assert found
    assert json.loads(found[1])["target"] == target_count(one)


def test_nobody_sees_or_changes_the_check_of_somebody_else(
    service: Service, signed: Any, sign_in: Callable[..., Any]
) -> None:
    check = begin(signed)
    judged(service, signed, check)
    other = sign_in("person", person_id=add_person(service, "Ken"))
    for path in ("interview", "movements", "wait", "result", "programme"):
        assert other.client.get(f"/back/{path}/{check}").status_code == 404
    assert other.client.get(f"/back/move/{check}/rotation").status_code == 404
    changes: list[tuple[str, dict[str, str]]] = [
        (f"/back/interview/{check}", {"key": "a", "answer": "True"}),
        (f"/back/interview/{check}/back", {}),
        (f"/back/interview/{check}/more", {}),
        (f"/back/interview/{check}/stop", {}),
        (f"/back/movements/{check}", {"movement": "squat", "why": "cannot"}),
        (f"/back/conclude/{check}", {}),
        (f"/back/programme/{check}", {"exercise": "bridge"}),
        (f"/back/limits/{check}", {"limit_osteoporosis": "no"}),
    ]
    for path, fields in changes:
        assert post(other, path, **fields).status_code == 404, path


def test_an_account_without_a_person_is_led_to_the_clinic(sign_in: Callable[..., Any]) -> None:
    clinician = sign_in("clinician")
    assert 'href="/clinic"' in clinician.client.get("/back").text
    assert post(clinician, "/back/start").status_code == 404


def test_the_neck_has_its_own_questions_and_movements(signed: Any) -> None:
    check = begin(signed, region="neck")
    answer(signed, check, "False")
    shown = signed.client.get(f"/back/movements/{check}").text
    assert "Turning the head" in shown
    assert "Forward bend" not in shown
    for movement in ("neck_flexion", "neck_rotation", "neck_side_bend", "arm_raise"):
        assert signed.client.get(f"/back/move/{check}/{movement}").status_code == 200
