from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.face.landmarks import roi_of_detection, roi_of_mesh
from mitate.face.pose_of_head import _INDICES, _TEMPLATE, HeadAngles, head_angles
from mitate.face.select import Networks

Image = NDArray[np.uint8]


def posed(yaw: float, pitch: float, roll: float, scale: float = 80.0) -> NDArray[np.float64]:
    """The template as a mesh, turned by hand: an independent statement of the signs.

    Picture axes: x right, y down, z away from the camera; a person facing the camera has their left at +x.
    """
    a, b, c = np.radians([yaw, pitch, roll])
    look_up = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    turn_left = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    tilt_right = np.array([[np.cos(c), np.sin(c), 0], [-np.sin(c), np.cos(c), 0], [0, 0, 1]])
    mesh = np.zeros((468, 3))
    mesh[_INDICES] = _TEMPLATE @ (tilt_right @ turn_left @ look_up).T * scale + (300, 200, 7)
    return mesh


def test_signs_in_words() -> None:
    nose, brow, right_eye = (_INDICES.index(i) for i in (1, 9, 33))
    straight = posed(0, 0, 0)[_INDICES]
    to_own_left = posed(20, 0, 0)[_INDICES] - straight
    assert to_own_left[nose, 0] > to_own_left[brow, 0]  # the nose goes to the image's right
    looking_up = posed(0, 20, 0)[_INDICES] - straight
    assert looking_up[nose, 1] < 0  # the nose goes up
    to_right_shoulder = posed(0, 0, 20)[_INDICES] - straight
    assert to_right_shoulder[right_eye, 1] > 0  # the right eye goes down


@given(st.floats(-80, 80), st.floats(-80, 80), st.floats(-179, 179), st.floats(1, 1000))
def test_a_turned_template_gives_its_angles_back(yaw: float, pitch: float, roll: float, scale: float) -> None:
    angles = head_angles(posed(yaw, pitch, roll, scale))
    assert (angles.yaw, angles.pitch, angles.roll) == pytest.approx((yaw, pitch, roll), abs=1e-6)


@given(st.integers(0, 1000))
def test_noise_on_the_points_hardly_matters(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 80 * 0.03, (468, 3))
    angles = head_angles(posed(10, -5, 3) + noise)
    assert abs(angles.yaw - 10) < 3
    assert abs(angles.pitch + 5) < 3
    assert abs(angles.roll - 3) < 3


@pytest.mark.parametrize("stem", ["person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1"])
def test_portraits_are_frontal_and_mirror(
    stem: str, networks: Networks, portrait: Callable[[str], Image]
) -> None:
    def angles_of(picture: Image) -> HeadAngles:
        mesh = networks.mesh(picture, roi_of_detection(networks.detector(picture)[0]))
        return head_angles(networks.mesh(picture, roi_of_mesh(mesh)).points)

    picture = portrait(stem)
    own, mirrored = angles_of(picture), angles_of(np.ascontiguousarray(picture[:, ::-1]))
    assert own.off_frontal < 15
    assert own.yaw == pytest.approx(-mirrored.yaw, abs=4)
    assert own.pitch == pytest.approx(mirrored.pitch, abs=5)
    assert own.roll == pytest.approx(-mirrored.roll, abs=3)


def test_the_one_who_turns_to_his_right(networks: Networks, portrait: Callable[[str], Image]) -> None:
    """In person_a_2 the left ear shows and the right one hardly does: he is turned to his own right."""
    picture = portrait("person_a_2")
    mesh = networks.mesh(picture, roi_of_detection(networks.detector(picture)[0]))
    assert -20 < head_angles(mesh.points).yaw < -6


def test_off_frontal() -> None:
    assert HeadAngles(0, 0, 170).off_frontal == pytest.approx(0, abs=1e-5)
    assert HeadAngles(-30, 0, 5).off_frontal == pytest.approx(30)


@pytest.mark.parametrize("points", [np.zeros((468, 3)), np.full((468, 3), np.nan), np.zeros((10, 3))])
def test_what_is_no_mesh(points: NDArray[np.float64]) -> None:
    with pytest.raises(InputError, match="face mesh"):
        head_angles(points)
