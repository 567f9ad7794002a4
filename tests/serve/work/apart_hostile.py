"""A decoder that was taken over: it tries whatever could reach out of its process, and tells what worked."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
CALLS = {"pidfd_open": 434, "io_uring_setup": 425, "clone3": 435}


def work(
    facts: Mapping[str, Any], blobs: Mapping[str, bytes], tell: Callable[[str, float], None]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Try everything; ``worked`` names what was not refused."""
    parent, record = int(facts["parent"]), Path(facts["record"])
    tries: dict[str, Callable[[], object]] = {
        "open the record": lambda: opened(record),
        "cut the record to nothing": lambda: os.truncate(record, 0),
        "open the record to all": lambda: record.chmod(0o666),
        "date the record back": lambda: os.utime(record, (0, 0)),
        "mark the record": lambda: os.setxattr(record, "user.mark", b"1"),
        "rename the record": lambda: record.rename(record.with_suffix(".gone")),
        "link to the record": lambda: os.link(record, Path(tempdir(), "link")),
        "write beside the record": lambda: record.with_name("new").write_text("x"),
        "write where all may": lambda: Path("/dev/shm", "mitate-left-behind").write_text("x"),
        "look where others write": lambda: list(Path("/dev/shm").iterdir()),
        "read the parent's environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "read the parent's memory": lambda: opened(f"/proc/{parent}/mem"),
        "take the parent's files": lambda: opened(f"/proc/{parent}/fd/0"),
        "signal the parent": lambda: os.kill(parent, signal.SIGCONT),
        "signal everybody": lambda: os.kill(-1, 0),
        "hold the parent": lambda: called(LIBC.ptrace(16, parent, 0, 0)),
        "limit the parent": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
        "slow the parent down": lambda: os.setpriority(os.PRIO_PROCESS, parent, 19),
        "point at the parent": lambda: called(LIBC.syscall(CALLS["pidfd_open"], parent, 0)),
        "a socket": lambda: socket.socket(),
        "a socket of this machine": lambda: socket.socket(socket.AF_UNIX),
        "a ring": lambda: called(LIBC.syscall(CALLS["io_uring_setup"], 1, ctypes.create_string_buffer(120))),
        "another process": os.fork,
        "another process by clone3": lambda: called(
            LIBC.syscall(CALLS["clone3"], ctypes.create_string_buffer(64), 64)
        ),
        "another program": lambda: subprocess.run(["/bin/true"], check=True),
        "a file of the camera": lambda: opened(facts["device"]),
        "more than nothing of the limits": lambda: resource.setrlimit(resource.RLIMIT_CPU, (-1, -1)),
    }
    return {"worked": [name for name, one in tries.items() if worked(one)], "goes": goes()}, {}


def worked(one: Callable[[], object]) -> bool:
    me = os.getpid()
    try:
        one()
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    finally:
        if os.getpid() != me:
            os._exit(0)
    return True


def opened(path: str | Path) -> None:
    with Path(path).open("rb"):
        return


def called(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def tempdir() -> str:
    return os.environ.get("TMPDIR", "/tmp")


def goes() -> list[str]:
    """What a reader of films needs, and has still."""
    from mitate.serve.work.arrays import scratch

    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append("threads"))
    thread.start()
    thread.join()
    with scratch() as folder:
        (folder / "still").write_bytes(b"x")
        told.append("a place of its own" if str(folder).startswith(os.environ["TMPDIR"]) else "elsewhere")
    if Path(sys.executable).read_bytes()[:4] == b"\x7fELF" and os.urandom(4):
        told.append("libraries")
    resource.getrlimit(resource.RLIMIT_AS)
    return told


def leave(
    facts: Mapping[str, Any], blobs: Mapping[str, bytes], tell: Callable[[str, float], None]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Leave something behind for the next one, and find what is there."""
    place = Path(os.environ["TMPDIR"])
    found = sorted(one.name for one in place.iterdir())
    (place / "of another person").write_bytes(b"a face")
    if facts["how"] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"found": found, "place": str(place)}, {}


def babble(
    facts: Mapping[str, Any], blobs: Mapping[str, bytes], tell: Callable[[str, float], None]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Say more than anybody can take in, for as long as it may run."""
    while True:
        tell("x" * 60_000, 0.5)
