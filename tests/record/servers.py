"""Real servers for tests: PostgreSQL and Redis as Debian installs them, thrown away afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from benchmarks.served import own_port

LONGEST_S = 120.0


@contextmanager
def postgres() -> Iterator[Path]:
    """A cluster of its own, reached by the socket in the folder it yields, or a skip."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = Path(shutil.which("initdb") or (found[-1] if found else "none"))
    if not initdb.exists():
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="mitate-pg-"))
    as_user: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "nobody")
        as_user.update(user="nobody", extra_groups=[])
    quick = ["--no-sync", "-A", "trust", "-U", "mitate", "-E", "UTF8", "--locale=C"]
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    server: subprocess.Popen[bytes] | None = None
    try:
        subprocess.run([initdb, "-D", folder / "pg", *quick], **as_user, check=True)
        start: list[str | Path] = [initdb.with_name("postgres"), "-D", folder / "pg", *options]
        server = subprocess.Popen(start, **as_user)
        _wait(lambda: _postgres_answers(folder))
        yield folder
    finally:
        _stop(server, signal.SIGINT)
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_answers(folder: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(host=str(folder), user="mitate", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def new_database(folder: Path) -> Iterator[str]:
    """The URL of an empty database of the cluster."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    where: dict[str, Any] = {"host": str(folder), "user": "mitate", "dbname": "postgres"}
    with psycopg.connect(**where, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"postgresql+psycopg://mitate@/{name}?host={folder}"
    with psycopg.connect(**where, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def redis() -> Iterator[str]:
    """The URL of a Redis of its own on a free port of the loopback; skips where it is not installed."""
    client = pytest.importorskip("redis", reason="redis is not installed")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed")
    with own_port() as port, tempfile.TemporaryDirectory(prefix="mitate-redis-") as folder:
        options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--appendonly", "no"]
        server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        try:
            with client.Redis(port=port) as one:
                _wait(lambda: _redis_answers(one, client.ConnectionError))
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            _stop(server, signal.SIGTERM)


def _redis_answers(one: Any, lost: type[Exception]) -> bool:
    try:
        return bool(one.ping())
    except lost:
        return False


def _wait(answers: Any) -> None:
    until = time.monotonic() + LONGEST_S
    while not answers():
        if time.monotonic() > until:
            pytest.fail("a server did not start")
        time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes] | None, by: signal.Signals) -> None:
    if server is not None and server.poll() is None:
        server.send_signal(by)
        server.wait(LONGEST_S)
