from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, CropStore, open_crops, write_shard
from mitate.edema.encoder import load_encoder
from mitate.errors import InputError

pytest.importorskip("torch", reason="training needs torch")

from mitate.edema.study.trained import OBJECTIVE_ROWS, STARTED_ROW, train_rows
from mitate.learn.pretrain_settings import PretrainSettings

SETTINGS = PretrainSettings(size=32, dim=4, epochs=1, people=4, queue=16, low_precision=False)


def _store(root: Path, first: int) -> CropStore:
    """Six people with a day: crops of noise that are brighter where there is more fluid."""
    rng = np.random.default_rng(first)
    crops: list[NDArray[np.uint8]] = []
    sessions: list[CropSession] = []
    for who in range(first, first + 6):
        for phase, excess in (("pre", 1.0 + 0.3 * who), ("post", 0.1 * who)):
            crops.append(rng.normal(90 + 10 * excess, 20, (2, 32, 32, 3)).clip(0, 255).astype(np.uint8))
            sessions.append(
                CropSession(f"p{who}", phase, 0, phase, excess, None, None, None, 2 * len(sessions), 2)
            )
    write_shard(root, "all", np.concatenate(crops), sessions, "a clinic")
    return open_crops(root)


def test_every_objective_gets_an_encoder_once(tmp_path: Path) -> None:
    learners, others = _store(tmp_path / "a", 0), _store(tmp_path / "b", 6)
    made = train_rows(learners, others, tmp_path / "rows", SETTINGS)
    assert set(made) == {*OBJECTIVE_ROWS, STARTED_ROW}
    cards = {row: load_encoder(path).card for row, path in made.items()}
    objectives = {row: card["settings"]["objective"] for row, card in cards.items()}
    assert objectives == {**OBJECTIVE_ROWS, STARTED_ROW: "centred"}
    assert len({card["sha256"]["encoder.onnx"] for card in cards.values()}) == len(made)
    assert {card["participants"]["prior"] for card in cards.values()} == {6}
    kept = {path: (path / "encoder.onnx").stat().st_mtime_ns for path in made.values()}
    assert train_rows(learners, others, tmp_path / "rows", SETTINGS) == made
    assert kept == {path: (path / "encoder.onnx").stat().st_mtime_ns for path in made.values()}


def test_nobody_teaches_the_network_and_the_prior(tmp_path: Path) -> None:
    store = _store(tmp_path / "a", 0)
    with pytest.raises(InputError, match="both learned from and tested on"):
        train_rows(store, store, tmp_path / "rows", SETTINGS)
