"""From the first start to a result and a programme in a real browser, with films that are really read.

One language of the tour of `benchmarks.serve_tour`, which does both and keeps the pictures.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from benchmarks.serve_tour import BEND, FACE, tour
from benchmarks.served import served
from benchmarks.tour_clinic import PHOTOS
from benchmarks.tour_routes import page_routes, unopened
from benchmarks.toured import CHROMIUM, Tour


@pytest.fixture
def ready(weights_ready: None) -> None:
    for what in ("playwright", "axe_playwright_python"):
        if find_spec(what) is None:
            pytest.skip(f"{what} is not installed")
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    if not all(one.exists() for one in (FACE, BEND, PHOTOS)):
        pytest.skip("the example films and photos are not in this folder")


@pytest.mark.usefixtures("ready")
def test_from_the_first_start_to_a_result_and_a_programme(tmp_path: Path) -> None:
    kept = Tour("ja", "dark")
    with served(tmp_path / "record") as running:
        tour(running.origin, kept, tmp_path)
    own = {"face-result", "back-result", "back-programme", "back-coached", "back-diary"}
    assert own | {"clinic-import-looked", "clinic-import-done", "clinic-check"} <= set(kept.pages)
    assert not kept.violations
    assert not kept.errors
    assert not unopened(kept.opened)


def test_a_page_that_no_path_is_of_was_not_opened() -> None:
    somebody = "/clinic/people/0123456789abcdef0123456789abcdef"
    paths = {one: one.replace("{person_id}", "0" * 32) for one in page_routes()}
    assert {"/home", "/clinic/new", "/clinic/people/{person_id}", "/admin/faces"} <= set(paths)
    assert not any(one.startswith("/api") for one in paths)
    assert unopened(paths.values()) == []
    left = unopened(["/home", "/clinic/new", somebody])
    assert sorted(set(paths) - set(left)) == ["/clinic/new", "/clinic/people/{person_id}", "/home"]
