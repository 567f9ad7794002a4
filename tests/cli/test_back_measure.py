from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mitate import video
from mitate.back.outputs import FILES

SHARED = Path(__file__).parents[2] / "../shared/data"
Run = Callable[..., tuple[int, str, str]]


def test_help_has_an_example(mitate: Run) -> None:
    code, out, _ = mitate("back", "measure", "--help")
    assert code == 0
    assert "Example: mitate back measure bend.mp4 --movement forward_bend" in " ".join(out.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--movement", "forward_bnd"], "forward_bend"),
        (["--movement", "squat", "--age", "-1"], "--age"),
        (["--movement", "squat", "--sex", "other"], "--sex"),
        (["--movement", "squat", "--height", "1.6"], "--height"),
        (["--movement", "squat"], "no such film.mp4"),
        ([], "--movement"),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_line(mitate: Run, options: list[str], said: str) -> None:
    code, out, err = mitate("back", "measure", "no such film.mp4", *options)
    assert (code, out) == (2, "")
    assert said in err
    assert "\n" not in err.strip()


def test_an_error_as_json(mitate: Run) -> None:
    code, out, err = mitate("back", "measure", "no such film.mp4", "--movement", "squat", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["error"]["kind"] == "InputError"


def test_a_photo_is_told_from_a_film(mitate: Run, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((320, 240, 3), 90, np.uint8))
    code, _, err = mitate("back", "measure", tmp_path / "photo.png", "--movement", "squat")
    assert code == 2
    assert "this is a photo" in err


def test_a_film_without_anybody_is_refused_and_leaves_nothing(
    mitate: Run, weights_ready: None, tmp_path: Path
) -> None:
    film = tmp_path / "wall.mp4"
    video.write(film, [np.full((320, 240, 3), 150, np.uint8)] * 20, frame_rate=10)
    out = tmp_path / "out"
    code, told, err = mitate("back", "measure", film, "--movement", "squat", "--out", out, "--json")
    assert (code, err) == (2, "")
    assert json.loads(told)["error"]["reason"] == "no_person"
    assert [path.name for path in tmp_path.iterdir()] == ["wall.mp4"]


def test_squats_of_a_real_person_from_film_to_folder_and_back(
    mitate: Run, weights_ready: None, tmp_path: Path
) -> None:
    film = SHARED / "tfjs_pose_reference/pose-detection/test_data/pose_squats.mp4"
    if not film.is_file():
        pytest.skip("the shared film of tfjs_pose_reference is not here")
    out = tmp_path / "squats"
    measure = ("back", "measure", film, "--movement", "squat")
    code, told, _ = mitate(*measure, "--age", 45, "--out", out)
    assert code == 0
    assert told.startswith("Squat: ")
    assert "Learned from simulated people" in told
    assert f"back explain {out / 'observations.json'}" in told
    assert {path.name for path in out.iterdir()} == set(FILES)
    drawn = video.probe(out / "annotated.mp4")
    assert drawn.frame_count == video.probe(film).frame_count
    assert drawn.height > drawn.width
    code, told, err = mitate(*measure, "--before", out / "result.json", "--json")
    assert (code, err) == (0, "")
    found = json.loads(told)
    assert found["repetitions"]
    assert found["measures"]["peak_knee_flexion_deg"]["value"] > 60
    assert found["changes"]
    assert not any(change["is_real"] for change in found["changes"])
    assert (found["trained_on"], found["out"]) == ("simulated", None)


def test_nothing_is_written_over_and_nothing_is_read_for_it(mitate: Run, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    code, _, err = mitate("back", "measure", "none.mp4", "--movement", "squat", "--out", tmp_path)
    assert code == 2
    assert "already exists" in err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_earlier_result_that_is_none_is_told(mitate: Run, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    code, _, err = mitate(
        "back", "measure", "none.mp4", "--movement", "squat", "--before", tmp_path / "other.json"
    )
    assert code == 2
    assert "not a result of mitate back measure" in err
