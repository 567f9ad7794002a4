from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.errors import RefusalError
from mitate.face.align import ARCFACE_TEMPLATE, arcface_crop, edema_crop, five_points, similarity, warp_crop

FloatArray = NDArray[np.float64]


def _turn(scale: float, degrees: float, x: float, y: float) -> FloatArray:
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[c, -s, x], [s, c, y]])


def _carry(matrix: FloatArray, points: FloatArray) -> FloatArray:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


@given(
    scale=st.floats(0.01, 50),
    degrees=st.floats(-180, 180),
    x=st.floats(-2000, 2000),
    y=st.floats(-2000, 2000),
    count=st.integers(2, 20),
    seed=st.integers(0, 1000),
)
def test_similarity_recovers_what_moved_the_points(
    scale: float, degrees: float, x: float, y: float, count: int, seed: int
) -> None:
    points = np.random.default_rng(seed).normal(0, 100, (count, 2))
    matrix = _turn(scale, degrees, x, y)
    assert similarity(points, _carry(matrix, points)) == pytest.approx(matrix, rel=1e-6, abs=1e-6)


@given(st.integers(0, 1000))
def test_similarity_is_the_least_squares_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.normal(0, 10, (2, 8, 2))
    best = similarity(source, target)

    def error(matrix: FloatArray) -> float:
        return float(((_carry(matrix, source) - target) ** 2).sum())

    for _ in range(20):
        a, b, x, y = rng.normal(0, 0.05, 4)
        other = best + np.array([[a, -b, x], [b, a, y]])
        assert error(other) >= error(np.asarray(best, np.float64))


def test_similarity_never_mirrors() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    matrix = similarity(points, points * [-1, 1])
    assert np.linalg.det(matrix[:, :2]) >= 0


def test_points_in_one_place_are_refused() -> None:
    with pytest.raises(RefusalError, match="one point") as told:
        similarity(np.ones((5, 2)), ARCFACE_TEMPLATE)
    assert told.value.reason == "no_face"


def _waves(x: FloatArray, y: FloatArray, period: float) -> FloatArray:
    """A smooth picture known at every point."""
    return np.stack(
        [
            128 + 60 * np.sin(2 * np.pi * x / period) + 40 * np.cos(2 * np.pi * y / period),
            128 + 90 * np.cos(2 * np.pi * (x + y) / period),
            60 + 0.1 * x + 0.05 * y,
        ],
        axis=-1,
    )


def _picture(width: int, height: int, period: float) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return np.round(_waves(x, y, period)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("scale", [0.11, 0.3, 0.5, 0.74, 0.76, 1.0, 2.5])
@pytest.mark.parametrize("degrees", [0.0, 17.0, -90.0, 180.0])
def test_crop_is_the_picture_where_it_belongs(scale: float, degrees: float) -> None:
    period = 60 / min(scale, 1.0)
    picture = _picture(900, 700, period)
    size = 64
    matrix = _turn(scale, degrees, 0, 0)
    centre = np.array([[460.0, 340.0]])
    matrix[:, 2] = (size - 1) / 2 - _carry(matrix, centre)[0]
    crop = warp_crop(picture, matrix, size).astype(float)
    inverse = np.asarray(cv2.invertAffineTransform(matrix))
    v, u = np.mgrid[:size, :size].astype(np.float64)
    at = _carry(inverse, np.stack([u.ravel(), v.ravel()], axis=1)).reshape(size, size, 2)
    inside = (at[..., 0] > 5) & (at[..., 0] < 894) & (at[..., 1] > 5) & (at[..., 1] < 694)
    expected = _waves(at[..., 0], at[..., 1], period)
    error = np.abs(crop - expected)[inside]
    # Half a crop pixel aside would be an error of 90·2π/60·0.5 = 4.7 grey levels at the steepest place.
    assert error.mean() < 1.0
    assert np.percentile(error, 99) < 3.0


def test_fine_detail_is_averaged_not_folded() -> None:
    y, x = np.mgrid[:800, :800]
    board = np.repeat((255 * ((x + y) % 2)).astype(np.uint8)[..., None], 3, axis=2)
    crop = warp_crop(board, _turn(0.0931, 3, 0, 0), 64)
    middle = crop[5:-5, 5:-5].astype(float)
    assert middle.mean() == pytest.approx(127.5, abs=2)
    assert middle.std() < 4  # a plain warp gives a coarse pattern of black and white


def test_a_crop_beyond_the_border_repeats_the_edge() -> None:
    picture = np.full((40, 60, 3), 90, np.uint8)
    crop = warp_crop(picture, _turn(1.0, 0, 30, 30), 100)
    assert (crop == 90).all()
    outside = warp_crop(picture, _turn(1.0, 0, -500, -500), 32)
    assert (outside == 90).all()


def test_five_points_stand_in_the_order_of_the_template() -> None:
    mesh = np.zeros((468, 3))
    places = {
        33: (10, 20),
        133: (20, 22),
        362: (40, 22),
        263: (50, 20),
        1: (30, 35),
        61: (22, 50),
        291: (38, 51),
    }
    for index, place in places.items():
        mesh[index, :2] = place
    points = five_points(mesh)
    assert points.tolist() == [[15, 21], [45, 21], [30, 35], [22, 50], [38, 51]]
    signs = np.sign(np.diff(points[[0, 1]], axis=0)), np.sign(np.diff(points[[3, 4]], axis=0))
    template = np.sign(np.diff(ARCFACE_TEMPLATE[[0, 1]], axis=0))
    assert signs[0][0, 0] == signs[1][0, 0] == template[0, 0] == 1  # the person's right is on the left


def _marked(points: FloatArray, size: int = 500) -> NDArray[np.uint8]:
    picture = np.zeros((size, size, 3), np.uint8)
    for x, y in points:
        cv2.circle(picture, (round(float(x)), round(float(y))), 7, (255, 255, 255), -1)
    return picture


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 180.0, 270.0])
def test_arcface_crop_is_upright_however_the_camera_was_held(degrees: float) -> None:
    matrix = _turn(2.0, degrees, 0, 0)
    matrix[:, 2] = 250 - _carry(matrix, np.array([[56.0, 72.0]]))[0]
    points = _carry(matrix, np.asarray(ARCFACE_TEMPLATE, np.float64))
    crop = arcface_crop(_marked(points), points)
    for x, y in ARCFACE_TEMPLATE:
        assert crop[round(float(y)), round(float(x))].mean() > 200
    assert crop.shape == (112, 112, 3)
    assert crop[:35].max() < 30


def test_edema_crop_does_not_move_with_swollen_cheeks() -> None:
    rng = np.random.default_rng(0)
    mesh = rng.uniform(100, 400, (468, 3))
    mesh[[33, 133, 362, 263], :2] = [[180, 200], [225, 202], [275, 202], [320, 200]]
    mesh[[168, 6, 2], :2] = [[250, 195], [250, 215], [250, 265]]
    picture = _picture(500, 500, 90)
    swollen = mesh.copy()
    for index in (50, 280, 205, 425, 152, 61, 291, 159, 386):  # cheeks, chin, mouth, upper lids
        swollen[index] += 25
    assert np.array_equal(edema_crop(picture, mesh, 96), edema_crop(picture, swollen, 96))


def test_edema_crop_puts_the_eyes_where_it_says() -> None:
    mesh = np.zeros((468, 2))
    mesh[[33, 133, 362, 263]] = [[180, 200], [225, 202], [275, 202], [320, 200]]
    mesh[[168, 6, 2]] = [[250, 195], [250, 211], [250, 264]]
    crop = edema_crop(_marked(mesh[[33, 263]]), mesh, 96).mean(axis=2)
    rows, columns = np.nonzero(crop > 128)
    left, right = columns[columns < 48].mean(), columns[columns >= 48].mean()
    assert left == pytest.approx(0.244 * 96, abs=1.5)
    assert right == pytest.approx(0.756 * 96, abs=1.5)
    assert rows.mean() == pytest.approx(0.33 * 96, abs=2)
