from __future__ import annotations

import numpy as np
import pytest

from mitate.body.recording import (
    ANGLES,
    CURVE_POINTS,
    CURVE_T12,
    CURVE_T12_PLACE,
    JOINTS,
    Recording,
)
from mitate.errors import InputError


def _recording(count: int) -> Recording:
    rng = np.random.default_rng(0)
    angles = {name: rng.normal(size=count) for name in ANGLES}
    angles["trunk_inclination"][1::3] = np.nan
    return Recording(
        times_s=np.arange(count) / 30,
        angles=angles,
        angle_errors={name: np.ones(count) for name in ANGLES},
        joints=rng.normal(size=(count, len(JOINTS), 3)),
        curve=rng.normal(size=(count, CURVE_POINTS, 2)),
        curve_error=np.ones(count),
        curve_hidden="",
        yaw=np.zeros(count),
        pitch=np.zeros(count),
        roll=np.zeros(count),
        view_errors=np.ones(count),
        height_m=1.6,
        height_known=True,
    )


@pytest.mark.parametrize("names", [ANGLES, JOINTS])
def test_what_is_there_on_the_left_is_there_on_the_right(names: tuple[str, ...]) -> None:
    assert len(set(names)) == len(names)
    for name in names:
        other = {"left": "right", "right": "left"}
        assert "_".join(other.get(word, word) for word in name.split("_")) in names


def test_t12_lies_between_the_middle_of_the_curve_and_the_pelvis() -> None:
    assert CURVE_POINTS // 2 < CURVE_T12 < CURVE_POINTS - 1
    assert pytest.approx(CURVE_T12 / (CURVE_POINTS - 1)) == CURVE_T12_PLACE


def test_a_joint_by_its_name() -> None:
    recording = _recording(5)
    assert len(recording) == 5
    for index, name in enumerate(JOINTS):
        np.testing.assert_array_equal(recording.joint(name), recording.joints[:, index])


def test_an_unknown_joint_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"there is no joint 'liver'.*t12"):
        _recording(2).joint("liver")


def test_moments_without_a_trunk_are_not_known() -> None:
    np.testing.assert_array_equal(_recording(5).known, [True, False, True, True, False])


def test_nothing_is_asked_of_an_assumed_source() -> None:
    assert _recording(1).trained_on == "simulated"
    assert _recording(1).warnings == ()
