"""What the pictures must show: the figure, the highlight, contact with the floor, things held."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.simulate.body_model import Floats
from mitate.simulate.exercise_camera import Camera, camera_for
from mitate.simulate.exercise_figure import Figure, figure
from mitate.simulate.exercise_light import Surface
from mitate.simulate.exercise_mesh import box, cylinder, joined
from mitate.simulate.exercise_studio import Room, Studio
from mitate.simulate.exercise_tint import tint_of
from mitate.simulate.posing import pose_body


@pytest.fixture(scope="module")
def woman() -> Figure:
    lacking = [name for name in ("anny", "embreex", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return figure("woman")


@pytest.fixture(scope="module")
def standing(woman: Figure) -> Floats:
    return pose_body(woman.shape, {}).vertices


@pytest.fixture(scope="module")
def camera(standing: Floats) -> Camera:
    return camera_for(standing, "back", (240, 320))


def empty_room(standing: Floats) -> Room:
    return Room(joined([]), (Surface(1, 1.0, 0.0),), 0.5 * (standing.min(axis=0) + standing.max(axis=0)))


def picture(
    woman: Figure, vertices: Floats, camera: Camera, parts: tuple[str, ...] = ()
) -> NDArray[np.int64]:
    studio = Studio(woman, tint_of(woman.shape, parts, woman.spread), empty_room(vertices), [camera])
    return studio.pictures(vertices)[0].astype(np.int64)


def test_the_figure_covers_what_its_points_cover(woman: Figure, standing: Floats, camera: Camera) -> None:
    seen = picture(woman, standing, camera)
    away = picture(woman, standing + np.array([0, 0, 90], np.float32), camera)
    figure_there = np.abs(seen - away).max(axis=2) > 60
    at = camera.project(standing)
    rows, columns = np.flatnonzero(figure_there.any(axis=1)), np.flatnonzero(figure_there.any(axis=0))
    assert abs(rows[0] - at[:, 1].min()) < 4
    assert abs(rows[-1] - at[:, 1].max()) < 6
    assert abs(columns[0] - at[:, 0].min()) < 4
    assert abs(columns[-1] - at[:, 0].max()) < 4


def test_a_highlight_is_warm_and_where_it_should_be(woman: Figure, standing: Floats, camera: Camera) -> None:
    plain, warm = picture(woman, standing, camera), picture(woman, standing, camera, ("glutes",))
    changed = np.abs(warm - plain).max(axis=2) > 40
    heights = np.flatnonzero(changed.any(axis=1))
    hip = camera.project(woman.shape.joints["left_thigh"])[1]
    assert abs(heights.mean() - hip) < 25
    assert (warm[changed][:, 0] > warm[changed][:, 2]).mean() > 0.8


def test_feet_on_the_floor_darken_it_and_feet_in_the_air_less(
    woman: Figure, standing: Floats, camera: Camera
) -> None:
    lifted = standing + np.array([0, 0.25, 0], np.float32)
    at = camera.project(woman.shape.joints["left_foot"] * np.array([1.45, 0, 1], np.float32)).astype(int)
    beside = (slice(at[1] - 2, at[1] + 3), slice(at[0] - 4, at[0] + 5))
    assert picture(woman, standing, camera)[beside].min() < picture(woman, lifted, camera)[beside].min() - 8


def test_the_same_moment_gives_the_same_picture(woman: Figure, standing: Floats, camera: Camera) -> None:
    assert np.array_equal(picture(woman, standing, camera), picture(woman, standing, camera))


def test_things_hide_the_figure_and_held_things_are_seen(
    woman: Figure, standing: Floats, camera: Camera
) -> None:
    free = empty_room(standing)
    screen = box(np.array([-1.0, 0, -1.05]), np.array([1.0, 1.2, -1.0]), (0.9, 0.1, 0.1))
    behind = Room(screen, free.surfaces, free.middle)
    none = tint_of(woman.shape, (), woman.spread)
    hidden = Studio(woman, none, behind, [camera]).pictures(standing)[0].astype(int)
    assert hidden[200, 120, 0] > 2 * hidden[200, 120, 2]  # the screen stands before the legs
    shown = Studio(woman, none, free, [camera])
    rod = cylinder(np.array([-0.6, 1.4, -0.3]), np.array([0.6, 1.4, -0.3]), 0.02, (0.9, 0.1, 0.1))
    without, held = (shown.pictures(standing, things)[0].astype(int) for things in ((), (rod,)))
    changed = np.abs(held - without).max(axis=2) > 40
    assert np.ptp(np.flatnonzero(changed.any(axis=0))) > 150


def test_a_wall_between_camera_and_figure_is_seen_through(
    woman: Figure, standing: Floats, camera: Camera
) -> None:
    free = empty_room(standing)
    wall = box(np.array([-1.5, 0, -1.1]), np.array([1.5, 2.3, -1.0]), (0.7, 0.7, 0.7))
    walled = Room(wall, (*free.surfaces, Surface(2, 1.0, -1.0)), free.middle)
    none = tint_of(woman.shape, (), woman.spread)
    seen, through = (Studio(woman, none, room, [camera]).pictures(standing)[0] for room in (free, walled))
    assert np.abs(seen[40:200, 100:140].astype(int) - through[40:200, 100:140]).max() < 8
