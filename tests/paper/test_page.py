"""The frame of a report: whole, alone, escaped, in its language, light or dark."""

from __future__ import annotations

import re

from mitate.paper.page import page


def test_a_page_is_whole_and_stands_alone() -> None:
    made = page("<b>&", "<b>&", "<p>body</p>", style=".own { color: red; }")
    assert made.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<b>" not in made
    assert '<p class="banner" role="note">&lt;b&gt;&amp;</p>' in made
    assert '<main id="content">\n<p>body</p>\n</main>' in made
    assert not re.search(r"<script|@import|url\(|//", made)
    assert made.index(".own {") > made.index("@media print")  # a page's own rules stand last


def test_what_is_not_asked_for_is_not_there() -> None:
    made = page("title", "", "", language="ja", dark=False)
    assert 'lang="ja"' in made
    assert 'class="banner"' not in made
    assert 'class="skip"' not in made
    assert "prefers-color-scheme" not in made
    assert 'name="color-scheme" content="light"' in made


def test_the_keyboard_can_go_past_the_banner() -> None:
    made = page("title", "banner", "", skip="Past <this>")
    assert made.index('<a class="skip" href="#content">Past &lt;this&gt;</a>') < made.index('class="banner"')


def test_every_colour_of_the_dark_page_is_one_of_the_light_page() -> None:
    made = page("title", "", "")
    light, dark = (
        set(re.findall(r"(--[\w-]+):", part)) for part in made.split("@media screen and (prefers")[:2]
    )
    assert dark <= light
    assert set(re.findall(r"var\((--[\w-]+)\)", made)) <= light
