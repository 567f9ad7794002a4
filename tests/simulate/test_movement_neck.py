"""Simulated movements of neck and arms: sides, faults, what is true, and the posed head."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.simulate.movement_faults import NECK_MOVEMENTS, sample_faults
from mitate.simulate.movement_neck import OWN_DOF
from mitate.simulate.movement_people import DOF
from mitate.simulate.movements import Motion, sample_motion

SEEDS = st.integers(0, 2**32 - 1)


def motion(seed: int, movement: str, *, age: float = 45.0, **faults: float) -> Motion:
    return sample_motion(np.random.default_rng(seed), movement, age=age, faults=faults)


def median_truth(movement: str, name: str, *, age: float = 45.0, **faults: float) -> float:
    found = [motion(seed, movement, age=age, **faults).truth()[name] for seed in range(30)]
    return float(np.median(found))


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, movement=st.sampled_from(NECK_MOVEMENTS), age=st.floats(18.0, 90.0))
def test_every_joint_is_there_and_the_movement_ends_where_it_began(
    seed: int, movement: str, age: float
) -> None:
    rng = np.random.default_rng(seed)
    found = sample_motion(rng, movement, age=age, faults=sample_faults(rng, movement))
    assert set(found.dof) == {*DOF, *OWN_DOF}
    for name, values in found.dof.items():
        assert np.isfinite(values).all()
        assert values[[0, -1]] == pytest.approx([found.standing[name]] * 2, abs=4.5), name
    assert all(one.start_s < one.peak_s < one.end_s for one in found.repetitions)


@pytest.mark.parametrize("movement", NECK_MOVEMENTS[:4])
def test_a_movement_that_stops_short_is_smaller(movement: str) -> None:
    name = f"{movement}_deg" if movement in NECK_MOVEMENTS[:2] else f"{movement}_left_deg"
    assert median_truth(movement, name, stops_short=1.0) < 0.6 * median_truth(movement, name)


@pytest.mark.parametrize("movement", ["neck_rotation", "neck_side_bend"])
def test_a_stiff_right_side_goes_less_far_to_the_right(movement: str) -> None:
    assert median_truth(movement, f"{movement}_difference_deg", one_side_less=1.0) > 12.0
    assert median_truth(movement, f"{movement}_difference_deg", one_side_less=-1.0) < -12.0


def test_arms_and_shoulders() -> None:
    assert median_truth("arm_raise", "arm_raise_difference_deg", one_arm_less=1.0) > 30.0
    assert median_truth("arm_raise", "arm_raise_left_deg", arms_short_of_overhead=1.0) < 110.0
    usual = median_truth("arm_raise", "scapula_elevation_right_deg")
    assert median_truth("arm_raise", "scapula_elevation_right_deg", shoulders_hike=1.0) > usual + 10.0


@pytest.mark.parametrize("movement", NECK_MOVEMENTS[:4])
def test_old_necks_go_less_far(movement: str) -> None:
    name = f"{movement}_deg" if movement in NECK_MOVEMENTS[:2] else f"{movement}_left_deg"
    assert median_truth(movement, name, age=85.0) < median_truth(movement, name, age=25.0) - 3.0


def test_a_forward_head_is_carried_all_the_time() -> None:
    usual, forward = motion(3, "neck_rotation"), motion(3, "neck_rotation", forward_head=1.0)
    apart = forward.dof["neck_protraction"] - usual.dof["neck_protraction"]
    assert apart == pytest.approx(22.0)
