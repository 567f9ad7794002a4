from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mitate.body.lift_input import PATCH_SIDE, VECTOR
from mitate.body.points import POINTS
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS

Mitate = Callable[..., tuple[int, str, str]]
needs_torch = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("torch", "onnxscript")),
    reason="the train extra is not installed",
)


def write_clip(path: Path, seed: int, moments: int = 30) -> None:
    """A clip of random numbers in the form of the simulator's."""
    rng = np.random.default_rng(seed)
    path.parent.mkdir(exist_ok=True)
    np.savez(
        path,
        vectors=rng.normal(size=(moments, VECTOR)).astype(np.float32),
        patches=rng.integers(0, 255, (moments, PATCH_SIDE, PATCH_SIDE)).astype(np.uint8),
        seen=np.ones(moments, bool),
        angles=rng.normal(0, 20, (moments, len(ANGLES))).astype(np.float32),
        joints=rng.normal(0, 0.3, (moments, len(JOINTS), 3)).astype(np.float32),
        curve=rng.normal(0, 10, (moments, CURVE_POINTS, 2)).astype(np.float32),
        points=rng.normal(0, 0.3, (moments, len(POINTS), 3)).astype(np.float32),
        view=np.zeros(3, np.float32),
        looseness=np.float32(0),
        age=np.float32(50),
        movement=np.array("squat"),
    )


@needs_torch
def test_a_lift_is_trained_and_written_whole(mitate: Mitate, tmp_path: Path) -> None:
    learn, others, out = tmp_path / "learn", tmp_path / "others", tmp_path / "lift"
    for number in range(3):
        write_clip(learn / f"1-0000{number}.npz", number)
    write_clip(others / "2-00000.npz", 9)
    code, said, _ = mitate("lift", "train", learn, out, "--held-out", others, "--minutes", "0.01", "--json")
    assert code == 0
    card = json.loads(said)["card"]
    assert card["trained_on"] == "simulated"
    assert card["people"] == 3
    assert card["held_out"]["people"] == 1
    assert sorted(path.name for path in out.iterdir()) == ["card.json", "frame.onnx", "time.onnx"]
    assert not (tmp_path / "lift.work").exists()
    code, said, error = mitate("lift", "train", learn, out, "--held-out", others)
    assert (code, said) == (2, "")
    assert "already exists" in error


@needs_torch
def test_people_who_are_learned_from_are_no_judges(mitate: Mitate, tmp_path: Path) -> None:
    write_clip(tmp_path / "learn" / "1-00000.npz", 0)
    code, _, error = mitate(
        "lift", "train", tmp_path / "learn", tmp_path / "lift", "--held-out", tmp_path / "learn"
    )
    assert code == 2
    assert "learned from" in error
    code, _, error = mitate(
        "lift", "train", tmp_path / "none", tmp_path / "lift", "--held-out", tmp_path / "learn"
    )
    assert code == 2
    assert "no training clips" in error.strip().splitlines()[-1]
    assert not (tmp_path / "lift").exists()


@pytest.mark.parametrize("wrong", [["--people", "0", "--seed", "1"], ["--people", "1"], ["--workers", "0"]])
def test_options_that_cannot_be_are_one_line(mitate: Mitate, tmp_path: Path, wrong: list[str]) -> None:
    code, said, error = mitate("lift", "clips", tmp_path / "out", *wrong)
    assert (code, said) == (2, "")
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()
