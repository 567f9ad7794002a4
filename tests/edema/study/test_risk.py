"""Refusals against sorting by hand and against resampling row by row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.edema.evaluate import Predictions
from mitate.edema.study.risk import RISKS, indecision, risk_curve, risk_figures
from mitate.edema.study.run import Row
from mitate.errors import InputError

Answered = Callable[..., Row]


def drawn(seed: int, people: int = 6, each: int = 5) -> Predictions:
    rng = np.random.default_rng(seed)
    count = people * each
    truth = rng.normal(1, 1, count)
    guess = truth + rng.normal(0, 0.5, count)
    chance = rng.random(count)
    who = np.repeat(np.arange(people), each)
    return Predictions(who, truth > 1, truth, guess, chance, guess - 1, guess + 1)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_perfect_doubt_never_raises_the_error(seed: int) -> None:
    p = drawn(seed)
    curve = risk_curve(p, np.abs(p.excess_kg - p.truth_kg), "MAE", data="d", label="m", resamples=2)
    values = [one.value for one in curve.errors]
    assert values == pytest.approx(list(curve.best))
    assert curve.largest_rise <= 1e-12
    assert (np.diff(values) <= 1e-12).all()


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.booleans())
def test_order_of_sessions_does_not_matter_even_with_equal_doubts(seed: int, alike: bool) -> None:
    p = drawn(seed)
    rng = np.random.default_rng(seed)
    doubt = rng.integers(0, 3, 30).astype(float) if alike else rng.random(30)
    order = rng.permutation(30)
    shuffled = Predictions(*(getattr(p, name)[order] for name in Predictions.__dataclass_fields__))
    for risk in RISKS:
        one = risk_curve(p, doubt, risk, data="d", label="m", resamples=30)
        other = risk_curve(shuffled, doubt[order], risk, data="d", label="m", resamples=30)
        for first, second in zip((*one.errors, *one.changes), (*other.errors, *other.changes), strict=True):
            assert first.value == pytest.approx(second.value)
            assert (first.low, first.high) == pytest.approx((second.low, second.high))


def test_errors_are_those_of_what_is_kept() -> None:
    p = drawn(1, 10, 10)
    doubt = np.random.default_rng(1).random(100)
    curve = risk_curve(p, doubt, "MAE", data="d", label="m", resamples=10)
    kept = np.argsort(doubt)
    error = np.abs(p.excess_kg - p.truth_kg)
    for rate, figure in zip(curve.rates, curve.errors, strict=True):
        assert figure.value == pytest.approx(error[kept[: round(100 * (1 - rate))]].mean())


def test_equal_doubts_change_nothing() -> None:
    curve = risk_curve(drawn(2), np.ones(30), "MAE", data="d", label="m", resamples=30)
    for change in curve.changes:
        assert (change.value, change.low, change.high) == pytest.approx((0, 0, 0), abs=1e-12)


def test_intervals_are_those_of_drawing_patients_by_hand() -> None:
    p = drawn(3, 12, 5)
    doubt = np.random.default_rng(3).random(60)
    curve = risk_curve(p, doubt, "MAE", data="d", label="m", rates=(0.0, 0.2), resamples=4000)
    error, rng, found = np.abs(p.excess_kg - p.truth_kg), np.random.default_rng(9), []
    for _ in range(4000):
        rows = np.concatenate([np.flatnonzero(p.participant == who) for who in rng.integers(0, 12, 12)])
        order = rows[np.argsort(doubt[rows], kind="stable")]
        found.append(error[order[:48]].mean() - error[rows].mean())
    low, high = np.quantile(found, [0.025, 0.975])
    assert curve.changes[0].low == pytest.approx(low, abs=0.012)
    assert curve.changes[0].high == pytest.approx(high, abs=0.012)


def test_figures_name_the_least_helpful_rate_and_the_largest_rise(answered: Answered) -> None:
    row = answered("m", people=40)
    curve = risk_curve(row.session, row.doubt, "MAE", data="d", label="m", resamples=50)
    figures = {one.name: one for one in risk_figures(curve, "m")}
    worst = figures["refusing, least helpful rate: change of MAE, m"]
    assert worst.value == max(one.value for one in curve.changes) < 0
    assert figures["refusing, largest rise from one rate to the next: MAE, m"].value == curve.largest_rise
    assert len(figures) == len(risk_figures(curve, "m"))


def test_indecision_is_largest_at_a_half() -> None:
    p = drawn(4)
    assert np.argmax(indecision(p)) == np.argmin(np.abs(p.probability - 0.5))


def test_misuse_is_refused() -> None:
    p = drawn(5)
    with pytest.raises(InputError, match="one finite doubt"):
        risk_curve(p, np.ones(3), "MAE", data="d", label="m")
    with pytest.raises(InputError, match="ascend"):
        risk_curve(p, np.ones(30), "MAE", data="d", label="m", rates=(0.0, 0.5, 0.2))
    with pytest.raises(InputError, match="no risk"):
        risk_curve(p, np.ones(30), "RMSE", data="d", label="m")  # type: ignore[arg-type]
