"""What the figures were measured on, and keeping to one core. Imports nothing that counts cores."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mitate.errors import InputError

__all__ = ["answer_on_one_core", "one_core", "processor", "versions"]

_ROOT = Path(__file__).parents[1]
_LONGEST_S = 900.0


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


def answer_on_one_core(command: Sequence[str], what: str) -> dict[str, Any]:
    """The JSON in the last line that a program prints, run in a process of its own on one core.

    It is bound before anything in it is imported: threads that numpy has begun would not be bound any more.

    Args:
        command: to run at the root of this project, for fifteen minutes at most.
        what: it is, for the error.

    Raises:
        InputError: it failed, or printed something else.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            cwd=_ROOT,
            timeout=_LONGEST_S,
            preexec_fn=one_core,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        raise InputError(f"{what} failed: {error.stderr.strip()[-300:]}", where=command[0]) from error
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
        raise InputError(f"{what} gave no answer: {error}", where=command[0]) from error
    return answer
