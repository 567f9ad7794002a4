"""Drawings: well formed, of the page's own colours, each told in words."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest

from mitate.edema.evaluate import Predictions
from mitate.edema.study.agreement import agreement
from mitate.edema.study.bars import MAE, PRESENCE
from mitate.edema.study.calibration import LEVELS, interval_reliability, reliability
from mitate.edema.study.plots import Line, days_keys, days_plot, forest_plot, groups_plot, sweep_plot
from mitate.edema.study.plots_sessions import (
    agreement_plot,
    course_plot,
    interval_plot,
    reliability_plot,
    risk_plot,
    truth_plot,
)
from mitate.edema.study.risk import risk_curve
from mitate.edema.study.run import Row
from mitate.figures import Figure
from mitate.paper.drawing import INK, PAPER

Answered = Callable[..., Row]


def figure(value: float, spread: float | None = 1.0) -> Figure:
    low, high = (None, None) if spread is None else (value - spread, value + spread)
    return Figure("f", value, "%", low, high, 14, "drawn")


def title_of(markup: str) -> str:
    """The drawing in words; the drawing must be one well-formed element without ids of another."""
    root = ElementTree.fromstring(markup)
    assert root.tag.endswith("svg")
    assert root.get("role") == "img"
    assert INK not in markup
    assert PAPER not in markup
    assert "font-family" not in markup
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    return title.text or ""


def words_in(markup: str) -> str:
    return " ".join("".join(text.itertext()) for text in ElementTree.fromstring(markup).iter() if text.text)


def test_drawings_of_rows() -> None:
    lines = [Line(f"row <{i}>", (0, 3), (figure(80 + i), figure(90 + i, None))) for i in range(9)]
    first = [line.name for line in lines[:6]]
    drawn = days_plot(lines, PRESENCE, first, name="days", about="sessions, simulated patients")
    assert "row <0> 90.00" in title_of(drawn)
    assert "simulated patients" in words_in(drawn)
    assert "published 85 %" in words_in(drawn)
    keys = days_keys(first, ["row <6>", "a, b"])
    assert "thin: row &lt;6&gt;; a, b" in keys
    assert keys.count("<svg") == 6
    forest = forest_plot(
        {"mitate": figure(0.3), "a $x$": figure(0.5, None)}, MAE, "mitate", name="f", about="s"
    )
    assert "mitate 0.30; a $x$ 0.50" in title_of(forest)
    assert "a $x$" in words_in(forest)
    assert "published 0.5 kg" in words_in(forest)
    swept = sweep_plot([10, 100, 1000], [figure(90)] * 3, PRESENCE, "people", name="s", about="sessions")
    assert "10: 90.00; 100: 90.00; 1000: 90.00" in title_of(swept)
    grouped = groups_plot([("sex: women", figure(90))], figure(91), name="g", about="presence")
    assert "sex: women 90.00" in title_of(grouped)


@pytest.mark.parametrize("people", [14, 2])
def test_drawings_of_answers(answered: Answered, people: int) -> None:
    row = answered("m", people=people)
    session = row.session
    agreed = agreement(session, data="d", label="m", resamples=20)
    levels = interval_reliability(session, data="d", label="m", resamples=20)
    curve = risk_curve(session, row.doubt, "presence error", data="d", label="m", resamples=20)
    drawn = [
        truth_plot(session, name="t", about="sessions"),
        agreement_plot(session, agreed, name="a", about="sessions"),
        reliability_plot(reliability(session, data="d", label="m", resamples=20), name="r", about="sessions"),
        interval_plot(LEVELS, levels, name="i", about="sessions"),
        risk_plot(curve, name="k", about="sessions"),
    ]
    for markup in drawn:
        assert len(title_of(markup)) > 20
        assert "sessions" in words_in(markup)


def test_a_patients_course(answered: Answered) -> None:
    session = answered("m").session
    own = session.participant == "p00"
    part = Predictions(*(getattr(session, name)[own] for name in Predictions.__dataclass_fields__))
    markup = course_plot(part, ends=(-1.0, 4.0), name="c", title="Patient 1")
    error = np.abs(part.excess_kg - part.truth_kg).mean()
    assert title_of(markup) == f"Patient 1: {own.sum()} sessions, mean absolute error {error:.2f} kg."
    assert f"Patient 1: error {error:.2f} kg" in words_in(markup)
