"""The body bends at its joints and nowhere else; its points and its back lie where a person's do."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from mitate.body.points import INDEX
from mitate.body.recording import CURVE_POINTS
from mitate.simulate.body_model import _TREE, SEGMENTS, BodyModel, BodyShape, load_body
from mitate.simulate.mover import sample_mover


@pytest.fixture(scope="module")
def model() -> BodyModel:
    lacking = [name for name in ("anny", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return load_body()


@pytest.fixture(scope="module")
def shape(model: BodyModel) -> BodyShape:
    return sample_mover(np.random.default_rng(21), model).shape


def joints_of(shape: BodyShape) -> np.ndarray:
    return np.stack([shape.joints[name] for name in SEGMENTS])


def volume(model: BodyModel, vertices: np.ndarray) -> float:
    a, b, c = (vertices[model.faces[:, i]].astype(np.float64) for i in range(3))
    return float(np.einsum("fk,fk->", a, np.cross(b, c)) / 6)


def test_no_turns_are_the_body_at_rest(shape: BodyShape) -> None:
    for turns in ({name: np.eye(3) for name in SEGMENTS}, {"pelvis": np.eye(3)}, {}):
        vertices, joints, tips = shape.posed(turns)
        assert np.abs(vertices - shape.vertices).max() < 1e-5
        assert np.abs(joints - joints_of(shape)).max() < 1e-5
        assert np.abs(tips - shape.tips).max() < 1e-5


@pytest.mark.parametrize("turn", [(90, 0, 0), (0, -130, 0), (25, 40, -170)])
def test_one_turn_of_everything_is_rigid(
    model: BodyModel, shape: BodyShape, turn: tuple[float, float, float]
) -> None:
    matrix = Rotation.from_euler("xyz", turn, degrees=True).as_matrix()
    middle = shape.joints["pelvis"]

    def turned(points: np.ndarray) -> np.ndarray:
        return np.asarray((points - middle) @ matrix.T + middle)

    vertices, joints, tips = shape.posed(dict.fromkeys(SEGMENTS, matrix))
    assert np.abs(vertices - turned(shape.vertices)).max() < 1e-5
    assert np.abs(joints - turned(joints_of(shape))).max() < 1e-5
    assert np.abs(tips - turned(shape.tips)).max() < 1e-5
    points, rest = model.points(vertices, joints), model.points(shape.vertices, joints_of(shape))
    assert np.abs(points - turned(rest)).max() < 1e-5
    assert np.abs(model.curve(vertices) - turned(model.curve(shape.vertices))).max() < 1e-5


def test_what_is_left_out_turns_with_its_parent(shape: BodyShape) -> None:
    turn = Rotation.from_euler("x", 50, degrees=True).as_matrix()
    arm = ("left_upper_arm", "left_forearm", "left_hand")
    vertices, _, _ = shape.posed({"pelvis": np.eye(3), "left_upper_arm": turn})
    named, _, _ = shape.posed({"pelvis": np.eye(3), **dict.fromkeys(arm, turn)})
    assert np.array_equal(vertices, named)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_bones_keep_their_lengths_in_any_pose(shape: BodyShape, seed: int) -> None:
    matrices = Rotation.random(len(SEGMENTS), random_state=seed).as_matrix()
    _, joints, tips = shape.posed(dict(zip(SEGMENTS, matrices, strict=True)))
    rest = joints_of(shape)
    for name, (parent, _) in _TREE.items():
        if parent:
            ends = SEGMENTS.index(name), SEGMENTS.index(parent)
            found, true = (float(np.linalg.norm(j[ends[0]] - j[ends[1]])) for j in (joints, rest))
            assert found == pytest.approx(true, abs=1e-5), name
    for side, tip, at_rest in zip(("left", "right"), tips, shape.tips, strict=True):
        hand = SEGMENTS.index(f"{side}_hand")
        hands = np.linalg.norm(tip - joints[hand]), np.linalg.norm(at_rest - rest[hand])
        assert hands[0] == pytest.approx(hands[1], abs=1e-5)


def test_points_lie_where_a_persons_do(model: BodyModel, shape: BodyShape) -> None:
    points = model.points(shape.vertices, joints_of(shape))
    at = {name: points[place] for name, place in INDEX.items()}
    for name, place in at.items():
        if "left" in name:
            twin = at[name.replace("left", "right")]
            assert place[0] > 0.005, name  # their left is +x
            assert np.allclose(place * [-1, 1, 1], twin, atol=0.01), name
    assert at["nose"][2] > max(at["left_ear"][2], at["right_ear"][2]) + 0.08
    assert abs(at["nose"][0]) < 0.005
    assert at["left_eye_inner"][0] < at["left_eye"][0] < at["left_eye_outer"][0] < at["left_ear"][0]
    down = ["left_eye", "nose", "mouth_left", "left_shoulder", "left_elbow", "left_hip", "left_knee"]
    heights = [at[name][1] for name in [*down, "left_ankle", "left_heel"]]
    assert heights == sorted(heights, reverse=True)
    assert at["left_heel"][2] < at["left_ankle"][2] < at["left_foot_index"][2]
    assert max(at["left_heel"][1], at["left_foot_index"][1]) < 0.04


def test_the_back_is_17_equal_steps_from_c7_down_to_s1(model: BodyModel, shape: BodyShape) -> None:
    template, person = model.curve(model.template), model.curve(shape.vertices)
    for curve in (template, person):
        assert curve.shape == (CURVE_POINTS, 3)
        assert CURVE_POINTS == 17
        assert (np.diff(curve[:, 1]) < 0).all()
        assert np.abs(curve[:, 0]).max() < 0.005
    steps = np.linalg.norm(np.diff(template, axis=0), axis=1)
    assert steps.std() < 0.01 * steps.mean()
    line = np.linalg.norm(np.diff(model.template[model.spine], axis=0), axis=1).sum()
    assert steps.sum() == pytest.approx(line, rel=0.01)
    joints = shape.joints
    assert person[0, 1] == pytest.approx(joints["neck"][1], abs=0.04)
    assert -0.06 < person[-1, 1] - joints["sacral"][1] < 0.01  # S1 can be felt below the disc of L5/S1
    assert person[-1, 2] < joints["sacral"][2]  # the skin is behind the spine
    assert 0.25 < np.ptp(person[:, 1]) / shape.stature_m < 0.36


def test_normals_point_outwards_of_a_closed_skin(model: BodyModel, shape: BodyShape) -> None:
    edges = np.sort(np.concatenate([model.faces[:, [i, (i + 1) % 3]] for i in range(3)]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    inside = volume(model, shape.vertices)
    assert 0.03 < inside < 0.16  # m³; a litre weighs about a kilogram
    normals = model.normals(shape.vertices)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-4)
    a, b, c = (shape.vertices[model.faces[:, i]] for i in range(3))
    area = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
    thicker = volume(model, shape.vertices + 1e-3 * normals) - inside
    assert thicker == pytest.approx(1e-3 * area, rel=0.1)


def test_taller_and_heavier_are_traits(model: BodyModel) -> None:
    plain = dict.fromkeys(("gender", "age", "muscle", "weight", "height", "proportions"), 0.5)
    middle = model.shape(plain)
    tall, heavy = (model.shape({**plain, trait: 0.9}) for trait in ("height", "weight"))
    assert tall.stature_m > middle.stature_m + 0.1
    assert volume(model, heavy.vertices) > 1.05 * volume(model, middle.vertices)
    for one in (middle, tall, heavy):
        assert float(one.vertices[:, 1].min()) == pytest.approx(0.0, abs=1e-6)
        assert one.stature_m == pytest.approx(float(one.vertices[:, 1].max()))


def test_every_vertex_moves_with_its_segments(model: BodyModel) -> None:
    assert model.weights.shape == (len(model.template), len(SEGMENTS))
    assert np.allclose(model.weights.sum(axis=1), 1.0, atol=1e-5)
    assert set(model.owner) == set(range(len(SEGMENTS)))
