"""Senders that never finish, say too much, or come in crowds: closed, while others are answered."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from mitate.serve import running
from mitate.serve.connections import Crowd, Patience, network_of, patient_protocol, room_for_connections
from mitate.serve.running import Listener

SHORT = Patience(head_s=0.8, drain_s=1.2, head_bytes=8192, most=12, of_one=8)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads a body on /read, answers at once else; much on /much, late on /late."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/read":
        while (await receive()).get("more_body"):
            pass
    if scope["path"] == "/late":
        await asyncio.sleep(1.2)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(400 if scope["path"] == "/much" else 0):
        await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
    await send({"type": "http.response.body", "body": b"good"})


@pytest.fixture(params=["httptools", "h11"])
def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a server with little patience, by either of uvicorn's protocols."""
    from mitate.serve import connections

    pytest.importorskip(
        request.param
    )  # mitate asks for h11 only; where the other is installed, uvicorn takes it
    module = import_module(f"uvicorn.protocols.http.{request.param}_impl")
    base = {"h11": "H11Protocol", "httptools": "HttpToolsProtocol"}[request.param]
    monkeypatch.setattr(connections, "_base", lambda: getattr(module, base))
    with served(SHORT) as found:
        yield found


@contextlib.contextmanager
def served(patience: Patience) -> Iterator[int]:
    bound = socket.create_server(("127.0.0.1", 0))
    place = bound.getsockname()[1]
    config = running._config(Listener(app, "127.0.0.1", place), "", Crowd(patience))
    config.timeout_graceful_shutdown = 1
    server = running._Server(config)
    thread = threading.Thread(target=server.run, args=([bound],))
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield place
    finally:
        server.should_exit = True
        thread.join(20)
        bound.close()


def connected(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=10)
    made.settimeout(10)
    return made


def closed(one: socket.socket) -> bool:
    """Wait until the other side closes."""
    try:
        while one.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def cut_off(one: socket.socket, piece: bytes) -> bool:
    """Whether somebody who sends a little now and then is cut off."""
    try:
        for _ in range(100):
            one.sendall(piece)
            time.sleep(0.05)
    except ConnectionError:
        return True
    return False


def answers(port: int, path: str = "/", body: bytes = b"") -> bool:
    with connected(port) as one:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        one.sendall(head.encode() + body)
        got = b""
        with contextlib.suppress(ConnectionError):
            while piece := one.recv(65_536):
                got += piece
        return b"200 OK" in got and b"good" in got


def answer(one: socket.socket) -> bytes:
    """What comes for a request on a connection that stays, to the last chunk's end."""
    one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    got = b""
    while not got.endswith(b"\r\n0\r\n\r\n"):
        piece = one.recv(65_536)
        assert piece, got
        got += piece
    return got


def test_who_does_not_finish_is_closed_and_others_are_answered(port: int) -> None:
    slow = [connected(port) for _ in range(5)]
    slow[1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
    slow[2].sendall(b"GET / HTTP/1.1\r\n")
    assert answers(port)
    assert all(closed(one) for one in slow)
    assert answers(port)
    for one in slow:
        one.close()


def test_a_head_that_trickles_is_no_way_round(port: int) -> None:
    with connected(port) as one:
        one.sendall(b"GET / HTTP/1.1\r\n")
        assert cut_off(one, b"X-More: and more\r\n")


def test_a_head_without_end_is_closed(port: int) -> None:
    with connected(port) as one, contextlib.suppress(ConnectionError):
        one.sendall(b"GET / HTTP/1.1\r\n")
        for number in range(40):
            one.sendall(f"X-{number}: ".encode() + b"x" * 4000 + b"\r\n")
        assert closed(one)


def test_bodies_late_answers_and_the_next_request_have_their_time(port: int) -> None:
    assert answers(port, "/read", b"x" * 300_000)
    assert answers(port, "/late")
    with connected(port) as one:
        for _ in range(3):
            assert b"good" in answer(one)
            time.sleep(0.1)
        time.sleep(1.1)  # longer than a head may take: between two requests another patience counts
        assert b"200 OK" in answer(one)


def test_the_rest_of_a_body_that_was_answered_is_let_in_but_not_for_ever(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n"
    with connected(port) as one:
        one.sendall(head)
        assert b"200 OK" in one.recv(65_536)
        assert cut_off(one, b"x" * 100)
    with connected(port) as one:
        one.sendall(head + b"x" * 500_000 + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got = b""
        while piece := one.recv(65_536):
            got += piece
        assert got.count(b"200 OK") == 2


def test_who_takes_nothing_of_an_answer_is_closed(port: int) -> None:
    with connected(port) as one:
        one.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(2.6)
        taken = 0
        with contextlib.suppress(ConnectionError):
            while piece := one.recv(65_536):
                taken += len(piece)
        assert taken < 400 * 65_536


class Clock:
    """A loop whose time is told by the test."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def call_later(self, seconds: float, call: Callable[..., None], *given: object) -> mock.Mock:
        self.due.append(lambda: call(*given))
        return mock.Mock()


def test_a_slow_reader_of_a_large_answer_is_not_cut_off_before_it_stops() -> None:
    clock, transport = Clock(), mock.Mock()
    transport.get_extra_info.return_value = None
    transport.is_closing.return_value = False
    config = running._config(Listener(app, "127.0.0.1", 0), "", Crowd(SHORT))
    config.load()
    made: Any = patient_protocol(Crowd(SHORT))
    one = made(config=config, server_state=ServerState(), app_state={}, _loop=clock)
    one.connection_made(transport)
    transport.get_write_buffer_size.return_value = 60_000_000
    one.pause_writing()
    for left in (59_000_000, 30_000_000, 200_000):
        transport.get_write_buffer_size.return_value = left
        clock.due.pop()()
        assert not transport.abort.called
    clock.due.pop()()
    assert transport.abort.called


def test_a_crowd_from_one_address_leaves_room() -> None:
    with served(Patience(head_s=30.0, most=12, of_one=8)) as port:
        crowd = [connected(port) for _ in range(8)]
        time.sleep(0.2)
        with connected(port) as one:
            assert closed(one)
        for one in crowd:
            one.close()
        until = time.monotonic() + 10
        while not (there := answers(port)) and time.monotonic() < until:
            time.sleep(0.05)
        assert there


def test_places_are_counted_and_given_back() -> None:
    crowd = Crowd(Patience(most=3, of_one=2))
    assert [crowd.enter("a") for _ in range(3)] == [True, True, False]
    assert [crowd.enter("b") for _ in range(2)] == [True, False]
    for network in ("a", "a", "b"):
        crowd.leave(network)
    assert (crowd.total, dict(crowd.by_network)) == (0, {})
    endless = Crowd(Patience(most=100, of_one=0))
    assert all(endless.enter("proxy") for _ in range(100))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


@given(st.ip_addresses())
def test_every_address_has_a_network_of_its_own_kind(address: object) -> None:
    assert network_of(str(address))


def test_there_is_room_for_files_beside_connections() -> None:
    assert 16 <= room_for_connections(2000) <= 2000


def test_the_protocol_is_uvicorns() -> None:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    assert issubclass(patient_protocol(Crowd()), AutoHTTPProtocol)
