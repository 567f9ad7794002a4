from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mitate.edema.personal import Change, Estimate
from mitate.edema.report import change_in_words, estimate_in_words, estimate_picture
from mitate.face.clip import ClipReport, FaceClip


def result(excess: float = 1.94, probability: float = 0.93, frames: int = 7, **more: object) -> Estimate:
    facts: dict[str, object] = {
        "excess_kg": excess,
        "sd_kg": 0.3,
        "interval_90": (excess - 0.5, excess + 0.5),
        "edema_probability": probability,
        "threshold_kg": 1.2,
        "frame_excess_kg": np.linspace(excess - 0.3, excess + 0.3, frames),
        "frame_probability": np.full(frames, probability),
        "n_frames": frames,
        "n_labelled": 3,
        "unfamiliarity": 1.0,
        "participant_id": "p01",
        "model_id": "m",
        "trained_on": "simulated",
    }
    return Estimate(**(facts | more))  # type: ignore[arg-type]


def clip(frames: int) -> FaceClip:
    report = ClipReport(3.0, 9, 8, 1, frames, frames, {}, 0, 60.0, 1.0)
    return FaceClip(
        Path("a.mp4"),
        np.full((frames, 32, 32, 3), 128, np.uint8),
        np.linspace(0, 3, frames),
        np.zeros((frames, 3), np.float32),
        np.ones(frames, np.float32),
        np.zeros(128, np.float32),
        report,
    )


def test_the_numbers_come_first_in_words() -> None:
    lines = estimate_in_words(result()).splitlines()
    assert lines[0] == ("about 1.9 kg over dry weight, give or take 0.5 (90 % interval 1.4 to 2.4 kg)")
    assert lines[1] == (
        "oedema very likely: 93 % for fluid as before dialysis, not as after it (even odds at 1.2 kg)"
    )
    assert lines[2] == "from 7 frames, by a model of p01 that knows 3 weighed sessions"
    assert "simulated" in lines[-2]
    assert "Not a medical device" in lines[-1]


def test_below_dry_weight_and_one_of_everything() -> None:
    words = estimate_in_words(result(-0.4, 0.02, 1, n_labelled=1))
    assert words.startswith("about 0.4 kg under dry weight, give or take 0.5 (90 % interval -0.9 to +0.1 kg)")
    assert "oedema very unlikely: 2 %" in words
    assert "from 1 frame, by a model of p01 that knows 1 weighed session\n" in words


@pytest.mark.parametrize(
    ("probability", "word", "shown"),
    [
        (1.0, "very likely", "99 %"),
        (0.9, "very likely", "90 %"),
        (0.7, "likely", "70 %"),
        (0.5, "uncertain", "50 %"),
        (0.2, "unlikely", "20 %"),
        (0.0, "very unlikely", "1 %"),
    ],
)
def test_no_probability_is_certain(probability: float, word: str, shown: str) -> None:
    assert f"oedema {word}: {shown} for" in estimate_in_words(result(probability=probability))


def test_notes_and_the_cohort_are_told() -> None:
    words = estimate_in_words(result(trained_on="clinic", notes=("film again",)))
    assert "note: film again\nLearned from the cohort 'clinic'." in words


def test_a_change_in_words() -> None:
    change = Change(-1.2, 0.5, (-2.0, -0.4), 0.01, 20, 1, 1.0, "simulated")
    lines = change_in_words(change).splitlines()
    assert lines[0] == (
        "about 1.2 kg less fluid than before, give or take 0.8 (90 % interval -2.0 to -0.4 kg)"
    )
    assert lines[1] == "an increase is very unlikely: 1 %"
    assert "20 frames before and 1 frame after" in lines[2]


@pytest.mark.parametrize("frames", [1, 2, 40])
@pytest.mark.parametrize("truth", [None, 2.1])
def test_a_picture_of_any_number_of_frames(tmp_path: Path, frames: int, truth: float | None) -> None:
    path = tmp_path / "new" / "result.png"
    estimate_picture(result(frames=frames), clip(frames), path, title="p01", truth_kg=truth)
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape[1] > 1000
    assert np.unique(picture.reshape(-1, 3), axis=0).shape[0] > 20
    assert [p.name for p in path.parent.iterdir()] == ["result.png"]
