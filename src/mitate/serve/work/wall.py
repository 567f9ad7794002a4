"""A wall around a process on Linux: which files it may open from now on (Landlock, landlock(7)).

What runs inside may read the interpreter, the libraries and the weights, and write to memory only: whoever
takes over a decoder there finds no record, no key and nothing to destroy. Newer kernels also keep it from
connections (from 6.7 on), controls of devices (6.10) and signals to what is outside (6.12).
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["libraries", "wall_in"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls, the same on every processor
_ASK_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _DEVICES = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICES
_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # from this version of the interface on: how many rights on files
_CONNECTIONS, _OUTSIDE = 3, 3  # TCP bind and connect (version 4); abstract sockets and signals (version 6)
_DEVICES_READ = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")  # no camera, no microphone
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/opt", "/nix", *_DEVICES_READ)
_WRITABLE = ("/dev/null",)


def libraries() -> list[str]:
    """Where the interpreter, installed packages and weights lie."""
    from mitate.weights.store import cache_dir

    own = Path(__file__).parents[3]
    return [*sys.path, sys.prefix, sys.base_prefix, str(own), str(cache_dir())]


def wall_in(readable: Iterable[str], writable: Iterable[str] = ()) -> bool:
    """Open no file from now on but below these paths and the system's own; whether that holds.

    Must be called while the process has one thread: others would stay outside.
    """
    if sys.platform != "linux" or len(list(Path("/proc/self/task").iterdir())) > 1:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION))
    if version < 1:  # a kernel without it
        return False
    every = (1 << max(count for since, count in _RIGHTS.items() if version >= since)) - 1
    handled = ctypes.create_string_buffer(_asked(version, every))
    ruleset = libc.syscall(_CREATE, handled, ctypes.c_size_t(len(handled) - 1), 0)
    if ruleset < 0:
        return False
    try:
        for path in (*_SYSTEM, *readable):
            _allow(libc, ruleset, path, _READ & every)
        for path in (*_WRITABLE, *writable):
            _allow(libc, ruleset, path, every & ~_EXECUTE)
        return int(libc.syscall(_RESTRICT, ruleset, 0)) == 0
    finally:
        os.close(ruleset)


def _asked(version: int, every: int) -> bytes:
    """``struct landlock_ruleset_attr``, as long as this version knows it."""
    if version < 4:
        return struct.pack("<Q", every)
    if version < 6:
        return struct.pack("<QQ", every, _CONNECTIONS)
    return struct.pack("<QQQ", every, _CONNECTIONS, _OUTSIDE)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    """Allow what is below a path; one that is not there needs no rule."""
    if not path:
        return
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = access if Path(path).is_dir() else access & _OF_FILES
        rule = ctypes.create_string_buffer(struct.pack("<Qi", allowed, place))
        libc.syscall(_ADD, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)
