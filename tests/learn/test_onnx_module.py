from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mitate.errors import InputError

torch = pytest.importorskip("torch", reason="the train extra is not installed")

import onnx  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from mitate.learn.onnx_module import OnnxModule  # noqa: E402
from mitate.weights import onnx_session, path_of  # noqa: E402


def _write(path: Path, nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray]) -> Path:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)
    return path


def _agrees(path: Path, images: np.ndarray, tolerance: float = 1e-5) -> None:
    session = onnx_session(path)
    expected = session.run(None, {session.get_inputs()[0].name: images})[0]
    with torch.no_grad():
        found = OnnxModule(path).eval()(torch.from_numpy(images)).numpy()
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


def test_a_small_network_says_what_onnxruntime_says(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.5, shape).astype(np.float32)

    weights = {
        "w1": normal(4, 3, 3, 3),
        "b1": normal(4),
        "w2": normal(4, 1, 3, 3),
        "slope": np.abs(normal(4, 1, 1)),
        "gamma": normal(4),
        "beta": normal(4),
        "mean": normal(4),
        "variance": np.abs(normal(4)) + 0.5,
        "half": np.array(0.5, np.float32),
        "shape": np.array([1, -1], np.int64),
        "w3": normal(5, 48),
        "b3": normal(5),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["a"], pads=[1, 1, 0, 2], strides=[1, 1]),
        helper.make_node("BatchNormalization", ["a", "gamma", "beta", "mean", "variance"], ["b"]),
        helper.make_node("PRelu", ["b", "slope"], ["c"]),
        helper.make_node("Conv", ["c", "w2"], ["d"], group=4, pads=[0, 0, 0, 0], strides=[2, 2]),
        helper.make_node("Mul", ["d", "half"], ["e"]),
        helper.make_node("Reshape", ["e", "shape"], ["f"]),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["y"], transB=1),
    ]
    images = normal(1, 3, 8, 8)
    _agrees(_write(tmp_path / "net.onnx", nodes, weights), images)


def test_a_graph_frozen_at_one_picture_reads_many(tmp_path: Path) -> None:
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    path = _write(tmp_path / "net.onnx", nodes, {"shape": np.array([1, 192], np.int64)})
    assert OnnxModule(path)(torch.zeros(5, 3, 8, 8)).shape == (5, 192)


def test_an_unknown_operation_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "net.onnx", [helper.make_node("Softplus", ["x"], ["y"])], {})
    with pytest.raises(InputError, match=r"net\.onnx: .*Softplus"):
        OnnxModule(path)


def test_sface_says_what_onnxruntime_says(weights_ready: None) -> None:
    rng = np.random.default_rng(1)
    smooth = rng.uniform(0, 255, (4, 3, 14, 14)).repeat(8, axis=2).repeat(8, axis=3)
    _agrees(path_of("sface"), smooth.astype(np.float32), tolerance=1e-4)


def test_sface_parameters_are_weights_not_arithmetic(weights_ready: None) -> None:
    module = OnnxModule(path_of("sface"))
    count = sum(p.numel() for p in module.parameters())
    assert 9.4e6 < count < 9.8e6
    assert all(p.requires_grad for p in module.parameters())


def test_a_shortened_graph_ends_where_it_is_told_and_forgets_the_rest(tmp_path: Path) -> None:
    weights = {"w1": np.ones((2, 3, 1, 1), np.float32), "w2": np.ones((5, 128), np.float32)}
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"]),
        helper.make_node("Flatten", ["a"], ["b"]),
        helper.make_node("Gemm", ["b", "w2"], ["y"], transB=1),
    ]
    module = OnnxModule(_write(tmp_path / "net.onnx", nodes, weights))
    module.end_before("Flatten")
    images = torch.rand(2, 3, 8, 8)
    assert torch.allclose(module(images), images.sum(dim=1, keepdim=True).expand(2, 2, 8, 8))
    assert sum(p.numel() for p in module.parameters()) == 6
    with pytest.raises(InputError, match="cannot end before"):
        module.end_before("Gemm")


def test_frozen_layers_get_no_gradient(tmp_path: Path) -> None:
    weights = {f"w{i}": np.full((3, 3, 1, 1), 0.1 * (i + 1), np.float32) for i in range(3)}
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"]),
        helper.make_node("Conv", ["a", "w1"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["y"]),
    ]
    module = OnnxModule(_write(tmp_path / "net.onnx", nodes, weights))
    module.freeze(2)
    module(torch.rand(1, 3, 8, 8)).sum().backward()
    assert [p.grad is None for p in module.parameters()] == [True, True, False]
