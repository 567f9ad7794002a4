"""What counts as standing."""

from __future__ import annotations

import numpy as np
import pytest
from tests.back import recordings
from tests.back.recordings import (
    Bout,
    make,
    ordinary,
    shifted,
    times_of,
)

from mitate.back.measure import measure


def test_standing_bent_is_taken_off() -> None:
    recording, _ = ordinary("forward_bend")
    stooped = shifted(recording, {"trunk_inclination": 12.0, "lumbar_flexion": 9.0, "pelvis_tilt": 3.0})
    bent = measure(stooped, "forward_bend").values
    for name, one in measure(recording, "forward_bend").values.items():
        assert bent[name].value == pytest.approx(one.value, abs=1e-3)


def test_leaning_after_the_bend_does_not_count_as_standing() -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, [Bout(1.0), Bout(5.5), Bout(10.0)])
    late = measure(make(times, angles), "forward_bend")
    assert late.values["peak_trunk_flexion_deg"].each == pytest.approx([111] * 3, abs=1)


def test_bending_again_and_again_without_a_stop_is_measured_from_the_first_standing() -> None:
    times = times_of(20)
    gone = 0.5 - 0.5 * np.cos(2 * np.pi * np.clip(times - 1, 0, 18) / 3)
    found = measure(make(times, {"trunk_inclination": 100 * gone}, noise=2.0), "forward_bend")
    assert found.values["peak_trunk_flexion_deg"].n == 6
    assert found.values["peak_trunk_flexion_deg"].value == pytest.approx(100, abs=1)
