"""The example of a client, as it lies in examples/, against a real server that really reads a film."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn

from mitate.record.accounts import add_account
from mitate.serve.app import create_app
from mitate.serve.auth.tokens import make_token
from mitate.serve.jobs.consumer import start
from mitate.serve.jobs.queue import open_queue
from mitate.serve.service import Service

ROOT = Path(__file__).parents[2]
FILM = ROOT / "examples/two-patients/videos/sim-460-0000_d007-pre.mp4"


@contextmanager
def running(service: Service) -> Iterator[str]:
    """The app in a thread, with jobs; its address."""
    bound = socket.create_server(("127.0.0.1", 0), backlog=128)
    origin = f"http://127.0.0.1:{bound.getsockname()[1]}"
    settings = replace(service.settings, origin=origin)
    served = replace(service, settings=settings, queue=open_queue(settings))
    server = uvicorn.Server(uvicorn.Config(create_app(served), log_config=None))
    thread = threading.Thread(target=server.run, args=([bound],))
    consumer = start(served)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield origin
    finally:
        server.should_exit = True
        thread.join()
        consumer.stop()


def _token(service: Service) -> str:
    with service.record.database.writing() as session:
        account = add_account(
            service.record, session, login="clinic", name="Clinic", roles=("clinician",), secret="-"
        )
        return make_token(session, account, "example", ("read:people", "write:people")).text


@pytest.mark.usefixtures("weights_ready")
def test_the_client_gets_from_a_film_to_words(service: Service) -> None:
    token = _token(service)
    with running(service) as origin:
        command = [sys.executable, str(ROOT / "examples/api_client.py"), origin, str(FILM)]
        typed = [*command, "--number", "p 17/ä", "--dry-weight", "63.6", "--context", "pre"]
        told = subprocess.run(
            typed, env={**os.environ, "MITATE_TOKEN": token}, capture_output=True, text=True, timeout=600
        )
    assert told.returncode == 0, told.stderr
    state, headline = told.stdout.splitlines()[:2]
    assert state == "done"
    assert headline


def test_a_refusal_of_the_server_is_told_in_its_own_words(service: Service) -> None:
    with running(service) as origin:
        command = [sys.executable, str(ROOT / "examples/api_client.py"), origin, str(FILM)]
        told = subprocess.run(
            command,
            env={**os.environ, "MITATE_TOKEN": "mitate_none"},
            capture_output=True,
            text=True,
            timeout=600,
        )
    assert told.returncode == 1
    assert "401" in told.stderr
