"""Figures of rows against numpy, differences against a bootstrap by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mitate.edema.evaluate import METRICS, Predictions, metric_value
from mitate.edema.study.bars import BARS, Roles, against, figure_name, goals, with_bars
from mitate.edema.study.measures import difference_figures, find, measure, named, paired, parsed, row_figures
from mitate.edema.study.run import Row
from mitate.errors import InputError
from mitate.figures import Figure

Answered = Callable[..., Row]
Rows = list[Row]


@pytest.fixture(scope="module")
def rows(answered: Answered) -> Rows:
    quality = {"mitate": 0.3, "from scratch": 1.0, "WeightSupMoCo": 0.5}
    every = [answered(name, days, noise=noise) for name, noise in quality.items() for days in (0, 1, 3)]
    return [row for row in every if row.days or row.method != "from scratch"]


@pytest.fixture(scope="module")
def figures(rows: Rows) -> list[Figure]:
    return measure(rows, data="drawn", resamples=200)


def test_every_metric_of_both_levels_under_its_own_name(rows: Rows, figures: list[Figure]) -> None:
    names = [one.name for one in figures]
    assert len(set(names)) == len(names)
    for row in rows:
        for metric in METRICS:
            for level, said in (("session", row.session), ("frame", row.frame)):
                figure = named(figures, figure_name(metric, row.method, row.days, level))
                assert figure is not None
                assert figure.value == pytest.approx(metric_value(said, metric))
                assert figure.n == 14


def test_numbering_patients_changes_no_figure(rows: Rows, figures: list[Figure]) -> None:
    for one in row_figures(rows[0], data="drawn", resamples=200):
        same = named(figures, one.name)
        assert same is not None
        assert (same.value, same.low, same.high) == pytest.approx((one.value, one.low, one.high))


def test_order_of_rows_and_of_sessions_changes_nothing(rows: Rows, figures: list[Figure]) -> None:
    def shuffled(row: Row, seed: int) -> Row:
        order = np.random.default_rng(seed).permutation(len(row.doubt))
        names = Predictions.__dataclass_fields__
        session = Predictions(*(getattr(row.session, name)[order] for name in names))
        return replace(row, session=session, doubt=row.doubt[order])

    again = measure([shuffled(row, i) for i, row in enumerate(rows[::-1])], data="drawn", resamples=200)
    assert {one.name for one in again} == {one.name for one in figures}
    for one in again:
        same = named(figures, one.name)
        assert same is not None
        ends = [(f.value, f.low or 0.0, f.high or 0.0) for f in (one, same)]
        assert ends[0] == pytest.approx(ends[1])


def test_difference_interval_is_that_of_drawing_patients_by_hand(rows: Rows) -> None:
    first, second = find(rows, "mitate", 3), find(rows, "from scratch", 3)
    assert first is not None
    assert second is not None
    found = difference_figures(first, second, data="d", levels=("session",), resamples=4000)
    error = named(found, against("MAE", "mitate", "from scratch", 3, "session"))
    gap = np.abs(first.session.excess_kg - first.session.truth_kg)
    gap = gap - np.abs(second.session.excess_kg - second.session.truth_kg)
    groups = [gap[first.session.participant == who] for who in np.unique(first.session.participant)]
    rng = np.random.default_rng(7)
    drawn = [np.concatenate([groups[i] for i in rng.integers(0, 14, 14)]).mean() for _ in range(4000)]
    assert error is not None
    assert error.value == pytest.approx(gap.mean())
    assert error.low == pytest.approx(np.quantile(drawn, 0.025), abs=0.02)
    assert error.high == pytest.approx(np.quantile(drawn, 0.975), abs=0.02)
    assert {one.unit for one in found} == {"points", "kg"}


def test_goals_stand_on_the_right_rows(figures: list[Figure]) -> None:
    asked = {one.name: (one.bar, one.at_least) for one in figures if one.bar is not None}
    assert asked["presence accuracy, mitate, 3 labelled days, session"] == (97.0, True)
    assert asked["MAE, mitate, 3 labelled days, session"] == (0.25, False)
    assert asked["MAE, mitate, 0 labelled days, session"] == (0.5, False)
    assert asked["presence accuracy, mitate, 3 labelled days, frame"] == (85.0, True)
    assert asked[against("MAE", "WeightSupMoCo", "from scratch", 3, "session")] == (-0.243, False)
    assert asked[against("MAE", "mitate", "WeightSupMoCo", 3, "session")] == (0.0, False)
    assert asked[against("presence accuracy", "mitate", "from scratch", 3, "session")] == (0.0, True)
    assert "MAE, from scratch, 3 labelled days, session" not in asked
    assert against("MAE", "mitate", "from scratch", 1, "session") not in asked
    assert [one.bar for one in goals(figures, Roles())][:2] == [97.0, 0.25]


def test_coverage_is_asked_for_from_both_sides(figures: list[Figure]) -> None:
    low = named(figures, "coverage of the 90 % interval, mitate, 3 labelled days, session")
    high = named(figures, "coverage of the 90 % interval (not above), mitate, 3 labelled days, session")
    assert low is not None
    assert high is not None
    assert (low.bar, low.at_least, high.bar, high.at_least) == (87.0, True, 93.0, False)
    assert low.value == high.value


def test_the_interval_must_be_clear_of_zero(figures: list[Figure]) -> None:
    for level in ("session", "frame"):
        gain = against("presence accuracy", "WeightSupMoCo", "from scratch", 3, level)
        edge, whole = named(figures, f"lower end of: {gain}"), named(figures, gain)
        assert edge is not None
        assert whole is not None
        assert whole.bar == 15.1
        assert (edge.value, edge.bar, edge.low) == (whole.low, 0.0, None)


def test_names_are_taken_apart() -> None:
    one = parsed(figure_name("presence AUC", "a, b", 5, "frame"))
    assert one is not None
    assert (one.metric, one.method, one.days, one.level) == ("presence AUC", "a, b", 5, "frame")
    assert parsed(against("MAE", "a", "b", 3, "session")) is None
    assert parsed("refusing 10 %: MAE, a, 3 labelled days, session") is None
    assert parsed("bias of agreement, a, 3 labelled days, session") is None


def test_bars_follow_the_roles() -> None:
    roles = Roles(shipped="ours", scratch="none", published="theirs")
    names = [figure_name("MAE", "ours", 3, "session"), against("MAE", "theirs", "none", 3, "session")]
    found = with_bars([Figure(name, 0.1, "kg", None, None, 1, "d") for name in names], roles)
    assert [one.bar for one in found] == [0.25, -0.243]
    assert len({bar.figure for bar in BARS}) == len(BARS)


def test_patients_that_only_one_row_has_are_left_out_of_a_difference(answered: Answered) -> None:
    first = answered("mitate")
    fewer = first.session.participant != "p00"
    names = Predictions.__dataclass_fields__
    second = replace(first, session=Predictions(*(getattr(first.session, n)[fewer] for n in names)))
    one, other = paired(first.session, second.session)
    assert one.n_participants == other.n_participants == 13
    moved = replace(second.session, participant=np.char.add(second.session.participant, "x"))
    with pytest.raises(InputError, match="share no patient"):
        paired(first.session, moved)


def test_misuse_is_refused(answered: Answered) -> None:
    row = answered("mitate")
    with pytest.raises(InputError, match="no rows"):
        measure([], data="d")
    with pytest.raises(InputError, match="twice"):
        measure([row, row], data="d")
    with pytest.raises(InputError, match="same number"):
        difference_figures(row, answered("other", 1), data="d")
    other = replace(row, session=replace(row.session, truth_kg=row.session.truth_kg + 0.1))
    with pytest.raises(InputError, match="other sessions"):
        difference_figures(row, other, data="d", resamples=2)
