"""The commands programme, exercises and diary, typed on an app of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mitate.back.exercises import exercises as all_exercises
from mitate.cli.programme import diary, exercises, programme
from mitate.errors import InputError

APP = typer.Typer()
for command in (programme, exercises, diary):
    APP.command()(command)
CASE = {
    "person": {"age": 38, "sex": "male"},
    "conditions": {"forward_bend": {"lumbar_flexion": "excessive"}},
    "answers": {"worse_sitting": True, "worse_bending": True},
    "programme": {"pain_now": 3, "language": "ja"},
}


def typed(*words: object) -> str:
    """What is printed."""
    done = CliRunner().invoke(APP, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Any], Path]:
    """A JSON file in an empty folder."""

    def file(name: str, value: Any) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(value), encoding="utf-8")
        return path

    return file


def test_from_a_case_to_the_next_programme(write: Callable[[str, Any], Path], tmp_path: Path) -> None:
    case, plan, after = write("case.json", CASE), tmp_path / "plan.json", tmp_path / "next.json"
    text = typed("programme", case, "--out", plan, "--date", "2026-11-23")
    assert "2026-11-23からの運動" in text
    told = json.loads(plan.read_text("utf-8"))
    assert told["start"] == "2026-11-23"
    assert (
        json.loads(typed("programme", case, "--date", "2026-11-23", "--json"))["exercises"]
        == told["exercises"]
    )
    names = [one["name"] for one in told["exercises"]]
    rows = [
        {"date": f"2026-11-{day}", "exercise": name, "done": 999, "pain_before": 1, "pain_after": 1}
        for day in (24, 26)
        for name in names
    ]
    sessions = write("diary.json", {"sessions": rows})
    said = typed("diary", plan, sessions, "--date", "2026-11-30", "--out", after, "--language", "en")
    assert "one step harder" in said
    assert "今のまま" in typed("diary", plan, write("none.json", {"sessions": []}), "--date", "2026-11-30")
    renewed = json.loads(after.read_text("utf-8"))
    assert [one["since"] for one in renewed["exercises"]].count("2026-11-30") >= 1
    steps = json.loads(typed("diary", after, sessions, "--date", "2026-12-01", "--json"))["next"]
    assert len(steps) == len(names)


def test_a_red_flag_is_no_error(write: Callable[[str, Any], Path]) -> None:
    case = write("case.json", {**CASE, "red_flags": {"saddle_anaesthesia": True}})
    assert typed("programme", case, "--language", "en").startswith("STOP")
    assert json.loads(typed("programme", case, "--json"))["stop"] is True


def test_exercises_are_listed_and_shown() -> None:
    assert len(typed("exercises").splitlines()) == len(all_exercises())
    listed = json.loads(typed("exercises", "--region", "low_back", "--json"))["exercises"]
    assert {row["region"] for row in listed} == {"low_back"}
    assert "ブリッジ" in typed("exercises", "bridge", "--language", "ja")
    assert json.loads(typed("exercises", "bridge", "--json"))["name"] == "bridge"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("exercises", "bridg"), "Did you mean bridge"),
        (("exercises", "--region", "low_bak"), "Did you mean low_back"),
        (("programme", "CASE", "--date", "tomorrow"), "is no date"),
        (("programme", "CASE", "--out", "CASE"), "this file exists"),
        (("programme", "absent.json"), "cannot read"),
        (("programme", "BAD"), "Did you mean minutes"),
        (("diary", "CASE", "CASE"), "this is no programme"),
    ],
)
def test_what_is_wrong_is_said(write: Callable[[str, Any], Path], words: tuple[str, ...], says: str) -> None:
    files = {
        "CASE": write("case.json", CASE),
        "BAD": write("bad.json", {**CASE, "programme": {"minuts": 20}}),
    }
    with pytest.raises(InputError, match=says):
        typed(*(files.get(word, word) for word in words))


def test_a_page_that_plays_a_film_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    page = tmp_path / "page"
    assert typed("exercises", "bridge", "--page", page) == f"page: {page / 'index.html'}\n"
    text = (page / "index.html").read_text(encoding="utf-8")
    assert "films/bridge.mp4" in text
    assert (page / "films" / "bridge.mp4").stat().st_size > 10_000
    with pytest.raises(InputError, match="already exists"):
        typed("exercises", "bridge", "--page", page)
    told = json.loads(typed("exercises", "bridge", "--page", tmp_path / "other", "--json"))
    assert told["exercises"] == ["bridge"]
    with pytest.raises(InputError, match="no exercise"):
        typed("exercises", "brigde", "--page", tmp_path / "third")
    assert not (tmp_path / "third").exists()
