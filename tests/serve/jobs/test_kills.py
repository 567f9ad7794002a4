"""Twenty kills; ``python -m benchmarks.serve_kills`` makes a thousand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the study forks its servers")
def test_after_twenty_kills_every_accepted_film_was_read_once() -> None:
    # In a process of its own: it forks, and pytest may have threads.
    command = [sys.executable, "-m", "benchmarks.serve_kills", "20"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=_root(), timeout=600, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _root() -> Path:
    return Path(__file__).parents[3]
