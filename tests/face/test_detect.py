from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.face.detect import FaceDetector
from mitate.face.select import Networks

Image = NDArray[np.uint8]
STEMS = ("person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2")


@pytest.mark.parametrize("stem", STEMS)
def test_one_face_with_its_points_in_order(
    stem: str, networks: Networks, portrait: Callable[[str], Image]
) -> None:
    (face,) = networks.detector(portrait(stem))
    right_eye, left_eye, nose, right_mouth, left_mouth = face.points
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    left, top, width, height = face.box
    assert (face.points >= (left, top)).all()
    assert (face.points <= (left + width, top + height)).all()
    assert face.score > 0.9


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.03])
def test_any_size_in_a_large_picture(
    share: float, networks: Networks, portrait: Callable[[str], Image]
) -> None:
    """A face over the whole height of a film is found, and so is one that only the finest pass can see."""
    picture = portrait("person_b_1")
    (whole,) = networks.detector(picture)
    scale = share * 1080 / whole.box[3]
    x, y = whole.centre
    matrix = np.array([[scale, 0, 960 - scale * x], [0, scale, 540 - scale * y]])
    large = cv2.warpAffine(
        picture, matrix, (1920, 1080), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    (face,) = networks.detector(np.asarray(large, np.uint8))
    assert face.box[3] == pytest.approx(share * 1080, rel=0.15)
    assert np.hypot(face.centre[0] - 960, face.centre[1] - 540) < 0.1 * share * 1080


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_faces_come_back_in_the_pictures_own_pixels(
    quarters: int, networks: Networks, portrait: Callable[[str], Image]
) -> None:
    picture = portrait("person_a_2")
    (upright,) = networks.detector(picture)
    turned = np.ascontiguousarray(np.rot90(picture, quarters))
    face = networks.detector.turned(turned)[0]
    height, width = picture.shape[:2]
    x, y = upright.points.T
    expected = {1: (y, width - 1 - x), 2: (width - 1 - x, height - 1 - y), 3: (height - 1 - y, x)}
    assert np.abs(face.points - np.stack(expected[quarters], axis=1)).max() < 0.05 * upright.box[2]


def test_nothing_in_noise_or_black_or_specks(networks: Networks) -> None:
    rng = np.random.default_rng(0)
    assert networks.detector(rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)) == []
    assert networks.detector(np.zeros((480, 640, 3), np.uint8)) == []
    assert networks.detector(np.zeros((3, 2, 3), np.uint8)) == []
    assert networks.detector(np.zeros((1, 5000, 3), np.uint8)) == []
    assert networks.detector.turned(np.zeros((1, 5000, 3), np.uint8)) == []


def test_an_array_that_is_no_picture(weights_ready: None) -> None:
    with pytest.raises(InputError, match=r"uint8 \(H, W, 3\)"):
        FaceDetector()(np.zeros((8, 8), np.uint8))
