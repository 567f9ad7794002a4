from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mitate import video
from mitate.back.check_outputs import FILES
from mitate.back.triage import red_flag_names

Run = Callable[..., tuple[int, str, str]]
BEND = Path(__file__).parents[2] / "examples" / "films" / "forward-bend.mp4"
ANSWERS: dict[str, Any] = {
    "person": {"age": 74, "sex": "female"},
    "answers": {"worse_sitting": True, "worse_bending": True, "eased_standing": True},
    "red_flags": dict.fromkeys(red_flag_names(), False),
}


@pytest.fixture
def answers(tmp_path: Path) -> Callable[..., Path]:
    def write(**more: Any) -> Path:
        path = tmp_path / "answers.json"
        path.write_text(json.dumps({**ANSWERS, **more}), encoding="utf-8")
        return path

    return write


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    """A film of nobody."""
    path = tmp_path / "wall.mp4"
    video.write(path, [np.full((160, 120, 3), 150, np.uint8)] * 12, frame_rate=10)
    return path


def test_help_has_an_example(mitate: Run) -> None:
    code, out, _ = mitate("back", "assess", "--help")
    assert code == 0
    assert "Example: mitate back assess --forward-bend a.mp4" in " ".join(out.split())


def test_from_a_film_and_answers_to_a_folder_and_back_again(
    mitate: Run, weights_ready: None, wall: Path, answers: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "report"
    typed = ("back", "assess", "--forward-bend", BEND, "--squat", wall, "--interview", answers())
    code, told, _ = mitate(*typed, "--height", 152, "--out", out, "--workers", 1)
    assert code == 0
    assert "What fits best" in told or "What was found" in told or "not clear yet" in told
    assert f"report: {out / 'report.html'}" in told
    assert set(FILES) <= {path.name for path in out.iterdir()}
    assert not list(tmp_path.glob(".report*"))
    result = json.loads((out / "result.json").read_text("utf-8"))
    assert [bool(film["refused"]) for film in result["films"]] == [False, True]
    page = (out / "report.html").read_text("utf-8")
    assert "pictures/forward_bend-farthest.jpg" in page
    assert (out / "pictures" / "forward_bend-farthest.jpg").is_file()
    code, told, err = mitate("back", "explain", out / "case.json", "--json")
    assert (code, err) == (0, "")
    assert json.loads(told)["causes"] == result["reasoning"]["causes"]


def test_answers_alone_as_json_and_compared_with_an_earlier_check(
    mitate: Run, answers: Callable[..., Path], tmp_path: Path
) -> None:
    path = answers(questionnaires={"disability": [3] * 10})
    code, told, err = mitate("back", "assess", "--interview", path, "--out", tmp_path / "first", "--json")
    assert (code, err) == (0, "")
    assert json.loads(told)["out"] == str(tmp_path / "first")
    path = answers(questionnaires={"disability": [1] * 10})
    code, told, _ = mitate(
        "back", "assess", "--interview", path, "--before", tmp_path / "first", "--language", "ja"
    )
    assert code == 0
    assert "前回からの変化" in told
    assert "60から20%" in told.replace(" ", "")


def test_a_red_flag_stops_before_a_film_is_looked_at(
    mitate: Run, answers: Callable[..., Path], tmp_path: Path
) -> None:
    flagged = answers(red_flags={"saddle_anaesthesia": True})
    out = tmp_path / "report"
    code, told, _ = mitate(
        "back", "assess", "--squat", tmp_path / "gone.mp4", "--interview", flagged, "--out", out
    )
    assert code == 0
    assert "SEE A DOCTOR" in told
    assert "emergency department" in (out / "report.html").read_text("utf-8")
    assert not (out / "pictures").exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "nothing to judge from"),
        (["--squat", "gone.mp4"], "gone.mp4"),
        (["--interview", "gone.json"], "gone.json"),
        (["--details"], "--details"),
        (["--neck-rotation", "gone.mp4", "--squat", "gone.mp4"], "movement"),
        (["--squat", "gone.mp4", "--sex", "other"], "sex"),
        (["--squat", "gone.mp4", "--age", "-3"], "age"),
        (["--squat", "gone.mp4", "--height", "1.6"], "--height"),
        (["--squat", "gone.mp4", "--before", "gone"], "gone"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    mitate: Run, tmp_path: Path, typed: list[str], said: str
) -> None:
    where = [] if "--details" in typed else ["--out", str(tmp_path / "out")]
    code, out, err = mitate("back", "assess", *typed, *where)
    assert (code, out) == (2, "")
    assert "\n" not in err.strip()
    assert said in err
    assert not list(tmp_path.iterdir())


def test_the_only_film_refused_and_nothing_told_is_an_error(
    mitate: Run, weights_ready: None, wall: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, told, err = mitate("back", "assess", "--squat", wall, "--out", out, "--json")
    assert (code, err) == (2, "")
    assert json.loads(told)["error"]["reason"] == "no_person"
    assert [path.name for path in tmp_path.iterdir()] == ["wall.mp4"]


def test_nothing_is_written_over_and_nothing_is_read_for_it(mitate: Run, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    code, _, err = mitate("back", "assess", "--squat", "gone.mp4", "--out", tmp_path)
    assert code == 2
    assert "already exists" in err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_interrupted_it_leaves_nothing(
    mitate: Run, monkeypatch: pytest.MonkeyPatch, answers: Callable[..., Path], tmp_path: Path
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mitate.back.check_outputs.write_pdf", interrupted)
    code, _, err = mitate("back", "assess", "--interview", answers(), "--out", tmp_path / "out")
    assert code == 130
    assert "interrupted" in err
    assert [path.name for path in tmp_path.iterdir()] == ["answers.json"]
