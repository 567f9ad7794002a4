"""The rows beside face_recognition: distances, its own threshold, time, and a peer that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks import diagnosis, diagnosis_speed, face_recognition_peer
from benchmarks.face_recognition_peer import distances, portrait_rows
from benchmarks.orl import NO_LIKENESS

from mitate.errors import InputError


def test_distances_are_euclidean_and_a_photo_without_a_face_is_far_from_all() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4, 128))
    apart = distances([row.tolist() for row in rows])
    told = np.linalg.norm(rows[:, None] - rows[None, :], axis=2)
    np.testing.assert_allclose(apart, told, atol=1e-6)
    missing = distances([rows[0].tolist(), None, rows[2].tolist()])
    assert (missing[1] == -NO_LIKENESS).all()
    assert missing[0, 2] == pytest.approx(told[0, 2])


def test_pairs_of_portraits_are_judged_at_the_programs_own_threshold() -> None:
    names = ["impostor_1", "person_a_1", "person_a_2", "person_b_1"]
    apart = np.full((4, 4), 0.9)
    apart[1, 2] = apart[2, 1] = 0.4
    (row,) = portrait_rows("some", apart, names, 0.6)
    assert (row.value, row.n) == (100.0, 6)
    (row,) = portrait_rows("some", apart, names, 0.95)
    assert row.value == pytest.approx(100 / 6)


def test_a_peer_that_fails_says_so(tmp_path: Path) -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    with pytest.raises(InputError, match="face_recognition failed"):
        face_recognition_peer.asked([image], 1, sys.executable)
    with pytest.raises(InputError, match="gave no answer"):
        face_recognition_peer.asked([image], 1, str(tmp_path / "no-python"))


def test_work_is_timed_after_it_is_warm() -> None:
    done: list[int] = []
    took = diagnosis_speed.repeated(lambda: done.append(1), repeats=4, warm=3)
    assert len(done) == 7
    assert len(took["seconds"]) == len(took["processor_seconds"]) == 4
    assert min(took["seconds"]) >= 0


def test_an_unknown_benchmark_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert diagnosis.main(["no such"]) == 2
    assert "there are orl, small_faces" in capsys.readouterr().err
