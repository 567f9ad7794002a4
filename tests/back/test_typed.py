"""Many threads may ask for the exercises at once, as a page with their pictures does."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from mitate.back.exercise import Dose
from mitate.back.typed import converted, read_toml

AT_ONCE = """
import sys, threading
from mitate.back import exercises, wishes
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)
def ask():
    together.wait()
    exercises.exercises()
    wishes.limits()
threads = [threading.Thread(target=ask) for _ in range(8)]
for one in threads: one.start()
for one in threads: one.join()
"""


def test_the_first_use_by_many_threads_does_not_end_the_process() -> None:
    for _ in range(3):
        ended = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, timeout=120, check=False)
        assert ended.returncode == 0, ended.stderr.decode()


def test_what_is_no_value_of_the_type_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        converted({"sets": "many"}, Dose)
    with pytest.raises(msgspec.DecodeError):
        read_toml("sets = ", Dose)
