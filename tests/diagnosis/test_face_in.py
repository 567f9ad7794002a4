"""One face on one photo: what is used, what is refused, and that pixels are pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.face_in import Seeing, face_in
from mitate.errors import InputError, RefusalError
from mitate.face.align import ARCFACE_TEMPLATE, arcface_crop, five_points
from mitate.face.embed import FaceEmbedder
from mitate.face.refusals import INSTRUCTIONS

Image = NDArray[np.uint8]
ORL = Path(__file__).parents[2] / "../shared/data/orl_faces/archive"


@pytest.fixture(scope="module")
def seeing(weights_ready: None) -> Seeing:
    return Seeing.load()


def test_a_portrait(portrait: Callable[[str], Image], seeing: Seeing) -> None:
    image = portrait("person_a_2")
    face = face_in(image, seeing)
    assert face.crop.shape == (112, 112, 3)
    assert face.mesh.shape == face.points.shape == (468, 2)
    assert face.background.shape == (64, 64, 3)
    assert face.thumbnail.shape == (16, 16, 3)
    assert face.notes == ()
    assert face.quality > 0.9
    assert np.abs(five_points(face.mesh) - ARCFACE_TEMPLATE).max() < 6
    again = arcface_crop(image, five_points(face.points))
    assert np.abs(again.astype(int) - face.crop).mean() < 0.5


def test_a_small_photo_is_enlarged_and_its_points_are_its_own(
    portrait: Callable[[str], Image], seeing: Seeing
) -> None:
    image = portrait("person_b_1")
    large = face_in(image, seeing)
    scale = 60 / image.shape[1]
    small = cv2.resize(image, (60, round(image.shape[0] * scale)), interpolation=cv2.INTER_AREA)
    face = face_in(np.asarray(small, np.uint8), seeing)
    off = np.linalg.norm((face.points + 0.5) / scale - 0.5 - large.points, axis=1)
    assert off.mean() < 0.06 * large.eye_distance
    assert face.eye_distance == pytest.approx(large.eye_distance * scale, rel=0.06)
    assert "too_small" in face.notes
    assert 0 < face.quality < large.quality


@pytest.mark.skipif(not ORL.is_dir(), reason="the ORL faces are not here")
def test_faces_24_pixels_wide_are_found_and_known(seeing: Seeing) -> None:
    embedder = FaceEmbedder()
    crops = []
    for person in range(1, 41, 4):
        for shot in (1, 5, 9):
            image = cv2.imread(str(ORL / f"s{person}" / f"{shot}.pgm"), cv2.IMREAD_COLOR)
            small = cv2.resize(image, (32, 39), interpolation=cv2.INTER_AREA)
            crops.append(face_in(np.asarray(small, np.uint8), seeing).crop)
    rows = embedder(np.stack(crops)).reshape(10, 3, -1)
    told = (rows[:, 1:].reshape(20, -1) @ rows[:, 0].T).argmax(axis=1)
    assert np.array_equal(told, np.repeat(np.arange(10), 2))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_on_its_side(portrait: Callable[[str], Image], seeing: Seeing, quarters: int) -> None:
    image = portrait("person_a_2")
    upright = face_in(image, seeing)
    lying = face_in(np.ascontiguousarray(np.rot90(image, quarters)), seeing)
    inner = slice(20, 92)
    a, b = upright.crop[inner, inner].ravel(), lying.crop[inner, inner].ravel()
    assert np.corrcoef(a, b)[0, 1] > 0.95


def refused(image: Image, seeing: Seeing) -> str:
    with pytest.raises(RefusalError) as raised:
        face_in(image, seeing)
    assert raised.value.todo
    assert raised.value.reason in INSTRUCTIONS
    return raised.value.reason


def test_no_face(seeing: Seeing) -> None:
    rng = np.random.default_rng(0)
    for shape in ((300, 400), (20, 30), (1, 1), (5, 900), (2000, 3)):
        assert refused(rng.integers(0, 255, (*shape, 3), dtype=np.uint8), seeing) == "no_face"


def test_two_faces_alike_in_size(portrait: Callable[[str], Image], seeing: Seeing) -> None:
    a, b = portrait("person_a_2")[:890, :700], portrait("person_b_1")[:890, :700]
    assert refused(np.ascontiguousarray(np.hstack([a, b])), seeing) == "several_faces"


def test_a_small_face_behind_is_no_matter(portrait: Callable[[str], Image], seeing: Seeing) -> None:
    a, b = portrait("person_a_2")[:890, :700], portrait("person_b_1")[:890, :700]
    both = np.zeros((890, 1000, 3), np.uint8)
    both[:, :700] = a
    both[:381, 700:] = cv2.resize(b, (300, 381), interpolation=cv2.INTER_AREA)
    face = face_in(both, seeing)
    assert face.points[:, 0].max() < 700


def test_half_a_face(portrait: Callable[[str], Image], seeing: Seeing) -> None:
    image = portrait("person_a_2")
    points = face_in(image, seeing).points
    middle = int(points[:, 0].mean() - 0.15 * np.ptp(points[:, 0]))
    assert refused(np.ascontiguousarray(image[:, middle:]), seeing) in ("cut_off", "no_face")


def test_what_a_film_would_not_give_is_used_with_a_note(
    portrait: Callable[[str], Image], seeing: Seeing
) -> None:
    image = portrait("person_a_2")
    assert "blurred" in face_in(np.asarray(cv2.GaussianBlur(image, (0, 0), 12), np.uint8), seeing).notes
    dark = face_in((image * 0.15).astype(np.uint8), seeing)
    assert "too_dark" in dark.notes
    assert dark.quality < face_in(image, seeing).quality


@pytest.mark.parametrize(
    "image", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32), np.zeros((0, 5, 3), np.uint8)]
)
def test_no_picture(image: Image, seeing: Seeing) -> None:
    with pytest.raises(InputError):
        face_in(image, seeing)
