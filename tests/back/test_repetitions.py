"""Repetitions are counted right however they are timed, seen and shaken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.coaching import course, evenly, in_order

from mitate.back.repetitions import HoldClock, RepetitionCounter, Smoother, count_repetitions

RATES = st.sampled_from([5.0, 8.0, 12.0, 25.0, 30.0])


def made(count: int, rate: float, *, lasts: float = 2.4, pause: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    starts = evenly(count, lasts, pause)
    times = np.arange(0.0, starts[-1] + lasts + 1.5, 1 / rate)
    return times, 60.0 * course(times, starts, lasts)


@given(st.integers(1, 12), RATES, st.floats(1.6, 6), st.floats(0, 3), st.floats(0, 4), st.integers(0, 99))
@settings(max_examples=40)
def test_noisy_repetitions_are_counted_at_every_rate_and_tempo(
    count: int, rate: float, lasts: float, pause: float, noise: float, seed: int
) -> None:
    times, values = made(count, rate, lasts=lasts, pause=pause)
    shaken = values + np.random.default_rng(seed).normal(0, noise, len(values))
    assert len(count_repetitions(times, shaken, 25.0)) == count


@given(st.floats(-300, 300), st.floats(-1.2, 1.2), RATES)
@settings(max_examples=15)
def test_where_rest_is_and_that_it_drifts_does_not_matter(offset: float, drift: float, rate: float) -> None:
    times, values = made(6, rate)
    assert len(count_repetitions(times, values + offset + drift * times, 25.0)) == 6


@given(st.floats(0, 1000), RATES)
@settings(max_examples=15)
def test_a_later_clock_moves_all_times_by_as_much(later: float, rate: float) -> None:
    times, values = made(3, rate)
    now, then = count_repetitions(times, values, 25.0), count_repetitions(times + later, values, 25.0)
    for one, other in zip(now, then, strict=True):
        assert other.start_s - one.start_s == pytest.approx(later, abs=1e-6)
        assert other.range == pytest.approx(one.range)


@pytest.mark.parametrize("rate", [8.0, 15.0, 30.0])
@pytest.mark.parametrize("lasts", [2.0, 4.0])
def test_times_and_tempo_are_those_of_the_movement(rate: float, lasts: float) -> None:
    times, values = made(4, rate, lasts=lasts)
    found = count_repetitions(times, values, 25.0)
    for one, start in zip(found, evenly(4, lasts), strict=True):
        assert one.start_s == pytest.approx(start, abs=0.3)
        assert one.peak_s == pytest.approx(start + lasts / 2, abs=0.25)
        assert one.end_s == pytest.approx(start + lasts, abs=0.35)
        assert one.out_s == pytest.approx(lasts / 2, abs=0.4)
        assert one.back_s == pytest.approx(lasts / 2, abs=0.4)
        assert one.hold_s < 0.4
        assert one.range == pytest.approx(60, abs=6)
        assert one.counted_s - one.end_s < 0.5
        assert in_order([one.start_s, one.peak_s, one.end_s])


def test_a_hold_is_measured() -> None:
    times = np.arange(0, 12, 0.05)
    up, down = course(times, [1.0], 3.0), course(times, [6.0], 3.0)
    held = np.where(times < 2.5, up, np.where(times < 7.5, 1.0, down))
    (one,) = count_repetitions(times, 50 * held, 20.0)
    assert one.hold_s == pytest.approx(5.0, abs=0.5)


def test_partial_movements_at_the_ends_are_not_counted() -> None:
    times, values = made(4, 15.0)
    begin, end = np.searchsorted(times, [2.2, evenly(4)[3] + 1.2])
    assert len(count_repetitions(times[begin:end], values[begin:end], 25.0)) == 2


def test_small_movements_are_none() -> None:
    times, values = made(5, 15.0)
    assert not count_repetitions(times, 0.3 * values, 25.0)


def test_half_way_back_and_out_again_is_one_repetition() -> None:
    times = np.arange(0, 8, 0.05)
    values = 60 * np.interp(times, [0, 1, 2, 2.5, 3.2, 4.2, 8], [0, 0, 1, 0.7, 1, 0, 0])
    assert len(count_repetitions(times, values, 25.0)) == 1


def test_a_long_gap_ends_what_was_under_way_and_a_short_one_does_not() -> None:
    times, values = made(2, 15.0)
    short, long = values.copy(), values.copy()
    short[(times > 1.8) & (times < 2.6)] = np.nan
    long[(times > 1.6) & (times < 4.4)] = np.nan
    assert len(count_repetitions(times, short, 25.0)) == 2
    assert len(count_repetitions(times, long, 25.0)) < 2


def test_fed_in_parts_it_is_the_same() -> None:
    times, values = made(5, 12.0)
    counter = RepetitionCounter(25.0)
    found = [counter(float(t), float(v)) for t, v in zip(times, values, strict=True)]
    assert tuple(one for one in found if one) == count_repetitions(times, values, 25.0)
    assert counter.resting


@pytest.mark.parametrize("rate", [5.0, 10.0, 30.0])
def test_smoothing_lags_by_less_than_three_tenths_of_a_second(rate: float) -> None:
    smooth, times = Smoother(), np.arange(0, 4, 1 / rate)
    late = [time - smooth(float(time), float(time)) for time in times]
    assert late[-1] <= 0.3
    assert smooth.lag_s == pytest.approx(late[-1], abs=0.06)


def test_seconds_are_counted_while_a_position_is_held() -> None:
    clock = HoldClock()
    for time in np.arange(0, 10, 0.1):
        clock(float(time), holds=not 4 <= time < 6)
    assert clock.held_s == pytest.approx(7.8, abs=0.3)
