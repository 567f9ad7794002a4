"""The app as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_openapi_names_the_app(sign_in: Callable[..., Any]) -> None:
    told = sign_in("clinician").client.get("/api/v1/openapi.json").json()
    assert told["info"]["title"] == "mitate"


def test_an_unknown_page_is_a_page_in_plain_words(sign_in: Callable[..., Any]) -> None:
    answer = sign_in("clinician").client.get("/nowhere")
    assert answer.status_code == 404
    assert "Back to the start" in answer.text
