"""The first start, signing in and out, as a browser without scripts does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mitate.record.accounts import list_accounts
from mitate.record.consents import given
from mitate.serve.app import create_app
from mitate.serve.auth.first import first_code
from mitate.serve.pages.sign_in import local_path
from mitate.serve.service import Service

PIN = "739204"
PASSWORD = "lantern otter granite"


@pytest.fixture
def browser(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), follow_redirects=False) as client:
        client.headers["Origin"] = service.settings.origin
        yield client


@pytest.fixture
def here(service: Service) -> Iterator[TestClient]:
    """A browser on the very machine."""
    app = create_app(service)
    with TestClient(app, follow_redirects=False, client=("127.0.0.1", 50000)) as client:
        yield client


def first(client: TestClient, **changed: str) -> Any:
    asked = {"kind": "home", "name": "Hana", "secret": PIN, "again": PIN, "agrees": "yes", **changed}
    return client.post("/first", data=asked)


def csrf_of(text: str) -> str:
    return text.partition('<meta name="csrf" content="')[2].partition('"')[0]


def test_a_new_record_leads_to_the_first_page(browser: TestClient) -> None:
    assert browser.get("/").headers["location"] == "/first"
    assert browser.get("/sign-in").headers["location"] == "/first"


def test_the_first_start_at_home(service: Service, here: TestClient) -> None:
    assert first(here).status_code == 303
    assert here.get("/").headers["location"] == "/home"
    with service.record.database.reading() as session:
        (account,) = list_accounts(service.record, session)
        assert account.roles == ("person", "clinician", "admin")
        assert account.person_id is not None
        assert given(session, account.person_id, "analyse")
    assert here.get("/first").headers["location"] == "/"
    assert first(here, name="Mallory").status_code in (403, 409)


def test_the_first_start_in_a_clinic_needs_a_password(service: Service, here: TestClient) -> None:
    answer = first(here, kind="clinic")
    assert answer.status_code == 409
    assert "needs a password" in answer.text
    assert first(here, kind="clinic", secret=PASSWORD, again=PASSWORD).status_code == 303
    assert here.get("/").headers["location"] == "/clinic"


def test_from_elsewhere_the_first_start_needs_the_code(service: Service, browser: TestClient) -> None:
    assert first(browser).status_code == 403
    assert first(browser, code="aaaa-bbbb-cccc").status_code == 403
    code = first_code(service.record)
    assert 'name="code"' in browser.get("/first?kind=home").text
    refused = first(browser, code=code, agrees="")
    assert refused.status_code == 409
    assert f'value="{code}"' in refused.text  # it was right, and is long
    assert PIN not in refused.text
    assert 'value="aaaa-bbbb-cccc"' not in first(browser, code="aaaa-bbbb-cccc").text
    assert first(browser, code=code).status_code == 303
    assert first_code(service.record) == ""


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"again": "739205"}, 422, "not the same"),
        ({"secret": "123456", "again": "123456"}, 422, "easy to guess"),
        ({"agrees": ""}, 409, "agreement"),
        ({"name": "  "}, 422, "give a name"),
    ],
)
def test_what_is_typed_wrong_is_told(
    here: TestClient, changed: dict[str, str], status: int, words: str
) -> None:
    answer = first(here, **changed)
    assert (answer.status_code, words in answer.text) == (status, True)


def test_signing_in_and_out(service: Service, here: TestClient, browser: TestClient) -> None:
    first(here)
    wrong = browser.post("/sign-in", data={"name": "Hana", "secret": "739203"})
    unknown = browser.post("/sign-in", data={"name": "Nobody", "secret": "739203"})
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("Hana", "") == unknown.text.replace("Nobody", "")
    right = browser.post("/sign-in", data={"name": " hana ", "secret": PIN, "then": "/me"})
    assert (right.status_code, right.headers["location"]) == (303, "/me")
    cookie = right.headers["set-cookie"]
    assert all(part in cookie for part in ("mitate=", "HttpOnly", "SameSite=strict", "Path=/"))
    me = browser.get("/me")
    assert "Hana" in me.text
    token = browser.cookies["mitate"]
    assert browser.post("/sign-out").status_code == 403  # without the page's token
    assert browser.post("/sign-out", data={"csrf": csrf_of(me.text)}).headers["location"] == "/sign-in"
    browser.cookies.clear()
    browser.cookies.set("mitate", token)
    assert browser.get("/me").headers["location"].startswith("/sign-in")  # it is over on the server too


def test_a_fresh_token_at_every_sign_in(here: TestClient) -> None:
    first(here)
    before = here.cookies["mitate"]
    csrf = csrf_of(here.get("/me").text)
    asked = {"name": "Hana", "secret": PIN, "csrf": csrf}
    assert here.post("/sign-in", data=asked).status_code == 303
    after = here.cookies["mitate"]
    assert after != before
    here.cookies.clear()
    here.cookies.set("mitate", before)
    assert here.get("/me").status_code == 303


def test_five_wrong_tries_and_the_sixth_waits(here: TestClient, browser: TestClient) -> None:
    first(here)
    for _ in range(5):
        assert browser.post("/sign-in", data={"name": "Hana", "secret": "999998"}).status_code == 403
    locked = browser.post("/sign-in", data={"name": "Hana", "secret": PIN})
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) > 20
    assert "wait" in locked.text


def test_all_pages_in_both_languages(here: TestClient) -> None:
    for language in ("en", "ja"):
        here.headers["Accept-Language"] = language
        for path in ("/first", "/first?kind=home", "/first?kind=clinic"):
            assert f'lang="{language}"' in here.get(path).text
    first(here)
    for path in ("/me", "/me/secret", "/me/tokens", "/sign-out", "/sign-in", "/sign-in?by=password"):
        assert here.get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "onward"),
    [
        ("/face/course", "/face/course"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/sign-out", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_onward_leads_only_to_our_own_pages(path: str, onward: str) -> None:
    assert local_path(path) == onward


def test_a_changed_secret_signs_out_elsewhere(here: TestClient, browser: TestClient) -> None:
    first(here)
    browser.post("/sign-in", data={"name": "Hana", "secret": PIN})
    csrf = csrf_of(here.get("/me").text)
    asked = {"old": PIN, "new": PASSWORD, "again": PASSWORD, "csrf": csrf}
    assert here.post("/me/secret", data={**asked, "old": "739203"}).status_code == 403
    assert here.post("/me/secret", data={**asked, "again": "x"}).status_code == 422
    assert here.post("/me/secret", data=asked).headers["location"].startswith("/me")
    assert here.get("/me").status_code == 200
    assert browser.get("/me").status_code == 303


def test_consents_from_ones_own_page(service: Service, here: TestClient) -> None:
    first(here)
    csrf = csrf_of(here.get("/me").text)
    with service.record.database.reading() as session:
        person = list_accounts(service.record, session)[0].person_id or ""
    for said in ("yes", "no"):
        asked = {"kind": "keep_video", "given": said, "csrf": csrf}
        assert here.post("/me/consents", data=asked).status_code == 303
        with service.record.database.reading() as session:
            assert given(session, person, "keep_video") == (said == "yes")


def test_a_token_is_shown_once(here: TestClient) -> None:
    first(here)
    csrf = csrf_of(here.get("/me").text)
    made = here.post("/me/tokens", data={"label": "script", "scopes": "read:people", "csrf": csrf})
    text = "mitate_" + made.text.partition("<code>mitate_")[2].partition("<")[0]
    assert len(text) == 47
    assert text not in here.get("/me/tokens").text


def test_signed_in_by_the_fixture(sign_in: Callable[..., Any]) -> None:
    assert sign_in("admin").client.get("/").headers["location"] == "/admin"
