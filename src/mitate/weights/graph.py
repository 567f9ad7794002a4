"""An ONNX network cut down to what is wanted of it, and made quicker without changing what it says.

onnxruntime's PRelu takes more than half of SFace's time on one core: it is not vectorised and forces every
tensor out of the blocked layout (NCHWc) in which its convolutions work. PRelu(x) is s·x + (1 - s)·relu(x), so
a Relu and two 1x1 convolutions of single channels say the same within that layout: 8 ms a face instead of 18.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mitate.errors import WeightsError

__all__ = ["part_of", "read_onnx"]


def read_onnx(network: Path) -> onnx.ModelProto:
    """The graph of an ONNX file.

    Raises:
        WeightsError: it is none.
        OSError: the file cannot be read.
    """
    try:
        return onnx.load(str(network))
    except OSError:
        raise
    except Exception as error:  # protobuf's DecodeError, which is no public name of onnx
        raise WeightsError(f"not an ONNX file: {error}", where=network) from error


def part_of(network: Path, layers: Sequence[str | None] = (None,)) -> bytes:
    """The network up to some of its tensors; nothing that comes after them is left in it.

    Args:
        network: an ONNX file with one input.
        layers: names of tensors inside it, which become the outputs in this order; None for its own output.

    Returns:
        An ONNX file's content. It answers as the network does, but for rounding (1e-6 of the largest value).

    Raises:
        WeightsError: the file is missing, is no ONNX file, or has no such tensor.
    """
    if not network.is_file():
        raise WeightsError("no such model file", where=network)
    model = read_onnx(network)
    graph = model.graph
    if not graph.output:
        raise WeightsError("not an ONNX file: it has no output", where=network)
    names = [graph.output[0].name if layer is None else layer for layer in layers]
    nodes = _nodes_for(graph, names)
    lacking = set(names).difference(*(node.output for node in nodes))
    if lacking:
        raise WeightsError(f"the network has no layer {', '.join(sorted(lacking))}", where=network)
    constants = {tensor.name: tensor for tensor in graph.initializer}
    nodes = [quick for node in nodes for quick in _quicker(node, constants)]
    used = {name for node in nodes for name in node.input}
    part = helper.make_graph(
        nodes,
        graph.name,
        list(graph.input),
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names],
        [tensor for name, tensor in constants.items() if name in used],
    )
    whole = helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)
    return bytes(whole.SerializeToString())


def _nodes_for(graph: Any, names: Sequence[str]) -> list[Any]:
    needed, nodes = set(names), []
    for node in reversed(graph.node):  # sorted: what a node reads comes before it
        if needed.intersection(node.output):
            nodes.append(node)
            needed.update(node.input)
    return nodes[::-1]


def _quicker(node: Any, constants: dict[str, Any]) -> list[Any]:
    """The node, or what takes its place; `constants` gains what that needs."""
    if node.op_type != "PRelu" or node.input[1] not in constants:
        return [node]
    slope = numpy_helper.to_array(constants[node.input[1]])
    if slope.ndim != 3 or slope.shape[1:] != (1, 1) or slope.dtype != np.float32:
        return [node]  # one slope for all channels, or one a pixel: not what face networks have
    (source, _), (target,) = node.input, node.output

    def scaled(of: str, by: NDArray[np.float32], to: str) -> Any:
        constants[f"{to}_scale"] = numpy_helper.from_array(by.reshape(-1, 1, 1, 1), f"{to}_scale")
        return helper.make_node("Conv", [of, f"{to}_scale"], [to], group=len(by), kernel_shape=[1, 1])

    part = f"{target}_part"
    return [
        helper.make_node("Relu", [source], [f"{part}_positive"]),
        scaled(source, slope, f"{part}_all"),
        scaled(f"{part}_positive", np.asarray(1 - slope, np.float32), f"{part}_more"),
        helper.make_node("Add", [f"{part}_all", f"{part}_more"], [target]),
    ]
