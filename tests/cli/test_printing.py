from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.cli.printing import plain, print_json, program, progress_bar


@dataclass(frozen=True, slots=True)
class _Estimate:
    excess_kg: float
    interval_90: tuple[float, float]
    video: Path


def test_results_become_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"estimate": _Estimate(1.5, (0.5, float("inf")), Path("a.mp4")), "n": np.int64(3)})
    assert json.loads(capsys.readouterr().out) == {
        "estimate": {"excess_kg": 1.5, "interval_90": [0.5, None], "video": "a.mp4"},
        "n": 3,
    }


def test_arrays_dates_and_nan() -> None:
    assert plain(np.array([[1.0, np.nan]], np.float32)) == [[1.0, None]]
    assert plain(date(2026, 1, 2)) == "2026-01-02"


def test_what_has_no_json_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="no JSON form for object"):
        plain(object())


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_itself_is_left_as_it_is(value: object) -> None:
    assert plain(value) == value


def test_no_bar_where_none_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(False) as move:
        move("reading", 1, 2)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")


@pytest.mark.parametrize("unit", ["", "bytes"])
def test_the_bar_goes_to_standard_error(capsys: pytest.CaptureFixture[str], unit: str) -> None:
    with progress_bar(True, unit=unit) as move:
        move("reading", 1, 0)
        move("reading", 2, 2)
    told = capsys.readouterr()
    assert told.out == ""
    assert "reading" in told.err


def test_the_program_is_named_as_it_can_be_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    beside = tmp_path / "bin" / "mitate"
    beside.parent.mkdir()
    beside.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == str(Path("bin") / "mitate")
    monkeypatch.setenv("PATH", str(beside.parent))
    assert program() == "mitate"
