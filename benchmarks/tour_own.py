"""The person's own pages on a tour: the first start, the face, the back, the coach, what is agreed to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.toured import Tour
from mitate.serve.words import Say

__all__ = [
    "PIN",
    "check_back",
    "check_face",
    "coach",
    "confirmed",
    "first_start",
    "no_network",
    "of_the_account",
    "stop",
]

PIN = "739164"
_READ_MS = 240_000
_FILMED = 4  # times at most: a busy machine's fake camera drops frames, and a film may be refused
_QUESTIONS, _ENOUGH = 60, 36  # at most, and after how many the tour ends them where it may
_UPLOADS = "**/api/v1/uploads/*"


def first_start(page: Any, origin: str, kept: Tour) -> None:
    """From a record that nobody has used to an account at home."""
    page.goto(f"{origin}/")
    kept.look(page, "first")
    page.click("a[href='/first?kind=home']")
    page.fill("input[name=name]", "Hana")
    page.fill("input[name=secret]", PIN)
    page.fill("input[name=again]", PIN)
    page.check("input[name=agrees]")
    kept.look(page, "first-home")
    page.click("form .button-large")
    page.wait_for_url("**/home")
    page.goto(f"{origin}/me")
    kept.look(page, "me")
    page.goto(f"{origin}/trust")
    kept.look(page, "trust")


def _to_face(page: Any, way: str) -> None:
    page.check("input[name=context][value=other]")
    page.fill("#weight", "66.5")
    page.click(f"button[name=way][value={way}]")
    page.wait_for_url(f"**/face/{way}")


def check_face(page: Any, origin: str, kept: Tour) -> None:
    """Film the face, send it and read what came of it."""
    page.goto(f"{origin}/home")
    kept.look(page, "home-new")
    page.goto(f"{origin}/face/course")
    kept.look(page, "face-course-new")
    page.goto(f"{origin}/home")
    page.click("a.door[href='/face']")
    page.check("input[name=context][value=other]")
    page.fill("#weight", "66.5")
    kept.look(page, "face")
    page.click("button[name=way][value=upload]")
    page.wait_for_url("**/face/upload")
    kept.look(page, "face-upload")
    page.go_back()
    _to_face(page, "record")
    page.wait_for_selector("#start:enabled")
    page.wait_for_timeout(2500)  # the help sees the first pictures
    kept.look(page, "face-camera")
    page.click("#start:enabled")
    page.wait_for_selector("#mirror[data-recording]")
    page.wait_for_timeout(5000)
    kept.look(page, "face-filming")
    page.wait_for_selector("#review:not([hidden])", timeout=90_000)
    kept.look(page, "face-review")
    sent = time.monotonic()
    page.click("#send")
    page.wait_for_url("**/face/wait/*", timeout=60_000)
    kept.look(page, "face-wait")
    page.wait_for_url("**/face/result/*", timeout=_READ_MS)
    kept.seconds["face"] = time.monotonic() - sent
    page.wait_for_selector(".headline")
    kept.look(page, "face-result")
    page.goto(f"{origin}/face/course")
    kept.look(page, "face-course")
    page.goto(f"{origin}/home")
    kept.look(page, "home")


def no_network(page: Any, origin: str, kept: Tour, film: Path) -> None:
    """A film that waits on the phone while nothing can be sent, and goes on from another page."""
    say = Say(kept.language)
    page.goto(f"{origin}/face")
    _to_face(page, "upload")
    with kept.wanting("net::ERR_FAILED"):
        page.route(_UPLOADS, lambda route: route.abort())
        page.set_input_files("#film-old", film)
        page.click("form:has(#film-old) button")
        page.wait_for_selector(f"#sent:has-text('{say('film.js_upload_waiting')}')")
        kept.look(page, "face-upload-waiting")
        page.goto(f"{origin}/home")
        page.wait_for_selector("#unsent section")
        kept.look(page, "home-unsent")
        page.unroute(_UPLOADS)
    page.goto(f"{origin}/home")
    page.wait_for_selector(f"#unsent:has-text('{say('film.js_unsent_arrived')}')", timeout=60_000)
    kept.look(page, "home-arrived")
    page.click("#unsent a")
    page.wait_for_url("**/face/result/*", timeout=_READ_MS)


def _answer(page: Any) -> None:
    """Answer a question: its first choice where it is about pain, no to every red flag."""
    if page.query_selector("#years"):
        page.fill("#years", "67")
        page.click(".answers .button-large")
    elif page.query_selector(".answers input[type=checkbox]"):
        page.check(".answers input[type=checkbox] >> nth=0")
        page.click(".answers .button-large")
    elif page.query_selector(".answers button[value=False]") and "safety" in _kind(page):
        page.click(".answers button[value=False]")
    else:
        page.click(".answers button.answer >> nth=0")


def _kind(page: Any) -> str:
    """Whether the page asks for a red flag: those cannot be stopped, and come without a hint of the end."""
    asks = page.query_selector(".quiet.small")
    return "question" if asks else "safety"


def check_back(page: Any, origin: str, kept: Tour) -> str:
    """The questions, a film of a movement, causes and exercises; the check's id."""
    page.goto(f"{origin}/back")
    kept.look(page, "back-start")
    page.click("form[action='/back/start'] button[value=low_back]")
    page.wait_for_url("**/back/interview/*")
    check = str(page.url).rpartition("/")[2]
    kept.look(page, "back-red-flag")
    _be_asked(page, kept, check)
    kept.look(page, "back-asked")
    page.goto(f"{origin}/back/movements/{check}")
    kept.look(page, "back-movements")
    page.click(".next-movement a.button-large")
    kept.look(page, "back-move")
    for attempt in range(_FILMED):
        sent = _film_movement(page, kept, first=attempt == 0)
        page.click(f"form[action='/back/conclude/{check}'] button")
        page.wait_for_url("**/back/wait/*")
        if attempt == 0:
            kept.look(page, "back-wait")
        page.wait_for_selector("#conclude, .to-exercises, a[href^='/back/programme/']", timeout=_READ_MS)
        if "/back/result/" in page.url:
            break
        kept.refused.append(page.inner_text("main li .small"))
        page.click("main li a[href^='/back/move/']")
    else:
        raise RuntimeError(f"no film of the movement was read: {kept.refused}")
    kept.seconds["back"] = time.monotonic() - sent
    kept.look(page, "back-result")
    page.goto(f"{origin}/back/programme/{check}")
    kept.look(page, "back-programme")
    kept.look_printed(page, "back-programme-printed")
    page.goto(f"{origin}/back")
    kept.look(page, "back-again")
    return check


def _be_asked(page: Any, kept: Tour, check: str) -> None:
    """Answer until there is no question left; after many, say that it is enough, where that may be said."""
    enough = f"form[action='/back/interview/{check}/stop'] button"
    kinds: list[str] = []
    while page.query_selector(".answers"):
        if len(kinds) >= _QUESTIONS:
            raise RuntimeError(f"the questions do not end: {page.url}")
        kinds.append(_kind(page))
        if kinds.count("question") == 1 and kinds[-1] == "question":
            kept.look(page, "back-question")
        _answer(page)
        page.wait_for_load_state()
        if len(kinds) > _ENOUGH and page.query_selector(enough):
            page.click(enough)
            page.wait_for_load_state()
    if set(kinds) != {"safety", "question"}:
        raise RuntimeError(f"only these were asked: {kinds}")
    page.wait_for_selector(f"main a[href='/back/movements/{check}']")


def _film_movement(page: Any, kept: Tour, *, first: bool) -> float:
    """Film the movement that the page asks for, and send it; when it was sent."""
    page.click("#open")
    page.wait_for_selector("#start:visible")
    page.wait_for_timeout(2500)
    if first:
        kept.look(page, "back-camera")
    page.click("#start")
    page.wait_for_selector("#mirror.is-recording", timeout=30_000)
    page.wait_for_timeout(6000)
    if first:
        kept.look(page, "back-filming")
    page.wait_for_selector("#use:visible", timeout=90_000)
    if first:
        kept.look(page, "back-review")
    sent = time.monotonic()
    page.click("#use")
    page.wait_for_url("**/back/movements/*", timeout=60_000)
    return sent


def coach(page: Any, origin: str, kept: Tour, check: str) -> None:
    """The first exercise of a check's programme with the coach before the camera, and the diary of it."""
    page.goto(f"{origin}/back/programme/{check}")
    page.click(".exercise-card .row a[href^='/back/exercise/'] >> nth=0")
    page.wait_for_url("**/back/exercise/*")
    kept.look(page, "back-exercise")
    page.click(".thumb a[href^='/back/coach/']")
    page.wait_for_url("**/back/coach/*")
    kept.look(page, "back-coach")
    page.click("#open")
    page.wait_for_selector("#finish:visible")
    page.wait_for_timeout(9000)
    kept.look(page, "back-coaching")
    page.click("#finish")
    page.wait_for_selector("#summary:visible")
    kept.look(page, "back-coached")
    for name, said in (("pain_before", "3"), ("pain_after", "2"), ("effort", "4")):
        page.select_option(f"#how #{name}", said)
    page.click("#how button")
    page.wait_for_url(f"**/back/programme/{check}?saved=yes")
    page.click("#diary summary")
    page.wait_for_selector("#diary li:visible")
    kept.look(page, "back-diary", since="#diary")


def stop(page: Any, origin: str, kept: Tour) -> None:
    """A red flag is answered with yes: no question follows, but what to do now."""
    page.goto(f"{origin}/back")
    page.click("form[action='/back/start'] button[value=low_back]")
    page.wait_for_url("**/back/interview/*")
    while not page.query_selector(".answers button[value=True]"):
        _answer(page)
        page.wait_for_load_state()
    page.click(".answers button[value=True]")
    page.wait_for_selector("main .headline")
    kept.look(page, "back-stop")


def confirmed(page: Any, origin: str, then: str, secret: str = PIN) -> None:
    """Prove once more who it is, and go on: a tour takes longer than what was proven at its start holds."""
    page.goto(f"{origin}/confirm?then={then}")
    page.fill("#secret", secret)
    page.click("form[action='/confirm'] .button-large")
    page.wait_for_url(f"{origin}{then}")


def of_the_account(page: Any, origin: str, kept: Tour) -> None:
    """Another PIN, programs that may ask, and agreeing anew after it was taken back."""
    page.goto(f"{origin}/me/secret")
    kept.look(page, "me-secret")
    for name, typed in (("old", "000001"), ("new", "482915"), ("again", "482915")):
        page.fill(f"input[name={name}]", typed)
    with kept.wanting("status of 4"):
        page.click("form[action='/me/secret'] .button-large")
        page.wait_for_selector("[aria-invalid=true]")
        kept.look(page, "me-secret-wrong")
    page.goto(f"{origin}/confirm?then=/me/tokens&typed=yes")
    kept.look(page, "confirm")
    page.fill("#secret", "000001")
    with kept.wanting("status of 4"):
        page.click("form[action='/confirm'] .button-large")
        page.wait_for_selector("#problem")
        kept.look(page, "confirm-wrong")
    confirmed(page, origin, "/me/tokens")
    page.fill("input[name=label]", "home scale")
    page.click("form[action='/me/tokens'] .button")
    page.wait_for_selector("form[action$='/revoke']")
    page.goto(f"{origin}/me/tokens")
    kept.look(page, "me-tokens")
    page.goto(f"{origin}/me")
    page.click("form:has(input[name=kind][value=analyse]) button")
    page.wait_for_load_state()
    page.goto(f"{origin}/face")
    kept.look(page, "face-consent")
    page.check("input[name=analyse]")
    page.click("form[action='/face/consent'] .button")
    page.wait_for_selector("#weight")
