"""Keys for what waits on a phone: who gets one."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from tests.serve.conftest import add_person

from mitate.record.schema import Account
from mitate.serve.auth.tokens import make_token
from mitate.serve.service import Service

SignIn = Callable[..., Any]


def test_whoever_is_signed_in_by_a_browser_gets_her_own(sign_in: SignIn, service: Service) -> None:
    person, other = add_person(service), add_person(service, "Ben Ito")
    path = f"/api/v1/people/{person}/device-key"
    hers, nurse = sign_in("person", person_id=person).client, sign_in("clinician").client
    told = hers.get(path)
    assert told.headers["cache-control"] == "no-store"
    key = told.json()
    assert len(base64.b64decode(key["key"], validate=True)) == 32
    assert hers.get(path).json() == key
    assert hers.get("/api/v1/device").json() == {"mark": key["mark"]}
    nurses = nurse.get(path).json()
    assert not {nurses[name] for name in nurses} & {key[name] for name in key}
    unknown = hers.get(f"/api/v1/people/{'0' * 32}/device-key")
    foreign = hers.get(f"/api/v1/people/{other}/device-key")
    assert (foreign.status_code, foreign.json()) == (404, unknown.json())


def test_neither_tokens_nor_strangers_get_one(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    signed = sign_in("person", person_id=person)
    with service.record.database.writing() as session:
        account = session.get_one(Account, signed.account_id)
        token = make_token(session, account, "a program", ["read:people", "write:people"]).text
    by_token = TestClient(signed.client.app, headers={"Authorization": f"Bearer {token}"})
    stranger = TestClient(signed.client.app)
    for path in ("/api/v1/device", f"/api/v1/people/{person}/device-key"):
        assert by_token.get(path).status_code == 403
        assert stranger.get(path).status_code == 401
