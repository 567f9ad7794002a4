from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.simulate.movement_phases import bent, minimum_jerk, progress, sample_timeline, sway


@given(bow=st.floats(-1.0, 1.0))
def test_a_course_that_runs_ahead_keeps_its_ends_and_never_turns_back(bow: float) -> None:
    course = minimum_jerk(np.linspace(-0.2, 1.2, 200))
    ahead = bent(course, bow)
    assert ahead[[0, -1]] == pytest.approx([0.0, 1.0])
    assert np.diff(ahead).min() >= -1e-12


def test_the_shortest_jerk_is_half_way_at_half_time_and_fastest_there() -> None:
    share = np.linspace(0.0, 1.0, 201)
    course = minimum_jerk(share)
    assert course[100] == pytest.approx(0.5)
    # Flash and Hogan 1985: the peak speed is 15/8 of the mean.
    assert np.gradient(course, share).max() == pytest.approx(1.875, abs=0.001)


@given(seed=st.integers(0, 10_000), count=st.integers(1, 8), age=st.floats(5.0, 100.0))
def test_every_repetition_is_gone_into_and_out_of(seed: int, count: int, age: float) -> None:
    rng = np.random.default_rng(seed)
    line = sample_timeline(rng, (0,) * count, age=age, speed=1.0, slow_return=1.0, ready_s=2.0)
    assert len(line) == count
    assert line.starts[0] >= 2.0
    assert line.length_s - line.ends[-1] >= 2.0 - 1e-9
    assert np.all((line.ends - line.starts >= 2.0 - 1e-9) & (line.ends - line.starts <= 6.0 + 1e-9))
    times = np.linspace(0.0, line.length_s, 2000)
    for i in range(count):
        gone, back = progress(times, line, i)
        assert gone[[0, -1]] == pytest.approx([0.0, 0.0])
        assert gone.max() == pytest.approx(1.0, abs=0.01)
        assert np.all(back == (times >= line.left[i]))


def test_sway_is_as_wide_as_asked_for() -> None:
    times = np.arange(0.0, 600.0, 0.1)
    found = [sway(np.random.default_rng(seed), times, 2.0).std() for seed in range(20)]
    assert found == pytest.approx([2.0] * 20, rel=0.1)
