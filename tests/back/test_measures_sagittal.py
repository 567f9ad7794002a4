"""Bends, bow and squat: what belongs to one movement only, and what is hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.back import recordings
from tests.back.recordings import (
    bouts_of,
    curve,
    make,
    ordinary,
    times_of,
    without,
)

from mitate.back.measure import measure


@pytest.mark.parametrize("hidden", ["", "the arms cover the back"])
def test_a_back_that_is_not_seen_gives_no_number(hidden: str) -> None:
    recording, _ = ordinary("forward_bend")
    covered = replace(
        without(recording, -1, 100, ["lumbar_flexion", "thoracic_flexion"]), curve_hidden=hidden
    )
    found = measure(covered, "forward_bend")
    assert found.values["peak_trunk_flexion_deg"].value == pytest.approx(111, abs=1)
    for name in (
        "peak_lumbar_flexion_deg",
        "lumbar_contribution_percent",
        "lumbar_share_early_percent",
        "early_coupling_angle_deg",
        "judder_phase_minima",
        "range_lumbar_deg",
        "peak_thoracic_flexion_deg",
    ):
        assert (hidden or "was not seen") in found.missing[name].reason, name


def test_a_repetition_whose_peak_is_hidden_gives_none() -> None:
    recording, bouts = ordinary("forward_bend")
    part = without(recording, bouts[1].peak - 0.9, bouts[1].peak + 0.9, ["lumbar_flexion"])
    found = measure(part, "forward_bend")
    assert found.values["peak_trunk_flexion_deg"].n == 3
    assert found.values["peak_lumbar_flexion_deg"].n == 2
    assert found.values["peak_lumbar_flexion_deg"].value == pytest.approx(52, abs=0.5)


def test_a_short_bend_has_no_late_rhythm() -> None:
    times = times_of(16)
    angles = recordings.forward_bend(times, bouts_of(3), pelvis=30, lumbar=22)
    found = measure(make(times, angles), "forward_bend")
    assert "lumbar_share_early_percent" in found.values
    assert "bends by 52 degrees only" in found.missing["lumbar_share_middle_percent"].reason
    assert "bends by 52 degrees only" in found.missing["lumbar_share_late_percent"].reason


def test_fingers_and_hips_over_the_floor() -> None:
    times = times_of(16)
    bouts = bouts_of(3)
    gone = curve(times, bouts)
    places = {}
    for side, far in (("right", 0.02), ("left", 0.0)):
        x, y, z = recordings.STANDING[f"{side}_index"]
        places[f"{side}_index"] = np.stack(
            [np.full_like(gone, x), y + (0.14 + far - y) * gone, z + 0.3 * gone], 1
        )
        x, y, z = recordings.STANDING[f"{side}_ankle"]
        places[f"{side}_ankle"] = np.stack([np.full_like(gone, x), np.full_like(gone, y), z + 0.09 * gone], 1)
    for known in (True, False):
        recording = make(times, recordings.forward_bend(times, bouts), joints=places, height_known=known)
        found = measure(recording, "forward_bend").values
        assert found["fingertips_to_floor_cm"].value == pytest.approx(14, abs=0.5)
        assert found["hips_back_cm"].value == pytest.approx(9, abs=0.3)
        assert ("assumed" in found["fingertips_to_floor_cm"].note) != known
    hands = np.full((len(times), 3), np.nan)
    nobody = make(
        times, recordings.forward_bend(times, bouts), joints={"left_index": hands, "right_index": hands}
    )
    assert "hands" in measure(nobody, "forward_bend").missing["fingertips_to_floor_cm"].reason


def test_hidden_arms_are_said() -> None:
    recording, _ = ordinary("backward_bend")
    one = measure(without(recording, -1, 100, ["arm_elevation_left"]), "backward_bend")
    assert one.values["arm_elevation_deg"].note == "only the right arm was seen"
    none = measure(
        without(recording, -1, 100, ["arm_elevation_left", "arm_elevation_right"]), "backward_bend"
    )
    assert none.missing["arm_elevation_deg"].reason == "the arms were not seen"


def test_a_bow_that_rounds_half_way() -> None:
    times = times_of(16)
    bouts = bouts_of(3)
    gone = curve(times, bouts)
    angles = recordings.waiters_bow(times, bouts)
    angles["lumbar_flexion"] = 30 * np.maximum(gone - 0.5, 0)
    angles["trunk_inclination"] = angles["pelvis_tilt"] + angles["lumbar_flexion"]
    found = measure(make(times, angles), "waiters_bow").values
    assert found["bow_lumbar_change_deg"].value == pytest.approx(15, abs=0.5)
    assert found["bow_neutral_hip_flexion_deg"].value == pytest.approx(60 * (0.5 + 1 / 3), abs=4)
    assert found["bow_neutral_hip_flexion_deg"].note == ""
