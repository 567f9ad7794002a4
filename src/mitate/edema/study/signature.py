"""What an answer depends on, as a digest: the method, and all that it is shown of one patient.

Kept answers go by it, so that those of other data or of a method set otherwise are never taken for new ones.
Phase and weight of an exam are not in it, because a method does not get them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema.study.course import Split
from mitate.edema.study.method import Method

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = ["crops_digest", "digest_of", "method_digest", "task_digest"]

_READ_WHOLE = 64 * 2**20  # bytes; of larger folders size and time of their files tell


def crops_digest(crops: NDArray[np.uint8]) -> str:
    """Hexadecimal digest of (n, S, S, 3) crops."""
    found = hashlib.sha256(str(crops.shape).encode())
    found.update(np.ascontiguousarray(crops).data)
    return found.hexdigest()


def digest_of(*values: Any) -> str:
    """Hexadecimal digest of settings: numbers, texts, arrays, paths (by what lies there), records of such.

    Attributes that begin with an underscore are taken for what is kept for speed and do not count.
    """
    found = hashlib.sha256(f"mitate {version('mitate')}".encode())
    for value in values:
        _feed(found, value)
    return found.hexdigest()


def method_digest(method: Method) -> str:
    """Hexadecimal digest of a method's class and settings, and of the files and folders that it names.

    A method with a text attribute `signature` is known by its name and that text instead.
    """
    own = getattr(method, "signature", None)
    return digest_of(method.name, own if isinstance(own, str) else method)


def task_digest(method: str, split: Split, digests: Mapping[int, str]) -> str:
    """Hexadecimal digest of one patient's lessons and exams under one method.

    Args:
        method: of `method_digest`.
        split: what the method is shown.
        digests: of crops (`crops_digest`) by the `id` of their array; computed where missing.
    """
    found = hashlib.sha256(method.encode())
    for lesson in split.lessons:
        known = digests.get(id(lesson.crops)) or crops_digest(lesson.crops)
        found.update(f"lesson {lesson.phase} {lesson.day} {lesson.excess_kg!r} {known}\n".encode())
    for exam in split.exams:
        known = digests.get(id(exam.crops)) or crops_digest(exam.crops)
        found.update(f"exam {exam.day} {known}\n".encode())
    return found.hexdigest()


def _feed(found: _Hash, value: Any) -> None:
    """Add a value to the digest so that equal settings give equal digests in every process."""
    found.update(f"<{type(value).__qualname__}>".encode())
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        found.update(repr(value).encode())
    elif isinstance(value, np.ndarray):
        found.update(f"{value.dtype} {value.shape}".encode())
        found.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, Path):
        _feed_path(found, value)
    elif isinstance(value, Mapping):
        for key in sorted(value, key=repr):
            _feed(found, key)
            _feed(found, value[key])
    elif isinstance(value, AbstractSet):
        _feed(found, sorted(map(repr, value)))
    elif isinstance(value, list | tuple):
        for part in value:
            _feed(found, part)
    elif isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        found.update(f"{value.__module__}.{value.__qualname__}".encode())
    elif dataclasses.is_dataclass(value):
        _feed_parts(found, {part.name: getattr(value, part.name) for part in dataclasses.fields(value)})
    elif hasattr(value, "__dict__"):
        _feed_parts(found, vars(value))
    else:
        found.update(pickle.dumps(value))


def _feed_parts(found: _Hash, parts: Mapping[str, Any]) -> None:
    for name in sorted(parts):
        if not name.startswith("_"):
            found.update(name.encode())
            _feed(found, parts[name])


def _feed_path(found: _Hash, path: Path) -> None:
    """By what lies there, not by where it is: a folder may be moved."""
    if not path.exists():
        found.update(str(path).encode())
        return
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    states = [file.stat() for file in files]
    whole = sum(state.st_size for state in states) <= _READ_WHOLE
    for file, state in zip(files, states, strict=True):
        found.update(f"{file.relative_to(path)} {state.st_size}".encode())
        found.update(file.read_bytes() if whole else str(state.st_mtime_ns).encode())
