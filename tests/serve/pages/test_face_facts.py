"""What is said before a film: weights as people write them."""

from __future__ import annotations

import pytest
from fastapi import Request, Response
from hypothesis import given
from hypothesis import strategies as st

from mitate.serve.pages.face_facts import CONTEXTS, LENGTHS_S, FaceFacts, read_weight


@pytest.mark.parametrize(
    ("text", "kg"),
    [
        ("66.5", 66.5),
        ("66,5", 66.5),
        (" 66 ", 66.0),
        ("６６．５", 66.5),
        ("66.5kg", 66.5),
        ("102.35 kg", 102.35),
    ],
)
def test_a_weight_as_people_write_it(text: str, kg: float) -> None:
    assert read_weight(text).kg == kg


@pytest.mark.parametrize("text", ["665", "5", "-66", "66.5.1", "6e1", "sixty", "nan", "0", "12"])
def test_what_cannot_be_a_weight(text: str) -> None:
    said = read_weight(text)
    assert said.wrong
    assert said.kg is None
    assert said.text == text


def test_no_weight_is_no_mistake() -> None:
    assert not read_weight("  ").wrong
    assert read_weight("").kg is None


def asked(cookie: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", f"face={cookie}".encode())]})


@given(
    st.sampled_from(CONTEXTS),
    st.none() | st.integers(2000, 30000).map(lambda grams: grams / 100),
    st.sampled_from(LENGTHS_S),
)
def test_facts_come_back_from_their_cookie(context: str, weight_kg: float | None, seconds: int) -> None:
    facts, answer = FaceFacts(context, weight_kg, seconds), Response()
    facts.keep(answer, secure=True)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert FaceFacts.of(asked(cookie.partition("=")[2].partition(";")[0])) == facts


@given(st.text(st.characters(codec="ascii", exclude_characters=";\r\n\0"), max_size=40))
def test_a_cookie_that_somebody_changed_says_nothing_that_cannot_be(cookie: str) -> None:
    facts = FaceFacts.of(asked(cookie))
    assert facts is None or (facts.context in CONTEXTS and facts.seconds in LENGTHS_S)
