"""EfficientNet-Lite0 as published for torch (weights trained on ImageNet) -> an ONNX of its pooled features.

EfficientNet: Tan and Le, ICML 2019; the Lite variants: Liu, TensorFlow blog 2020 (no squeeze-and-excitation,
ReLU6, a stem and a head of fixed width). The file is torch's older format: pickles and raw storages one after
the other. It is read without torch, and by an unpickler that knows four harmless names, so that nothing in it
can run.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mitate.errors import WeightsError

__all__ = ["STRIDES", "features_network", "read_tensors", "write_features_network"]

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""Of the sixteen blocks; all else of the architecture shows in the shapes of the weights."""

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # torch's, at the head of such a file
_EPSILON = 1e-3  # of every batch normalisation
_SIDE, _MEAN, _SPREAD = 224, 127.0, 128.0  # px, and what the network was trained to have its pixels scaled by
_OPSET, _IR_VERSION = 13, 8  # old enough for every onnxruntime that we allow

Array = NDArray[np.float32]


def write_features_network(source: Path, target: Path) -> None:
    """Writes the features of the network in `source` (a ``.pth``) as ONNX to `target`.

    Args:
        source: a state of EfficientNet-Lite0 in torch's older format.
        target: the file to write: N×3×224×224 RGB 0..255 -> N×1280.

    Raises:
        WeightsError: `source` is no such file.
        OSError: it cannot be read, or `target` cannot be written.
    """
    try:
        model = features_network(read_tensors(source))
    except KeyError as error:
        raise WeightsError(f"not EfficientNet-Lite0: it has no {error.args[0]}", where=source) from error
    target.write_bytes(model.SerializeToString(deterministic=True))


@dataclass(frozen=True, slots=True)
class _Storage:
    """Numbers that come later in the file."""

    key: str
    dtype: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage; the steps are in numbers."""

    storage: _Storage
    start: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]

    def array(self, numbers: NDArray[Any]) -> NDArray[Any]:
        last = sum((size - 1) * step for size, step in zip(self.shape, self.steps, strict=True))
        if 0 in self.shape or self.start + last >= len(numbers):
            raise pickle.UnpicklingError("a tensor reaches beyond its storage")
        steps = [step * numbers.itemsize for step in self.steps]
        return np.lib.stride_tricks.as_strided(
            numbers[self.start :], self.shape, steps, writeable=False
        ).copy()


def _rebuild(storage: object, start: object, shape: object, strides: object, *rest: object) -> _Tensor:
    """What ``torch._utils._rebuild_tensor_v2`` is in the file; gradients and hooks are of no interest."""
    if not (isinstance(storage, _Storage) and isinstance(start, int) and start >= 0):
        raise pickle.UnpicklingError("a tensor without a storage")
    sizes, steps = _whole(shape), _whole(strides)
    if len(sizes) != len(steps):
        raise pickle.UnpicklingError("a shape without its strides")
    return _Tensor(storage, start, sizes, steps)


def _whole(values: object) -> tuple[int, ...]:
    if isinstance(values, tuple) and all(type(value) is int and value >= 0 for value in values):
        return values
    raise pickle.UnpicklingError("a shape that is not made of whole numbers")


class _Reader(pickle.Unpickler):
    """Knows the names that tensors need, and no other: pickle can otherwise run anything."""

    _NAMES: Mapping[tuple[str, str], Any] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
        ("torch", "FloatStorage"): "<f4",
        ("torch", "LongStorage"): "<i8",
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._NAMES:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which a file of weights has no use for")
        return self._NAMES[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, count, view = pid
        known = (kind, view) == ("storage", None) and dtype in ("<f4", "<i8")
        if not known or type(key) is not str or type(count) is not int:
            raise pickle.UnpicklingError("a storage of another kind than whole and real numbers")
        return _Storage(key, dtype, count)


def read_tensors(source: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a state dictionary in torch's older format (``torch.save`` before torch 1.6), by name.

    Args:
        source: the file. Nothing in it is run.

    Returns:
        float32 and int64 arrays.

    Raises:
        WeightsError: not such a file, cut short, or with anything but tensors in it.
        OSError: it cannot be read.
    """
    try:
        with source.open("rb") as stream:
            if (_Reader(stream).load(), _Reader(stream).load()) != (_MAGIC, _PROTOCOL):
                raise pickle.UnpicklingError("it does not begin as one")
            little = _Reader(stream).load()["little_endian"]
            state, keys = _Reader(stream).load(), _Reader(stream).load()
            if little is not True or not isinstance(state, dict):
                raise pickle.UnpicklingError("it holds no state dictionary")
            return _filled(state, keys, stream)
    except OSError:
        raise
    except Exception as error:  # a damaged pickle may raise anything
        raise WeightsError(f"not a file of tensors in torch's older format: {error}", where=source) from error


def _filled(state: Mapping[Any, Any], keys: Sequence[str], stream: IO[bytes]) -> dict[str, NDArray[Any]]:
    """The tensors with their numbers, which follow in the order of `keys`, each after its count."""
    if not all(type(name) is str and isinstance(tensor, _Tensor) for name, tensor in state.items()):
        raise pickle.UnpicklingError("it holds something else than tensors")
    storages = {tensor.storage.key: tensor.storage for tensor in state.values()}
    numbers: dict[str, NDArray[Any]] = {}
    for key in keys:
        storage = storages[key]
        count, data = int.from_bytes(stream.read(8), "little"), np.dtype(storage.dtype)
        held = stream.read(count * data.itemsize) if count == storage.count else b""
        numbers[key] = np.frombuffer(held, data)
        if len(numbers[key]) != storage.count:
            raise pickle.UnpicklingError("it is cut short")
    return {name: tensor.array(numbers[tensor.storage.key]) for name, tensor in state.items()}


def features_network(
    tensors: Mapping[str, NDArray[Any]], strides: Sequence[int] = STRIDES, side: int = _SIDE
) -> onnx.ModelProto:
    """The network up to the mean over the picture of its last map.

    Batch normalisations are folded into the convolutions before them; padding is TensorFlow's "same", to
    which the weights were trained.

    Args:
        tensors: the state's arrays by name.
        strides: of the blocks.
        side: of the input, px.

    Returns:
        input ``image`` N×3×side×side RGB 0..255, output ``features`` N×d.

    Raises:
        KeyError: a tensor is missing.
    """
    net = _Net(tensors)
    net.add("Sub", ["image", net.constant("mean", np.float32(_MEAN))], "centred")
    net.add("Div", ["centred", net.constant("spread", np.float32(_SPREAD))], "scaled")
    flowing = net.conv("scaled", "_conv_stem", "_bn0", stride=2)
    for place, stride in enumerate(strides):
        block, before = f"_blocks.{place}.", flowing
        if f"{block}_expand_conv.weight" in tensors:
            flowing = net.conv(flowing, f"{block}_expand_conv", f"{block}_bn0")
        flowing = net.conv(flowing, f"{block}_depthwise_conv", f"{block}_bn1", stride=stride, depthwise=True)
        flowing = net.conv(flowing, f"{block}_project_conv", f"{block}_bn2", clipped=False)
        if stride == 1 and net.width[before] == net.width[flowing]:
            net.width[f"{block}sum"] = net.width[flowing]
            flowing = net.add("Add", [before, flowing], f"{block}sum")
    flowing = net.conv(flowing, "_conv_head", "_bn1")
    net.add("GlobalAveragePool", [flowing], "pooled")
    net.add("Flatten", ["pooled"], "features")
    sizes = ["N", 3, side, side], ["N", net.width[flowing]]
    image, features = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, size)
        for name, size in zip(("image", "features"), sizes, strict=True)
    )
    model = helper.make_model(
        helper.make_graph(net.nodes, "efficientnet_lite0", [image], [features], net.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="mitate",
    )
    onnx.checker.check_model(model)
    return model


class _Net:
    """A graph that grows: its nodes, its constants, and how many channels a tensor has."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self.tensors = tensors
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.width: dict[str, int] = {"scaled": 3}
        self._limits = [self.constant(f"clip_{limit}", np.float32(limit)) for limit in (0, 6)]

    def constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **settings))
        return output

    def conv(
        self,
        source: str,
        name: str,
        norm: str,
        *,
        stride: int = 1,
        depthwise: bool = False,
        clipped: bool = True,
    ) -> str:
        """A convolution with the batch normalisation after it and, if `clipped`, ReLU6."""
        weight = self.tensors[f"{name}.weight"].astype(np.float64)
        gain, shift, mean, variance = (
            self.tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + _EPSILON)
        self.width[name] = len(weight)
        weights = self.constant(f"{name}.weight", weight * scale.reshape(-1, 1, 1, 1))
        bias = self.constant(f"{name}.bias", shift - mean * scale)
        self.add(
            "Conv",
            [source, weights, bias],
            f"{name}.linear" if clipped else name,
            kernel_shape=weight.shape[2:],
            strides=[stride, stride],
            group=len(weight) if depthwise else 1,
            auto_pad="SAME_UPPER",
        )
        return self.add("Clip", [f"{name}.linear", *self._limits], name) if clipped else name
