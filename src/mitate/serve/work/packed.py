"""Facts and bytes in one piece, to a child process and back: nothing in it can run anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mitate.errors import InputError

__all__ = ["packed", "unpacked"]

_MAGIC = b"mitate1\n"
_LENGTH = 8  # bytes that tell how long the facts are


def packed(facts: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None) -> bytes:
    """Facts as JSON, and pieces of bytes by name."""
    pieces = dict(blobs or {})
    sizes = [[name, len(content)] for name, content in pieces.items()]
    head = json.dumps({"facts": dict(facts), "blobs": sizes}, allow_nan=False).encode()
    return b"".join((_MAGIC, len(head).to_bytes(_LENGTH, "big"), head, *pieces.values()))


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What `packed` was given.

    Raises:
        InputError: it is not that, or not whole.
    """
    start = len(_MAGIC) + _LENGTH
    try:
        if content[: len(_MAGIC)] != _MAGIC:
            raise ValueError("another beginning")
        stop = start + int.from_bytes(content[len(_MAGIC) : start], "big")
        head = json.loads(content[start:stop])
        facts, found = dict(head["facts"]), {}
        for name, size in head["blobs"]:
            if type(size) is not int or not 0 <= size <= len(content) - stop:
                raise ValueError("a piece longer than the whole")
            found[str(name)] = content[stop : stop + size]
            stop += size
        if stop != len(content):
            raise ValueError("something left over")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("this is no answer of a child process, or not all of it") from error
    return facts, found
