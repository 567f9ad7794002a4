from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from mitate import cli
from mitate.edema.cohort import check_cohort
from mitate.edema.crops import open_crops

Run = Callable[..., tuple[int, str, str]]
needs_simulator = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("anny", "embreex", "torch")),
    reason="the simulate extra is not installed",
)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["simulate", *arguments])
        told = capfd.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


def test_help_has_an_example(run: Run) -> None:
    code, out, _ = run("face-cohort", "--help")
    assert code == 0
    assert "mitate simulate face-cohort trial --participants 2 --seed 25" in " ".join(out.split())


@pytest.mark.parametrize(
    "wrong",
    [
        ["--participants", "0"],
        ["--seed", "-1"],
        ["--size", "large"],
        ["--size", "481x640"],
        ["--seconds", "0"],
        ["--crops", "--crop-size", "8"],
    ],
)
def test_options_that_cannot_be_are_one_line_and_nothing_is_written(
    run: Run, tmp_path: Path, wrong: list[str]
) -> None:
    out = tmp_path / "out"
    code, told, error = run("face-cohort", str(out), "--participants", "1", "--seed", "1", *wrong)
    assert code == 2
    assert told == ""
    assert error.startswith("mitate: ")
    assert error.count("\n") == 1
    assert not out.exists()


@needs_simulator
def test_films_and_crops_as_json(run: Run, weights_ready: None, tmp_path: Path) -> None:
    who = ("--participants", "1", "--seed", "3", "--days", "1", "--workers", "1", "--json")
    films, crops = tmp_path / "films", tmp_path / "crops"
    code, out, _ = run("face-cohort", str(films), *who, "--seconds", "0.5", "--size", "96x128")
    assert code == 0
    assert json.loads(out) == {
        "out": str(films),
        "kind": "films",
        "participants": 1,
        "sessions": 2,
        "simulated": True,
    }
    assert check_cohort(films) == []
    code, out, _ = run("face-cohort", str(crops), *who, "--crops", "--frames", "1", "--crop-size", "32")
    assert code == 0
    assert json.loads(out)["kind"] == "crops"
    assert open_crops(crops).size == 32
    code, out, _ = run("face-cohort", str(crops), *who, "--crops", "--frames", "2", "--crop-size", "32")
    assert code == 2
    assert "other settings" in json.loads(out)["error"]["what"]
