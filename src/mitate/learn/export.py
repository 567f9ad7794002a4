"""From a trained network to an ONNX file that needs no torch, with proof that both say the same."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mitate.errors import MitateError
from mitate.files import write_bytes
from mitate.weights import onnx_session

__all__ = ["PARITY", "apart", "export_onnx", "kept_if_same", "parity", "without_traces", "write_onnx"]

PARITY = 1e-3
"""Largest allowed difference of an embedding's value, relative to the embeddings' own scale."""


def export_onnx(encoder: nn.Module, path: Path, size: int) -> float:
    """Write `encoder` as ONNX (float32, N×3×S×S in 0..255 → N×dim) and check it against torch.

    Args:
        encoder: the network; put into evaluation mode.
        path: the file, written whole or not at all.
        size: side of the crop.

    Returns:
        The largest relative difference found (see `parity`).

    Raises:
        MitateError: the exported file disagrees with the network by more than `PARITY`.
    """
    write_onnx(encoder.eval(), (torch.rand(2, 3, size, size) * 255,), path, ["image"], "embedding")
    return kept_if_same(path, parity(encoder, path, size))


def write_onnx(
    net: nn.Module, example: tuple[Tensor, ...], path: Path, inputs: Sequence[str], output: str
) -> None:
    """Write a network with a free number of rows, whole or not at all.

    Args:
        net: in evaluation mode.
        example: its inputs, two rows or more.
        path: the file.
        inputs, output: names in the file.
    """
    buffer = io.BytesIO()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    rows = torch.export.Dim("rows", min=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        torch.onnx.export(
            net,
            example,
            buffer,  # type: ignore[arg-type]  # documented as a path, and takes a file as well
            input_names=list(inputs),
            output_names=[output],
            dynamic_shapes=tuple({0: rows} for _ in inputs),
            external_data=False,
            verbose=False,
        )
    write_bytes(path, without_traces(buffer.getvalue()))


def apart(found: NDArray[np.floating], expected: NDArray[np.floating]) -> float:
    """Largest difference of two answers, over the standard deviation of the second."""
    return float(np.abs(found - expected).max() / max(float(expected.std()), 1e-9))


def kept_if_same(path: Path, difference: float) -> float:
    """`difference` itself, of a network's file from the trained network as of `apart`.

    Raises:
        MitateError: it is more than `PARITY`; the file is taken away.
    """
    if difference > PARITY:
        path.unlink()
        raise MitateError(
            f"the written network differs from the trained one by {difference:.2g}",
            where=path,
            todo="please report this with the versions of torch and onnxruntime",
        )
    return difference


def without_traces(exported: bytes) -> bytes:
    """The same graph without the exporter's notes, which hold folder names of this machine."""
    model = onnx.load_from_string(exported)
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    for part in (*model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    return bytes(model.SerializeToString())


def parity(encoder: nn.Module, path: Path, size: int, pictures: int = 16) -> float:
    """Largest difference of the network and its ONNX file on random pictures, over the embeddings' sd."""
    rng = np.random.default_rng(0)
    smooth = rng.uniform(0, 255, (pictures, 3, size // 8, size // 8)).repeat(8, axis=2).repeat(8, axis=3)
    images = smooth.astype(np.float32)
    with torch.no_grad():
        expected = encoder(torch.from_numpy(images)).numpy()
    session = onnx_session(path)
    exported = session.run(None, {session.get_inputs()[0].name: images})[0]
    return apart(exported, expected)
