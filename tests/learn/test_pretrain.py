from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

from mitate.learn.batches import TrainingSet
from mitate.learn.pretrain import embed, pretrain
from mitate.learn.pretrain_settings import PretrainSettings
from mitate.learn.trainer import Trainer

SETTINGS = PretrainSettings(
    objective="both", size=16, dim=8, epochs=3, people=4, sessions=3, queue=20, low_precision=False
)


def test_pretraining_learns_change_in_people_it_never_saw(training_set: TrainingSet, tmp_path: Path) -> None:
    settings = replace(SETTINGS, objective="change", epochs=25, people=3)
    told: list[tuple[int, int]] = []
    encoder, card = pretrain(
        training_set,
        settings,
        tmp_path,
        held_share=0.25,
        progress=lambda step, of, _: told.append((step, of)),
    )
    assert card["participants"] == 9
    assert card["trained_on"] == "test"
    assert card["held_out"]["people"] == 3
    assert card["held_out"]["pairs_correlation"] > 0.6
    assert card["held_out"]["pre_post_pairs_accuracy"] > 0.8
    assert len(card["score"]) == 8
    assert told[-1] == (75, 75)
    assert not encoder.training
    json.dumps(card)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [5, 10, 15, 20, 25]


def test_embedding_does_not_depend_on_the_block(training_set: TrainingSet) -> None:
    encoder = Trainer(training_set, SETTINGS, None).encoder
    crops = training_set.crops[:7]
    assert embed(encoder, crops).shape == (7, 8)
    assert np.allclose(embed(encoder, crops), embed(encoder, crops, block=2), atol=1e-5)
