"""Sides: one or both, alike or not."""

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
    swayed_feet,
    times_of,
)

from mitate.back.measure import measure
from mitate.back.movement import SIDES


@pytest.mark.parametrize("yaw", [5.0, 178.0])
def test_the_navel_moves_over_the_foot(yaw: float) -> None:
    bouts = bouts_of(sizes=(1.0, -1.0, 1.0, -1.0))
    times = times_of(bouts[-1].end + 1)
    gone = curve(times, bouts)
    sway = -0.08 * np.maximum(gone, 0) + 0.05 * np.maximum(-gone, 0)  # to the left; right feet first
    angles = recordings.one_leg_stance(times, bouts)
    recording = make(times, angles, joints=swayed_feet(sway), yaw=yaw)
    found = measure(recording, "one_leg_stance")
    assert found.values["navel_shift_right_cm"].value == pytest.approx(8, abs=0.3)
    assert found.values["navel_shift_left_cm"].value == pytest.approx(5, abs=0.3)
    assert found.values["navel_shift_cm"].value == pytest.approx(8, abs=0.3)
    assert found.values["navel_shift_difference_cm"].value == pytest.approx(3, abs=0.4)
    beside = measure(replace(recording, yaw=np.full(len(times), 85.0)), "one_leg_stance")
    for name in ("navel_shift_cm", "navel_shift_difference_cm"):
        assert "from the front" in beside.missing[name].todo


def test_one_side_only() -> None:
    times = times_of(14)
    recording = make(times, recordings.rotation(times, bouts_of(2)))
    found = measure(recording, "rotation")
    assert "left only" in found.values["pelvic_rotation_deg"].note
    assert "to the right" in found.missing["pelvic_rotation_right_deg"].reason
    assert "pelvic_rotation_asymmetry_deg" in found.missing


def test_a_stiff_side_shows() -> None:
    bouts = bouts_of(sizes=(1.0, -0.6, 1.0, -0.6))
    times = times_of(bouts[-1].end + 1)
    found = measure(make(times, recordings.rotation(times, bouts)), "rotation").values
    assert found["pelvic_rotation_left_deg"].value == pytest.approx(55, abs=1)
    assert found["pelvic_rotation_right_deg"].value == pytest.approx(33, abs=1)
    assert found["pelvic_rotation_asymmetry_deg"].value == pytest.approx(22, abs=1)
    assert found["pelvic_rotation_deg"].value == found["pelvic_rotation_right_deg"].value
    assert "to the right, the smaller" in found["pelvic_rotation_deg"].note


@pytest.mark.parametrize(
    ("movement", "name"),
    [("rotation", "shoulder_rotation"), ("rotation", "pelvic_rotation"), ("side_bend", "lumbar_side_bend")],
)
@pytest.mark.parametrize(("sizes", "stiff"), [((1.0, -0.6), 1), ((0.6, -1.0), 0)])
def test_of_both_sides_the_smaller_counts_with_its_own_error(
    movement: str, name: str, sizes: tuple[float, float], stiff: int
) -> None:
    bouts = bouts_of(sizes=sizes * 2)
    times = times_of(bouts[-1].end + 1)
    turned, bent = recordings.rotation(times, bouts), recordings.side_bend(times, bouts)
    angles = turned if movement == "rotation" else bent
    recording = make(times, angles, noise=1.5)
    found = measure(recording, movement).values
    side = SIDES[movement][stiff]
    both, less = found[f"{name}_deg"], found[f"{name}_{side}_deg"]
    assert (both.value, both.error, both.n) == (less.value, less.error, less.n)
    assert f"to the {side}, the smaller" in both.note
    assert both.value < min(found[f"{name}_{one}_deg"].value for one in SIDES[movement] if one != side)


def test_measures_without_a_norm_and_the_ratio_are_of_both_sides() -> None:
    bouts = bouts_of(sizes=(1.0, -0.6, 1.0, -0.6))
    times = times_of(bouts[-1].end + 1)
    turned = measure(make(times, recordings.rotation(times, bouts)), "rotation").values
    bent = measure(make(times, recordings.side_bend(times, bouts)), "side_bend").values
    for found, name in ((turned, "spine_rotation"), (bent, "trunk_side_bend"), (bent, "pelvic_side_bend")):
        sides = [found[f"{name}_{side}_deg"].value for side in ("left", "right")]
        assert found[f"{name}_deg"].value == pytest.approx(np.mean(sides))
    assert turned["spine_pelvis_rotation_ratio"].value == pytest.approx(0.42, abs=0.03)


def test_rotation_of_the_low_back_is_never_given() -> None:
    found = measure(ordinary("rotation", error=0.1)[0], "rotation")
    assert "one camera" in found.missing["lumbar_rotation_deg"].reason


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_swinging_from_side_to_side_without_a_stop_is_measured_from_the_middle(noise: float) -> None:
    times = times_of(20)
    swing = 50 * np.sin(np.pi * (times - 1) / 2) * ((times > 1) & (times < 17))
    recording = make(times, {"trunk_rotation": 1.4 * swing, "pelvis_rotation": swing}, noise=noise)
    found = measure(recording, "rotation")
    assert [one.side for one in found.phases] == ["left", "right"] * 4
    for side in ("left", "right"):
        assert found.values[f"pelvic_rotation_{side}_deg"].value == pytest.approx(50, abs=3.5)
