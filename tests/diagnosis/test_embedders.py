from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mitate.diagnosis.embedders import VIEWS, Embedder, sface_embedder, sface_layer, views
from mitate.diagnosis.face_in import Seeing, face_in
from mitate.errors import InputError, WeightsError
from mitate.face.embed import FaceEmbedder

Image = NDArray[np.uint8]
SIDE = 8


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that takes means of 4 x 4 px as its layer `means`, and as its output sums of these."""
    graph = helper.make_graph(
        [
            helper.make_node("AveragePool", ["image"], ["means"], kernel_shape=[4, 4], strides=[4, 4]),
            helper.make_node("Flatten", ["means"], ["flat"]),
            helper.make_node("Gemm", ["flat", "ones"], ["sums"]),
        ],
        "means",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["n", 2])],
        [numpy_helper.from_array(np.ones((12, 2), np.float32), "ones")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    file = tmp_path_factory.mktemp("network") / "means.onnx"
    file.write_bytes(model.SerializeToString())
    return file


def _crops(count: int, side: int = SIDE) -> Image:
    return np.random.default_rng(count).integers(0, 256, (count, side, side, 3)).astype(np.uint8)


def _means(crops: Image) -> NDArray[np.float64]:
    """(n, 12): the mean of each quarter, channel by channel."""
    quarters = crops.reshape(len(crops), 2, 4, 2, 4, 3).mean(axis=(2, 4))
    return np.asarray(quarters.transpose(0, 3, 1, 2).reshape(len(crops), 12))


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_layer_and_output_of_any_number_of_crops(network: Path, count: int) -> None:
    crops = _crops(count)
    layer, output = Embedder(network, "means")(crops), Embedder(network)(crops)
    assert layer.dtype == output.dtype == np.float32
    assert (layer.shape, output.shape) == ((count, 12), (count, 2))
    np.testing.assert_allclose(layer, _means(crops), rtol=1e-5)
    np.testing.assert_allclose(output, np.repeat(_means(crops).sum(1, keepdims=True), 2, axis=1), rtol=1e-5)


def test_both_at_once_are_what_each_is_alone(network: Path) -> None:
    crops = _crops(5)
    layer, output = Embedder(network, "means").both(crops)
    np.testing.assert_array_equal(layer, Embedder(network, "means")(crops))
    np.testing.assert_array_equal(output, Embedder(network)(crops))
    np.testing.assert_array_equal(*Embedder(network).both(crops))


def test_crops_that_are_a_view_of_others_are_read_rightly(network: Path) -> None:
    crops = _crops(6)
    flipped = crops[::2, :, ::-1]
    np.testing.assert_allclose(Embedder(network, "means")(flipped), _means(flipped), rtol=1e-5)


def test_an_embedder_is_pickled_used_or_not(network: Path) -> None:
    crops, embedder = _crops(3), Embedder(network, "means")
    unused = pickle.loads(pickle.dumps(embedder))
    expected = embedder(crops)
    used = pickle.loads(pickle.dumps(embedder))
    for copy in (unused, used):
        assert (copy.network, copy.layer, copy.threads) == (network, "means", 1)
        np.testing.assert_array_equal(copy(crops), expected)
    assert len(pickle.dumps(embedder)) < 1000


@pytest.mark.parametrize(
    "crops",
    [
        np.zeros((2, SIDE, SIDE), np.uint8),
        np.zeros((2, 3, SIDE, SIDE), np.uint8),
        np.zeros((2, SIDE + 1, SIDE, 3), np.uint8),
        np.zeros((2, SIDE, SIDE, 3), np.float32),
    ],
)
def test_other_arrays_are_refused(network: Path, crops: Any) -> None:
    with pytest.raises(InputError, match=r"crops must be uint8 \(n, 8, 8, 3\)"):
        Embedder(network)(crops)


def test_a_file_or_a_layer_that_is_not_there_is_told_when_it_is_needed(network: Path) -> None:
    absent, wrong = Embedder(network.with_name("absent.onnx")), Embedder(network, "mean")
    with pytest.raises(WeightsError, match=r"absent\.onnx: no such model file"):
        absent(_crops(1))
    with pytest.raises(WeightsError, match="the network has no layer mean"):
        wrong(_crops(1))


def test_views_are_what_opencv_makes_of_each_crop() -> None:
    crops = _crops(3, 12)
    plain, flip, grey, grey_flip = views(crops)
    np.testing.assert_array_equal(plain, crops)
    for place, crop in enumerate(crops):
        luma = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        np.testing.assert_array_equal(flip[place], cv2.flip(crop, 1))
        np.testing.assert_array_equal(grey[place], luma)
        np.testing.assert_array_equal(grey_flip[place], cv2.flip(luma, 1))


@given(names=st.lists(st.sampled_from(VIEWS), min_size=1, max_size=6), count=st.integers(0, 3))
def test_views_come_in_the_order_asked_for(names: list[Any], count: int) -> None:
    crops = _crops(count, 4)
    found, every = views(crops, names), dict(zip(VIEWS, views(crops), strict=True))
    assert found.shape == (len(names), count, 4, 4, 3)
    assert found.dtype == np.uint8
    for name, one in zip(names, found, strict=True):
        np.testing.assert_array_equal(one, every[name])


def test_a_view_of_another_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"no view is called 'upside down'.*plain, flip, grey, grey flip"):
        views(_crops(1), ["upside down"])  # type: ignore[list-item]


@pytest.fixture(scope="module")
def faces(portrait: Callable[[str], Image], weights_ready: None) -> Image:
    """Two persons, two photos each."""
    seeing = Seeing.load()
    stems = ("person_a_1", "person_a_2", "person_b_1", "person_b_2")
    return np.stack([face_in(portrait(stem), seeing).crop for stem in stems])


def test_sface_is_the_one_that_tells_who_it_is(faces: Image) -> None:
    layer, embedding = sface_layer().both(faces)
    assert (layer.shape, embedding.shape) == ((4, 50_176), (4, 128))
    np.testing.assert_allclose(sface_embedder()(faces), embedding, atol=1e-5)
    unit = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    np.testing.assert_allclose(unit, FaceEmbedder()(faces), atol=1e-5)


def test_the_layer_too_knows_persons_and_little_of_the_view(faces: Image) -> None:
    rows = np.stack([sface_layer()(view) for view in views(faces, ("plain", "grey"))])
    unit = rows / np.linalg.norm(rows, axis=2, keepdims=True)
    alike = unit[0] @ unit[0].T
    same, others = min(alike[0, 1], alike[2, 3]), alike[:2, 2:].max()
    assert same > others
    assert (unit[0] * unit[1]).sum(axis=1).min() > others
