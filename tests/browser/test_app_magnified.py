"""Large letters, a magnified page, colours of the system, no motion, thumbs: nothing is lost on any page.

WCAG 2.2: 1.4.4 (text at 200 %), 1.4.10 (reflow at 320 px, which is 1280 px magnified four times), 2.5.8 (here
44 px, as 2.5.5), and media queries for forced colours and reduced motion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from benchmarks.toured import CHROMIUM
from tests.browser.filming import PATIENCE_MS
from tests.serve.conftest import add_person, light_hashes, service, sign_in, unhurried  # noqa: F401
from tests.serve.pages.clinic_rows import add_check, add_model, add_session, add_weight, back_result
from tests.serve.pages.face_rows import add_film

from mitate.back.exercises import exercises
from mitate.serve.auth.requests import COOKIE
from mitate.serve.service import Service

MEASURE = """() => {
  const shown = (one) => one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})
    && !one.closest('.visually-hidden, .skip, [hidden]');
  const told = (one) => `${one.tagName.toLowerCase()}.${one.className?.baseVal ?? one.className} `
    + (one.innerText ?? '').trim().slice(0, 30);
  const wide = [...document.querySelectorAll('body *')].filter((one) => shown(one)
    && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !one.closest('.scroll, svg, .visually-hidden')).map(told);
  const cut = [...document.querySelectorAll('main *, header *')].filter((one) => shown(one)
    && one.children.length === 0 && one.innerText?.trim()
    && ['hidden', 'clip'].includes(getComputedStyle(one).overflowX)
    && one.scrollWidth > one.clientWidth + 1).map(told);
  return {sideways: document.scrollingElement.scrollWidth - document.documentElement.clientWidth, wide, cut};
}"""
SMALL = """() => [...document.querySelectorAll('a[href], button, select, summary, input, textarea')]
  .filter((one) => one.checkVisibility({checkVisibilityCSS: true}) && one.type !== 'hidden')
  .map((one) => [one, (one.closest('label')
    ?? (getComputedStyle(one, '::after').position === 'absolute' ? one.closest('li, tr, td') : null)
    ?? one).getBoundingClientRect()])
  .filter(([one, box]) => box.width > 0 && !one.closest('.skip, .visually-hidden')
    && !(one.matches('a') && getComputedStyle(one).display === 'inline')  // within a sentence
    && (box.height < 43.5 || box.width < 43.5))
  .map(([one, box]) => `${one.tagName} ${one.className} ${Math.round(box.width)}x${Math.round(box.height)} `
    + (one.innerText || one.ariaLabel || one.name || ''))"""
FLAT = """() => [...document.querySelectorAll('.button, .button-quiet, .choice, input, select')]
  .filter((one) => one.checkVisibility() && !['hidden', 'checkbox', 'radio', 'range'].includes(one.type))
  .filter((one) => parseFloat(getComputedStyle(one).borderTopWidth) < 1).map((one) => one.className)"""
MOVING = """() => document.getAnimations().filter((one) => one.playState === 'running'
    && Number(one.effect.getComputedTiming().duration) > 20
    && Number(one.effect.getComputedTiming().iterations) > 1).length"""


@pytest.fixture
def chromium() -> Iterator[Any]:
    if find_spec("playwright") is None or not CHROMIUM.exists():
        pytest.skip("playwright or Chromium is not installed")
    from playwright.sync_api import sync_playwright

    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as browsers:
        started = browsers.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture
def pages(service: Service) -> tuple[str, list[str]]:  # noqa: F811  # the fixture
    """A person with something of everything, and the pages of hers, the clinic's and the administration's."""
    record, person = service.record, add_person(service, "Hana Sato", number="4711", kind="home")
    add_weight(record, person, 58.0, days_ago=60, kind="dry")
    films = [add_session(record, person, days_ago=8 - n, kg=0.4 * n, weight_kg=58.5) for n in range(5)]
    add_model(record, person, films[:3])
    refused = add_film(service, person, "refused", reason="too_dark")
    check, hers = add_check(record, person, every_exercise(back_result())), f"/clinic/people/{person}"
    own = ("/home", "/face", "/face/upload", "/face/course", "/me", "/me/tokens", "/me/secret", "/back")
    tabs = ("", "/course", "/weights", "/model", "/consent", "/export", "/erase", "/edit")
    works = ("", "/people", "/audit", "/retention", "/backup", "/key", "/tokens")
    return person, [
        *own, "/confirm", f"/face/result/{films[-1]}", f"/face/result/{refused}", f"/back/result/{check}",
        f"/back/programme/{check}", "/back/exercise/bird_dog", f"/back/move/{check}/forward_bend",
        "/clinic", "/clinic/alarms", "/clinic/new", "/clinic/import", *(hers + tab for tab in tabs),
        f"/clinic/captures/{films[-1]}", f"/clinic/checks/{check}", *(f"/admin{work}" for work in works),
    ]  # fmt: skip


def every_exercise(result: dict[str, Any]) -> dict[str, Any]:
    """A programme of all exercises on all days: no weekday has longer names than those looked at."""
    for language, told in result["told"].items():
        like = told["programme"]["exercises"][0] | {"days": list(range(7))}
        told["programme"]["exercises"] = [
            like | {"name": one.name, "title": one.title.text(language)} for one in exercises()
        ]
        told["programme"]["days"] = list(range(7))
    return result


@pytest.fixture
def browser(
    chromium: Any,
    address: str,
    pages: tuple[str, list[str]],
    sign_in: Callable[..., Any],  # noqa: F811  # the fixture
) -> Iterator[Callable[..., Any]]:
    """Opens a page of an account that may see all, in a language."""
    opened = []

    def made(language: str, **options: Any) -> Any:
        signed = sign_in("person", "clinician", "admin", person_id=pages[0], language=language)
        token = next(cookie.value for cookie in signed.client.cookies.jar if cookie.name == COOKIE)
        one = chromium.new_context(base_url=address, **options)
        one.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        one.set_default_timeout(PATIENCE_MS)
        opened.append(one)
        return one.new_page()

    yield made
    for one in opened:
        one.close()


def test_nothing_is_lost_on_any_page(browser: Callable[..., Any], pages: tuple[str, list[str]]) -> None:
    """Each page is loaded once a language: what is looked at changes under it."""
    wrong = []
    for language in ("en", "ja"):
        page = browser(
            language, viewport={"width": 320, "height": 640}, has_touch=True, reduced_motion="reduce"
        )
        for path in pages[1]:
            page.goto(path)
            wrong += [f"{language} {path}: {one}" for one in (*lost(page), *small(page))]
            if language == "en":  # colours know no language
                wrong += [f"{path}: {one}" for one in flat(page)]
    assert not wrong, "\n".join(wrong)


def lost(page: Any) -> Iterator[str]:
    """What is cut off or lies beside a narrow page, and beside one with letters twice as large."""
    for width, size in ((640, "200%"), (320, "100%")):
        page.set_viewport_size({"width": width, "height": 640})
        page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
        told = page.evaluate(MEASURE)
        if told["sideways"] > 1 or told["cut"]:
            yield f"{width} px, letters {size}: {told}"


def small(page: Any) -> Iterator[str]:
    """What a thumb would miss."""
    page.set_viewport_size({"width": 390, "height": 844})
    yield from page.evaluate(SMALL)


def flat(page: Any) -> Iterator[str]:
    """What has no edge in the system's colours, and what moves for those who want no motion."""
    page.emulate_media(forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    yield from (f"no edge: {one}" for one in page.evaluate(FLAT))
    moving = page.evaluate(MOVING)
    if moving:
        yield f"{moving} pictures move"
    page.emulate_media(forced_colors="none")
