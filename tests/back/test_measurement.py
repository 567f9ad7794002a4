"""Errors, limits and words of single measures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.back import recordings
from tests.back.recordings import (
    Bout,
    bouts_of,
    make,
    ordinary,
    times_of,
)

from mitate.back.measure import Measure, NotMeasured, measure
from mitate.back.measurement import Findings, most_error


def test_the_error_is_the_recordings_own_and_the_spread() -> None:
    times = times_of(20)
    same, uneven = bouts_of(3), bouts_of(sizes=(0.8, 1.0, 1.2))
    for bouts, spread in ((same, 0.0), (uneven, 111 * 0.2 / math.sqrt(3))):
        recording = make(times, recordings.forward_bend(times, bouts), error=4.0)
        one = measure(recording, "forward_bend").values["peak_trunk_flexion_deg"]
        assert one.error == pytest.approx(math.hypot(4.0, spread), abs=0.3)
        assert one.each == pytest.approx([111 * bout.size for bout in bouts], abs=1.5)


def test_twice_the_frames_make_an_error_no_smaller() -> None:
    errors = [
        measure(ordinary("squat", rate=rate)[0], "squat").values["peak_knee_flexion_deg"].error
        for rate in (15.0, 60.0)
    ]
    assert errors[0] == pytest.approx(errors[1], abs=0.1)


def test_what_is_too_unsure_is_not_given() -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, bouts_of(3))
    found = measure(make(times, angles, error={"lumbar_flexion": 14.0}), "forward_bend")
    assert "peak_trunk_flexion_deg" in found.values
    lacking = found.missing["peak_lumbar_flexion_deg"]
    assert "off by 14 deg" in lacking.reason
    assert "from the side" in lacking.todo
    assert "lumbar_contribution_percent" in found.missing


def test_limits_of_errors() -> None:
    assert most_error(10, "deg") == 8
    assert most_error(-40, "deg") == 10
    assert most_error(400, "deg") == 15
    assert most_error(3, "cm") == 4
    assert most_error(7, "count") == math.inf


def test_one_repetition_gives_values_and_no_variation() -> None:
    times = times_of(7)
    found = measure(make(times, recordings.forward_bend(times, [Bout(1.0)])), "forward_bend")
    assert found.values["peak_trunk_flexion_deg"].n == 1
    assert "takes 3 repetitions" in found.missing["peak_variation_percent"].reason


def test_variation_of_the_depth() -> None:
    times = times_of(30)
    bouts = bouts_of(sizes=(0.8, 1.0, 1.2, 1.0, 0.9))
    found = measure(make(times, recordings.forward_bend(times, bouts)), "forward_bend")
    wanted = 100 * np.std([0.8, 1.0, 1.2, 1.0, 0.9], ddof=1) / 0.98
    assert found.values["peak_variation_percent"].value == pytest.approx(wanted, abs=1)
    assert found.values["peak_variation_percent"].n == 5


def test_json_of_measures() -> None:
    found = measure(ordinary("rotation")[0], "rotation").as_dict()
    assert found["movement"] == "rotation"
    assert {one["side"] for one in found["repetitions"]} == {"left", "right"}
    assert found["measures"]["pelvic_rotation_deg"]["unit"] == "deg"
    assert set(found["not_measured"]["lumbar_rotation_deg"]) == {"name", "reason", "todo"}


def test_findings_keep_a_name_in_one_place() -> None:
    findings = Findings("squat")
    findings.add("x_deg", np.array([np.nan]), np.array([1.0]), unit="deg", source="expert")
    assert isinstance(findings.missing["x_deg"], NotMeasured)
    findings.add("x_deg", np.array([50.0, np.nan]), np.array([1.0, 2.0]), unit="deg", source="expert")
    assert isinstance(findings.values["x_deg"], Measure)
    assert "x_deg" not in findings.missing
    findings.miss("x_deg", "why", "what")
    assert "x_deg" not in findings.values


def test_a_single_repetition_says_so() -> None:
    times = times_of(7)
    found = measure(make(times, recordings.forward_bend(times, [Bout(1.0)])), "forward_bend")
    assert "one repetition" in found.values["peak_trunk_flexion_deg"].note
