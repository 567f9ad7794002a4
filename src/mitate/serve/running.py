"""Running the app: one or two listeners in one process, until somebody ends it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Message, Scope

from mitate.errors import InputError
from mitate.serve.connections import Crowd, Loop, Patience, counted, patient_protocol, room_for_connections
from mitate.serve.forwarded import LastForwarded
from mitate.serve.tls import Certificate

__all__ = ["Listener", "free_port", "run"]

_BACKLOG = 512  # connections that wait to be taken
_GRACE_S = 8  # for answers on their way when the app is ended
_MOST_OF_SOCKET = 500_000  # bytes of a message: a picture of a running camera


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen, and what answers.

    Attributes:
        app: that answers.
        host, port: address of a network card, or 0.0.0.0 for all.
        certificate: for TLS.
    """

    app: ASGIApp
    host: str
    port: int
    certificate: Certificate | None = None


def free_port(wanted: int, host: str = "0.0.0.0") -> int:
    """`wanted`, or the next port that is free.

    Raises:
        InputError: none of the next hundred is, or the address is not this machine's.
    """
    for port in range(wanted, min(wanted + 100, 65536)):
        with contextlib.suppress(_TakenError), _bound(host, port):
            return port
    raise InputError("no port is free from here on", where=f"port {wanted}", todo="choose another by --port")


def run(
    listeners: Sequence[Listener],
    ready: Callable[[], None],
    proxies: str = "",
    patience: Patience | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        listeners: at least one.
        ready: called once all of them answer.
        proxies: addresses, by commas, that are believed when they say whose request they hand on.
        patience: with connections; by default as much as `Patience` says, and behind proxies with no limit of
            connections from one address.

    Raises:
        InputError: a port is taken, or an address is not this machine's.
    """
    with contextlib.ExitStack() as opened:
        crowd = Crowd(patience or _patience(proxies))
        sockets = [opened.enter_context(counted(_bound(one.host, one.port), crowd)) for one in listeners]
        servers = [_Server(_config(one, proxies, crowd.patience)) for one in listeners]
        with asyncio.Runner(loop_factory=lambda: Loop(crowd.patience)) as runner:
            runner.run(_serve(list(zip(servers, sockets, strict=True)), ready))


class _TakenError(InputError):
    """Somebody listens there already."""


def _bound(host: str, port: int) -> socket.socket:
    """A socket of our own: uvicorn would end the process where it cannot have one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=both)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _TakenError(
                "this port is taken", where=f"port {port}", todo="choose another by --port"
            ) from error
        if error.errno == errno.EACCES:
            raise InputError(
                "this port is the system's", where=f"port {port}", todo="choose one above 1023 by --port"
            ) from error
        raise InputError(
            "this machine has no such address", where=f"--host {host}", todo="name one of its own"
        ) from error


class _Server(uvicorn.Server):
    """One of several in a process: signals are taken by `_serve` for all of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _patience(proxies: str) -> Patience:
    known = Patience()
    most = room_for_connections(known.most)
    return replace(known, most=most, of_one=0 if proxies else min(known.of_one, most))


def _config(one: Listener, proxies: str, patience: Patience) -> uvicorn.Config:
    anyone = proxies.strip() == "*"
    return uvicorn.Config(
        LastForwarded(one.app) if anyone else one.app,
        http=patient_protocol(patience),
        host=one.host,
        port=one.port,
        ssl_certfile=None if one.certificate is None else str(one.certificate.chain),
        ssl_keyfile=None if one.certificate is None else str(one.certificate.key),
        log_config=None,
        access_log=False,  # paths hold ids; the audit tells who did what
        server_header=False,
        proxy_headers=bool(proxies) and not anyone,
        forwarded_allow_ips=proxies or None,
        ws="websockets-sansio",
        ws_max_size=_MOST_OF_SOCKET,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=_BACKLOG,
    )


async def _serve(servers: Sequence[tuple[_Server, socket.socket]], ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def end() -> None:
        for server, _ in servers:
            server.force_exit = server.should_exit  # the second time at once
            server.should_exit = True

    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt does it
            loop.add_signal_handler(name, end)
    for server, _ in servers:
        await _first_request(cast(ASGIApp, server.config.app))
    tasks = [asyncio.create_task(server.serve([bound])) for server, bound in servers]
    while not all(server.started for server, _ in servers) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.01)
    if not any(task.done() for task in tasks):
        ready()
    else:
        end()
    await asyncio.gather(*tasks)


async def _first_request(app: ASGIApp) -> None:
    """Ask an app for a page: routes and templates are built at the first request, and nobody should wait."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/sign-in",
        "raw_path": b"/sign-in",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Message) -> None:
        return None

    await app(scope, receive, send)
