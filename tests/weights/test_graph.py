from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mitate import weights
from mitate.errors import WeightsError
from mitate.weights.graph import part_of


def _network(slope: NDArray[np.float32]) -> onnx.ModelProto:
    """Two convolutions, each with a PRelu, and a dense layer; one branch that nobody needs."""
    rng = np.random.default_rng(0)
    constants = {
        "one": rng.normal(0, 1, (8, 3, 3, 3)).astype(np.float32),
        "two": rng.normal(0, 0.3, (8, 8, 1, 1)).astype(np.float32),
        "slope": slope,
        "dense": rng.normal(0, 1, (5, 8 * 6 * 6)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["image", "one"], ["a"]),
        helper.make_node("PRelu", ["a", "slope"], ["b"]),
        helper.make_node("Conv", ["b", "two"], ["c"]),
        helper.make_node("PRelu", ["c", "slope"], ["map"]),
        helper.make_node("Flatten", ["map"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense"], ["out"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 8, 8])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", 5])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


SLOPES = {
    "a channel": np.linspace(-0.6, 1.2, 8, dtype=np.float32).reshape(8, 1, 1),
    "all": np.array([0.25], np.float32),
    "none": np.zeros((8, 1, 1), np.float32),
}


@pytest.fixture(params=list(SLOPES))
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "small.onnx"
    onnx.save(_network(SLOPES[request.param]), str(file))
    return file


@pytest.fixture
def images() -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(0, 1, (4, 3, 8, 8)).astype(np.float32)


def _answers(model: bytes | Path, images: NDArray[np.float32]) -> list[NDArray[Any]]:
    return [np.asarray(one) for one in weights.onnx_session(model).run(None, {"image": images})]


def test_the_whole_network_says_the_same(network: Path, images: NDArray[np.float32]) -> None:
    (expected,), (found,) = _answers(network, images), _answers(part_of(network), images)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_a_layer_is_what_it_was_and_nothing_after_it_is_left(
    network: Path, images: NDArray[np.float32]
) -> None:
    whole = onnx.load(str(network))
    whole.graph.output.append(helper.make_tensor_value_info("map", TensorProto.FLOAT, None))
    expected = _answers(whole.SerializeToString(), images)[::-1]
    found = _answers(part_of(network, ["map", None]), images)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    part = onnx.load_from_string(part_of(network, ["map"]))
    assert {node.op_type for node in part.graph.node} <= {"Conv", "PRelu", "Relu", "Add"}
    assert "dense" not in {tensor.name for tensor in part.graph.initializer}


def test_a_slope_a_channel_is_made_of_quicker_nodes(network: Path, request: pytest.FixtureRequest) -> None:
    kinds = [node.op_type for node in onnx.load_from_string(part_of(network)).graph.node]
    one_for_all = request.node.callspec.params["network"] == "all"
    assert kinds.count("PRelu") == (2 if one_for_all else 0)


def test_a_layer_that_is_not_there_is_one_clear_error(network: Path) -> None:
    with pytest.raises(WeightsError, match=r"small\.onnx: the network has no layer nap, nip$"):
        part_of(network, ["nip", "map", "nap"])


def test_a_file_that_is_no_network_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such model file"):
        part_of(tmp_path / "absent.onnx")
    (tmp_path / "x.onnx").write_bytes(b"not a model" * 10)
    with pytest.raises(WeightsError, match=r"x\.onnx: not an ONNX file"):
        part_of(tmp_path / "x.onnx")


def test_sface_says_the_same_quicker(weights_ready: None) -> None:
    images = np.random.default_rng(0).uniform(0, 255, (2, 3, 112, 112)).astype(np.float32)
    file = weights.path_of("sface")
    (expected,), (found,) = (
        weights.onnx_session(model).run(None, {"data": images}) for model in (file, part_of(file))
    )
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    assert "PRelu" not in {node.op_type for node in onnx.load_from_string(part_of(file)).graph.node}
