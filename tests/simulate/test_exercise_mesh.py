"""Solid things are closed, face outwards, and have the volume that geometry gives them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.simulate.exercise_mesh import Mesh, box, cylinder, joined, spread_over, tube, turned

GREY = (0.5, 0.5, 0.5)


def volume(mesh: Mesh) -> float:
    """By the divergence theorem: positive where faces run anticlockwise seen from outside."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(float) for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def outward(mesh: Mesh) -> float:
    """Share of faces whose vertices' normals agree with the face."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(float) for k in range(3))
    square = np.cross(b - a, c - a)
    real = np.linalg.norm(square, axis=1) > 1e-12
    mean = mesh.normals[mesh.faces].mean(axis=1)
    return float((np.einsum("ij,ij->i", square, mean)[real] > 0).mean())


@given(
    st.tuples(*[st.floats(0.05, 2.0)] * 3),
    st.floats(0.001, 0.02),
    st.floats(-180, 180),
    st.tuples(*[st.floats(-2, 2)] * 3),
)
def test_a_box_has_nearly_the_volume_of_its_sides(
    sides: tuple[float, float, float], rounding: float, yaw: float, place: tuple[float, float, float]
) -> None:
    mesh = turned(box(np.zeros(3), np.array(sides), GREY, rounding), yaw, np.array(place))
    a, b, c = np.array(sides) - 2 * rounding
    flat = a * b * c + 2 * rounding * (a * b + b * c + c * a)
    whole = flat + np.pi * rounding**2 * (a + b + c) + 4 / 3 * np.pi * rounding**3
    assert volume(mesh) == pytest.approx(whole, rel=0.03, abs=3e-6)
    assert outward(mesh) == 1.0
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)


def test_a_rod_has_the_volume_of_a_cylinder() -> None:
    rod = cylinder(np.array([0.1, 0.2, 0.3]), np.array([0.9, 1.0, 0.1]), 0.05, GREY)
    length = np.sqrt(0.64 + 0.64 + 0.04)
    assert volume(rod) == pytest.approx(np.pi * 0.05**2 * length, rel=0.03)
    assert outward(rod) == 1.0


def test_a_flat_tube_is_as_wide_as_it_is_told() -> None:
    strap = tube(np.array([[0, 0, 0], [0, 0, 0.5], [0, 0, 1.0]]), 0.04, GREY, flat=0.2)
    assert np.ptp(strap.vertices[:, 0]) == pytest.approx(0.08, abs=1e-3)
    assert np.ptp(strap.vertices[:, 1]) == pytest.approx(0.016, abs=1e-3)


def test_places_are_spread_evenly_and_always_the_same() -> None:
    mesh = box(np.zeros(3), np.array([1.0, 0.1, 0.5]), GREY, 0.005)
    places = spread_over(mesh, 1e-3)
    assert len(places) == pytest.approx(1300, rel=0.03)
    assert np.array_equal(places, spread_over(mesh, 1e-3))
    assert 0.45 < (places[:, 0] < 0.5).mean() < 0.55


def test_no_meshes_are_one_without_triangles() -> None:
    assert joined([]).faces.shape == (0, 3)
    assert len(spread_over(joined([]), 1e-3)) == 0
