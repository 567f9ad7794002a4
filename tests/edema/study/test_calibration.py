"""Reliability against scikit-learn, intervals against normal draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from mitate.edema.evaluate import Predictions
from mitate.edema.study.calibration import LEVELS, interval_reliability, reliability
from mitate.edema.study.run import Row
from mitate.errors import InputError

Answered = Callable[..., Row]


def drawn(seed: int, count: int = 600, people: int = 30) -> Predictions:
    """Perfect probabilities and perfect normal intervals."""
    rng = np.random.default_rng(seed)
    chance = rng.beta(0.7, 0.7, count)
    pre = rng.random(count) < chance
    guess, sd = rng.normal(1, 1, count), rng.uniform(0.2, 0.6, count)
    truth = guess + sd * rng.normal(size=count)
    who = np.arange(count) % people
    reach = 1.6448536269514722 * sd
    return Predictions(who, pre, truth, guess, chance, guess - reach, guess + reach)


def test_bins_are_scikit_learns_quantile_bins() -> None:
    p = drawn(0)
    found = reliability(p, data="d", label="m", resamples=50)
    share, said = calibration_curve(p.is_pre, p.probability, n_bins=10, strategy="quantile")
    assert [one.said for one in found.bins] == pytest.approx(list(said))
    assert [one.found.value for one in found.bins] == pytest.approx(list(100 * share))
    assert sum(one.count for one in found.bins) == 600
    gaps = sum(one.count * abs(100 * one.said - one.found.value) for one in found.bins) / 600
    assert found.error.value == pytest.approx(gaps)


@settings(max_examples=25)
@given(st.integers(0, 1000), st.booleans())
def test_brier_parts_add_up_to_scikit_learns_score(seed: int, rounded: bool) -> None:
    p = drawn(seed, 90)
    if rounded:  # many equal probabilities
        p = replace(p, probability=np.round(p.probability, 1))
    parts = reliability(p, data="d", label="m", resamples=2).brier
    assert parts.score == pytest.approx(brier_score_loss(p.is_pre, p.probability))
    assert parts.score == pytest.approx(
        parts.reliability - parts.resolution + parts.uncertainty + parts.within
    )


def test_perfect_probabilities_err_as_by_chance_and_bold_ones_more() -> None:
    p = drawn(1, 3000)
    good = reliability(p, data="d", label="m", resamples=200)
    assert good.error.value == pytest.approx(good.by_chance, abs=1.0)
    bold = replace(p, probability=np.clip(1.6 * (p.probability - 0.5) + 0.5, 0, 1))
    worse = reliability(bold, data="d", label="m", resamples=200)
    assert worse.error.low is not None
    assert worse.error.low > worse.by_chance
    assert worse.error.low <= worse.error.value <= (worse.error.high or 0)


def test_bins_where_all_are_alike_have_the_exact_interval() -> None:
    p = drawn(2, 150)
    certain = replace(p, probability=np.where(p.is_pre, 1.0, 0.0))
    found = reliability(certain, data="d", label="m", resamples=50)
    assert found.error.value == 0
    assert {one.found.value for one in found.bins} == {0.0, 100.0}
    assert all((one.found.high or 0) - (one.found.low or 0) > 5 for one in found.bins)


def test_perfect_intervals_hold_what_they_claim_at_every_level() -> None:
    p = drawn(3, 20_000)
    for level, figure in zip(LEVELS, interval_reliability(p, data="d", label="m", resamples=50), strict=True):
        assert figure.value == pytest.approx(100 * level, abs=1.0)
        assert figure.low is not None


def test_ninety_per_cent_is_as_the_method_said_it(answered: Answered) -> None:
    p = replace(answered("m").session, low_kg=np.full(len(answered("m").session.truth_kg), -9.0))
    ninety = interval_reliability(p, data="d", label="m", levels=(0.9,), resamples=10)[0]
    assert ninety.value == pytest.approx(100 * np.mean(p.truth_kg <= p.high_kg))


def test_misuse_is_refused(answered: Answered) -> None:
    p = answered("m").session
    with pytest.raises(InputError, match="from 0 to 1"):
        reliability(replace(p, probability=p.probability + 1), data="d", label="m")
    with pytest.raises(InputError, match="between 0 and 1"):
        interval_reliability(p, data="d", label="m", levels=(1.0,))
