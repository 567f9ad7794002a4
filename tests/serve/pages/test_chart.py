"""The course as a picture: whole, readable, and said in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.serve.pages.chart import course_chart
from mitate.serve.told.types import CourseView, GridPoint, SessionPoint, Told
from mitate.serve.words import Say

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def view_of(kilograms: list[float], *, level: float = 2.0, weighed: bool = False) -> CourseView:
    points = [
        SessionPoint(
            START + timedelta(days=2 * number),
            kg,
            kg - 0.5,
            kg + 0.5,
            ("pre", "post", "other")[number % 3],
            kg + 0.1 if weighed else None,
            f"{number:032x}",
        )
        for number, kg in enumerate(kilograms)
    ]
    grid = tuple(GridPoint(one.at, one.kg, one.low, one.high) for one in points)
    ahead = GridPoint(points[-1].at + timedelta(days=3), 1.0, 0.0, 2.0)
    return CourseView(tuple(points), (*grid, ahead), level, True, (points[-1].at,), Told("-"), points[-1].at)


def drawn(view: CourseView, language: str = "en", *, wide: bool = False) -> ElementTree.Element:
    told = course_chart(view, Say(language), wide=wide)
    return ElementTree.fromstring(f"<figure>{told}</figure>")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("wide", [False, True])
def test_it_is_named_and_told_in_words(language: str, wide: bool) -> None:
    figure = drawn(view_of([-0.5, 2.0, 1.9]), language, wide=wide)
    svg = figure.find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    assert svg.findtext("title") == Say(language)("face.chart_title")
    text = svg.findtext("desc") or ""
    assert "1.9" in text
    assert "1.4" in text
    assert "2.4" in text
    assert not re.search("[-\u2212+/]", text)  # signs and 1/13 are read wrongly
    assert figure.find("ul") is not None


@given(
    st.lists(st.floats(-8, 15, allow_nan=False), min_size=1, max_size=40), st.floats(0.3, 5), st.booleans()
)
def test_everything_lies_inside_the_picture(kilograms: list[float], level: float, wide: bool) -> None:
    svg = drawn(view_of(kilograms, level=level, weighed=True), wide=wide).find("svg")
    assert svg is not None
    width, height = (float(one) for one in str(svg.get("viewBox")).split()[2:])
    for circle in svg.iter("circle"):
        assert 0 <= float(str(circle.get("cx"))) <= width
        assert 0 <= float(str(circle.get("cy"))) <= height
    for line in (*svg.iter("polyline"), *svg.iter("polygon")):
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", str(line.get("points"))):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height
    for text in svg.iter("text"):
        assert 0 <= float(str(text.get("x"))) <= width


def test_more_is_higher() -> None:
    svg = drawn(view_of([0.0, 3.0])).find("svg")
    assert svg is not None
    low, high = (float(str(one.get("cy"))) for one in svg.iter("circle"))
    assert high < low


def test_a_phone_shows_six_weeks_and_a_desk_all() -> None:
    view = view_of([1.0] * 60)
    narrow, wide = (len(list(drawn(view, wide=wide).iter("circle"))) for wide in (False, True))
    assert narrow < 20 < wide


def test_only_what_is_there_stands_in_the_key() -> None:
    say = Say("en")
    told = str(course_chart(view_of([1.0]), say))
    assert say("face.chart_pre") in told
    assert say("face.chart_post") not in told
    assert say("face.chart_weighed") not in told


def test_nothing_inline_that_a_policy_would_forbid() -> None:
    told = str(course_chart(view_of([1.0, 2.0]), Say("en"), wide=True))
    assert "style=" not in told
    assert "<script" not in told
