"""The folded chain says what the file says, and what is written says what was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

import onnx
import torch
from tests.learn.face_network import SIDE, patterned, write_network

from mitate.diagnosis.embedders import Embedder
from mitate.errors import InputError
from mitate.learn.face_body import ROWS, FaceBody, images_of, rows_of, save_network
from mitate.weights import path_of


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_network(tmp_path / "small.onnx")


def test_folding_changes_nothing(network: Path) -> None:
    crops, _ = patterned(5)
    for first in range(4):
        rows = rows_of(FaceBody(network, first), crops, low_precision=False)
        np.testing.assert_allclose(rows, Embedder(network, "bn1")(crops), atol=1e-4)


def test_sface_folds(weights_ready: None) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (2, 112, 112, 3), np.uint8)
    rows = rows_of(FaceBody(path_of("sface"), 20), crops, low_precision=False)
    np.testing.assert_allclose(rows, Embedder(path_of("sface"), "bn1")(crops), atol=1e-4)


def test_only_later_blocks_have_gradients(network: Path) -> None:
    body = FaceBody(network, 2)
    body(images_of(patterned(2)[0])).square().sum().backward()
    assert [weight.grad is not None for weight in body.weights] == [False, False, True, True]
    assert [bias.grad is not None for bias in body.biases] == [False, False, True, True]


def test_gradients_are_those_of_finite_differences(network: Path) -> None:
    body = FaceBody(network).double()
    images = images_of(patterned(2)[0]).double()
    body(images).square().sum().backward()
    weight = body.weights[1]
    assert weight.grad is not None
    place, step = (3, 0, 1, 1), 1e-5
    with torch.no_grad():
        told = []
        for way in (step, -2 * step):
            weight[place] += way
            told.append(float(body(images).square().sum()))
    assert (told[0] - told[1]) / (2 * step) == pytest.approx(float(weight.grad[place]), rel=1e-4)


@pytest.mark.parametrize("first", [0, 2])
def test_what_is_written_is_what_was_learned(network: Path, tmp_path: Path, first: int) -> None:
    body, (crops, _) = FaceBody(network, first), patterned(4)
    with torch.no_grad():
        for weight in (*body.weights[first:], *body.biases[first:]):
            weight += 0.05 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    path = tmp_path / "tuned.onnx"
    assert save_network(body, path, scale=0.5, size=SIDE) < 1e-3
    rows = Embedder(path, ROWS)(crops)
    frozen = Embedder(network, "bn1")(crops)
    np.testing.assert_allclose(rows[:, : frozen.shape[1]], frozen, atol=1e-5)
    learned = rows_of(body, crops, low_precision=False)
    np.testing.assert_allclose(rows[:, frozen.shape[1] :], 0.5 * learned, atol=1e-4)
    assert np.abs(learned - frozen).max() > 0.1
    dense = next(t for t in onnx.load(network).graph.initializer if t.name == "dense")
    expected = learned @ onnx.numpy_helper.to_array(dense).T
    np.testing.assert_allclose(Embedder(path)(crops), expected, atol=1e-3)


def test_what_is_written_names_no_folder(network: Path, tmp_path: Path) -> None:
    path = tmp_path / "tuned.onnx"
    save_network(FaceBody(network), path, scale=1.0, size=SIDE)
    assert str(tmp_path).encode() not in path.read_bytes()


def test_a_convolution_that_is_not_there_is_refused(network: Path) -> None:
    with pytest.raises(InputError, match="convolutions 0 to 3"):
        FaceBody(network, 4)
