from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.edema.alarm import (
    DIALYSIS_RULE,
    HOME_RULE,
    Alarm,
    AlarmRule,
    alarm,
    probabilities,
    rule_for,
    sounding,
)
from mitate.edema.course_model import Context
from mitate.edema.sightings import Course, Sighting
from mitate.errors import InputError

START = datetime(2026, 3, 2, 8)


def home(
    excess: list[float], *, sd: float = 0.36, common: float = 0.2, weighed: float | None = None
) -> Course:
    sightings = (Sighting(START + timedelta(days=d), e, sd, "other", weighed) for d, e in enumerate(excess))
    return Course(tuple(sightings), common)


def told(excess: list[float], rule: AlarmRule = HOME_RULE) -> Alarm:
    return alarm(home(excess), rule)


def test_a_rise_sounds_and_ordinary_days_do_not() -> None:
    found = told([0.1, -0.2, 0.2, 0.0, 0.3, 0.9, 1.5, 1.6, 1.4])
    assert not found.on[:5].any()
    assert found.on[7:].all()
    assert found.sounded.sum() == 1


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 15), st.integers(1, 14))
def test_later_sessions_never_change_earlier_alarms(seed: int, count: int, known: int) -> None:
    values = np.random.default_rng(seed).normal(0.6, 0.8, count).tolist()
    known = min(known, count)
    whole, part = told(values), told(values[:known])
    np.testing.assert_allclose(whole.probability[:known], part.probability)
    np.testing.assert_array_equal(whole.on[:known], part.on)
    np.testing.assert_array_equal(whole.sounded[:known], part.sounded)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.1, 1.4), st.floats(0.05, 1))
def test_a_higher_level_never_makes_it_likelier(seed: int, level: float, more: float) -> None:
    values = np.random.default_rng(seed).normal(0.6, 0.8, 10).tolist()
    low, high = (told(values, replace(HOME_RULE, level_kg=v)) for v in (level, level + more))
    assert (high.probability <= low.probability + 1e-12).all()
    assert not (high.on & ~low.on).any()


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.3, 0.9), st.floats(0.0, 0.09))
def test_a_stricter_probability_is_never_on_more_often(seed: int, least: float, more: float) -> None:
    values = np.random.default_rng(seed).normal(0.6, 0.8, 10).tolist()
    lax, strict = (told(values, replace(HOME_RULE, probability=p)) for p in (least, least + more))
    assert not (strict.on & ~lax.on).any()


def test_it_repeats_while_it_stays_on_and_goes_off_later_than_on() -> None:
    days = np.arange(12.0)
    chance = np.array([0.1, 0.6, 0.4, 0.4, 0.3, 0.4, 0.4, 0.4, 0.4, 0.2, 0.4, 0.6])
    rule = AlarmRule(0.75, 0.5, 0.25, step_kg=0.3)
    on, sounded = sounding(days, chance, np.ones(12, bool), rule)
    assert np.flatnonzero(sounded).tolist() == [1, 8, 11]
    assert np.flatnonzero(~on).tolist() == [0, 9, 10]


def test_sessions_that_were_not_held_change_nothing() -> None:
    days = np.arange(3.0)
    held = np.array([True, False, True])
    on, sounded = sounding(days, np.array([0.9, 0.0, 0.9]), held, HOME_RULE)
    assert on.tolist() == [True, True, True]
    assert sounded.tolist() == [True, False, False]


def test_many_courses_at_once_are_each_one_alone() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0.5, 0.6, (3, 8))
    days = np.arange(8.0)
    own = 0.36**2 - 0.2**2
    together = probabilities(days, values, np.full(values.shape, own), 0.2, HOME_RULE)
    for row in range(3):
        np.testing.assert_allclose(together[row], told(values[row].tolist()).probability)


def test_the_scales_can_end_a_false_alarm() -> None:
    """A face that reads too high: weighing says so, and the alarm goes off."""
    values = [1.5] * 6
    assert alarm(home(values, common=0.3, sd=0.5), HOME_RULE).on[-1]
    assert not alarm(home(values, common=0.3, sd=0.5, weighed=0.0), HOME_RULE).on[-1]


def test_estimates_that_are_always_high_are_taken_for_an_error_if_one_is_likely() -> None:
    values = [1.5] * 6
    assert told(values).on[-1]
    assert not alarm(home(values, common=0.8, sd=0.9), HOME_RULE).on[-1]


def test_for_dialysis_it_asks_what_dialysis_leaves() -> None:
    days, levels, contexts = [], [], []
    names: tuple[Context, Context] = ("pre", "post")
    for number, day in enumerate((0, 2, 4, 7, 9, 11, 14, 16, 18)):
        left = 0.2 + max(0, number - 3) * 0.3
        for phase, hours, level in zip(names, (0, 4), (left + 2.2, left), strict=True):
            days.append(day + hours / 24)
            levels.append(level)
            contexts.append(phase)
    rows = zip(days, levels, contexts, strict=True)
    course = Course(tuple(Sighting(START + timedelta(days=d), e, 0.36, c) for d, e, c in rows), 0.2)
    found = alarm(course, rule_for("dialysis"))
    assert found.rule is DIALYSIS_RULE
    assert not found.on[:8].any()
    assert found.on[-1]
    assert all(contexts[k] == "post" for k in np.flatnonzero(found.sounded))


@pytest.mark.parametrize(("on", "off"), [(0.0, 0.0), (1.0, 0.5), (0.5, 0.9)])
def test_impossible_rules_are_refused(on: float, off: float) -> None:
    with pytest.raises(InputError, match="off not above on"):
        replace(HOME_RULE, probability=on, off_probability=off)
