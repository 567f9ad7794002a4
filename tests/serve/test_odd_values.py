"""Values at the edges of what there is: refused as such, no bug, and never kept to break a page later."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.serve.conftest import add_person

from mitate.serve.service import Service

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OUTSIDE_OF_TIME = ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]


@pytest.mark.parametrize("at", OUTSIDE_OF_TIME)
def test_times_that_have_no_local_time(service: Service, sign_in: Callable[..., Any], at: str) -> None:
    person, clinician = add_person(service), sign_in("clinician").client
    film = {"instrument": "edema", "length": 1000, "content_type": "video/mp4", "at": at}
    assert clinician.post(f"/api/v1/people/{person}/captures", json=film).status_code == 422
    weight = {"at": at, "kg": 60.0}
    assert clinician.post(f"/api/v1/people/{person}/weights", json=weight).status_code == 422
    for local in (at, at[:16]):
        form = {"kg": "60", "at": local}
        assert clinician.post(f"/clinic/people/{person}/weights", data=form).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "\\ud800x"}',
        '{"name": "a\\u0000b"}',
        '{"name": "\\u202eanaH"}',
        '{"name": "x", "height_cm": NaN}',
        '{"name": "x", "height_cm": Infinity}',
        '{"name": "x", "height_cm": 1e400}',
        '{"name": "x", "height_cm": ' + "9" * 5000 + "}",
        '{"name": "x", "birth_date": "0001-01-01"}',
        "[" * 200_000,
        '{"name":' * 100_000,
        '"\\ud800"',
        "",
    ],
    ids=lambda body: body[:24],
)
def test_bodies_that_are_none(sign_in: Callable[..., Any], body: str) -> None:
    answer = sign_in("clinician").client.post("/api/v1/people", content=body, headers=JSON)
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("letter", ["\0", "\u202e", "\ud800"])
def test_letters_that_no_name_has(sign_in: Callable[..., Any], letter: str) -> None:
    client, text = sign_in("clinician", "admin").client, f"a{letter}b"
    account = {"login": text, "roles": ["clinician"], "secret": "lantern otter granite"}
    for method, path, given in (
        ("POST", "/api/v1/tokens", {"label": text, "scopes": ["read:people"]}),
        ("PUT", "/api/v1/admin/clinic", {"name": text}),
        ("POST", "/api/v1/admin/accounts", account),
        ("POST", "/api/v1/people", {"name": text}),
    ):
        answer = client.request(method, path, content=json.dumps(given), headers=JSON)
        assert answer.status_code == 422, path


def test_answers_that_are_none(service: Service, sign_in: Callable[..., Any]) -> None:
    person = add_person(service)
    client = sign_in("person", person_id=person).client
    check = client.post(f"/api/v1/people/{person}/checks", json={"region": "low_back"}).json()["id"]
    key = client.get(f"/api/v1/checks/{check}/question").json()["question"]["key"]
    for value in ("1" + "0" * 400, "-1", "1e400", "NaN", '["\\ud800"]', '"\\u0000"', "{}", str(2**63)):
        body = f'{{"key": {json.dumps(key)}, "value": {value}}}'
        answer = client.post(f"/api/v1/checks/{check}/answers", content=body, headers=JSON)
        assert answer.status_code in (400, 409, 422), value


@pytest.mark.parametrize("body", ["name=a%00b&secret=x", "name=%ED%A0%80&secret=%ED%A0%80", "a=1&" * 5000])
def test_forms_that_are_none(sign_in: Callable[..., Any], body: str) -> None:
    answer = sign_in("person").client.post("/sign-in", content=body, headers=FORM)
    assert answer.status_code in (303, 400, 403, 422)
