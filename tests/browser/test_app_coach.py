"""The coach's diary, the voice and the thumb, in a real Chromium; a stand-in tells what the coach sees."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.browser.filming import (
    PATIENCE_MS,
    ROWS,
    SAY,
    SLOW_LOCK,
    FacePage,
    MovePage,
    Wire,
    account_of,
    enter,
    sign_everybody_out,
    until,
)
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import add_check, back_result

from mitate.record.checks import open_check
from mitate.record.schema import Check
from mitate.serve.service import Service

Phone = Callable[..., Any]
EXERCISE = "bridge"
SUMMARY = {
    "exercise": EXERCISE, "date": "2026-11-22", "repetitions": 7, "left": None, "right": None, "target": 10,
    "held_s": 0.0, "target_s": 0.0, "range_share": 0.9, "tempo_s": [1.0, 0.5, 1.0], "faults": {},
    "faults_per_repetition": 0.0, "unseen_share": 0.02, "title": "Bridge", "signal": "x", "duration_s": 40.0,
    "each_repetition": [], "events": [],
}  # fmt: skip
SPEECH = """window.said = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  speak: (one) => window.said.push(one.text), cancel() {}, getVoices: () => [],
  speaking: false, pending: false } });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };"""
ASKED = """window.asked = 0;
const asks = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (what) => { window.asked += 1; return asks(what); };"""
AWAKE = """window.awake = [];
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
  const lock = { released: false, release() { lock.released = true; } };
  window.awake.push(lock);
  return lock;
} } });"""
AWAY_AND_BACK = """() => {
  for (const lock of window.awake) lock.released = true;  // as a browser does of a hidden page
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Coach:
    """Stands in for the server's coach: tells what it is given, and the summary at the end."""

    def __init__(self, page: Any) -> None:
        self.seen: list[dict[str, Any]] = []  # once each
        self.still: dict[str, Any] = {}  # then this, again and again
        self.asked = self.lines = 0
        page.route("**/back/coach/*", self._with_camera)
        page.route_web_socket("**/api/v1/live/body*", self._talk)

    def _with_camera(self, route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"live": false', '"live": true'))

    def _talk(self, socket: Any) -> None:
        self.lines += 1

        def heard(message: Any) -> None:
            if message == "end":
                socket.send(json.dumps({"summary": SUMMARY}))
                return
            self.asked += 1
            calm: dict[str, Any] = {
                "points": None,
                "hints": [],
                "ok": False,
                "event": None,
                "count": 0,
                "target": 10,
                "held_s": 0,
            }
            socket.send(json.dumps({**calm, **(self.seen.pop(0) if self.seen else self.still)}))

        socket.on_message(heard)

    def looks(self, page: Any) -> None:
        """Wait until what it tells now was told and heard."""
        enough, end = self.asked + 2, time.monotonic() + PATIENCE_MS / 1000  # it asks again once it has heard
        while self.asked < enough:
            assert time.monotonic() < end, "the page asks no more"
            page.wait_for_timeout(50)


def with_programme(service: Service) -> tuple[str, str]:
    person = add_person(service)
    return person, add_check(service.record, person, back_result())


def diary(service: Service, check: str) -> list[dict[str, Any]]:
    with service.record.database.reading() as session:
        return [dict(one) for one in open_check(service.record, session, check).diary]


def coached(page: Any) -> None:
    page.goto(f"/back/coach/{EXERCISE}")
    page.click("#open")
    page.wait_for_selector("#stage:visible")
    until(page, "document.getElementById('correction').textContent")
    page.click("#finish")
    page.wait_for_selector("#summary:visible")


def test_a_set_is_in_the_diary_once_and_how_it_was_joins_it(phone: Phone, service: Service) -> None:
    person, check = with_programme(service)
    page = phone(person).new_page()
    Coach(page)
    coached(page)
    page.wait_for_selector(f"#noted:has-text('{SAY('film.js_note_in')}')")
    (row,) = diary(service, check)
    assert [one["repetitions"] for one in row["coach"]] == [7]
    page.reload()
    page.wait_for_selector("#open:visible")
    assert len(diary(service, check)[0]["coach"]) == 1
    coached(page)  # a second set of that day
    page.wait_for_selector(f"#noted:has-text('{SAY('film.js_note_in')}')")
    page.select_option("#pain_after", "3")
    page.select_option("#effort", "6")
    page.click("#how button")
    page.wait_for_url("**/back/programme/*?saved=yes")
    (row,) = diary(service, check)
    assert (len(row["coach"]), row["pain_after"], row["effort"]) == (2, 3.0, 6.0)
    page.click(f"summary:has-text('{SAY('back.diary')}')")
    assert "7 of 10 repetitions" in page.inner_text("main")
    clinic = phone(add_person(service, "Nurse"), "clinician", "person", language="ja").new_page()
    clinic.goto(f"/clinic/checks/{check}")
    assert "7回（目標10回）" in clinic.inner_text("#diary")
    assert not any(page.evaluate(ROWS).values())


def test_two_presses_open_one_camera(phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    page.add_init_script(ASKED)
    Coach(page)
    page.goto(f"/back/coach/{EXERCISE}")
    page.evaluate("() => { const one = document.getElementById('open'); one.click(); one.click(); }")
    until(page, "document.getElementById('correction').textContent")
    assert page.evaluate("window.asked") == 1


def test_ended_before_the_coach_looks_nobody_is_looked_at(phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    page.add_init_script(SLOW_LOCK)
    coach = Coach(page)
    page.goto(f"/back/coach/{EXERCISE}")
    page.click("#open")
    until(page, "typeof window.awake === 'function'")
    page.click("#finish")
    page.wait_for_selector("#summary:visible")
    page.evaluate("window.awake()")
    page.wait_for_load_state("networkidle")
    assert (coach.asked, coach.lines) == (0, 0)


@pytest.mark.parametrize("trouble", ["network", "session"])
def test_what_cannot_be_written_now_is_written_later(
    trouble: str, phone: Phone, service: Service, wire: Wire
) -> None:
    person, check = with_programme(service)
    page = phone(person).new_page()
    Coach(page)
    page.goto(f"/back/coach/{EXERCISE}")
    page.click("#open")
    until(page, "document.getElementById('correction').textContent")
    if trouble == "network":
        page.route("**/diary", lambda route: route.abort())
    else:
        sign_everybody_out(service)
    page.click("#finish")
    words = {"network": "note_kept", "session": "note_sign_in"}[trouble]
    page.wait_for_selector(f"#noted:has-text('{SAY(f'film.js_{words}')}')")
    rows = page.evaluate(ROWS)["sealed_notes"]
    assert len(rows) == 1
    assert EXERCISE not in json.dumps(rows)
    assert diary(service, check) == []
    if trouble == "network":
        page.unroute("**/diary")
    else:
        enter(page.context, service, account_of(service, person), wire.origin)
    page.goto("/home")  # another page sends what waits
    until(page, f"async () => !(await ({ROWS})()).sealed_notes.length")
    (row,) = diary(service, check)
    assert [one["repetitions"] for one in row["coach"]] == [7]


def test_the_voice_tells_each_prompt_of_a_movement_once(phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    page.add_init_script(SPEECH)
    page.clock.install()
    filmed = MovePage(page)
    filmed.open()
    filmed.ready()
    filmed.start()
    until(page, "window.recorded?.parts >= 1")
    page.clock.run_for(30_000)
    page.wait_for_selector("#review:not([hidden])")
    bend, back = SAY("back.js_out_forward_bend"), SAY("back.js_back")
    times = [SAY("back.js_stand"), bend, back, f"{SAY('back.js_times_1')} {bend}", back]
    asked = [SAY("back.js_starts", s=5), "3", "2", "1", *times, f"{SAY('back.js_last')} {bend}", back]
    said = [one for one in page.evaluate("window.said") if one != SAY("back.js_no_help")]
    assert said == [*asked, SAY("back.js_done")]


def test_the_voice_does_not_go_on_and_on_and_is_silent_when_told(phone: Phone, service: Service) -> None:
    context = phone(add_person(service))
    for off in (False, True):
        page = context.new_page()
        page.add_init_script(SPEECH)
        page.clock.install()
        filmed = FacePage(page)
        filmed.open()
        filmed.ready()
        if off:
            page.click("#voice")
            page.wait_for_selector("#voice[aria-pressed=false]")
            page.evaluate("window.said.length = 0")
        page.clock.run_for(90_000)
        hints = [SAY(f"face.js_hint_{name}") for name in ("oval", "light", "straight", "ready")]
        assert page.evaluate("window.said") == ([] if off else hints)
        page.close()
    filmed = FacePage(context.new_page())  # and it is remembered
    filmed.open()
    filmed.ready()
    assert filmed.page.get_attribute("#voice", "aria-pressed") == "false"


def test_the_coach_says_a_hint_once_and_every_repetition(phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    page.add_init_script(SPEECH)
    page.clock.install()
    lost = {"hints": [{"code": "no_person", "text": "Step into the picture."}]}
    rep = [{"event": {"kind": "repetition", "text": str(n), "say": str(n)}, "count": n} for n in (1, 2)]
    coach = Coach(page)
    page.goto(f"/back/coach/{EXERCISE}")
    page.click("#open")
    until(page, "document.getElementById('correction').textContent")
    for _ in range(3):
        page.clock.run_for(6000)
        coach.still = lost
        coach.looks(page)
    coach.seen[:] = rep
    until(page, "document.getElementById('number').textContent === '2' || window.said.includes('2')")
    said = page.evaluate("window.said")
    assert said.count("Step into the picture.") == 1
    assert [one for one in said if one in ("1", "2")] == ["1", "2"]


@pytest.mark.parametrize("kind", [FacePage, MovePage])
def test_a_thumb_anywhere_begins_and_the_screen_stays_on(kind: Any, phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    page.add_init_script(AWAKE)
    page.clock.install()
    filmed = kind(page)
    filmed.open()
    filmed.ready()
    page.click("#mirror", position={"x": 60, "y": 90})
    page.clock.run_for(5500)
    page.wait_for_selector("#mirror.is-recording, #mirror[data-recording]")
    until(page, "window.awake.length === 1")
    page.click("#mirror", position={"x": 60, "y": 90})  # and does not end it
    page.evaluate(AWAY_AND_BACK)
    until(page, "window.awake.length === 2 && !window.awake[1].released")
    until(page, "window.recorded?.parts >= 1")
    page.clock.fast_forward(60_000)
    page.wait_for_selector("#review:not([hidden])")
    until(page, "window.awake[1].released")


def test_the_diary_is_in_the_person_s_own_copy(phone: Phone, service: Service) -> None:
    person, check = with_programme(service)
    page = phone(person).new_page()
    Coach(page)
    coached(page)
    page.wait_for_selector(f"#noted:has-text('{SAY('film.js_note_in')}')")
    with service.record.database.reading() as session:
        assert session.scalars(select(Check.id)).all() == [check]
    from mitate.record.everything import everything_of

    with service.record.database.reading() as session:
        copy = everything_of(service.record, session, person).as_dict()
    assert copy["checks"][0]["told"]["diary"][0]["coach"][0]["repetitions"] == 7
