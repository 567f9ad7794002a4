"""Behind proxies: whose address counts, and that nobody can write it himself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from mitate.record.vault import Vault
from mitate.serve import start
from mitate.serve.addresses import Addresses
from mitate.serve.connections import Patience
from mitate.serve.forwarded import LastForwarded
from mitate.serve.running import Listener, _config

PROXY = ("10.0.0.2", 4711)


def seen(*told: str, proxies: str = "*") -> str:
    """The address that the app is told, of a request by a proxy with these headers."""
    found: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope["client"][0])

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        return None

    config = _config(Listener(app, "127.0.0.1", 1), proxies, Patience())
    config.load()
    headers = [(b"x-forwarded-for", one.encode()) for one in told]
    scope = {"type": "http", "client": PROXY, "headers": headers, "path": "/", "scheme": "http"}
    asyncio.run(config.loaded_app(scope, receive, send))
    return found[0]


@pytest.mark.parametrize("proxies", ["*", "10.0.0.2", " * "])
@pytest.mark.parametrize(
    ("told", "address"),
    [
        (("192.168.1.9",), "192.168.1.9"),
        (("127.0.0.1, 192.168.1.9",), "192.168.1.9"),  # the first was written by whoever asks
        (("127.0.0.1", "192.168.1.9"), "192.168.1.9"),
        (("127.0.0.1, 192.168.1.9:5000",), "192.168.1.9"),
        (("::1, [2001:db8::9]:5000",), "2001:db8::9"),
        ((), PROXY[0]),
    ],
)
def test_the_last_address_counts_and_none_that_the_asker_wrote(
    proxies: str, told: tuple[str, ...], address: str
) -> None:
    assert seen(*told, proxies=proxies) == address


@pytest.mark.parametrize("told", ["", "unknown", "127.0.0.1, unknown", "a.b.c.d:1"])
def test_what_is_no_address_leaves_the_proxys(told: str) -> None:
    assert seen(told) == PROXY[0]


def test_without_proxies_nobody_is_believed() -> None:
    assert seen("127.0.0.1", proxies="") == PROXY[0]


def test_lifespan_and_others_pass() -> None:
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        return None

    asyncio.run(LastForwarded(app)({"type": "lifespan"}, receive, send))
    assert passed == ["lifespan"]


@pytest.mark.parametrize(
    ("given", "fronted"),
    [
        ({}, False),
        ({"origin": "https://mitate.example"}, True),
        ({"proxies": "10.0.0.2"}, True),
        ({"proxies": "*", "host": "0.0.0.0"}, True),
    ],
)
def test_an_app_behind_a_proxy_knows_it(tmp_path: Path, given: dict[str, str], fronted: bool) -> None:
    options = start.Options(tmp_path, Vault.new(), port=9, tls=False, **given)  # type: ignore[arg-type]
    settings, _, _ = start._settings(options, Addresses("clinic", ("192.168.1.20",)), None)
    assert settings.fronted is fronted
