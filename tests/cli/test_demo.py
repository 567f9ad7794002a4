from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mitate.cli.printing import program
from mitate.demo import find_example
from mitate.edema.cohort import read_cohort

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_demo_in_words(mitate: Run, weights_ready: None, here: Path) -> None:
    code, out, _ = mitate("demo")
    assert code == 0
    assert "which this model has never seen" in out
    assert "kg over dry weight" in out
    assert "refused it" in out
    assert "this is another person" in out
    assert "Learned from simulated swelling" in out
    assert f"next: {program()} edema estimate" in out
    assert {p.name for p in (here / "mitate-demo").iterdir()} >= {"result.png"}


def test_the_demo_as_json(mitate: Run, weights_ready: None, here: Path) -> None:
    code, out, err = mitate("demo", "--json", "--out", here / "elsewhere")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert list(told)[-5:] == ["participant", "sessions", "estimate", "truth", "trained_on"]
    assert told["trained_on"] == "simulated"
    assert told["stranger_refused"] is True
    low, high = told["estimate"]["interval_90"]
    assert low < told["estimate"]["excess_kg"] < high
    assert 0 <= told["estimate"]["edema_probability"] <= 1
    assert told["session_estimated"] not in told["learned_from"]
    cohort = read_cohort(find_example())
    own = cohort.sessions_of(told["participant"])
    target = next(s for s in own if s.session_id == told["session_estimated"])
    assert target.phase == "pre"
    assert target.day == max(s.day for s in own)
    dry = cohort.participant(told["participant"]).dry_weight_kg
    assert target.weight_kg is not None
    assert dry is not None
    assert told["truth"]["excess_kg"] == pytest.approx(target.weight_kg - dry)


def test_an_example_that_is_not_there(mitate: Run, here: Path) -> None:
    code, _, err = mitate("demo", "--examples", here / "nowhere")
    assert code == 2
    assert "Traceback" not in err
    assert len([line for line in err.splitlines() if line.startswith("mitate: ")]) == 1
    assert not list(here.iterdir())
    assert json.loads(mitate("demo", "--examples", here / "nowhere", "--json")[1])["error"]["what"]
