"""Back checks over the API: interview, movements, diary, what came of it, and whose business it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.conftest import add_person

from mitate.record.schema import Audit, Check, Job, now
from mitate.serve.service import Service

Begun = tuple[Any, str]


@pytest.fixture
def person(service: Service) -> str:
    return add_person(service)


@pytest.fixture
def begun(sign_in: Callable[..., Any], person: str) -> Begun:
    """Somebody signed in for herself, and her new check."""
    signed = sign_in("person", person_id=person)
    answer = signed.client.post(f"/api/v1/people/{person}/checks", json={})
    assert answer.status_code == 201
    return signed, answer.json()["id"]


def put_result(service: Service, check_id: str, result: dict[str, Any]) -> None:
    with service.record.database.writing() as session:
        row = session.get(Check, check_id)
        assert row is not None
        key = service.record.key(session, row.person_id)
        row.result = key.seal_json(result, f"check.result {check_id}")
        row.result_at, row.state = now(), "done"


def test_an_interview_is_asked_answered_and_taken_back(begun: Begun) -> None:
    client, check = begun[0].client, f"/api/v1/checks/{begun[1]}"
    first = client.get(f"{check}/question").json()
    assert first["question"]["kind"] == "red_flag"
    assert [one["value"] for one in first["question"]["choices"]] == [True, False]
    answered = client.post(f"{check}/answers", json={"key": first["question"]["key"], "value": None})
    assert answered.status_code == 201
    second = answered.json()
    assert second["answers"] == 1
    assert second["question"]["key"] != first["question"]["key"]
    assert client.get(f"{check}/question").json() == second
    assert client.delete(f"{check}/answers/last").json() == first
    assert client.delete(f"{check}/answers/last").status_code == 409


def test_a_red_flag_ends_it_says_where_to_go_and_is_handed_in(begun: Begun, service: Service) -> None:
    client, check = begun[0].client, f"/api/v1/checks/{begun[1]}"
    key = client.get(f"{check}/question").json()["question"]["key"]
    told = client.post(f"{check}/answers", json={"key": key, "value": True}).json()
    assert (told["question"], told["ended"]) == (None, "red_flag")
    assert told["stops"][0]["urgency"] == "emergency_now"
    assert told["stops"][0]["words"]
    with service.record.database.reading() as session:
        job = session.scalars(select(Job)).one()
    assert (job.kind, job.subject) == ("conclude_check", f"{begun[1]}:1")
    assert client.delete(f"{check}/answers/last").json()["question"]["key"] == key


def test_an_answer_goes_to_its_own_question_only(begun: Begun) -> None:
    client, check = begun[0].client, f"/api/v1/checks/{begun[1]}"
    assert client.post(f"{check}/answers", json={"key": "worse_sitting", "value": True}).status_code == 409
    key = client.get(f"{check}/question").json()["question"]["key"]
    for wrong in ("perhaps", 7, [True], {"a": 1}):
        assert client.post(f"{check}/answers", json={"key": key, "value": wrong}).status_code == 422


def test_stopped_it_asks_no_more_and_can_be_handed_in(begun: Begun) -> None:
    client, check = begun[0].client, f"/api/v1/checks/{begun[1]}"
    assert client.post(f"{check}/conclude").status_code == 409  # nothing was said yet
    key = client.get(f"{check}/question").json()["question"]["key"]
    client.post(f"{check}/answers", json={"key": key, "value": False})
    assert client.post(f"{check}/stop").json()["ended"] == "stopped"
    handed = client.post(f"{check}/conclude")
    assert (handed.status_code, handed.json()["state"]) == (202, "concluding")
    assert client.get(check).json()["state"] == "concluding"


def test_a_movement_that_cannot_be_done_is_an_answer(begun: Begun) -> None:
    client, check = begun[0].client, f"/api/v1/checks/{begun[1]}"
    given = {"movement": "backward_bend", "why": "cannot"}
    told = client.post(f"{check}/skipped", json=given).json()
    states = {one["movement"]: one["state"] for one in told["movements"]}
    assert states["backward_bend"] == "skipped"
    assert states["forward_bend"] == "wanted"
    assert client.post(f"{check}/skipped", json={"movement": "neck_flexion", "why": None}).status_code == 422


def test_the_diary_keeps_what_was_done(begun: Begun) -> None:
    client, check = begun[0].client, f"/api/v1/checks/{begun[1]}"
    given = {"date": "2026-11-23", "exercise": "bridge", "done": 10, "pain_before": 4}
    assert client.post(f"{check}/diary", json=given).status_code == 201
    client.post(f"{check}/diary", json={"date": "2026-11-23", "exercise": "bridge", "pain_after": 3})
    assert client.get(check).json()["diary"] == [
        {**given, "done": 10.0, "pain_before": 4.0, "pain_after": 3.0}
    ]
    for wrong in ({"date": "2026-02-31"}, {"exercise": "no_such"}, {"pain_after": 11}, {"mood": 1}):
        assert client.post(f"{check}/diary", json={**given, **wrong}).status_code == 422


def test_what_the_coach_saw_is_written_once_and_joins_the_day(begun: Begun) -> None:
    client, check = begun[0].client, f"/api/v1/checks/{begun[1]}"
    day = {"date": "2026-11-23", "exercise": "bridge"}
    first = {"set": "a" * 32, "repetitions": 8, "target": 10, "range_share": 0.9, "faults": {"sag": 0.25}}
    second = {**first, "set": "b" * 32, "repetitions": 10}
    for coach in (first, first, second, first):  # a page that was loaded again, a network that was lost
        assert client.post(f"{check}/diary", json={**day, "coach": coach}).status_code == 201
    client.post(f"{check}/diary", json={**day, "pain_after": 3, "effort": 6})
    (row,) = client.get(check).json()["diary"]
    assert [one["repetitions"] for one in row["coach"]] == [8, 10]
    assert (row["pain_after"], row["effort"]) == (3.0, 6.0)
    for wrong in ({"set": "A"}, {"repetitions": -1}, {"faults": {"sag": 2}}, {"title": "x"}):
        answer = client.post(f"{check}/diary", json={**day, "coach": {**first, **wrong}})
        assert answer.status_code == 422
    for number in range(60):
        client.post(f"{check}/diary", json={**day, "coach": {**first, "set": f"{number:032x}"}})
    (row,) = client.get(check).json()["diary"]
    assert len(row["coach"]) == 50


def test_what_came_of_it_is_told_drawn_and_moves(begun: Begun, service: Service) -> None:
    client, check = begun[0].client, f"/api/v1/checks/{begun[1]}"
    assert client.get(f"{check}/proof.svg").status_code == 404
    skeleton = {  # as `mitate.serve.work.shown_movement.skeleton_of` makes it
        "fps": 15.0,
        "joints": ["nose", "s1"],
        "bones": [[0, 1]],
        "times_s": [0.0, 0.067],
        "frames": [[[0.0, 1.0, 0.1], None], [[0.0, 0.9, 0.2], [0.0, 1.0, 0.0]]],
    }
    result = {
        "told": {"en": {"verdict": "v"}, "ja": {"verdict": "w"}},
        "trained_on": "simulated",
        "intended_use": "Research use.",
        "proof_svg": "<svg/>",
        "skeletons": {"forward_bend": skeleton},
    }
    put_result(service, begun[1], result)
    told = client.get(check).json()
    assert (told["told"], told["trained_on"], told["state"]) == ({"verdict": "v"}, "simulated", "done")
    assert client.get(f"{check}/proof.svg").text == "<svg/>"
    assert client.get(f"{check}/skeleton/forward_bend").json() == skeleton
    assert client.get(f"{check}/skeleton/squat").status_code == 404


def test_others_do_not_learn_that_there_is_a_check(
    begun: Begun, service: Service, sign_in: Callable[..., Any]
) -> None:
    other = sign_in("person", person_id=add_person(service, "Ken")).client
    unknown = "0" * 32
    for method, tail, body in (
        ("get", "", None),
        ("get", "/question", None),
        ("post", "/answers", {"key": "a", "value": True}),
        ("delete", "/answers/last", None),
        ("post", "/stop", None),
        ("post", "/conclude", None),
        ("post", "/skipped", {"movement": "squat", "why": None}),
        ("post", "/diary", {"date": "2026-11-23", "exercise": "bridge"}),
        ("get", "/proof.svg", None),
        ("get", "/skeleton/squat", None),
    ):
        answers = [
            other.request(method.upper(), f"/api/v1/checks/{check}{tail}", json=body)
            for check in (begun[1], unknown)
        ]
        assert [one.status_code for one in answers] == [404, 404], tail
        assert answers[0].json() == answers[1].json()
    assert other.get(f"/api/v1/people/{begun[0].person_id}/checks").status_code == 404


def test_a_clinician_who_writes_for_somebody_is_in_the_audit_trail(
    begun: Begun, service: Service, sign_in: Callable[..., Any]
) -> None:
    clinician = sign_in("clinician")
    check = f"/api/v1/checks/{begun[1]}"
    key = clinician.client.get(f"{check}/question").json()["question"]["key"]
    clinician.client.post(f"{check}/answers", json={"key": key, "value": False})
    clinician.client.get(check)
    with service.record.database.reading() as session:
        rows = session.scalars(select(Audit).where(Audit.actor == clinician.account_id)).all()
    assert [row.action for row in rows if row.action.startswith("check")] == [
        "check.read",
        "check.answered",
        "check.read",
    ]


def test_without_consent_no_check_is_begun(service: Service, sign_in: Callable[..., Any]) -> None:
    from mitate.record.schema import Consent

    person = add_person(service)
    signed = sign_in("person", person_id=person)
    with service.record.database.writing() as session:
        session.add(Consent(person_id=person, kind="analyse", given=False, by=signed.account_id))
    assert signed.client.post(f"/api/v1/people/{person}/checks", json={}).status_code == 409
    assert signed.client.get(f"/api/v1/people/{person}/checks").json() == {"checks": []}
