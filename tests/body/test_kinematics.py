from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from mitate.body import kinematics as k
from mitate.body.frames import GROUND, OPENSIM_GROUND, heading, limb, mirrored

Array = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
around = st.floats(-175, 175)
aside = st.floats(-85, 85)
SIDES: tuple[k.Side, ...] = ("right", "left")


def rotation(seed: int) -> Array:
    return np.asarray(Rotation.random(rng=np.random.default_rng(seed)).as_matrix())


def values(angles: object) -> Array:
    return np.array([getattr(angles, field.name) for field in fields(angles)])  # type: ignore[arg-type]


@given(z=around, x=aside, y=around)
def test_known_rotations_come_back_and_agree_with_scipy(z: float, x: float, y: float) -> None:
    turned = k.rotation_zxy(z, x, y)
    np.testing.assert_allclose(
        turned, Rotation.from_euler("ZXY", [z, x, y], degrees=True).as_matrix(), atol=1e-12
    )
    np.testing.assert_allclose(k.angles_zxy(turned), [z, x, y], atol=1e-8)


@given(tilt=around, side=aside, left=around)
def test_the_pelvis_has_bakers_angles_wherever_it_faces(tilt: float, side: float, left: float) -> None:
    pelvis = GROUND @ Rotation.from_euler("YXZ", [left, side, -tilt], degrees=True).as_matrix()
    found = k.pelvis_angles(pelvis)
    np.testing.assert_allclose(values(found), [tilt, side, left], atol=1e-8)


def test_the_signs_by_hand() -> None:
    upright = OPENSIM_GROUND  # x forward, y up, z right
    thigh_forward = limb([0, 0, 0], [1, 0, 0], [0, 0, 1])
    for side in SIDES:
        assert k.hip_angles(upright, thigh_forward, side).flexion == pytest.approx(90)
        # The shank points back and the thigh down: the knee is bent by a right angle.
        bent = limb([0, 0, 0], [-1, 0, 0], [0, 0, 1])
        assert k.knee_angles(upright, bent, side).flexion == pytest.approx(90)
    to_the_left = limb([0, 0, 0], [0, -1, -0.2], [0, 0, 1])
    assert k.hip_angles(upright, to_the_left, "right").adduction == pytest.approx(11.3, abs=0.1)
    assert k.hip_angles(upright, to_the_left, "left").adduction == pytest.approx(-11.3, abs=0.1)
    toes_left = np.array([[1.0, 0, 1], [0, 2**0.5, 0], [-1, 0, 1]]) / 2**0.5  # knee faces forward and left
    assert k.hip_angles(upright, toes_left, "right").rotation == pytest.approx(45)
    assert k.hip_angles(upright, toes_left, "left").rotation == pytest.approx(-45)
    assert k.pelvis_angles(toes_left, OPENSIM_GROUND).rotation == pytest.approx(45)
    assert k.lumbar_angles(upright, toes_left).rotation == pytest.approx(45)
    forward = limb([1, 1, 0], [0, 0, 0], [0, 0, 1])  # the trunk leans forward
    assert k.lumbar_angles(upright, forward).flexion == pytest.approx(45)
    assert k.pelvis_angles(forward, OPENSIM_GROUND).tilt == pytest.approx(45)
    right_down = k.rotation_zxy(0, 20, 0)
    assert right_down[1, 2] < 0
    assert k.pelvis_angles(right_down, OPENSIM_GROUND).list == pytest.approx(20)
    assert k.lumbar_angles(upright, right_down).bending == pytest.approx(20)


@given(seed=seeds)
def test_moving_the_person_changes_no_joint(seed: int) -> None:
    proximal, distal, turn = rotation(seed), rotation(seed + 1), rotation(seed + 2)
    pairs: list[tuple[object, object]] = [
        (k.lumbar_angles(proximal, distal), k.lumbar_angles(turn @ proximal, turn @ distal))
    ]
    for side in SIDES:
        for joint in (k.hip_angles, k.knee_angles):
            pairs.append((joint(proximal, distal, side), joint(turn @ proximal, turn @ distal, side)))
    for before, after in pairs:
        difference = values(before) - values(after)
        np.testing.assert_allclose((difference + 180) % 360 - 180, 0, atol=1e-5)


@given(seed=seeds)
def test_left_is_the_mirror_of_right(seed: int) -> None:
    proximal, distal = rotation(seed), rotation(seed + 1)
    for joint in (k.hip_angles, k.knee_angles):
        right = joint(proximal, distal, "right")
        left = joint(mirrored(proximal), mirrored(distal), "left")
        np.testing.assert_allclose(values(left), values(right), atol=1e-8)
    trunk = k.lumbar_angles(proximal, distal)
    mirror = k.lumbar_angles(mirrored(proximal), mirrored(distal))
    np.testing.assert_allclose(values(mirror), values(trunk) * [1, -1, -1], atol=1e-8)


@given(pelvis=st.floats(-60, 100), lumbar=st.floats(-40, 80))
def test_in_the_sagittal_plane_angles_add_up(pelvis: float, lumbar: float) -> None:
    low = GROUND @ k.rotation_zxy(-pelvis, 0, 0)
    high = GROUND @ k.rotation_zxy(-pelvis - lumbar, 0, 0)
    tilt = k.pelvis_angles(low).tilt
    flexion = k.lumbar_angles(low, high).flexion
    whole = k.inclination([0, 0, 0], high[:, 1], heading(low))
    np.testing.assert_allclose([tilt, flexion], [pelvis, lumbar], atol=1e-8)
    np.testing.assert_allclose((tilt + flexion - whole + 180) % 360 - 180, 0, atol=1e-8)


def test_a_knee_of_three_points() -> None:
    hip, knee = np.array([0.0, 1, 0]), np.zeros(3)
    angle = np.radians([0, 30, 90, 150, 180])
    ankle = np.stack([-np.sin(angle), -np.cos(angle), np.zeros(5)], axis=-1)
    np.testing.assert_allclose(k.knee_flexion(hip, knee, ankle), [0, 30, 90, 150, 180], atol=1e-12)
    assert np.isnan(k.knee_flexion(hip, knee, knee))


def test_what_is_not_known_is_nan_without_a_warning() -> None:
    film = np.stack([OPENSIM_GROUND, np.full((3, 3), np.nan), OPENSIM_GROUND])
    for found in (
        k.pelvis_angles(film),
        k.lumbar_angles(film, film),
        k.hip_angles(film, film, "left"),
        k.knee_angles(film, film, "right"),
    ):
        assert values(found).shape == (3, 3)
        assert np.isnan(values(found)[:, 1]).all()
        np.testing.assert_allclose(values(found)[:, [0, 2]] % 90, 0, atol=1e-12)
    line = np.array([[0.0, 1, 0], [np.nan, 1, 0], [np.inf, -np.inf, 0]])
    lean = k.inclination(np.zeros((3, 3)), line, [0, 0, 1])
    np.testing.assert_array_equal(np.isnan(lean), [False, True, True])
    assert np.isnan(k.inclination([1, 1, 1], [1, 1, 1], [0, 0, 1]))
    np.testing.assert_array_equal(
        np.isnan(k.knee_flexion(line, np.zeros(3), [0, -1, 0])), [False, True, True]
    )


def test_inclination_goes_beyond_the_horizontal() -> None:
    angle = np.radians([-30, 0, 60, 111, 150])
    high = np.stack([np.zeros(5), np.cos(angle), np.sin(angle)], axis=-1)
    np.testing.assert_allclose(k.inclination(np.zeros(3), high, [0, 0, 1]), np.degrees(angle), atol=1e-12)
    assert k.inclination([0, 0, 0], [0, -1, 0], [0, 0, 1]) == 180
