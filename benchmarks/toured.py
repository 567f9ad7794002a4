"""A phone's browser before a fake camera, and what is seen on a tour of the app."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av

__all__ = ["CHROMIUM", "PHONE", "Tour", "as_camera", "as_png", "browser"]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
)
PHONE = {"width": 390, "height": 844}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = 96
TALLEST_PX = 2200
_STAND = "document.querySelectorAll('.thumb').forEach((one) => { one.style.position = 'static'; })"
"""What stays at the foot of the screen stands in a picture of the whole page where the page has it."""


def as_camera(film: Path, made: Path) -> Path:
    """A film as Chromium's fake camera takes it: pictures of JPEG, one after the other."""
    with av.open(str(film)) as source, av.open(str(made), "w", format="mjpeg") as target:
        shown = source.streams.video[0]
        stream = target.add_stream("mjpeg", rate=15)
        stream.width, stream.height, stream.pix_fmt = shown.width, shown.height, "yuvj420p"
        for frame in source.decode(video=0):
            for packet in stream.encode(frame.reformat(format="yuvj420p")):
                target.mux(packet)
        for packet in stream.encode():
            target.mux(packet)
    return made


@dataclass(slots=True)
class Tour:
    """What was seen on the way.

    Attributes:
        language, scheme: of the pages.
        pictures: where screenshots go; None keeps none.
        pages: names of the pages that were looked at.
        opened: their paths.
        violations: ``PAGE: RULE: PLACE`` of each that axe found.
        errors: what went wrong in scripts.
        refused: what was said of films of the movement that were refused, before one was read.
        seconds: from sending the film to words on the page, of the face and of the back.
        wanted: part of what a browser's console says, and is meant to say just now; nothing if empty.
    """

    language: str
    scheme: str
    pictures: Path | None = None
    pages: list[str] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    wanted: str = ""

    def look(self, page: Any, name: str, since: str = "") -> None:
        """Let axe look at a page, and keep its picture.

        Args:
            page: that is open.
            name: of the picture.
            since: the element with which the picture begins; empty for the page's top.
        """
        from axe_playwright_python.sync_playwright import Axe

        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_timeout(250)
        found = Axe().run(page, options=RULES).response["violations"]
        for one in found:
            places = ", ".join(str(node["target"]) for node in one["nodes"][:3])
            self.violations.append(f"{name} ({self.language}): {one['id']}: {places}")
        self.pages.append(name)
        self.opened.add(urlsplit(page.url).path)
        if self.pictures is not None:
            page.evaluate(_STAND)
            top = page.locator(since).bounding_box()["y"] if since else 0
            self._keep(page.screenshot(full_page=True), name, int(top))

    def look_printed(self, page: Any, name: str) -> None:
        """Look at a page as it comes out on paper."""
        page.emulate_media(media="print")
        self.look(page, name)
        page.emulate_media(media="screen")

    @contextmanager
    def wanting(self, said: str) -> Iterator[None]:
        """Within, what the console says of a request that is meant to fail is no error of a script."""
        self.wanted = said
        try:
            yield
        finally:
            self.wanted = ""

    def _keep(self, shot: bytes, name: str, top: int) -> None:
        from PIL import Image

        picture = Image.open(io.BytesIO(shot)).convert("RGB")
        picture = picture.crop((0, top, picture.width, min(picture.height, top + TALLEST_PX)))
        few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        made_folder(self.pictures).joinpath(f"{name}-{self.language}.png").write_bytes(as_png(few))


def made_folder(folder: Path | None) -> Path:
    """The folder of pictures, made if missing."""
    if folder is None:
        raise ValueError("no pictures are kept")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def as_png(picture: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


@contextmanager
def browser(playwright: Any, camera: Path | None, tour: Tour, state: Any = None) -> Iterator[Any]:
    """A phone's page before a camera, with the cookies of an earlier one."""
    arguments = [*ARGUMENTS, *([f"--use-file-for-fake-video-capture={camera}"] if camera else [])]
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
    context = browser.new_context(
        viewport=PHONE,
        device_scale_factor=1,
        color_scheme=tour.scheme,
        locale={"en": "en-GB", "ja": "ja-JP"}[tour.language],
        permissions=["camera"],
        storage_state=state,
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.on("pageerror", lambda error: tour.errors.append(str(error)))
    page.on("console", lambda told: _note(tour, told))
    try:
        yield page
    finally:
        browser.close()


def _note(tour: Tour, told: Any) -> None:
    wanted = bool(tour.wanted) and tour.wanted in told.text
    if told.type == "error" and not wanted:
        tour.errors.append(told.text)
