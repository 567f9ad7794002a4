"""Which networks can be folded, and what a second branch shares with the first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

from tests.learn.face_network import WIDTHS, write_network

from mitate.errors import InputError
from mitate.learn.face_chain import ROWS, chain_of, two_branches


def test_a_chain_is_read_in_order(tmp_path: Path) -> None:
    chain = chain_of(write_network(tmp_path / "small.onnx"))
    assert [len(block.bias) for block in chain.blocks] == list(WIDTHS)
    assert [block.groups for block in chain.blocks] == [1, 8, 1, 1]
    assert [block.stride for block in chain.blocks] == [(2, 2), (1, 1), (2, 2), (2, 2)]
    assert (chain.minus, chain.times) == (127.5, 0.0078125)


def test_layers_that_did_not_learn_are_written_once(tmp_path: Path) -> None:
    chain = chain_of(write_network(tmp_path / "small.onnx"))
    learned = [(block.weight, block.bias) for block in chain.blocks]
    for first in range(4):
        graph = onnx.load_from_string(two_branches(chain, first, learned[first:], 1.0)).graph
        ops = [node.op_type for node in graph.node]
        assert ops.count("Conv") == 4 + 4 - first
        assert any(ROWS in node.output for node in graph.node)
        names = [tensor.name for tensor in graph.initializer]
        assert len(names) == len(set(names))
        assert all(np.isfinite(onnx.numpy_helper.to_array(one)).all() for one in graph.initializer)


def test_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="uneven borders"):
        chain_of(write_network(tmp_path / "uneven.onnx", uneven=True))
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(InputError, match="not an ONNX file"):
        chain_of(tmp_path / "text.onnx")
    model = onnx.load(write_network(tmp_path / "small.onnx"))
    del model.graph.node[0]
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(InputError, match="cannot be fine-tuned"):
        chain_of(tmp_path / "other.onnx")
