from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import pytest

from mitate.edema.alarm import HOME_RULE, alarm, rule_for
from mitate.edema.course_model import Context
from mitate.edema.sightings import Course, Sighting
from mitate.edema.trend import trend
from mitate.edema.trend_report import trend_in_words, trend_picture

START = datetime(2026, 3, 2, 8)


def course_of(rows: list[tuple[float, float, Context]], name: str = "p01", sd: float = 0.36) -> Course:
    return Course(tuple(Sighting(START + timedelta(days=d), e, sd, c) for d, e, c in rows), 0.2, name)


def words(course: Course) -> str:
    result = trend(course)
    return trend_in_words(course, result, alarm(course, rule_for(result.kind)))


def rising() -> Course:
    return course_of([(float(d), max(0.0, 0.35 * (d - 8)), "other") for d in range(14)])


def test_what_rests_on_the_scales_says_so() -> None:
    weighed = tuple(replace(one, weighed_kg=0.2) for one in rising().sightings[:3])
    text = words(replace(rising(), sightings=(*weighed, *rising().sightings[3:])))
    assert "goes by the scales, too: 3 of 14 sessions were weighed" in text
    assert "height of the whole course" not in text


def test_a_rise_in_words() -> None:
    text = words(rising())
    assert "p01, 14 sessions, 02 Mar 2026 to 15 Mar 2026" in text
    assert "and rising by 0.3 kg a day" in text
    assert "alarm: YES, since" in text
    assert "the height of the whole course may be off by 0.3 kg either way" in text
    assert HOME_RULE.stated in text
    assert text.endswith("not for diagnosis or for setting a dry weight.")


def test_ordinary_days_in_words() -> None:
    text = words(course_of([(float(d), 0.1 * (-1) ** d, "other") for d in range(10)]))
    assert "no clear rise or fall over the last 3 days" in text
    assert "alarm: no (" in text
    assert "it sounds from 25 %" in text


def test_a_day_in_words() -> None:
    rows: list[tuple[float, float, Context]] = [
        (0.0, 0.9, "before meal"),
        (0.05, 0.9, "after meal"),
        (0.3, 0.4, "after toilet"),
    ]
    text = words(course_of(rows, sd=0.25))
    assert "kg since 08:00 (90 % interval" in text
    assert "since 09:12, after toilet: -" in text


def test_one_session_in_words() -> None:
    text = words(course_of([(0.0, 0.4, "other")], name=""))
    assert text.startswith("this person, 1 session, 02 Mar 2026\n")
    assert "from one session only" in text


def test_dialysis_in_words() -> None:
    rows: list[tuple[float, float, Context]] = []
    for day in (0, 2, 4, 7, 9):
        rows += [(float(day), 2.4, "pre"), (day + 0.2, 0.2, "post")]
    text = words(course_of(rows))
    assert "dry weight after dialysis" in text
    assert "gather between dialyses; now 0." in text
    assert "post dialysis: -2." in text


def test_a_left_out_session_is_named() -> None:
    rows: list[tuple[float, float, Context]] = [
        (float(d), 4.0 if d == 5 else 0.1, "other") for d in range(12)
    ]
    assert "07 Mar 08:00 does not fit" in words(course_of(rows))


@pytest.mark.parametrize("kind", ["rising", "one", "dialysis"])
def test_the_picture_is_written(tmp_path: Path, kind: str) -> None:
    course = {
        "rising": rising(),
        "one": course_of([(0.0, 0.4, "other")]),
        "dialysis": course_of([(0.0, 2.4, "pre"), (0.2, 0.3, "post"), (2.0, 2.3, "pre")]),
    }[kind]
    result = trend(course)
    trend_picture(course, result, alarm(course, rule_for(result.kind)), tmp_path / "course.png")
    picture = cv2.imread(str(tmp_path / "course.png"))
    assert picture is not None
    assert picture.shape == (672, 1200, 3)
    red = (picture[..., 2] > 150) & (picture[..., 0] < 60) & (picture[..., 1] < 60)
    assert red.sum() > (1500 if kind == "rising" else 100)
