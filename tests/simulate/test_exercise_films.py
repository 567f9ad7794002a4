"""The films that come with the package are all there, small enough, and show what the exercises say now."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from mitate import video
from mitate.back.exercises import exercise, exercises
from mitate.errors import InputError
from mitate.simulate.exercise_films import (
    ENDINGS,
    MANIFEST,
    inputs_of,
    is_current,
    make_films,
    sex_of,
)

FILMS = Path(str(resources.files("mitate.back") / "films"))
LARGEST = {".mp4": 1_500_000, ".jpg": 80_000, ".en.vtt": 20_000, ".ja.vtt": 20_000}
NAMES = [one.name for one in exercises()]


@pytest.mark.parametrize("name", NAMES)
def test_a_film_is_there_small_and_up_to_date(name: str) -> None:
    again = f"run: mitate simulate films {name} --out src/mitate/back/films"
    for ending in ENDINGS:
        file = FILMS / f"{name}{ending}"
        assert file.is_file(), f"{file.name} is not there; {again}"
        assert 100 < file.stat().st_size <= LARGEST[ending], f"{file.name} is too large or empty; {again}"
    assert is_current(exercise(name), FILMS), f"{name}.toml has changed since its film was made; {again}"


@pytest.mark.parametrize("name", NAMES)
def test_a_film_has_the_form_that_every_browser_plays(name: str) -> None:
    info = video.probe(FILMS / f"{name}.mp4")
    assert (info.width, info.height) == (1280, 720)
    assert info.codec == "h264"
    assert info.frame_rate == pytest.approx(25)
    told = json.loads((FILMS / MANIFEST).read_text(encoding="utf-8"))["films"][name]
    assert 10 <= told["seconds"] <= 40
    assert told["bytes"] == (FILMS / f"{name}.mp4").stat().st_size
    content = (FILMS / f"{name}.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat"), "the index is not first"


def test_all_films_together_are_small_enough_and_none_is_left_over() -> None:
    files = [file for file in FILMS.iterdir() if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 60_000_000
    expected = {f"{name}{ending}" for name in NAMES for ending in ENDINGS} | {MANIFEST, "README.md"}
    assert {file.name for file in files} <= expected


def test_both_figures_are_seen() -> None:
    women = sum(sex_of(name) == "woman" for name in NAMES)
    assert 0.35 < women / len(NAMES) < 0.65


def test_what_a_film_shows_makes_it_stale_and_nothing_else_does() -> None:
    one = exercises()[0]
    replace = msgspec.structs.replace
    assert inputs_of(replace(one, minutes=one.minutes + 1)) == inputs_of(one)
    assert inputs_of(replace(one, serves=one.serves[:1], steps=one.film.captions)) == inputs_of(one)
    slower = replace(one.poses[0], seconds=one.poses[0].seconds + 1)
    for changed in (
        replace(one, poses=(slower, *one.poses[1:])),
        replace(one, parts=one.parts[:-1]),
        replace(one, film=replace(one.film, repetitions=one.film.repetitions + 1)),
        replace(one, title=replace(one.title, ja="別")),
    ):
        assert inputs_of(changed) != inputs_of(one)


def test_a_film_is_made_kept_and_made_again_when_damaged(tmp_path: Path) -> None:
    lacking = [name for name in ("anny", "embreex", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    shares: list[float] = []
    name = "neck_extensor_lift"
    assert make_films([name], tmp_path, progress=lambda done, total: shares.append(done / total)) == (name,)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert {file.name for file in tmp_path.iterdir()} == {
        *(f"{name}{ending}" for ending in ENDINGS),
        MANIFEST,
    }
    before = (tmp_path / f"{name}.mp4").stat().st_mtime_ns
    assert make_films([name], tmp_path) == ()
    assert (tmp_path / f"{name}.mp4").stat().st_mtime_ns == before
    (tmp_path / f"{name}.ja.vtt").unlink()
    assert not is_current(exercise(name), tmp_path)
    (tmp_path / MANIFEST).write_text("{", encoding="utf-8")
    assert not is_current(exercise(name), tmp_path)


def test_films_that_are_up_to_date_are_kept(mitate: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = mitate("simulate", "films", NAMES[0], NAMES[-1], "--out", FILMS, "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["films"], told["made"], told["simulated"]) == ([NAMES[0], NAMES[-1]], [], True)
    code, out, _ = mitate("simulate", "films", NAMES[0], "--out", FILMS)
    assert code == 0
    assert "0 films made, 1 kept" in out


def test_an_unknown_exercise_and_a_file_in_the_way_are_told(
    tmp_path: Path, mitate: Callable[..., tuple[int, str, str]]
) -> None:
    with pytest.raises(InputError):
        make_films(["no_such_exercise"], tmp_path)
    code, _, told = mitate("simulate", "films", "no_such_exercise", "--out", tmp_path)
    assert code == 2
    assert "no_such_exercise" in told
    assert "Traceback" not in told
