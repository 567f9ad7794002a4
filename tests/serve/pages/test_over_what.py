"""Where no dry weight was entered, no page, chart, answer or FHIR note says "dry weight" of kilograms."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import add_model, add_session

from mitate.record.captures import get_capture
from mitate.record.fhir_parts import excess
from mitate.record.schema import Capture
from mitate.serve.service import Service

OVER = {
    "en": r"[Oo]ver (the |your )?dry weight",
    "ja": r"ドライウェイトとの差(?!（ドライウェイト未入力)|ドライウェイトより",
}
USUAL = {"en": "usual weight after dialysis", "ja": "いつもの透析後の体重"}


@pytest.fixture
def patient(service: Service) -> tuple[str, list[str]]:
    """Somebody with a course over her usual weight after dialysis, the alarm on."""
    record, person = service.record, add_person(service, number="4711")
    films = [add_session(record, person, days_ago=9 - 2 * n, kg=2.0 + n, context="post") for n in range(4)]
    add_model(record, person, films[:3], dry_weight="estimated")
    with record.database.writing() as session:
        key = record.key(session, person)
        for film in films:
            row, about = session.get_one(Capture, film), f"capture.result {film}"
            told = key.open_json(row.result or b"", about) | {"dry_weight": "estimated"}
            row.result = key.seal_json(told, about)
    return person, films


@pytest.mark.parametrize("language", ["en", "ja"])
def test_pages_say_over_what(
    sign_in: Callable[..., Any], patient: tuple[str, list[str]], language: str
) -> None:
    person, films = patient
    nurse = sign_in("clinician", language=language).client
    herself = sign_in("person", person_id=person, language=language).client
    for client, path in (
        (nurse, f"/clinic/people/{person}/course"),
        (nurse, f"/clinic/captures/{films[-1]}"),
        (nurse, "/clinic/alarms"),
        (herself, "/face/course"),
        (herself, f"/face/result/{films[-1]}"),
    ):
        text = client.get(path).text
        assert USUAL[language] in text, path
        assert not re.search(OVER[language], text), path


def test_programs_are_told_over_what(
    service: Service, sign_in: Callable[..., Any], patient: tuple[str, list[str]]
) -> None:
    person, films = patient
    client = sign_in("clinician").client
    assert client.get(f"/api/v1/people/{person}/course").json()["dry_weight"] == "estimated"
    assert client.get("/api/v1/alarms").json()["alarms"][0]["dry_weight"] == "estimated"
    with service.record.database.reading() as session:
        told = excess(get_capture(service.record, session, films[0]), "d")
    assert any("mean of the weights after dialysis" in note["text"] for note in told["note"])
