from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from mitate.diagnosis.dataset import check_dataset

Mitate = Callable[..., tuple[int, str, str]]
needs_simulator = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("anny", "embreex", "torch")),
    reason="the simulate extra is not installed",
)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--classes", "0"],
        ["--people", "0"],
        ["--photos", "0"],
        ["--strength", "nan"],
        ["--strength", "4"],
        ["--seed", "-1"],
        ["--background", "striped"],
        ["--duplicates", "-1"],
        ["--duplicates", "500"],
        ["--first-person", "100000"],
        ["--side", "12"],
    ],
)
def test_options_that_cannot_be_are_one_line_and_nothing_is_written(
    mitate: Mitate, tmp_path: Path, wrong: list[str]
) -> None:
    out = tmp_path / "out"
    code, told, error = mitate("simulate", "syndromes", out, *wrong)
    assert code == 2
    assert told == ""
    assert error.startswith("mitate: ")
    assert error.count("\n") == 1
    assert not out.exists()


@needs_simulator
def test_a_data_set_as_json_and_in_words_and_not_with_other_settings(mitate: Mitate, tmp_path: Path) -> None:
    out = tmp_path / "set"
    asked = ("simulate", "syndromes", out, "--classes", 2, "--people", 1, "--seed", 4, "--side", 96)
    code, told, _ = mitate(*asked, "--background", "by class", "--workers", 1, "--json")
    assert code == 0
    said = json.loads(told)
    assert (said["photos"], said["labels"], said["simulated"]) == (2, ["unaffected", "simulated A"], True)
    assert said["plan"]["background"] == "by class"
    dataset, _ = check_dataset(out)
    assert dataset is not None
    assert dataset.simulated
    code, told, _ = mitate(*asked, "--background", "by class", "--workers", 1)
    assert code == 0
    assert told.splitlines()[0] == f"2 photos of simulated people in {out}: unaffected, simulated A"
    assert f"diagnosis check {out}" in told.splitlines()[1]
    code, told, error = mitate(*asked)
    assert code == 2
    assert "other settings" in error


def test_help_says_that_it_is_no_disease(mitate: Mitate) -> None:
    code, told, _ = mitate("simulate", "syndromes", "--help")
    assert code == 0
    words = " ".join(told.replace("│", " ").split())
    assert "mitate simulate syndromes trial --classes 3 --people 8 --seed 7" in words
    assert "no real disease" in words
