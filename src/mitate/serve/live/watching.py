"""The child process that looks at pictures: ``python -m mitate.serve.live.watching KIND MEMORY_MB``.

One question after the other on standard input, its answer on standard output; pictures are forgotten at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mitate.errors import InputError, MitateError
from mitate.serve.work.limits import Limits, restrict
from mitate.serve.work.packed import packed, unpacked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MOST_SIDE", "Watcher", "decoded", "main"]

MOST_SIDE = 1280
_LENGTH = 4
_MOST_REQUEST = 2 * 2**20
_CPU_S = 7 * 24 * 3600


class Watcher(Protocol):
    """What one viewer's pictures are looked at by."""

    def look(self, image: NDArray[np.uint8], time_s: float) -> dict[str, Any]:
        """What an RGB picture shows."""

    def summary(self) -> dict[str, Any]:
        """What there was until now."""


def main() -> int:
    """Answer until standard input ends."""
    kind, memory_mb = sys.argv[1], int(sys.argv[2])
    out = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    restrict(Limits(memory_mb=memory_mb, cpu_s=_CPU_S, answer_mb=1, nice=5, with_thread=False, walled=True))
    make = _maker(kind)
    viewers: dict[int, Watcher] = {}
    while head := sys.stdin.buffer.read(_LENGTH):
        size = int.from_bytes(head, "big")
        if size > _MOST_REQUEST:
            return 1
        facts, blobs = unpacked(sys.stdin.buffer.read(size))
        answer = packed(_answer(facts, blobs, viewers, make))
        out.write(len(answer).to_bytes(_LENGTH, "big") + answer)
        out.flush()
    return 0


def _answer(
    facts: dict[str, Any],
    blobs: dict[str, bytes],
    viewers: dict[int, Watcher],
    make: Callable[[dict[str, Any]], Watcher],
) -> dict[str, Any]:
    viewer = int(facts["viewer"])
    for gone in facts.get("gone", ()):
        viewers.pop(int(gone), None)
    try:
        if facts["op"] == "open":
            viewers[viewer] = make(facts)
        elif facts["op"] == "summary":
            return viewers[viewer].summary()
        else:
            return viewers[viewer].look(decoded(blobs["jpeg"]), float(facts["time_s"]))
    except MitateError as error:
        return {"refused": error.what}
    return {}


def _maker(kind: str) -> Callable[[dict[str, Any]], Watcher]:
    """Load the networks of a kind."""
    if kind == "face":
        from mitate.serve.live.face_watch import face_watcher

        return face_watcher()
    from mitate.serve.live.body_watch import body_watcher

    return body_watcher()


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    """An RGB picture.

    Raises:
        InputError: it is no JPEG, or larger than `MOST_SIDE`.
    """
    import cv2
    import numpy as np

    if jpeg[:3] != b"\xff\xd8\xff":
        raise InputError("this is no JPEG", where="picture")
    try:
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise InputError("this picture is damaged or too large", where="picture") from error
    if image is None or max(image.shape[:2]) > MOST_SIDE or min(image.shape[:2]) < 16:
        raise InputError("this picture is damaged, too large or too small", where="picture")
    return np.ascontiguousarray(image[..., ::-1], dtype=np.uint8)


if __name__ == "__main__":
    sys.exit(main())
