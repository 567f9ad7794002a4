"""From options to settings and listeners; real processes are in tests/cli/test_serve.py."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from mitate.record.vault import Vault
from mitate.serve import start
from mitate.serve.addresses import Addresses
from mitate.serve.service import Service
from mitate.serve.start import Options
from mitate.serve.tls import Certificate, certificate_for

LAN = Addresses("lake", ("192.168.1.20", "fd00::7"))


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(tmp_path / "record", Vault.new())


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return certificate_for(LAN.hosts, tmp_path / "tls")


def test_without_tls_only_this_machine_is_served(options: Options) -> None:
    settings, port, plain = start._settings(replace(options, port=18080), LAN, None)
    assert (settings.origin, port, plain) == ("http://127.0.0.1:18080", 18080, 0)
    assert settings.origins == ("http://localhost:18080",)
    assert not settings.secure


def test_behind_a_proxy_its_name_is_the_origin(options: Options, service: Service) -> None:
    asked = replace(options, port=18080, host="0.0.0.0", origin="https://mitate.example", works=False)
    settings, port, _ = start._settings(asked, LAN, None)
    assert (settings.all_origins, settings.secure) == (("https://mitate.example",), True)
    assert not settings.works
    [listener] = start._listeners(replace(service, settings=settings), asked, None, port, 0)
    assert (listener.host, listener.port, listener.certificate) == ("0.0.0.0", 18080, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_who_listens_everywhere_is_reached_by_every_name(options: Options, host: str) -> None:
    settings, *_ = start._settings(replace(options, port=18080, host=host), LAN, None)
    assert settings.origin == "http://192.168.1.20:18080"
    assert {"http://[fd00::7]:18080", "http://lake.local:18080"} <= set(settings.origins)
    settings, *_ = start._settings(replace(options, port=18080, host="fd00::7"), LAN, None)
    assert settings.all_origins == ("http://[fd00::7]:18080",)


def test_with_tls_every_name_is_an_origin(
    options: Options, certificate: Certificate, service: Service
) -> None:
    asked = replace(options, port=18443)
    settings, port, plain = start._settings(asked, LAN, certificate)
    assert settings.origin == "https://192.168.1.20:18443"
    assert "https://[fd00::7]:18443" in settings.all_origins
    assert "https://lake.local:18443" in settings.all_origins
    assert settings.fingerprint == certificate.fingerprint
    app, doorway = start._listeners(replace(service, settings=settings), asked, certificate, port, plain)
    assert (app.host, app.port, app.certificate) == ("0.0.0.0", 18443, certificate)
    assert (doorway.port, doorway.certificate) == (plain, None)
    assert plain != port


def test_a_taken_port_is_stepped_over(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr(start, "PLAIN_PORT", taken)
        _, port, _ = start._settings(options, LAN, None)
    assert taken < port < taken + 100
