from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mitate.simulate.movement_people import DOF, LIMITS, mirrored, sample_posture

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS)
def test_a_mirrored_pose_mirrored_is_the_pose(seed: int) -> None:
    pose = sample_posture(np.random.default_rng(seed), 60.0)
    assert mirrored(mirrored(pose)) == pose
    assert mirrored(pose)["pelvis_list"] == -pose["pelvis_list"]
    assert mirrored(pose)["knee_flexion_left"] == pose["knee_flexion_right"]


@given(seed=SEEDS, age=st.floats(4.0, 110.0))
def test_everybody_stands_upright_and_within_the_limits_of_joints(seed: int, age: float) -> None:
    pose = sample_posture(np.random.default_rng(seed), age)
    assert set(pose) == set(DOF)
    assert all(LIMITS[name][0] <= value <= LIMITS[name][1] for name, value in pose.items())
    assert abs(pose["pelvis_tilt"] + pose["lumbar_flexion"]) < 20.0


def test_older_people_stand_with_a_rounder_upper_back() -> None:
    def kyphosis(age: float) -> float:
        each = [sample_posture(np.random.default_rng(seed), age)["thoracic_flexion"] for seed in range(100)]
        return float(np.mean(each))

    assert kyphosis(20.0) < 3.0
    assert 8.0 < kyphosis(75.0) - kyphosis(40.0) < 14.0
