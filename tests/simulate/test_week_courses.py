from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mitate.simulate.week_courses import (
    DialysisProfile,
    ErrorModel,
    HomeProfile,
    dialysis_courses,
    home_courses,
    home_visits,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_ordinary_days_stay_about_dry_weight() -> None:
    courses = home_courses(rng(), 400, rising=False)
    assert abs(courses.fluid_kg.mean()) < 0.03
    assert courses.fluid_kg.std() == pytest.approx(0.25, abs=0.02)
    after_three = np.corrcoef(courses.fluid_kg[:, 10], courses.fluid_kg[:, 13])[0, 1]
    assert after_three == pytest.approx(np.exp(-1), abs=0.12)
    assert np.isinf(courses.onset).all()
    assert np.isinf(courses.reached).all()


def test_a_rise_ends_at_its_peak_and_reaches_the_threshold_after_its_onset() -> None:
    courses = home_courses(rng(), 300, rising=True)
    late = courses.fluid_kg[:, courses.days > 50]
    assert late.mean() == pytest.approx(1.5, abs=0.05)
    found = np.isfinite(courses.reached)
    assert found.mean() > 0.98
    assert (courses.reached[found] > courses.onset[found]).all()
    assert (courses.fluid_kg[found, courses.reached[found].astype(int)] >= 1.5).all()


def test_sessions_every_other_day_and_missed_ones() -> None:
    courses = home_courses(rng(), 300, HomeProfile(every=2, missed=0.3), rising=False)
    assert (np.diff(courses.days) == 2).all()
    assert courses.held[:, 0].all()
    assert courses.held[:, 1:].mean() == pytest.approx(0.7, abs=0.02)
    assert np.isnan(courses.estimates(rng(), ErrorModel())[~courses.held]).all()


def test_errors_are_as_stated() -> None:
    """With no fluid at all, what an estimate says is its error."""
    nothing = np.zeros((2000, 20))
    said = ErrorModel(0.4, (0.1, 0.3), (1.0, 0.5), 0.4).estimates(rng(), nothing, nothing, nothing)
    assert said.mean() == pytest.approx(0.1, abs=0.02)
    assert said.mean(axis=1).std() == pytest.approx(np.hypot(0.3, 0.4 / np.sqrt(20)), abs=0.02)
    assert (said - said.mean(axis=1, keepdims=True)).std() == pytest.approx(0.4 * np.sqrt(19 / 20), abs=0.01)
    exact = ErrorModel(0, (0, 0), (0.8, 0), 0.5).estimates(rng(), nothing + 1, nothing + 0.5, nothing + 2)
    np.testing.assert_allclose(exact, 0.8 * 1.5 + 1)


def test_fluid_gathers_between_dialyses_and_what_they_leave_may_rise() -> None:
    ordinary = dialysis_courses(rng(), 300, rising=False)
    before, after = ordinary.fluid_kg[:, ::2], ordinary.fluid_kg[:, 1::2]
    assert (before[:, 1:] - after[:, :-1]).mean() == pytest.approx(2.2, abs=0.1)
    assert after.mean() == pytest.approx(0.2, abs=0.03)
    assert not ordinary.asked[:, ::2].any()
    rising = dialysis_courses(rng(), 300, rising=True)
    assert rising.fluid_kg[:, -1].mean() == pytest.approx(1.5, abs=0.06)
    assert np.isfinite(rising.reached).mean() > 0.97


def test_a_course_becomes_visits() -> None:
    courses = home_courses(rng(), 2, HomeProfile(days=10, missed=0.4), rising=False)
    visits = home_visits(courses, 1)
    assert len(visits) == courses.held[1].sum()
    assert visits[0].fluid_kg == courses.fluid_kg[1, 0]
    assert [v.day for v in visits] == courses.days[courses.held[1]].astype(int).tolist()


def test_a_longer_profile_is_as_long_as_it_says() -> None:
    profile = replace(DialysisProfile(), weeks=2)
    assert dialysis_courses(rng(), 1, profile, rising=False).days[-1] == pytest.approx(11 + 4 / 24)
