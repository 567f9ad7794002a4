from __future__ import annotations

import pytest

from mitate.edema.study.report_numbers import asked, cell, interval, number, reached, told
from mitate.figures import Figure
from mitate.paper.parts import Cell


def figure(value: float, unit: str, low: float | None = None, high: float | None = None) -> Figure:
    return Figure("name", value, unit, low, high, 39, "drawn")


@pytest.mark.parametrize(
    ("value", "unit", "plus", "expected"),
    [
        (96.14, "%", False, "96.1"),
        (-0.243, "kg", True, "−0.24"),
        (0.243, "kg", True, "+0.24"),
        (-0.001, "kg", True, "0.00"),
        (0.0, "points", True, "0.0"),
        (0.9584, "", False, "0.958"),
    ],
)
def test_numbers(value: float, unit: str, plus: bool, expected: str) -> None:
    assert number(value, unit, plus=plus) == expected


def test_figures_in_words() -> None:
    one = figure(0.2504, "kg", 0.229, 0.269)
    assert told(one).replace("\u00a0", " ") == "0.25 kg (0.23 to 0.27)"
    assert told(one, bare=True, finer=True).replace("\u00a0", " ") == "0.250 (0.229 to 0.269)"
    assert told(figure(4.0, "points", -1.0, 9.0)).replace("\u00a0", " ") == "+4.0 points (−1.0 to +9.0)"
    assert told(None) == "–"
    assert interval(figure(1.0, "kg")) == ""
    assert cell(one) == Cell("0.25\u00a0kg", "0.23\u00a0to\u00a00.27")


def test_goals_in_words() -> None:
    goal = Figure("name", 96.0, "%", 94.0, 98.0, 39, "drawn", bar=97.0)
    assert reached(goal) == "not met; interval crosses it"
    assert asked(goal).replace("\u00a0", " ") == "≥ 97 %"
    sure = Figure("name", -0.4, "kg", -0.5, -0.3, 39, "drawn", bar=-0.243, at_least=False)
    assert reached(sure) == "met"
    assert asked(sure).replace("\u00a0", " ") == "≤ −0.243 kg"
    near = Figure("name", 0.2504, "kg", None, None, 39, "drawn", bar=0.25, at_least=False)
    assert told(near, finer=True).replace("\u00a0", " ") == "0.2504 kg"
    assert (reached(figure(1.0, "kg")), asked(figure(1.0, "kg"))) == ("", "none")
