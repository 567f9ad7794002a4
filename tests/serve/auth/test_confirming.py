"""Weighty steps: which routes are, and that a browser that was left lying about cannot take them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from tests.serve.visitors import Visitor, a_world, ask, in_order
from tests.serve.walked import Walked, routes_of

from mitate.record.schema import Account, Audit, Login, Person, Token, now
from mitate.serve.app import create_app
from mitate.serve.auth import confirming, secrets
from mitate.serve.auth.confirming import GOOD_FOR, TO_FILL_IN, check_confirmed
from mitate.serve.auth.devices import device_cookie
from mitate.serve.auth.secrets import hash_secret
from mitate.serve.auth.tokens import make_token
from mitate.serve.auth.tries import FREE
from mitate.serve.failing import ConfirmNeeded
from mitate.serve.service import Service
from mitate.serve.who import WEIGHTY, WEIGHTY_FORM, Who

SAFETY = Path(__file__).parents[3] / "docs/safety.md"
PIN, WRONG = "739204", "739205"
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ALL = ("person", "clinician", "admin")


def marked(service: Service, mark: Any) -> set[tuple[str, str]]:
    """Methods and paths of the routes that carry a mark."""
    return {
        (method, str(one.path))
        for one in iter_route_contexts(create_app(service).routes)
        if any(mark.dependency is used.call for used in dependencies(one.original_route))
        for method in one.methods or ()
    }


def dependencies(route: Any) -> list[Any]:
    dependant = getattr(route, "dependant", None)
    return [] if dependant is None else list(dependant.dependencies)


def proven(service: Service, ago: timedelta | None) -> None:
    """Every browser proved who uses it so long ago; None for never."""
    with service.record.database.writing() as session:
        session.execute(update(Login).values(confirmed_at=None if ago is None else now() - ago))


def asked_to_confirm(answer: Any) -> bool:
    """Whether it is told or led to confirm, in the shape that scripts understand."""
    if answer.status_code == 303:
        return str(answer.headers["location"]).startswith("/confirm?then=/")
    if answer.status_code != 403 or "json" not in answer.headers["content-type"]:
        return False
    told = answer.json()["error"]
    return bool(told.get("reason") == "confirm" and told["what"] and told["where"] and told["todo"])


@pytest.fixture
def everybody(service: Service, sign_in: Callable[..., Any]) -> Iterator[tuple[Visitor, dict[str, str]]]:
    """Somebody with every role, and ids of everything that another person has."""
    with a_world(service, sign_in) as world:
        signed = sign_in(*ALL, person_id=world.ben.person_id)
        yield Visitor("all", signed.client, frozenset(ALL), csrf=signed.csrf), world.anna.ids


def rows(service: Service) -> tuple[int, ...]:
    with service.record.database.reading() as session:
        counted = (Account, Person, Token, Audit)
        return tuple(session.scalar(select(func.count()).select_from(one)) or 0 for one in counted)


def test_every_weighty_step_refuses_a_browser_that_was_left_lying_about(
    service: Service, everybody: tuple[Visitor, dict[str, str]]
) -> None:
    who, ids = everybody
    weighty = marked(service, WEIGHTY)
    routes = [one for one in in_order(routes_of(create_app(service))) if (one.method, one.path) in weighty]
    assert len(routes) == len(weighty) >= 18
    before = rows(service)
    for ago in (GOOD_FOR + timedelta(seconds=5), timedelta(days=80), None):
        proven(service, ago)
        let_in = [route.path for route in routes if not asked_to_confirm(ask(who, route, ids))]
        assert let_in == []
    assert rows(service) == before


def test_every_weighty_step_is_open_to_who_has_just_proven_it(
    service: Service, everybody: tuple[Visitor, dict[str, str]]
) -> None:
    who, ids = everybody
    weighty, done = marked(service, WEIGHTY), 0
    proven(service, GOOD_FOR - timedelta(minutes=1))
    for route in in_order(routes_of(create_app(service))):
        if (route.method, route.path) in weighty:
            answer = ask(who, route, ids)
            assert not asked_to_confirm(answer), route
            done += 200 <= answer.status_code < 300
    assert done >= 5


def test_a_form_is_shown_only_where_there_is_time_left_to_fill_it_in(
    service: Service, everybody: tuple[Visitor, dict[str, str]]
) -> None:
    who, ids = everybody
    forms = marked(service, WEIGHTY_FORM)
    steps = {path for method, path in marked(service, WEIGHTY) if method == "POST" and "/api/" not in path}
    assert {path for _, path in forms} == steps  # the way back from a step leads to its form
    for _, path in forms:
        proven(service, GOOD_FOR - TO_FILL_IN + timedelta(seconds=5))
        late = ask(who, Walked("GET", path), ids)
        assert asked_to_confirm(late), path
        assert "typed" not in late.headers["location"]
        proven(service, timedelta(minutes=1))
        assert ask(who, Walked("GET", path), ids).status_code == 200


def test_what_is_not_weighty_asks_nobody(service: Service, everybody: tuple[Visitor, dict[str, str]]) -> None:
    who, ids = everybody
    marks = marked(service, WEIGHTY) | marked(service, WEIGHTY_FORM)
    proven(service, None)
    for route in in_order(routes_of(create_app(service))):
        if route.method == "GET" and (route.method, route.path) not in marks:
            assert not asked_to_confirm(ask(who, route, ids)), route
    daily = ("/face", "/back/start", "/sign-out", "/me/consents", "/clinic/new", "/me/everywhere")
    assert not {path for _, path in marks} & set(daily)


def test_the_safety_page_names_every_weighty_step(service: Service) -> None:
    part = SAFETY.read_text("utf-8").partition("## Steps that ask once more")[2].partition("\n## ")[0]
    named = re.findall(r"`([A-Z]+) (/[^`]+)`", part)
    assert len(named) == len(set(named))
    assert set(named) == marked(service, WEIGHTY)


def test_a_token_is_not_asked(service: Service, sign_in: Callable[..., Any]) -> None:
    signed, other = sign_in("admin"), sign_in("clinician")
    with service.record.database.writing() as session:
        account = session.get_one(Account, signed.account_id)
        text = make_token(session, account, "x", ("write:admin",)).text
    proven(service, None)
    client = TestClient(signed.client.app, headers={"Authorization": f"Bearer {text}"})
    path = f"/api/v1/admin/accounts/{other.account_id}/secret"
    assert client.post(path, json={"secret": "pale otter lantern"}).status_code == 204


@pytest.mark.parametrize(
    ("ago", "left", "lets"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(minutes=10), timedelta(0), True),
        (timedelta(minutes=10, seconds=1), timedelta(0), False),
        (timedelta(minutes=5), timedelta(minutes=5), True),
        (timedelta(minutes=5, seconds=1), timedelta(minutes=5), False),
        (timedelta(seconds=-3), timedelta(0), True),  # of a server whose clock is ahead
        (timedelta(days=-1), timedelta(0), False),  # of a clock that was set back
        (None, timedelta(0), False),
    ],
)
def test_how_long_it_holds(ago: timedelta | None, left: timedelta, lets: bool) -> None:
    who = Who("a", ("admin",), confirmed_at=None if ago is None else AT - ago)
    if lets:
        check_confirmed(who, "/me", left=left, at=AT)
        return
    with pytest.raises(ConfirmNeeded) as found:
        check_confirmed(who, "/me?a=b&c=d", left=left, typed=True, at=AT)
    assert found.value.page == "/confirm?then=/me%3Fa%3Db%26c%3Dd&typed=yes"


@pytest.fixture
def hana(service: Service, sign_in: Callable[..., Any]) -> Any:
    """Signed in long ago; her account has a PIN."""
    signed = sign_in("person", "clinician", "admin")
    with service.record.database.writing() as session:
        account = session.get_one(Account, signed.account_id)
        account.secret, account.secret_kind = hash_secret(PIN), "pin"
    proven(service, timedelta(days=3))
    return signed


def noted(service: Service) -> list[tuple[str, str, str]]:
    with service.record.database.reading() as session:
        found = session.execute(
            select(Audit.actor, Audit.action, Audit.subject).where(Audit.action.startswith("confirm"))
        )
        return [(row[0], row[1], row[2]) for row in found]


def test_the_pin_opens_one_browser_and_changes_nothing_else(service: Service, hana: Any) -> None:
    with service.record.database.writing() as session:
        other = Login(token_hash=b"other", account_id=hana.account_id, csrf="c", expires_at=now() + GOOD_FOR)
        session.add(other)
        (mine,) = session.scalars(select(Login).where(Login.token_hash != b"other"))
        before = (mine.token_hash, mine.csrf, mine.created_at, mine.expires_at)
    assert asked_to_confirm(hana.client.get("/me/tokens"))
    answer = hana.client.post("/confirm", data={"secret": PIN, "then": "/me/tokens"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/tokens")
    assert "set-cookie" not in answer.headers
    assert hana.client.get("/me/tokens").status_code == 200
    with service.record.database.reading() as session:
        (mine,) = session.scalars(select(Login).where(Login.token_hash != b"other"))
        assert (mine.token_hash, mine.csrf, mine.created_at, mine.expires_at) == before
        assert mine.confirmed_at is not None
        assert now() - mine.confirmed_at < timedelta(minutes=1)
        assert session.get_one(Login, b"other").confirmed_at is None
    assert noted(service) == [(hana.account_id, "confirm", hana.account_id)]


def test_wrong_tries_wait_as_they_do_when_signing_in(service: Service, hana: Any) -> None:
    login = hana.account_id
    for _ in range(FREE - 1):
        assert hana.client.post("/confirm", data={"secret": WRONG}).status_code == 403
    assert hana.client.post("/sign-in", data={"name": login, "secret": WRONG}).status_code == 403
    late = hana.client.post("/confirm", data={"secret": PIN})
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 20
    assert asked_to_confirm(hana.client.get("/me/tokens"))
    assert hana.client.post("/sign-in", data={"name": login, "secret": PIN}).status_code == 429
    assert noted(service) == [(login, "confirm.failed", login)] * (FREE - 1)


def test_a_right_try_takes_the_wrong_ones_back(hana: Any) -> None:
    for _ in range(3):
        for _ in range(FREE - 1):
            assert hana.client.post("/confirm", data={"secret": WRONG}).status_code == 403
        assert hana.client.post("/confirm", data={"secret": PIN}).status_code == 303


def test_a_browser_that_is_known_waits_for_its_own_tries_only(service: Service, hana: Any) -> None:
    assert hana.client.post("/sign-in", data={"name": hana.account_id, "secret": PIN}).status_code == 303
    assert device_cookie(service.settings) in hana.client.cookies
    page = hana.client.get("/me").text
    hana.client.headers["X-CSRF-Token"] = page.partition('<meta name="csrf" content="')[2].partition('"')[0]
    with TestClient(hana.client.app, headers={"Origin": service.settings.origin}) as stranger:
        for _ in range(FREE + 1):
            stranger.post("/sign-in", data={"name": hana.account_id, "secret": WRONG})
        proven(service, timedelta(days=3))
        assert hana.client.post("/confirm", data={"secret": PIN}).status_code == 303


def test_signing_in_counts(service: Service, hana: Any) -> None:
    assert hana.client.post("/sign-in", data={"name": hana.account_id, "secret": PIN}).status_code == 303
    assert hana.client.get("/me/tokens").status_code == 200


def test_a_browser_signed_out_meanwhile_is_not_confirmed(
    service: Service, hana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = secrets.verify_secret

    def meanwhile(known: str | None, secret: str) -> bool:
        with service.record.database.writing() as session:
            session.execute(update(Login).values(token_hash=b"another"))
        return judged(known, secret)

    monkeypatch.setattr(confirming, "verify_secret", meanwhile)
    assert hana.client.post("/confirm", data={"secret": PIN}).status_code == 403
    with service.record.database.reading() as session:
        assert all(now() - (one or AT) > GOOD_FOR for one in session.scalars(select(Login.confirmed_at)))


def test_another_site_cannot_ask_and_a_crowd_is_turned_away(
    hana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"Origin": "https://evil.example"}
    assert hana.client.post("/confirm", data={"secret": PIN}, headers=elsewhere).status_code == 403
    assert hana.client.post("/confirm", data={"secret": PIN}, headers={"X-CSRF-Token": ""}).status_code == 403
    monkeypatch.setattr(secrets._TURNS, "waiting", secrets._MOST_WAITING)
    crowded = hana.client.post("/confirm", data={"secret": PIN})
    assert (crowded.status_code, crowded.headers["retry-after"]) == (429, "3")
    assert asked_to_confirm(hana.client.get("/me/tokens"))
