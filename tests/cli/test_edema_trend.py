from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-patients"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = ["captured_at,excess_kg,sd_kg"]
    for day in range(12):
        at = datetime(2026, 3, 2, 8) + timedelta(days=day)
        rows.append(f"{at.isoformat()},{max(0.0, 0.4 * (day - 6)):.2f},0.4")
    path = tmp_path / "course.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_help_has_an_example(mitate: Run) -> None:
    code, out, _ = mitate("edema", "trend", "--help")
    assert code == 0
    assert "Example: mitate edema trend" in " ".join(out.split())


def test_a_table_in_words_and_a_picture(mitate: Run, table: Path, tmp_path: Path) -> None:
    picture = tmp_path / "course.png"
    code, out, err = mitate("edema", "trend", table, "--participant", "p01", "--picture", picture)
    assert (code, err) == (0, "")
    assert out.startswith("p01, 12 sessions")
    assert "rising by 0.4 kg a day" in out
    assert "alarm: YES" in out
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_a_table_as_json(mitate: Run, table: Path) -> None:
    code, out, _ = mitate("edema", "trend", table, "--json", "--shared-kg", "0.1")
    told = json.loads(out)
    assert code == 0
    assert told["kind"] == "home"
    assert told["common_kg"] == 0.1
    assert len(told["excess_kg"]) == len(told["alarm"]["on"]) == 12
    assert told["alarm"]["rule"]["pull_days"] == 15
    assert told["left_out"] == []


def test_a_bad_row_is_named(mitate: Run, table: Path) -> None:
    text = table.read_text(encoding="utf-8").replace("0.40,0.4", "much,0.4")
    table.write_text(text, encoding="utf-8")
    code, out, err = mitate("edema", "trend", table)
    assert (code, out) == (2, "")
    assert f"{table}:9:21: 'much' is not a number" in err.replace("\n", " ")
    assert "Traceback" not in err


def test_a_file_that_is_not_there(mitate: Run, tmp_path: Path) -> None:
    code, _, err = mitate("edema", "trend", tmp_path / "nowhere.csv")
    assert code == 2
    assert "cannot be read" in err


def test_a_cohort_needs_a_participant_and_a_model(mitate: Run) -> None:
    code, _, err = mitate("edema", "trend", EXAMPLE)
    assert code == 2
    assert "needs --participant and --model" in " ".join(err.split())


def test_a_cohorts_films(mitate: Run, weights_ready: None, tmp_path: Path) -> None:
    """The simulated patients that come along: one day to learn from, the next one judged."""
    from mitate.edema.cohort import read_cohort

    who = read_cohort(EXAMPLE).participants[0].participant_id
    model = tmp_path / "p.json"
    made = ("--participant", who, "--days", "1", "--frames", "6")
    assert mitate("edema", "personalise", EXAMPLE, *made, "--out", model)[0] == 0
    typed = ("--participant", who, "--model", model, "--frames", "6", "--json")
    code, out, _ = mitate("edema", "trend", EXAMPLE, *typed, "--from-day", "1")
    told = json.loads(out)
    assert code == 0
    assert told["kind"] == "dialysis"
    assert told["participant_id"] == who
    assert told["step_kg"][0] < 0
    assert mitate("edema", "trend", EXAMPLE, *typed, "--from-day", "99")[0] == 2
