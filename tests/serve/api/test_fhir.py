"""FHIR over the API, from rows as the jobs write them; fhir.resources is the oracle."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.record.made import put_capture
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import add_check, add_weight, back_result, estimate

from mitate.record.fhir_parts import RELEASES
from mitate.record.schema import Audit
from mitate.serve.service import Service

SignIn = Callable[..., Any]
Resource = dict[str, Any]
MODULES = {"R4B": "fhir.resources.R4B", "R5": "fhir.resources"}
STOPPED = json.loads((Path(__file__).parents[1] / "pages/back_told.json").read_text("utf-8"))


@pytest.fixture
def hana(service: Service) -> str:
    """Somebody with films of every kind of end, weights, and checks: concluded, stopped and open."""
    person = add_person(service, number="17")
    record = service.record
    add_weight(record, person, 54.25, days_ago=2, context="pre")
    add_weight(record, person, 52.5, days_ago=9, kind="dry")
    change = {"change_kg": -1.1, "sd_kg": 0.4}
    refusal = {"kind": "RefusalError", "what": "the face is too dark", "reason": "too_dark"}
    put_capture(record, person, result={"estimate": estimate(1.8), "change": None, "refusal": None})
    put_capture(record, person, result={"estimate": None, "change": change, "refusal": None})
    put_capture(record, person, state="refused", result={"estimate": None, "refusal": refusal})
    for state in ("uploading", "waiting", "reading", "failed"):
        put_capture(record, person, state=state)
    put_capture(record, person, instrument="back", movement="forward_bend")
    for result in (back_result(), {**STOPPED, "stop": True}, None):
        add_check(record, person, result, films=0)
    return person


def of_kind(found: Resource, kind: str) -> list[Resource]:
    return [one["resource"] for one in found["entry"] if one["resource"]["resourceType"] == kind]


@pytest.mark.parametrize("release", RELEASES)
def test_what_the_record_holds_is_accepted(
    sign_in: SignIn, service: Service, hana: str, release: str
) -> None:
    signed = sign_in("clinician")
    answer = signed.client.get(f"/api/v1/fhir/{release}/people/{hana}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+json")
    found = answer.json()
    for one in (found, *(entry["resource"] for entry in found["entry"])):
        import_module(MODULES[release]).get_fhir_model_class(one["resourceType"]).model_validate(one)
    assert found["type"] == "collection"
    assert of_kind(found, "Patient")[0]["identifier"] == [{"system": "urn:mitate:number", "value": "17"}]
    assert "Hana" not in answer.text
    names = [one["fullUrl"] for one in found["entry"]]
    assert len(set(names)) == len(names)
    with service.record.database.reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "export")).all()
        assert [(row.actor, row.subject, row.detail) for row in rows] == [
            (signed.account_id, hana, {"form": f"fhir {release}"})
        ]


@pytest.mark.parametrize("release", RELEASES)
def test_every_film_has_its_value_or_why_there_is_none(sign_in: SignIn, hana: str, release: str) -> None:
    found = sign_in("person", person_id=hana).client.get(f"/api/v1/fhir/{release}/people/{hana}").json()
    observed = of_kind(found, "Observation")
    excess = [one for one in observed if one["code"]["coding"][0]["code"] == "excess-fluid"]
    values = [one["valueQuantity"]["value"] for one in excess if "valueQuantity" in one]
    assert values == [1.8]
    absent = {one["dataAbsentReason"]["text"]: one for one in excess if "valueQuantity" not in one}
    assert set(absent) == {
        "the face is too dark", "not read yet", "could not be read",
        "no personal model tells kilograms of it",
    }  # fmt: skip
    assert all(one["note"] for one in excess)
    weights = [one for one in observed if one["code"]["coding"][0]["code"] in ("3141-9", "dry-weight")]
    assert sorted(one["valueQuantity"]["value"] for one in weights) == [52.5, 54.25]


@pytest.mark.parametrize("release", RELEASES)
def test_a_check_tells_its_measures_causes_and_answers(sign_in: SignIn, hana: str, release: str) -> None:
    found = sign_in("person", person_id=hana).client.get(f"/api/v1/fhir/{release}/people/{hana}").json()
    reports = of_kind(found, "DiagnosticReport")
    assert {one["status"] for one in reports} == {"preliminary"}
    told = sorted(one["conclusion"] for one in reports)
    assert told[0].startswith("A red flag")
    assert told[1].startswith("What fits best: ")
    assert "Share of each cause: " in told[1]
    measured = {name for film in back_result()["films"] for name in film["measures"]}
    codes = {one["code"]["coding"][0]["code"] for one in of_kind(found, "Observation")}
    assert {f"forward_bend.{name}" for name in measured} <= codes
    observed = {one["id"] for one in of_kind(found, "Observation")}
    named = {one["reference"].partition("/")[2] for report in reports for one in report.get("result", ())}
    assert named
    assert named <= observed
    asked = of_kind(found, "QuestionnaireResponse")
    assert len(asked) == 3
    answers = {item["text"]: item.get("answer") for item in asked[0]["item"]}
    assert answers["Is it worse when you sit for a long time?"] == [{"valueBoolean": True}]
    assert answers["Is it worse when you drive, or ride in a car, for a while?"] is None


def test_whose_business_it_is(sign_in: SignIn, service: Service, hana: str) -> None:
    other = sign_in("person", person_id=add_person(service, "Taro")).client
    foreign, none = (other.get(f"/api/v1/fhir/R5/people/{one}") for one in (hana, "0" * 32))
    assert (foreign.status_code, foreign.json()) == (404, none.json())
    assert sign_in("admin").client.get(f"/api/v1/fhir/R5/people/{hana}").status_code == 404
    assert other.get(f"/api/v1/fhir/STU3/people/{hana}").status_code == 422
