"""Numbers in words are never more certain than they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.diagnosis.intervals import Estimate
from mitate.diagnosis.report_numbers import cut, number, percent, points, span, with_interval


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


def test_cut() -> None:
    assert cut("short", 10) == "short"
    assert cut("much too long", 9) == "much too…"
    assert len(cut("x" * 50, 20)) == 20
