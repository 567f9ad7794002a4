"""Signals say what a stick figure does, from every side, standing and lying."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.coaching import LEG, Pose, seen, space

from mitate.back.signals import OF_REPETITION, SIGNALS, checked_signal, of_pair
from mitate.back.skeleton import Skeleton, from_joints, from_pose
from mitate.body.points import POINTS
from mitate.errors import InputError

YAWS = st.floats(-170, 170)


def body(*poses: Pose) -> Skeleton:
    return from_pose(*seen(list(poses)))


def say(name: str, pose: Pose) -> float:
    of = SIGNALS[name].of
    assert of is not None
    return float(of(body(pose))[0])


@given(YAWS, st.floats(-5, 110), st.floats(0, 120), st.floats(0, 130), st.booleans())
@settings(max_examples=25)
def test_angles_of_joints_are_those_of_the_pose_from_every_side(
    yaw: float, hip: float, knee: float, arm: float, supine: bool
) -> None:
    pose = Pose(hip=(hip, hip), knee=(knee, knee), arm=(arm, arm), elbow=(40, 40), yaw=yaw, supine=supine)
    wanted = {"hip_flexion": hip, "knee_flexion": knee, "shoulder_elevation": arm, "elbow_flexion": 40.0}
    for name, value in wanted.items():
        assert say(name, pose) == pytest.approx(value, abs=0.2)
        assert say(f"{name}_left", pose) == pytest.approx(say(f"{name}_right", pose), abs=0.2)


@given(YAWS, st.floats(-40, 80), st.floats(-30, 30))
@settings(max_examples=25)
def test_the_trunk_leans_against_the_vertical(yaw: float, lean: float, aside: float) -> None:
    assert say("trunk_lean", Pose(lean=lean, yaw=yaw)) == pytest.approx(abs(lean), abs=0.2)
    assert say("trunk_side_lean", Pose(aside=aside, yaw=yaw)) == pytest.approx(aside, abs=0.2)


def test_who_lies_leans_by_90_degrees() -> None:
    assert say("trunk_lean", Pose(supine=True, yaw=90)) == pytest.approx(90, abs=0.2)


@given(YAWS, st.floats(-50, 50))
@settings(max_examples=25)
def test_turning_to_the_left_is_positive(yaw: float, degrees: float) -> None:
    assert say("trunk_turn", Pose(shoulder_turn=degrees, yaw=yaw)) == pytest.approx(degrees, abs=0.3)
    assert say("head_turn", Pose(head_turn=degrees, yaw=yaw)) == pytest.approx(degrees, abs=0.3)
    turned, still = say("pelvis_turn", Pose(yaw=yaw + 20)), say("pelvis_turn", Pose(yaw=yaw))
    assert (turned - still + 180) % 360 - 180 == pytest.approx(20, abs=0.2)


@given(YAWS, st.floats(0, 30), st.floats(0, 60))
@settings(max_examples=25)
def test_only_legs_that_open_are_abducted(yaw: float, apart: float, flexed: float) -> None:
    assert say("hip_abduction", Pose(apart=apart, yaw=yaw)) == pytest.approx(2 * apart, abs=0.3)
    assert say("hip_abduction", Pose(hip=(flexed, 0), yaw=yaw)) == pytest.approx(0, abs=0.3)


def test_hips_are_as_high_as_the_legs_are_long_and_sink_in_a_squat() -> None:
    assert say("hip_height", Pose(yaw=70)) == pytest.approx(100, abs=0.5)
    thigh, shank = 0.42 * np.cos(np.radians(50)), 0.40 * np.cos(np.radians(45))
    low = 100 * (thigh + shank) / LEG
    assert say("hip_height", Pose(hip=(50, 50), knee=(95, 95), yaw=70)) == pytest.approx(low, abs=0.5)


def test_differences_and_pairs() -> None:
    pose = Pose(hip=(70, 10), knee=(60, 5), yaw=80)
    assert say("hip_flexion_difference", pose) == pytest.approx(60, abs=0.3)
    assert say("hip_flexion_left", pose) == pytest.approx(70, abs=0.3)
    assert say("knee_difference", pose) == pytest.approx(55, abs=0.3)
    for name, signal in SIGNALS.items():
        assert of_pair(of_pair(name)) == name
        assert signal.pair is None or all(one in SIGNALS for one in signal.pair)


def test_body_line_and_sag() -> None:
    assert say("body_line", Pose(supine=True, yaw=90)) == pytest.approx(180, abs=0.5)
    sagging = say("hip_sag", Pose(supine=True, yaw=90, hip=(20, 20)))
    assert sagging > 3


def test_what_is_not_seen_is_unknown_and_the_other_side_speaks_for_both() -> None:
    pixels, world, visibility = seen([Pose(knee=(50, 50), yaw=80)])
    visibility[:, [POINTS.index("left_knee")]] = 0.0
    half = from_pose(pixels, world, visibility)
    one, both = SIGNALS["knee_flexion_left"].of, SIGNALS["knee_flexion"].of
    assert one is not None
    assert both is not None
    assert np.isnan(one(half)[0])
    assert both(half)[0] == pytest.approx(50, abs=0.3)
    nothing = from_pose(pixels, world, np.zeros_like(visibility))
    assert np.isnan(both(nothing)[0])


@given(st.floats(-20, 20))
@settings(max_examples=25)
def test_a_rolled_camera_is_set_right(roll: float) -> None:
    pixels, world, visibility = seen([Pose(yaw=90, lean=10)])
    angle = np.radians(roll)
    rolled = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    world[..., :2] = world[..., :2] @ rolled.T
    turned = pixels - 300.0
    turned = (turned * [1, -1]) @ rolled.T * [1, -1] + 300.0
    of = SIGNALS["trunk_lean"].of
    assert of is not None
    # the picture's top leans to the right by as much as what it shows leans to the left
    assert of(from_pose(turned, world, visibility, roll_deg=roll))[0] == pytest.approx(10, abs=0.3)


def test_signals_come_from_joints_of_another_sensor_too() -> None:
    places = space(Pose(hip=(60, 60), knee=(80, 80)))
    names = [f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "hip", "knee", "ankle")]
    joints: dict[str, Any] = {name: places[None, POINTS.index(name)] for name in names}
    few = from_joints({**joints, "spine": np.zeros((1, 3))})
    of, head = SIGNALS["knee_flexion"].of, SIGNALS["head_turn"].of
    assert of is not None
    assert head is not None
    assert of(few)[0] == pytest.approx(80, abs=0.1)
    assert np.isnan(head(few)[0])


def test_every_signal_of_moments_is_a_function_and_an_unknown_one_is_refused() -> None:
    assert {name for name, one in SIGNALS.items() if one.of is None} >= set(OF_REPETITION)
    with pytest.raises(InputError, match="knee_flexion"):
        checked_signal("knee_flexon")
