"""Check my face in a real Chromium, with a fake camera that shows a simulated face; and what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import cv2
import pytest
from benchmarks.toured import CHROMIUM, PHONE
from sqlalchemy import select
from tests.browser.filming import PATIENCE_MS, RECORDED, kept, until
from tests.serve.conftest import add_person, service, sign_in, unhurried  # noqa: F401  # fixtures
from tests.serve.pages.face_rows import estimate

from mitate.record.schema import Capture, Job, Upload
from mitate.serve.auth.requests import COOKIE
from mitate.serve.service import Service
from mitate.serve.words import Say

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FACE = Path(__file__).parents[2] / "examples/two-patients/videos/sim-460-0000_d000-pre.mp4"
SAY = Say("en")


def as_camera(film: Path, made: Path) -> Path:
    """A film as Chromium's fake camera takes it: pictures of JPEG, one after the other."""
    with av.open(str(film)) as source, made.open("wb") as target:
        for frame in list(source.decode(video=0))[::3]:
            target.write(bytes(cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"))[1]))
    return made


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if find_spec("playwright") is None or not CHROMIUM.exists():
        pytest.skip("playwright or Chromium is not installed")
    if not FACE.exists():
        pytest.skip("the example film is not there")
    from playwright.sync_api import sync_playwright

    camera = as_camera(FACE, tmp_path_factory.mktemp("camera") / "face.mjpeg")
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
    return add_person(service)


@pytest.fixture
def context(
    chromium: Any,
    address: str,
    person: str,
    sign_in: Callable[..., Any],  # noqa: F811  # the fixture
) -> Iterator[Callable[..., Any]]:
    """Opens a phone's browser, signed in."""
    signed, opened = sign_in("person", person_id=person), []
    token = next(cookie.value for cookie in signed.client.cookies.jar if cookie.name == COOKIE)

    def made(**options: Any) -> Any:
        one = chromium.new_context(viewport=PHONE, base_url=address, **options)
        one.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        one.set_default_timeout(PATIENCE_MS)
        one.add_init_script(RECORDED)
        opened.append(one)
        return one

    yield made
    for one in opened:
        one.close()


@pytest.fixture
def page(context: Callable[..., Any]) -> Iterator[Any]:
    """A phone's page; errors of its scripts fail the test."""
    shown, errors = context().new_page(), []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    yield shown
    assert errors == []


def say_what_is_needed(page: Any, way: str = "record") -> None:
    page.goto("/face")
    page.check("input[name=context][value=pre]")
    page.fill("#weight", "66.5")
    page.click(f"button[name=way][value={way}]")
    page.wait_for_url(f"**/face/{way}")


def film_for(page: Any, seconds: int) -> None:
    """Film: two seconds are really recorded, the page's clock is put on for the others."""
    page.click("#start:enabled")
    page.wait_for_selector("#mirror[data-recording]")
    until(page, "window.recorded?.parts >= 2")
    page.clock.fast_forward(1000 * (seconds - 2))


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


def test_from_the_first_page_to_the_result(page: Any, service: Service, person: str) -> None:  # noqa: F811
    page.clock.install()
    page.goto("/home")
    page.click("a.door[href='/face']")
    say_what_is_needed(page)
    film_for(page, 31)
    page.wait_for_selector("#review:not([hidden])")
    recorded = page.evaluate("window.recorded.bytes")
    page.reload()  # what was filmed is still there
    page.wait_for_selector("#review:not([hidden])")
    page.context.set_offline(True)
    page.click("#send")
    page.wait_for_selector(f"#sent:has-text({SAY('film.js_upload_waiting')[:24]!r})")
    page.context.set_offline(False)
    page.clock.fast_forward(30_000)
    page.wait_for_url("**/face/wait/*")
    capture_id = page.url.rpartition("/")[2]
    with service.record.database.reading() as session:
        row = session.get_one(Capture, capture_id)
        told = service.record.key(session, person).open_json(row.sealed, f"capture.sealed {row.id}")
        length = session.get_one(Upload, capture_id).length
        assert (row.state, row.instrument) == ("waiting", "edema")
        assert (told["context"], told["weight_kg"]) == ("pre", 66.5)
        assert length == recorded > 1000
        assert session.scalars(select(Job.kind)).all() == ["read_face"]
    finish(service, capture_id)
    page.clock.fast_forward(10_000)
    page.wait_for_url(f"**/face/result/{capture_id}")
    assert "About 1.9\u00a0kg over your dry weight" in page.inner_text(".headline")
    assert SAY("shell.simulated") in page.inner_text("main")
    page.goto("/home")
    assert not page.is_visible("#unsent")


def test_a_stop_too_soon_asks_and_films_on(page: Any) -> None:
    page.clock.install()
    say_what_is_needed(page)
    film_for(page, 8)
    page.click("#stop")
    assert page.is_visible("#short")
    page.click("#short-on")
    page.clock.fast_forward(14_000)
    page.click("#stop")
    page.wait_for_selector("#review:not([hidden])")


def test_a_page_closed_while_filming_keeps_what_is_enough(page: Any) -> None:
    page.clock.install()
    say_what_is_needed(page)
    film_for(page, 25)
    kept(page)
    page.reload()
    page.wait_for_selector("#review:not([hidden])")
    title = page.inner_text("#review-title")
    assert int(re.findall(r"\d+", title)[0]) >= 20
    page.click("#again")
    page.wait_for_selector("#start:enabled")


def test_a_camera_lost_too_soon_is_told(page: Any) -> None:
    page.clock.install()
    say_what_is_needed(page)
    film_for(page, 6)
    page.evaluate(
        "document.getElementById('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))"
    )
    page.wait_for_selector("#trouble:not([hidden])")
    assert SAY("film.js_camera_lost") in page.inner_text("#trouble")


FAILS = "navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{}') }}"
TROUBLE = {
    "refused": FAILS.format("NotAllowedError"),
    "none": FAILS.format("NotFoundError"),
    "busy": FAILS.format("NotReadableError"),
    "insecure": "Object.defineProperty(window, 'isSecureContext', {value: false})",
    "unsupported": "delete window.MediaRecorder",
}


def test_what_can_be_wrong_with_a_camera(context: Callable[..., Any]) -> None:
    for kind, script in TROUBLE.items():
        page = context().new_page()
        page.add_init_script(script)
        say_what_is_needed(page)
        page.wait_for_selector("#trouble:not([hidden])")
        text = page.inner_text("#trouble")
        assert SAY(f"film.js_camera_{kind}") in text
        assert SAY(f"film.js_camera_{kind}_todo") in text
        assert page.is_visible("#trouble a[href='/face/upload']")
        assert page.is_visible("#trouble a[href='/trust']") == (kind == "insecure")


def test_a_question_never_answered_offers_the_other_way(page: Any) -> None:
    page.clock.install()
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => new Promise(() => {})")
    say_what_is_needed(page)
    page.clock.fast_forward(21_000)
    page.wait_for_selector("#trouble:not([hidden])")
    assert SAY("film.js_camera_unanswered") in page.inner_text("#trouble")


def test_a_film_is_chosen(page: Any, service: Service) -> None:  # noqa: F811  # the fixture
    say_what_is_needed(page, "upload")
    page.set_input_files("#film-old", FACE)
    page.click("form:has(#film-old) button")
    page.wait_for_url("**/face/wait/*")
    with service.record.database.reading() as session:
        assert session.scalars(select(Upload.length)).all() == [FACE.stat().st_size]


def test_a_film_is_chosen_without_scripts(
    context: Callable[..., Any],
    service: Service,  # noqa: F811  # the fixture
) -> None:
    page = context(java_script_enabled=False).new_page()
    say_what_is_needed(page, "upload")
    page.set_input_files("#film-old", FACE)
    page.click("form:has(#film-old) button")
    page.wait_for_url("**/face/wait/*")
    with service.record.database.reading() as session:
        assert session.scalars(select(Upload.length)).all() == [FACE.stat().st_size]
        assert session.scalars(select(Capture.state)).all() == ["waiting"]


def test_light_dark_and_voice_are_remembered(page: Any) -> None:
    page.goto("/face")
    page.check("#schemes input[value=dark]")
    page.goto("/home")
    assert page.get_attribute("html", "data-scheme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 22, 27)"
    page.goto("/face")
    page.check("#schemes input[value=system]")
    assert page.get_attribute("html", "data-scheme") is None
