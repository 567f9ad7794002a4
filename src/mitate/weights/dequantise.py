"""SFace as published (weights in int8 blocks) -> a plain fp32 ONNX with one input and a free batch size.

The published file lists its quantised weights as graph inputs, so neither onnxruntime nor OpenCV 5 takes it.
Every constant is computed once here (block dequantisation as the ONNX standard, opset 21, defines it),
dropout is removed, and what is left is convolutions, normalisations, activations and one dense layer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from mitate.errors import WeightsError
from mitate.weights.graph import read_onnx

__all__ = ["dequantise", "dequantise_block"]

_OPSET, _IR_VERSION = 13, 8  # old enough for every onnxruntime that we allow
_BATCH = "N"


def dequantise(source: Path, target: Path) -> None:
    """Writes `source` with its weights in fp32, one input and one output, to `target`.

    Args:
        source: an ONNX file whose weights go through DequantizeLinear (and perhaps Reshape).
        target: the file to write; its first axis of input and output is free.

    Raises:
        WeightsError: `source` is no ONNX file, or has another number of inputs or outputs than one.
        OSError: `target` cannot be written.
    """
    model = read_onnx(source)
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = _fold(graph.node, constants)
    used = {name for node in nodes for name in node.input}
    produced = {name for node in nodes for name in node.output}
    inputs = [value for value in graph.input if value.name in used - produced and value.name not in constants]
    outputs = list(graph.output)
    if len(inputs) != 1 or len(outputs) != 1:
        raise WeightsError(
            f"{len(inputs)} inputs and {len(outputs)} outputs instead of one each", where=source
        )
    for value in (*inputs, *outputs):
        value.type.tensor_type.shape.dim[0].dim_param = _BATCH
    kept = [
        numpy_helper.from_array(np.ascontiguousarray(array), name)
        for name, array in constants.items()
        if name in used
    ]
    plain = helper.make_model(
        helper.make_graph(nodes, graph.name or source.stem, inputs, outputs, kept),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="mitate",
    )
    onnx.checker.check_model(plain)
    target.write_bytes(plain.SerializeToString(deterministic=True))


def _fold(nodes: Any, constants: dict[str, NDArray[Any]]) -> list[Any]:
    """The nodes that do work at run time; `constants` gains whatever the others compute."""
    kept: list[Any] = []
    renamed: dict[str, str] = {}
    for node in nodes:
        inputs = [renamed.get(name, name) for name in node.input]
        settings = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        if node.op_type == "DequantizeLinear":
            quantised, scale, *zero = (constants[name] for name in inputs)
            constants[node.output[0]] = dequantise_block(
                quantised,
                scale,
                zero[0] if zero else np.zeros_like(scale, dtype=quantised.dtype),
                axis=int(settings.get("axis", 1)),
                block=int(settings.get("block_size", 0)),
            )
        elif node.op_type == "Reshape" and inputs[0] in constants:
            constants[node.output[0]] = constants[inputs[0]].reshape(constants[inputs[1]].tolist())
        elif node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(settings["value"])
        elif node.op_type == "Dropout":
            renamed[node.output[0]] = inputs[0]
        else:
            kept.append(
                helper.make_node(node.op_type, inputs, list(node.output), node.name or None, **settings)
            )
    return kept


def dequantise_block(
    quantised: NDArray[Any],
    scale: NDArray[np.float32],
    zero: NDArray[Any],
    *,
    axis: int,
    block: int,
) -> NDArray[np.float32]:
    """(quantised - zero) * scale, as ONNX's DequantizeLinear of opset 21.

    Args:
        quantised: integers of any shape.
        scale: one number; or one for each index of `axis`; or, if `block` > 0, of the shape of `quantised`
            with `axis` shortened to one number for each run of `block`; the last run may be incomplete.
        zero: of the shape of `scale`.
        axis: which axis `scale` runs along.
        block: length of a run that shares its scale, 0 for none.

    Returns:
        fp32 of the shape of `quantised`.
    """
    if block > 0:
        length = quantised.shape[axis]
        run_of = np.arange(length) // block
        scale, zero = np.take(scale, run_of, axis), np.take(zero, run_of, axis)
    elif scale.ndim == 1 and quantised.ndim > 1 and scale.size > 1:
        along = [1] * quantised.ndim
        along[axis] = -1
        scale, zero = scale.reshape(along), zero.reshape(along)
    return ((quantised.astype(np.float32) - zero.astype(np.float32)) * scale).astype(np.float32)
