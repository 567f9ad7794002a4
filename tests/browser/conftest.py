"""What the app's tests in a browser share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from benchmarks.toured import ARGUMENTS, CHROMIUM, PHONE
from tests.browser.filming import PATIENCE_MS, RECORDED, Running, Wire, enter
from tests.serve.conftest import light_hashes, service, sign_in, unhurried  # noqa: F401  # fixtures

from mitate.serve.service import Service

FEW_PICTURES = "--use-fake-device-for-media-stream=fps=10"
"""Of the fake camera: thirty a second are more than a busy machine can put into a film as they come."""


@pytest.fixture
def address(service: Service) -> Iterator[str]:  # noqa: F811  # the fixture
    """Where the app of the test's own `service` really listens."""
    one = Running(service)
    one.start()
    yield one.origin
    one.end()


@pytest.fixture(scope="module")
def cameras() -> Iterator[Any]:
    """Chromium with a camera of its own: a pattern that moves."""
    if find_spec("playwright") is None or not CHROMIUM.exists():
        pytest.skip("playwright or Chromium is not installed")
    from playwright.sync_api import sync_playwright

    # a name that leads here but is no secure context
    away = "--host-resolver-rules=MAP testserver 127.0.0.1"
    with sync_playwright() as browsers:
        started = browsers.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, FEW_PICTURES, away])
        yield started
        started.close()


@pytest.fixture
def running(service: Service) -> Iterator[Running]:  # noqa: F811  # the fixture
    """The app of the test's own `service`, that can be ended and started again."""
    one = Running(service)
    one.start()
    yield one
    one.end()


@pytest.fixture
def wire(running: Running) -> Iterator[Wire]:
    """A wire to it that can be cut."""
    one = Wire(running)
    one.start()
    yield one
    one.end()


@pytest.fixture
def phone(
    cameras: Any,
    wire: Wire,
    service: Service,  # noqa: F811  # the fixture
    sign_in: Callable[..., Any],  # noqa: F811  # the fixture
) -> Iterator[Callable[..., Any]]:
    """Opens a phone's browser for an account with a person; errors of scripts fail the test."""
    opened: list[Any] = []
    errors: list[str] = []

    def made(person: str, *roles: str, origin: str = "", language: str = "en", **options: Any) -> Any:
        signed = sign_in(*(roles or ("person",)), person_id=person, language=language)
        allowed = [] if origin else ["camera"]
        place = origin or wire.origin
        one = cameras.new_context(viewport=PHONE, base_url=place, permissions=allowed, **options)
        enter(one, service, signed.account_id, place)
        one.set_default_timeout(PATIENCE_MS)
        one.add_init_script(RECORDED)
        one.on("page", lambda page: page.on("pageerror", lambda error: errors.append(str(error))))
        opened.append(one)
        return one

    yield made
    for one in opened:
        one.close()
    assert errors == []
