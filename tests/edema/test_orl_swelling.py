"""The examination on real faces: its statistics, and that it runs on people whose photographs are at hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from benchmarks import orl_swelling
from benchmarks.orl_swelling import Pairs, figures
from tests.simulate.swell_cases import example_frame

from mitate.edema.encoder import Encoder
from mitate.simulate.swell_people import read_person


def made_pairs(slope: float, people: int = 12) -> Pairs:
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(people), 60)
    truth = np.tile(np.repeat([0.0, 0.5, 1.0, 2.0, 3.0, 4.0], 10), people)
    answer = slope * truth + rng.normal(0, 1, len(truth))
    return Pairs(person, np.tile([True, False], len(truth) // 2), truth, answer)


def test_statistics_are_those_of_numpy() -> None:
    pairs = made_pairs(0.7)
    r, low, high, n = orl_swelling._over_people(pairs, orl_swelling._r)
    assert r == pytest.approx(np.corrcoef(pairs.truth_kg, pairs.answer_kg)[0, 1])
    assert low < r < high
    assert n == 12
    slope = orl_swelling._over_people(pairs, orl_swelling._slope)[0]
    assert slope == pytest.approx(np.polyfit(pairs.truth_kg, pairs.answer_kg, 1)[0])
    right = orl_swelling._direction("x", pairs, 2.0, "made up", 80.0)
    assert right.value == pytest.approx(100 * np.mean(pairs.at(2.0).answer_kg > 0))
    assert right.low is not None
    assert right.low <= right.value


def test_unswollen_pairs_count_in_one_order() -> None:
    mean, holds, spread = orl_swelling._centred("x", made_pairs(0.7), "made up")
    still = made_pairs(0.7).at(0.0)
    assert mean.value == pytest.approx(still.answer_kg[still.forward].mean())
    assert holds.value == 100.0
    assert holds.met
    assert spread.value == pytest.approx(1.0, abs=0.2)
    assert not orl_swelling._centred(
        "x", Pairs(still.person, still.forward, still.truth_kg, still.answer_kg + 9), "m"
    )[1].met


def test_rows_of_two_people(
    tiny_encoder: Encoder, weights_ready: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orl_swelling, "STRENGTHS", (1.0,))
    monkeypatch.setattr(orl_swelling, "_LEAST_FOUR", 4)
    people = []
    for number in (0, 1):
        folder = tmp_path / f"p{number}"
        folder.mkdir()
        for session in range(4):
            small = cv2.resize(
                example_frame(number, session), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA
            )
            cv2.imwrite(str(folder / f"{session}.png"), small[..., ::-1])
        people.append(read_person(folder, 1))
    rows = figures(people, tiny_encoder, "simulated, two people", ", a note")
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert all(row.name.endswith(", a note") and row.n == 2 for row in rows)
    assert {row.bar for row in rows if row.bar is not None} == {80.0, 0.6, 100.0}
    for row in rows:
        row.as_row()  # finite
