"""What the figures were measured on, and keeping to one core. Imports nothing that counts cores."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

__all__ = ["one_core", "processor", "versions"]


def versions() -> str:
    """The system and the versions that the figures rest on."""
    names = ("python-sat", "clingo", "numpy", "lark")
    said = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{platform.system()}, Python {platform.python_version()}, {said}"


def processor() -> str:
    """The name of the processor, as far as the system tells."""
    table = Path("/proc/cpuinfo")
    if table.exists():
        for line in table.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def one_core() -> str:
    """Keeps this process, and those it starts, on one core; says how far that went."""
    if sys.platform != "linux":
        return "one thread of work, not bound to a core"
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return "bound to one core"
