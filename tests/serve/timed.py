"""For connections: a real server on loopback whose time the test tells, and clients of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest
from starlette.types import Receive, Scope, Send

from mitate.serve import running
from mitate.serve.connections import Crowd, Loop, Patience, counted
from mitate.serve.running import Listener
from mitate.serve.tls import Certificate

HURRIED = Patience(handshake_s=5.0, head_s=5.0, drain_s=12.0, head_bytes=8192, most=12, of_one=8)
LATE_S = 8.0
"""How long /late takes: longer than a head may."""
_LONG_S = 60.0  # of the clock on the wall: until a test gives up
_ROUNDS = 8  # of the loop: taking a connection, its transport, its protocol, and an end


class Told(Loop):
    """A loop whose time stands still until it is told to pass."""

    told = 1000.0

    def time(self) -> float:
        return self.told

    async def pass_time(self, seconds: float) -> None:
        """Second by second, each with all that is due in it."""
        await self._rounds()
        while seconds > 0:
            self.told += min(1.0, seconds)
            seconds -= 1.0
            await self._rounds()

    async def _rounds(self) -> None:
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)


class Watched(Crowd):
    """A crowd of which a test can wait for a number."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(patience)
        self.changed = threading.Condition()

    def enter(self, network: str) -> bool:
        with self.changed:
            let_in = super().enter(network)
            self.changed.notify_all()
        return let_in

    def leave(self, network: str) -> None:
        with self.changed:
            super().leave(network)
            self.changed.notify_all()

    def now(self) -> tuple[int, dict[str, int]]:
        """How many are in it, and from where."""
        with self.changed:
            return self.total, dict(self.by_network)

    def becomes(self, total: int) -> bool:
        """Wait until so many are in it."""
        with self.changed:
            return self.changed.wait_for(lambda: self.total == total, _LONG_S)


class App:
    """Reads a body on /read, answers at once else; much on /much, late on /late; web sockets stay open.

    /once answers to the first piece of a body; /talk begins its answer before.
    """

    def __init__(self) -> None:
        self.begun: SimpleQueue[str] = SimpleQueue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass
        if scope["type"] != "http":
            return
        self.begun.put(scope["path"])
        if scope["path"] == "/read":
            while (await receive()).get("more_body"):
                pass
        if scope["path"] == "/late":
            await asyncio.sleep(LATE_S)
        if scope["path"] == "/once":
            await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/talk":
            await send({"type": "http.response.body", "body": b"hm, ", "more_body": True})
            await receive()
        for _ in range(400 if scope["path"] == "/much" else 0):
            await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
        await send({"type": "http.response.body", "body": b"good"})


class Timed:
    """A server in a thread.

    Attributes:
        port: of 127.0.0.1.
        crowd: its connections.
        app: what answers.
    """

    def __init__(self, patience: Patience, certificate: Certificate | None) -> None:
        bound = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = int(bound.getsockname()[1])
        self.crowd = Watched(patience)
        self.app = App()
        self.loop = Told(patience)
        listener = Listener(self.app, "127.0.0.1", self.port, certificate)
        self.server = running._Server(running._config(listener, "", patience))
        self.bound = counted(bound, self.crowd)
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        serving = asyncio.create_task(self.server.serve([self.bound]))
        while not self.server.started and not serving.done():
            await asyncio.sleep(0)
        self._ready.set()
        while not self._ended.is_set():
            await asyncio.to_thread(self._ended.wait)
        self.server.should_exit = True
        while not serving.done():  # its own looks at the clock
            await self.loop.pass_time(0.2)
        await serving

    def __enter__(self) -> Timed:
        self._thread.start()
        assert self._ready.wait(_LONG_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(_LONG_S)
        self.bound.close()
        assert not self._thread.is_alive()

    def forward(self, seconds: float) -> None:
        """Let time pass for the server; 0 only lets it do what lies there."""
        asyncio.run_coroutine_threadsafe(self.loop.pass_time(seconds), self.loop).result(_LONG_S)

    def began(self) -> str:
        """The path of the next request whose turn comes."""
        return self.app.begun.get(timeout=_LONG_S)

    def connected(self, source: str = "127.0.0.1") -> socket.socket:
        """A connection from this address of our own."""
        with contextlib.ExitStack() as undo:
            made = undo.enter_context(socket.socket())
            try:
                made.bind((source, 0))
            except OSError:
                pytest.skip(f"this machine has no {source}")
            made.settimeout(_LONG_S)
            made.connect(("127.0.0.1", self.port))
            undo.pop_all()
        return made

    def crowded(self, count: int, source: str = "127.0.0.1") -> list[socket.socket]:
        """So many that say nothing; the server has them all."""
        before = self.crowd.total
        made = [self.connected(source) for _ in range(count)]
        assert self.crowd.becomes(before + count)
        self.forward(0)
        return made

    def answers(
        self, path: str = "/", body: bytes = b"", tls: ssl.SSLContext | None = None, source: str = "127.0.0.1"
    ) -> bool:
        """Whether a request on a connection of its own is answered whole; its place is free again then."""
        before, got = self.crowd.total, b""
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        with self.connected(source) as one, contextlib.suppress(ConnectionError, ssl.SSLError):
            got = asked(
                tls.wrap_socket(one, server_hostname="localhost") if tls else one, head.encode() + body
            )
        assert self.crowd.becomes(before)
        return b"200 OK" in got and b"good" in got


def asked(one: socket.socket, request: bytes) -> bytes:
    with one:
        one.sendall(request)
        return received(one)


def received(one: socket.socket) -> bytes:
    """All that comes until the other side closes; an end by a reset, too."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while piece := one.recv(65_536):
            got += piece
    return got


def closed(one: socket.socket) -> bool:
    """Wait until the other side closes."""
    try:
        received(one)
    except TimeoutError:
        return False
    return True


def open_still(one: socket.socket) -> bool:
    """Whether the other side has not closed, as far as can be seen now; what it said is read."""
    waits = one.gettimeout()
    one.setblocking(False)
    try:
        while one.recv(65_536):
            pass
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    finally:
        one.settimeout(waits)
    return False


def reset(one: socket.socket) -> None:
    """Close as a program does that is killed."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


@contextlib.contextmanager
def closing(ones: list[socket.socket]) -> Iterator[list[socket.socket]]:
    try:
        yield ones
    finally:
        for one in ones:
            one.close()
