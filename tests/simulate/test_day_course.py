from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mitate.simulate.day_course import DayProfile, clock, day_course


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_meal_is_on_the_scales_at_once_and_not_in_the_face() -> None:
    profile = replace(DayProfile(), meal_kg=(0.6, 0.6), puffiness_kg=(0.0, 0.0))
    day = day_course(rng(), profile)
    before, after = day.at(12.3), day.at(12.6)
    assert day.scale_kg[after] - day.scale_kg[before] > 0.3
    assert abs(day.face_kg[after] - day.face_kg[before]) < 0.12


def test_the_toilet_is_on_the_scales_and_not_in_the_face() -> None:
    day = day_course(rng(), replace(DayProfile(), puffiness_kg=(0.0, 0.0)))
    hours = [hour for hour, context in day.sessions if context == "after toilet"]
    assert hours
    for hour in hours:
        k = day.at(hour)
        assert day.scale_kg[k] - day.scale_kg[k - 1] < -0.2
        assert abs(day.face_kg[k] - day.face_kg[k - 1]) < 0.1


def test_lids_are_puffy_in_the_morning_and_not_three_hours_later() -> None:
    profile = replace(DayProfile(), puffiness_kg=(0.4, 0.0))
    day = day_course(rng(), profile)
    swollen = day.face_kg - day.fluid_kg
    assert swollen[0] == pytest.approx(0.4)
    assert swollen[day.at(profile.wake + 3)] < 0.04


def test_a_day_ends_about_where_it_began() -> None:
    change = [float(np.ptp(day_course(rng(n)).fluid_kg[[0, -1]])) for n in range(40)]
    assert np.median(change) < 0.5


def test_more_fluid_on_waking_is_more_all_day() -> None:
    dry, wet = day_course(rng(3)), day_course(rng(3), excess_kg=1.5)
    np.testing.assert_allclose(wet.fluid_kg - dry.fluid_kg, 1.5)


def test_sessions_stand_before_and_after_every_meal() -> None:
    contexts = [context for _, context in day_course(rng()).sessions]
    assert contexts.count("before meal") == contexts.count("after meal") == 3
    hours = [hour for hour, _ in day_course(rng()).sessions]
    assert hours == sorted(hours)


def test_the_clock_begins_on_a_monday() -> None:
    assert clock(0, 7.5).isoformat() == "2026-01-05T07:30:00"
    assert clock(7, 0).weekday() == 0
