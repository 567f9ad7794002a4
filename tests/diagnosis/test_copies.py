"""The same photo twice, however it was changed, and different photos of one face."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.copies import near_copies
from mitate.diagnosis.face_in import Seeing, face_in

Image = NDArray[np.uint8]


def jpeg(image: Image, quality: int) -> Image:
    content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def resized(image: Image, factor: float) -> Image:
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=method), np.uint8)


CHANGES: dict[str, Callable[[Image], Image]] = {
    "saved again": lambda image: jpeg(image, 40),
    "smaller": lambda image: resized(image, 0.3),
    "larger": lambda image: resized(image, 1.4),
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "cut": lambda image: np.ascontiguousarray(image[20:-40, 30:-10]),
    "brighter": lambda image: np.clip(image * 1.25 + 10.0, 0, 255).astype(np.uint8),
    "grey": lambda image: np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8),
    "all": lambda image: jpeg(resized(np.ascontiguousarray(image[30:, ::-1]), 0.5), 60),
}


@pytest.fixture(scope="module")
def crops(portrait: Callable[[str], Image], weights_ready: None) -> dict[str, Image]:
    """Aligned crops of two photos each of two people and of two others, 400 px wide."""
    stems = ("person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2")
    seeing = Seeing.load()
    found = {}
    for stem in stems:
        image = portrait(stem)
        image = resized(image, 400 / image.shape[1])
        found[stem] = face_in(image, seeing).crop
        if stem in ("person_a_2", "impostor_1"):
            for name, change in CHANGES.items():
                found[f"{stem} {name}"] = face_in(change(image), seeing).crop
    return found


@pytest.mark.parametrize("name", list(CHANGES))
@pytest.mark.parametrize("stem", ["person_a_2", "impostor_1"])
def test_a_changed_copy_is_found(crops: dict[str, Image], stem: str, name: str) -> None:
    ((pair, likeness),) = near_copies(np.stack([crops[stem], crops[f"{stem} {name}"]]))
    assert pair == (0, 1)
    assert 0.93 <= likeness <= 1


def test_different_photos_are_no_copies(crops: dict[str, Image]) -> None:
    originals = [crop for name, crop in crops.items() if " " not in name]
    assert not list(near_copies(np.stack(originals)))


def test_each_pair_is_told_once_with_its_rows(crops: dict[str, Image]) -> None:
    a, b, copy = crops["person_a_2"], crops["person_b_1"], crops["person_a_2 smaller"]
    assert [pair for pair, _ in near_copies(np.stack([b, copy, a]))] == [(1, 2)]


def test_nothing_to_compare() -> None:
    assert not list(near_copies(np.zeros((0, 112, 112, 3), np.uint8)))
    assert not list(near_copies(np.zeros((1, 112, 112, 3), np.uint8)))
    assert not list(near_copies(np.zeros((3, 112, 112, 3), np.uint8)))  # nothing is on them
