"""A weighty step with a phone that was signed in long ago: asked once more, and back, by large keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest
from benchmarks.toured import Tour
from sqlalchemy import select, update
from tests.serve.conftest import add_person

from mitate.record.schema import Account, Login, Token, now
from mitate.serve.auth.secrets import hash_secret
from mitate.serve.service import Service
from mitate.serve.words import Say

PIN = "739204"


def long_ago(service: Service) -> None:
    """Every browser was signed in days ago, by a PIN."""
    with service.record.database.writing() as session:
        session.execute(update(Login).values(confirmed_at=now() - timedelta(days=3)))
        session.execute(update(Account).values(secret=hash_secret(PIN), secret_kind="pin"))


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ja", "dark")])
def test_a_token_is_made_after_the_pin_was_typed_once_more(
    service: Service, phone: Callable[..., Any], language: str, scheme: str
) -> None:
    if find_spec("axe_playwright_python") is None:
        pytest.skip("axe_playwright_python is not installed")
    page = phone(add_person(service), language=language, color_scheme=scheme).new_page()
    seen, say = Tour(language, scheme), Say(language)
    long_ago(service)
    page.goto("/me")
    page.click("a[href='/me/tokens']")
    page.wait_for_url("**/confirm?then=/me/tokens")
    assert page.inner_text("h1") == say("auth.confirm")
    seen.look(page, "confirm")
    for digit in "739205":
        page.click(f"#pin-pad [data-key='{digit}']")
    page.click("#pin-pad .go")
    page.wait_for_selector("#problem:visible")
    assert page.evaluate("document.activeElement.id") == "secret"
    seen.look(page, "confirm-wrong")
    for digit in PIN:
        page.click(f"#pin-pad [data-key='{digit}']")
    page.click("#pin-pad .go")
    page.wait_for_url("**/me/tokens")
    page.fill("input[name=label]", "scale")
    long_ago(service)  # the page is left open
    page.click("form[action='/me/tokens'] .button")
    page.wait_for_url("**/confirm?then=/me/tokens&typed=yes")
    assert say("auth.confirm_typed") in page.inner_text("main")
    seen.look(page, "confirm-typed")
    page.fill("#secret", PIN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/me/tokens")
    assert tokens(service) == []
    page.fill("input[name=label]", "scale")
    page.click("form[action='/me/tokens'] .button")
    page.wait_for_selector(".secret-text")
    assert tokens(service) == ["scale"]
    assert seen.violations == []


def tokens(service: Service) -> list[str]:
    with service.record.database.reading() as session:
        return list(session.scalars(select(Token.label)))


def test_leaving_it_leads_back_and_nothing_is_done(service: Service, phone: Callable[..., Any]) -> None:
    page = phone(add_person(service)).new_page()
    long_ago(service)
    page.goto("/me/tokens")
    page.click(".back-link")
    page.wait_for_url("**/me")


def test_without_scripts_it_works_as_it_stands(service: Service, phone: Callable[..., Any]) -> None:
    page = phone(add_person(service), java_script_enabled=False).new_page()
    long_ago(service)
    page.goto("/me/tokens")
    assert not page.is_visible("#pin-pad")
    page.fill("#secret", PIN)
    page.click(".actions .button")
    page.wait_for_url("**/me/tokens")
