from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from tests.simulate.swell_cases import made_mesh

from mitate.simulate.swell_light import GAMMA, Light, fit_light, harmonics
from mitate.simulate.swell_mesh import POINTS, fit_surface, nominal_pattern

ROOM = np.array([0.8, 0.25, 0.4, 0.3, 0.05, 0.0, 0.05, -0.05, 0.0])


def lit_picture(coefficients: NDArray[np.float64], stained: bool = False) -> NDArray[np.uint8]:
    """The made-up face, matt and of one colour, under a light of nine coefficients."""
    mesh = made_mesh().astype(np.float64)
    shade = np.maximum(harmonics(fit_surface(mesh).normals[:POINTS]) @ coefficients, 0.02)
    if stained:
        shade[np.random.default_rng(1).random(POINTS) < 0.1] *= 0.3
    x, y = np.meshgrid(np.arange(640.0), np.arange(640.0))
    values = LinearNDInterpolator(mesh[:, :2], shade, fill_value=0.5)(x, y)
    grey = (255 * np.clip(0.4 * values, 0, 1) ** (1 / GAMMA)).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


@pytest.mark.parametrize("stained", [False, True])
def test_a_known_light_is_found_again(stained: bool) -> None:
    mesh = made_mesh()
    surface = fit_surface(mesh)
    light = fit_light(lit_picture(ROOM, stained), mesh, surface)
    before, after = surface.normals[:POINTS], surface.tilted(nominal_pattern(), 4.0)[:POINTS]
    facing = before[:, 2] > 0.3
    told = light.log_change(before, after)[facing]
    true = Light(ROOM, 0).log_change(before, after)[facing]
    assert np.corrcoef(told, true)[0, 1] > 0.95
    assert told @ true / (true @ true) == pytest.approx(1.0, abs=0.25)


def test_even_light_changes_nothing() -> None:
    mesh = made_mesh()
    surface = fit_surface(mesh)
    light = fit_light(lit_picture(np.eye(9)[0]), mesh, surface)
    change = light.log_change(surface.normals, surface.tilted(nominal_pattern(), 4.0))
    assert np.abs(change).max() < 0.03


def test_changes_are_bounded_and_turn_round_with_the_surface() -> None:
    light = Light(np.array([0.2, 2.0, 0, 0, 0, 0, 0, 0, 0.0]), 100)
    right, left = np.array([[1.0, 0, 0]]), np.array([[-1.0, 0, 0]])
    assert light.log_change(left, right) == pytest.approx(np.log(1.5))
    np.testing.assert_allclose(light.log_change(right, left), -light.log_change(left, right))
    assert light.shade(left) == pytest.approx(0.25)


def test_a_face_beyond_the_picture_is_lit_evenly() -> None:
    mesh = made_mesh() + np.array([2000, 0, 0], np.float32)
    light = fit_light(np.zeros((640, 640, 3), np.uint8), mesh, fit_surface(mesh))
    assert light.points == 0
    np.testing.assert_array_equal(light.coefficients, np.eye(9)[0])
