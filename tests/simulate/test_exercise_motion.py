"""Motions of exercises: at rest where poses are held, smooth between, contacts held all along."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.simulate.exercise_cases import CASES, HINGE

from mitate.simulate.exercise_motion import ExerciseMotion
from mitate.simulate.exercise_pose import DOFS

Moved = Callable[[str], ExerciseMotion]


def test_times_and_key_times_are_those_of_the_file(moved: Moved) -> None:
    motion = moved("hinge")
    assert motion.key_times_s == (0.0, HINGE.poses[1].seconds)
    length = sum(p.seconds + p.hold_s for p in HINGE.poses)
    assert motion.times_s[-1] == pytest.approx(length, abs=0.5 / 25)
    assert np.diff(motion.times_s) == pytest.approx(1 / 25)
    assert len(motion.captions_at_s) == len(HINGE.film.captions.en)


def test_it_ends_where_it_begins(moved: Moved) -> None:
    variables = moved("hinge").variables
    assert variables[-1] == pytest.approx(variables[0], abs=0.02)


def test_it_is_at_rest_at_key_poses_and_still_while_they_are_held(moved: Moved) -> None:
    motion = moved("hinge")
    speed = np.gradient(motion.variables[:, : len(DOFS)], motion.times_s, axis=0)
    hip = np.abs(speed[:, DOFS.index("hip_flexion_left")])
    assert hip.max() > 40.0
    assert hip[[0, -1]].max() < 1.0
    held = (motion.times_s > 2.02) & (motion.times_s < 2.48)
    assert np.abs(speed[held]).max() < 1e-9


def test_feet_stay_while_the_body_bends(moved: Moved) -> None:
    motion = moved("hinge")
    feet = motion.rig.shape.model.landmarks
    soles = [motion.pose(i).points[[29, 30, 31, 32]] for i in range(0, len(motion.times_s), 10)]
    assert len(feet) == 33
    assert np.abs(np.stack(soles) - soles[0]).max() < 0.006


def test_hands_and_knees_stay_on_the_floor(moved: Moved) -> None:
    motion = moved("cat_cow")
    lowest = [motion.pose(i).vertices[:, 1].min() for i in range(0, len(motion.times_s), 15)]
    assert min(lowest) > -0.012
    assert max(lowest) < 0.002


def test_a_chair_stands_under_who_sits(moved: Moved) -> None:
    motion = moved("sit_to_stand")
    seat = next(box for box in motion.support.boxes if box.kind == "chair_seat")
    assert 0.38 <= seat.centre[1] + seat.half[1] <= 0.52
    hips = motion.posed[0].points[[23, 24]].mean(axis=0)
    assert abs(hips[0] - seat.centre[0]) < 0.1
    assert abs(hips[2] - seat.centre[2]) < seat.half[2]
    assert len(motion.posed) == len(motion.times_s)


def test_the_wall_is_behind_who_leans_on_it(moved: Moved) -> None:
    motion = moved("wall_slide")
    wall = next(box for box in motion.support.boxes if box.kind == "wall")
    face = wall.centre[2] + wall.half[2]
    assert motion.pose(0).vertices[:, 2].min() == pytest.approx(face, abs=0.01)


@pytest.mark.parametrize("name", sorted(CASES))
def test_mirrored_twice_is_the_same(moved: Moved, name: str) -> None:
    motion = moved(name)
    again = motion.mirrored().mirrored()
    assert again.variables == pytest.approx(motion.variables)
    assert again.support == motion.support
    assert [s.point for s in again.spans] == [s.point for s in motion.spans]


def test_mirrored_moves_the_other_side(moved: Moved) -> None:
    motion = moved("side_lying")
    mirrored = motion.mirrored()
    assert mirrored.angles["hip_abduction_right"] == pytest.approx(motion.angles["hip_abduction_left"])
    one, other = motion.pose(0).points, mirrored.pose(0).points
    assert other[25] == pytest.approx(one[26] * [-1, 1, 1], abs=1e-3)
    assert {s.point for s in mirrored.spans} >= {"left_hip_side", "left_knee", "head_side"}
