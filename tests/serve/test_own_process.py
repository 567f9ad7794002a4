"""What holds the keys lets nobody look in: seen from outside, by another process of the same user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import resource, subprocess, sys
from mitate.serve.own_process import keep_to_oneself
print(*keep_to_oneself(), resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)
subprocess.run([sys.executable, "-c", "open('/proc/self/environ').read(); print('child', flush=True)"])
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere differs")
def test_nobody_looks_in_and_its_children_are_as_ever() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().split() == ["files", "core", "memory", "0"]
        assert process.stdout.readline().strip() == "child"
        # A process that is not to be looked into belongs to root there, whoever runs it.
        assert Path(f"/proc/{process.pid}/environ").stat().st_uid == 0
        process.communicate("")
