from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator

from mitate import weights
from mitate.errors import WeightsError
from mitate.weights.dequantise import dequantise, dequantise_block
from mitate.weights.store import member_path


def _only_data(model: onnx.ModelProto) -> onnx.ModelProto:
    """The published graph as it was meant: everything but 'data' is a constant, not an input."""
    meant = onnx.ModelProto()
    meant.CopyFrom(model)
    data = [value for value in meant.graph.input if value.name == "data"]
    del meant.graph.input[:]
    meant.graph.input.extend(data)
    return meant


def test_small_network_answers_as_the_reference_evaluator(quantised: onnx.ModelProto, tmp_path: Path) -> None:
    source, target = tmp_path / "q.onnx", tmp_path / "plain.onnx"
    onnx.save(quantised, str(source))
    dequantise(source, target)
    data = np.random.default_rng(0).uniform(0, 255, (1, 3, 8, 8)).astype(np.float32)
    (expected,) = ReferenceEvaluator(_only_data(quantised)).run(None, {"data": data})
    (found,) = weights.onnx_session(target).run(None, {"data": data})
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


def test_result_has_one_input_a_free_batch_and_no_quantised_node(
    quantised: onnx.ModelProto, tmp_path: Path
) -> None:
    source, target = tmp_path / "q.onnx", tmp_path / "plain.onnx"
    onnx.save(quantised, str(source))
    dequantise(source, target)
    plain = onnx.load(str(target))
    assert [value.name for value in plain.graph.input] == ["data"]
    assert not {node.op_type for node in plain.graph.node} & {"DequantizeLinear", "Reshape", "Dropout"}
    session = weights.onnx_session(target)
    data = np.random.default_rng(0).uniform(0, 255, (3, 3, 8, 8)).astype(np.float32)
    (together,) = session.run(None, {"data": data})
    alone = np.concatenate([session.run(None, {"data": one[None]})[0] for one in data])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-4)


def test_same_input_gives_the_same_bytes(quantised: onnx.ModelProto, tmp_path: Path) -> None:
    source = tmp_path / "q.onnx"
    onnx.save(quantised, str(source))
    for name in ("a.onnx", "b.onnx"):
        dequantise(source, tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_sface_answers_as_onnxruntime_dequantising_it_itself(weights_ready: None) -> None:
    published = _only_data(onnx.load(str(member_path(weights.find("sface")))))
    reference = _session_of_bytes(published.SerializeToString())
    data = np.random.default_rng(0).uniform(0, 255, (4, 3, 112, 112)).astype(np.float32)
    expected = np.concatenate([reference.run(None, {"data": one[None]})[0] for one in data])
    (found,) = weights.onnx_session(weights.path_of("sface")).run(None, {"data": data})
    assert found.shape == (4, 128)
    assert np.abs(found - expected).max() < 1e-5


def _session_of_bytes(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "x.onnx"
    source.write_bytes(b"not a model" * 10)
    with pytest.raises(WeightsError, match=r"x\.onnx: (not an ONNX file|0 inputs)"):
        dequantise(source, tmp_path / "y.onnx")
    assert not (tmp_path / "y.onnx").exists()


@given(
    rows=st.integers(1, 4),
    columns=st.integers(1, 30),
    block=st.integers(1, 12),
    axis=st.integers(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_blocks_agree_with_one_number_at_a_time(
    rows: int, columns: int, block: int, axis: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shape = (rows, columns)
    runs = tuple(-(-n // block) if i == axis else n for i, n in enumerate(shape))
    quantised = rng.integers(-128, 128, shape).astype(np.int8)
    scale = rng.uniform(0.001, 1, runs).astype(np.float32)
    zero = rng.integers(-128, 128, runs).astype(np.int8)
    found = dequantise_block(quantised, scale, zero, axis=axis, block=block)
    for at in np.ndindex(shape):
        run = tuple(k // block if i == axis else k for i, k in enumerate(at))
        expected = np.float32(int(quantised[at]) - int(zero[run])) * scale[run]
        assert found[at] == pytest.approx(float(expected), rel=1e-6)


def test_one_scale_for_each_channel() -> None:
    quantised = np.array([[2, 4], [6, 8]], np.int8)
    found = dequantise_block(
        quantised, np.array([0.5, 2], np.float32), np.array([0, 1], np.int8), axis=0, block=0
    )
    np.testing.assert_array_equal(found, np.array([[1, 2], [10, 14]], np.float32))
