"""A camera is a pinhole; what is drawn lies where it says."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from mitate.simulate.movement_film import MovementScene, film_frames, film_truth
from mitate.simulate.movement_set import MovementPlan, draw_film
from mitate.simulate.posing import pose_body
from mitate.simulate.studio import View, project


def test_a_camera_without_turns_is_a_pinhole() -> None:
    view = View(0.0, 0.0, 0.0, distance_m=3.0, focal_px=500.0, width=201, height=401, aim=(0.1, -0.2))
    x, y = project(np.array([0.3, 1.2, 0.5]), view, 1.6)
    assert x == pytest.approx(100 + 500 * (0.3 - 0.1) / 2.5)
    assert y == pytest.approx(200 - 500 * (1.2 - 0.8 + 0.2) / 2.5)


def test_yaw_turns_to_the_persons_left_and_pitch_looks_down() -> None:
    level = View(0.0, 0.0, 0.0, distance_m=3.0, focal_px=500.0, width=201, height=401)
    nose = np.array([0.0, 0.8, 0.1])
    assert project(nose, replace(level, yaw=90.0), 1.6)[0] > 100  # their left is the picture's right
    assert project(nose, replace(level, pitch=20.0), 1.6)[1] > 200  # nearer things are lower


@pytest.fixture(scope="module")
def scene() -> MovementScene:
    lacking = [name for name in ("anny", "embreex", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    plan = MovementPlan(1, 3, ("forward_bend",), yaw=50.0, loose=0.0, repetitions=1, frame_rate=1.0,
                        width=96, height=160)  # fmt: skip
    return draw_film(plan, 0, "forward_bend")


def test_the_body_is_drawn_where_its_points_are_projected(scene: MovementScene) -> None:
    bare = replace(scene.room, background=np.ones_like(scene.room.background), noise=0.0, blur_px=0.3,
                   key=0.0, ambient=0.2)  # fmt: skip
    dark = replace(scene.dress, colour=np.zeros_like(scene.dress.colour), off_skin=0 * scene.dress.off_skin)
    picture = next(iter(film_frames(replace(scene, room=bare, dress=dark))))
    rows, columns = np.nonzero(picture.mean(axis=2) < 100)
    posed = pose_body(scene.mover.shape, scene.motion.at(0))
    pixels = project(posed.vertices, scene.view, scene.mover.height_m)
    assert columns.min() == pytest.approx(pixels[:, 0].min(), abs=1.6)
    assert columns.max() == pytest.approx(pixels[:, 0].max(), abs=1.6)
    assert rows.min() == pytest.approx(pixels[:, 1].min(), abs=1.6)
    assert rows.max() == pytest.approx(pixels[:, 1].max(), abs=1.6)


def test_the_same_scene_gives_the_same_pixels(scene: MovementScene) -> None:
    first, second = (next(iter(film_frames(scene))) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (160, 96, 3)


def test_the_whole_body_stays_in_the_picture(scene: MovementScene) -> None:
    pixels = film_truth(scene).pixels
    assert pixels.min() > 0
    assert pixels[..., 0].max() < 95
    assert pixels[..., 1].max() < 159
