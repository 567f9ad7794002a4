"""Pages: the reader's language, nothing kept by browsers, errors in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import Request

from mitate.serve import render
from mitate.serve.auth.types import Who
from mitate.serve.render import language_of, page
from mitate.serve.words import Say


def asked(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    server = ("testserver", 80)
    return Request(
        {
            "type": "http",
            "path": "/x",
            "query_string": b"",
            "scheme": "http",
            "server": server,
            "headers": raw,
        }
    )


def test_the_language_is_the_accounts_then_the_cookies_then_the_browsers() -> None:
    both = asked(cookie="language=en", accept_language="ja-JP,ja;q=0.9")
    assert language_of(both, Who("a", ("person",), language="ja")) == "ja"
    assert language_of(both) == "en"
    assert language_of(asked(accept_language="ja-JP,ja;q=0.9")) == "ja"
    assert language_of(asked(cookie="language=fr")) == "en"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_errors_are_told_in_the_readers_words(language: str) -> None:
    told = {"kind": "X", "what": "it <broke>", "todo": "mend it"}
    for status, word in (
        (404, "missing"),
        (403, "denied"),
        (413, "large"),
        (429, "many"),
        (507, "full"),
        (500, "bug"),
    ):
        shown = page(asked(cookie=f"language={language}"), "failed.html", status=status, error=told)
        assert Say(language)(f"shell.failed_{word}") in bytes(shown.body).decode()
    other = bytes(page(asked(), "failed.html", status=409, error=told).body).decode()
    assert "It &lt;broke&gt;. Mend it." in other


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    said = "<p>held 3 s, 12 min, 2.4 kg, 90 % of 5 MB, 3 sets, 3 months, 約3 kg</p>"
    kept = "held 3_s, 12_min, 2.4_kg, 90_% of 5_MB, 3 sets, 3 months, 約\u20603_kg"
    assert render.fixed(said) == f"<p>{kept}</p>".replace("_", "\u00a0")


def test_what_scripts_read_and_people_write_is_not_touched() -> None:
    html = '<p title="3 s">3 s</p><textarea>3 s</textarea><script type="x">"3 s"</script><b>3 s</b>'
    whole = (
        '<p title="3 s">3\u00a0s</p><textarea>3 s</textarea><script type="x">"3 s"</script><b>3\u00a0s</b>'
    )
    assert render.fixed(html) == whole


def test_pages_are_not_kept_by_browsers(sign_in: Callable[..., Any]) -> None:
    assert sign_in("clinician").client.get("/nowhere").headers["cache-control"] == "no-store"
