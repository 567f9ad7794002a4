"""The page that says how a phone comes to trust this machine, and the certificate itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from fastapi.testclient import TestClient

from mitate.serve.app import create_app
from mitate.serve.service import Service
from mitate.serve.tls import certificate_for


@pytest.fixture
def visitor(service: Service, tmp_path: Path) -> Iterator[TestClient]:
    """Nobody signed in, of an app with a certificate of its own."""
    made = certificate_for(("192.168.1.20",), tmp_path / "tls")
    settings = replace(
        service.settings,
        origin="https://192.168.1.20:8443",
        authority=made.authority,
        fingerprint=made.fingerprint,
    )
    app = create_app(replace(service, settings=settings))
    with TestClient(app, settings.origin, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nobody_has_to_sign_in_to_read_it(visitor: TestClient, service: Service, language: str) -> None:
    answer = visitor.get("/trust", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.text.count("<h1") == 1
    assert 'href="https://192.168.1.20:8443/"' in answer.text
    assert 'href="/ca.crt"' in answer.text
    assert "<code>" in answer.text
    warned = {"en": "first shows a warning", "ja": "警告の画面が出ます"}[language]
    assert answer.text.index(warned) < answer.text.index('href="https://192.168.1.20:8443/"')


def test_the_certificate_is_the_authority_that_it_tells_of(visitor: TestClient) -> None:
    from cryptography.hazmat.primitives.hashes import SHA256

    answer = visitor.get("/ca.crt")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    assert "mitate.crt" in answer.headers["content-disposition"]
    found = x509.load_pem_x509_certificate(answer.content)
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert found.fingerprint(SHA256()).hex(":").upper() in visitor.get("/trust").text
    assert b"PRIVATE" not in answer.content


def test_without_one_the_page_says_so(service: Service) -> None:
    with TestClient(create_app(service)) as client:
        answer = client.get("/trust")
        assert (answer.status_code, "/ca.crt" in answer.text) == (200, False)
        assert client.get("/ca.crt").status_code == 404
