"""What a child process takes from itself before it opens anything that a stranger sent.

Memory, processor time, size of files, open files and core dumps by ``setrlimit``; no new privileges and death
with the parent by ``prctl``; no network by a name space of its own, where the system lets it; files and calls
of the system by `wall` and `calls`. What a system cannot do is left out, and said in what `restrict` returns.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mitate.serve.work.calls import filter_calls
from mitate.serve.work.wall import libraries, wall_in

__all__ = ["Limits", "restrict"]

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
_SIGKILL = 9
_LAST_S = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one child process.

    Attributes:
        memory_mb: of addresses, MiB; more than is ever touched, since libraries reserve much.
        cpu_s: processor seconds, of all threads together.
        wall_s: seconds until it is killed.
        answer_mb: of what it may write, MiB.
        files: that may be open.
        nice: added to its niceness.
        with_thread: whether it dies with the thread that started it (Linux counts threads here, not
            processes); False for a child that outlives that thread and ends with its standard input.
        walled: whether it may open no files but libraries and what it is given, and ask the system for
            nothing that reaches out of itself (Linux).
    """

    memory_mb: int = 4096
    cpu_s: int = 900
    wall_s: float = 900.0
    answer_mb: int = 64
    files: int = 128
    nice: int = 10
    with_thread: bool = True
    walled: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For the child."""
        return asdict(self)


def restrict(limits: Limits, readable: Sequence[str] = (), writable: Sequence[str] = ()) -> tuple[str, ...]:
    """Put the limits on this process, for good.

    Args:
        limits: to put.
        readable: files that a walled process may read besides libraries.
        writable: folders that it may write to.

    Returns:
        What holds: of ``memory``, ``cpu``, ``file size``, ``files``, ``core``, ``nice``, ``privileges``,
        ``parent``, ``network``, ``wall`` and ``calls``.
    """
    held: list[str] = []
    if sys.platform != "win32":
        held += _resources(limits)
        os.nice(limits.nice)
        held.append("nice")
    if sys.platform == "linux":
        held += _linux(with_thread=limits.with_thread)
        if limits.walled and wall_in((*libraries(), *readable), writable):
            held.append("wall")
        if limits.walled and filter_calls():
            held.append("calls")
    return tuple(held)


if sys.platform != "win32":

    def _resources(limits: Limits) -> list[str]:
        import resource

        wanted = {
            "memory": ("RLIMIT_AS", limits.memory_mb * 2**20),
            "cpu": ("RLIMIT_CPU", limits.cpu_s),
            "file size": ("RLIMIT_FSIZE", limits.answer_mb * 2**20),
            "files": ("RLIMIT_NOFILE", limits.files),
            "core": ("RLIMIT_CORE", 0),
        }
        held = []
        for name, (which, most) in wanted.items():
            kind = getattr(resource, which, None)
            if kind is None:
                continue
            _, hard = resource.getrlimit(kind)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            # at the soft limit of time a signal tells why, at the hard one there is none
            last = least + _LAST_S if name == "cpu" and hard == resource.RLIM_INFINITY else least
            try:
                resource.setrlimit(kind, (least, last))
            except (ValueError, OSError):  # macOS has some limits in name only
                continue
            held.append(name)
        return held


def _linux(*, with_thread: bool) -> list[str]:
    libc = ctypes.CDLL(None, use_errno=True)
    held = []
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        held.append("privileges")
    if with_thread and libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0) == 0:
        held.append("parent")
    # only a process with one thread may do this: nothing that starts threads is imported before
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        held.append("network")
    return held
