"""What is true of a motion against the measures of it without noise: two programs, one definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.back import recordings

from mitate.back.measure import measure
from mitate.simulate.movement_faults import MOVEMENTS
from mitate.simulate.movement_truth import HANG_OUT_DEG, arm_elevation
from mitate.simulate.movements import sample_faults, sample_motion

CLINICAL = MOVEMENTS[:-1]


@pytest.mark.parametrize("movement", CLINICAL)
def test_the_instrument_measures_what_is_true(movement: str) -> None:
    away = []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        faults = sample_faults(rng, movement)
        # With little movement some repetitions are rightly not found.
        faults = {name: 0.4 * strength for name, strength in faults.items()}
        motion = sample_motion(rng, movement, age=30.0 + 3.0 * seed, faults=faults)
        found = measure(recordings.of_motion(motion), movement).values
        truth = {name: true for name, true in motion.truth().items() if name in found}
        away += [abs(found[name].value - true) for name, true in truth.items() if name.endswith("_deg")]
    assert len(away) > 15
    assert np.percentile(away, 95) < 1.5
    assert np.median(away) < 0.5


@pytest.mark.parametrize("strength", [-0.8, 0.0, 0.8])
@pytest.mark.parametrize("movement", ["rotation", "side_bend"])
def test_where_a_norm_asks_each_side_the_smaller_is_the_truth(movement: str, strength: float) -> None:
    smaller = {"shoulder_rotation", "pelvic_rotation", "lumbar_side_bend"}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        truth = sample_motion(rng, movement, age=40.0, faults={"one_side_less": strength}).truth()
        means = {}
        for name in {one.removesuffix("_left_deg") for one in truth if one.endswith("_left_deg")}:
            sides = [truth[f"{name}_{side}_deg"] for side in ("left", "right")]
            means[name] = float(np.mean(sides))
            assert truth[f"{name}_deg"] == pytest.approx(min(sides) if name in smaller else means[name])
        if movement == "rotation":
            ratio = means["spine_rotation"] / means["pelvic_rotation"]
            assert truth["spine_pelvis_rotation_ratio"] == pytest.approx(ratio)


@given(raised=st.floats(0.0, 180.0), out=st.floats(0.0, 80.0))
def test_an_arm_is_raised_by_the_angle_between_two_directions(raised: float, out: float) -> None:
    dof = {"shoulder_flexion_left": np.array([raised]), "shoulder_abduction_left": np.array([out])}
    hang = np.radians(out + HANG_OUT_DEG)
    arm = np.array([np.sin(hang), -np.cos(hang), 0.0])
    turn = np.radians(raised)
    arm = np.array([arm[0], arm[1] * np.cos(turn), -arm[1] * np.sin(turn)])
    assert arm_elevation(dof, "left")[0] == pytest.approx(np.degrees(np.arccos(-arm[1])), abs=1e-5)
