"""Which pages the app has, and which of them a tour did not open."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from mitate.serve.app import API, all_routes

__all__ = ["page_routes", "unopened"]

NO_PAGES = ("/", "/ca.crt", "/back/film/{file}", "/admin/backup/{name}")
"""Leads on to another page; a certificate; films and their pictures, which pages show; backups to be kept."""


def page_routes() -> list[str]:
    """Paths of every page of the app, with their gaps."""
    found = {
        one.path
        for one in iter_route_contexts(all_routes())
        if one.path and one.methods and "GET" in one.methods
    }
    return sorted(path for path in found if not path.startswith(API) and path not in NO_PAGES)


def unopened(opened: Iterable[str]) -> list[str]:
    """Pages of the app that none of these paths is of.

    A path fits the first page that it matches and that has fewest gaps, so ``/clinic/new`` is no person.
    """
    left = {path: compile_path(path)[0] for path in sorted(page_routes(), key=lambda one: one.count("{"))}
    seen = set()
    for path in opened:
        seen.update(next(([name] for name, fits in left.items() if fits.match(path)), []))
    return sorted(set(left) - seen)
