"""Whether a worker lives, as the system's own lock says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mitate.serve.jobs.alive import Alive, clean, is_gone

HELD = """
import sys
from pathlib import Path
from mitate.serve.jobs.alive import Alive
alive = Alive(Path(sys.argv[1]))
print(alive.name, flush=True)
sys.stdin.read()
"""


def test_who_lives_is_not_gone(tmp_path: Path) -> None:
    alive = Alive(tmp_path)
    assert not is_gone(tmp_path, alive.name)
    alive.close()
    assert not is_gone(tmp_path, alive.name)  # it left in good order: nothing tells, the lease decides
    assert not is_gone(tmp_path, "another machine's")


def test_a_killed_process_is_gone_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HELD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert not is_gone(tmp_path, name)
        process.kill()
    assert is_gone(tmp_path, name)
    clean(tmp_path)
    assert not list((tmp_path / "workers").iterdir())
