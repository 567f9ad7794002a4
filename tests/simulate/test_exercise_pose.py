"""Angles are what they say: against geometry that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.errors import InputError
from mitate.simulate.body_model import SEGMENTS
from mitate.simulate.exercise_limits import LIMITS
from mitate.simulate.exercise_pose import DOFS, Array, Rig, dof_vector, mirrored_vector, pose_of
from mitate.simulate.exercise_solve import Body

ROOT = np.array([0.0, 1.0, 0.0])


def _joints(rig: Rig, **angles: float) -> dict[str, Array]:
    vector, _ = dof_vector(angles)
    places = rig.joints(rig.turns(vector[None]), ROOT[None])[0]
    return dict(zip(SEGMENTS, places, strict=True))


def _way(joints: dict[str, Array], start: str, end: str) -> Array:
    way = joints[end] - joints[start]
    return np.asarray(way / np.linalg.norm(way))


def test_nothing_is_upright_with_straight_limbs(exerciser: Body) -> None:
    joints = _joints(exerciser.rig)
    down = np.array([0.0, -1.0, 0.0])
    for side in ("left", "right"):
        assert _way(joints, f"{side}_thigh", f"{side}_shank") @ down == pytest.approx(1.0, abs=1e-6)
        assert _way(joints, f"{side}_shank", f"{side}_foot") @ down == pytest.approx(1.0, abs=1e-6)
        arm = _way(joints, f"{side}_upper_arm", f"{side}_forearm")
        assert arm @ down > np.cos(np.deg2rad(9.0))
        assert _way(joints, f"{side}_forearm", f"{side}_hand") @ arm == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("angles", "part", "way"),
    [
        ({"hip_flexion": 90}, ("thigh", "shank"), (0, 0, 1)),
        ({"hip_flexion": 90, "knee_flexion": 90}, ("shank", "foot"), (0, -1, 0)),
        ({"hip_abduction": 90}, ("thigh", "shank"), (1, 0, 0)),
        ({"hip_flexion": 90, "knee_flexion": 90, "hip_rotation": 90}, ("shank", "foot"), (1, 0, 0)),
        ({"shoulder_flexion": 90}, ("upper_arm", "forearm"), (0, 0, 1)),
        ({"shoulder_flexion": 180}, ("upper_arm", "forearm"), (0, 1, 0)),
        ({"shoulder_abduction": 90}, ("upper_arm", "forearm"), (1, 0, 0)),
        ({"shoulder_abduction": 90, "elbow_flexion": 90}, ("forearm", "hand"), (0, 0, 1)),
        (
            {"shoulder_abduction": 90, "elbow_flexion": 90, "shoulder_rotation": -90},
            ("forearm", "hand"),
            (0, 1, 0),
        ),
    ],
)
def test_a_limb_points_where_its_angles_say(
    exerciser: Body, angles: dict[str, float], part: tuple[str, str], way: tuple[int, int, int]
) -> None:
    joints = _joints(exerciser.rig, **angles)
    for side, sign in (("left", 1), ("right", -1)):
        got = _way(joints, *(f"{side}_{name}" for name in part))
        assert got == pytest.approx(np.array(way) * [sign, 1, 1], abs=0.03)


def test_the_pelvis_turns_in_the_world(exerciser: Body) -> None:
    prone = _joints(exerciser.rig, pelvis_tilt=90)
    assert _way(prone, "pelvis", "chest")[2] > 0.95
    supine = _joints(exerciser.rig, pelvis_tilt=-90)
    assert _way(supine, "pelvis", "chest")[2] < -0.95
    on_the_right = _joints(exerciser.rig, pelvis_list=90)
    assert _way(on_the_right, "pelvis", "chest")[0] < -0.95
    assert on_the_right["left_thigh"][1] > on_the_right["right_thigh"][1]


def test_palms_look_at_the_thighs_and_turn_down(exerciser: Body) -> None:
    hand = SEGMENTS.index("left_hand")
    palm = exerciser.points["left_hand"].outward

    def looks(**angles: float) -> Array:
        vector, _ = dof_vector(angles)
        return np.asarray(exerciser.rig.turns(vector[None])[0, hand] @ palm)

    assert looks()[0] < -0.95
    assert looks(shoulder_flexion=90, forearm_rotation=90)[1] < -0.95
    assert looks(shoulder_flexion=90, forearm_rotation=90, wrist_extension=80)[2] > 0.9


def test_a_bone_keeps_its_length_and_the_skin_follows_the_solver(exerciser: Body) -> None:
    vector, _ = dof_vector({"hip_flexion": 70, "knee_flexion": 50, "lumbar_rotation": 10})
    posed = pose_of(exerciser.rig, vector, ROOT)
    turns = exerciser.rig.turns(vector[None])
    joints = exerciser.rig.joints(turns, ROOT[None])
    assert np.abs(posed.joints - joints[0]).max() < 1e-5
    skin = exerciser.rig.skin(turns, joints, exerciser.samples)[0]
    assert np.abs(posed.vertices[exerciser.samples] - skin).max() < 1e-5
    rest = exerciser.rig.rest
    for child, parent in enumerate(exerciser.rig.parent[1:], start=1):
        length = np.linalg.norm(rest[child] - rest[parent])
        assert np.linalg.norm(joints[0, child] - joints[0, parent]) == pytest.approx(length)


@given(st.lists(st.floats(-60, 60), min_size=len(DOFS), max_size=len(DOFS)))
def test_mirrored_twice_is_the_same(values: list[float]) -> None:
    vector = np.array(values)
    assert np.array_equal(mirrored_vector(mirrored_vector(vector)), vector)


def test_a_mirrored_pose_is_the_mirror_image(exerciser: Body) -> None:
    vector, _ = dof_vector(
        {
            "pelvis_list": 20,
            "pelvis_turn": 30,
            "lumbar_bending": 15,
            "thoracic_rotation": 20,
            "hip_flexion_left": 60,
            "hip_rotation_left": 20,
            "shoulder_abduction_right": 70,
            "forearm_rotation_right": 40,
            "wrist_extension_right": 30,
            "scapula_retraction_left": 10,
        }
    )
    one = exerciser.rig.joints(exerciser.rig.turns(vector[None]), np.zeros((1, 3)))[0]
    other = exerciser.rig.joints(exerciser.rig.turns(mirrored_vector(vector)[None]), np.zeros((1, 3)))[0]
    swapped = [
        SEGMENTS.index(n.replace("left", "?").replace("right", "left").replace("?", "right"))
        for n in SEGMENTS
    ]
    assert other == pytest.approx(one[swapped] * [-1, 1, 1], abs=1e-4)


def test_names_stand_for_both_sides_and_a_side_goes_before() -> None:
    vector, named = dof_vector({"hip_flexion_left": 10.0, "hip_flexion": 40.0, "neck_protraction": 5.0})
    angles = dict(zip(DOFS, vector, strict=True))
    assert (angles["hip_flexion_left"], angles["hip_flexion_right"], angles["chin_tuck"]) == (
        10.0,
        40.0,
        -5.0,
    )
    assert named.sum() == 3


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="hip_flexion"):
        dof_vector({"hip_flexon": 3.0})


def test_every_degree_of_freedom_has_limits_around_zero() -> None:
    assert tuple(LIMITS) == DOFS
    assert all(low < 0.0 < high for low, high in LIMITS.values())
