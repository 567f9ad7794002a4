from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.simulate.swell_cases import example_frame

from mitate.simulate.swell import swell_photo

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def photo(weights_ready: None, tmp_path: Path) -> Path:
    path = tmp_path / "face.png"
    cv2.imwrite(str(path), example_frame()[..., ::-1])
    return path


def test_a_pair_is_written(mitate: Run, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "pair.png"
    code, told, _ = mitate("simulate", "swell", photo, "--excess-kg", 2, "--out", out, "--both")
    assert code == 0
    assert "computed swelling of +2 kg" in told
    picture = cv2.imread(str(out))
    assert picture is not None
    halves = np.split(np.asarray(picture)[..., ::-1], 2, axis=1)
    np.testing.assert_array_equal(halves[0], swell_photo(example_frame(), 0.0))
    np.testing.assert_array_equal(halves[1], swell_photo(example_frame(), 2.0))


def test_json_says_that_it_is_computed_and_how_much(mitate: Run, photo: Path, tmp_path: Path) -> None:
    typed = ("simulate", "swell", photo, "--excess-kg", "-1", "--out", tmp_path / "a.png")
    code, told, _ = mitate(*typed, "--pattern-seed", 3, "--strength", 2, "--json")
    assert code == 0
    found = json.loads(told)
    assert found["computed"] is True
    assert found["swept_ml"] < 0
    assert set(found) == {"out", "excess_kg", "ml_per_kg", "swept_ml", "mm_per_px", "computed"}


def test_what_cannot_be_done_is_said(mitate: Run, photo: Path, tmp_path: Path) -> None:
    nobody = tmp_path / "nobody.png"
    cv2.imwrite(str(nobody), np.full((300, 300, 3), 120, np.uint8))
    cases = (
        ((nobody, "--excess-kg", 2, "--out", tmp_path / "a.png"), "nobody.png: no face"),
        ((tmp_path / "absent.png", "--excess-kg", 2, "--out", tmp_path / "a.png"), "absent.png"),
        ((photo, "--excess-kg", 20, "--out", tmp_path / "a.png"), "--excess-kg"),
        ((photo, "--excess-kg", "nan", "--out", tmp_path / "a.png"), "--excess-kg"),
        ((photo, "--excess-kg", 2, "--out", tmp_path / "a.jpg"), ".png"),
        ((photo, "--excess-kg", 2, "--out", photo / "a.png"), "written"),
    )
    for typed, said in cases:
        code, _, error = mitate("simulate", "swell", *typed)
        assert code == 2, typed
        assert said in error, typed
        assert "Traceback" not in error
    assert not (tmp_path / "a.png").exists()
