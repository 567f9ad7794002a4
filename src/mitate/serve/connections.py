"""Connections before any request stands in them: how many there may be, and how long one may stay silent.

A server that waits as long as a sender likes can be filled with senders that never finish ("slowloris", R.
Hansen, 2009). uvicorn waits for ever for a request's first line and, with httptools, takes headers without an
end; bodies are the guard's affair (`mitate.serve.auth.bodies`). A connection counts from the moment it is
taken, before TLS or HTTP, until its file is closed, whatever became of it: its socket holds the place.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

__all__ = [
    "Crowd",
    "Loop",
    "Patience",
    "counted",
    "network_of",
    "patient_protocol",
    "room_for_connections",
]

_SPARE_FILES = 300  # for the database, films, children
_MOST_OF_SELECT = 480  # of the 512 sockets that Windows' select looks at
_TURNED_AWAY = 64  # in a row, before the loop looks after others


@dataclass(frozen=True, slots=True)
class Patience:
    """What a connection may do before it is closed.

    Attributes:
        handshake_s: seconds until TLS is agreed on, from the connection on.
        head_s: seconds until a request's head is there, from the first byte or from the connection on.
        drain_s: seconds for the rest of a body that was answered before its end, and for a reader to take
            some of an answer.
        head_bytes: of a head.
        most: connections in all; `of_one` of one address, 0 for no limit (behind a proxy all have its own).
    """

    handshake_s: float = 20.0
    head_s: float = 20.0
    drain_s: float = 60.0
    head_bytes: int = 65_536
    most: int = 2000
    of_one: int = 400


@dataclass(slots=True)
class Crowd:
    """Who is connected now, over all listeners of a process; told by the loop's thread alone."""

    patience: Patience = field(default_factory=Patience)
    by_network: Counter[str] = field(default_factory=Counter)
    total: int = 0

    def enter(self, network: str) -> bool:
        """Whether there is room for one more from there; it is counted then."""
        most = self.patience
        if self.total >= most.most or (most.of_one and self.by_network[network] >= most.of_one):
            return False
        self.total += 1
        self.by_network[network] += 1
        return True

    def leave(self, network: str) -> None:
        """One that had entered is gone."""
        self.total -= 1
        self.by_network[network] -= 1
        if self.by_network[network] <= 0:
            del self.by_network[network]


def counted(bound: socket.socket, crowd: Crowd) -> socket.socket:
    """`bound` as a listening socket that takes only connections for which `crowd` has room.

    Args:
        bound: of TCP; it is empty afterwards.
        crowd: in which a connection has its place until its file is closed, a web socket's too.
    """
    tcp = socket.IPPROTO_TCP  # not 0: asyncio sends small pieces at once (TCP_NODELAY) only where it is named
    door = _Door(bound.family, bound.type, tcp, bound.detach())
    door.crowd = crowd
    return door


class _Door(socket.socket):
    """A listening socket that counts whom it lets in."""

    crowd: Crowd

    def accept(self) -> tuple[socket.socket, Any]:
        """The next for whom there is room; the others are closed at once."""
        for _ in range(_TURNED_AWAY):
            plain, address = super().accept()
            network = network_of(str(address[0]) if address else "")  # macOS: who left may have none
            if self.crowd.enter(network):
                one = _Placed(self.family, self.type, self.proto, plain.detach())
                one.leave = weakref.finalize(one, self.crowd.leave, network)
                return one, address
            plain.close()
        raise BlockingIOError(errno.EWOULDBLOCK, "a crowd is turned away")  # who waits is asked again


class _Placed(socket.socket):
    """A connection that has a place until its file is closed."""

    leave: Callable[[], object] = object  # a copy has no place of its own

    def close(self) -> None:
        super().close()
        if self.fileno() < 0:  # a file object made of it may keep it open
            self.leave()

    def detach(self) -> int:
        self.leave()
        return super().detach()


class Loop(asyncio.SelectorEventLoop):
    """The loop that serves: it asks the listening socket for connections, on every system.

    Windows' usual one takes them itself, so that nobody could count them before TLS is agreed on. And uvicorn
    has no word for how long that may take.
    """

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self.patience = patience

    async def create_server(self, *given: Any, **named: Any) -> asyncio.Server:
        if named.get("ssl") is not None:
            named.setdefault("ssl_handshake_timeout", self.patience.handshake_s)
        return await super().create_server(*given, **named)


def network_of(address: str) -> str:
    """What counts as one address: IPv4 as it is; of IPv6 the first 64 bits, all one machine's."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip) if ip.is_loopback else str(ipaddress.ip_network((ip, 64), strict=False))


def room_for_connections(most: int) -> int:
    """How many connections this process can watch, at most `most`; asks the system for more files."""
    try:
        import resource
    except ImportError:  # Windows has no such limit of files
        return min(most, _MOST_OF_SELECT)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return most if soft == resource.RLIM_INFINITY else max(16, min(most, soft - _SPARE_FILES))


@cache
def _base() -> Any:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    return AutoHTTPProtocol


class _Patient(asyncio.Protocol):
    """What stands before uvicorn's protocol; its class comes after this one (`patient_protocol`)."""

    patience: Patience
    transport: Any
    loop: asyncio.AbstractEventLoop
    cycle: Any
    conn: Any  # h11's
    ours = False  # from the connection on until it is lost, or a web socket's
    late: asyncio.TimerHandle | None = None
    stuck: asyncio.TimerHandle | None = None
    in_body, head_bytes = False, 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.ours = True
        self._wait(self.patience.head_s)

    def data_received(self, data: bytes) -> None:
        if not self.in_body and hasattr(self, "parser"):  # httptools; h11 has a limit of its own
            if self.head_bytes > self.patience.head_bytes:
                self._too_late()
                return
            self.head_bytes += len(data)
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait(0.0)  # the app has it
        elif self.late is None and self.ours:
            self._wait(self.patience.head_s)

    def on_headers_complete(self) -> None:  # httptools alone calls this and the next
        self.in_body, self.head_bytes = True, 0
        uvicorns: Any = super()
        uvicorns.on_headers_complete()

    def on_message_complete(self) -> None:
        self.in_body, self.head_bytes = False, 0
        uvicorns: Any = super()
        uvicorns.on_message_complete()

    def on_response_complete(self) -> None:
        uvicorns: Any = super()
        uvicorns.on_response_complete()
        if self._in_body() and self.ours:  # answered before all of the body was there
            self._wait(self.patience.drain_s)

    def send_400_response(self, msg: str) -> None:
        """For what is no HTTP. A request under way ends with it, or its answer would fail in the log."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            if cycle.response_started:  # no second answer within the first
                self.transport.close()
                return
        uvicorns: Any = super()
        uvicorns.send_400_response(msg)

    def _in_body(self) -> bool:
        if hasattr(self, "parser"):
            return self.in_body
        from h11 import SEND_BODY

        return bool(self.conn.their_state is SEND_BODY)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unstick()

    def handle_websocket_upgrade(self, *given: Any) -> None:
        self._let_go()  # it has a patience of its own, and pings
        uvicorns: Any = super()
        uvicorns.handle_websocket_upgrade(*given)

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        super().connection_lost(exc)

    def _let_go(self) -> None:
        self.ours = False
        self._wait(0.0)
        self._unstick()

    def _wait(self, seconds: float) -> None:
        if self.late is not None:
            self.late.cancel()
        self.late = self.loop.call_later(seconds, self._too_late) if seconds else None

    def _watch(self, unsent: int) -> None:
        """Look again later whether a reader took some: a large answer in one piece may take long."""
        self.stuck = self.loop.call_later(self.patience.drain_s, self._moved, unsent)

    def _moved(self, before: int) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent < before:
            self._watch(unsent)
        else:
            self._too_late()

    def _unstick(self) -> None:
        if self.stuck is not None:
            self.stuck.cancel()
            self.stuck = None

    def _too_late(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


def patient_protocol(patience: Patience) -> type[asyncio.Protocol]:
    """uvicorn's protocol for HTTP/1.1, with an end to its patience."""
    return type("Patient", (_Patient, _base()), {"patience": patience})
