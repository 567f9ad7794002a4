"""Work that goes wrong on purpose, so that it can be seen that nothing else does."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mitate.errors import RefusalError


def work(
    facts: Mapping[str, Any], blobs: Mapping[str, bytes], tell: Callable[[str, float], None]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Do what ``how`` says."""
    how = facts["how"]
    tell("breaking", 0.5)
    print("noise on standard output")
    if how == "eat":
        eaten = []
        while True:
            eaten.append(bytearray(64 * 2**20))
    if how == "hang":
        time.sleep(3600)
    while how == "spin":
        pass
    if how == "write":
        return {}, {"much": bytes(facts["bytes"])}
    if how == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "bug":
        raise ValueError("a message with somebody's name")
    if how == "refuse":
        raise RefusalError("no face", reason="no_face", where=facts["film"], todo="look")
    if how == "fork":
        child = os.fork()
        if child == 0:
            time.sleep(3600)
        Path(facts["where"]).write_text(str(child))
        time.sleep(3600)
    if how == "open":
        return {"opened": [_opens(place, mode) for place, mode in facts["places"]]}, {}
    return {"environment": sorted(os.environ), "reaches": _reaches(facts.get("port", 9))}, dict(blobs)


def _opens(place: str, mode: str) -> bool:
    try:
        with Path(place).open(mode):
            return True
    except OSError:
        return False


def _reaches(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False
