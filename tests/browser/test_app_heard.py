"""Who listens instead of looking: one voice at a time, a focus that is never lost, time to get into place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.filming import MovePage
from tests.serve.conftest import add_person

from mitate.serve.service import Service
from mitate.serve.words import Say

Phone = Callable[..., Any]
SAY = Say("en")
VOICE = """window.said = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  speak: (one) => window.said.push(one.text), cancel() {}, getVoices: () => [{ lang: "en-GB" }],
  speaking: false, pending: false } });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };"""


def heard(page: Any, place: str, text: str) -> None:
    """Wait until a live region says something."""
    page.wait_for_selector(f"#{place}:has-text({text!r})", state="attached")


def test_the_page_and_the_screen_reader_do_not_speak_at_once(phone: Phone, service: Service) -> None:
    page = phone(add_person(service)).new_page()
    page.add_init_script(VOICE)
    filmed = MovePage(page)
    filmed.open()
    page.wait_for_selector("#start:focus")
    assert SAY("back.js_no_help") in page.evaluate("window.said")
    assert page.inner_text("#announcer") == ""
    assert page.locator("#voice").get_attribute("aria-describedby") == "voice-hint"
    page.click("#leave")
    page.wait_for_selector("#open:focus")

    page.keyboard.press("Shift+Tab")
    page.focus("#voice-quiet")  # after the way to the content, for whoever goes by keys
    page.keyboard.press("Enter")
    page.wait_for_selector("#voice[aria-pressed=false]:focus")
    assert page.is_hidden("#voice-quiet")
    heard(page, "announcer", SAY("shell.js_voice_off"))
    page.evaluate("window.said.length = 0")
    page.check("input[name=delay][value='20']")
    page.click("#open")
    page.wait_for_selector(f"#start:focus:has-text({SAY('back.js_start_film', s=20)!r})")
    heard(page, "announcer", SAY("back.js_no_help"))
    page.keyboard.press("Enter")
    page.wait_for_selector("#end:focus")
    heard(page, "announcer-now", SAY("back.js_starts", s=20))
    page.keyboard.press("Enter")  # not yet
    page.wait_for_selector("#start:focus")
    assert page.evaluate("window.said") == []
    page.reload()
    page.wait_for_selector("input[name=delay][value='20']:checked", state="attached")  # as it was chosen
