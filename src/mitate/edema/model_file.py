"""A patient's model on disk in less than 8 KB: what his prior also holds is left out, the rest is packed.

The covariance is kept as its triangular factor in 16-bit integers with a scale for each column, so that it
stays symmetric and positive whatever is rounded; estimates change by less than a tenth of a gram.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema import _record
from mitate.errors import InputError

if TYPE_CHECKING:
    from mitate.edema.personal import PersonalModel

__all__ = ["FULL", "packed", "read", "short_id", "split", "unpacked", "write"]

KIND, VERSION = "mitate edema model", 2
Array = NDArray[np.float64]
Parts = tuple[dict[str, Any], dict[str, NDArray[Any]]]

FULL = 32767  # of a 16-bit integer
_OF_THE_PRIOR = ("basis", "typical_change")


def packed(covariance: Array) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """A covariance (q, q) as its lower triangular factor: q(q+1)/2 integers and a scale for each column."""
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:  # a direction that is known for certain
        jitter = max(float(np.trace(covariance)), 1e-12) * 1e-12
        root = np.linalg.cholesky(covariance + jitter * np.eye(len(covariance)))
    scale = np.abs(root).max(axis=0).astype(np.float32)
    whole = np.round(root / scale * FULL)[np.tril_indices(len(root))]
    return whole.clip(-FULL, FULL).astype(np.int16), scale


def unpacked(whole: NDArray[np.int16], scale: NDArray[np.float32]) -> Array:
    """The lower triangular factor (q, q) that `packed` made."""
    size = len(scale)
    root = np.zeros((size, size))
    root[np.tril_indices(size)] = whole
    return np.asarray(root * (scale.astype(np.float64) / FULL))


def split(model: PersonalModel) -> Parts:
    """Facts and arrays of a model as they are kept."""
    facts, arrays = _record.split(model)
    whole, scale = packed(arrays.pop("covariance"))
    kept: dict[str, NDArray[Any]] = {
        name: array.astype(np.float32) for name, array in arrays.items() if name not in _OF_THE_PRIOR
    }
    kept |= {"root": whole, "scale": scale, "identity": arrays["identity"].astype(np.float16)}
    return facts, kept


def short_id(parts: Parts) -> str:
    """A short name that changes with anything that is kept."""
    return _record.digest(*parts)[:12]


def write(path: Path, parts: Parts) -> None:
    """Write a model's file, atomically."""
    _record.write(path, KIND, VERSION, *parts)


def read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Facts and arrays of a model, all but what its prior holds.

    Raises:
        InputError: missing, damaged or foreign file.
    """
    _, facts, arrays = _record.read(path, KIND, (VERSION,))
    return facts, _whole(path, arrays)


def _whole(path: Path, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    try:
        root = unpacked(arrays["root"], arrays["scale"])
        size = len(root)
        if arrays["mean"].shape != (size,) or arrays["reference"].ndim != 1:
            raise ValueError("shapes that do not belong together")
    except (KeyError, ValueError, IndexError) as error:
        raise InputError("this model is damaged: its parts do not belong together", where=path) from error
    exact = ("mean", "reference", "level_mean", "level_spread")
    found: dict[str, NDArray[Any]] = {
        name: array.astype(np.float64 if name in exact else np.float32)
        for name, array in arrays.items()
        if name not in ("root", "scale")
    }
    return found | {"covariance": root @ root.T}
