"""The door without TLS, for everybody but this machine: steps to trust, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mitate.serve.app import create_app
from mitate.serve.doorway import Doorway, trust_only
from mitate.serve.service import Service
from mitate.serve.tls import Certificate, certificate_for


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return certificate_for(("192.168.1.20", "localhost"), tmp_path / "tls")


@pytest.fixture
def door(service: Service, certificate: Certificate) -> Doorway:
    settings = replace(
        service.settings,
        origin="https://192.168.1.20:8443",
        origins=("https://lake.local:8443",),
        authority=certificate.authority,
        fingerprint=certificate.fingerprint,
    )
    served = replace(service, settings=settings)
    return Doorway(create_app(served), trust_only(served))


@pytest.fixture
def phone(door: Doorway) -> Iterator[TestClient]:
    with TestClient(
        door, "http://192.168.1.20:8080", client=("192.168.1.31", 40000), follow_redirects=False
    ) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/first", "/home", "/api/v1/people", "/api/v1/openapi.json"]
)
def test_every_other_address_leads_to_the_steps(phone: TestClient, path: str) -> None:
    answer = phone.get(path)
    assert (answer.status_code, answer.headers["location"]) == (307, "/trust")


def test_the_steps_are_there_with_what_they_need(phone: TestClient, certificate: Certificate) -> None:
    steps = phone.get("/trust")
    assert steps.status_code == 200
    assert certificate.fingerprint in steps.text
    assert 'href="https://192.168.1.20:8443/"' in steps.text
    assert phone.get("/ca.crt").content == certificate.authority.read_bytes()
    style = steps.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert phone.get(style).status_code == 200


def test_the_language_is_chosen_without_a_form(phone: TestClient) -> None:
    assert "<form" not in phone.get("/trust").text
    chosen = phone.get("/trust?language=ja")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/trust")
    assert '<html lang="ja"' in phone.get("/trust").text
    assert phone.get("/trust?language=xx").status_code == 200


def test_nothing_is_taken_in_without_tls(phone: TestClient) -> None:
    for path in ("/sign-in", "/first", "/api/v1/people"):
        assert phone.post(path, data={"name": "nurse", "secret": "open"}).status_code in (403, 405)
    assert "set-cookie" not in phone.get("/trust").headers


def test_this_machine_comes_into_the_app(door: Doorway) -> None:
    with TestClient(
        door, "http://127.0.0.1:8080", client=("127.0.0.1", 40000), follow_redirects=False
    ) as here:
        assert here.get("/").headers["location"] != "/trust"
        assert here.get("/sign-in").status_code in (200, 303)
