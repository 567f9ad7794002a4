from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.face.align import five_points
from mitate.face.detect import Detection
from mitate.face.landmarks import Mesh, Roi, roi_of_detection, roi_of_mesh
from mitate.face.select import Networks

Image = NDArray[np.uint8]


def test_region_of_a_detection_follows_mediapipes_rule() -> None:
    points = np.array([[40, 60], [80, 60], [60, 80], [45, 100], [75, 100]], np.float32)
    roi = roi_of_detection(Detection((20, 30, 80, 100), points, 0.9))
    assert roi == Roi((60.0, 80.0), 150.0, 0.0)


@given(st.floats(-170, 170), st.floats(0.2, 5))
def test_region_of_a_mesh_turns_and_grows_with_it(angle: float, scale: float) -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(0, 50, (468, 3)).astype(np.float32)
    points[33, :2], points[263, :2] = (-30, 0), (30, 0)
    turn = scale * np.exp(1j * np.radians(angle))
    moved = points.copy()
    placed = (points[:, 0] + 1j * points[:, 1]) * turn
    moved[:, 0], moved[:, 1] = placed.real, placed.imag
    roi = roi_of_mesh(Mesh(moved, 1.0))
    assert roi.rotation == pytest.approx(angle, abs=0.01)
    assert roi.size == pytest.approx(1.5 * np.ptp(moved[:, :2], axis=0).max(), rel=1e-4)


@pytest.mark.parametrize("stem", ["person_a_1", "person_b_2", "impostor_1"])
def test_mesh_agrees_with_the_detectors_five_points(
    stem: str, networks: Networks, portrait: Callable[[str], Image]
) -> None:
    """Two networks that know nothing of each other place eyes, nose and mouth within 6 % of the height."""
    picture = portrait(stem)
    (face,) = networks.detector(picture)
    mesh = networks.mesh(picture, roi_of_detection(face))
    assert mesh.points.shape == (468, 3)
    assert mesh.points.dtype == np.float32
    assert mesh.score > 0.99
    assert np.abs(five_points(mesh.points) - face.points).max() < 0.06 * face.box[3]


def test_mesh_turns_with_the_picture(networks: Networks, portrait: Callable[[str], Image]) -> None:
    picture = portrait("person_b_1")
    roi = roi_of_detection(networks.detector(picture)[0])
    straight = networks.mesh(picture, roi).points
    matrix = cv2.getRotationMatrix2D((300.0, 400.0), -40.0, 0.7)
    turned = np.asarray(cv2.warpAffine(picture, matrix, picture.shape[1::-1]), np.uint8)
    centre = matrix @ np.array([*roi.centre, 1.0])
    mesh = networks.mesh(turned, Roi((centre[0], centre[1]), 0.7 * roi.size, roi.rotation + 40.0))
    expected = straight[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(mesh.points[:, :2] - expected).mean() < 0.01 * roi.size


def test_no_face_has_a_low_score(networks: Networks, portrait: Callable[[str], Image]) -> None:
    picture = portrait("impostor_2")
    assert networks.mesh(picture, Roi((100, 100), 200, 0)).score < 0.1
    assert networks.mesh(picture, Roi((-5000, -5000), 100, 0)).score < 0.1
