from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.body.scenery import HEIGHT, PERSON, WIDTH, matrix, plain, room, seen, with_person

from mitate.body.background import backdrop, fit, standing_height

MIDDLE = (WIDTH / 2, HEIGHT / 2)
STILL = (0.0, 0.0, 0.0, 1.0)


@settings(max_examples=15)
@given(
    shift=st.tuples(st.floats(-40, 40), st.floats(-40, 40)),
    turn_deg=st.floats(-6, 6),
    zoom=st.floats(0.85, 1.15),
    sway=st.floats(-60, 60),
)
def test_a_moved_room_is_found_again(
    shift: tuple[float, float], turn_deg: float, zoom: float, sway: float
) -> None:
    wall = room()
    before = backdrop(*with_person(seen(wall, STILL), MIDDLE))
    after = backdrop(*with_person(seen(wall, (*shift, turn_deg, zoom)), (MIDDLE[0] + sway, MIDDLE[1])))
    found = fit(before, after)
    assert found is not None
    assert found.turn_deg == pytest.approx(turn_deg, abs=0.15)
    assert float(np.hypot(*found.matrix[:2, 0])) == pytest.approx(zoom, abs=0.005)
    size = max(after.grey.shape) / HEIGHT
    first, second = (np.vstack([matrix(*motion), [0, 0, 1]]) for motion in (STILL, (*shift, turn_deg, zoom)))
    x, y, _ = second @ np.linalg.inv(first) @ [*(before.centre / size), 1.0]
    ours = found.matrix[:2, :2] @ before.centre + found.matrix[:2, 2]
    np.testing.assert_allclose(ours, np.array([x, y]) * size, atol=0.5)
    assert found.shift_error < 0.2
    assert found.turn_error_deg < 0.2


def test_a_camera_that_sets_its_exposure_has_not_moved() -> None:
    wall = seen(room(), STILL)
    brighter = np.clip(1.25 * wall.astype(np.float32) + 15, 0, 255).astype(np.uint8)
    found = fit(backdrop(*with_person(wall, MIDDLE)), backdrop(*with_person(brighter, MIDDLE)))
    assert found is not None
    np.testing.assert_allclose(found.matrix, np.eye(3), atol=0.05)


def test_a_bare_wall_says_nothing() -> None:
    views = [backdrop(*with_person(seen(plain(seed), STILL), MIDDLE)) for seed in (0, 1)]
    assert views[0].is_plain
    assert fit(*views) is None


def test_another_room_is_not_the_same_one_moved() -> None:
    views = [backdrop(*with_person(seen(room(seed), STILL), MIDDLE)) for seed in (0, 1)]
    assert not views[0].is_plain
    assert fit(*views) is None


def test_no_corner_is_on_the_person() -> None:
    view = backdrop(*with_person(seen(room(), STILL), MIDDLE))
    size = max(view.grey.shape) / HEIGHT
    x, y = (view.corners / size - MIDDLE).T
    assert ((x / 55) ** 2 + (y / (PERSON / 2)) ** 2 > 1.2).all()
    assert len(view.corners) > 50


def test_pictures_of_other_sizes_are_not_compared() -> None:
    picture, pose = with_person(seen(room(), STILL), MIDDLE)
    low = cv2.resize(picture, (200, 100))
    assert fit(backdrop(picture, pose), backdrop(np.asarray(low, np.uint8), pose)) is None


def test_tiny_pictures_have_no_corners() -> None:
    _, pose = with_person(seen(room(), STILL), MIDDLE)
    assert backdrop(np.zeros((8, 8, 3), np.uint8), pose).is_plain


def test_height_and_light_of_the_person() -> None:
    picture, pose = with_person(seen(room(), STILL), MIDDLE)
    assert standing_height(pose) == pytest.approx(PERSON)
    assert backdrop(picture, pose).light > 190
    dark = (0.1 * picture).astype(np.uint8)
    assert backdrop(dark, pose).light < 30
