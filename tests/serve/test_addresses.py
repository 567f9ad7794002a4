"""Names and addresses of this machine, as its own network knows them."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from mitate.serve.addresses import Addresses, own_addresses


def test_addresses_are_those_that_lead_elsewhere() -> None:
    found = own_addresses()
    assert found.name == found.name.lower()
    assert "." not in found.name
    assert not any(ipaddress.ip_address(ip).is_loopback for ip in found.ips)
    for ip in found.ips:
        with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET) as ours:
            ours.bind((ip, 0))  # refused where the address is not this machine's


def test_a_phone_is_offered_an_address_before_names() -> None:
    hosts = Addresses("lake", ("192.168.1.20", "fd00::7")).hosts
    assert hosts[:4] == ("192.168.1.20", "fd00::7", "lake.local", "lake")
    assert {"localhost", "127.0.0.1", "::1"} <= set(hosts)


def test_without_a_network_names_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere(socket.socket):
        def connect(self, address: object) -> None:
            raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "socket", Nowhere)
    found = own_addresses()
    assert found.ips == ()
    assert found.hosts[0].endswith(".local")
