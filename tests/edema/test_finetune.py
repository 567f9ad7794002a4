from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.cohort import Session, read_cohort
from mitate.edema.crops import CropSession, open_crops, write_shard
from mitate.edema.encoder import Encoder
from mitate.edema.patient import PatientReadings
from mitate.edema.pretrain import make_encoder
from mitate.edema.reading import Reading
from mitate.errors import InputError
from mitate.face.clip import ClipReport, FaceClip

pytest.importorskip("torch", reason="fine-tuning needs torch")

from mitate.edema.finetune import fine_tune_encoder
from mitate.learn.pretrain_settings import PretrainSettings


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    root = tmp_path_factory.mktemp("trained")
    rng = np.random.default_rng(3)
    crops = rng.integers(0, 256, (24, 32, 32, 3)).astype(np.uint8)
    rows = [
        CropSession(
            f"p{i // 3}", f"s{i}", i % 3, "pre" if i % 3 else "post", float(i % 3), None, None, None, i, 1
        )
        for i in range(24)
    ]
    write_shard(root / "crops", "all", crops, rows, "simulated")
    settings = PretrainSettings(size=32, dim=6, epochs=1, people=4, low_precision=False)
    return make_encoder(open_crops(root / "crops"), root / "encoder", settings)


@pytest.fixture
def patient(encoder: Encoder) -> PatientReadings:
    rng = np.random.default_rng(4)
    sessions = tuple(Session("a", f"s{i}", i, "post" if i == 0 else "pre") for i in range(3))
    readings = []
    for _ in sessions:
        crops = rng.integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
        report = ClipReport(1.0, 4, 3, 1, 4, 4, {}, 0, 60.0, 1.0)
        still = np.zeros((4, 3), np.float32)
        clip = FaceClip(
            Path("a.mp4"),
            crops,
            np.arange(4.0),
            still,
            np.ones(4, np.float32),
            np.eye(128, dtype=np.float32)[0],
            report,
        )
        readings.append(Reading(clip, encoder.embed(crops)))
    return PatientReadings("a", sessions, tuple(readings), (0.1, 2.0, 3.0), (), ())


def test_the_network_moves_towards_the_patients_kilograms(
    encoder: Encoder, patient: PatientReadings, tmp_path: Path
) -> None:
    told: list[float] = []
    own = fine_tune_encoder(
        encoder,
        patient.labelled_crops(),
        tmp_path / "own",
        participant_id="a",
        progress=lambda step, steps, loss: told.append(loss),
    )
    assert told[-1] < told[0]
    assert own.sha256 != encoder.sha256
    assert own.prior.encoder_sha256 == own.sha256
    np.testing.assert_array_equal(own.prior.basis, encoder.prior.basis)
    assert own.trained_on == "simulated"
    assert own.card["fine_tuned"]["from_sha256"] == encoder.sha256
    assert own.card["fine_tuned"]["participant_id"] == "a"
    again = patient.reread(own)
    made = again.model(own)
    assert made.model.encoder_sha256 == own.sha256
    assert made.model.n_labelled == 3
    assert not np.array_equal(again.readings[0].embeddings, patient.readings[0].embeddings)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["own"]


def test_too_little_and_the_wrong_place(encoder: Encoder, patient: PatientReadings, tmp_path: Path) -> None:
    unlabelled = replace(patient, excess_kg=(None, None, 1.0))
    with pytest.raises(InputError, match="two labelled sessions"):
        fine_tune_encoder(encoder, unlabelled.labelled_crops(), tmp_path / "own", participant_id="a")
    (tmp_path / "kept.txt").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="already exists"):
        fine_tune_encoder(encoder, patient.labelled_crops(), tmp_path, participant_id="a")
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"]


def test_by_the_command_line(
    portrait_cohort: Path,
    weights_ready: None,
    encoder: Encoder,
    tmp_path: Path,
    mitate: Callable[..., tuple[int, str, str]],
) -> None:
    assert read_cohort(portrait_cohort).participants
    own, model = tmp_path / "own", tmp_path / "b.json"
    typed = (
        "--participant",
        "b",
        "--out",
        model,
        "--encoder",
        encoder.root,
        "--frames",
        2,
        "--fine-tune",
        own,
    )
    code, out, _ = mitate("edema", "personalise", portrait_cohort, *typed)
    assert code == 0
    assert out.splitlines()[-1].endswith(f"--model {model} --encoder {own}")
    film = portrait_cohort / "videos/b0pre.mp4"
    assert mitate("edema", "estimate", film, "--model", model, "--encoder", own)[0] == 0
    code, _, err = mitate("edema", "estimate", film, "--model", model, "--encoder", encoder.root)
    assert code == 2
    assert "another encoder" in err
