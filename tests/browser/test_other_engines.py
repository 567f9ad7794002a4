"""The app in WebKit (every browser of an iPhone or iPad) and in Gecko, in a window of a phone's size.

A short way through it; `benchmarks.serve_engines` opens every page.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from benchmarks.driven import Engine
from benchmarks.engines import ENGINES, HEIGHT, WIDTH, absent, engine
from benchmarks.serve_engines import FACE, Seen, as_safari, first_start, play, send_face
from benchmarks.served import served

PAGES = ("/home", "/back", "/clinic", "/admin")
PATIENCE_S = 240.0


@pytest.fixture(params=ENGINES)
def shown(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    name = str(request.param)
    lacking = absent(name)
    if lacking:
        pytest.skip(lacking)
    with engine(name, tmp_path / "engine") as running:
        yield running


@pytest.fixture
def film(weights_ready: None, tmp_path: Path) -> Path:
    if not FACE.exists():
        pytest.skip("the example films are not in this folder")
    return as_safari(FACE, tmp_path / "face.mp4")


def test_a_film_in_fragments_has_the_pictures_of_the_whole_one(tmp_path: Path) -> None:
    if not FACE.exists():
        pytest.skip("the example films are not in this folder")
    made = as_safari(FACE, tmp_path / "face.mp4")
    assert b"moof" in made.read_bytes()
    with av.open(str(made)) as pieces, av.open(str(FACE)) as whole:
        assert sum(1 for _ in pieces.decode(video=0)) == sum(1 for _ in whole.decode(video=0)) > 0


def test_from_the_first_start_to_a_result(shown: Engine, film: Path, tmp_path: Path) -> None:
    seen = Seen(shown.name)
    with served(tmp_path / "record", program="benchmarks.watched") as running:
        origin = running.origin
        first_start(shown, origin, seen)
        assert shown.run("return [innerWidth, innerHeight]") == [WIDTH, HEIGHT]
        send_face(shown, origin, seen, film)
        waiting = shown.address
        _camera(shown, origin)
        play(shown, origin, seen)
        shown.go(f"{origin}/home")
        shown.click(".top button[name=language][value=ja]")
        shown.until("return document.documentElement.lang === 'ja'")
        for page in PAGES:
            shown.go(f"{origin}{page}")
            seen.look(shown, page)
        shown.go(waiting)
        shown.arrive("/face/result/", most_s=PATIENCE_S)
        assert shown.run("return document.querySelector('.headline').textContent.trim()")
        seen.look(shown, "/face/result/*")
    assert (seen.troubles, seen.wide, seen.stuck) == ([], [], [])


def _camera(shown: Engine, origin: str) -> None:
    """The engine's own fake camera is asked for, and seen."""
    shown.go(f"{origin}/face")
    shown.click("input[name=context][value=other]")
    shown.click("button[name=way][value=record]")
    shown.arrive("/face/record")
    shown.until("return !document.querySelector('#start').disabled", most_s=60)
    shown.until("return document.querySelector('#video').videoWidth > 0", most_s=60)
    assert shown.run("return document.querySelector('#trouble').hidden")
