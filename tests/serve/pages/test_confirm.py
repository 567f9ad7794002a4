"""The page that asks who it is once more: what it shows, and that it leads nowhere but back."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mitate.record.schema import Account, Login, now
from mitate.serve.auth.secrets import hash_secret
from mitate.serve.pages.confirm import left_by
from mitate.serve.service import Service

PIN = "739204"


@pytest.fixture
def hana(service: Service, sign_in: Callable[..., Any]) -> Any:
    """Signed in long ago, by a PIN."""
    signed = sign_in("person", "clinician", "admin")
    with service.record.database.writing() as session:
        account = session.get_one(Account, signed.account_id)
        account.secret, account.secret_kind = hash_secret(PIN), "pin"
        session.execute(update(Login).values(confirmed_at=now() - timedelta(days=3)))
    return signed


def test_from_a_page_and_back_to_it(hana: Any) -> None:
    led = hana.client.get("/admin/people?x=1&y=2").headers["location"]
    shown = hana.client.get(led)
    assert shown.status_code == 200
    assert 'name="then" value="/admin/people?x=1&amp;y=2"' in shown.text
    assert "not carried out" not in shown.text
    assert 'class="back-link" href="/admin"' in shown.text
    back = hana.client.post("/confirm", data={"secret": PIN, "then": "/admin/people?x=1&y=2"})
    assert back.headers["location"] == "/admin/people?x=1&y=2"


def test_another_language_does_not_lose_the_way(hana: Any) -> None:
    shown = hana.client.get("/confirm?then=/admin/people%3Fx%3D1%26y%3D2").text
    here = shown.partition('action="/language"')[2].partition('name="then" value="')[2].partition('"')[0]
    chosen = hana.client.post("/language", data={"language": "ja", "then": html.unescape(here)})
    shown = hana.client.get(chosen.headers["location"]).text
    assert 'lang="ja"' in shown
    assert 'name="then" value="/admin/people?x=1&amp;y=2"' in shown


def test_what_was_sent_too_late_is_not_done_and_is_said_so(hana: Any) -> None:
    late = hana.client.post("/me/tokens", data={"label": "x", "scopes": "read:people"})
    assert (late.status_code, late.headers["location"]) == (303, "/confirm?then=/me/tokens&typed=yes")
    assert "was not carried out" in hana.client.get(late.headers["location"]).text
    hana.client.post("/confirm", data={"secret": PIN, "then": "/me/tokens"})
    assert "There are none yet" in hana.client.get("/me/tokens").text


def test_a_backup_is_taken_from_the_page_that_lists_it(hana: Any) -> None:
    hana.client.post("/admin/backup")
    listed = hana.client.get("/admin/backup").text
    link = "/admin/backup/mitate-"
    name = listed.partition(f'href="{link}')[2].partition('"')[0]
    assert hana.client.get(f"{link}{name}").headers["location"] == "/confirm?then=/admin/backup"
    hana.client.post("/confirm", data={"secret": PIN})
    file = hana.client.get(f"{link}{name}")
    assert file.status_code == 200
    assert "attachment" in file.headers["content-disposition"]


def test_wrong_and_too_many(hana: Any) -> None:
    for _ in range(5):
        wrong = hana.client.post("/confirm", data={"secret": "739205", "then": "/me/tokens"})
        assert wrong.status_code == 403
        assert 'aria-invalid="true"' in wrong.text
        assert 'name="then" value="/me/tokens"' in wrong.text
        assert "739205" not in wrong.text
    late = hana.client.post("/confirm", data={"secret": PIN}).text
    assert re.search(r"please wait about 1\smin", late)


def test_a_pin_has_large_keys_and_a_password_has_none(service: Service, hana: Any) -> None:
    shown = hana.client.get("/confirm").text
    assert 'id="pin-pad"' in shown
    assert 'inputmode="numeric"' in shown
    assert "confirm-passkey" not in shown  # there is none
    with service.record.database.writing() as session:
        session.execute(update(Account).values(secret_kind="password"))
    shown = hana.client.get("/confirm").text
    assert 'id="pin-pad"' not in shown
    assert "your password once more" in shown


@pytest.mark.parametrize(
    "then",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/a\nLocation: //evil.example",
        "/sign-out",
        "/confirm?then=/me",
        "/" + "x" * 400,
        "",
    ],
)
def test_it_leads_only_to_our_own_pages(hana: Any, then: str) -> None:
    shown = hana.client.get("/confirm", params={"then": then})
    assert 'name="then" value="/"' in shown.text
    answer = hana.client.post("/confirm", data={"secret": PIN, "then": then})
    if len(then) > 300:
        assert answer.status_code == 422
    else:
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("then", "left"),
    [
        ("/me/tokens", "/me"),
        ("/me#passkeys", "/me"),
        ("/admin/people/0123", "/admin"),
        ("/admin/backup", "/admin"),
        ("/clinic/people/0123/erase", "/clinic/people/0123"),
        ("/", "/"),
        ("/nowhere/at/all", "/"),
    ],
)
def test_leaving_it_leads_above(then: str, left: str) -> None:
    assert left_by(then) == left


def test_nobody_who_is_signed_out_is_asked(hana: Any) -> None:
    hana.client.cookies.clear()
    assert hana.client.get("/confirm?then=/me/tokens").headers["location"].startswith("/sign-in")
    assert hana.client.post("/confirm", data={"secret": PIN}).status_code in (303, 403)


def test_a_secret_that_somebody_else_chose_is_changed_first(
    service: Service, sign_in: Callable[..., Any]
) -> None:
    from mitate.record.accounts import account_of, set_secret

    signed = sign_in("clinician")
    with service.record.database.writing() as session:
        login = session.query(Login).one()
        kept = {name: getattr(login, name) for name in ("token_hash", "account_id", "csrf", "expires_at")}
        account = account_of(session, signed.account_id)
        set_secret(service.record, session, account, hash_secret(PIN), "pin", must_change=True)
        session.flush()
        session.expunge_all()
        session.merge(Login(**kept))
    assert signed.client.get("/confirm").headers["location"] == "/me/secret"
