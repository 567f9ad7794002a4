from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mitate.edema.cohort import Cohort, Participant, Session, write_cohort
from mitate.errors import WeightsError
from mitate.weights import path_of

Run = Callable[..., tuple[int, str, str]]
EXAMPLE = Path(__file__).parents[2] / "examples" / "two-patients"


@pytest.fixture
def ready(weights_ready: None) -> None:
    """For tests that come as far as the rows' own networks and torch."""
    pytest.importorskip("torch", reason="the row from scratch needs torch")
    try:
        path_of("efficientnet_lite0")
    except WeightsError as error:
        pytest.skip(str(error))


def _error(told: str) -> str:
    lines = [line for line in told.splitlines() if line.startswith("mitate: ")]
    assert len(lines) == 1, told
    assert "Traceback" not in told
    return lines[0]


def test_help_has_an_example(mitate: Run) -> None:
    code, out, _ = mitate("edema", "benchmark", "--help")
    assert code == 0
    assert "Example: mitate edema benchmark --quick --out trial" in " ".join(out.split())


def test_too_small_a_cohort_is_refused_at_once(mitate: Run, tmp_path: Path) -> None:
    code, out, err = mitate("edema", "benchmark", "--cohort", EXAMPLE, "--quick", "--out", tmp_path / "out")
    assert (code, out) == (2, "")
    assert "at least 8 participants with two weighed and filmed sessions; found 2" in _error(err)
    assert not (tmp_path / "out").exists()
    code, out, _ = mitate(
        "edema", "benchmark", "--cohort", EXAMPLE, "--quick", "--out", tmp_path / "out", "--json"
    )
    assert code == 2
    assert json.loads(out)["error"]["kind"] == "InputError"


def test_what_is_no_cohort_is_refused(mitate: Run, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        code, _, err = mitate("edema", "benchmark", "--cohort", place, "--out", tmp_path / "out")
        assert code == 2
        assert str(place) in _error(err)
    assert not (tmp_path / "out").exists()


def _clinic(root: Path) -> Path:
    """Tables of eight people whose videos are no videos."""
    (root / "videos").mkdir(parents=True)
    people, sessions = [], []
    for name in (f"p{i}" for i in range(8)):
        people.append(Participant(name, "F", 70, 60.0))
        for day in (0, 1):
            for phase, weight in (("pre", 62.0), ("post", 60.2)):
                place = f"videos/{name}{day}{phase}.mp4"
                (root / place).write_bytes(b"no film")
                sessions.append(
                    Session(
                        name, f"{day}{phase}", day, "pre" if phase == "pre" else "post", weight, None, place
                    )
                )
    write_cohort(root, Cohort("a clinic", tuple(people), tuple(sessions)))
    return root


def test_a_folder_of_something_else_stays_as_it_is(mitate: Run, ready: None, tmp_path: Path) -> None:
    clinic = _clinic(tmp_path / "clinic")
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("dear", encoding="utf-8")
    code, _, err = mitate("edema", "benchmark", "--cohort", clinic, "--quick", "--out", out)
    assert code == 2
    assert "holds something else" in _error(err)
    assert [p.name for p in out.iterdir()] == ["letter.txt"]


def test_films_that_cannot_be_used_end_in_one_error(mitate: Run, ready: None, tmp_path: Path) -> None:
    clinic, out = _clinic(tmp_path / "clinic"), tmp_path / "out"
    typed = ("edema", "benchmark", "--cohort", clinic, "--quick", "--out", out, "--workers", 1)
    code, _, err = mitate(*typed)
    assert code == 2
    assert "none of the 32 clips of this cohort can be used" in _error(err)
    assert not list(out.glob("*.html"))
    code, _, err = mitate(*typed, "--frames", 5)
    assert code == 2
    assert "begun here with other settings" in _error(err)
