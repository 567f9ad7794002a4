"""Every route, every method, every role: nobody gets at what is not theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect
from tests.serve.visitors import Visitor, World, a_world, ask, in_order, rule_of, succeeded
from tests.serve.walked import Someone, routes_of, sockets_of

from mitate.serve.app import create_app
from mitate.serve.service import Service


@pytest.fixture
def world(service: Service, sign_in: Callable[..., Any]) -> Iterator[World]:
    with a_world(service, sign_in) as made:
        yield made


def walk(world: World, visitor: Visitor, whose: Someone, seen: Counter[str]) -> list[str]:
    """Every route with somebody's ids; what went wrong."""
    wrong = []
    for route in in_order(routes_of(visitor.client.app)):  # type: ignore[arg-type]
        rule = rule_of(route)
        answer = ask(visitor, route, whose.ids)
        seen["requests"] += 1
        told = f"{visitor.name}: {route.method} {route.path} of {whose.marks[0]}: {answer.status_code}"
        entitled = visitor.may(rule, route, whose.person_id)
        if answer.status_code >= 500:
            wrong.append(f"{told}, a failure")
        if succeeded(answer):
            seen["succeeded"] += 1
            if not entitled:
                wrong.append(f"{told}, not entitled")
        wrong += [f"{told} tells {mark}" for mark in marks_in(world, visitor, answer.text)]
    return wrong


def marks_in(world: World, visitor: Visitor, text: str) -> list[str]:
    """Marks of people whom this visitor must know nothing of."""
    if "clinician" in visitor.roles and (visitor.scopes is None or "read:people" in visitor.scopes):
        return []
    others = [one for one in (world.anna, world.ben) if one.person_id != visitor.whose]
    labels = {one.marks[1] for one in others} if "admin" in visitor.roles else set()  # of their tokens
    return [mark for one in others for mark in one.marks if mark in text and mark not in labels]


def test_every_route_is_in_the_table(service: Service) -> None:
    app = create_app(service)
    routes = routes_of(app)
    assert len(routes) > 130
    for route in routes:
        rule_of(route)
    assert all(path.startswith("/api/v1/live/") for path in sockets_of(app))


def test_sockets_are_for_those_who_are_signed_in(world: World) -> None:
    client = world.visitors["nobody"].client
    for path in sockets_of(client.app):  # type: ignore[arg-type]
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(path) as socket:
            socket.receive_text()


def test_nobody_gets_at_what_is_not_theirs(world: World) -> None:
    seen: Counter[str] = Counter()
    wrong = []
    for name in ("nobody", "ben's", "ben", "read:people", "read:admin"):
        wrong += walk(world, world.visitors[name], world.anna, seen)
    wrong += walk(world, world.visitors["anna"], world.ben, seen)
    assert wrong == []
    assert seen["requests"] > 700


def test_everybody_at_what_is_theirs(world: World) -> None:
    seen: Counter[str] = Counter()
    wrong = []
    for name, whose in (
        ("anna", world.anna),
        ("ben's", world.ben),
        ("clinician", world.ben),
        ("write:people", world.ben),
        ("admin", world.anna),
        ("write:admin", world.anna),
    ):
        wrong += walk(world, world.visitors[name], whose, seen)
    assert wrong == []
    assert seen["succeeded"] > 200, seen
