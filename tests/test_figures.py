"""Figures files: merge by name, stable order, nothing that is not finite."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mitate.errors import InputError
from mitate.figures import Figure, read_figures, write_figures

MAE = Figure("MAE", 0.61, "kg", 0.5, 0.7, 39, "simulated", bar=0.5, at_least=False)
SPEED = Figure("speed", 12.0, "x real time", None, None, 3, "a 3-minute clip", bar=10.0)


def test_rows_have_the_agreed_keys_in_order(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "main.json"
    write_figures(path, [MAE, SPEED])
    rows = json.loads(path.read_text())
    assert [list(row) for row in rows] == [
        ["name", "value", "unit", "low", "high", "n", "data", "bar", "met"]
    ] * 2
    assert [row["met"] for row in rows] == [False, True]


def test_same_name_replaces_in_place_and_new_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "main.json"
    write_figures(path, [MAE, SPEED])
    write_figures(path, [replace(SPEED, name="memory"), replace(MAE, value=0.4)])
    rows = read_figures(path)
    assert [row["name"] for row in rows] == ["MAE", "speed", "memory"]
    assert rows[0]["value"] == 0.4
    assert rows[0]["met"] is True
    assert len(path.read_text().splitlines()) == 5  # one line a row


def test_same_figures_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "main.json"
    write_figures(path, [MAE, SPEED])
    before = path.read_bytes()
    write_figures(path, [SPEED, MAE])
    assert path.read_bytes() == before


def test_without_a_bar_nothing_is_met_or_missed() -> None:
    assert replace(MAE, bar=None).met is None


@pytest.mark.parametrize("bad", [replace(MAE, value=float("nan")), replace(MAE, low=float("inf"), name="x")])
def test_numbers_must_be_finite(tmp_path: Path, bad: Figure) -> None:
    with pytest.raises(InputError, match="finite"):
        write_figures(tmp_path / "main.json", [bad])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"value": 1}]', "[" * 100_000])
def test_another_file_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "main.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"main\.json"):
        write_figures(path, [MAE])
    assert path.read_text() == text
