"""What is put in is what is true, in the body that is posed; and feet stay on the floor."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from mitate.body.recording import CURVE_POINTS, JOINTS
from mitate.simulate.body_model import SEGMENTS, BodyShape, load_body
from mitate.simulate.mover import sample_mover
from mitate.simulate.posing import about_y, pose_body, truth_of


@pytest.fixture(scope="module")
def shape() -> BodyShape:
    lacking = [name for name in ("anny", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return sample_mover(np.random.default_rng(5), load_body()).shape


BENT = {
    "pelvis_tilt": 40.0,
    "lumbar_flexion": 35.0,
    "thoracic_flexion": 10.0,
    "thigh_inclination_right": 20.0,
    "thigh_inclination_left": 12.0,
    "knee_flexion_right": 30.0,
    "knee_flexion_left": 18.0,
}


def test_no_turns_give_the_body_at_rest(shape: BodyShape) -> None:
    vertices, joints, _ = shape.posed({name: np.eye(3) for name in SEGMENTS})
    assert np.abs(vertices - shape.vertices).max() < 1e-5
    assert np.abs(joints[0] - shape.joints["pelvis"]).max() < 1e-6


def test_one_turn_of_all_segments_turns_the_whole_body(shape: BodyShape) -> None:
    turn = about_y(70.0)
    middle = shape.joints["pelvis"]
    vertices, _, _ = shape.posed(dict.fromkeys(SEGMENTS, turn))
    assert np.abs(vertices - ((shape.vertices - middle) @ turn.T + middle)).max() < 1e-5


def test_a_part_that_moves_as_one_keeps_its_lengths(shape: BodyShape) -> None:
    posed = pose_body(shape, BENT)
    foot = np.flatnonzero(shape.model.weights[:, SEGMENTS.index("left_foot")] > 0.999)
    assert foot.size > 50

    def lengths(vertices: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.norm(np.diff(vertices[foot], axis=0), axis=1))

    assert np.allclose(lengths(posed.vertices), lengths(shape.vertices), atol=2e-5)


def test_sagittal_angles_are_those_put_in(shape: BodyShape) -> None:
    found = truth_of(pose_body(shape, BENT)).angles
    assert found["pelvis_tilt"] == pytest.approx(40.0, abs=1e-4)
    assert found["lumbar_flexion"] == pytest.approx(35.0, abs=1e-4)
    assert found["trunk_inclination"] == pytest.approx(75.0, abs=1e-4)
    assert found["thoracic_flexion"] == pytest.approx(10.0, abs=1e-4)
    rest = truth_of(pose_body(shape, {})).angles  # the model's own knees are a little bent at rest
    legs = {"hip_flexion_right": 60.0, "hip_flexion_left": 52.0, "knee_flexion_right": 30.0,
            "knee_flexion_left": 18.0}  # fmt: skip
    for name, put_in in legs.items():
        assert found[name] - rest[name] == pytest.approx(put_in, abs=0.5), name


def test_the_other_side_is_the_mirror_of_this_one(shape: BodyShape) -> None:
    one = {
        "lumbar_bending": 20.0,
        "pelvis_rotation": 15.0,
        "thoracic_rotation": 10.0,
        "knee_flexion_right": 25.0,
    }
    other = {
        "lumbar_bending": -20.0,
        "pelvis_rotation": -15.0,
        "thoracic_rotation": -10.0,
        "knee_flexion_left": 25.0,
    }
    first, second = (truth_of(pose_body(shape, dof)).angles for dof in (one, other))
    for name, value in first.items():
        twin = name.replace("right", "*").replace("left", "right").replace("*", "left")
        sign = -1.0 if name.endswith(("_list", "_rotation")) else 1.0
        assert second[twin] == pytest.approx(sign * value, abs=0.2), name


@pytest.mark.parametrize("dof", [{}, BENT, {"pelvis_tilt": 60.0, "lumbar_flexion": 50.0}])
def test_the_body_stands_on_the_floor_and_its_back_begins_at_s1(
    shape: BodyShape, dof: dict[str, float]
) -> None:
    posed = pose_body(shape, dof)
    assert float(posed.vertices[:, 1].min()) == pytest.approx(0.0, abs=1e-5)
    truth = truth_of(posed)
    assert truth.curve.shape == (CURVE_POINTS, 2)
    assert np.all(truth.curve[-1] == 0.0)
    hips = truth.joints[[JOINTS.index("left_hip"), JOINTS.index("right_hip")]].mean(axis=0)
    assert np.allclose(hips[[0, 2]], 0.0, atol=1e-6)


def test_c7_is_over_s1_and_the_back_grows_little_in_a_bend(shape: BodyShape) -> None:
    curves = [truth_of(pose_body(shape, dof)).curve for dof in ({}, BENT)]
    assert curves[0][0, 1] > 30.0
    lengths = [float(np.linalg.norm(np.diff(curve, axis=0), axis=1).sum()) for curve in curves]
    assert 1.0 < lengths[1] / lengths[0] < 1.25  # skin over a bent back is longer
