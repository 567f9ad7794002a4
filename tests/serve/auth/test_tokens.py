"""Tokens: shown once, kept as a hash, with scopes and an end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.serve.conftest import add_person

from mitate.errors import InputError
from mitate.record.errors import MissingError
from mitate.record.schema import Account, Token, now
from mitate.serve.auth.tokens import make_token, revoke_token, token_account
from mitate.serve.service import Service


@pytest.fixture
def account(sign_in: Callable[..., Any]) -> Any:
    return sign_in("clinician")


def test_its_form_and_what_is_kept(service: Service, account: Any) -> None:
    with service.record.database.writing() as session:
        row = session.get_one(Account, account.account_id)
        made = make_token(session, row, "script", ["write:people", "read:people"])
        assert re.fullmatch(r"mitate_[A-Za-z0-9]{40}", made.text)
        assert made.text.encode() not in made.row.hash
        assert made.row.scopes == ["read:people", "write:people"]
        assert token_account(session, made.text) == (made.row, row)
        assert token_account(session, made.text + "x") is None
        made.row.expires_at = now() - timedelta(seconds=1)
        assert token_account(session, made.text) is None


@pytest.mark.parametrize(
    ("scopes", "days"),
    [([], 90), (["all"], 90), (["read:admin"], 90), (["read:people"], 0), (["read:people"], 367)],
)
def test_what_is_not_made(service: Service, account: Any, scopes: list[str], days: int) -> None:
    with service.record.database.writing() as session, pytest.raises(InputError):
        make_token(session, session.get_one(Account, account.account_id), "x", scopes, days)


def test_only_ones_own_is_revoked(service: Service, account: Any) -> None:
    made = account.client.post("/api/v1/tokens", json={"label": "x", "scopes": ["read:people"]}).json()
    assert account.client.get("/api/v1/tokens").json() == [made["token"]]
    with service.record.database.writing() as session, pytest.raises(MissingError):
        revoke_token(session, "0" * 32, made["token"]["id"], "0" * 32)
    assert account.client.delete(f"/api/v1/tokens/{made['token']['id']}").status_code == 204
    with service.record.database.reading() as session:
        assert session.scalars(select(Token)).all() == []


def test_a_token_that_only_writes_makes_no_account_to_read_by(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    signed, person = sign_in("clinician"), add_person(service)
    given = {"login": "Hana", "secret": "739204"}
    for scopes, status in ((("write:people",), 403), (("read:people", "write:people"), 201)):
        with service.record.database.writing() as session:
            account = session.get_one(Account, signed.account_id)
            text = make_token(session, account, "x", scopes).text
        asked = TestClient(signed.client.app, headers={"Authorization": f"Bearer {text}"})
        assert asked.post(f"/api/v1/people/{person}/account", json=given).status_code == status
