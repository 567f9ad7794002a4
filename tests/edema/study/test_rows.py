from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.crops import CropStore
from mitate.edema.encoder import Encoder
from mitate.edema.study.course import Course, split_course
from mitate.edema.study.frozen import FROZEN
from mitate.edema.study.rows import rows
from mitate.edema.study.scratch import Scratch

pytest.importorskip("torch", reason="the row from scratch needs torch")

Draw = Callable[..., list[Course]]


@pytest.mark.usefixtures("weights_ready")
def test_all_rows_answer_are_kept_and_can_be_pickled(
    population: CropStore, tiny_encoder: Encoder, world: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(FROZEN):  # the tests of `frozen` run the networks
        monkeypatch.delitem(FROZEN, name)
    few = population.only(population.participants[:6])
    told: list[str] = []
    scratch = Scratch(seeds=1, steps=1, size=16)

    def made() -> list[str]:
        found = rows(
            {"ours": tiny_encoder.root},
            few,
            tmp_path / "rows",
            quick=True,
            scratch=scratch,
            progress=lambda what, done, total, detail: told.append(what),
        )
        split = split_course(world(1, frames=2)[0], 1)
        assert split is not None
        said = []
        for row in found:
            copied = pickle.loads(pickle.dumps(row))
            answers = copied.answer(split.lessons, split.exams)
            assert len(answers) == len(split.exams)
            for answer in answers:
                assert answer.interval_90[0] <= answer.excess_kg <= answer.interval_90[1]
                assert 0 <= answer.probability <= 1
                assert np.isfinite(answer.doubt)
                assert len(answer.frame_low_kg) == 2
            said.append(
                f"{row.name} {row.least_days} {answers[0].excess_kg:.9f} {answers[0].probability:.9f}"
            )
        return said

    first = made()
    assert [line.split(" ")[0] for line in first] == ["patient's", "mesh", "from", "ours"]
    assert any("mesh" in what for what in told)
    told.clear()
    assert made() == first
    assert not any("looking at people" in what for what in told)
