"""The ONNX side of `mitate.learn.face_body`: a chain folded for training, and written with a branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mitate.errors import InputError

__all__ = ["ROWS", "Block", "Chain", "chain_of", "two_branches"]

ROWS = "rows"
"""The tensor of a written network that holds frozen and learned maps side by side."""

Array = NDArray[np.float32]
_BLOCK_OPS = ["Conv", "BatchNormalization", "PRelu"]
_NEW = "tuned_"


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Convolution and normalisation folded into one, and a slope for what is below zero.

    Attributes:
        weight: (out, in / groups, k, k); bias, slope: (out,).
        stride, padding: of both axes.
        groups: of channels.
    """

    weight: Array
    bias: Array
    slope: Array
    stride: tuple[int, int]
    padding: tuple[int, int]
    groups: int


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A network as it is trained again.

    Attributes:
        model: as it was read.
        minus, times: what is taken off a picture, and multiplied with.
        blocks: in order.
        last: gain and offset (C,) of the last map.
        starts: the tensor that each block reads.
        flat: the node that flattens the last map.
        tail: the nodes after it.
    """

    model: Any
    minus: float
    times: float
    blocks: tuple[Block, ...]
    last: tuple[Array, Array]
    starts: tuple[str, ...]
    flat: Any
    tail: tuple[Any, ...]


def chain_of(network: Path) -> Chain:
    """Read a network of the kind of SFace.

    Raises:
        InputError: it is none, or is no ONNX file.
    """
    try:
        model = onnx.load(str(network))
    except Exception as error:  # protobuf's DecodeError, which is no public name of onnx
        raise InputError(f"not an ONNX file: {error}", where=network) from error
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = list(model.graph.node)
    ops = [node.op_type for node in nodes]
    count = ops.count("Conv")
    end = 2 + 3 * count
    if count == 0 or ops[: end + 2] != ["Sub", "Mul", *_BLOCK_OPS * count, "BatchNormalization", "Flatten"]:
        raise InputError("this is no network of the kind of SFace, and cannot be fine-tuned", where=network)
    blocks = tuple(_folded(nodes[i : i + 3], constants) for i in range(2, end, 3))
    return Chain(
        model=model,
        minus=float(constants[nodes[0].input[1]].item()),
        times=float(constants[nodes[1].input[1]].item()),
        blocks=blocks,
        last=_affine(nodes[end], constants),
        starts=tuple(nodes[i].input[0] for i in range(2, end, 3)),
        flat=nodes[end + 1],
        tail=tuple(nodes[end + 2 :]),
    )


def two_branches(chain: Chain, first: int, learned: list[tuple[Array, Array]], scale: float) -> bytes:
    """The network with a second branch from block `first` on.

    Args:
        chain: of the network.
        first: the first block that has learned.
        learned: (weight, bias) of every block from there on.
        scale: of the learned map beside the frozen one.

    Returns:
        An ONNX file. `ROWS` holds the frozen map and, times `scale`, the learned one; the output is what the
        network's own dense layer makes of the learned one.
    """
    graph = chain.model.graph
    kept = [node for node in graph.node if node.output[0] not in _outputs(chain.tail)]
    used = {name for node in (*kept, *chain.tail) for name in node.input}
    constants = [tensor for tensor in graph.initializer if tensor.name in used]
    nodes, own, x = [], [], chain.starts[first]
    for place, (weight, bias) in enumerate(learned, start=first):
        block, out = chain.blocks[place], f"{_NEW}{place}"
        arrays = {"w": weight, "b": bias, "a": block.slope.reshape(-1, 1, 1)}
        own += [numpy_helper.from_array(np.asarray(a, np.float32), f"{out}_{k}") for k, a in arrays.items()]
        geometry = {"strides": list(block.stride), "pads": [*block.padding] * 2, "group": block.groups}
        nodes.append(helper.make_node("Conv", [x, f"{out}_w", f"{out}_b"], [f"{out}_c"], **geometry))
        nodes.append(helper.make_node("PRelu", [f"{out}_c", f"{out}_a"], [out]))
        x = out
    gain, offset = (one.reshape(1, -1, 1, 1) for one in chain.last)
    for name, value in (("gain", gain), ("offset", offset), ("scale", np.array(scale))):
        own.append(numpy_helper.from_array(np.asarray(value, np.float32), _NEW + name))
    flat = _NEW + "flat"
    nodes += [
        helper.make_node("Mul", [x, _NEW + "gain"], [_NEW + "gained"]),
        helper.make_node("Add", [_NEW + "gained", _NEW + "offset"], [_NEW + "map"]),
        helper.make_node("Flatten", [_NEW + "map"], [flat]),
        helper.make_node("Mul", [flat, _NEW + "scale"], [_NEW + "scaled"]),
        helper.make_node("Concat", [chain.flat.output[0], _NEW + "scaled"], [ROWS], axis=1),
    ]
    renamed = {chain.flat.output[0]: flat} | {name: _NEW + name for name in _outputs(chain.tail)}
    for node in chain.tail:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.input[:] = [renamed.get(name, name) for name in node.input]
        copy.output[:] = [renamed[name] for name in node.output]
        nodes.append(copy)
    width = [None, *(d.dim_value or None for d in graph.output[0].type.tensor_type.shape.dim[1:])]
    final = renamed[graph.output[0].name]
    output = helper.make_tensor_value_info(final, TensorProto.FLOAT, width)
    whole = helper.make_graph([*kept, *nodes], "fine-tuned", list(graph.input), [output], [*constants, *own])
    made = helper.make_model(whole, opset_imports=chain.model.opset_import, ir_version=chain.model.ir_version)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def _outputs(nodes: tuple[Any, ...]) -> set[str]:
    return {name for node in nodes for name in node.output}


def _affine(node: Any, constants: Mapping[str, NDArray[Any]]) -> tuple[Array, Array]:
    """(gain, offset) of a normalisation that no longer learns."""
    gamma, beta, mean, variance = (constants[name].astype(np.float64) for name in node.input[1:5])
    epsilon = {one.name: one.f for one in node.attribute}.get("epsilon", 1e-5)
    gain = gamma / np.sqrt(variance + epsilon)
    return gain.astype(np.float32), (beta - mean * gain).astype(np.float32)


def _folded(nodes: list[Any], constants: Mapping[str, NDArray[Any]]) -> Block:
    conv, normalise, prelu = nodes
    attributes = {one.name: helper.get_attribute_value(one) for one in conv.attribute}
    gain, offset = _affine(normalise, constants)
    weight = constants[conv.input[1]]
    bias = constants[conv.input[2]] * gain if len(conv.input) > 2 else 0.0
    top, left, *rest = attributes.get("pads", [0, 0, 0, 0])
    if [top, left] != rest or set(attributes.get("dilations", [1])) != {1}:
        raise InputError("a convolution with uneven borders or gaps cannot be fine-tuned", where=conv.name)
    across, down = attributes.get("strides", [1, 1])
    return Block(
        weight=np.asarray(weight * gain[:, None, None, None], np.float32),
        bias=np.asarray(offset + bias, np.float32),
        slope=np.broadcast_to(constants[prelu.input[1]].reshape(-1), gain.shape).astype(np.float32),
        stride=(across, down),
        padding=(top, left),
        groups=int(attributes.get("group", 1)),
    )
