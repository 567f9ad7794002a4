"""A pose that is solved touches what it should, keeps its limits and stays near what was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.exercise_cases import BIRD_DOG, CAT_COW, HINGE, SIT_TO_STAND, WALL_SLIDE, case

from mitate.back.exercise import Exercise, Pose
from mitate.back.exercise_whole import POINTS
from mitate.errors import InputError
from mitate.simulate.body_model import SEGMENTS
from mitate.simulate.exercise_keys import KeyPose, KeyPoses, solve_keys
from mitate.simulate.exercise_limits import LIMITS
from mitate.simulate.exercise_pose import DOFS, Array
from mitate.simulate.exercise_solve import Body


def _skin(made: KeyPoses, key: KeyPose, point: str) -> list[Array]:
    rig = made.body.rig
    turns = rig.turns(key.variables[None, : len(DOFS)])
    joints = rig.joints(turns, key.variables[None, len(DOFS) :])
    return [rig.skin(turns, joints, group)[0] for group in made.body.points[point].groups]


@pytest.mark.parametrize(
    "one", [CAT_COW, HINGE, SIT_TO_STAND, WALL_SLIDE, BIRD_DOG], ids=lambda one: one.name
)
def test_what_should_touch_does_and_nothing_is_below_the_floor(exerciser: Body, one: Exercise) -> None:
    made = solve_keys(one, exerciser)
    for key in made.keys:
        for point, name in key.touches.items():
            plane, depth = made.planes[name], made.body.points[point].depth_m
            lowest = [(group @ plane.normal - plane.offset).min() for group in _skin(made, key, point)]
            assert np.array(lowest) == pytest.approx(-depth, abs=0.008), (point, name)
        rig = made.body.rig
        turns = rig.turns(key.variables[None, : len(DOFS)])
        joints = rig.joints(turns, key.variables[None, len(DOFS) :])
        assert rig.skin(turns, joints, made.body.samples)[0, :, 1].min() > -0.01


def test_what_two_poses_share_does_not_slide(exerciser: Body) -> None:
    first, cat, cow = solve_keys(CAT_COW, exerciser).keys
    for point in first.touches:
        for later in (cat, cow):
            assert np.linalg.norm(first.placed[point] - later.placed[point], axis=1).max() < 0.012


def test_free_angles_are_as_asked_and_all_are_within_their_limits(exerciser: Body) -> None:
    bent = solve_keys(HINGE, exerciser).keys[1]
    got = dict(zip(DOFS, bent.variables, strict=False))
    assert got["shoulder_flexion_left"] == pytest.approx(55.0, abs=0.5)
    assert got["hip_flexion_left"] == pytest.approx(70.0, abs=12.0)
    assert all(low - 1e-6 <= got[name] <= high + 1e-6 for name, (low, high) in LIMITS.items())


def test_an_angle_beyond_its_limit_comes_out_at_the_limit(exerciser: Body) -> None:
    made = solve_keys(case("far", Pose(name="a", seconds=1.0, angles={"elbow_flexion": 200.0})), exerciser)
    assert made.keys[0].variables[DOFS.index("elbow_flexion_left")] == pytest.approx(152.0, abs=0.01)


def test_who_stands_has_the_centre_of_mass_over_the_feet(exerciser: Body) -> None:
    made = solve_keys(HINGE, exerciser)
    rig = made.body.rig
    for key in made.keys:
        turns = rig.turns(key.variables[None, : len(DOFS)])
        joints = rig.joints(turns, key.variables[None, len(DOFS) :])
        middle = made.body.centre_of_mass(turns, joints)[0, [0, 2]]
        ankles = joints[0, [SEGMENTS.index("left_foot"), SEGMENTS.index("right_foot")]].mean(axis=0)
        assert middle[0] == pytest.approx(ankles[0], abs=0.01)
        assert -0.02 < middle[1] - ankles[2] < 0.12


def test_a_hand_goes_to_the_knee(exerciser: Body) -> None:
    pose = Pose(
        name="a",
        seconds=1.0,
        angles={"hip_flexion": 90.0, "knee_flexion": 90.0, "shoulder_flexion": 35.0, "elbow_flexion": 40.0},
        contact={"left_foot": "floor", "seat": "seat_of_chair", "left_hand": "left_knee"},
    )
    made = solve_keys(case("hand", pose), exerciser)
    rig, key = made.body.rig, made.keys[0]
    turns = rig.turns(key.variables[None, : len(DOFS)])
    joints = rig.joints(turns, key.variables[None, len(DOFS) :])
    rows = np.array([made.body.points[name].centre for name in ("left_hand", "left_knee")])
    palm, knee = rig.skin(turns, joints, rows)[0]
    assert np.linalg.norm(palm - knee) < 0.02


@pytest.mark.parametrize("contact", [{"left_foott": "floor"}, {"left_foot": "flor"}])
def test_what_does_not_exist_is_refused(exerciser: Body, contact: dict[str, str]) -> None:
    with pytest.raises(InputError):
        solve_keys(case("wrong", Pose(name="a", seconds=1.0, contact=contact)), exerciser)


def test_an_exercise_without_poses_is_refused(exerciser: Body) -> None:
    with pytest.raises(InputError, match="key pose"):
        solve_keys(case("none"), exerciser)


def test_every_contact_point_is_on_its_own_side(exerciser: Body) -> None:
    assert set(exerciser.points) == set(POINTS)
    skin = exerciser.rig.shape.vertices
    for name, point in exerciser.points.items():
        if name.startswith(("left_", "right_")):
            sign = 1.0 if name.startswith("left_") else -1.0
            assert all((sign * skin[group, 0] > 0).all() for group in point.groups), name
