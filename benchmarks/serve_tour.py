"""The whole app in a real Chromium of a phone's size, from the first start to a result and a programme.

A fake camera shows a simulated face, then a simulated forward bend. axe looks at every page (WCAG 2.2, A and
AA), and a picture of it is kept under docs/pictures/app: English in the light scheme, Japanese in the dark.
Needs Debian's chromium, playwright and axe-playwright-python.
"""

from __future__ import annotations

import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import tour_clinic as care
from benchmarks import tour_own as own
from benchmarks.served import ends, served
from benchmarks.service_rows import write_rows
from benchmarks.tour_routes import page_routes, unopened
from benchmarks.toured import PHONE, Tour, as_camera, as_png, browser
from mitate.figures import Figure
from mitate.serve.example import NURSE, PATIENT

__all__ = ["main", "tour", "tour_example"]

PICTURES = Path("docs/pictures/app")
FACE = Path("examples/two-patients/videos/sim-460-0000_d007-pre.mp4")
BEND = Path("examples/films/forward-bend.mp4")


def tour(origin: str, kept: Tour, cameras: Path) -> None:
    """Go through the app once, from a record that nobody has used yet.

    Args:
        origin: of a running app whose jobs are done.
        kept: what is seen goes here.
        cameras: a folder for the fake camera's films, and for a small model of faces.
    """
    from playwright.sync_api import sync_playwright

    made = care.made_faces(cameras)
    face, bend = as_camera(FACE, cameras / "face.mjpeg"), as_camera(BEND, cameras / "bend.mjpeg")
    with sync_playwright() as playwright:
        with browser(playwright, face, kept) as page:
            own.first_start(page, origin, kept)
            own.check_face(page, origin, kept)
            own.no_network(page, origin, kept, FACE)
            state = page.context.storage_state()
        with browser(playwright, bend, kept, state) as page:
            check = own.check_back(page, origin, kept)
            own.coach(page, origin, kept, check)
            own.stop(page, origin, kept)
            own.of_the_account(page, origin, kept)
            care.faces(page, origin, kept, made)
            care.clinic(page, origin, kept, check)
            care.photos(page, origin, kept)
            care.administration(page, origin, kept)
            care.leave(page, origin, kept)


def tour_example(origin: str, kept: Tour) -> None:
    """Pages with something on them: of two simulated patients whose sessions have been read."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        with browser(playwright, None, kept) as page:
            _sign_in(page, origin, kept, *PATIENT, by="pin")
            kept.look(page, "example-home")
            page.click(".headline a, a[href^='/face/result/']")
            kept.look(page, "example-result")
            kept.look_printed(page, "example-result-printed")
            page.goto(f"{origin}/face/course")
            kept.look(page, "example-course")
        with browser(playwright, None, kept) as page:
            _sign_in(page, origin, kept, *NURSE, by="password")
            for path, name in (("/clinic", "clinic"), ("/clinic/alarms", "alarms")):
                page.goto(f"{origin}{path}")
                kept.look(page, f"example-{name}")
            page.goto(f"{origin}/clinic")
            number = page.inner_text("main .patients .who >> nth=0")
            page.click("main a[href^='/clinic/people/']")
            page.wait_for_url("**/clinic/people/*")
            kept.look(page, "example-person")
            person = str(page.url).rpartition("/")[2]
            for part in ("course", "model", "weights"):
                page.goto(f"{origin}/clinic/people/{person}/{part}")
                kept.look(page, f"example-{part}-clinic")
            page.goto(f"{origin}/clinic/people/{person}")
            page.click("main a[href^='/clinic/captures/']")
            kept.look(page, "example-session")
            page.goto(f"{origin}/back")
            kept.look(page, "example-nobody")
            page.goto(f"{origin}/clinic?order=name&state=all&q=sim")
            kept.look(page, "example-clinic-sorted")
            care.erase(page, origin, kept, person, number, NURSE[1])


def _sign_in(page: Any, origin: str, kept: Tour, name: str, secret: str, *, by: str) -> None:
    page.goto(f"{origin}/sign-in?by={by}")
    page.fill("input[name=name]", name)
    page.fill("input[name=secret]", secret)
    page.click(".actions .button-large")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    switch = f".top button[name=language][value={kept.language}]"
    if page.query_selector(switch):
        page.click(switch)
    page.wait_for_selector(f"html[lang={kept.language}]", state="attached")


def main() -> int:
    """Go through it in both languages, and write what was found."""
    kept = [Tour("en", "light", PICTURES), Tour("ja", "dark", PICTURES)]
    for one in kept:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            with served(folder / "record") as running:
                tour(running.origin, one, folder)
            with served(folder / "example", "--demo") as running:
                ends(folder / "example")
                tour_example(running.origin, one)
        for line in (*one.violations, *one.errors, *(f"not opened: {path}" for path in unopened(one.opened))):
            print(line, file=sys.stderr)
    write_rows(_figures(kept))
    _side_by_side(("home-en", "face-camera-en", "example-course-en", "back-programme-ja"))
    return 0


def _side_by_side(names: tuple[str, ...]) -> None:
    """The README's picture: some pages beside each other, as tall as a phone."""
    from PIL import Image

    shown = [Image.open(PICTURES / f"{name}.png").convert("RGB") for name in names]
    width, height, gap = PHONE["width"], PHONE["height"], 24
    whole = Image.new("RGB", (len(shown) * (width + gap) - gap, height), "white")
    for place, picture in enumerate(shown):
        whole.paste(picture.crop((0, 0, width, height)), (place * (width + gap), 0))
    few = whole.quantize(160, dither=Image.Dither.NONE)
    PICTURES.with_name("app.png").write_bytes(as_png(few))


def _figures(kept: list[Tour]) -> list[Figure]:
    pages, films = sum(len(one.pages) for one in kept), len(kept)
    data = f"simulated face and forward bend by a fake camera, Chromium, 390 x 844, axe {_axe()}"

    def row(name: str, value: float, n: int, unit: str = "", bar: float | None = None) -> Figure:
        return Figure(name, round(value, 1), unit, None, None, n, data, bar=bar, at_least=False)

    found = sum(len(one.violations) for one in kept)
    missed = sum(len(unopened(one.opened)) for one in kept)
    errors = sum(len(one.errors) for one in kept)
    refused = sum(len(one.refused) for one in kept)
    return [
        row("pages driven, English and Japanese", pages, pages, "pages"),
        row("pages of the app that the tour did not open", missed, len(kept) * len(page_routes()), bar=0.0),
        row("axe, violations of WCAG 2.2 A and AA", found, pages, bar=0.0),
        row("errors of scripts on these pages", errors, pages, bar=0.0),
        row("films of the movement refused before one was read", refused, films + refused),
        row("from sending a film of the face to words", max(one.seconds["face"] for one in kept), films, "s"),
        row(
            "from sending a movement to causes and exercises",
            max(one.seconds["back"] for one in kept),
            films,
            "s",
        ),
    ]


def _axe() -> str:
    return f"(axe-playwright-python {version('axe-playwright-python')})"


if __name__ == "__main__":
    sys.exit(main())
