"""Headings, dates, times and numbers of clinics' tables."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.record.csv_words import (
    PEOPLE,
    WEIGHTS,
    column_of,
    day_of,
    height_of,
    kg_of,
    language_of,
    moment_of,
)


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Patient ID", "number"),
        ("participant_id", "number"),
        ("患者番号", "number"),
        ("ＩＤ", "number"),
        ("Weight (kg)", "weight"),
        ("weight_kg", "weight"),
        ("体重［kg］", "weight"),
        ("透析前体重（kg）", "pre"),
        ("Dry  Weight", "dry"),
        ("ﾄﾞﾗｲｳｪｲﾄ", "dry"),
        ("測定日時", "date"),
        ("blood pressure", None),
        ("", None),
    ],
)
def test_headings_are_known_in_both_languages_and_any_width(heading: str, column: str | None) -> None:
    assert column_of(heading, WEIGHTS) == column


@pytest.mark.parametrize("known", [WEIGHTS, PEOPLE])
def test_no_heading_stands_for_two_columns(known: dict[str, tuple[str, ...]]) -> None:
    words = [word for several in known.values() for word in several]
    assert len(words) == len(set(words))
    assert all(column_of(word, known) == name for name, several in known.items() for word in several)


@pytest.mark.parametrize(
    ("text", "kg"),
    [
        ("66.2", 66.2),
        ("66,2", 66.2),
        ("６６．２ kg", 66.2),
        ("66.2KG", 66.2),
        (" 66 ", 66.0),
        ("66,2キロ", 66.2),
    ],
)
def test_numbers_with_points_commas_units_and_full_width(text: str, kg: float) -> None:
    assert kg_of(text) == kg


@pytest.mark.parametrize("text", ["", "about 66", "66.2.1", "1,234.5", "66;2", "inf", "nan", "0x10", "66 lb"])
def test_what_is_no_number_is_told(text: str) -> None:
    assert isinstance(kg_of(text), str)


def test_a_height_may_have_its_unit() -> None:
    assert (height_of("１５８ cm"), height_of("158,5")) == (158.0, 158.5)


@pytest.mark.parametrize(
    ("text", "clock", "at"),
    [
        ("2026-11-22", "", "2026-11-22T12:00"),
        ("2026/11/22", "8:30", "2026-11-22T08:30"),
        ("2026/1/2 9:05", "", "2026-01-02T09:05"),
        ("２０２６／１１／２２　０９：０５：１０", "", "2026-11-22T09:05:10"),
        ("2026年11月22日", "９時３０分", "2026-11-22T09:30"),
        ("2026年11月22日9時30分", "", "2026-11-22T09:30"),
        ("2026.11.22", "", "2026-11-22T12:00"),
        ("2026-11-22T09:30", "10:00", "2026-11-22T09:30"),
    ],
)
def test_dates_in_the_clinics_own_zone(text: str, clock: str, at: str) -> None:
    found = moment_of(text, clock)
    assert not isinstance(found, str)
    assert found[0] == datetime.fromisoformat(at).astimezone()


def test_a_zone_that_is_told_counts() -> None:
    found = moment_of("2026-11-22T09:30:00+09:00", "")
    assert found == (datetime(2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=9))), True)
    assert moment_of("2026-11-22T00:30Z", "")[0] == found[0]


@pytest.mark.parametrize(
    "text",
    ["", "22.11.2026", "11/22/2026", "2026-13-01", "2026-02-30", "yesterday", "2026-11-22 25:00",
     "0001-01-01", "9999-12-31", "2026-11-22T09:30+99:00", "2026-11-22 noon", "令和8年11月"],
)  # fmt: skip
def test_what_is_no_date_is_told(text: str) -> None:
    assert isinstance(moment_of(text, ""), str)


@given(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(["{}-{}-{}", "{}/{}/{}", "{}年{}月{}日"])
)
def test_every_day_is_read_back(day: date, form: str) -> None:
    assert day_of(form.format(day.year, day.month, day.day)) == day


@given(st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0)))
def test_every_time_is_read_back(at: datetime) -> None:
    expected = (at.astimezone(), True)
    assert moment_of(at.isoformat(), "") == expected
    assert moment_of(at.strftime("%Y/%m/%d"), at.strftime("%H:%M:%S")) == expected


@given(st.text(max_size=40), st.text(max_size=10))
def test_any_text_is_a_time_or_told_and_nothing_else_happens(text: str, clock: str) -> None:
    for found in (
        moment_of(text, clock),
        kg_of(text),
        height_of(text),
        column_of(text, WEIGHTS),
        day_of(text),
    ):
        assert found is None or isinstance(found, str | float | tuple | date)


def test_noon_stands_for_a_day_without_a_time() -> None:
    found = moment_of("2026-11-22", "")
    assert not isinstance(found, str)
    assert (found[0].time(), found[1]) == (time(12), False)


def test_the_language_of_a_name_in_kana_or_kanji() -> None:
    names = ("佐藤 花", "サトウ", "ｻﾄｳ", "Hana Sato")
    assert [language_of(name) for name in names] == ["ja", "ja", "ja", "en"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昭和25年4月1日", date(1950, 4, 1)),
        ("S25.4.1", date(1950, 4, 1)),
        ("ｓ２５／４／１", date(1950, 4, 1)),
        ("㍼25年4月1日", date(1950, 4, 1)),
        ("大正15年12月25日", date(1926, 12, 25)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("H31.4.30", date(2019, 4, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R8-01-05", date(2026, 1, 5)),
    ],
)
def test_years_of_japanese_eras(text: str, day: date) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text", ["昭和65年1月8日", "H31.5.1", "R0.1.1", "昭和25年13月1日", "S25", "X25.4.1", "S100.1.1"]
)
def test_a_day_that_its_era_did_not_have_is_none(text: str) -> None:
    assert isinstance(day_of(text), str)


def test_a_weighing_by_the_era_has_its_time() -> None:
    moment = moment_of("令和8年1月5日 9:30", "")
    assert not isinstance(moment, str)
    assert moment[0].replace(tzinfo=None) == datetime(2026, 1, 5, 9, 30)
    assert moment[1]
