"""Values of msgspec's types, read by one thread at a time.

msgspec gathers what it knows of a type at the type's first use, and two threads that do so at once end the
process (msgspec 0.22.0, a segmentation fault): a page that asks for the
pictures of several exercises does just that.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

__all__ = ["converted", "read_toml"]

T = TypeVar("T")
_lock = threading.Lock()


def read_toml(content: bytes | str, kind: type[T]) -> T:
    """TOML as a value of a type.

    Raises:
        msgspec.DecodeError: no TOML, or not of the type (`msgspec.ValidationError`).
    """
    with _lock:
        return msgspec.toml.decode(content, type=kind)


def converted(value: Any, kind: type[T]) -> T:
    """Plain values as one of a type.

    Raises:
        msgspec.ValidationError: not of the type.
    """
    with _lock:
        return msgspec.convert(value, type=kind)
