"""Limits of agreement against an analysis of variance by SciPy, and against what was drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mitate.edema.evaluate import Predictions
from mitate.edema.study.agreement import agreement
from mitate.edema.study.run import Row
from mitate.errors import InputError

Answered = Callable[..., Row]


def drawn(people: int, each: int, between: float, within: float, seed: int = 0) -> Predictions:
    rng = np.random.default_rng(seed)
    count = people * each
    truth = rng.normal(1.2, 1.0, count)
    gap = 0.3 + np.repeat(rng.normal(0, between, people), each) + rng.normal(0, within, count)
    guess = truth + gap
    who = np.repeat([f"p{i:03d}" for i in range(people)], each)
    return Predictions(who, truth > 1.2, truth, guess, np.full(count, 0.5), guess - 1, guess + 1)


def test_variances_are_those_of_a_one_way_analysis_of_variance(answered: Answered) -> None:
    """Unequal numbers of sessions a patient: F is the ratio of the mean squares."""
    session = answered("m").session
    found = agreement(session, data="d", label="m", resamples=50)
    gap = session.excess_kg - session.truth_kg
    names, count = np.unique(session.participant, return_counts=True)
    groups = [gap[session.participant == name] for name in names]
    within = sum(float(((one - one.mean()) ** 2).sum()) for one in groups) / (len(gap) - len(names))
    ratio = stats.f_oneway(*groups).statistic
    size = (len(gap) ** 2 - float((count**2).sum())) / ((len(names) - 1) * len(gap))
    between = max((ratio - 1) * within / size, 0.0)
    assert found.bias.value == pytest.approx(gap.mean())
    assert found.within.value == pytest.approx(np.sqrt(within))
    assert found.between.value == pytest.approx(np.sqrt(between))
    half = 1.959964 * np.sqrt(within + between)
    assert (found.lower.value, found.upper.value) == pytest.approx((gap.mean() - half, gap.mean() + half))


def test_what_was_drawn_is_found_and_lies_in_the_intervals() -> None:
    found = agreement(drawn(300, 8, 0.5, 0.3), data="d", label="m", resamples=400)
    spread = 1.96 * np.hypot(0.5, 0.3)
    expected = {"bias": 0.3, "lower": 0.3 - spread, "upper": 0.3 + spread, "within": 0.3, "between": 0.5}
    for name, value in expected.items():
        figure = getattr(found, name)
        assert figure.value == pytest.approx(value, abs=0.08), name
        assert figure.low <= figure.value <= figure.high


def test_slope_is_least_squares_and_limits_move_with_bias(answered: Answered) -> None:
    session = answered("m").session
    found = agreement(session, data="d", label="m", resamples=20)
    slope = stats.linregress(session.excess_kg, session.truth_kg).slope
    assert found.slope.value == pytest.approx(slope)
    moved = agreement(replace(session, excess_kg=session.excess_kg + 1), data="d", label="m", resamples=20)
    assert moved.bias.value == pytest.approx(found.bias.value + 1)
    assert moved.upper.value - moved.lower.value == pytest.approx(found.upper.value - found.lower.value)


def test_a_constant_estimate_has_no_slope() -> None:
    session = drawn(5, 4, 0.1, 0.1)
    found = agreement(replace(session, excess_kg=np.full(20, 1.0)), data="d", label="m", resamples=20)
    assert np.isnan(found.slope.value)
    assert [one.name for one in found.figures if "slope" in one.name] == []


def test_too_little_is_refused() -> None:
    with pytest.raises(InputError, match="two patients"):
        agreement(drawn(1, 5, 0.1, 0.1), data="d", label="m")
    with pytest.raises(InputError, match="two sessions"):
        agreement(drawn(5, 1, 0.1, 0.1), data="d", label="m")
