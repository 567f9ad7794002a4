"""Sending through whatever breaks (network, wire, server, session, clock), in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.browser.filming import (
    ROWS,
    SAY,
    FacePage,
    Filmed,
    MovePage,
    Running,
    Wire,
    account_of,
    captures,
    enter,
    film_enough,
    film_file,
    sign_everybody_out,
)
from tests.serve.conftest import add_person

from mitate.record.schema import Capture, Upload, now
from mitate.serve.service import Service

BOTH = pytest.mark.parametrize("kind", [FacePage, MovePage])
Phone = Callable[..., Any]
BYTES = 3_000_000


def test_a_wire_that_breaks(phone: Phone, service: Service, wire: Wire) -> None:
    kinds: tuple[type[Filmed], ...] = (FacePage, MovePage)
    for number, kind in enumerate(kinds, 1):
        page = phone(add_person(service)).new_page()
        filmed = kind(page)
        wire.cut_after = 700_000
        filmed.choose(film_file(size=BYTES))
        page.wait_for_url(filmed.sent)
        assert wire.cuts == number
        with service.record.database.reading() as session:
            assert set(session.scalars(select(Upload.length))) == {BYTES + 12}
    assert captures(service) == [("edema", "waiting"), ("back", "waiting")]


@BOTH
def test_the_network_goes_and_the_page_with_it(kind: type[Filmed], phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    filmed = kind(page)
    page.route("**/api/v1/uploads/*", lambda route: route.abort())
    filmed.choose(film_file(size=BYTES))
    page.wait_for_selector(f"#sent:has-text('{SAY('film.js_upload_waiting')}')")
    page.context.set_offline(True)
    page.wait_for_selector("#offline:visible")
    page.context.set_offline(False)
    page.reload()  # while it waits; the film goes on by itself, only from what is on the phone
    page.unroute("**/api/v1/uploads/*")
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]
    assert not any(page.evaluate(ROWS).values())


@BOTH
def test_left_on_its_way_it_goes_on_from_another_page(
    kind: type[Filmed], phone: Phone, service: Service
) -> None:
    page = phone(add_person(service)).new_page()
    filmed = kind(page)
    page.route("**/api/v1/uploads/*", lambda route: route.abort())
    filmed.choose(film_file(size=BYTES))
    page.wait_for_selector(f"#sent:has-text('{SAY('film.js_upload_waiting')}')")
    page.goto("/home" if kind is FacePage else f"/back/movements/{filmed.check}")  # type: ignore[union-attr]
    page.unroute("**/api/v1/uploads/*")
    page.wait_for_selector(f"#unsent:has-text('{SAY('film.js_unsent_arrived')}')")
    page.click("#unsent a")
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]


@BOTH
def test_the_server_is_started_anew(
    kind: type[Filmed], phone: Phone, service: Service, running: Running
) -> None:
    page = phone(add_person(service)).new_page()
    filmed = kind(page)
    parts: list[str] = []

    def second_time_nobody_is_there(route: Any) -> None:
        parts.append(route.request.method)
        if parts.count("PATCH") == 2 and route.request.method == "PATCH":
            running.end()
        route.continue_()

    page.route("**/api/v1/uploads/*", second_time_nobody_is_there)
    filmed.choose(film_file(size=BYTES))
    page.wait_for_selector(f"#sent:has-text('{SAY('film.js_upload_waiting')}')")
    running.start()
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]


@BOTH
def test_a_session_that_ended_meanwhile(
    kind: type[Filmed], phone: Phone, service: Service, wire: Wire
) -> None:
    person = add_person(service)
    page = phone(person).new_page()
    page.clock.install()
    filmed = kind(page)
    filmed.open()
    film_enough(filmed)
    sign_everybody_out(service)
    page.click(filmed.use)
    page.wait_for_selector(f"#sent:has-text('{SAY('shell.js_sign_in')}')")
    where = page.url
    page.click(f"#sending a:has-text('{SAY('film.js_way_sign_in')}')")
    page.wait_for_url("**/sign-in?then=*")
    enter(page.context, service, account_of(service, person), wire.origin)
    page.goto(where)
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]


def test_signed_in_again_in_another_window(phone: Phone, service: Service, wire: Wire) -> None:
    person = add_person(service)
    page = phone(person).new_page()
    page.clock.install()
    filmed = FacePage(page)
    filmed.open()
    film_enough(filmed)
    sign_everybody_out(service)
    page.click(filmed.use)
    page.wait_for_selector(f"#sent:has-text('{SAY('shell.js_sign_in')}')")
    enter(page.context, service, account_of(service, person), wire.origin)
    page.click(f"#sending button:has-text('{SAY('film.js_way_again')}')")
    page.wait_for_url(filmed.sent)
    assert captures(service) == [("edema", "waiting")]


@BOTH
@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_wrong_by_a_day(
    days: int, kind: type[Filmed], phone: Phone, service: Service
) -> None:
    page = phone(add_person(service)).new_page()
    page.clock.install(time=datetime.now() + timedelta(days=days))
    filmed = kind(page)
    filmed.open()
    film_enough(filmed)
    page.reload()  # it is still there
    page.wait_for_selector("#review:not([hidden])")
    page.click(filmed.use)
    page.wait_for_url(filmed.sent)
    with service.record.database.reading() as session:
        (at,) = session.scalars(select(Capture.at))
    assert abs(at - now()) < timedelta(hours=1)


@BOTH
def test_a_server_without_room(kind: type[Filmed], phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    full = '{"error": {"kind": "FullError", "what": "the disk has no room", "where": "disk", "todo": null}}'
    page.route(
        "**/captures", lambda route: route.fulfill(status=507, body=full, content_type="application/json")
    )
    filmed = kind(page)
    filmed.choose(film_file())
    page.wait_for_selector(f"#sent:has-text('{SAY('film.js_upload_full')}')")
    page.unroute("**/captures")
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]
