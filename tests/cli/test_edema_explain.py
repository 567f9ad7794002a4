from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from mitate.edema.cohort import read_cohort
from mitate.edema.encoder import Encoder
from mitate.edema.patient import personalise_patient
from mitate.face.select import Networks

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def model(
    portrait_cohort: Path, tiny_encoder: Encoder, networks: Networks, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("models") / "a.json"
    cohort = read_cohort(portrait_cohort)
    personalise_patient(cohort, "a", tiny_encoder, days=1, frames=2, networks=networks).model.save(path)
    return path


def test_a_real_face_is_explained(
    mitate: Run, portrait_cohort: Path, tiny_encoder: Encoder, model: Path, tmp_path: Path
) -> None:
    videos = portrait_cohort / "videos"
    typed = ("edema", "explain", videos / "a1pre.mp4", "--model", model, "--encoder", tiny_encoder.root)
    small = ("--frames", 2, "--grid", 4)
    picture = tmp_path / "why.png"
    code, out, _ = mitate(*typed, *small, "--reference", videos / "a0post.mp4", "--picture", picture)
    assert code == 0
    assert "of the difference rests on the" in out
    assert "not where the water is" in out
    assert cv2.imread(str(picture)) is not None
    code, out, _ = mitate(*typed, *small, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["against"] == "neutral"
    assert told["reference"] == []
    assert sum(part["share"] for part in told["parts"]) == pytest.approx(1)
    assert told["n_frames"] == 2


def test_what_cannot_be_explained_is_told(
    mitate: Run, portrait_cohort: Path, tiny_encoder: Encoder, model: Path
) -> None:
    videos = portrait_cohort / "videos"
    own = ("--model", model, "--encoder", tiny_encoder.root)
    for typed in (
        (videos / "b0pre.mp4", *own),
        (videos / "absent.mp4", *own),
        (videos / "a1pre.mp4", *own, "--reference", videos / "b0pre.mp4"),
        (videos / "a1pre.mp4", "--model", model),
        (videos / "a1pre.mp4", *own, "--grid", 1),
    ):
        code, out, told = mitate("edema", "explain", *typed)
        assert code == 2
        assert out == ""
        assert told.splitlines()[-1].startswith("mitate: ")
        assert "bug" not in told
