"""Speeds and times."""

from __future__ import annotations

import pytest
from tests.back import recordings
from tests.back.recordings import (
    Bout,
    make,
    times_of,
)

from mitate.back.measure import measure


def test_speed_and_time_of_both_ways() -> None:
    times = times_of(22)
    bouts = tuple(Bout(1.0 + 6.5 * k, 1.0, 1.5, 1.0, 3.0) for k in range(3))
    found = measure(make(times, recordings.forward_bend(times, bouts)), "forward_bend").values
    assert found["peak_speed_there_deg_s"].value == pytest.approx(111 * 1.875 / 1.5, rel=0.08)
    assert found["peak_speed_back_deg_s"].value == pytest.approx(111 * 1.875 / 3.0, rel=0.08)
    assert found["duration_there_s"].value < found["duration_back_s"].value
    assert found["duration_there_s"].value == pytest.approx(1.5 * 0.81, abs=0.3)
    assert found["duration_back_s"].value == pytest.approx(3.0 * 0.81, abs=0.3)
