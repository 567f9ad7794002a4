"""Arrays as bytes and back: numpy's own format, without anything in it that could run."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["arrays_of", "npz_of", "scratch"]


def npz_of(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays by name, compressed."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(arrays))
    return buffer.getvalue()


def arrays_of(content: bytes) -> dict[str, NDArray[Any]]:
    """What `npz_of` was given.

    Raises:
        InputError: it is not that.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError("these features are damaged", where="features") from error


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for a moment, in memory where the system has such a place: nothing personal on the disk.

    A child process has a place of its own there, which goes with it whatever happens (`sandbox`).
    """
    memory = Path(os.environ.get("MITATE_SCRATCH", "/dev/shm"))
    with TemporaryDirectory(prefix="mitate-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
