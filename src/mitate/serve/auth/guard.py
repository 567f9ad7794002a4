"""What stands before every request: host, path, method, rate, size, origin, token; then headers, the log.

Plain ASGI, so that films and pictures stream through it.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter
from hashlib import sha256
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mitate.errors import InputError, MitateError
from mitate.serve.auth import bodies, csrf
from mitate.serve.auth.headers import add_headers
from mitate.serve.auth.rates import Rate, Rates
from mitate.serve.auth.requests import address_of, bearer_of, cookie_of
from mitate.serve.connections import network_of
from mitate.serve.failing import HostError, MethodError, TooMany, answer_error, answer_unforeseen
from mitate.serve.service import Service

__all__ = ["ADDRESS", "VISITOR", "Guard", "guard"]

VISITOR = Rate(burst=400, per_s=40)
"""Of one browser or program: a page with its parts, polls, and pieces of films at once."""
ADDRESS = Rate(burst=4000, per_s=400)
"""Of one address: a clinic's phones may stand behind one."""
DOORS = Rate(burst=60, per_s=1.0)
"""Of one address where secrets are tried, and at other work that nobody must be signed in for."""
AT_ONCE = 16
"""Requests of one browser or program that are answered at a time, of the 40 that are in all."""
_DOORS = frozenset({"/first", "/sign-in", "/api/v1/sign-in/passkey", "/api/v1/sign-in/passkey/begin"}) | {
    "/confirm",
    "/api/v1/confirm/passkey",
    "/api/v1/confirm/passkey/begin",
}
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_LONGEST_PATH, _LONGEST_QUERY = 512, 4096
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_LOG = logging.getLogger("mitate.serve")
_FORBIDDEN_IN_PATHS = ("..", "//", "\\")


def guard(app: FastAPI) -> None:
    """Put the guard before an app whose state holds its service."""
    MultiPartParser.spool_max_size = (
        2 * bodies.LARGEST_TABLE
    )  # a clinic's table never lies opened on the disk
    app.add_middleware(Guard)


class Guard:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._visitors, self._addresses, self._doors = Rates(VISITOR), Rates(ADDRESS), Rates(DOORS)
        self._inside: Counter[bytes] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        service: Service = scope["app"].state.service
        request, begun, status = Request(scope, receive), time.monotonic(), 0
        visitor = b""

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_headers(MutableHeaders(scope=message), service.settings, scope["path"])
            await send(message)

        try:
            self._check(service, request)
            visitor = self._enter(service, request)
            passed = await self._body(service, request, receive)
            await self._app(scope, passed, with_headers)
        except MitateError as error:
            await self._answered(answer_error(request, error), scope, receive, with_headers, status)
        except ConnectionError:
            status = status or 499  # the sender went away: nobody is there to answer
        except Exception as error:
            _LOG.error("a bug: %s", bug_place(error))
            await self._answered(answer_unforeseen(request), scope, receive, with_headers, status)
        finally:
            self._leave(visitor)
            log_access(service, request, status, time.monotonic() - begun)

    async def _answered(
        self, answer: ASGIApp, scope: Scope, receive: Receive, send: Send, status: int
    ) -> None:
        if status == 0:  # else the answer was on its way, and ends where it is
            await answer(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        service: Service = scope["app"].state.service
        socket = WebSocket(scope, receive, send)
        try:
            self._check(service, socket)
            csrf.check_origin(service, socket)
        except MitateError:
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            _LOG.error("a bug: %s", bug_place(error))
            await send({"type": "websocket.close", "code": 1011})

    def _enter(self, service: Service, request: Request) -> bytes:
        """Count a visitor's request that is being answered; nothing for strangers, static files and films.

        Raises:
            TooMany: it has as many as it may have.
        """
        visitor = bearer_of(request) or cookie_of(service, request)
        if not visitor or bodies.is_film(request.scope) or request.url.path.startswith("/static/"):
            return b""
        key = sha256(visitor.encode()).digest()
        if self._inside[key] >= AT_ONCE:
            raise TooMany("too many requests", 1.0)
        self._inside[key] += 1
        return key

    def _leave(self, key: bytes) -> None:
        if key:
            self._inside[key] -= 1
            if not self._inside[key]:
                del self._inside[key]

    def _check(self, service: Service, request: Request | WebSocket) -> None:
        check_shape(request)
        check_host(service, request)
        path = request.url.path
        if path.startswith("/static/"):
            return
        network = network_of(address_of(request)).encode()
        wait = self._addresses.wait_s(network)
        if path in _DOORS and request.scope.get("method") == "POST":
            wait = max(wait, self._doors.wait_s(network))
        visitor = bearer_of(request) or cookie_of(service, request)
        if visitor:
            wait = max(wait, self._visitors.wait_s(sha256(visitor.encode()).digest()))
        if wait > 0:
            raise TooMany("too many requests", wait)

    async def _body(self, service: Service, request: Request, receive: Receive) -> Receive:
        """What the app will receive, once it is known that it may."""
        scope = request.scope
        if request.method not in csrf.SAFE and bearer_of(request) is None:
            csrf.check_origin(service, request)
        needed = csrf.needs_token(service, request)
        given = request.headers.get("x-csrf-token", "")
        if bodies.is_film(scope):
            if needed:
                await run_in_threadpool(csrf.check_token, service, request, given)
            return bodies.unhurried(receive)
        if bodies.is_form_with_film(scope):
            return bodies.unhurried(receive)  # its route checks the token, before it takes a byte of the film
        if not _has_body(request):
            if needed:
                await run_in_threadpool(csrf.check_token, service, request, given)
            return receive
        told = request.headers.get("content-length")
        body = await bodies.read_body(receive, bodies.largest(scope["path"]), told)
        if needed:
            if not given:
                given = await csrf.token_in_form(Request(dict(scope), bodies.replayed(body, receive)), body)
            await run_in_threadpool(csrf.check_token, service, request, given)
        return bodies.replayed(body, receive)


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


def check_shape(request: Request | WebSocket) -> None:
    """Paths and methods that no page of ours makes.

    Raises:
        InputError: the path is overlong or odd.
        MethodError: an unknown method.
    """
    scope = request.scope
    path: str = scope["path"]
    odd = any(part in path for part in _FORBIDDEN_IN_PATHS) or any(ord(c) < 32 or ord(c) == 127 for c in path)
    if odd or len(path) > _LONGEST_PATH or len(scope.get("query_string", b"")) > _LONGEST_QUERY:
        raise InputError("this address cannot be", where="path")
    if scope["type"] == "http" and scope["method"] not in _METHODS:
        raise MethodError("this method is not known here", where="request")


def check_host(service: Service, request: Request | WebSocket) -> None:
    """Refuse requests meant for another host (names that an attacker lets point here).

    Raises:
        HostError: the ``Host`` header names none of ours.
    """
    ours = {urlsplit(origin).hostname for origin in service.settings.all_origins} | _LOCAL
    told = request.headers.getlist("host")
    try:
        host = urlsplit(f"//{told[0]}").hostname if len(told) == 1 and "@" not in told[0] else None
    except ValueError:
        host = None
    if host not in ours:
        raise HostError("this is not the address of this mitate", where="host", todo="see how it was started")


def log_access(service: Service, request: Request, status: int, took_s: float) -> None:
    """One line: method, route, status, milliseconds, and who by a keyed digest. No ids, names or queries."""
    route = getattr(request.scope.get("route"), "path", None)
    asked = request.url.path
    path = route if route is not None else ("/static" if asked.startswith("/static/") else "-")
    if asked.startswith("/api/v1/") and not path.startswith("/api/v1/"):
        path = f"/api/v1{path}"  # a router's routes do not know where it was included
    visitor = bearer_of(request) or cookie_of(service, request)
    who = service.record.vault.index(visitor).hex()[:8] if visitor else "-"
    method = request.method if request.method in _METHODS else "-"
    _LOG.info("%s %s %d %.0f ms %s", method, path, status, 1000 * took_s, who)


def bug_place(error: BaseException) -> str:
    """Kind and places of an error, without its message, which may hold something personal."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places}"
