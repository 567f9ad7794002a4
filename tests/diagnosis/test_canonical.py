"""The mean face's space: symmetric, and a way there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.diagnosis.canonical import FEWEST_FOR_A_MEAN, MIRRORED, SIDE, Canonical, mean_mesh, parts_of
from mitate.errors import InputError

Array = NDArray[np.float64]


def made_up_meshes(count: int, *, spread: float = 1.0, seed: int = 0) -> Array:
    """Symmetric clouds of 468 points within a crop, each face a little different."""
    rng = np.random.default_rng(seed)
    radius, angle = np.sqrt(rng.uniform(0, 1, 468)), rng.uniform(-np.pi / 2, np.pi / 2, 468)
    x, y = 38 * radius * np.cos(angle), 66 + 44 * radius * np.sin(angle)
    mesh = np.stack([55.5 - x, y], axis=1)
    partner = mesh[MIRRORED]
    left = np.arange(468) >= 248
    mesh[left] = np.stack([SIDE - 1 - partner[left, 0], partner[left, 1]], axis=1)
    mesh[np.arange(468) == MIRRORED, 0] = 55.5
    return np.asarray(mesh + spread * rng.normal(size=(count, 1, 2)) + 0.3 * rng.normal(size=(count, 468, 2)))


def smooth_picture(seed: int = 0) -> Array:
    y, x = np.mgrid[:SIDE, :SIDE]
    a, b, c = np.random.default_rng(seed).uniform(0.02, 0.06, 3)
    return np.asarray(128 + 60 * np.sin(a * x + 2 * c * y) + 40 * np.cos(b * y - c * x))


def test_the_mirror_of_the_mirror_is_the_point_itself() -> None:
    assert np.array_equal(MIRRORED[MIRRORED], np.arange(468))
    assert np.count_nonzero(np.arange(468) == MIRRORED) == 28
    # corners of the eyes and of the mouth, cheeks
    assert MIRRORED[[33, 133, 61, 50]].tolist() == [263, 362, 291, 280]


@given(st.integers(1, 6), st.integers(0, 10_000))
def test_the_mean_is_its_own_mirror_picture(count: int, seed: int) -> None:
    mean = mean_mesh(made_up_meshes(count, spread=4, seed=seed))
    mirror = mean[MIRRORED]
    assert np.allclose(mirror[:, 0], SIDE - 1 - mean[:, 0])
    assert np.allclose(mirror[:, 1], mean[:, 1])


def test_the_mean_of_a_symmetric_face_is_that_face() -> None:
    mesh = mean_mesh(made_up_meshes(1))
    assert np.allclose(mean_mesh(np.stack([mesh, mesh])), mesh)


def test_on_its_own_mesh_nothing_moves() -> None:
    mesh = mean_mesh(made_up_meshes(4))
    picture = smooth_picture()
    assert np.allclose(Canonical(mesh).bring(picture, mesh), picture, atol=1e-6)


def test_a_shifted_face_comes_to_the_mean() -> None:
    mesh = mean_mesh(made_up_meshes(4))
    picture = smooth_picture()
    shifted = np.roll(picture, 3, axis=1)  # everything three pixels to the right, its mesh too
    brought = Canonical(mesh).bring(shifted, mesh + np.array([3.0, 0.0]))
    face = Canonical(mesh).inside()
    assert np.abs(brought - picture)[face].max() < 1.0


@pytest.mark.parametrize("seed", range(3))
def test_there_and_back_is_where_it_was(seed: int) -> None:
    meshes = made_up_meshes(5, seed=seed)
    canonical = Canonical(mean_mesh(meshes))
    picture = np.repeat(smooth_picture(seed)[..., None], 3, axis=2)
    back = canonical.back(canonical.bring(picture, meshes[0]), meshes[0])
    error = np.abs(back - picture)[canonical.inside()]
    assert back.shape == picture.shape
    assert np.median(error) < 1.0
    assert np.quantile(error, 0.95) < 5.0


def test_everybody_counts_once_in_the_mean_face() -> None:
    mesh = mean_mesh(made_up_meshes(3))
    persons = np.array(["often"] * 11 + [f"p{number}" for number in range(9)])
    crops = np.zeros((20, SIDE, SIDE, 3), np.uint8)
    crops[:11] = 200
    face = Canonical(mesh).mean_face(crops, np.repeat(mesh[None], 20, axis=0), persons)
    assert face.shape == (SIDE, SIDE, 3)
    assert set(face.ravel().tolist()) == {20}


def test_no_mean_face_of_few_people() -> None:
    mesh = mean_mesh(made_up_meshes(3))
    few = FEWEST_FOR_A_MEAN - 1
    with pytest.raises(InputError, match="9 people"):
        Canonical(mesh).mean_face(
            np.zeros((few, SIDE, SIDE, 3), np.uint8),
            np.repeat(mesh[None], few, axis=0),
            np.array([str(number) for number in range(few)]),
        )


def test_every_pixel_of_the_face_belongs_to_a_part() -> None:
    canonical = Canonical(mean_mesh(made_up_meshes(3)))
    names, owner = parts_of(canonical)
    assert np.array_equal(owner >= 0, canonical.inside())
    assert owner.max() < len(names)


@pytest.mark.parametrize("shape", [(0, 468, 2), (3, 478, 2), (468, 2)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="meshes must be"):
        mean_mesh(np.zeros(shape))


def test_a_picture_of_another_size_is_refused() -> None:
    mesh = mean_mesh(made_up_meshes(2))
    with pytest.raises(InputError, match="112 px"):
        Canonical(mesh).bring(np.zeros((96, 96)), mesh)
