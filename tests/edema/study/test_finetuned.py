from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.crops import CropStore
from mitate.edema.study.course import Course, Split, split_course
from mitate.edema.study.finetuned import FineTuned
from mitate.errors import InputError

pytest.importorskip("torch", reason="fine-tuning needs torch")

from mitate.edema.pretrain import make_encoder
from mitate.learn.pretrain_settings import PretrainSettings

Draw = Callable[..., list[Course]]


@pytest.fixture(scope="module")
def encoder(population: CropStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fine-tuned") / "encoder"
    settings = PretrainSettings(size=32, dim=6, epochs=2, people=6, low_precision=False)
    return make_encoder(population, out, settings).root


@pytest.fixture(scope="module")
def split(world: Draw) -> Split:
    found = split_course(world(1)[0], 2)
    assert found is not None
    return found


def test_it_answers_alike_every_time_and_can_be_pickled(encoder: Path, split: Split) -> None:
    row = FineTuned(encoder, name="tuned", steps=3)
    first = row.answer(split.lessons, split.exams)
    again = pickle.loads(pickle.dumps(row)).answer(split.lessons, split.exams)
    assert len(first) == len(split.exams)
    for one, other in zip(first, again, strict=True):
        assert one.excess_kg == other.excess_kg
        np.testing.assert_array_equal(one.frame_high_kg, other.frame_high_kg)


def test_steps_move_the_answers(encoder: Path, split: Split) -> None:
    said = [
        FineTuned(encoder, name="tuned", steps=steps).answer(split.lessons, split.exams)[0].excess_kg
        for steps in (1, 10)
    ]
    assert said[0] != said[1]


def test_a_lone_reference_is_refused(encoder: Path, split: Split) -> None:
    row = FineTuned(encoder, name="tuned")
    assert row.least_days == 1
    with pytest.raises(InputError, match="two labelled sessions"):
        row.answer(split.lessons[:1], split.exams)
