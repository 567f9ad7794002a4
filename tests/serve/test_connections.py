"""Senders that never finish, say too much, or come in crowds: closed, while others are answered."""

from __future__ import annotations

import asyncio
import select
import socket
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from tests.serve.timed import HURRIED, LATE_S, Timed, closed, closing, open_still, received
from uvicorn.server import ServerState

from mitate.serve import connections, running
from mitate.serve.connections import (
    Crowd,
    Loop,
    Patience,
    counted,
    network_of,
    patient_protocol,
    room_for_connections,
)
from mitate.serve.running import Listener


@pytest.fixture(params=["httptools", "h11"])
def timed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Timed]:
    """A server with little patience, by either of uvicorn's protocols."""
    # mitate asks for h11 only; where the other is installed, uvicorn takes it
    pytest.importorskip(request.param)
    module = import_module(f"uvicorn.protocols.http.{request.param}_impl")
    base = {"h11": "H11Protocol", "httptools": "HttpToolsProtocol"}[request.param]
    monkeypatch.setattr(connections, "_base", lambda: getattr(module, base))
    with Timed(HURRIED, None) as server:
        yield server


def trickled(timed: Timed, one: socket.socket, piece: bytes, most_s: int) -> int:
    """Seconds until somebody who sends a little each second is cut off, at most so many."""
    for second in range(most_s):
        try:
            one.sendall(piece)
        except ConnectionError:
            return second
        timed.forward(1.0)
        if not open_still(one):
            return second + 1
    return most_s


def answer(one: socket.socket) -> bytes:
    """What comes for a request on a connection that stays, to the last chunk's end."""
    one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    got = b""
    while not got.endswith(b"\r\n0\r\n\r\n"):
        piece = one.recv(65_536)
        assert piece, got
        got += piece
    return got


def test_who_does_not_finish_is_closed_and_others_are_answered(timed: Timed) -> None:
    with closing(timed.crowded(5)) as slow:
        slow[1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        slow[2].sendall(b"GET / HTTP/1.1\r\n")
        assert timed.answers()
        timed.forward(HURRIED.head_s - 1)
        assert all(open_still(one) for one in slow)
        timed.forward(2.0)
        assert all(closed(one) for one in slow)
        assert timed.crowd.becomes(0)
        assert timed.answers()


def test_a_head_that_trickles_is_no_way_round(timed: Timed) -> None:
    with closing(timed.crowded(1)) as (one,):
        one.sendall(b"GET / HTTP/1.1\r\n")
        assert trickled(timed, one, b"X-More: and more\r\n", 20) == pytest.approx(HURRIED.head_s, abs=1)


def test_a_head_without_end_is_closed(timed: Timed) -> None:
    with closing(timed.crowded(1)) as (one,):
        try:
            one.sendall(b"GET / HTTP/1.1\r\n")
            for number in range(40):
                one.sendall(f"X-{number}: ".encode() + b"x" * 4000 + b"\r\n")
        except ConnectionError:
            return
        assert closed(one)


def test_bodies_late_answers_and_the_next_request_have_their_time(timed: Timed) -> None:
    assert timed.answers("/read", b"x" * 300_000)
    with closing(timed.crowded(1)) as (one,):
        assert timed.began() == "/read"
        one.sendall(b"GET /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert timed.began() == "/late"
        timed.forward(LATE_S + 1)
        assert b"good" in received(one)
        assert timed.crowd.becomes(0)
    with closing(timed.crowded(1)) as (one,):
        for _ in range(3):
            assert b"good" in answer(one)
        timed.forward(2 * HURRIED.head_s)  # between two requests another patience counts
        assert b"200 OK" in answer(one)


def test_the_rest_of_a_body_that_was_answered_is_let_in_but_not_for_ever(timed: Timed) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n"
    with closing(timed.crowded(1)) as (one,):
        one.sendall(head)
        assert b"200 OK" in one.recv(65_536)
        assert trickled(timed, one, b"x" * 100, 60) == pytest.approx(HURRIED.drain_s, abs=1)
    assert timed.crowd.becomes(0)
    with closing(timed.crowded(1)) as (one,):
        one.sendall(head + b"x" * 500_000 + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert received(one).count(b"200 OK") == 2


def test_a_body_that_turns_to_nonsense_ends_its_request_and_no_more(
    timed: Timed, caplog: pytest.LogCaptureFixture
) -> None:
    for path, told in (("/once", b"400 Bad Request"), ("/talk", b"hm, ")):
        with closing(timed.crowded(1)) as (one,):
            one.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
            assert timed.began() == path
            if path == "/talk":
                assert b"200 OK" in one.recv(65_536, socket.MSG_PEEK)
            one.sendall(b"3\r\nabc\r\nzz\r\n")  # the app wakes for the first piece when all is over
            got = received(one)
            assert told in got
            assert b"good" not in got
            assert timed.crowd.becomes(0)
    assert timed.answers()
    assert [one.getMessage() for one in caplog.records if one.exc_info] == []


def test_who_takes_nothing_of_an_answer_is_closed(timed: Timed) -> None:
    with closing(timed.crowded(1)) as (one,):
        one.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        assert timed.began() == "/much"
        for _ in range(20):  # while the system's own buffers fill, it looks again
            timed.forward(HURRIED.drain_s)
        assert timed.crowd.becomes(0)
        assert len(received(one)) < 400 * 65_536


async def answers_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    return


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
    config = running._config(Listener(answers_nothing, "127.0.0.1", 0), "", HURRIED)
    config.load()
    made: Any = patient_protocol(HURRIED)
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
    with Timed(HURRIED, None) as timed:
        with closing(timed.crowded(8)):
            with timed.connected() as one:
                assert closed(one)
            assert timed.answers(source="127.0.0.2")
            with closing(timed.crowded(4, "127.0.0.3")), timed.connected("127.0.0.2") as one:
                assert closed(one)  # there are twelve places in all
        assert timed.crowd.becomes(0)
        assert timed.answers()


def test_a_web_socket_keeps_its_place_as_long_as_it_is_open() -> None:
    with Timed(HURRIED, None) as timed:
        with closing(timed.crowded(1)) as (one,):
            one.sendall(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert b"101" in one.recv(65_536)
            timed.forward(HURRIED.head_s + 1)
            assert open_still(one)
            assert dict(timed.crowd.by_network) == {"127.0.0.1": 1}
        assert timed.crowd.becomes(0)


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """A listening socket with two places for each address and three in all."""
    bound = socket.create_server(("127.0.0.1", 0), backlog=128)
    with counted(bound, Crowd(Patience(most=3, of_one=2))) as one:
        one.setblocking(False)
        yield one


def come(door: socket.socket, source: str = "127.0.0.1") -> socket.socket:
    try:
        return socket.create_connection(door.getsockname(), 60, (source, 0))
    except OSError:
        pytest.skip(f"this machine has no {source}")


def taken(door: Any) -> tuple[Any, Any]:
    """The next that is let in, once somebody stands there."""
    assert select.select([door], [], [], 60.0)[0]
    found: tuple[Any, Any] = door.accept()
    return found


def test_who_is_turned_away_does_not_keep_the_next_waiting(door: Any) -> None:
    with closing([come(door) for _ in range(5)]) as ones, come(door, "127.0.0.2") as other:
        inside = [taken(door) for _ in range(3)]
        assert [address for _, address in inside] == [one.getsockname() for one in (ones[0], ones[1], other)]
        assert all(closed(one) for one in ones[2:])
        assert dict(door.crowd.by_network) == {"127.0.0.1": 2, "127.0.0.2": 1}
        with pytest.raises(BlockingIOError):
            door.accept()
        for one, _ in inside:
            one.close()
        assert door.crowd.total == 0


def test_a_crowd_that_is_turned_away_does_not_keep_the_loop(door: Any) -> None:
    with closing([come(door) for _ in range(80)]) as ones:
        inside = [taken(door) for _ in range(2)]
        with pytest.raises(BlockingIOError):
            door.accept()
        assert open_still(ones[-1])  # its turn is the next time
        while select.select([door], [], [], 0.0)[0]:
            with pytest.raises(BlockingIOError):
                door.accept()
        assert closed(ones[-1])
        for one, _ in inside:
            one.close()


@pytest.mark.parametrize("end", ["close", "twice", "detach", "forgotten", "file"])
def test_a_place_is_given_back_once(door: Any, end: str) -> None:
    with come(door), come(door):
        one, _ = taken(door)
        other, _ = taken(door)
        match end:
            case "close" | "twice":
                one.close()
            case "detach":
                socket.close(one.detach())
            case "file":
                with one.makefile("rb"):
                    one.close()
                    assert door.crowd.total == 2
            case _:
                with pytest.warns(ResourceWarning):
                    one = None
        if end == "twice":
            one.close()
        assert dict(door.crowd.by_network) == {"127.0.0.1": 1}
        other.close()
        assert dict(door.crowd.by_network) == {}


def test_a_copy_of_a_connection_has_no_place(door: Any) -> None:
    with come(door):
        one, _ = taken(door)
        one.dup().close()
        assert door.crowd.total == 1
        one.close()
        assert door.crowd.total == 0


def test_small_pieces_are_sent_at_once() -> None:
    """An answer's head and body are two; by Nagle's way the second waits 40 ms for the other's receipt."""
    found: list[int] = []

    class One(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            taken = transport.get_extra_info("socket")
            found.append(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def serve() -> None:
        bound = counted(socket.create_server(("127.0.0.1", 0)), Crowd())
        async with await asyncio.get_running_loop().create_server(One, sock=bound):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            await reader.read()
            writer.close()

    with asyncio.Runner(loop_factory=lambda: Loop(Patience())) as runner:
        runner.run(serve())
    assert found
    assert all(found)


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


def test_where_there_is_no_limit_of_files_there_is_one_of_select(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    assert room_for_connections(2000) + len(("two listeners", "a pipe", "spare")) < 512
    assert room_for_connections(100) == 100


def test_the_protocol_is_uvicorns() -> None:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    assert issubclass(patient_protocol(Patience()), AutoHTTPProtocol)
