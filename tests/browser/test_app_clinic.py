"""The clinician's pages in a real Chromium: a body is turned, a back looked at, a cause corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from benchmarks.toured import CHROMIUM, PHONE
from tests.browser.filming import PATIENCE_MS, until
from tests.serve.conftest import add_person, service, sign_in  # noqa: F401  # fixtures
from tests.serve.pages.clinic_rows import add_check, add_session, back_result

from mitate.record.feedback import corrections
from mitate.record.schema import Capture
from mitate.serve.auth.requests import COOKIE
from mitate.serve.service import Service

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FILM = Path(__file__).parents[2] / "examples" / "films" / "forward-bend.mp4"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if find_spec("playwright") is None or not CHROMIUM.exists():
        pytest.skip("playwright or Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        started = browsers.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(
    chromium: Any,
    address: str,
    sign_in: Callable[..., Any],  # noqa: F811  # the fixture
) -> Iterator[Any]:
    """A clinician's phone; nothing may go wrong on its pages."""
    signed = sign_in("clinician")
    context = chromium.new_context(viewport=PHONE, base_url=address, reduced_motion="no-preference")
    token = next(cookie.value for cookie in signed.client.cookies.jar if cookie.name == COOKIE)
    context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def drawn(page: Any) -> str:
    """The picture on the canvas; another one where anything on it moved."""
    return str(page.evaluate("document.querySelector('[data-skeleton] canvas').toDataURL()"))


def test_the_body_turns_and_a_cause_is_corrected(service: Service, page: Any) -> None:  # noqa: F811
    check_id = add_check(service.record, add_person(service), back_result())
    page.goto(f"/clinic/checks/{check_id}")
    page.wait_for_selector("[data-skeleton][data-ready]")
    canvas, told = page.locator("[data-skeleton] canvas"), page.locator("#skeleton-told")
    assert "trunk leans 7" in told.inner_text()  # it begins where the trunk leans farthest
    before = drawn(page)

    page.click("[data-view=front]")
    assert canvas.get_attribute("data-yaw") == "0"
    assert drawn(page) != before
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    assert (canvas.get_attribute("data-yaw"), canvas.get_attribute("data-pitch")) == ("10", "16")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 150, steps=4)
    page.mouse.up()
    assert canvas.get_attribute("data-yaw") == "-35"

    curve = page.locator("#curve-told")
    slider = page.locator("[data-curve] [data-moment]")
    page.locator("[data-skeleton] [data-moment]").fill("0")
    assert "as in standing" in curve.inner_text()  # both viewers show the same moment
    slider.fill("8")
    assert "further forwards" in curve.inner_text()
    assert float(page.locator("[data-skeleton] [data-moment]").input_value()) == pytest.approx(8)

    page.click("[data-play]")
    until(page, "Number(document.querySelector('[data-skeleton] [data-moment]').value) !== 8")
    page.keyboard.press("Space")
    assert page.get_attribute("[data-play]", "data-playing") == "no"

    assert page.locator("#instead").is_hidden()
    page.get_by_text("wrong", exact=True).click()
    page.select_option("#instead", "restricted_hip_flexion")
    page.fill("#note", "tight hamstrings")
    page.click("[data-correction] button")
    page.wait_for_url("**#corrections")
    assert "tight hamstrings" in page.inner_text("#corrections")
    with service.record.database.reading() as session:
        filed = corrections(service.record, session, check_id)
    assert [(one.verdict, one.instead) for one in filed] == [("wrong", "restricted_hip_flexion")]


def test_nothing_is_wider_than_a_phone(service: Service, page: Any) -> None:  # noqa: F811
    person = add_person(service, "Hana Sato", number="4711")
    capture = add_session(service.record, person, days_ago=1, kg=1.2, weight_kg=60.0)
    check_id = add_check(service.record, person, back_result())
    ways = ("", "/course", "/weights", "/model", "/consent", "/export", "/erase", "/edit")
    pages = ["/clinic", "/clinic/alarms", "/clinic/new", "/clinic/import", f"/clinic/captures/{capture}"]
    pages += [f"/clinic/checks/{check_id}", *(f"/clinic/people/{person}{way}" for way in ways)]
    page.set_viewport_size({"width": 360, "height": 780})
    for path in pages:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


@pytest.mark.skipif(not FILM.exists(), reason="the example film is not there")
def test_a_film_is_sent_for_a_patient(service: Service, page: Any) -> None:  # noqa: F811
    person = add_person(service, kind="home")
    page.goto(f"/clinic/people/{person}")
    page.fill("#weight", "61,5")
    page.set_input_files("#film", str(FILM))
    page.click("[data-upload] button")
    page.wait_for_url("**/clinic/captures/*")
    with service.record.database.reading() as session:
        row = session.get(Capture, page.url.rpartition("/")[2])
        assert row is not None
        told = service.record.key(session, person).open_json(row.sealed, f"capture.sealed {row.id}")
    assert (row.person_id, row.state, told["weight_kg"]) == (person, "waiting", 61.5)
