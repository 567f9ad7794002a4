from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.simulate.swell_cases import example_frame

from mitate.errors import InputError, RefusalError
from mitate.simulate.swell import (
    FittedFace,
    fit_face,
    networks,
    pattern_of,
    read_picture,
    save_png,
    shift_of,
    swell_photo,
    swollen,
)
from mitate.simulate.swell_mesh import eye_distance, nominal_pattern

Image = NDArray[np.uint8]
RIGHT_CHEEK, LEFT_CHEEK = (58, 132, 172), (288, 361, 397)


@cache
def _fitted() -> FittedFace:
    return fit_face(example_frame())


@pytest.fixture
def face(weights_ready: None) -> FittedFace:
    return _fitted()


def width(image: Image) -> float:
    """Of the face at the cheeks, in distances between the eyes, as seen anew."""
    mesh = fit_face(image).mesh
    cheeks = mesh[list(LEFT_CHEEK), 0].mean() - mesh[list(RIGHT_CHEEK), 0].mean()
    return float(cheeks) / eye_distance(mesh)


def test_nothing_is_only_resampled(face: FittedFace) -> None:
    same = swollen(face, nominal_pattern(), 0.0)
    assert np.abs(same.astype(int) - face.image).max() <= 1
    x, y = shift_of(4)
    moved = swollen(face, nominal_pattern(), 0.0, shift_px=(x, y))
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
    size = face.image.shape[1::-1]
    oracle = cv2.warpAffine(face.image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    assert np.abs(moved.astype(int) - oracle).mean() < 1.0
    assert 0 < np.hypot(x, y) < 0.71
    assert shift_of(4) == (x, y) != shift_of(5)


def test_the_same_arguments_give_the_same_pixels(face: FittedFace) -> None:
    one, again, other = (swell_photo(face.image, 2.0, pattern_seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one.astype(int) - other).max() > 3
    assert pattern_of(None) == nominal_pattern()


def test_more_and_less_fluid_change_the_face_opposite_ways(face: FittedFace) -> None:
    dry, more, less = (swollen(face, nominal_pattern(), kg).astype(float) for kg in (0.0, 2.0, -2.0))
    up, down = (more - dry).mean(axis=2), (less - dry).mean(axis=2)
    assert np.abs(up).max() > 8
    assert np.corrcoef(up.ravel(), down.ravel())[0, 1] < -0.8
    half = swollen(face, nominal_pattern(0.5), 4.0).astype(float)
    np.testing.assert_allclose(half, more, atol=1)


def test_what_is_no_face_stays(face: FittedFace) -> None:
    dry, full = swollen(face, nominal_pattern(), 0.0), swollen(face, nominal_pattern(), 8.0)
    change = np.abs(full.astype(int) - dry).max(axis=2)
    low, high = face.mesh[:, :2].min(axis=0), face.mesh[:, :2].max(axis=0)
    beyond = 45 / face.surface.mm_per_px
    assert change[:, : max(0, int(low[0] - beyond))].sum() == 0
    assert change[:, int(high[0] + beyond) :].sum() == 0
    forehead = face.mesh[151, :2].astype(int)
    assert change[forehead[1] - 3 : forehead[1] + 4, forehead[0] - 3 : forehead[0] + 4].max() <= 2


def test_cheeks_grow_wider_with_each_kilogram(face: FittedFace) -> None:
    widths = [width(swollen(face, nominal_pattern(2.0), kg)) for kg in (-2.0, 2.0, 6.0, 10.0)]
    assert sorted(widths) == widths
    assert widths[-1] > 1.03 * widths[0]


def test_eyes_do_not_move(face: FittedFace) -> None:
    before, after = (fit_face(swollen(face, nominal_pattern(), kg)).mesh for kg in (0.0, 4.0))
    corners = [33, 133, 362, 263]
    moved = np.linalg.norm(after[corners, :2] - before[corners, :2], axis=1) * face.surface.mm_per_px
    assert moved.max() < 0.8  # millimetres


def test_grey_stays_grey(face: FittedFace) -> None:
    grey = cv2.cvtColor(cv2.cvtColor(face.image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    picture = swell_photo(np.asarray(grey, np.uint8), 3.0)
    assert np.ptp(picture.astype(int), axis=2).max() == 0


def test_what_cannot_be_used_is_refused(face: FittedFace) -> None:
    height, width_px = face.image.shape[:2]
    for picture, reason in (
        (np.full((300, 300, 3), 128, np.uint8), "no_face"),
        (np.hstack([face.image, face.image]), "several_faces"),
        (cv2.resize(face.image, (width_px // 10, height // 10), interpolation=cv2.INTER_AREA), "too_small"),
    ):
        with pytest.raises(RefusalError) as refused:
            fit_face(np.ascontiguousarray(picture, np.uint8))
        assert refused.value.reason == reason
    for kg in (-2.1, 12.5, float("nan")):
        with pytest.raises(InputError, match="cannot be shown"):
            swollen(face, nominal_pattern(), kg)


@pytest.mark.parametrize("stem", ["person_b_2", "impostor_1", "person_a_1"])
def test_real_portraits_swell_without_tears(
    stem: str, portrait: Callable[[str], Image], weights_ready: None
) -> None:
    real = fit_face(portrait(stem))
    dry, full = (swollen(real, nominal_pattern(), kg).astype(float) for kg in (0.0, 4.0))
    assert len(networks()[0](full.astype(np.uint8))) == 1
    swept = real.surface.swept_ml(real.surface.movement(nominal_pattern(), 4.0))
    assert swept == pytest.approx(
        7.6, abs=0.4
    )  # of 8.7 mL in the regions that the mesh covers for the most part
    for picture in (dry, full):
        assert np.isfinite(picture).all()
    # no edge appears that was not there: the steepest steps stay about as steep
    steps = [float(np.quantile(np.abs(np.diff(one.mean(axis=2), axis=1)), 0.999)) for one in (dry, full)]
    assert steps[1] < 1.15 * steps[0]


def test_pictures_are_read_and_written(face: FittedFace, tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", face.image)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), face.image)
    grey = face.image[..., 1]
    cv2.imwrite(str(tmp_path / "a.pgm"), grey)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.pgm")[..., 2], grey)
    (tmp_path / "b.pgm").write_bytes(b"not a picture")
    for name in ("b.pgm", "absent.pgm"):
        with pytest.raises(InputError, match="cannot be read"):
            read_picture(tmp_path / name)
    with pytest.raises(InputError, match="cannot be written"):
        save_png(tmp_path / "a.png" / "b.png", face.image)
