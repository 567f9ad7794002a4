"""Photos of the face in a real Chromium: sent by a phone's form, waited for, and the answer looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from benchmarks.toured import ARGUMENTS, CHROMIUM, PHONE, Tour
from tests.browser.filming import PATIENCE_MS
from tests.serve.conftest import add_person, service, sign_in  # noqa: F401  # fixtures
from tests.serve.pages.photo_rows import agree_to_photos, photo_result, put_faces

from mitate.record.schema import Capture, now
from mitate.serve.auth.requests import COOKIE
from mitate.serve.service import Service

PHOTO = sorted((Path(__file__).parents[2] / "examples" / "diagnosis" / "photos").iterdir())[0]


@pytest.fixture
def page(
    address: str,
    sign_in: Callable[..., Any],  # noqa: F811  # the fixture
) -> Iterator[Any]:
    """A phone of somebody who is clinician and administrator; nothing may go wrong on its pages."""
    if (
        any(find_spec(one) is None for one in ("playwright", "axe_playwright_python"))
        or not CHROMIUM.exists()
    ):
        pytest.skip("playwright, axe or Chromium is not installed")
    from playwright.sync_api import sync_playwright

    signed = sign_in("clinician", "admin")
    token = next(cookie.value for cookie in signed.client.cookies.jar if cookie.name == COOKIE)
    errors: list[str] = []
    with sync_playwright() as browsers:
        started = browsers.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = started.new_context(viewport={"width": 360, "height": PHONE["height"]}, base_url=address)
        context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        started.close()
    assert errors == []


def test_a_photo_is_sent_and_its_page_turns_to_the_answer(
    service: Service,  # noqa: F811  # the fixture
    page: Any,
) -> None:
    put_faces(service)
    put_faces(service, "gallery")
    person, tour = add_person(service), Tour("en", "light")
    agree_to_photos(service, person)

    def look(name: str) -> None:
        tour.look(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.goto("/admin/faces")
    look("faces")
    page.goto(f"/clinic/people/{person}/photos")
    look("photos")
    page.set_input_files("#photo", PHOTO)
    page.get_by_role("button", name="Send and compare").click()
    page.wait_for_url(re.compile("/clinic/photos/[0-9a-f]{32}$"))
    photo = page.url[-32:]
    assert "being compared" in page.inner_text("main")
    look("photo, waiting")
    with service.record.database.writing() as session:  # as the job would
        row = session.get_one(Capture, photo)
        key = service.record.key(session, person)
        row.result = key.seal_json(photo_result(), f"capture.result {photo}")
        row.state, row.result_at = "done", now()
    page.wait_for_selector("text=One class is left: amber.")
    look("photo, answered")
    assert tour.violations == []
