from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.edema.course_model import Context, Dynamics
from mitate.edema.sightings import Course, Sighting
from mitate.edema.trend import Trend, trend

START = datetime(2026, 3, 2, 8)


def course_of(
    days: list[float],
    excess: list[float],
    *,
    sd: float = 0.4,
    common: float | None = 0.25,
    contexts: list[Context] | None = None,
) -> Course:
    named: list[Context] = contexts or ["other"] * len(days)
    rows = zip(days, excess, named, strict=True)
    return Course(tuple(Sighting(START + timedelta(days=d), e, sd, c) for d, e, c in rows), common, "p01")


def test_one_session_is_the_prior_and_the_session() -> None:
    """Normal with normal, in one line each."""
    result = trend(course_of([0], [1.0], sd=0.5, common=0.3))
    prior, own = 1.5**2, 0.5**2  # the camera's error is 0.4 of its own and 0.3 shared
    assert result.level_kg == pytest.approx(1.0 * prior / (prior + own))
    low, high = result.level_interval_90
    assert high - low == pytest.approx(2 * 1.6448536 * np.sqrt(prior * own / (prior + own)))
    assert (result.rate_kg_per_day, result.change_kg, len(result.step_kg)) == (None, None, 0)


def test_a_constant_stays_one() -> None:
    result = trend(course_of([float(d) for d in range(20)], [0.8] * 20))
    np.testing.assert_allclose(result.excess_kg, 0.8, atol=0.05)
    assert result.step_sd_kg < 0.2
    assert result.rate_interval_90 is not None
    assert result.rate_interval_90[0] < 0 < result.rate_interval_90[1]


def test_the_shared_error_does_not_average_out() -> None:
    """However many sessions: the height is as unsure as their common error, differences are not."""
    days = [float(d) for d in range(60)]
    narrow, wide = (trend(course_of(days, [0.5] * 60, sd=0.6, common=c)) for c in (0.05, 0.5))
    assert wide.high_kg[30] - wide.low_kg[30] > 2 * 1.64 * 0.45
    assert narrow.high_kg[30] - narrow.low_kg[30] < 2 * 1.64 * 0.3
    steps = wide.step_high_kg - wide.step_low_kg
    assert steps.max() < 1.0


def test_with_scales_the_interval_is_narrow_and_still_covers_what_it_says() -> None:
    """Courses at odd times, the fitting included: narrower than any film alone (0.82 kg either way)."""
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(40):
        days = np.concatenate([[0.0], rng.uniform(0.3, 3, 7).cumsum()])
        steps = 0.25 * np.diff(days) ** 0.5 * rng.normal(size=7)
        true = rng.normal(0, 1) + np.concatenate([[0.0], steps.cumsum()])
        seen = (true + 0.3 * rng.normal() + 0.4 * rng.normal(size=8)).tolist()
        scales = (true + 0.3 * rng.normal(size=8)).tolist()
        rows = zip(days.tolist(), seen, scales, strict=True)
        course = tuple(Sighting(START + timedelta(days=d), e, 0.5, "other", kg) for d, e, kg in rows)
        found = trend(Course(course, 0.3))
        covered.append((found.low_kg <= true) & (true <= found.high_kg))
        assert ((found.high_kg - found.low_kg) / 2).max() < 0.6
    assert 0.85 <= np.mean(covered) <= 0.96  # 320 sessions, those of a course alike


def test_the_scales_correct_the_height() -> None:
    plain = course_of([float(d) for d in range(10)], [1.2] * 10, common=0.4)
    weighed = Course(
        tuple(Sighting(s.at, s.excess_kg, s.sd_kg, weighed_kg=0.5) for s in plain.sightings), 0.4
    )
    before, after = trend(plain), trend(weighed)
    assert after.level_kg < before.level_kg - 0.4
    assert np.ptp(after.level_interval_90) < np.ptp(before.level_interval_90)


def test_missing_days_are_allowed_and_widen_the_course() -> None:
    days = [0.0, 1, 2, 3, 13, 14, 15]
    result = trend(course_of(days, [0.2, 0.3, 0.1, 0.2, 0.3, 0.2, 0.1]))
    width = result.grid_high_kg - result.grid_low_kg
    at = np.array([(datetime.fromisoformat(a) - START) / timedelta(days=1) for a in result.grid_at])
    assert width[np.argmin(abs(at - 8))] > width[np.argmin(abs(at - 2))]
    assert (np.diff(width[at > 15]) > 0).all()


def test_an_outlying_session_is_left_out_but_never_the_last() -> None:
    rng = np.random.default_rng(2)
    days = [float(d) for d in range(20)]
    values = list(0.3 + rng.normal(0, 0.3, 20))
    values[8] += 4
    result = trend(course_of(days, values))
    assert np.flatnonzero(result.outlying).tolist() == [8]
    assert result.excess_kg[8] < 1
    values[8] -= 4
    values[-1] += 4
    result = trend(course_of(days, values))
    assert not result.outlying.any()
    assert result.level_kg > 1


def test_a_rise_is_told_a_day() -> None:
    days = [float(d) for d in range(16)]
    rise = [max(0.0, 0.4 * (d - 8)) for d in days]
    result = trend(course_of(days, rise, sd=0.3, common=0.2))
    assert result.rate_kg_per_day == pytest.approx(0.4, abs=0.12)
    assert result.rate_interval_90 is not None
    assert result.rate_interval_90[0] > 0


def test_dialyses_are_jumps() -> None:
    rng = np.random.default_rng(4)
    days, values, contexts = [], [], []
    names: tuple[Context, Context] = ("pre", "post")
    for day in (0, 2, 4, 7, 9, 11, 14):
        left = 0.2 + float(rng.normal(0, 0.2))
        for phase, hours, level in zip(names, (0, 4), (left + 2.2, left), strict=True):
            days.append(day + hours / 24)
            values.append(level + float(rng.normal(0, 0.25)))
            contexts.append(phase)
    result = trend(course_of(days, values, sd=0.35, common=0.2, contexts=contexts))
    assert result.kind == "dialysis"
    assert result.step_kg[::2].max() < -1.5
    assert result.gather_kg_per_day is not None
    assert result.gather_kg_per_day[1] < 0.95 < result.gather_kg_per_day[2]
    assert abs(result.level_kg - 0.2) < 0.35
    assert (result.rate_kg_per_day or 0.0) < 0.1


def test_a_meal_may_change_more_than_an_hour_does() -> None:
    def jump(context: Context) -> float:
        contexts: list[Context] = ["before meal", context]
        return float(
            trend(course_of([0, 0.04], [0.0, 0.6], sd=0.2, common=0.1, contexts=contexts)).step_kg[0]
        )

    assert jump("after meal") > 0.3 > 3 * jump("other")


@settings(max_examples=10)
@given(st.integers(0, 1000), st.integers(1, 12))
def test_any_course_gives_finite_numbers_in_order(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    days = np.sort(rng.uniform(0, 30, count)).round(2).tolist()
    result = trend(course_of(days, list(rng.normal(1, 1.5, count)), sd=float(rng.uniform(0.05, 1))))
    assert (result.low_kg <= result.excess_kg).all()
    assert (result.excess_kg <= result.high_kg).all()
    assert np.isfinite(result.grid_kg).all()
    json.dumps(result.as_dict(), allow_nan=False)


def test_the_order_of_the_rows_does_not_matter() -> None:
    one = course_of([0, 1, 2, 5], [0.1, 0.5, 0.3, 0.9])
    other = Course(one.sightings[::-1], 0.25, "p01")
    assert trend(one).as_dict() == trend(other).as_dict()


def test_the_interval_holds_the_truth_nine_times_in_ten() -> None:
    """Courses drawn from the model itself, with its step and noise to be found."""
    rng = np.random.default_rng(9)
    held: list[bool] = []
    for _ in range(20):
        truth = rng.normal(0, 1) + np.cumsum(rng.normal(0, 0.25, 25))
        seen = truth + rng.normal(0, 0.25) + rng.normal(0, 0.35, 25)
        kept = rng.random(25) > 0.2
        course = course_of(
            np.flatnonzero(kept).astype(float).tolist(), seen[kept].tolist(), sd=float(np.hypot(0.25, 0.35))
        )
        result: Trend = trend(course, dynamics=Dynamics(step_kg=0.25))
        inside = (result.low_kg <= truth[kept]) & (truth[kept] <= result.high_kg)
        held += inside.tolist()
    assert 0.8 <= np.mean(held) <= 0.97
