"""The door without TLS: the app for this machine's own browser, and steps to trust for everybody else."""

from __future__ import annotations

import ipaddress

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mitate.serve.auth.guard import guard
from mitate.serve.failing import handle_errors
from mitate.serve.pages import trust
from mitate.serve.service import Service
from mitate.serve.static_files import KeptFiles

__all__ = ["Doorway", "trust_only"]


class Doorway:
    """Leads requests from this machine into the app, and those from elsewhere to the steps."""

    def __init__(self, app: ASGIApp, steps: ASGIApp) -> None:
        self._app, self._steps = app, steps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        own = scope["type"] == "lifespan" or _is_own(scope)
        await (self._app if own else self._steps)(scope, receive, send)


def _is_own(scope: Scope) -> bool:
    client = scope.get("client")
    if client is None:
        return False
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def trust_only(service: Service) -> FastAPI:
    """An app of nothing but the steps to trust; whatever else is asked for leads there."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.service = service
    app.include_router(trust.router)
    app.mount("/static", KeptFiles())

    @app.get("/{rest:path}")
    def lead_there(rest: str) -> RedirectResponse:
        return RedirectResponse("/trust", 307)

    handle_errors(app)
    guard(app)
    return app
