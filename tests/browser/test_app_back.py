"""The back check in a real Chromium: a movement filmed by a fake camera that shows a simulated bend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from benchmarks.toured import CHROMIUM, PHONE, as_camera
from sqlalchemy import select
from tests.browser.filming import PATIENCE_MS
from tests.serve.conftest import add_person, service, sign_in  # noqa: F401  # fixtures

from mitate.record.schema import Capture, Job
from mitate.serve.auth.requests import COOKIE
from mitate.serve.service import Service

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
BEND = Path(__file__).parents[2] / "examples" / "films" / "forward-bend.mp4"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if find_spec("playwright") is None or not CHROMIUM.exists():
        pytest.skip("playwright or Chromium is not installed")
    if not BEND.exists():
        pytest.skip("the example film is not there")
    from playwright.sync_api import sync_playwright

    camera = as_camera(BEND, tmp_path_factory.mktemp("camera") / "bend.mjpeg")
    fake = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    ]
    with sync_playwright() as browsers:
        started = browsers.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *fake])
        yield started
        started.close()


@pytest.fixture
def person(service: Service) -> str:  # noqa: F811  # the fixture
    return add_person(service, kind="home")


@pytest.fixture
def opened(
    chromium: Any,
    address: str,
    person: str,
    sign_in: Callable[..., Any],  # noqa: F811  # the fixture
) -> Iterator[tuple[Any, list[str]]]:
    """A phone's page, signed in, and what went wrong on it."""
    signed = sign_in("person", person_id=person)
    context = chromium.new_context(viewport=PHONE, base_url=address, permissions=["camera"])
    token = next(cookie.value for cookie in signed.client.cookies.jar if cookie.name == COOKIE)
    context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page, errors
    context.close()


def begun(page: Any) -> str:
    page.goto("/back")
    page.click("form[action='/back/start'] button[value=low_back]")
    page.wait_for_url("**/back/interview/*")
    return str(page.url).rpartition("/")[2]


def own(errors: list[str]) -> list[str]:
    """Errors of our pages: not what Chromium says of headers that it does not know."""
    return [one for one in errors if "Permissions-Policy" not in one]


def test_a_movement_is_filmed_looked_at_and_sent(
    opened: tuple[Any, list[str]],
    service: Service,  # noqa: F811  # the fixture
    person: str,
) -> None:
    page, errors = opened
    check = begun(page)
    with page.expect_navigation():
        page.click(".answers button[value=False]")
    page.goto(f"/back/movements/{check}")
    page.click(".next-movement a.button-large")
    page.click("#open")
    page.wait_for_selector("#start:visible")
    page.click("#start")
    page.wait_for_selector("#mirror.is-recording")
    page.wait_for_timeout(7500)
    assert page.inner_text("#hint")  # it says what to do now
    page.click("#end")
    page.wait_for_selector("#use:visible")
    assert page.evaluate("document.getElementById('preview').src").startswith("blob:")
    page.click("#use")
    page.wait_for_url("**/back/movements/*")
    assert "waits to be looked at" in page.inner_text(".movement-row >> nth=0")
    with service.record.database.reading() as session:
        capture = session.scalars(select(Capture)).one()
        told = service.record.key(session, person).open_json(capture.sealed, f"capture.sealed {capture.id}")
        assert (capture.check_id, capture.instrument, capture.state) == (check, "back", "waiting")
        assert told["movement"] == "forward_bend"
        assert session.scalars(select(Job.kind)).all() == ["read_movement"]
    assert not own(errors)


def test_a_film_can_be_chosen_instead(opened: tuple[Any, list[str]], service: Service) -> None:  # noqa: F811
    page, errors = opened
    page.goto(f"/back/move/{begun(page)}/rotation")
    page.click("#choose summary")
    page.set_input_files("#film", BEND)
    page.wait_for_url("**/back/movements/*")
    with service.record.database.reading() as session:
        assert session.scalars(select(Capture.state)).all() == ["waiting"]
    assert not own(errors)


def test_the_coach_counts_by_the_clock_where_nobody_looks(opened: tuple[Any, list[str]]) -> None:
    page, errors = opened
    page.goto("/back/coach/bridge")
    page.click("#open")
    page.wait_for_selector(".without-camera #exercise-film")
    page.wait_for_selector("#number:text-matches('^([2-9]|[1-9][0-9]+)$')")
    page.click("#pause")
    assert page.inner_text("#pause") == "Go on"
    page.click("#finish")
    page.wait_for_selector("#summary:visible")
    assert "of exercise" in page.inner_text("#lines")
    assert not own(errors)


def test_the_questions_need_no_scripts(chromium: Any, address: str, opened: tuple[Any, list[str]]) -> None:
    context = chromium.new_context(viewport=PHONE, base_url=address, java_script_enabled=False)
    context.add_cookies(opened[0].context.cookies())
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    begun(page)
    first = page.inner_text("h1")
    with page.expect_navigation():
        page.click(".answers button[value='?']")
    assert page.inner_text("h1") != first
    with page.expect_navigation():
        page.click(".beside button")
    assert page.inner_text("h1") == first
    context.close()
