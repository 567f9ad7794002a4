"""Installed weights -> something that can be called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.errors import WeightsError
from mitate.silence import native_chatter_silenced
from mitate.weights.registry import find
from mitate.weights.store import check

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["Litert", "onnx_session", "path_of"]

_WARNINGS_OFF = 3  # onnxruntime's severity "error"


def path_of(name: str) -> Path:
    """The installed file of the weight called `name`, its sha256 checked (once a process for each file).

    Raises:
        WeightsError: no such weight, not installed, or damaged.
    """
    weight = find(name)
    found = check(weight)
    if found.state == "ok":
        return found.path
    wrong = "not installed" if found.state == "missing" else f"damaged: {found.reason}"
    raise WeightsError(
        f"the weight {name!r} is {wrong}",
        where=found.path,
        todo=f"run: mitate weights install{f' {name}' if weight.optional else ''}",
    )


def onnx_session(path: Path | bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """An onnxruntime session on the CPU.

    Args:
        path: an ONNX file, or what one holds.
        threads: threads within one operator; one by default, since clinics' cores are shared.

    Raises:
        WeightsError: the file is missing or is no model that onnxruntime can run.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _WARNINGS_OFF
    where = path if isinstance(path, Path) else None
    if where is not None and not where.is_file():
        raise WeightsError("no such model file", where=where)
    try:
        model = path if isinstance(path, bytes) else str(path)
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own classes, which share no base but Exception
        raise WeightsError(f"not a model that can be run: {error}", where=where) from error


class Litert:
    """A ``.tflite`` model. Call it with its inputs in order; it answers with its outputs in order.

    Holds one interpreter and its buffers, so one object serves one thread at a time.

    Args:
        path: the file.
        threads: threads of the interpreter.

    Raises:
        WeightsError: the file is missing or is no model that LiteRT can run.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        if not path.is_file():
            raise WeightsError("no such model file", where=path)
        try:
            with native_chatter_silenced():  # it announces its CPU delegate
                self._interpreter = Interpreter(str(path), num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise WeightsError(f"not a model that can be run: {error}", where=path) from error
        self._inputs = [int(detail["index"]) for detail in self._interpreter.get_input_details()]
        self._outputs = [int(detail["index"]) for detail in self._interpreter.get_output_details()]

    def __call__(self, *inputs: NDArray[Any]) -> list[NDArray[Any]]:
        """Runs the model once.

        Args:
            inputs: one array for each input, of exactly its shape and type.

        Returns:
            A fresh array for each output.

        Raises:
            ValueError: the number, shape or type of the inputs is not the model's.
        """
        for index, value in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(index, value)
        self._interpreter.invoke()
        return [np.asarray(self._interpreter.get_tensor(index)) for index in self._outputs]
