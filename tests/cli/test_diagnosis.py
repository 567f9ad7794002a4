from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.diagnosis.example_sets import EXAMPLE, part_of

Mitate = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with six people of each class, and the other two as another clinic's."""
    folder = tmp_path_factory.mktemp("diagnosis")
    part_of(EXAMPLE, folder / "our-faces", slice(None, 6))
    part_of(EXAMPLE, folder / "others", slice(6, None))
    return folder


@pytest.fixture
def model(weights_ready: None, place: Path, mitate: Mitate) -> Path:
    """Trained by the command line once."""
    out = place / "our-model"
    if not out.exists():
        told = mitate("diagnosis", "train", place / "our-faces", "--out", out, "--folds", 2, "--no-rivals")
        code, said, _ = told
        assert code == 0
        assert "trained on: simulated" in said
        assert str(out / "report.html") in said
    return out


def photo_of(data: Path) -> Path:
    """The first photo of a data set of the example."""
    header, row, *_ = (data / "photos.csv").read_text(encoding="utf-8").splitlines()
    return Path(row.split(",")[header.split(",").index("file")])


@pytest.mark.usefixtures("weights_ready")
def test_check_says_what_is_there(place: Path, mitate: Mitate) -> None:
    code, said, _ = mitate("diagnosis", "check", place / "our-faces", "--workers", 1)
    assert code == 0
    assert "unaffected: 6 people, 6 photos" in said
    assert "simulated" in said
    code, said, _ = mitate("diagnosis", "check", place / "our-faces", "--workers", 1, "--json")
    assert code == 0
    assert json.loads(said)["ok"] is True


@pytest.mark.usefixtures("weights_ready")
def test_check_refuses_with_exit_code_2_and_names_the_line(
    place: Path, mitate: Mitate, tmp_path: Path
) -> None:
    data = tmp_path / "broken"
    shutil.copytree(place / "our-faces", data)
    table = data / "photos.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(".jpg", ".gone", 1), encoding="utf-8")
    code, said, wrong = mitate("diagnosis", "check", data, "--workers", 1)
    assert code == 2
    assert "photos.csv:2" in said
    assert "Traceback" not in said + wrong
    code, said, _ = mitate("diagnosis", "check", data, "--workers", 1, "--json")
    assert code == 2
    assert json.loads(said)["ok"] is False


def test_train_twice_into_one_place_is_refused(model: Path, place: Path, mitate: Mitate) -> None:
    code, _, wrong = mitate("diagnosis", "train", place / "our-faces", "--out", model)
    assert code == 2
    assert "something in this place" in wrong


def test_predict_tells_a_photo_and_refuses_a_wall(model: Path, place: Path, mitate: Mitate) -> None:
    import cv2

    wall = place / "wall.png"
    cv2.imwrite(str(wall), np.full((240, 320, 3), 130, np.uint8))
    photo = photo_of(place / "others")
    code, said, _ = mitate("diagnosis", "predict", photo, wall, "--model", model, "--json")
    assert code == 0
    first, second = json.loads(said)["photos"]
    assert sum(one["probability"] for one in first["candidates"]) == pytest.approx(1)
    assert first["trained_on"] == "simulated"
    assert second["outcome"] == "cannot_tell"
    assert second["reason"] == "no_face"
    code, said, _ = mitate("diagnosis", "predict", wall, "--model", model)
    assert code == 0
    assert "no face is seen" in said
    assert "SIMULATED" in said


def test_predict_of_no_file_and_of_no_model(model: Path, place: Path, mitate: Mitate) -> None:
    code, _, wrong = mitate("diagnosis", "predict", place / "nothing.jpg", "--model", model)
    assert code == 2
    assert "nothing.jpg" in wrong
    code, _, wrong = mitate("diagnosis", "predict", photo_of(place / "others"), "--model", place)
    assert code == 2
    assert "mitate diagnosis train" in wrong


def test_evaluate_other_people_and_nobody_who_was_learned_from(
    model: Path, place: Path, mitate: Mitate
) -> None:
    code, said, _ = mitate("diagnosis", "evaluate", place / "others", "--model", model, "--workers", 1)
    assert code == 0
    assert "asked for 90 %" in said
    assert "unaffected: 2 people, 2 photos" in said
    code, said, _ = mitate(
        "diagnosis", "evaluate", place / "others", "--model", model, "--workers", 1, "--json"
    )
    assert code == 0
    assert len(json.loads(said)["outcomes"]) == 3
    code, _, wrong = mitate("diagnosis", "evaluate", place / "our-faces", "--model", model, "--workers", 1)
    assert code == 2
    assert "flatter" in wrong


def test_export_says_how_far_it_differs(model: Path, place: Path, mitate: Mitate) -> None:
    out = place / "onnx"
    code, said, _ = mitate("diagnosis", "export", "--model", model, "--out", out, "--json")
    assert code == 0
    assert json.loads(said)["parity"] < 1e-4
    assert (out / "README.md").is_file()
    code, _, wrong = mitate("diagnosis", "export", "--model", model, "--out", out)
    assert code == 2
    assert "something in this place" in wrong


@pytest.mark.usefixtures("weights_ready")
def test_a_gallery_from_begin_to_end(place: Path, mitate: Mitate, tmp_path: Path) -> None:
    rare, photo = tmp_path / "rare", photo_of(place / "others")
    code, said, _ = mitate("diagnosis", "gallery", "add", "--data", place / "our-faces", "--gallery", rare)
    assert code == 0
    assert "18 people" in said
    typed = ("gallery", "add", photo, "--label", "new", "--person", "p7", "--simulated", "--gallery", rare)
    code, said, _ = mitate("diagnosis", *typed, "--json")
    assert code == 0
    assert json.loads(said)["photos"] == 19
    code, said, _ = mitate("diagnosis", "gallery", "match", photo, "--gallery", rare, "--top", 2)
    assert code == 0
    assert said.splitlines()[0].split()[:2] == ["1", "new"]
    code, said, _ = mitate("diagnosis", "gallery", "evaluate", "--gallery", rare, "--json")
    assert code == 0
    assert json.loads(said)["persons"] == 18  # a class of one person can only be ranked among others
    code, said, _ = mitate("diagnosis", "gallery", "remove", "--person", "p7", "--gallery", rare)
    assert code == 0
    assert "removed 1 photos; 18 are left" in said


def test_a_gallery_needs_to_know_who_and_what(place: Path, mitate: Mitate, tmp_path: Path) -> None:
    photo = photo_of(place / "others")
    for typed in (
        ("add", photo, "--label", "new"),
        ("add", "--label", "new", "--person", "p"),
        ("add", photo, "--data", place / "others"),
        ("remove",),
        ("remove", "--person", "p", "--label", "new"),
    ):
        code, _, wrong = mitate("diagnosis", "gallery", *typed, "--gallery", tmp_path / "rare")
        assert code == 2
        assert "Traceback" not in wrong
    assert not (tmp_path / "rare").exists()
