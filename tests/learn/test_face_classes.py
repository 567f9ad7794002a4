"""Fine-tuning on classes: it learns, it is reproducible, and it leaves torch as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="the train extra is not installed")

import torch
from tests.learn.face_network import patterned, write_network

from mitate.errors import InputError
from mitate.learn.face_body import FaceBody, rows_of
from mitate.learn.face_classes import ClassSettings, class_weights, fine_tune_classes

SETTINGS = ClassSettings(first=0, epochs=8, batch=10, body_rate=3e-3, head_rate=1e-2, low_precision=False)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("network") / "small.onnx")


def right(body: FaceBody, train: NDArray[np.uint8], targets: NDArray[np.int64], test_seed: int) -> float:
    """Share of new people whose nearest class mean is their own, by cosine about the mean face."""
    crops, truth = patterned(40, seed=test_seed)
    rows, new = rows_of(body, train), rows_of(body, crops)
    means = np.stack([rows[targets == k].mean(axis=0) for k in (0, 1)]) - rows.mean(axis=0)
    cosine = (new - rows.mean(axis=0)) @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T
    return float(np.mean(cosine.argmax(axis=1) == truth))


def test_classes_are_told_apart_better_on_new_people(network: Path) -> None:
    crops, targets = patterned(40)
    losses: list[float] = []
    tuned = fine_tune_classes(
        network, crops, targets, 2, SETTINGS, progress=lambda done, steps, loss: losses.append(loss)
    )
    before = right(FaceBody(network), crops, targets, 7)
    assert right(tuned, crops, targets, 7) > max(0.85, before + 0.05)
    assert len(losses) == 32
    assert np.mean(losses[-5:]) < losses[0] - 0.02


def test_the_same_seed_gives_the_same_network_and_torch_stays_as_it_was(network: Path) -> None:
    crops, targets = patterned(12)
    short = replace(SETTINGS, epochs=2)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    first, second = (fine_tune_classes(network, crops, targets, 2, short) for _ in range(2))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    other = fine_tune_classes(network, crops, targets, 2, replace(short, seed=1))
    for a, b in zip(first.weights, second.weights, strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(first.weights[0], other.weights[0])


def test_earlier_layers_stay(network: Path) -> None:
    crops, targets = patterned(12)
    tuned, start = (
        fine_tune_classes(network, crops, targets, 2, replace(SETTINGS, first=2)),
        FaceBody(network),
    )
    same = [torch.equal(a, b) for a, b in zip(tuned.weights, start.weights, strict=True)]
    assert same == [True, True, False, False]


def test_rare_classes_weigh_up_to_twice_as_much() -> None:
    np.testing.assert_allclose(class_weights(np.array([0] * 10 + [1] * 5 + [2] * 50), 3), [0.75, 1, 0.55])
    with pytest.raises(InputError, match="no faces"):
        class_weights(np.array([0, 2]), 3)
