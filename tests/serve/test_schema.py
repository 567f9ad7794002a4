"""Every operation of the API against its own description: schemathesis asks, with known ids and others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.serve.conftest import add_person
from tests.serve.pages.photo_rows import photo_result, put_faces, put_photo

from mitate.record.checks import begin
from mitate.record.schema import Capture, new_id
from mitate.serve.auth.requests import COOKIE
from mitate.serve.service import Service

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 6
"""Of each operation; benchmarks/serve_contract.py asks more, benchmarks/serve_robust.py far worse."""


def known_ids(service: Service) -> dict[str, str]:
    """A person, a check, a film, and another person's photo, each there."""
    person_id = add_person(service)
    record = service.record
    with record.database.writing() as session:
        key, capture = record.key(session, person_id), new_id()
        check = begin(record, session, person_id).id
        facts = key.seal_json({"context": "pre", "weight_kg": 54.0}, f"capture.sealed {capture}")
        session.add(Capture(id=capture, person_id=person_id, instrument="edema", state="done", sealed=facts))
    put_faces(service)
    photo = put_photo(record, add_person(service, "Ren"), photo_result(), photo=b"\xff\xd8\xff")
    return {"person": person_id, "check": check, "capture": capture, "photo": photo}


@pytest.fixture
def asked(service: Service, sign_in: Callable[..., Any]) -> tuple[Any, dict[str, str], dict[str, str]]:
    """The schema, headers of somebody with every role, and known ids."""
    ids = known_ids(service)
    who = sign_in("person", "clinician", "admin", person_id=ids["person"])
    headers = {
        "Cookie": f"{COOKIE}={who.client.cookies[COOKIE]}",
        "X-CSRF-Token": who.csrf,
        "Origin": service.settings.origin,
        "Host": "testserver",
    }
    return (
        schemathesis.openapi.from_asgi("/api/v1/openapi.json", who.client.app, headers=headers),
        headers,
        ids,
    )


def _with_known(case: Any, ids: dict[str, str]) -> None:
    """Put known ids where the path names one."""
    for name in case.path_parameters or {}:
        kind = name.removesuffix("_id")
        if kind in ids:
            case.path_parameters[name] = ids[kind]


def test_no_operation_breaks_its_description(asked: Any) -> None:
    schema, headers, ids = asked
    seen = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy(), known=st.booleans())
        def ask(case: Any, known: bool) -> None:
            if known:
                _with_known(case, ids)
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=CHECKS)

        ask()
        seen += 1
    assert seen > 20
