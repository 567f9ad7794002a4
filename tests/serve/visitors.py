"""For the walk: whose each route is meant to be, and visitors of every role.

The table is what is meant; a route that is in no line of it fails the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from fastapi.testclient import TestClient
from tests.serve.walked import Someone, Walked, add_someone, filled

from mitate.record.schema import Account
from mitate.serve.auth.tokens import make_token
from mitate.serve.service import Service

Rule = Literal["open", "signed", "browser", "own", "clinician", "admin"]
"""open: anybody. signed: any account or token. browser: any account, no token. own: whose it is, and
clinicians. clinician and admin: that role."""

TABLE: dict[str, Rule] = {
    "/": "open",
    "/api/v1/openapi.json": "open",
    "/api/v1/sign-in/": "open",
    "/ca.crt": "open",
    "/first": "open",
    "/language": "open",
    "/sign-in": "open",
    "/sign-out": "open",
    "/trust": "open",
    "/confirm": "browser",
    "/api/v1/confirm/": "browser",
    "/api/v1/device": "browser",
    "/api/v1/passkeys": "browser",
    "/api/v1/tokens": "browser",
    "/me": "browser",
    "/home": "browser",
    "/face": "browser",
    "/back": "browser",
    "/face/wait/": "own",
    "/face/result/": "own",
    "/back/result/": "own",
    "/back/programme/": "own",
    "/back/limits/": "own",
    "/back/interview/": "own",
    "/back/movements/": "own",
    "/back/move/": "own",
    "/back/wait/": "own",
    "/back/conclude/": "own",
    "/api/v1/people/{": "own",
    "/api/v1/captures/": "own",
    "/api/v1/weights/": "own",
    "/api/v1/checks/": "own",
    "/api/v1/jobs/": "own",
    "/api/v1/uploads": "own",
    "/api/v1/fhir/": "own",
    "/api/v1/people": "clinician",
    "/api/v1/people/import": "clinician",
    "/api/v1/weights/import": "clinician",
    "/api/v1/people/{person_id}/account": "clinician",
    "/api/v1/people/{person}/photos": "clinician",
    "/api/v1/photos/": "clinician",
    "/api/v1/alarms": "clinician",
    "/api/v1/feedback": "clinician",
    "/clinic": "clinician",
    "/api/v1/admin/": "admin",
    "/admin": "admin",
}
OPEN_TO_ALL = {("OPTIONS", "/api/v1/uploads"), ("OPTIONS", "/api/v1/uploads/{upload}")}  # what tus speaks
AT_THE_DOOR = ("/sign-in", "/me/secret", "/confirm")
ENDING = ("/sign-out", "/me/everywhere", "/me/secret", "/sign-in")
CHECKS_ITSELF = ("/face/upload",)  # see the test of its own below: its form is as long as a film


def rule_of(route: Walked) -> Rule:
    """Of the longest prefix in the table; ``/`` is itself alone."""
    if (route.method, route.path) in OPEN_TO_ALL:
        return "open"
    fits = [line for line in TABLE if route.path == line or (line != "/" and route.path.startswith(line))]
    assert fits, f"{route.path} is in no line of the table: say whose it is"
    return TABLE[max(fits, key=len)]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: `roles` of its account; `scopes` of a token, None for a browser."""

    name: str
    client: TestClient
    roles: frozenset[str] = frozenset()
    whose: str = ""
    scopes: frozenset[str] | None = None
    csrf: str = ""

    def may(self, rule: Rule, route: Walked, whose: str) -> bool:
        """Whether success is meant."""
        if rule == "open":
            return True
        if not self.roles:
            return False
        if self.scopes is not None:
            thing = "admin" if rule == "admin" else "people"
            needed = f"{'read' if route.safe else 'write'}:{thing}"
            if rule == "browser" or not route.path.startswith("/api/") or needed not in self.scopes:
                return False
        if rule in ("signed", "browser"):
            return True
        if rule == "own":
            return "clinician" in self.roles or ("person" in self.roles and self.whose == whose)
        return rule in self.roles


@dataclass(frozen=True, slots=True)
class World:
    anna: Someone
    ben: Someone
    visitors: dict[str, Visitor]
    service: Service


@contextmanager
def a_world(service: Service, sign_in: Callable[..., Any]) -> Iterator[World]:
    """Two people, and visitors of every role."""
    anna = add_someone(service, sign_in, "QxAnna7", 71.234)
    ben = add_someone(service, sign_in, "QxBen8", 82.345)
    both = frozenset({"clinician", "admin"})
    visitors = [Visitor("nobody", _client(anna.client))]
    for name, her in (("anna", anna), ("ben", ben)):
        visitors.append(Visitor(name, her.client, frozenset({"person"}), her.person_id, None, her.csrf))
    for role in ("clinician", "admin"):
        signed = sign_in(role)
        visitors.append(Visitor(role, signed.client, frozenset({role}), csrf=signed.csrf))
    all_roles = sign_in("clinician", "admin")
    for scope in ("read:people", "write:people", "read:admin", "write:admin"):
        client = _client(anna.client, _token(service, all_roles.account_id, scope))
        visitors.append(Visitor(scope, client, both, scopes=frozenset({scope})))
    scopes = ("read:people", "write:people")
    client = _client(anna.client, _token(service, ben.account_id, *scopes))
    visitors.append(Visitor("ben's", client, frozenset({"person"}), ben.person_id, frozenset(scopes)))
    yield World(anna, ben, {one.name: one for one in visitors}, service)
    for one in visitors:
        one.client.close()


def _client(beside: TestClient, token: str = "") -> TestClient:
    """Of the same app, in the same event loop."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = TestClient(beside.app, headers=headers, follow_redirects=False)
    client.portal = beside.portal
    return client


def _token(service: Service, account_id: str, *scopes: str) -> str:
    with service.record.database.writing() as session:
        return make_token(session, session.get_one(Account, account_id), "walk", scopes).text


def ask(visitor: Visitor, route: Walked, ids: dict[str, str], csrf: bool = True) -> Any:
    """One request, with a body made up for the route."""
    headers = {}
    if route.path.startswith("/api/v1/uploads") and route.method != "OPTIONS":
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    arguments: dict[str, Any] = {}
    if route.method == "PATCH" and "upload" in route.path:
        headers["Content-Type"] = "application/offset+octet-stream"
        arguments["content"] = b"\0" * 100
    elif isinstance(route.body, str):
        headers["Content-Type"] = "text/csv"
        arguments["content"] = route.body
    elif route.form is not None:
        arguments["data"] = route.form
    elif route.body is not None:
        arguments["json"] = route.body
    if not csrf:
        headers["X-CSRF-Token"] = ""
    return visitor.client.request(route.method, filled(route.path, ids), headers=headers, **arguments)


def succeeded(answer: Any) -> bool:
    """2xx, or on pages the way on (not the way to sign in or to one's own start)."""
    onward = answer.headers.get("location", "")
    return bool(
        200 <= answer.status_code < 300
        or (answer.status_code == 303 and not onward.startswith(AT_THE_DOOR) and onward != "/")
    )


def in_order(routes: list[Walked]) -> list[Walked]:
    """What reads first, what ends or deletes last."""
    return sorted(
        routes,
        key=lambda one: (one.path in ENDING and not one.safe, one.method == "DELETE", not one.safe, one.path),
    )
