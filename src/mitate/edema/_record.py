"""Small arrays and facts in one JSON file: readable by eye, checked by sha256, written all or not at all."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.files import write_text

__all__ = ["digest", "join", "read", "split", "write"]

Record = TypeVar("Record")

_LARGEST = 64 * 2**20  # bytes; a patient's model is some kilobytes
_TYPES = ("float16", "float32", "float64", "int16")


def digest(facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """sha256 over facts and arrays, independent of the order in which they are given."""
    sha = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        sha.update(f"{name}{array.dtype}{array.shape}".encode())
        sha.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return sha.hexdigest()


def write(
    path: Path, kind: str, version: int, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write one record. Arrays must be float16, float32, float64 or int16."""
    packed = {
        name: {
            "dtype": str(array.dtype),
            "shape": list(array.shape),
            "base85": base64.b85encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode(),
        }
        for name, array in arrays.items()
    }
    record = {
        "kind": kind,
        "version": version,
        "sha256": digest(facts, arrays),
        "facts": dict(facts),
        "arrays": packed,
    }
    write_text(path, json.dumps(record, indent=1, ensure_ascii=False, allow_nan=True) + "\n")


def _unpack(packed: Mapping[str, Any]) -> NDArray[Any]:
    if packed["dtype"] not in _TYPES:
        raise ValueError(f"array type {packed['dtype']!r}")
    if "base64" in packed:  # how it was written before version 2
        content = base64.b64decode(packed["base64"], validate=True)
    else:
        content = base64.b85decode(packed["base85"])
    raw = np.frombuffer(content, np.dtype(packed["dtype"]).newbyteorder("<"))
    shape = tuple(int(side) for side in packed["shape"])
    if any(side < 0 for side in shape):
        raise ValueError("negative array side")
    return raw.astype(packed["dtype"]).reshape(shape)


def read(
    path: Path, kind: str, versions: Sequence[int]
) -> tuple[int, dict[str, Any], dict[str, NDArray[Any]]]:
    """Version, facts and arrays of a record.

    Raises:
        InputError: the file is missing, of another kind or version, or damaged.
    """
    todo = f"give a file written by mitate that holds a {kind}, or make it again"
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"this file is far too large to be a {kind}", where=path, todo=todo)
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read the {kind}: {error.strerror}", where=path, todo=todo) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not a {kind}", where=path, todo=todo) from error
    if not isinstance(record, dict) or record.get("kind") != kind:
        raise InputError(f"this is not a {kind}", where=path, todo=todo)
    version = record.get("version")
    if type(version) is not int or version not in versions:
        known = " and ".join(map(str, versions))
        raise InputError(
            f"this {kind} has format {version!r}; this mitate reads format {known}",
            where=path,
            todo="make it again with this version",
        )
    try:
        facts = dict(record["facts"])
        arrays = {str(name): _unpack(packed) for name, packed in record["arrays"].items()}
        whole = digest(facts, arrays) == record["sha256"]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, binascii.Error) as error:
        raise InputError(f"this {kind} is damaged", where=path, todo=todo) from error
    if not whole:
        raise InputError(f"this {kind} is damaged: its checksum does not match", where=path, todo=todo)
    return version, facts, arrays


def split(item: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """A dataclass's fields as JSON facts and as arrays."""
    values = {field.name: getattr(item, field.name) for field in fields(item)}
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    facts = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {name: value for name, value in facts.items() if name not in arrays}, arrays


def join(
    kind_of: type[Record], path: Path, kind: str, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> Record:
    """The dataclass that `split` took apart.

    Raises:
        InputError: these are not its fields.
    """
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    try:
        return kind_of(**values, **arrays)
    except TypeError as error:
        raise InputError(
            f"this {kind} is damaged: its fields are not the expected ones", where=path
        ) from error
