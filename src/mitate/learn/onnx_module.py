"""An ONNX network of the convolutional kind as a torch module with gradients.

Used to start from face recognition weights, and to fine-tune an encoder of which only the ONNX file is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from mitate.errors import InputError

__all__ = ["OnnxModule"]

Attributes = dict[str, Any]


def _pad_pairs(pads: list[int]) -> list[int]:
    """ONNX (top, left, bottom, right) to torch (left, right, top, bottom)."""
    top, left, bottom, right = pads
    return [left, right, top, bottom]


def _conv(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    padded = F.pad(x, _pad_pairs(attributes.get("pads", [0, 0, 0, 0])))
    return F.conv2d(
        padded,
        weight,
        bias,
        attributes.get("strides", [1, 1]),
        0,
        attributes.get("dilations", [1, 1]),
        attributes.get("group", 1),
    )


def _prelu(_: Attributes, x: Tensor, slope: Tensor) -> Tensor:
    return F.prelu(x, slope.reshape(-1).to(x.dtype))


def _gemm(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return F.linear(x, weight if attributes.get("transB") else weight.T, bias)


def _reshape(_: Attributes, x: Tensor, shape: list[int]) -> Tensor:
    # The first axis counts pictures; exporters freeze it at one.
    return x.reshape([x.shape[0] if i == 0 else (x.shape[i] if n == 0 else n) for i, n in enumerate(shape)])


def _reduce_mean(attributes: Attributes, x: Tensor, axes: list[int] | None = None) -> Tensor:
    return x.mean(
        dim=attributes["axes"] if axes is None else axes, keepdim=bool(attributes.get("keepdims", 1))
    )


def _slice(
    _: Attributes,
    x: Tensor,
    starts: list[int],
    ends: list[int],
    axes: list[int],
    steps: list[int] | None = None,
) -> Tensor:
    for i, axis in enumerate(axes):
        index = [slice(None)] * x.dim()
        index[axis] = slice(starts[i], min(ends[i], x.shape[axis]), 1 if steps is None else steps[i])
        x = x[tuple(index)]
    return x


def _clip(_: Attributes, x: Tensor, low: float | None = None, high: float | None = None) -> Tensor:
    return x.clamp(low, high)


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "Add": lambda _, a, b: a + b,
    "Sub": lambda _, a, b: a - b,
    "Mul": lambda _, a, b: a * b,
    "Div": lambda _, a, b: a / b,
    "Pow": lambda _, a, b: a**b,
    "Sqrt": lambda _, a: a.sqrt(),
    "Relu": lambda _, a: a.relu(),
    "Clip": _clip,
    "Conv": _conv,
    "PRelu": _prelu,
    "Gemm": _gemm,
    "Reshape": _reshape,
    "Slice": _slice,
    "ReduceMean": _reduce_mean,
    "Flatten": lambda attributes, x: x.flatten(attributes.get("axis", 1)),
    "GlobalAveragePool": lambda _, x: x.mean((2, 3), keepdim=True),
    "Identity": lambda _, x: x,
}


class OnnxModule(nn.Module):
    """A one-input, one-output ONNX graph, node by node; weights become parameters.

    Args:
        path: the ONNX file.

    Raises:
        InputError: the graph has an operation that this reader does not know, or not one input and output.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        graph = onnx.load(path).graph
        constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self._nodes: list[tuple[str, Attributes, list[str], str]] = []
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                constants[node.output[0]] = numpy_helper.to_array(attributes["value"])
            elif node.op_type in _OPERATIONS or node.op_type == "BatchNormalization":
                self._nodes.append((node.op_type, attributes, list(node.input), node.output[0]))
            else:
                raise InputError(f"this reader does not know the ONNX operation {node.op_type}", where=path)
        inputs = [value.name for value in graph.input if value.name not in constants]
        if len(inputs) != 1 or len(graph.output) != 1:
            raise InputError("expected one input and one output", where=path)
        self._input, self._output = inputs[0], graph.output[0].name
        self._names = {name: f"w{i}" for i, name in enumerate(constants)}
        self._fixed: dict[str, Any] = {}
        running = {
            name for op, _, names, _ in self._nodes if op == "BatchNormalization" for name in names[3:5]
        }
        for name, value in constants.items():
            tensor = torch.from_numpy(np.array(value))
            # Scalars and shapes are part of the arithmetic, not of what is learned; as plain numbers they can
            # be exported again.
            if tensor.dim() == 0 or not tensor.is_floating_point():
                self._fixed[name] = tensor.tolist()
            elif name not in running:
                self.register_parameter(self._names[name], nn.Parameter(tensor))
            else:
                self.register_buffer(self._names[name], tensor)

    def end_before(self, operation: str) -> None:
        """Drops the first node of this kind and all behind it, with their weights.

        Raises:
            InputError: there is no such node, or nothing before it.
        """
        place = next((i for i, node in enumerate(self._nodes) if node[0] == operation), 0)
        if place == 0:
            raise InputError(f"the graph cannot end before an operation {operation}", where="operation")
        self._nodes = self._nodes[:place]
        self._output = self._nodes[-1][3]
        kept = {name for _, _, names, _ in self._nodes for name in names}
        for name in [name for name in self._names if name not in kept and name not in self._fixed]:
            delattr(self, self._names.pop(name))

    def freeze(self, convolutions: int) -> None:
        """Leaves the weights before the convolution of this number, counted from 0, as they are."""
        seen = 0
        for operation, _, names, _ in self._nodes:
            seen += operation == "Conv"
            if seen > convolutions:
                return
            for name in names:
                weight = getattr(self, self._names.get(name, ""), None)
                if isinstance(weight, nn.Parameter):
                    weight.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """The graph's output for `images`."""
        values: dict[str, Tensor] = {self._input: images}

        def read(name: str) -> Any:
            if not name or name in self._fixed:
                return self._fixed.get(name)
            return values[name] if name in values else getattr(self, self._names[name])

        for operation, attributes, names, output in self._nodes:
            inputs = [read(name) for name in names]
            if operation == "BatchNormalization":
                x, weight, bias, mean, variance = inputs
                values[output] = F.batch_norm(
                    x,
                    mean,
                    variance,
                    weight,
                    bias,
                    self.training,
                    1 - attributes.get("momentum", 0.9),
                    attributes.get("epsilon", 1e-5),
                )
            else:
                values[output] = _OPERATIONS[operation](attributes, *inputs)
        return values[self._output]
