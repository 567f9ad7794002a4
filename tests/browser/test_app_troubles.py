"""Whatever goes wrong while filming and sending, of a face and of a movement, in a real Chromium.

Nothing is lost, there is a sentence for it, and a way on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.browser.filming import (
    ENDED,
    HIDE,
    REFUSES,
    ROWS,
    SAY,
    SLOW_LOCK,
    FacePage,
    Filmed,
    MovePage,
    captures,
    film_a_moment,
    film_enough,
    film_file,
    film_for,
    kept,
    until,
)
from tests.serve.conftest import add_person

from mitate.serve.service import Service

BOTH = pytest.mark.parametrize("kind", [FacePage, MovePage])
Phone = Callable[..., Any]
CAMERA = {
    "refused": REFUSES.format("NotAllowedError"),
    "none": REFUSES.format("NotFoundError"),
    "busy": REFUSES.format("NotReadableError"),
    "insecure": "Object.defineProperty(window, 'isSecureContext', {value: false})",
    "unsupported": "delete window.MediaRecorder",
}
AT_ONCE = """(() => {
  const look = new MutationObserver(() => {
    const use = document.querySelector("#review:not([hidden]) USE");
    if (!use) return;
    look.disconnect();
    use.click();
  });
  look.observe(document, { attributes: true, childList: true, subtree: true });
})()"""
"""Presses a button as soon as the film above it is shown."""
NO_ANSWER = """window.asks = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (window.asks) navigator.mediaDevices.getUserMedia = () => new Promise((done) => (window.allow = done));"""


def started(phone: Phone, service: Service, kind: type[Filmed]) -> Filmed:
    page = phone(add_person(service)).new_page()
    page.clock.install()
    return kind(page)


@BOTH
def test_no_camera(kind: type[Filmed], phone: Phone, service: Service) -> None:
    context = phone(add_person(service))
    check = ""
    for trouble, script in CAMERA.items():
        page = context.new_page()
        page.add_init_script(script)
        filmed = kind(page)
        if isinstance(filmed, MovePage):
            filmed.check = check
        filmed.open()
        page.wait_for_selector("#trouble:not([hidden])")
        text = page.inner_text("#trouble")
        assert SAY(f"film.js_camera_{trouble}") in text
        assert SAY(f"film.js_camera_{trouble}_todo") in text
        assert page.is_visible("#trouble button")
        other = "#trouble a[href='/face/upload']" if kind is FacePage else "#film"
        assert page.is_visible(other)  # the way without
        check = getattr(filmed, "check", "")
        page.close()


@BOTH
def test_a_question_that_is_answered_late(kind: type[Filmed], phone: Phone, service: Service) -> None:
    filmed = started(phone, service, kind)
    page = filmed.page
    page.add_init_script(
        "window.asks = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);" + NO_ANSWER
    )
    filmed.open()
    if kind is MovePage:
        page.evaluate("document.getElementById('open').click()")  # asks nothing anew
    until(page, "typeof window.allow === 'function'")
    page.clock.fast_forward(21_000)
    page.wait_for_selector("#trouble:not([hidden])")
    assert SAY("film.js_camera_unanswered") in page.inner_text("#trouble")
    page.evaluate("window.asks({ video: true }).then(window.allow)")
    filmed.ready()
    assert not page.is_visible("#trouble")


@BOTH
@pytest.mark.parametrize("why", ["lost", "hidden"])
def test_the_camera_is_taken_away(why: str, kind: type[Filmed], phone: Phone, service: Service) -> None:
    filmed = started(phone, service, kind)
    page, stop = filmed.page, ENDED if why == "lost" else HIDE
    filmed.open()
    film_a_moment(filmed)
    page.evaluate(stop)
    page.wait_for_selector("#trouble:not([hidden])")
    assert SAY(f"film.js_camera_{why}") in page.inner_text("#trouble")
    page.click("#trouble button")
    film_for(filmed, filmed.least_s + 3)
    page.evaluate(stop)
    page.wait_for_selector("#review:not([hidden])")
    assert page.inner_text("#review").count(f"{filmed.least_s + 3}") or "seconds" in page.inner_text(
        "#review"
    )
    page.click(filmed.use)
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]


@BOTH
def test_the_page_is_left_while_filming(kind: type[Filmed], phone: Phone, service: Service) -> None:
    filmed = started(phone, service, kind)
    page = filmed.page
    filmed.open()
    film_for(filmed, filmed.least_s + 4)
    kept(page)
    address = page.url
    page.go_back()
    page.wait_for_url(lambda url: url != address)
    page.go_forward()
    page.wait_for_selector("#review:not([hidden])")
    page.reload()
    page.wait_for_selector("#review:not([hidden])")
    page.click(filmed.use)
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]


@BOTH
def test_a_full_phone(kind: type[Filmed], phone: Phone, service: Service) -> None:
    filmed = started(phone, service, kind)
    page = filmed.page
    filmed.open()
    filmed.ready()
    full = {"origin": page.url.split("/face")[0].split("/back")[0], "quotaSize": 2000}
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", full)
    film_enough(filmed)
    assert SAY("film.js_not_kept") in page.inner_text("#review")
    page.route("**/api/v1/uploads/*", lambda route: route.abort())
    page.click(filmed.use)
    page.wait_for_selector(f"#sent:has-text('{SAY('film.js_upload_waiting_open')}')")
    page.unroute("**/api/v1/uploads/*")
    page.clock.fast_forward(30_000)
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]


@BOTH
def test_two_windows(kind: type[Filmed], phone: Phone, service: Service) -> None:
    filmed = started(phone, service, kind)
    filmed.open()
    film_for(filmed, filmed.least_s + 3)
    page = filmed.page
    other = page.context.new_page()
    other.goto(page.url)  # another window does not take what this one is recording
    if kind is MovePage:
        other.wait_for_selector("#open:visible")
    else:
        other.wait_for_selector("#start:enabled:visible")
    page.bring_to_front()
    filmed.stop()
    page.wait_for_selector("#review:not([hidden])")
    other.reload()
    other.wait_for_selector("#review:not([hidden])")
    page.click(filmed.use)
    page.wait_for_url(filmed.sent)
    other.click(filmed.use)
    other.wait_for_selector(f"#sent:has-text('{SAY('film.js_upload_elsewhere')}')")
    assert other.is_visible(f"#sending a:has-text('{SAY('film.js_way_home')}')")
    assert captures(service) == [(filmed.instrument, "waiting")]


@BOTH
def test_impatient_presses(kind: type[Filmed], phone: Phone, service: Service) -> None:
    filmed = started(phone, service, kind)
    page = filmed.page
    twice = "(id) => { const one = document.getElementById(id); one.click(); one.click(); }"
    filmed.open()
    filmed.ready()
    page.evaluate(twice, "start")
    if kind is MovePage:
        page.clock.run_for(5500)
    page.wait_for_selector("#mirror.is-recording, #mirror[data-recording]")
    until(page, "window.recorded?.parts >= 2")
    page.clock.fast_forward(1000 * (filmed.least_s + 1))
    page.evaluate(twice, "stop" if kind is FacePage else "end")
    page.wait_for_selector("#review:not([hidden])")
    page.evaluate(twice, filmed.use[1:])
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]


@BOTH
def test_begun_ended_and_begun_again_at_once_is_one_film(
    kind: type[Filmed], phone: Phone, service: Service
) -> None:
    filmed = started(phone, service, kind)
    page, end = filmed.page, "stop" if kind is FacePage else "end"
    filmed.open()
    filmed.ready()
    page.evaluate(
        "(ids) => ids.forEach((id) => document.getElementById(id).click())", ["start", end, "start"]
    )
    page.clock.run_for(5500)
    until(page, "window.recorded?.parts >= 2")
    assert len(page.evaluate(ROWS)["sealed_films"]) == 1


@BOTH
def test_ended_before_it_was_recorded(kind: type[Filmed], phone: Phone, service: Service) -> None:
    filmed = started(phone, service, kind)
    page, end = filmed.page, "#stop" if kind is FacePage else "#end"
    page.add_init_script(SLOW_LOCK)
    filmed.open()
    filmed.ready()
    page.click("#start")
    page.clock.run_for(5500)
    until(page, "typeof window.awake === 'function'")
    page.click(end)
    filmed.ready()
    page.evaluate("window.awake()")
    until(page, "window.recorded?.over")
    until(page, f"async () => !(await ({ROWS})()).sealed_films.length")
    assert page.is_visible("#start")
    assert not page.is_visible(end)


@BOTH
@pytest.mark.parametrize("reloaded", [False, True])
def test_a_press_in_the_moment_that_a_film_is_shown(
    reloaded: bool, kind: type[Filmed], phone: Phone, service: Service
) -> None:
    filmed = started(phone, service, kind)
    page = filmed.page
    filmed.open()
    if reloaded:
        film_enough(filmed)
        page.add_init_script(AT_ONCE.replace("USE", filmed.use))
        page.reload()
    else:
        filmed.ready()
        page.evaluate(AT_ONCE.replace("USE", filmed.use))
        film_enough(filmed)
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]


def test_a_movement_that_is_too_short_is_filmed_again(phone: Phone, service: Service) -> None:
    filmed = started(phone, service, MovePage)
    filmed.open()
    film_a_moment(filmed)
    filmed.stop()
    said = SAY("film.js_too_short", seconds=6)
    filmed.page.wait_for_selector(f"#hint:has-text('{said[:30]}')")
    assert said in filmed.page.inner_text("#toasts")
    film_enough(filmed)


def test_a_film_ends_by_itself(phone: Phone, service: Service) -> None:
    for kind in (FacePage, MovePage):
        filmed = started(phone, service, kind)
        filmed.open()
        film_for(filmed, 60)
        filmed.page.wait_for_selector("#review:not([hidden])")


@BOTH
def test_the_wrong_file(kind: type[Filmed], phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    filmed = kind(page)
    wrong = {
        "upload_empty": [
            {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 ..." + bytes(900)},
            {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b""},
            {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"%PDF-1.7 in disguise" + bytes(9000)},
        ],
    }
    if kind is MovePage:
        photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0" + bytes(900)}
        wrong["upload_photo"] = [photo]
    for words, files in wrong.items():
        for one in files:
            filmed.choose(one)
            page.wait_for_selector(f"#sent:has-text('{SAY(f'film.js_{words}')}')")
            page.click(f"#sending button:has-text('{SAY('film.js_way_choose')}')")
            page.wait_for_selector("#film-old:visible, #film:visible")
    assert captures(service) == []
    assert not any(page.evaluate(ROWS).values())
    filmed.choose(film_file())
    page.wait_for_url(filmed.sent)
    assert captures(service) == [(filmed.instrument, "waiting")]
