"""Passkeys from making to signing in, by a software authenticator and by Chromium's own virtual one."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from tests.serve.auth.authenticator import Authenticator

from mitate.record.schema import Account, Audit, Challenge, Login, Passkey, now
from mitate.serve.app import create_app
from mitate.serve.auth.first import SetUp, set_up
from mitate.serve.auth.passkeys import rp_id
from mitate.serve.service import Service
from mitate.serve.settings import Settings

ORIGIN = "https://mitate.example"
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture
def service(service: Service) -> Service:
    """Reached by a name over TLS."""
    return replace(service, settings=replace(service.settings, origin=ORIGIN))


@pytest.fixture
def browser(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), base_url=ORIGIN, follow_redirects=False) as client:
        client.headers["Origin"] = ORIGIN
        yield client


@pytest.fixture
def signed(service: Service, browser: TestClient) -> TestClient:
    """A browser that is signed in."""
    set_up(service.record, SetUp("home", "Hana", "739204", "pin", agrees=True), "127.0.0.1", "")
    assert browser.post("/sign-in", data={"name": "Hana", "secret": "739204"}).status_code == 303
    assert "__Host-mitate" in browser.cookies
    page = browser.get("/me").text
    browser.headers["X-CSRF-Token"] = page.partition('<meta name="csrf" content="')[2].partition('"')[0]
    return browser


def add(client: TestClient, key: Authenticator, **changed: Any) -> Any:
    asked = client.post("/api/v1/passkeys/begin").json()
    credential = key.create(asked["options"], **changed)
    return client.post(
        "/api/v1/passkeys", json={"id": asked["id"], "credential": credential, "label": "phone"}
    )


def sign_in(client: TestClient, key: Authenticator, **changed: Any) -> Any:
    asked = client.post("/api/v1/sign-in/passkey/begin").json()
    shown = {"id": asked["id"], "credential": key.get(asked["options"], **changed)}
    return client.post("/api/v1/sign-in/passkey", json=shown)


def test_made_and_signed_in_by(service: Service, signed: TestClient) -> None:
    key = Authenticator(ORIGIN)
    assert add(signed, key).status_code == 201
    (told,) = signed.get("/api/v1/passkeys").json()
    assert told["label"] == "phone"
    assert "phone" in signed.get("/me").text
    with TestClient(signed.app, base_url=ORIGIN, follow_redirects=False) as other:
        answer = sign_in(other, key)
        assert answer.status_code == 204
        assert "Secure" in answer.headers["set-cookie"]
        assert "Hana" in other.get("/me").text
    with service.record.database.reading() as session:
        assert session.scalar(select(Passkey.sign_count)) == 1


def test_what_does_not_hold_opens_nothing(service: Service, signed: TestClient) -> None:
    key, stranger = Authenticator(ORIGIN), Authenticator(ORIGIN)
    assert add(signed, key).status_code == 201
    copy = Authenticator(ORIGIN, key.key, key.credential_id, 0, key.user)
    key.count = 10
    with TestClient(signed.app, base_url=ORIGIN) as other:
        assert sign_in(other, key).status_code == 204
        other.cookies.clear()
        for name, answer in {
            "unknown": sign_in(other, stranger),
            "a count that ran back": sign_in(other, copy),
            "another origin": sign_in(other, key, origin="https://evil.example"),
            "another challenge": sign_in(other, key, challenge="AAAA"),
            "not verified by finger or PIN": sign_in(other, key, flags=0x01),
            "another key": sign_in(other, Authenticator(ORIGIN, stranger.key, key.credential_id, 99)),
        }.items():
            assert answer.status_code == 403, name
            assert "set-cookie" not in answer.headers
        with service.record.database.writing() as session:
            session.execute(update(Account).values(disabled=True))
        assert sign_in(other, key).status_code == 403


def test_a_challenge_is_good_once_and_for_minutes(service: Service, signed: TestClient) -> None:
    key = Authenticator(ORIGIN)
    assert add(signed, key).status_code == 201
    asked = signed.post("/api/v1/sign-in/passkey/begin").json()
    shown = {"id": asked["id"], "credential": key.get(asked["options"])}
    assert signed.post("/api/v1/sign-in/passkey", json=shown).status_code == 204
    page = signed.get("/me").text
    signed.headers["X-CSRF-Token"] = page.partition('<meta name="csrf" content="')[2].partition('"')[0]
    assert signed.post("/api/v1/sign-in/passkey", json=shown).status_code == 403
    asked = signed.post("/api/v1/sign-in/passkey/begin").json()
    with service.record.database.writing() as session:
        session.execute(update(Challenge).values(expires_at=now()))
    late = {"id": asked["id"], "credential": key.get(asked["options"])}
    assert signed.post("/api/v1/sign-in/passkey", json=late).status_code == 403


def confirm(client: TestClient, key: Authenticator, **changed: Any) -> Any:
    asked = client.post("/api/v1/confirm/passkey/begin").json()
    shown = {"id": asked["id"], "credential": key.get(asked["options"], **changed)}
    return client.post("/api/v1/confirm/passkey", json=shown)


def test_a_passkey_confirms_its_own_account_only(service: Service, signed: TestClient) -> None:
    key, others = Authenticator(ORIGIN), Authenticator(ORIGIN)
    assert signed.post("/api/v1/confirm/passkey/begin").status_code == 409  # there is none yet
    assert add(signed, key).status_code == 201
    assert add(signed, others).status_code == 201
    with service.record.database.writing() as session:
        session.execute(update(Login).values(confirmed_at=None))
        given = {"login_index": b"x", "sealed": b"-", "roles": ["admin"], "secret": "-"}
        session.add(Account(id="f" * 32, **given))
        session.flush()
        theirs = update(Passkey).where(Passkey.credential_id == others.credential_id)
        session.execute(theirs.values(account_id="f" * 32))
    begun = signed.post("/api/v1/confirm/passkey/begin").json()["options"]
    assert len(begun["allowCredentials"]) == 1
    assert signed.post("/api/v1/passkeys/begin").status_code == 403
    others.count = 5
    for name, answer in {
        "of another account": confirm(signed, others),
        "not verified by finger or PIN": confirm(signed, key, flags=0x01),
        "another challenge": confirm(signed, key, challenge="AAAA"),
    }.items():
        assert answer.status_code == 403, name
    told = signed.post("/api/v1/passkeys/begin").json()["error"]
    assert (told["kind"], told["reason"]) == ("ConfirmNeeded", "confirm")
    before = dict(signed.cookies)
    assert confirm(signed, key).status_code == 204
    assert dict(signed.cookies) == before
    assert signed.post("/api/v1/passkeys/begin").status_code == 200
    with service.record.database.reading() as session:
        noted = list(session.scalars(select(Audit.action).where(Audit.action.startswith("confirm"))))
        assert noted == ["confirm.failed"] * 3 + ["confirm.passkey"]
        counts = dict(session.execute(select(Passkey.account_id, Passkey.sign_count)).all())
        assert counts["f" * 32] == 0  # nothing of the other account moved


def test_a_challenge_to_sign_in_by_confirms_nobody(service: Service, signed: TestClient) -> None:
    key = Authenticator(ORIGIN)
    assert add(signed, key).status_code == 201
    with service.record.database.writing() as session:
        session.execute(update(Login).values(confirmed_at=None))
    for asked_at, shown_at in (("sign-in", "confirm"), ("confirm", "sign-in")):
        asked = signed.post(f"/api/v1/{asked_at}/passkey/begin").json()
        shown = {"id": asked["id"], "credential": key.get(asked["options"])}
        assert signed.post(f"/api/v1/{shown_at}/passkey", json=shown).status_code == 403
    assert signed.post("/api/v1/passkeys/begin").status_code == 403


def test_adding_what_does_not_hold(signed: TestClient) -> None:
    key = Authenticator(ORIGIN)
    assert add(signed, key, origin="https://evil.example").status_code == 422
    assert add(signed, key).status_code == 201
    assert add(signed, key).status_code == 409
    asked = signed.post("/api/v1/sign-in/passkey/begin").json()
    crossed = {"id": asked["id"], "credential": Authenticator(ORIGIN).get({**asked["options"]})}
    assert signed.post("/api/v1/passkeys", json=crossed).status_code == 403  # a challenge for something else
    (told,) = signed.get("/api/v1/passkeys").json()
    assert signed.delete(f"/api/v1/passkeys/{told['id']}").status_code == 204
    assert signed.delete(f"/api/v1/passkeys/{told['id']}").status_code == 404


@pytest.mark.parametrize(
    ("origin", "domain"),
    [
        ("https://mitate.example:8443", "mitate.example"),
        ("http://localhost:8080", "localhost"),
        ("https://192.168.1.20:8443", None),
        ("https://[fd00::1]:8443", None),
        ("http://mitate.example", None),
    ],
)
def test_passkeys_need_a_name_and_a_safe_way(service: Service, origin: str, domain: str | None) -> None:
    assert rp_id(replace(service.settings, origin=origin)) == domain


@pytest.fixture
def served(service: Service) -> Iterator[str]:
    """The app on a real port of localhost."""
    bound = socket.create_server(("127.0.0.1", 0), backlog=128)
    origin = f"http://localhost:{bound.getsockname()[1]}"
    settings: Settings = replace(service.settings, origin=origin)
    app = create_app(replace(service, settings=settings))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield origin
    server.should_exit = True
    thread.join(10)


@pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="needs Debian's chromium")
def test_in_chromium(service: Service, served: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    set_up(service.record, SetUp("home", "Hana", "739204", "pin", agrees=True), "127.0.0.1", "")
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = chromium.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(60_000)
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        authenticator = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
        page.goto(f"{served}/sign-in")
        page.get_by_label("Your name").fill("Hana")
        for digit in "739204":
            page.locator(f'#pin-pad [data-key="{digit}"]').click()
        page.locator("#pin-pad .go").click()
        page.wait_for_url(f"{served}/home")
        page.goto(f"{served}/me")
        page.locator("#add-passkey").click()
        page.get_by_role("button", name="Remove").wait_for()
        with service.record.database.writing() as session:
            session.execute(update(Login).values(confirmed_at=None))
        page.locator("#add-passkey").click()
        page.wait_for_url(f"{served}/confirm?then=%2Fme%23passkeys")
        page.locator("#confirm-passkey").click()
        page.wait_for_url(f"{served}/me#passkeys")
        assert not page.locator("#passkey-problem").is_visible()
        page.get_by_role("button", name="Sign out here").click()
        page.wait_for_url(f"{served}/sign-in")
        page.locator("#passkey").click()
        page.wait_for_url(f"{served}/home")
        chromium.close()
