"""Every route with ids of others, of nobody and of no form, and without the page's token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.serve.visitors import CHECKS_ITSELF, World, a_world, ask, in_order, rule_of
from tests.serve.walked import MALFORMED, UNKNOWN, filled, routes_of

from mitate.serve.service import Service


@pytest.fixture
def world(service: Service, sign_in: Callable[..., Any]) -> Iterator[World]:
    with a_world(service, sign_in) as made:
        yield made


_IDS = re.compile(r"[0-9a-f]{32}")


def test_foreign_is_told_as_unknown(world: World) -> None:
    unknown = dict.fromkeys(world.anna.ids, UNKNOWN)
    for name in ("ben", "ben's", "nobody", "read:admin", "write:admin"):
        visitor = world.visitors[name]
        for route in in_order(routes_of(visitor.client.app)):  # type: ignore[arg-type]
            if "{" not in route.path or visitor.may(rule_of(route), route, world.anna.person_id):
                continue
            foreign, none = ask(visitor, route, world.anna.ids), ask(visitor, route, unknown)
            assert foreign.status_code == none.status_code, (name, route)
            assert _IDS.sub("ID", foreign.text) == _IDS.sub("ID", none.text), (name, route)


def test_malformed_ids_are_nobodys(world: World) -> None:
    for name in ("ben", "clinician", "admin"):
        visitor = world.visitors[name]
        for route in routes_of(visitor.client.app):  # type: ignore[arg-type]
            if "{" not in route.path or rule_of(route) == "open":
                continue
            for id_ in (MALFORMED, "x" * 400, "%00"):
                answer = ask(visitor, route, dict.fromkeys(world.anna.ids, id_))
                told = (name, route.method, route.path, id_[:5], answer.status_code)
                assert 300 <= answer.status_code < 500 or "{name}" in route.path or "{file}" in route.path, (
                    told
                )


def test_what_changes_something_needs_the_pages_token(world: World) -> None:
    for name in ("anna", "clinician", "admin"):
        visitor = world.visitors[name]
        for route in routes_of(visitor.client.app):  # type: ignore[arg-type]
            if not route.safe and route.path not in CHECKS_ITSELF:
                assert ask(visitor, route, world.anna.ids, csrf=False).status_code == 403, (name, route)


def test_what_another_site_sends_is_refused(world: World) -> None:
    visitor = world.visitors["anna"]
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for route in routes_of(visitor.client.app):  # type: ignore[arg-type]
            if not route.safe:
                path = filled(route.path, world.anna.ids)
                assert visitor.client.request(route.method, path, headers=headers).status_code == 403, route


def test_a_film_in_a_form_needs_the_pages_token(world: World) -> None:
    visitor = world.visitors["anna"]
    for fields in ({}, {"csrf": "wrong"}):
        answer = visitor.client.post(
            "/face/upload",
            data={"context": "other", **fields},
            files={"film": ("film.mp4", b"film", "video/mp4")},
            headers={"X-CSRF-Token": ""},
        )
        assert answer.status_code == 403
