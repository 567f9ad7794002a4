"""What the process that holds the keys takes from itself: nothing of its memory is ever written to a disk.

A core dump holds the master key and whatever was being read; so does the memory that another process of the
same user may look at (ptrace(2), /proc/PID/mem), and its environment, where a passphrase may stand.
"""

from __future__ import annotations

import ctypes
import os
import sys

__all__ = ["keep_to_oneself"]

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def keep_to_oneself() -> tuple[str, ...]:
    """Files for their owner only, no core dumps, and on Linux no looking in by others of the same user.

    Returns:
        What holds: of ``files``, ``core`` and ``memory``. A program that this process starts anew can be
        looked into as ever.
    """
    held = ["files"]
    os.umask(0o077)
    try:
        import resource
    except ImportError:  # Windows writes none by itself
        return tuple(held)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held.append("core")
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0:
            held.append("memory")
    return tuple(held)
