"""What nobody must be signed in for: how much of it there may be, and from where."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from mitate.record.schema import Audit, Challenge, Knock
from mitate.serve.app import create_app
from mitate.serve.auth import entering, guard, passkeys, secrets
from mitate.serve.auth.first import SetUp, first_code, set_up
from mitate.serve.auth.rates import Rate
from mitate.serve.service import Service

PIN = "739204"
FORM = {"kind": "home", "name": "Hana", "secret": PIN, "again": PIN, "agrees": "yes"}


def client_of(service: Service, host: str = "192.168.1.9") -> TestClient:
    client = TestClient(create_app(service), follow_redirects=False, client=(host, 50_000))
    client.headers["Origin"] = service.settings.origin
    return client


@pytest.fixture
def begun(service: Service) -> Service:
    """A record that Hana has set up."""
    set_up(service.record, SetUp("home", "Hana", PIN, "pin", agrees=True), "127.0.0.1", "")
    return service


@pytest.mark.parametrize(
    "handed_on",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-For": "192.168.1.9"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
def test_a_proxy_on_this_machine_makes_nobody_local(service: Service, handed_on: dict[str, str]) -> None:
    with client_of(service, "127.0.0.1") as client:
        assert client.post("/first", data=FORM, headers=handed_on).status_code == 403
        assert 'name="code"' in client.get("/first?kind=home", headers=handed_on).text
        assert client.post("/first", data=FORM).status_code == 303


def test_an_app_behind_a_proxy_asks_everybody_for_the_code(service: Service) -> None:
    behind = replace(service, settings=replace(service.settings, fronted=True))
    with client_of(behind, "127.0.0.1") as client:
        assert client.post("/first", data=FORM).status_code == 403
        code = first_code(service.record)
        assert client.post("/first", data={**FORM, "code": code}).status_code == 303


def test_doors_are_opened_at_a_walk_and_pages_at_a_run(
    begun: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "DOORS", Rate(3, 1e-9))
    behind = replace(begun, settings=replace(begun.settings, origin="http://localhost"))
    with client_of(behind) as client:
        client.headers["Host"] = "localhost"
        path = "/api/v1/sign-in/passkey/begin"
        assert [client.post(path).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        assert client.post("/sign-in", data={"name": "Hana", "secret": PIN}).status_code == 429
        assert {client.get("/sign-in").status_code for _ in range(20)} == {200}
    with client_of(behind, "192.168.1.10") as other:
        other.headers["Host"] = "localhost"
        assert other.post("/sign-in", data={"name": "Hana", "secret": PIN}).status_code == 303


def test_many_begun_passkeys_keep_nobody_from_beginning(
    begun: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "_MOST_WAITING", 5)
    behind = replace(begun, settings=replace(begun.settings, origin="http://localhost"))
    with client_of(behind) as client:
        client.headers["Host"] = "localhost"
        told = [client.post("/api/v1/sign-in/passkey/begin").json()["id"] for _ in range(12)]
    with begun.record.database.reading() as session:
        assert set(session.scalars(select(Challenge.id))) == set(told[-5:])


def test_a_passkey_that_does_not_hold_is_written_down(begun: Service) -> None:
    behind = replace(begun, settings=replace(begun.settings, origin="http://localhost"))
    with client_of(behind) as client:
        client.headers["Host"] = "localhost"
        asked = client.post("/api/v1/sign-in/passkey/begin").json()
        shown = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}}
        answer = client.post("/api/v1/sign-in/passkey", json={"id": asked["id"], "credential": shown})
        assert answer.status_code == 403
    with begun.record.database.reading() as session:
        rows = list(session.execute(select(Audit.action, Audit.detail).where(Audit.actor == "nobody")))
    assert rows == [("sign_in.failed", {"passkey": True})]


def test_a_crowd_at_the_door_waits_outside_and_no_try_is_counted(
    begun: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets._TURNS, "waiting", secrets._MOST_WAITING)
    with client_of(begun) as client:
        crowded = client.post("/sign-in", data={"name": "Hana", "secret": PIN})
        assert (crowded.status_code, crowded.headers["Retry-After"]) == (429, "3")
        assert "Many people are signing in" in crowded.text
        assert "wrong tries" not in crowded.text
        with begun.record.database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Knock)) == 0
        monkeypatch.setattr(secrets._TURNS, "waiting", 0)
        assert client.post("/sign-in", data={"name": "Hana", "secret": PIN}).status_code == 303


def test_turns_are_given_back(begun: Service) -> None:
    threads = [threading.Thread(target=secrets.verify_secret, args=(None, "x")) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert secrets._TURNS.waiting == 0
    assert not secrets.crowded()


def test_a_secret_changed_while_it_was_proven_opens_nothing(
    begun: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mitate.record.accounts import find_account

    proven = secrets.verify_secret

    def slow(known: str | None, secret: str) -> bool:
        right = proven(known, secret)
        with begun.record.database.writing() as session:
            account = find_account(begun.record, session, "Hana")
            assert account is not None
            account.secret = "another"
        return right

    monkeypatch.setattr(entering, "verify_secret", slow)
    with client_of(begun) as client:
        assert client.post("/sign-in", data={"name": "Hana", "secret": PIN}).status_code == 403


@pytest.fixture
def busy(service: Service, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An app with a page that waits to be let go, and who is on it."""
    monkeypatch.setattr(guard, "AT_ONCE", 2)
    go, app = asyncio.Event(), create_app(service)
    there: asyncio.Queue[None] = asyncio.Queue()

    async def waits() -> str:
        there.put_nowait(None)
        await go.wait()
        return "there"

    app.add_api_route("/api/v1/waits", waits)
    return app, go, there


def test_one_visitor_never_takes_all_places(busy: Any, sign_in: Callable[..., Any]) -> None:
    import httpx2 as httpx

    app, go, there = busy
    one, other = sign_in("clinician").client, sign_in("clinician").client

    def asks(client: TestClient) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://testserver", cookies=dict(client.cookies)
        )

    async def all_of_them() -> list[int]:
        async with asks(one) as first, asks(other) as second:
            held = [asyncio.create_task(first.get("/api/v1/waits")) for _ in range(2)]
            for _ in held:
                await there.get()
            refused = (await first.get("/api/v1/waits")).status_code
            others = asyncio.create_task(second.get("/api/v1/waits"))
            await there.get()
            go.set()
            told = [(await one).status_code for one in (*held, others)]
            return [refused, *told, (await first.get("/api/v1/waits")).status_code]

    assert asyncio.run(all_of_them()) == [429, 200, 200, 200, 200]
