"""Connections before any request stands in them: how many there may be, and how long one may stay silent.

A server that waits as long as a sender likes can be filled with senders that never finish ("slowloris", R.
Hansen, 2009). uvicorn waits for ever for a request's first line and, with httptools, takes headers without an
end; bodies are the guard's affair (`mitate.serve.auth.bodies`).
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

__all__ = ["Crowd", "Patience", "network_of", "patient_protocol", "room_for_connections"]

_SPARE_FILES = 300  # for the database, films, children


@dataclass(frozen=True, slots=True)
class Patience:
    """What a connection may do before it is closed.

    Attributes:
        head_s: seconds until a request's head is there, from the first byte or from the connection on.
        drain_s: seconds for the rest of a body that was answered before its end, and for a reader to take
            some of an answer.
        head_bytes: of a head.
        most: connections in all; `of_one` of one address, 0 for no limit (behind a proxy all have its own).
    """

    head_s: float = 20.0
    drain_s: float = 60.0
    head_bytes: int = 65_536
    most: int = 2000
    of_one: int = 400


@dataclass(slots=True)
class Crowd:
    """Who is connected now, over all listeners of a process."""

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
    """How many connections this process has files for, at most `most`; asks the system for more."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return most
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

    crowd: Crowd
    transport: Any
    loop: asyncio.AbstractEventLoop
    cycle: Any
    network, inside = "", False
    late: asyncio.TimerHandle | None = None
    stuck: asyncio.TimerHandle | None = None
    in_body, head_bytes = False, 0

    def connection_made(self, transport: Any) -> None:
        peer = transport.get_extra_info("peername")
        self.network = network_of(str(peer[0])) if isinstance(peer, tuple) else ""
        super().connection_made(transport)
        self.inside = self.crowd.enter(self.network)
        if self.inside:
            self._wait(self.crowd.patience.head_s)
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self.inside:
            return
        if not self.in_body and hasattr(self, "parser"):  # httptools; h11 has a limit of its own
            if self.head_bytes > self.crowd.patience.head_bytes:
                self._too_late()
                return
            self.head_bytes += len(data)
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait(0.0)  # the app has it
        elif self.late is None and self.inside:
            self._wait(self.crowd.patience.head_s)

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
        if self.in_body and self.inside:  # answered before all of the body was there
            self._wait(self.crowd.patience.drain_s)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unstick()

    def handle_websocket_upgrade(self, *given: Any) -> None:
        self._leave()  # sockets are few, and have limits of their own
        uvicorns: Any = super()
        uvicorns.handle_websocket_upgrade(*given)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        self._wait(0.0)
        self._unstick()
        if self.inside:
            self.inside = False
            self.crowd.leave(self.network)

    def _wait(self, seconds: float) -> None:
        if self.late is not None:
            self.late.cancel()
        self.late = self.loop.call_later(seconds, self._too_late) if seconds else None

    def _watch(self, unsent: int) -> None:
        """Look again later whether a reader took some: a large answer in one piece may take long."""
        self.stuck = self.loop.call_later(self.crowd.patience.drain_s, self._moved, unsent)

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


def patient_protocol(crowd: Crowd) -> type[asyncio.Protocol]:
    """uvicorn's protocol for HTTP/1.1, with an end to its patience."""
    return type("Patient", (_Patient, _base()), {"crowd": crowd})
