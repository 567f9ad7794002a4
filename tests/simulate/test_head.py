from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.simulate.head import SKIN, TEXTURE_SHAPE, Head, eyeball_centre, swept_volume_ml

FloatArray = NDArray[np.float64]


def sphere(rows: int = 24, columns: int = 48) -> tuple[FloatArray, NDArray[np.int64]]:
    """A closed unit sphere: vertices and outward faces."""
    turns = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    polar, around = np.meshgrid(np.linspace(0, np.pi, rows + 1)[1:-1], turns, indexing="ij")
    ring = np.stack([np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], axis=-1)
    vertices = np.vstack([ring.reshape(-1, 3), [[0, 1, 0], [0, -1, 0]]])
    top, bottom = len(vertices) - 2, len(vertices) - 1
    faces = []
    for k in range(columns):
        following = (k + 1) % columns
        faces.append([top, k, following])
        last = (rows - 2) * columns
        faces.append([last + following, last + k, bottom])
        for r in range(rows - 2):
            a, b = r * columns + k, r * columns + following
            faces += [[a, a + columns, b], [b, a + columns, b + columns]]
    return vertices, np.array(faces)


def enclosed_ml(vertices: FloatArray, faces: NDArray[np.int64]) -> float:
    """Volume inside a closed surface, by the divergence theorem."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6 * 1e6)


def test_the_test_sphere_is_a_sphere() -> None:
    assert enclosed_ml(*sphere(200, 400)) == pytest.approx(4 / 3 * np.pi * 1e6, rel=1e-3)


@given(seed=st.integers(0, 10_000), radius=st.floats(0.02, 0.2), size=st.floats(0.001, 0.05))
def test_swept_volume_is_the_difference_of_enclosed_volumes(seed: int, radius: float, size: float) -> None:
    rng = np.random.default_rng(seed)
    unit, faces = sphere()
    vertices = radius * unit
    bumps = sum(
        np.exp(-8 * (1 - unit @ axis))[:, None] * rng.normal(size=3)
        for axis in (lambda v: v / np.linalg.norm(v, axis=1, keepdims=True))(rng.normal(size=(4, 3)))
    )
    moved = size * radius * bumps
    difference = enclosed_ml(vertices + moved, faces) - enclosed_ml(vertices, faces)
    tolerance = 0.3 * size**2 * enclosed_ml(vertices, faces)  # what is left is of third order
    assert swept_volume_ml(vertices, moved, faces) == pytest.approx(difference, abs=tolerance)


def test_swept_volume_of_a_lifted_open_sheet() -> None:
    vertices = np.array([[0, 0, 0], [0.1, 0, 0], [0.1, 0.1, 0], [0, 0.1, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    lifted = np.array([0, 0, 0.003]) * np.ones((4, 1))
    assert swept_volume_ml(vertices, lifted, faces) == pytest.approx(30.0)  # 10 cm × 10 cm × 3 mm
    assert swept_volume_ml(vertices, -lifted, faces) == pytest.approx(-30.0)


@given(st.floats(-0.05, 0.05), st.floats(0.005, 0.02), st.floats(0.2, 1.0))
def test_centre_of_an_eye_that_is_cut_open(offset: float, radius: float, kept: float) -> None:
    unit, _ = sphere()
    cap = unit[unit[:, 2] > 1 - 2 * kept]
    centre = eyeball_centre(offset + radius * cap)
    assert centre == pytest.approx([offset] * 3, abs=0.01 * radius)


def test_the_head_is_upright_and_faces_the_camera(head: Head) -> None:
    vertices = head.neutral({"gender": 0.5, "age": 0.7}, {})
    right, left = (vertices[eye].mean(axis=0) for eye in head.eyes)
    assert right[0] < 0 < left[0]  # x to the person's left
    assert 0.055 < left[0] - right[0] < 0.072
    centres = [eyeball_centre(vertices[eye]) for eye in head.eyes]
    assert 0.5 * (centres[0] + centres[1]) == pytest.approx([0, 0, 0], abs=1e-6)
    skin = vertices[np.unique(head.faces[head.material == SKIN])]
    assert skin[:, 1].max() > 0.09
    assert skin[skin[:, 1] > -0.1][:, 2].max() == pytest.approx(skin[np.abs(skin[:, 0]) < 0.01][:, 2].max())


def test_every_number_of_the_head_is_usable(head: Head) -> None:
    count = len(head.uv)
    assert head.faces.min() >= 0
    assert head.faces.max() == count - 1
    assert len(head.material) == len(head.faces)
    assert set(np.unique(head.material)) == {0, 1, 2, 3}
    assert head.positions.shape == (*TEXTURE_SHAPE, 3)
    for shapes in (head.changes, head.actions):
        assert all(shape.shape == (count, 3) and np.isfinite(shape).all() for shape in shapes.values())
    for mask in head.masks.values():
        assert mask.shape == TEXTURE_SHAPE
        assert 0 <= mask.min() < 0.1
        assert 0.9 < mask.max() <= 1


def test_a_shape_change_moves_its_own_side_only(head: Head) -> None:
    vertices = head.neutral({"gender": 0.5}, {})
    for name, side in (("r-cheek-volume-incr", -1), ("l-cheek-volume-incr", 1)):
        moved = np.linalg.norm(head.changes[name], axis=1) > 1e-4
        assert (side * vertices[moved][:, 0] > -0.005).all()
