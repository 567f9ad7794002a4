"""Who leads, judder, and knees that help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.back import recordings
from tests.back.recordings import (
    Bout,
    bouts_of,
    curve,
    make,
    ordinary,
    times_of,
)

from mitate.back.measure import measure
from mitate.back.rhythm_of_return import coupling_angle


def test_the_low_back_first_shows_in_rhythm_and_coupling() -> None:
    times = times_of(16)
    leads = {}
    for lead in (-0.6, 0.0, 0.6):
        angles = recordings.forward_bend(times, bouts_of(3), lead=lead)
        found = measure(make(times, angles), "forward_bend")
        shares = [found.values[f"lumbar_share_{part}_percent"].value for part in ("early", "middle", "late")]
        leads[lead] = (shares, found.values["early_coupling_angle_deg"].value)
    assert leads[0.6][0][0] > leads[0.6][0][1] > leads[0.6][0][2]
    assert leads[-0.6][0][0] < leads[-0.6][0][1] < leads[-0.6][0][2]
    assert leads[0.0][0] == pytest.approx([100 * 52 / 111] * 3, abs=0.5)
    assert leads[0.6][1] < 45 < leads[0.0][1] < 59 < leads[-0.6][1]


def test_coupling_angles_of_plain_steps() -> None:
    angles = coupling_angle(np.array([0.0, 1.0, 1.0, 1.0, -1.0]), np.array([1.0, 1.0, 0.0, -1.0, 0.0]))
    assert angles == pytest.approx([0, 45, 90, 135, -90])


@pytest.mark.parametrize(("noise", "least"), [(0.0, 1.0), (1.0, 1.0)])
def test_judder_is_counted_and_smooth_movement_has_none(noise: float, least: float) -> None:
    times = times_of(16)
    bouts = tuple(replace(bout, back=2.4) for bout in bouts_of(3, rest=0.0))
    bouts = tuple(replace(bout, start=1.0 + 5.0 * k) for k, bout in enumerate(bouts))
    angles = recordings.forward_bend(times, bouts)
    smooth = measure(make(times, angles, noise=noise), "forward_bend").values
    assert smooth["judder_phase_minima"].value <= least
    ripple = np.zeros(len(times))
    for bout in bouts:
        since = times - (bout.end - bout.back)
        ripple += np.where((since > 0.2) & (since < 2.2), 2.5 * np.sin(2 * np.pi * 4.0 * since), 0.0)
    shaky = {**angles, "lumbar_flexion": angles["lumbar_flexion"] + ripple}
    shaky["trunk_inclination"] = shaky["pelvis_tilt"] + shaky["lumbar_flexion"]
    found = measure(make(times, shaky, noise=noise), "forward_bend").values
    assert 6 <= found["judder_phase_minima"].value <= 10
    assert 12 <= found["judder_coupling_extrema"].value <= 20


def test_judder_needs_pictures_and_quiet_angles() -> None:
    few = measure(ordinary("forward_bend", rate=10.0)[0], "forward_bend")
    assert "10 pictures a second" in few.missing["judder_phase_minima"].reason
    noisy = measure(ordinary("forward_bend", noise=6.0)[0], "forward_bend")
    assert "too unsteady" in noisy.missing["judder_coupling_extrema"].reason


def test_knees_that_help_on_the_way_up() -> None:
    times = times_of(16)
    bouts = bouts_of(3)
    angles = recordings.forward_bend(times, bouts)
    helped = curve(times, [Bout(bout.end - 1.4, 14.0, 0.5, 0.1, 0.5) for bout in bouts])
    for side in ("right", "left"):
        angles[f"knee_flexion_{side}"] = angles[f"knee_flexion_{side}"] + helped
    found = measure(make(times, angles), "forward_bend").values["knee_bend_on_return_deg"]
    assert 10 < found.value < 15
