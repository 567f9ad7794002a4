"""For the walk: two people with everything that can belong to somebody, and requests for any route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import TypeAdapter
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import add_check, add_model, add_session, add_weight, back_result
from tests.serve.pages.photo_rows import diagnosis, photo_result, put_photo

from mitate.record.schema import Account, Feedback, Passkey, new_id
from mitate.serve.auth.tokens import make_token
from mitate.serve.service import Service

UNKNOWN = "0123456789abcdef0123456789abcdef"
MALFORMED = "..%5c'%3b--"


@dataclass(frozen=True, slots=True)
class Someone:
    """A person with an id for each kind of thing, and marks that only her own answers may hold."""

    person_id: str
    account_id: str
    client: TestClient
    csrf: str
    ids: dict[str, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Walked:
    """A method of a route; `body` and `form` are what it takes, made up."""

    method: str
    path: str
    body: Any = None
    form: dict[str, Any] | None = None

    @property
    def safe(self) -> bool:
        return self.method in ("GET", "HEAD", "OPTIONS")


def routes_of(app: FastAPI) -> list[Walked]:
    """Every method of every route of an app but mounted files and sockets."""
    found = []
    for context in iter_route_contexts(app.routes):
        for method in sorted(context.methods or ()):
            if context.path is not None:
                found.append(_walked(method, context.path, context))
    return found


def sockets_of(app: FastAPI) -> list[str]:
    """Paths of routes without a method that are no mounted files."""
    contexts = iter_route_contexts(app.routes)
    return [one.path for one in contexts if not one.methods and one.path and one.path != "/static"]


def _walked(method: str, path: str, context: Any) -> Walked:
    dependant = getattr(context.original_route, "dependant", None)
    body, form = None, None
    params = [] if dependant is None else _all_body_params(dependant)
    for one in params:
        info = one.field_info
        value = example(TypeAdapter(info.annotation).json_schema())
        if type(info).__name__ == "Form":
            form = form or {}
            if info.is_required() or one.name in ("roles", "scopes"):
                form[one.alias] = value
        elif getattr(info, "media_type", "") == "text/csv":
            body = "date,kg\n2026-11-01,70.1\n"
        else:
            body = value
    return Walked(method, path, body, form)


def _all_body_params(dependant: Any) -> list[Any]:
    return list(dependant.body_params) + [
        one for child in dependant.dependencies for one in _all_body_params(child)
    ]


def example(schema: dict[str, Any], known: dict[str, Any] | None = None) -> Any:
    """The least value that fits a JSON schema of ours."""
    known = schema.get("$defs", {}) if known is None else known
    if "$ref" in schema:
        return example(known[schema["$ref"].rpartition("/")[2]], known)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return example(schema[key][0], known)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: example(fields[name], known) for name in schema.get("required", ())}
    if kind == "array":
        return [example(schema.get("items", {}), known)] * max(1, schema.get("minItems", 1))
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    return _text(schema)


def _text(schema: dict[str, Any]) -> str:
    formats = {"date-time": "2026-11-22T09:30:00Z", "date": "2026-11-22"}
    if schema.get("format") in formats:
        return formats[schema["format"]]
    if "32}" in schema.get("pattern", ""):
        return UNKNOWN
    return "pale otter lantern"[: schema.get("maxLength", 20)].ljust(schema.get("minLength", 0), "x")


def add_someone(service: Service, sign_in: Callable[..., Any], mark: str, kg: float) -> Someone:
    """A person with one of everything: film, photo, upload, weight, check, model, feedback, token, job ..."""
    record = service.record
    marks = (f"Name{mark}", f"Note{mark}", f"Nr{mark}", f"{kg}")
    person = add_person(service, marks[0], note=marks[1], number=marks[2])
    signed = sign_in("person", person_id=person)
    sessions = [
        add_session(record, person, days_ago=3 - n, kg=1.5, weight_kg=kg, model="ab12cd34") for n in range(3)
    ]
    ids = {
        "person": person,
        "capture": sessions[-1],
        "weight": add_weight(record, person, kg, days_ago=1),
        "check": add_check(record, person, _marked(marks[1])),
        "photo": put_photo(record, person, photo_result(diagnosis=diagnosis(label=f"Class{mark}"))),
        "account": signed.account_id,
    }
    add_model(record, person, sessions)
    begun = signed.client.post(
        f"/api/v1/people/{person}/captures",
        json={"instrument": "edema", "length": 1000, "content_type": "video/mp4", "weight_kg": kg},
    )
    assert begun.status_code == 201, begun.text
    ids["upload"] = begun.json()["upload"].rpartition("/")[2]
    with record.database.writing() as session:
        key = record.key(session, person)
        said = {"cause": "x", "verdict": "wrong", "instead": None, "note": marks[1]}
        row = new_id()
        sealed = key.seal_json(said, f"feedback.sealed {row}")
        session.add(
            Feedback(id=row, person_id=person, check_id=ids["check"], by=signed.account_id, sealed=sealed)
        )
        account = session.get_one(Account, signed.account_id)
        ids["token"] = make_token(session, account, marks[1], ["read:people"]).row.id
        passkey = Passkey(
            account_id=signed.account_id, credential_id=mark.encode(), public_key=b"-", label=marks[1]
        )
        session.add(passkey)
        session.flush()
        ids["passkey"] = passkey.id
        ids["job"] = service.queue.add(session, "make_model", f"{person}:9", person).id
    return Someone(person, signed.account_id, signed.client, signed.csrf, ids, marks)


def _marked(mark: str) -> dict[str, Any]:
    told = dict(back_result())
    told["person"] = {**told["person"], "note": mark}
    return told


def filled(path: str, ids: dict[str, str]) -> str:
    """A route's path with ids, and first values for its other gaps."""
    other = {
        "kind": "keep_video", "movement": "forward_bend", "table": "weights", "release": "r5",
        "name": "bird_dog", "file": "bird_dog.mp4",
    }  # fmt: skip
    if "/faces/" in path:
        other["kind"] = "model"
    if "/backup" in path:
        other["name"] = "mitate-20261122-093000-000000.tar"
    parts = []
    for part in path.split("/"):
        if "{" in part:
            gap = part[part.index("{") + 1 : part.index("}")]
            name = gap.partition(":")[0].removesuffix("_id")
            value = ids[name] if name in ids else other[name]
            part = part.replace("{" + gap + "}", value)
        parts.append(part)
    return "/".join(parts)
