from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mitate.simulate.nuisances import NUISANCES

Mitate = Callable[..., tuple[int, str, str]]


def test_help_names_every_plan(mitate: Mitate) -> None:
    code, out, _ = mitate("simulate", "study", "--help")
    told = " ".join(out.replace("│", " ").split())
    assert code == 0
    assert all(f"{name}," in told or f"{name}." in told for name in NUISANCES)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--plan", "sunshine"], "no plan 'sunshine'"),
        (["--world", "moon"], "no world 'moon'"),
        (["--plan", "make-up", "--strength", "2"], "of its own"),
        (["--plan", "make-up", "--world", "nominal"], "of its own"),
        (["--frames", "0"], "--frames"),
        (["--strength", "-1"], "--strength"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    mitate: Mitate, tmp_path: Path, wrong: list[str], said: str
) -> None:
    code, out, error = mitate("simulate", "study", tmp_path / "out", *wrong)
    assert (code, out) == (2, "")
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_is_left_alone(head_ready: None, mitate: Mitate, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    code, out, _ = mitate("simulate", "study", tmp_path, "--plan", "make-up", "--json")
    assert code == 2
    assert "not empty" in json.loads(out)["error"]["what"]
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.fixture(scope="module")
def head_ready() -> None:
    for name in ("anny", "embreex", "torch"):
        pytest.importorskip(name, reason="the simulate extra is not installed")
