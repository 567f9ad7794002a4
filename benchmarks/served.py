"""A real `mitate serve` process on loopback, for the studies of the app."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Browser", "Served", "ends", "free_port", "memory_mb", "own_port", "served"]

_START_S = 180.0


@dataclass(slots=True)
class Browser:
    """Cookies, and the CSRF token of the page that was last seen."""

    origin: str
    csrf: str = ""
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, Any]:
        """Status, body and headers, whatever the status; redirects are followed."""
        told = {"Origin": self.origin, "X-CSRF-Token": self.csrf, **(headers or {})}
        request = urllib.request.Request(f"{self.origin}{path}", body, told, method=method)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        try:
            with opener.open(request, timeout=120) as answer:
                status, content, found = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                status, content, found = error.code, error.read(), error.headers
        token = re.search(rb'name="csrf" content="([^"]+)"', content)
        if token:
            self.csrf = token.group(1).decode()
        return status, content, found

    def json(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """The answer of the API.

        Raises:
            RuntimeError: a status of 400 or more.
        """
        raw = None if body is None else json.dumps(body).encode()
        status, content, _ = self.ask(
            method, path, raw, {"Content-Type": "application/json", **(headers or {})}
        )
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {content[:300]!r}")
        return json.loads(content) if content else None

    def form(self, path: str, **fields: str) -> tuple[int, bytes]:
        """Send a form as a page would."""
        from urllib.parse import urlencode

        body = urlencode({"csrf": self.csrf, **fields}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, content, _ = self.ask("POST", path, body, kind)
        return status, content


@dataclass(frozen=True, slots=True)
class Served:
    """A running server.

    Attributes:
        origin: its address.
        pid: its process.
        seconds: from starting the process to the first page.
    """

    origin: str
    pid: int
    seconds: float


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@contextmanager
def own_port() -> Iterator[int]:
    """A port of the loopback that the system gives to nobody meanwhile, for a server of another process.

    It is bound, and not listened on: a server that says SO_REUSEADDR, as most do, has it beside us.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = int(held.getsockname()[1])
        if sys.platform != "linux":  # elsewhere nobody else may have it then
            held.close()
        yield port


@contextmanager
def served(
    folder: Path, *options: str, key: Path | None = None, program: str = "mitate", log: Path | None = None
) -> Iterator[Served]:
    """Start `mitate serve` and end it with its children.

    Args:
        folder: of the record.
        options: further ones.
        key: file of the master key; beside the folder by default.
        program: the module that is run.
        log: a file for what the server says of itself; None says it here.

    Raises:
        RuntimeError: no page within three minutes.
    """
    with ExitStack() as files:
        port, nowhere = files.enter_context(own_port()), files.enter_context(Path(os.devnull).open("wb"))
        said = None if log is None else files.enter_context(log.open("wb"))
        command = [
            *(sys.executable, "-m", program, "serve", "--folder", str(folder), "--no-tls", "--no-browser"),
            *("--port", str(port), "--key-file", str(key or folder.with_name(f"{folder.name}.key"))),
            *options,
        ]
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=nowhere, stderr=said, start_new_session=True)
        try:
            yield Served(f"http://127.0.0.1:{port}", process.pid, _first_page(port, begun, process))
        finally:
            _end(process)


def _first_page(port: int, begun: float, process: subprocess.Popen[bytes]) -> float:
    while time.monotonic() < begun + _START_S:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5) as answer:
                answer.read()
                return time.monotonic() - begun
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("no page within three minutes")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def memory_mb(pid: int) -> float:
    """Proportional memory of a process and all its children now (Linux)."""
    return sum(_pss_kb(one) for one in (pid, *_children(pid))) / 1024


def _children(pid: int) -> Iterator[int]:
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for word in listed.read_text().split():
            yield int(word)
            yield from _children(int(word))


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def ends(folder: Path, most_s: float = 900.0) -> dict[str, int]:
    """Films by how they ended, once no job waits or runs; and jobs that still do after `most_s`."""
    from sqlalchemy import func, select

    from mitate.record.master import open_vault
    from mitate.record.opened import open_record
    from mitate.record.schema import Capture, Job

    record = open_record(folder, open_vault(folder, key_file=folder.with_name(f"{folder.name}.key")))
    until = time.monotonic() + most_s
    left = select(func.count()).select_from(Job).where(Job.state.in_(("waiting", "running")))
    try:
        while True:
            with record.database.reading() as session:
                waiting = int(session.scalar(left) or 0)
                counted = session.execute(select(Capture.state, func.count()).group_by(Capture.state)).all()
            if waiting == 0 or time.monotonic() > until:
                return {**{str(state): int(number) for state, number in counted}, "jobs not done": waiting}
            time.sleep(1)
    finally:
        record.close()
