"""The whole way of a person by keyboard alone, found by role and name: nothing is lost and all is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from benchmarks.toured import CHROMIUM, PHONE
from tests.browser.filming import PATIENCE_MS
from tests.browser.keyboard import Keyboard
from tests.serve.conftest import add_person, light_hashes, service, sign_in, unhurried  # noqa: F401
from tests.serve.pages.face_rows import add_film, estimate

from mitate.record.accounts import add_account
from mitate.record.schema import Capture, Check, now
from mitate.serve.auth.secrets import hash_secret
from mitate.serve.service import Service

FACE = Path(__file__).parents[2] / "examples/two-patients/videos/sim-460-0000_d000-pre.mp4"
TOLD = json.loads((Path(__file__).parents[1] / "serve/pages/back_told.json").read_text("utf-8"))
PIN = "739204"
LANDMARKS = ("banner", "main", "contentinfo")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if find_spec("playwright") is None or not CHROMIUM.exists():
        pytest.skip("playwright or Chromium is not installed")
    if not FACE.exists():
        pytest.skip("the example film is not there")
    from playwright.sync_api import sync_playwright

    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as browsers:
        started = browsers.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture
def person(service: Service) -> str:  # noqa: F811  # the fixture
    """A person with an account, two films that were read, a model's estimates and a judged back check."""
    person_id = add_person(service)
    for kg in (0.4, 1.2):
        add_film(service, person_id, "done", kg=kg, context="pre")
    with service.record.database.writing() as session:
        add_account(
            service.record,
            session,
            login="hana",
            name="Hana",
            roles=("person",),
            secret=hash_secret(PIN),
            secret_kind="pin",
            person_id=person_id,
        )
    return person_id


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    context = chromium.new_context(viewport=PHONE, base_url=address, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    shown, errors = context.new_page(), []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    yield shown
    context.close()
    assert errors == []


class Way:
    """Pages on the way: each says its language, has its landmarks, one heading of its own and a title."""

    def __init__(self, page: Any, language: str = "en") -> None:
        self.page, self.language = page, language
        self.titles: list[str] = []

    def look(self, path: str, heading: str) -> None:
        """The page at a path."""
        page = self.page
        page.wait_for_url(f"**{path}")
        page.wait_for_load_state()
        assert page.get_attribute("html", "lang") == self.language
        for landmark in LANDMARKS:
            assert page.get_by_role(landmark).count() == 1, (path, landmark)
        shown = page.get_by_role("heading", level=1)
        assert [text for text in shown.all_inner_texts() if heading in text], (path, shown.all_inner_texts())
        title = page.title()
        assert title.endswith("mitate")
        assert title not in self.titles[-1:], path
        self.titles.append(title)
        unnamed = page.locator(
            "main :is(img:not([alt]), svg:not([aria-hidden]):not([role='img']), canvas:not([role]))"
        )
        assert unnamed.count() == 0, path


def test_signing_in(page: Any, person: str) -> None:
    keys, way = Keyboard(page), Way(page)
    page.goto("/sign-in")
    way.look("/sign-in", "Sign in")
    page.keyboard.press("Tab")
    assert keys.at()[:2] == ("link", "Skip to the content")
    page.keyboard.press("Enter")
    assert keys.at().role == "main"
    keys.write("textbox", "Your name", "hana")
    keys.write("textbox", "PIN", "000000")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]:visible")
    way.look("/sign-in", "Sign in")
    wrong = keys.at()
    assert wrong.role == "textbox", wrong
    assert wrong.invalid
    assert "do not match" in wrong.description
    keys.write("textbox", "PIN", PIN)
    keys.go("button", "Sign in")
    way.look("/home", "Hana")


def finish(service: Service, capture_id: str) -> None:  # noqa: F811  # the fixture
    """What the work on a film would write."""
    with service.record.database.writing() as session:
        row = session.get_one(Capture, capture_id)
        result: dict[str, Any] = {
            "kind": "edema", "estimate": estimate(1.9), "change": None, "refusal": None, "warnings": [],
            "n_frames": 58, "quality": 0.7, "seconds": 30.0, "model": None,
        }  # fmt: skip
        key = service.record.key(session, row.person_id)
        row.state, row.result = "done", key.seal_json(result, f"capture.result {row.id}")


def enter(page: Any) -> tuple[Keyboard, Way]:
    """By the keyboard as far as home; her keyboard, and her way from there."""
    page.goto("/sign-in")
    keys = Keyboard(page)
    keys.write("textbox", "Your name", "hana")
    keys.write("textbox", "PIN", PIN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    return keys, Way(page)


def test_a_film_of_the_face_is_chosen_and_its_result_and_course_are_read(
    page: Any,
    service: Service,  # noqa: F811  # the fixture
    person: str,
) -> None:
    keys, way = enter(page)
    keys.go("link", "Check my face")
    way.look("/face", "Check my face")
    keys.go("button", "Choose a film")
    way.look("/face", "Check my face")
    assert keys.at().role == "radio", keys.at()
    assert page.get_by_role("radiogroup", name="When is it?").get_attribute("aria-describedby")
    keys.page.keyboard.press("Space")
    keys.page.keyboard.press("ArrowDown")
    assert keys.at()[:2] == ("radio", "After dialysis")
    keys.write("textbox", "Weight", "11")
    keys.go("button", "Choose a film")
    assert page.title().startswith("Please check")
    wrong = keys.at()
    assert wrong.role == "textbox"
    assert wrong.invalid
    assert "does not look like a weight" in wrong.description
    keys.write("textbox", "Weight", "66.5")
    keys.go("button", "Choose a film")
    way.look("/face/upload", "Choose a film")
    keys.to("button", "A film you already have")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(FACE)
    page.keyboard.press("Tab")
    send = keys.at()
    assert send.role == "button"
    assert send.name.startswith("Send it")
    assert send.name.endswith("A film you already have")
    page.keyboard.press("Enter")
    page.wait_for_url("**/face/wait/*")
    way.look("/face/wait/*", "The film is being read")
    assert page.locator("[aria-live=polite]#stage").inner_text() == "Waiting for its turn"
    assert page.get_by_role("progressbar", name="The film is being read").count() == 1
    capture = page.url.rpartition("/")[2]
    finish(service, capture)
    page.wait_for_url(f"**/face/result/{capture}")
    way.look(f"/face/result/{capture}", "Your result")
    assert page.get_by_role("heading", name="What to do").count() == 1
    assert page.get_by_role("heading", name="About 1.9").count() == 1
    keys.go("link", "See it day by day")
    way.look("/face/course", "Day by day")
    assert page.get_by_role("img", name="films from").count() == 1
    keys.press("DisclosureTriangle", "The same as a table")
    table = page.get_by_role("table")
    assert table.get_by_role("row").count() >= 3
    assert table.get_by_role("columnheader").count() == 4


def no_red_flags(service: Service, person_id: str) -> None:  # noqa: F811  # the fixture
    """All but the first red flag are answered by no, as twenty pages more would."""
    from mitate.back.triage import red_flags

    with service.record.database.writing() as session:
        row = session.query(Check).filter(Check.person_id == person_id).one()
        key = service.record.key(session, person_id)
        told = key.open_json(row.sealed, f"check.sealed {row.id}")
        known = {"kind": "red_flag", "question": "", "several": False, "text": "", "value": False}
        told["said"] = [{**known, "key": flag.name} for flag in red_flags("low_back")[1:]]
        row.sealed = key.seal_json(told, f"check.sealed {row.id}")


def judged(service: Service, person_id: str) -> str:  # noqa: F811  # the fixture
    """A back check with the result of simulated films."""
    with service.record.database.writing() as session:
        row = session.query(Check).filter(Check.person_id == person_id).one()
        key = service.record.key(session, person_id)
        row.result = key.seal_json(TOLD, f"check.result {row.id}")
        row.result_at, row.state = now(), "done"
        return row.id


def test_the_interview_up_to_the_movements_and_the_result(
    page: Any,
    service: Service,  # noqa: F811  # the fixture
    person: str,
) -> None:
    keys, way = enter(page)
    keys.go("link", "Check my back")
    way.look("/back", "Check my back")
    keys.go("button", "Start a check")
    way.look("/back/interview/*", "?")
    keys.go("button", "No")
    way.look("/back/interview/*", "?")
    keys.go("button", "Back to the last question")
    way.look("/back/interview/*", "?")
    no_red_flags(service, person)
    keys.go("button", "No")
    way.look("/back/interview/*", "?")
    keys.go("button", "I don’t know")
    way.look("/back/interview/*", "?")
    keys.go("button", "No more questions")
    way.look("/back/movements/*", "Show how you move")
    keys.go("link", "Film this")
    page.wait_for_url("**/back/move/*/*")
    page.go_back()
    check = judged(service, person)
    page.goto(f"/back/result/{check}")
    way.look(f"/back/result/{check}", "What was found")
    assert page.get_by_role("heading", name="When to see a doctor").count() == 1
    keys.go("link", "See your exercises")
    way.look(f"/back/programme/{check}", "Your week")
