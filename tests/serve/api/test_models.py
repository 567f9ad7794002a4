"""Personal models over the API: how good they are, made anew when a clinician asks; and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from tests.record.made import put_capture, put_model
from tests.serve.conftest import add_person

from mitate.record.schema import Job
from mitate.serve.service import Service

SignIn = Callable[..., Any]
NOBODY = "0" * 32
QUALITY = {
    "n": 5, "mae_kg": 0.4, "mae_low_kg": 0.2, "mae_high_kg": 0.7, "bias_kg": 0.1, "coverage_90": 0.8,
    "guess_mae_kg": 1.2,
}  # fmt: skip


def test_the_active_model_and_those_before_it(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    left = [{"capture": NOBODY, "reason": "wrong_person"}]
    before = put_model(service.record, person, active=False)
    active = put_model(service.record, person, quality=QUALITY, left_out=left, sessions=[NOBODY])
    told = sign_in("person", person_id=person).client.get(f"/api/v1/people/{person}/model").json()
    assert (told["active"]["id"], told["active"]["quality"], told["active"]["left_out"]) == (
        active,
        QUALITY,
        left,
    )
    assert [(one["id"], one["quality"]) for one in told["before"]] == [(before, None)]
    assert told["active"]["trained_on"] == "simulated"
    assert told["job"] is None


def test_one_job_at_a_time_waits_and_each_has_its_own_revision(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    client, path = sign_in("clinician").client, f"/api/v1/people/{person}/model"
    assert client.post(path).status_code == 409
    put_capture(service.record, person)
    answer = client.post(path)
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert client.post(path).json()["id"] == answer.json()["id"]
    assert client.get(path).json()["job"]["id"] == answer.json()["id"]
    with service.record.database.writing() as session:
        session.execute(update(Job).values(state="done"))
    assert client.post(path).json()["id"] != answer.json()["id"]
    with service.record.database.reading() as session:
        assert set(session.scalars(select(Job.subject))) == {f"{person}:1", f"{person}:2"}


def test_who_may(sign_in: SignIn, service: Service) -> None:
    mine, other = add_person(service, "Hana"), add_person(service, "Taro")
    put_capture(service.record, mine)
    hers, admin, clinic = (
        sign_in("person", person_id=mine).client,
        sign_in("admin").client,
        sign_in("clinician").client,
    )
    assert hers.post(f"/api/v1/people/{mine}/model").status_code == 403
    for client in (hers, admin):
        assert client.get(f"/api/v1/people/{other}/model").status_code == 404
        assert client.post(f"/api/v1/people/{other}/model").status_code == 403
    assert clinic.get(f"/api/v1/people/{NOBODY}/model").status_code == 404
    assert clinic.post(f"/api/v1/people/{NOBODY}/model").status_code == 404
