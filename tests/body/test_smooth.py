from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.body.smooth import smoothed


def _over(times: Any, values: Any) -> Any:
    return smoothed(values[:, None, None].astype(np.float32), times, np.ones((len(times), 1), np.float32))[
        :, 0, 0
    ]


def _lag_s(times: Any, before: Any, after: Any) -> float:
    """By how much `after` must be moved back in time to lie best on `before`."""
    shifts = np.linspace(-0.1, 0.1, 401)
    inner = (times > 1) & (times < times[-1] - 1)
    errors = [np.square(np.interp(times + s, times, after) - before)[inner].sum() for s in shifts]
    return float(shifts[int(np.argmin(errors))])


@pytest.mark.parametrize("rate", [15, 25, 30, 60])
@pytest.mark.parametrize("cycles_per_s", [0.1, 0.25, 1.0])
def test_a_slow_movement_does_not_lag(rate: float, cycles_per_s: float) -> None:
    times = np.arange(0, 12, 1 / rate)
    truth = 100 * np.sin(2 * np.pi * cycles_per_s * times)
    noisy = truth + np.random.default_rng(0).normal(0, 3, len(times))
    assert abs(_lag_s(times, truth, _over(times, noisy))) < 0.5 / rate


def test_jitter_is_more_than_halved_and_the_movement_stays() -> None:
    times = np.arange(0, 12, 1 / 60)
    truth = 100 * np.sin(2 * np.pi * 0.25 * times)
    noisy = truth + np.random.default_rng(0).normal(0, 3, len(times))
    rest = _over(times, noisy) - truth
    assert float(np.std(rest)) < 0.45 * 3
    assert float(np.abs(_over(times, truth) - truth).max()) < 0.01


@given(
    st.lists(st.floats(0.01, 0.08), min_size=8, max_size=40),
    st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(-50, 50)),
)
def test_a_parabola_at_any_times_passes_unchanged(
    steps: list[float], curve: tuple[float, float, float]
) -> None:
    times = np.cumsum(steps)
    values = np.polyval(curve, times)
    np.testing.assert_allclose(_over(times, values), values, atol=1e-3 * (1 + np.abs(values).max()))


def test_gaps_stay_gaps_and_their_neighbours_stay_clean() -> None:
    times = np.arange(60) / 30
    values = 10 * times
    values[20:30] = np.nan
    after = _over(times, values)
    np.testing.assert_array_equal(np.isnan(after), np.isnan(values))
    np.testing.assert_allclose(after[~np.isnan(after)], 10 * times[~np.isnan(values)], atol=1e-3)


def test_five_frames_a_second_are_left_as_they_are() -> None:
    times = np.arange(20) / 5
    values = np.random.default_rng(0).normal(0, 1, 20)
    np.testing.assert_array_equal(_over(times, values), values.astype(np.float32))


def test_a_hidden_point_counts_less() -> None:
    times = np.arange(31) / 60
    values = np.zeros((31, 1, 1), np.float32)
    values[15] = 10
    trust = np.ones((31, 1), np.float32)
    clear = smoothed(values, times, trust)[15, 0, 0]
    trust[15] = 0
    assert abs(smoothed(values, times, trust)[15, 0, 0]) < 0.2 * clear
