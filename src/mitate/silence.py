"""Keeping libraries that print from C++ off the user's terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["native_chatter_silenced"]

_STDERR = 2


@contextmanager
def native_chatter_silenced() -> Iterator[None]:
    """Nothing that native code writes to standard error meanwhile is shown; exceptions are not touched.

    The whole process's standard error is turned off, so keep what stands inside short.
    """
    try:
        kept = os.dup(_STDERR)
    except OSError:  # a process without standard error, such as a service, has nothing to silence
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
