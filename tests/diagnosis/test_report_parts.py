"""Numbers in words are never more certain than they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.diagnosis.intervals import Estimate
from mitate.diagnosis.report_parts import (
    Cell,
    card,
    contents,
    counted,
    cut,
    number,
    percent,
    picture,
    points,
    section,
    span,
    table,
    with_interval,
)


@given(st.floats(0, 1))
def test_nearly_all_is_not_all_and_nearly_none_is_not_none(share: float) -> None:
    shown = percent(share).replace("\u202f", "")
    assert (shown == "100%") == (share == 1)
    assert (shown == "0%") == (share == 0)


@pytest.mark.parametrize(
    ("share", "digits", "words"),
    [
        (0.994, 0, "99 %"),
        (0.996, 0, "> 99 %"),
        (0.004, 0, "< 1 %"),
        (0.9996, 1, "> 99.9 %"),
        (0.5, 1, "50.0 %"),
    ],
)
def test_percent(share: float, digits: int, words: str) -> None:
    assert percent(share, digits=digits).replace("\u202f", " ") == words


def test_numbers_with_their_intervals() -> None:
    plain = with_interval(Estimate(0.92, 0.876, 0.954, 200)).replace("\u202f", " ").replace("\u00a0", " ")
    assert plain == "92 % (88 to 95)"
    assert points(-0.04, -0.18, 0.06).replace("\u00a0", " ") == "−4 (−18 to 6)"
    assert points(0.123, 0.07, 0.17).replace("\u00a0", " ") == "+12 (7 to 17)"
    assert points(0.001, -0.004, 0.004).replace("\u00a0", " ") == "+0.1 (−0.4 to 0.4)"
    assert span(-0.1, 0.25) == "−10 to 25"
    assert number(-0.5) == "−0.50"


def test_counting() -> None:
    assert counted(1, "person", "people") == "1 person"
    assert counted(2, "person", "people") == "2 people"
    assert counted(0, "photo") == "0 photos"
    assert counted(12000, "photo") == "12\u202f000 photos"


def test_cut() -> None:
    assert cut("short", 10) == "short"
    assert cut("much too long", 9) == "much too…"
    assert len(cut("x" * 50, 20)) == 20


def test_words_are_no_markup() -> None:
    evil = '<b onclick="x">'
    made = table(evil, [evil, evil], [[evil, Cell(evil, below=evil, short=evil)]])
    made += section(evil, card("care", evil, evil)) + picture(np.zeros((2, 2, 3), np.uint8), evil)
    assert evil not in made
    assert "<b " not in made


def test_a_section_without_content_is_nothing() -> None:
    assert section("Title", "", "") == ""


def test_links_lead_to_sections() -> None:
    body = section("One & two", "<p>x</p>") + section("Three", "<p>y</p>")
    assert contents(body).count("<a ") == 2
    assert 'href="#one---two">One &amp; two<' in contents(body)
