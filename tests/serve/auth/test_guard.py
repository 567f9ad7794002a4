"""What stands before every request: each thing that it lets pass or turns away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.serve.conftest import add_person

from mitate.serve.app import create_app
from mitate.serve.auth import bodies, guard
from mitate.serve.auth.headers import POLICY
from mitate.serve.auth.rates import Rate
from mitate.serve.failing import SlowError
from mitate.serve.service import Service


@pytest.fixture
def anyone(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), follow_redirects=False) as client:
        yield client


def test_every_answer_has_the_headers(anyone: TestClient, sign_in: Callable[..., Any]) -> None:
    signed = sign_in("clinician").client
    for client, path in (
        (anyone, "/sign-in"),
        (anyone, "/nowhere"),
        (anyone, "/api/v1/people"),
        (signed, "/me"),
    ):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=(self)" in headers["permissions-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers
    assert "unsafe" not in POLICY
    assert "no-store" not in anyone.get("/static/css/base.css").headers.get("cache-control", "")


@pytest.mark.parametrize(
    ("origin", "strict"), [("https://mitate.example", True), ("https://192.168.1.20", False)]
)
def test_strict_transport_for_names_over_tls(service: Service, origin: str, strict: bool) -> None:
    there = replace(service, settings=replace(service.settings, origin=origin))
    with TestClient(create_app(there), base_url=origin) as client:
        assert ("strict-transport-security" in client.get("/trust").headers) == strict


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("testserver", 303),
        ("localhost:8080", 303),
        ("127.0.0.1", 303),
        ("[::1]:8080", 303),
        ("evil.example", 421),
        ("testserver.evil.example", 421),
        ("", 421),
        ("[", 421),
        ("evil.example@testserver", 421),
    ],
)
def test_hosts(anyone: TestClient, host: str, status: int) -> None:
    assert anyone.get("/", headers={"Host": host}).status_code == status


def test_two_hosts_are_none(anyone: TestClient) -> None:
    assert anyone.get("/", headers=[("Host", "testserver"), ("Host", "evil.example")]).status_code == 421


@pytest.mark.parametrize(
    "path",
    [
        "/a%00b",
        "/static/..%2f..%2fapp.py",
        "/..%5capp.py",
        "//evil.example",
        "/" + "x" * 600,
        "/a%0ab",
        "/?" + "x" * 5000,
    ],
)
def test_odd_paths(anyone: TestClient, path: str) -> None:
    answer = anyone.get(f"http://testserver{path}")
    assert answer.status_code == 422
    assert "evil" not in answer.headers.get("location", "")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "X" * 40])
def test_unknown_methods(anyone: TestClient, method: str) -> None:
    assert anyone.request(method, "/").status_code == 405


def test_large_bodies_are_turned_away_whether_told_or_not(sign_in: Callable[..., Any]) -> None:
    client = sign_in("clinician").client
    large = b"x" * (bodies.LARGEST + 1)
    assert client.post("/api/v1/people", content=large).status_code == 413
    assert client.post("/api/v1/people", content=iter([large[:600_000], large[600_000:]])).status_code == 413
    told = client.post("/api/v1/people", content=large).json()
    assert told["error"]["kind"] == "TooLargeError"
    assert bodies.largest("/api/v1/people/" + "0" * 32 + "/weights/import") == bodies.LARGEST_TABLE
    assert bodies.largest("/clinic/import") == bodies.LARGEST_TABLE


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_WHOLE_S", 0.05)

    async def silent() -> Any:
        await asyncio.sleep(60)

    with pytest.raises(SlowError):
        asyncio.run(bodies.read_body(silent, 10, None))


def test_the_token_may_come_by_header_or_form(sign_in: Callable[..., Any]) -> None:
    signed = sign_in("clinician")
    client = signed.client
    assert client.post("/me/tokens", data={"label": "x", "scopes": "read:people"}).status_code == 200
    del client.headers["X-CSRF-Token"]
    form = {"label": "x", "scopes": "read:people", "csrf": signed.csrf}
    assert client.post("/me/tokens", data=form).status_code == 200
    assert client.post("/me/tokens", data=form, files={"f": b"x"}).status_code == 200  # multipart
    for wrong in ("", "wrong", signed.csrf + "x"):
        assert client.post("/me/tokens", data={**form, "csrf": wrong}).status_code == 403
    assert client.post("/me/tokens", json={"csrf": signed.csrf}).status_code == 403


def test_a_token_needs_no_csrf_and_a_page_takes_no_token(
    service: Service, sign_in: Callable[..., Any], anyone: TestClient
) -> None:
    made = sign_in("clinician").client.post(
        "/api/v1/tokens", json={"label": "x", "scopes": ["read:people", "write:people"]}
    )
    anyone.headers["Authorization"] = f"Bearer {made.json()['text']}"
    assert anyone.get("/api/v1/people").status_code == 200
    assert anyone.post("/api/v1/people", json={"name": "Taro"}).status_code == 201
    assert anyone.get("/clinic").headers["location"].startswith("/sign-in")
    assert anyone.get("/api/v1/tokens").status_code == 403
    anyone.headers["Authorization"] = "Bearer mitate_" + "x" * 40
    assert anyone.get("/api/v1/people").status_code == 401


def test_sockets_of_other_sites_are_refused(sign_in: Callable[..., Any]) -> None:
    client = sign_in("clinician").client
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            client.websocket_connect("/api/v1/live/face", headers=headers),
        ):
            pass
        assert closed.value.code == 4403


def test_too_many_requests_wait(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    monkeypatch.setattr(guard, "ADDRESS", Rate(burst=3, per_s=0.1))
    with TestClient(create_app(service), follow_redirects=False) as client:
        statuses = [client.get("/sign-in").status_code for _ in range(5)]
        assert statuses == [303, 303, 303, 429, 429]
        assert client.get("/static/css/base.css").status_code == 200
        assert 1 <= int(client.get("/sign-in").headers["retry-after"]) <= 11


def test_a_bug_is_told_without_its_words(
    service: Service, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ValueError("Zora weighs 71.234")

    app = create_app(service)
    app.add_api_route("/api/v1/bug", fails)
    with TestClient(app) as client, caplog.at_level(logging.INFO):
        answer = client.get("/api/v1/bug")
    assert (answer.status_code, answer.json()["error"]["kind"]) == (500, "Bug")
    assert "Zora" not in answer.text + caplog.text
    assert "a bug: ValueError at test_guard.py" in caplog.text
    assert answer.headers["content-security-policy"] == POLICY


def test_nothing_personal_stands_in_the_logs(
    service: Service, caplog: pytest.LogCaptureFixture, anyone: TestClient, sign_in: Callable[..., Any]
) -> None:
    with caplog.at_level(logging.DEBUG):
        person = add_person(service, "Zora Recognisable", note="swollen-mark")
        signed = sign_in("clinician")
        client = signed.client
        client.get("/api/v1/people?find=Zora")
        client.get(f"/api/v1/people/{person}")
        weight = {"at": "2026-11-22T09:30:00Z", "kg": 71.234}
        assert client.post(f"/api/v1/people/{person}/weights", json=weight).status_code == 201
        client.post(f"/api/v1/people/{person}/weights", json={**weight, "kg": "71.234 swollen-mark"})
        client.get(f"/clinic/people/{person}?from=Zora")
        anyone.post("/sign-in", data={"name": "Zora Recognisable", "secret": "739204"})
        anyone.get("/sign-in?then=/Zora")
        anyone.get("/Zora/71.234")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("mitate")]
    assert any("GET" in line and "/api/v1/people" in line and "200" in line for line in ours)
    text = "\n".join(
        f"{one.getMessage()} {one.exc_text}" for one in caplog.records if "httpx" not in one.name
    )
    for mark in ("Zora", "71.234", "swollen", "739204", person, signed.csrf, signed.account_id):
        assert mark not in text
