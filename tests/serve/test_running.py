"""Listeners as real processes' threads on loopback: what each door lets in."""

from __future__ import annotations

import socket
import ssl
import threading
import urllib.request
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from mitate.errors import InputError
from mitate.serve import running
from mitate.serve.doorway import Doorway
from mitate.serve.running import Listener, free_port
from mitate.serve.tls import certificate_for


class Says:
    """An app that answers with one word."""

    def __init__(self, word: str) -> None:
        self.word = word

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": self.word.encode()})


def _ask(scope: Scope) -> str:
    """The word of the app that a doorway leads a request to."""
    import asyncio

    sent: list[bytes] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: object) -> None:
        if isinstance(message, dict) and message["type"] == "http.response.body":
            sent.append(message["body"])

    asyncio.run(Doorway(Says("app"), Says("steps"))(scope, receive, send))
    return b"".join(sent).decode()


@pytest.mark.parametrize(
    ("client", "word"),
    [(("127.0.0.1", 5), "app"), (("::1", 5), "app"), (("192.168.1.9", 5), "steps"), (None, "steps")],
)
def test_the_door_without_tls_is_for_this_machine_only(client: tuple[str, int] | None, word: str) -> None:
    assert _ask({"type": "http", "client": client}) == word


def test_two_listeners_serve_until_they_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certificate_for(("127.0.0.1", "localhost"), tmp_path)
    answers, servers = [], []
    kept = running._Server

    def keep(config: object) -> object:
        servers.append(kept(config))  # type: ignore[arg-type]
        return servers[-1]

    monkeypatch.setattr(running, "_Server", keep)
    ready = threading.Event()

    def ask() -> None:
        try:
            assert ready.wait(120)
            plain, tls = [server.servers[0].sockets[0].getsockname()[1] for server in servers]
            trust = ssl.create_default_context(cafile=str(certificate.authority))
            for address, context in (
                (f"http://127.0.0.1:{plain}", None),
                (f"https://127.0.0.1:{tls}", trust),
            ):
                with urllib.request.urlopen(address, context=context, timeout=60) as answer:
                    answers.append(answer.read())
        finally:
            for server in servers:
                server.should_exit = True

    asking = threading.Thread(target=ask)
    asking.start()
    both = [
        Listener(Says("plain"), "127.0.0.1", 0),
        Listener(Says("tls"), "127.0.0.1", 0, certificate),
    ]
    running.run(both, ready.set)
    asking.join()
    assert answers == [b"plain", b"tls"]


def test_a_taken_port_is_told_plainly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port, "127.0.0.1") > port
        with pytest.raises(InputError, match="taken"):
            running.run([Listener(Says("x"), "127.0.0.1", port)], lambda: None)
