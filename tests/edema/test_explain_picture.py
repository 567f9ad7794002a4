from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.edema.test_explain import explained

from mitate.edema.explain import Explanation
from mitate.edema.explain_picture import explain_picture, explanation_in_words, groups


@pytest.fixture(scope="module")
def of_cheeks() -> Explanation:
    return explained("cheek right", "cheek right")


def test_right_and_left_are_told_together(of_cheeks: Explanation) -> None:
    told = groups(of_cheeks)
    assert told[0][0] == "cheeks"
    assert sum(share for _, _, share in told) == pytest.approx(1)
    assert sum(kg for _, kg, _ in told) == pytest.approx(of_cheeks.estimate_kg - of_cheeks.start_kg)
    assert {name for name, _, _ in told} >= {"upper lids", "lips", "not the face"}


def test_the_words_say_what_rests_on_what_and_what_that_is_not(of_cheeks: Explanation) -> None:
    lines = explanation_in_words(of_cheeks).splitlines()
    assert "once everything looks as in the reference session" in lines[0]
    assert "of the difference rests on the cheeks (+" in lines[1]
    assert "rests on what is not the face" in lines[2]
    assert "not where the water is" in lines[-2]
    assert "Not a medical device" in lines[-1]


def test_the_wall_is_warned_of() -> None:
    assert "Warning: film again" in explanation_in_words(explained("not the face", "not the face"))


def test_without_a_reference_no_kilograms_are_told(of_cheeks: Explanation) -> None:
    words = explanation_in_words(explained("cheek right", "cheek right", reference=None))
    assert "what moves the estimate lies on the" in words
    assert "kg" not in words.splitlines()[0]
    assert "note: no reference session" in words


def test_nothing_is_called_nothing() -> None:
    assert explanation_in_words(explained(None)).startswith("nothing in the picture moves the estimate")


@pytest.mark.parametrize("frames", [1, 3])
def test_a_picture_is_written_whole(tmp_path: Path, of_cheeks: Explanation, frames: int) -> None:
    path = tmp_path / "new" / "why.png"
    explain_picture(replace(of_cheeks, n_frames=frames), path, title="p01, today.mp4")
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape[1] > 1000
    assert np.unique(picture.reshape(-1, 3), axis=0).shape[0] > 100
    assert [p.name for p in path.parent.iterdir()] == ["why.png"]


def test_a_picture_of_nothing_can_be_drawn(tmp_path: Path) -> None:
    explain_picture(explained(None), tmp_path / "why.png")
    assert (tmp_path / "why.png").stat().st_size > 1000
