from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.face import quality
from mitate.face.align import arcface_crop, five_points
from mitate.face.landmarks import Mesh, roi_of_detection, roi_of_mesh
from mitate.face.quality import Quality, measure, view
from mitate.face.select import Networks

Image = NDArray[np.uint8]
STEMS = ("person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2")
# The edge of a mask: along the jaw from ear to ear and over the middle of the nose.
MASK = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152]
MASK += [377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 5]


def seen_in(picture: Image, networks: Networks) -> Mesh:
    first = networks.mesh(picture, roi_of_detection(networks.detector(picture)[0]))
    return networks.mesh(picture, roi_of_mesh(first))


def masked(picture: Image, mesh: Mesh, colour: tuple[int, int, int]) -> Image:
    covered = picture.copy()
    cv2.fillPoly(covered, [mesh.points[MASK, :2].astype(np.int32)], colour)
    return covered


def with_dark_glasses(picture: Image, mesh: Mesh) -> Image:
    covered = picture.copy()
    for outer, inner in ((33, 133), (263, 362)):
        x, y = mesh.points[[outer, inner], :2].mean(axis=0).astype(int).tolist()
        wide = int(0.8 * np.linalg.norm(mesh.points[outer] - mesh.points[inner]))
        cv2.ellipse(covered, (x, y), (wide, int(0.8 * wide)), 0, 0, 360, (18, 16, 16), -1)
    return covered


def measured(picture: Image, networks: Networks) -> Quality:
    return measure(picture, seen_in(picture, networks))


@pytest.mark.parametrize("stem", STEMS)
def test_good_portraits_pass(stem: str, networks: Networks, portrait: Callable[[str], Image]) -> None:
    good = measured(portrait(stem), networks)
    assert good.failing == ()
    assert 0.5 < good.score <= 1


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize(
    "colour", [(120, 170, 215), (30, 30, 32), (235, 235, 232)], ids=["blue", "black", "white"]
)
def test_masks_are_seen(
    stem: str, colour: tuple[int, int, int], networks: Networks, portrait: Callable[[str], Image]
) -> None:
    picture = portrait(stem)
    hidden = masked(picture, seen_in(picture, networks), colour)
    assert "occluded" in measured(hidden, networks).failing


@pytest.mark.parametrize("stem", STEMS)
def test_dark_glasses_are_seen(stem: str, networks: Networks, portrait: Callable[[str], Image]) -> None:
    picture = portrait(stem)
    hidden = with_dark_glasses(picture, seen_in(picture, networks))
    assert "occluded" in measured(hidden, networks).failing


def test_light_and_blur(networks: Networks, portrait: Callable[[str], Image]) -> None:
    picture = portrait("person_b_1")
    mesh = seen_in(picture, networks)
    assert "too_dark" in measure((picture * 0.2).astype(np.uint8), mesh).failing
    bright = np.clip(picture * 2.0, 0, 255).astype(np.uint8)
    assert "too_bright" in measure(bright, mesh).failing
    unsharp = cv2.GaussianBlur(picture, (0, 0), 0.07 * measure(picture, mesh).eye_distance)
    assert "blurred" in measure(np.asarray(unsharp, np.uint8), mesh).failing


def test_small_and_cut_off(networks: Networks, portrait: Callable[[str], Image]) -> None:
    picture = portrait("person_b_1")
    mesh = seen_in(picture, networks)
    small = cv2.resize(picture, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
    assert "too_small" in measure(np.asarray(small, np.uint8), Mesh(mesh.points * 0.15, 1.0)).failing
    chin = int(mesh.points[18, 1])
    assert "cut_off" in measure(np.ascontiguousarray(picture[:chin]), mesh).failing


def test_size_does_not_change_what_sharp_means(networks: Networks, portrait: Callable[[str], Image]) -> None:
    picture = portrait("person_b_1")
    mesh = seen_in(picture, networks)
    half = np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    small = measure(half, Mesh(mesh.points * 0.5, 1.0))
    assert small.sharpness == pytest.approx(measure(picture, mesh).sharpness, abs=0.03)


def test_the_view_holds_the_recognition_crop(networks: Networks, portrait: Callable[[str], Image]) -> None:
    picture = portrait("person_a_2")
    mesh = seen_in(picture, networks)
    own = view(picture, mesh).arcface.astype(int)
    reference = arcface_crop(picture, five_points(mesh.points)).astype(int)
    assert own.shape == reference.shape
    assert np.abs(own - reference).mean() < 2


@given(st.floats(0.5, 6), st.integers(0, 99))
def test_blurring_only_lowers_sharpness(sigma: float, seed: int) -> None:
    grey = np.random.default_rng(seed).uniform(0, 255, (64, 64)).astype(np.float32)
    everywhere = np.ones((64, 64), np.bool_)
    soft = cv2.GaussianBlur(grey, (0, 0), sigma)
    assert quality.sharpness(soft, everywhere) < quality.sharpness(grey, everywhere) <= 1


@given(st.floats(0.3, 1.0), st.integers(0, 99))
def test_sharpness_does_not_depend_on_contrast(gain: float, seed: int) -> None:
    grey = np.random.default_rng(seed).uniform(0, 255, (64, 64)).astype(np.float32)
    everywhere = np.ones((64, 64), np.bool_)
    assert quality.sharpness(grey * gain, everywhere) == pytest.approx(
        quality.sharpness(grey, everywhere), abs=1e-4
    )


def test_nothing_to_judge_is_not_sharp() -> None:
    assert quality.sharpness(np.zeros((8, 8)), np.zeros((8, 8), np.bool_)) == 0


@given(st.floats(0, 1), st.floats(1, 300))
def test_eye_and_mouth_openings_are_ratios(opening: float, scale: float) -> None:
    points = np.zeros((468, 3))
    for eye in (quality._RIGHT_EYE, quality._LEFT_EYE):
        corner, upper, upper2, corner2, lower, lower2 = eye
        points[corner], points[corner2] = (0, 0, 0), (1, 0, 0)
        points[upper], points[lower2] = (0.3, opening / 2, 0), (0.3, -opening / 2, 0)
        points[upper2], points[lower] = (0.7, opening / 2, 0), (0.7, -opening / 2, 0)
    points[13], points[14] = (0.5, opening / 2, 0), (0.5, -opening / 2, 0)
    points[78], points[308] = (0, 0, 0), (1, 0, 0)
    assert quality.eye_opening(points * scale) == pytest.approx(opening, abs=1e-6)
    assert quality.mouth_opening(points * scale) == pytest.approx(opening, abs=1e-6)
