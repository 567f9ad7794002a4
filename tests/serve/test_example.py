"""The record to look round in: filled once however often it is asked, and both accounts open it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from mitate.record.schema import Account, Audit, Capture, Job, Person
from mitate.serve.app import create_app
from mitate.serve.example import NURSE, PATIENT, fill
from mitate.serve.service import Service

COHORT = Path(__file__).parents[2] / "examples/two-patients"


@dataclass(frozen=True, slots=True)
class Filled:
    service: Service
    told: list[str]


@pytest.fixture
def filled(service: Service) -> Filled:
    return Filled(service, list(fill(service, COHORT)))


def counts(service: Service) -> list[int]:
    with service.record.database.reading() as session:
        kinds = (Person, Capture, Job, Account)
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in kinds]


def sign_in(service: Service, name: str, secret: str) -> str:
    """Where somebody comes who types these."""
    client = TestClient(create_app(service), follow_redirects=False)
    page = client.get("/sign-in").text
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    answer = client.post(
        "/sign-in",
        data={"csrf": csrf, "then": "", "by": "", "name": name, "secret": secret},
        headers={"Origin": service.settings.origin},
    )
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["location"], follow_redirects=True).url.path


def test_two_patients_films_and_accounts_are_there_once(filled: Filled) -> None:
    assert counts(filled.service) == [2, 16, 16, 2]
    assert list(fill(filled.service, COHORT)) == filled.told
    assert counts(filled.service) == [2, 16, 16, 2]
    with filled.service.record.database.reading() as session:
        assert "example" in set(session.scalars(select(Audit.action)))


def test_what_is_told_opens_it(filled: Filled) -> None:
    words = " ".join(filled.told)
    assert "simulated" in words
    for name, secret in (NURSE, PATIENT):
        assert name in words
        assert secret in words
    assert sign_in(filled.service, *PATIENT) == "/home"
    assert sign_in(filled.service, *NURSE) == "/clinic"
