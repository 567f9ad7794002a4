from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from mitate.edema.sightings_table import read_sightings
from mitate.errors import InputError

HEADER = "captured_at,excess_kg,sd_kg,context,weighed_kg\n"


def table(folder: Path, text: str) -> Path:
    path = folder / "course.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_table(tmp_path: Path) -> None:
    rows = "2026-03-02T08:00,0.5,0.4,,\n2026-03-02T13:00,0.4,0.4,After meal,0.9\n\n"
    course = read_sightings(table(tmp_path, HEADER + rows), common_kg=0.1, participant_id="p01")
    first, second = course.sightings
    assert first.at == datetime(2026, 3, 2, 8)
    assert (first.context, second.context, second.weighed_kg) == ("other", "after meal", 0.9)
    assert (course.common_kg, course.participant_id) == (0.1, "p01")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_and_no_further_columns(tmp_path: Path, separator: str) -> None:
    text = "captured_at,excess_kg,sd_kg\n2026-03-02,0.5,0.4\n".replace(",", separator)
    assert read_sightings(table(tmp_path, text)).sightings[0].excess_kg == 0.5


@pytest.mark.parametrize(
    ("row", "where", "message"),
    [
        ("yesterday,0.5,0.4,,", ":2:1", "not a date and time"),
        ("2026-03-02,,0.4,,", ":2:12", "excess_kg is empty"),
        ("2026-03-02,0.5kg,0.4,,", ":2:12", "has a unit"),
        ("2026-03-02,0.5,0,,", ":2:16", "sd_kg 0 is not plausible"),
        ("2026-03-02,0.5,0.4,lunch,", ":2:20", "unknown context 'lunch'"),
        ("2026-03-02,0.5,0.4,,heavy", ":2:21", "'heavy' is not a number"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(tmp_path: Path, row: str, where: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as found:
        read_sightings(table(tmp_path, HEADER + row + "\n"))
    assert str(found.value.where).endswith(where)


def test_the_first_of_several_problems_and_how_many_more(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 more problem") as found:
        read_sightings(table(tmp_path, HEADER + "2026-03-02,x,0.4,,\n2026-03-03,1,-1,,\n"))
    assert str(found.value.where).endswith(":2:12")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (HEADER, "no session"),
        ("captured_at,excess_kg\n", "no column 'sd_kg'"),
        (HEADER + "2026-03-02T08:00,1,1,,\n2026-03-03T08:00+09:00,1,1,,\n", "time zone"),
    ],
)
def test_a_table_without_what_it_needs(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_sightings(table(tmp_path, text))


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_sightings(tmp_path / "nowhere.csv")
