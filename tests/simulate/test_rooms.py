from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mitate.simulate.head import MOUTH
from mitate.simulate.render import Lamp, Light, Surface, lit
from mitate.simulate.rooms import WindowRooms, illumination, light_band, sample_light, sample_wall

ROOMS = WindowRooms()


def _drawn(amount: float, count: int = 60) -> list[Light]:
    return [ROOMS.sample(np.random.default_rng(k), amount) for k in range(count)]


def test_without_spread_all_sessions_are_in_one_room() -> None:
    first, *others = _drawn(0.0, 5)
    for other in others:
        assert np.array_equal(other.direction, first.direction)
        assert (other.key, other.wrap, other.shine) == (first.key, first.wrap, first.shine)
        assert np.array_equal(other.lamps[0].colour, first.lamps[0].colour)
        assert np.array_equal(other.below, first.below)


def test_twice_the_light_doubles_the_same_draws() -> None:
    mean = ROOMS.window[0]
    for once, twice in zip(_drawn(1.0), _drawn(2.0), strict=True):
        if 0.15 < twice.key < 1.1:  # not at an end of its range
            assert twice.key - mean == pytest.approx(2 * (once.key - mean))
        assert np.sign(twice.direction[0]) in (np.sign(once.direction[0]), -np.sign(once.direction[0]))


def test_the_window_is_low_and_cold_and_the_lamps_are_high_and_warm() -> None:
    lights = _drawn(1.0)
    heights = [np.degrees(np.arcsin(light.direction[1])) for light in lights]
    assert max(heights) < 45
    assert np.median(heights) < 15
    sides = [light.direction[0] for light in lights]
    assert min(sides) < -0.5  # from either side
    assert max(sides) > 0.5
    for light in lights:
        (lamp,) = light.lamps
        assert lamp.direction[1] > 0.6
        assert lamp.colour[0] / lamp.colour[2] >= light.key_colour[0] / light.key_colour[2]
        assert np.linalg.norm(light.direction) == pytest.approx(1)
        assert np.linalg.norm(lamp.direction) == pytest.approx(1)


def test_the_shift_is_one_of_light_between_clinics() -> None:
    """The usual rooms have such light as well, but seldom: the median there is the edge here."""

    def uneven(light: Light) -> float:
        left, right = (illumination(light, np.array([side, 0.0, 0.75])) for side in (0.66, -0.66))
        return max(left, right) / min(left, right)

    usual = [uneven(sample_light(np.random.default_rng(k), 1.2)) for k in range(300)]
    other = [uneven(light) for light in _drawn(1.0, 300)]
    assert np.median(other) > 1.15 * np.median(usual)
    assert np.median(other) < np.quantile(usual, 0.95)


def test_illumination_is_what_the_renderer_puts_on_white() -> None:
    rng = np.random.default_rng(3)
    for light in (*_drawn(1.0, 4), sample_light(rng, 1.0), sample_light(rng, 1.0)):
        normal = rng.normal(size=3)
        normal /= np.linalg.norm(normal)
        dot = Surface(
            width=1,
            height=1,
            found=np.array([0]),
            view=np.array([[0.0, 0.0, -1.0]], np.float32),
            points=np.zeros((1, 3), np.float32),
            normal=normal[None].astype(np.float32),
            albedo=np.ones((1, 3), np.float32),
            material=np.array([MOUTH], np.int8),  # does not shine
            scene=None,
        )
        drawn = lit(dot, light, np.zeros((1, 1, 3), np.float32), shadows=False)
        assert illumination(light, normal) == pytest.approx(float(drawn.mean()), rel=1e-4)


def test_a_lamp_adds_light_from_its_side_only() -> None:
    room = replace(sample_light(np.random.default_rng(0), 0.0))
    lamp = Lamp(np.array([1.0, 0.0, 0.0]), 0.5, np.ones(3), 0.0)
    brighter = replace(room, lamps=(lamp,))
    facing, away = np.array([1.0, 0.0, 0.0]), np.array([-1.0, 0.0, 0.0])
    assert illumination(brighter, facing) == pytest.approx(illumination(room, facing) + 0.5)
    assert illumination(brighter, away) == illumination(room, away)


def test_bands_of_light() -> None:
    room = sample_light(np.random.default_rng(0), 0.0)
    assert light_band(room, 1.2) == "even"
    assert light_band(room, 0.3) == "dim"
    aside = replace(room, key=1.0, direction=np.array([1.0, 0.0, 0.0]))
    assert light_band(aside, 1.2) == "from the side"
    assert light_band(aside, 0.3) == "from the side"


def test_walls_are_colours() -> None:
    walls = np.array([sample_wall(np.random.default_rng(k)) for k in range(50)])
    assert walls.shape == (50, 3)
    assert walls.min() >= 0.03
    assert walls.max() <= 0.95
