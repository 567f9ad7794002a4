"""The course and the alarms over the API; and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.record.made import put_capture, put_model
from tests.serve.conftest import add_person

from mitate.record.schema import now
from mitate.serve.service import Service

SignIn = Callable[..., Any]
NOBODY = "0" * 32


def put_course(service: Service, person: str, *kilos: float, context: str = "pre") -> list[str]:
    """Sessions two days apart, the last one yesterday, each with its estimate."""
    captures = []
    for back, kg in zip(range(len(kilos), 0, -1), kilos, strict=True):
        told = {
            "excess_kg": kg, "sd_kg": 0.3, "interval_90": [kg - 0.5, kg + 0.5], "edema_probability": 0.5,
            "trained_on": "simulated", "n_frames": 20, "notes": [],
        }  # fmt: skip
        result: dict[str, Any] = {
            "kind": "edema",
            "estimate": told,
            "change": None,
            "refusal": None,
            "warnings": [],
        }
        at = now() - timedelta(days=2 * back - 1)
        captures.append(put_capture(service.record, person, at=at, result=result, context=context))
    put_model(service.record, person, common_kg=0.3)
    return captures


def test_the_course_has_its_sessions_and_a_curve_in_words(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    captures = put_course(service, person, 2.0, 2.1, 1.9, 2.2)
    told = {
        language: sign_in("person", person_id=person, language=language)
        .client.get(f"/api/v1/people/{person}/course")
        .json()
        for language in ("en", "ja")
    }
    english = told["en"]
    assert [(one["capture_id"], one["kg"], one["low"], one["context"]) for one in english["sessions"]] == [
        (capture, kg, kg - 0.5, "pre") for capture, kg in zip(captures, (2.0, 2.1, 1.9, 2.2), strict=True)
    ]
    assert all(one["low"] <= one["kg"] <= one["high"] for one in english["grid"])
    assert english["grid"][0]["at"] < english["grid"][-1]["at"]
    assert english["told"]["headline"] != told["ja"]["told"]["headline"]


def test_without_an_estimate_the_course_is_empty(sign_in: SignIn, service: Service) -> None:
    person = add_person(service)
    told = sign_in("clinician").client.get(f"/api/v1/people/{person}/course").json()
    assert told == {
        "person_id": person, "sessions": [], "grid": [], "alarm_level_kg": None, "alarm_on": False,
        "alarm_sounded": [], "told": None, "dry_weight": None,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["dialysis", "home"])
def test_alarms_that_are_on_are_listed(sign_in: SignIn, service: Service, kind: str) -> None:
    well, ill = add_person(service, "Hana", kind=kind), add_person(service, "Taro", number="2", kind=kind)
    context = "other" if kind == "home" else "post"
    put_course(service, well, 0.1, 0.0, 0.1, 0.2, context=context)
    captures = put_course(service, ill, 2.0, 2.5, 3.0, 3.5, context=context)
    client = sign_in("clinician").client
    told = client.get("/api/v1/alarms").json()
    assert told["people"] == 2
    assert [(one["person_id"], one["name"], one["number"], one["kg"]) for one in told["alarms"]] == [
        (ill, "Taro", "2", 3.5)
    ]
    assert told["alarms"][0]["capture_id"] in captures
    assert client.get("/api/v1/alarms").json() == told
    assert client.get(f"/api/v1/people/{ill}/course").json()["alarm_on"]


def test_who_may(sign_in: SignIn, service: Service) -> None:
    mine, other = add_person(service, "Hana"), add_person(service, "Taro")
    for client in (sign_in("person", person_id=mine).client, sign_in("admin").client):
        assert client.get("/api/v1/alarms").status_code == 403
        foreign, missing = (client.get(f"/api/v1/people/{one}/course") for one in (other, NOBODY))
        assert (foreign.status_code, foreign.json()) == (404, missing.json())
    assert sign_in("clinician").client.get(f"/api/v1/people/{NOBODY}/course").status_code == 404
