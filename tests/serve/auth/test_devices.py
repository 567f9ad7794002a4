"""A browser that is known is kept out by nobody; its mark opens nothing and cannot be made by others."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.responses import Response

from mitate.record.schema import Account
from mitate.record.vault import Vault
from mitate.serve.app import create_app
from mitate.serve.auth.devices import device_cookie, known_device, remember_device
from mitate.serve.auth.first import SetUp, set_up
from mitate.serve.auth.giving import give_secret
from mitate.serve.auth.tries import FREE
from mitate.serve.service import Service
from mitate.serve.settings import Settings

PIN, WRONG, NEW = "739204", "804613", "518273"
HANA, TARO = "1" * 32, "2" * 32


@pytest.fixture
def known(service: Service) -> Iterator[TestClient]:
    """A browser that Hana was signed in with, and is signed out again."""
    set_up(service.record, SetUp("home", "Hana", PIN, "pin", agrees=True), "127.0.0.1", "")
    with TestClient(create_app(service), follow_redirects=False) as client:
        client.headers["Origin"] = service.settings.origin
        assert tried(client, PIN) == 303
        del client.cookies["mitate"]
        yield client


@pytest.fixture
def stranger(known: TestClient, service: Service) -> Iterator[TestClient]:
    client = TestClient(known.app, follow_redirects=False)
    client.headers["Origin"] = service.settings.origin
    client.portal = known.portal
    yield client
    client.close()


def tried(client: TestClient, secret: str, name: str = "Hana") -> int:
    return int(client.post("/sign-in", data={"name": name, "secret": secret}).status_code)


def test_strangers_tries_keep_nobody_out_of_her_own_phone(known: TestClient, stranger: TestClient) -> None:
    assert [tried(stranger, WRONG) for _ in range(FREE)] == [403] * FREE
    assert tried(stranger, PIN) == 429  # even the right one: elsewhere the wait counts
    assert tried(known, WRONG) == 403
    assert tried(known, PIN) == 303
    assert tried(stranger, PIN) == 429  # her signing in gives strangers no fresh tries


def test_a_known_phone_is_no_way_round_the_wait(known: TestClient) -> None:
    assert [tried(known, WRONG) for _ in range(FREE)] == [403] * FREE
    assert tried(known, PIN) == 429


def test_another_secret_from_the_administrator_ends_the_wait_on_her_own_phone(
    known: TestClient, service: Service
) -> None:
    assert [tried(known, WRONG) for _ in range(FREE)] == [403] * FREE
    assert tried(known, PIN) == 429
    with service.record.database.reading() as session:
        account_id = session.scalars(select(Account.id)).one()
    give_secret(service, account_id, account_id, NEW)
    assert tried(known, NEW) == 303


def test_it_is_known_for_its_own_account_alone(known: TestClient, stranger: TestClient) -> None:
    for _ in range(FREE):
        tried(stranger, WRONG, "Taro")
    assert tried(known, WRONG, "Taro") == 429
    forged = known.cookies["mitate-known"].partition(".")[0] + "." + "0" * 32
    stranger.cookies["mitate-known"] = forged
    for _ in range(FREE):
        tried(stranger, WRONG)
    assert tried(stranger, PIN) == 429


def test_the_mark_opens_nothing_and_scripts_cannot_read_it(known: TestClient, service: Service) -> None:
    assert known.get("/me").headers["location"].startswith("/sign-in")
    (set_by,) = [one for one in remembered(service.settings).headers.getlist("set-cookie") if "known" in one]
    assert "HttpOnly" in set_by
    assert "SameSite=strict" in set_by
    assert "Hana" not in known.cookies["mitate-known"]


def test_over_tls_it_is_bound_to_the_host(service: Service) -> None:
    settings = Settings(service.settings.folder, origin="https://mitate.example")
    assert device_cookie(settings) == "__Host-mitate-known"
    assert "Secure" in remembered(settings).headers["set-cookie"]


def remembered(settings: Settings, vault: Vault | None = None, *accounts: str, cookie: str = "") -> Response:
    cookies, answer = {device_cookie(settings): cookie}, Response()
    for account in accounts or (HANA,):
        answer = Response()
        remember_device(answer, vault or Vault.new(), settings, cookies, account)
        found = SimpleCookie(answer.headers["set-cookie"])
        cookies = {name: one.value for name, one in found.items()}
    return answer


def test_several_accounts_of_one_tablet_and_the_earliest_is_forgotten(service: Service) -> None:
    settings, vault = service.settings, service.record.vault
    accounts = [f"{number:032x}" for number in range(14)]
    told = SimpleCookie(remembered(settings, vault, *accounts).headers["set-cookie"])
    cookies = {name: one.value for name, one in told.items()}
    known = [bool(known_device(vault, settings, cookies, one)) for one in accounts]
    assert known == [False] * 2 + [True] * 12
    assert known_device(Vault.new(), settings, cookies, accounts[-1]) == ""
    assert known_device(vault, settings, cookies, "") == ""


@given(st.text(max_size=200))
def test_whatever_stands_in_the_cookie_is_nobody(text: str) -> None:
    settings = Settings(folder=None)  # type: ignore[arg-type]
    assert known_device(Vault(bytes(32)), settings, {device_cookie(settings): text}, HANA) == ""
