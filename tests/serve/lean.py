"""Lean servers as processes of their own, for tests that kill them or have several."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serve_light import Place, port_of

LONGEST_S = 120.0


@dataclass
class Server:
    """One process: ``web``, ``work`` or ``both``."""

    place: Place
    name: str
    role: str
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, place: Place, name: str = "server", role: str = "both") -> Server:
        (place.folder / f"{name}.port").unlink(missing_ok=True)
        command = [sys.executable, "-m", "benchmarks.serve_light", name, role]
        environment = os.environ | {"MITATE_LIGHT": place.told()}
        root = Path(__file__).parents[2]
        process = subprocess.Popen(command, env=environment, cwd=root, start_new_session=True)
        server = cls(place, name, role, process)
        until = time.monotonic() + LONGEST_S
        while role != "work" and not port_of(place, name):
            if time.monotonic() > until or process.poll() is not None:
                server.kill()
                raise TimeoutError("the server did not start")
            time.sleep(0.02)
        return server

    @property
    def port(self) -> int:
        return int(port_of(self.place, self.name).partition(" ")[0])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LONGEST_S)
