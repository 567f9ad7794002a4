from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.body.frames import GROUND, OPENSIM_GROUND
from mitate.body.gait_model import (
    body_coordinates,
    hip_rotation_of,
    lumbar_rotation_of,
    pelvis_coordinates,
)
from mitate.body.kinematics import Side, hip_angles, lumbar_angles, pelvis_angles, rotation_zxy

Array = NDArray[np.float64]
angle = st.floats(-80, 80)
triple = st.tuples(angle, angle, angle)


def person(pelvis: Array, thorax: Array, hips: dict[Side, Array], knee: float) -> dict[str, Array]:
    thighs = {side: pelvis @ hip for side, hip in hips.items()}
    shanks = {side: thigh @ rotation_zxy(-knee, 0, 0) for side, thigh in thighs.items()}
    return body_coordinates(pelvis, thorax=pelvis @ thorax, thighs=thighs, shanks=shanks)


@given(pelvis=triple, lumbar=triple, right=triple, left=triple, knee=st.floats(0, 150))
def test_coordinates_come_back(
    pelvis: tuple[float, float, float],
    lumbar: tuple[float, float, float],
    right: tuple[float, float, float],
    left: tuple[float, float, float],
    knee: float,
) -> None:
    hips: dict[Side, Array] = {
        "right": hip_rotation_of(*right, "right"),
        "left": hip_rotation_of(*left, "left"),
    }
    found = person(rotation_zxy(*pelvis), lumbar_rotation_of(*lumbar), hips, knee)
    expected = {
        **dict(zip(("pelvis_tilt", "pelvis_list", "pelvis_rotation"), pelvis, strict=True)),
        **dict(zip(("lumbar_extension", "lumbar_bending", "lumbar_rotation"), lumbar, strict=True)),
        **dict(zip(("hip_flexion_r", "hip_adduction_r", "hip_rotation_r"), right, strict=True)),
        **dict(zip(("hip_flexion_l", "hip_adduction_l", "hip_rotation_l"), left, strict=True)),
        "knee_angle_r": knee,
        "knee_angle_l": knee,
    }
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-7, err_msg=name)


def test_signs_against_the_house() -> None:
    pelvis = rotation_zxy(-30, 0, 0)  # x sinks: the pelvis tilts forward
    assert pelvis_coordinates(pelvis)["pelvis_tilt"] == pytest.approx(-30)
    assert pelvis_angles(pelvis, OPENSIM_GROUND).tilt == pytest.approx(30)
    bent = rotation_zxy(-80, 0, 0)
    found = body_coordinates(pelvis, thorax=bent)
    assert found["lumbar_extension"] == pytest.approx(-50)
    assert lumbar_angles(pelvis, bent).flexion == pytest.approx(50)
    older = body_coordinates(
        pelvis, thighs={"left": pelvis}, shanks={"left": bent, "right": bent}, knee="flexion negative"
    )
    assert older["knee_angle_l"] == pytest.approx(-50)
    assert "knee_angle_r" not in older
    assert hip_angles(pelvis, pelvis, "left").flexion == pytest.approx(0)


def test_a_turned_pelvis_has_another_list_in_opensims_order() -> None:
    pelvis = OPENSIM_GROUND @ rotation_zxy(-40, 0, 30)
    found = pelvis_coordinates(pelvis)
    assert [float(found[f"pelvis_{name}"]) for name in ("tilt", "list", "rotation")] == pytest.approx(
        [-40, 0, 30]
    )
    house = pelvis_angles(pelvis, OPENSIM_GROUND)
    assert float(house.list) != pytest.approx(0, abs=5)


def test_other_worlds_by_their_ground() -> None:
    pelvis = rotation_zxy(-20, 5, 10)
    here, there = pelvis_coordinates(pelvis), pelvis_coordinates(GROUND @ pelvis, GROUND)
    for name in here:
        np.testing.assert_allclose(there[name], here[name], atol=1e-12)
