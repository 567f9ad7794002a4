"""Framing of a face: what is wrong with a picture is named, and nothing where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.serve.live.conftest import FACE

from mitate.serve.live.face_watch import FaceWatch, face_watcher

Image = NDArray[np.uint8]
Pictures = Callable[[Path, int], list[tuple[float, Image]]]

pytestmark = pytest.mark.usefixtures("weights_ready")


@pytest.fixture(scope="module")
def make() -> Callable[[], FaceWatch]:
    maker = face_watcher()
    return lambda: maker({})


@pytest.fixture(scope="module")
def face(pictures: Pictures) -> Image:
    return pictures(FACE, 1)[0][1]


def placed(face: Image, scale: float, x: float, y: float) -> Image:
    """The picture made smaller or larger, its middle at these shares of a picture of the same size."""
    rows, columns = face.shape[:2]
    matrix = np.array(
        [[scale, 0, x * columns - scale * columns / 2], [0, scale, y * rows - scale * rows / 2]]
    )
    grey = (110, 110, 110)
    return np.asarray(cv2.warpAffine(face, matrix, (columns, rows), borderValue=grey), np.uint8)


def test_a_face_in_the_oval_is_good(make: Callable[[], FaceWatch], face: Image) -> None:
    told = make().look(face, 0.0)
    assert (told["seen"], told["ok"], told["hints"]) == (True, True, ["ok"])
    x, y, width, height = told["box"]
    assert 0 < x < x + width < 1
    assert 0 < y < y + height < 1
    assert abs(told["yaw"]) < 12


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda face: placed(face, 0.5, 0.5, 0.5), "too_far"),
        (lambda face: placed(face, 1.7, 0.5, 0.5), "too_near"),
        (lambda face: placed(face, 0.8, 0.25, 0.5), "off_centre"),
        (lambda face: (face * 0.12).astype(np.uint8), "too_dark"),
        (lambda face: np.clip(face * 1.3 + 90, 0, 255).astype(np.uint8), "too_bright"),
        (lambda face: np.full_like(face, 127), "no_face"),
        (lambda face: np.hstack([placed(face, 0.9, 0.5, 0.5)] * 2), "several_faces"),
    ],
)
def test_what_is_wrong_is_named(
    make: Callable[[], FaceWatch], face: Image, change: Callable[[Image], Image], code: str
) -> None:
    told = make().look(np.ascontiguousarray(change(face)), 0.0)
    assert code in told["hints"]
    assert not told["ok"]


def test_light_from_behind(make: Callable[[], FaceWatch], face: Image) -> None:
    x, y, width, height = make().look(face, 0.0)["box"]
    rows, columns = face.shape[:2]
    mask = np.zeros((rows, columns), np.float32)
    centre = (int((x + width / 2) * columns), int((y + height / 2) * rows))
    cv2.ellipse(mask, centre, (int(0.6 * width * columns), int(0.7 * height * rows)), 0, 0, 360, 1.0, -1)
    dark = face * 0.38 * mask[..., None] + 235 * (1 - mask[..., None])
    assert "backlit" in make().look(dark.astype(np.uint8), 0.0)["hints"]


def test_a_face_that_moves_is_asked_to_hold_still(make: Callable[[], FaceWatch], face: Image) -> None:
    watch = make()
    assert watch.look(placed(face, 0.9, 0.5, 0.5), 0.0)["ok"]
    assert watch.look(placed(face, 0.9, 0.57, 0.5), 0.2)["hints"] == ["hold_still"]
    assert watch.look(placed(face, 0.9, 0.57, 0.5), 0.4)["ok"]
