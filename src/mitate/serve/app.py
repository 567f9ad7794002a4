"""The app as a whole: API, pages, static files, errors, headers."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

import mitate
from mitate.serve.api import (
    admin as admin_api,
)
from mitate.serve.api import (
    captures,
    checks,
    consents,
    course,
    devices,
    diary,
    exports,
    feedback,
    fhir,
    jobs,
    live,
    models,
    people,
    photos,
    tokens,
    uploads,
    weights,
)
from mitate.serve.auth.guard import guard
from mitate.serve.failing import handle_errors
from mitate.serve.pages import admin, back, clinic, confirm, face, home, sign_in, trust
from mitate.serve.service import Service
from mitate.serve.static_files import KeptFiles

__all__ = ["API", "all_routes", "create_app"]

API = "/api/v1"


@cache
def all_routes() -> tuple[BaseRoute, ...]:
    """Every route, resolved once: two apps of a process share them, for what differs is in an app's state."""
    api, whole = APIRouter(prefix=API), APIRouter()
    for module in (
        people,
        weights,
        consents,
        captures,
        photos,
        uploads,
        models,
        course,
        checks,
        diary,
        devices,
        feedback,
        jobs,
        exports,
        fhir,
        tokens,
        admin_api,
        live,
    ):
        api.include_router(module.router)
    whole.include_router(api)
    for shown in (sign_in, confirm, home, face, back, clinic, admin, trust):
        whole.include_router(shown.router)
    return tuple(whole.routes)


def create_app(service: Service) -> FastAPI:
    """The app for a service; nothing runs until a server runs it."""
    app = FastAPI(
        title="mitate",
        version=mitate.__version__,
        summary="Signs of health from an ordinary camera. Research use; not a medical device.",
        routes=list(all_routes()),
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.mount("/static", KeptFiles())
    handle_errors(app)
    guard(app)
    return app
