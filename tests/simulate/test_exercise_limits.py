"""Joint limits: on both sides the same, and wide enough for what people do every day."""

from __future__ import annotations

import pytest

from mitate.simulate.exercise_limits import LIMITS, SIDED, UNSIDED


def test_left_and_right_are_alike() -> None:
    assert len(LIMITS) == len(UNSIDED) + 2 * len(SIDED)
    assert all(LIMITS[f"{name}_left"] == LIMITS[f"{name}_right"] for name in SIDED)


@pytest.mark.parametrize(
    ("name", "angle"),
    [
        ("hip_flexion_left", 120.0),
        ("hip_flexion_left", -15.0),
        ("knee_flexion_right", 140.0),
        ("ankle_flexion_left", 20.0),
        ("shoulder_flexion_left", 175.0),
        ("lumbar_flexion", 50.0),
        ("neck_rotation", -75.0),
    ],
)
def test_what_healthy_people_reach_is_within(name: str, angle: float) -> None:
    low, high = LIMITS[name]
    assert low < angle < high


@pytest.mark.parametrize(("name", "angle"), [("knee_flexion_left", -15.0), ("elbow_flexion_left", 170.0)])
def test_what_no_joint_does_is_not(name: str, angle: float) -> None:
    low, high = LIMITS[name]
    assert not low <= angle <= high
