"""Fine-tuning and training from scratch on one patient."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="training needs torch")

import torch

from mitate.errors import InputError
from mitate.learn.backbones import FaceNet
from mitate.learn.export import export_onnx
from mitate.learn.onnx_module import OnnxModule
from mitate.learn.pretrain import embed
from mitate.learn.transfer import FineTuneSettings, fine_tune, train_from_scratch

SIZE = 32
Sessions = list[tuple[NDArray[np.uint8], float]]


def sessions(excess: list[float]) -> Sessions:
    """Crops in which one corner brightens with kilograms."""
    rng = np.random.default_rng(0)
    face = rng.uniform(60, 150, (SIZE, SIZE, 3))
    found = []
    for kilograms in excess:
        pictures = face + rng.normal(0, 5, (4, SIZE, SIZE, 3))
        pictures[:, 16:, :16] += 20 * kilograms
        found.append((pictures.clip(0, 255).astype(np.uint8), kilograms))
    return found


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("network") / "encoder.onnx"
    export_onnx(FaceNet(SIZE, 8, (8, 8, 8, 8)), path, SIZE)
    return path


def _error(
    module: torch.nn.Module, direction: NDArray[np.float64], data: list[tuple[NDArray[np.uint8], float]]
) -> float:
    scores = np.array([(embed(module, crops) @ direction).mean() for crops, _ in data])
    excess = np.array([kilograms for _, kilograms in data])
    return float(np.abs((scores - scores.mean()) - (excess - excess.mean())).mean())


def test_fine_tuning_makes_changes_of_the_patient_right(network: Path) -> None:
    data = sessions([0.0, 2.0, 0.5, 2.5])
    direction = np.full(8, 0.3)
    settings = FineTuneSettings(steps=40, learning_rate=3e-3, pull=0.0)
    tuned = fine_tune(network, direction, data, settings)
    assert _error(tuned, direction, data) < 0.5 * _error(OnnxModule(network).eval(), direction, data)


def test_a_strong_pull_keeps_the_weights(network: Path) -> None:
    data = sessions([0.0, 2.0])
    free, held = (
        fine_tune(network, np.full(8, 0.3), data, FineTuneSettings(steps=10, learning_rate=3e-3, pull=pull))
        for pull in (0.0, 100.0)
    )
    start = OnnxModule(network)

    def moved(module: OnnxModule) -> float:
        pairs = zip(module.parameters(), start.parameters(), strict=True)
        return sum(float(((new - old) ** 2).sum().detach()) for new, old in pairs)

    assert moved(held) < 0.2 * moved(free)


def test_the_same_seed_gives_the_same_network(network: Path) -> None:
    data = sessions([0.0, 2.0])
    settings = FineTuneSettings(steps=3)
    first, second = (fine_tune(network, np.ones(8), data, settings) for _ in range(2))
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_from_scratch_learns_kilograms() -> None:
    torch.manual_seed(0)
    data = sessions([-1.0, 1.0, -0.5, 1.5])
    model = train_from_scratch(
        FaceNet(SIZE, 1, (8, 8, 8, 8)), data, FineTuneSettings(steps=60, learning_rate=3e-3)
    )
    assert _error(model, np.ones(1), data) < 0.6


def test_one_session_is_refused(network: Path) -> None:
    with pytest.raises(InputError, match="two labelled sessions"):
        fine_tune(network, np.ones(8), sessions([1.0]))


def test_progress_counts_the_steps(network: Path) -> None:
    seen: list[tuple[int, int]] = []
    fine_tune(
        network,
        np.ones(8),
        sessions([0.0, 1.0]),
        FineTuneSettings(steps=3),
        progress=lambda step, steps, loss: seen.append((step, steps)),
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]
