"""Whose request a proxy hands on, where the proxy has no address that could be named (``--proxy '*'``).

``X-Forwarded-For`` is a list that every proxy adds to at its end; what stands before that, whoever asks may
have written himself. So the last address counts: uvicorn takes the first where every proxy is believed.
"""

from __future__ import annotations

import ipaddress

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["LastForwarded"]


class LastForwarded:
    """Puts the address that the nearest proxy wrote down in the place of the proxy's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        if scope["type"] in ("http", "websocket"):
            told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            address = _address(told[-1].decode("latin-1")) if told else ""
            if address:
                scope = {**scope, "client": (address, 0)}
        await self._app(scope, receive, send)


def _address(told: str) -> str:
    """The last address of a list, without its port; nothing where there is none."""
    last = told.rpartition(",")[2].strip()
    if last.startswith("["):
        last = last[1:].partition("]")[0]
    elif last.count(":") == 1:
        last = last.partition(":")[0]
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return ""
