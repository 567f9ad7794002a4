"""The person's own picture of the course: few things, inside the picture, with the value that words say."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.serve.pages.test_chart import view_of

from mitate.serve.pages.course_picture import course_picture
from mitate.serve.told.types import CourseView
from mitate.serve.words import Say


def drawn(view: CourseView, language: str = "en") -> ElementTree.Element:
    return ElementTree.fromstring(f"<figure>{course_picture(view, Say(language))}</figure>")


@given(st.lists(st.floats(-8, 15, allow_nan=False), min_size=1, max_size=40), st.floats(0.3, 5))
def test_everything_lies_inside_the_picture(kilograms: list[float], level: float) -> None:
    svg = drawn(view_of(kilograms, level=level)).find("svg")
    assert svg is not None
    width, height = (float(one) for one in str(svg.get("viewBox")).split()[2:])
    for circle in svg.iter("circle"):
        assert 0 <= float(str(circle.get("cx"))) <= width
        assert 0 <= float(str(circle.get("cy"))) <= height
    for text in svg.iter("text"):
        assert 0 <= float(str(text.get("x"))) <= width
        assert 0 <= float(str(text.get("y"))) <= height
        assert float(str(text.get("font-size"))) >= 20
    for line in (*svg.iter("polyline"), *svg.iter("polygon")):
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", str(line.get("points"))):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_newest_value_stands_in_the_largest_type_and_the_rest_in_words(language: str) -> None:
    svg = drawn(view_of([0.5, 2.0, 1.9]), language).find("svg")
    assert svg is not None
    largest = max(svg.iter("text"), key=lambda one: float(str(one.get("font-size"))))
    assert largest.text == "+1.9 kg"
    assert svg.findtext("title") == Say(language)("face.chart_title")
    assert "1.9" in (svg.findtext("desc") or "")


def test_what_to_aim_at_is_named_only_where_it_is_drawn() -> None:
    say = Say("en")
    told = str(course_picture(view_of([0.5, 2.0]), say))
    assert say("face.picture_aim_after") in told
    assert say("face.picture_aim") in str(course_picture(view_of([0.5]), say))
    without = str(course_picture(replace(view_of([0.5, 2.0]), alarm_level_kg=math.inf), say))
    assert "aim" not in without


def test_a_long_course_shows_its_last_weeks() -> None:
    assert len(list(drawn(view_of([1.0] * 60)).iter("circle"))) < 15


def test_nothing_inline_that_a_policy_would_forbid() -> None:
    told = str(course_picture(view_of([1.0, 2.0]), Say("en")))
    assert "style=" not in told
    assert "<script" not in told
