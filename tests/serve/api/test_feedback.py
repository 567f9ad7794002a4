"""Corrections over REST."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from mitate.record.schema import Audit, Check, Person, new_id
from mitate.serve.service import Service

FLEXION = "control_impairment(flexion)"


@pytest.fixture
def check(service: Service) -> tuple[str, str]:
    """A person and her concluded check."""
    person_id, check_id, record = new_id(), new_id(), service.record
    key, wrapped = record.vault.new_key(person_id)
    result = {"region": "low_back", "reasoning": {"causes": [{"name": FLEXION, "label": "", "share": 0.9}]}}
    with record.database.writing() as session:
        sealed = key.seal_json({"name": "Hana Sato", "number": "17"}, f"person.sealed {person_id}")
        session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed))
        session.flush()
        session.add(
            Check(
                id=check_id,
                person_id=person_id,
                sealed=key.seal_json({}, f"check.sealed {check_id}"),
                result=key.seal_json(result, f"check.result {check_id}"),
            )
        )
    return person_id, check_id


def test_a_clinician_files_reads_and_exports(
    service: Service, sign_in: Callable[..., Any], check: tuple[str, str]
) -> None:
    nurse = sign_in("clinician")
    at = f"/api/v1/checks/{check[1]}/feedback"
    given = {"cause": FLEXION, "verdict": "wrong", "instead": "restricted_hip_flexion", "note": "Sato: hips"}
    made = nurse.client.post(at, json=given)
    assert made.status_code == 201, made.text
    told = nurse.client.get(at).json()["feedback"]
    assert told == [made.json()]
    assert told[0]["standing"]
    assert told[0]["instead"] == "restricted_hip_flexion"
    lines = nurse.client.get("/api/v1/feedback.jsonl")
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    line = json.loads(lines.text.strip())
    assert line["note"] == "…: hips"
    with service.record.database.reading() as session:
        actions = [row.action for row in session.scalars(select(Audit).order_by(Audit.seq))]
    assert actions == ["feedback.add", "feedback.read", "feedback.export"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"cause": "a_devil"}, 422),
        ({"cause": "'; drop table"}, 422),
        ({"verdict": "perhaps"}, 422),
        ({"note": "x" * 2001}, 422),
        ({"more": 1}, 422),
        ({"instead": FLEXION}, 422),
    ],
)
def test_what_cannot_be_filed(
    sign_in: Callable[..., Any], check: tuple[str, str], change: dict[str, Any], status: int
) -> None:
    given = {"cause": FLEXION, "verdict": "wrong", **change}
    answer = sign_in("clinician").client.post(f"/api/v1/checks/{check[1]}/feedback", json=given)
    assert answer.status_code == status
    assert "error" in answer.json()


def test_nobody_else(sign_in: Callable[..., Any], check: tuple[str, str]) -> None:
    person_id, check_id = check
    given = {"cause": FLEXION, "verdict": "right"}
    for browser in (sign_in("person", person_id=person_id), sign_in("admin")):
        assert browser.client.get(f"/api/v1/checks/{check_id}/feedback").status_code == 403
        assert browser.client.post(f"/api/v1/checks/{check_id}/feedback", json=given).status_code == 403
        assert browser.client.get("/api/v1/feedback.jsonl").status_code == 403
    nurse = sign_in("clinician")
    assert nurse.client.get(f"/api/v1/checks/{new_id()}/feedback").status_code == 404
    assert nurse.client.post(f"/api/v1/checks/{new_id()}/feedback", json=given).status_code == 404
