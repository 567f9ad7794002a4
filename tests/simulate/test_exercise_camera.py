"""Nothing that is to be seen leaves the picture, and rays go where points are seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.simulate.exercise_camera import LAYOUTS, camera_for, layout_for

VIEWS = ["side", "front", "back", "oblique", "top"]
sizes = st.tuples(st.floats(0.05, 2.2), st.floats(0.05, 2.2), st.floats(0.05, 2.2))


def cloud(size: tuple[float, float, float], seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    points = np.random.default_rng(seed).uniform(-0.5, 0.5, (60, 3)) * size
    return np.asarray(points + np.array([0.3, 0.5 * size[1], -0.2]))


@given(size=sizes, view=st.sampled_from(VIEWS), left=st.booleans(), seed=st.integers(0, 99))
def test_all_points_are_in_the_picture(
    size: tuple[float, float, float], view: str, left: bool, seed: int
) -> None:
    points = cloud(size, seed)
    camera = camera_for(points, view, (800, 720), from_left=left)
    seen = camera.project(points)
    assert seen.min() > 0
    assert seen[:, 0].max() < 799
    assert seen[:, 1].max() < 719


@given(size=sizes, view=st.sampled_from(VIEWS), seed=st.integers(0, 99))
def test_a_ray_through_a_pixel_meets_the_point_that_is_seen_there(
    size: tuple[float, float, float], view: str, seed: int
) -> None:
    points = cloud(size, seed)
    camera = camera_for(points, view, (640, 400))
    rays = camera.rays(camera.project(points))
    towards = points - camera.place
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    assert np.abs(rays - towards).max() < 1e-4


def test_who_stands_is_shown_side_by_side_and_who_lies_one_above_the_other() -> None:
    standing, lying = cloud((0.6, 1.7, 0.5), 1), cloud((0.6, 0.3, 1.8), 1)
    assert layout_for(standing, ("side", "front"))[0] is LAYOUTS[0]
    assert layout_for(lying, ("side", "oblique"))[0] is LAYOUTS[1]


def test_the_side_view_is_from_the_side_that_is_asked_for() -> None:
    points = cloud((0.6, 1.7, 0.5), 2)
    assert camera_for(points, "side", (800, 720), from_left=True).place[0] > 5
    assert camera_for(points, "side", (800, 720), from_left=False).place[0] < -5


def test_a_side_is_seen_a_little_from_behind_where_that_is_asked_for() -> None:
    points = cloud((0.6, 1.7, 0.5), 2)
    ahead, behind = (camera_for(points, "side", (800, 720), from_behind=each) for each in (False, True))
    assert ahead.place[2] > points[:, 2].max()
    assert behind.place[2] < points[:, 2].min()


def test_what_is_near_is_larger_in_the_first_view_only() -> None:
    points = cloud((0.6, 1.7, 0.5), 3)
    far = layout_for(points, ("front", "side"))[1]
    near = layout_for(points, ("front", "side"), near=points[points[:, 1] > 1.0])[1]
    assert near[0].px_per_m > 1.3 * far[0].px_per_m
    assert near[1].px_per_m == pytest.approx(far[1].px_per_m)
