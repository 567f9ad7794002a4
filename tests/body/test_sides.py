from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from mitate.body.points import MIRRORED
from mitate.body.sides import swapped_frames, with_sides

Walker = Callable[..., tuple[Any, Any, Any]]
FRAMES = 90


def _broken(values: Any, swapped: Any) -> Any:
    """What a network gives that swaps sides in these frames."""
    return with_sides(values, np.repeat(swapped[:, None], 33, axis=1))


@pytest.mark.parametrize("yaw_deg", [0, 90])
def test_an_unswapped_walk_is_left_alone(walker: Walker, yaw_deg: float) -> None:
    points, world, times = walker(FRAMES, yaw_deg=yaw_deg, speed=1.0)
    assert not swapped_frames(points, world, np.ones((FRAMES, 33), np.float32), times).any()


@run(max_examples=40)
@given(
    yaw_deg=st.floats(-180, 180),
    speed=st.floats(0.2, 1.2),
    stretches=st.lists(st.tuples(st.integers(0, FRAMES - 1), st.integers(1, 12)), max_size=3),
    missing=st.sets(st.integers(0, FRAMES - 1), max_size=6),
)
def test_swapped_stretches_are_swapped_back(
    walker: Walker, yaw_deg: float, speed: float, stretches: list[tuple[int, int]], missing: set[int]
) -> None:
    points, world, times = walker(FRAMES, yaw_deg=yaw_deg, speed=speed)
    swapped = np.zeros(FRAMES, bool)
    for start, length in stretches:
        swapped[start : start + length] = True
    gone = sorted(missing)
    points[gone], world[gone] = np.nan, np.nan
    seen, placed = _broken(points, swapped), _broken(world, swapped)
    rng = np.random.default_rng(1)
    seen = (seen + rng.normal(0, 2, seen.shape)).astype(np.float32)
    found = swapped_frames(seen, placed, np.ones((FRAMES, 33), np.float32), times)
    np.testing.assert_array_equal(with_sides(placed, found), world)


def test_a_collapse_between_two_sides_does_not_hide_a_swap(walker: Walker) -> None:
    points, world, times = walker(FRAMES, yaw_deg=20, speed=0.5, rate=60)
    swapped = np.arange(FRAMES) >= 60
    seen, placed = _broken(points, swapped), _broken(world, swapped)
    for values in (seen, placed):  # for one frame both sides lie in the middle
        values[59] = (values[59] + values[59][list(MIRRORED)]) / 2
    found = swapped_frames(seen, placed, np.ones((FRAMES, 33), np.float32), times)
    assert found[60:, 1:].all()
    assert not found[:59].any()


def test_legs_alone_are_swapped_back(walker: Walker) -> None:
    points, world, times = walker(FRAMES, yaw_deg=80, speed=0.8)
    wrong = np.zeros((FRAMES, 33), bool)
    wrong[40:50, 23:] = True
    found = swapped_frames(
        with_sides(points, wrong), with_sides(world, wrong), np.ones((FRAMES, 33), np.float32), times
    )
    np.testing.assert_array_equal(found, wrong)


def test_nobody_has_no_sides() -> None:
    points, world = np.full((5, 33, 2), np.nan, np.float32), np.full((5, 33, 3), np.nan, np.float32)
    assert not swapped_frames(points, world, np.zeros((5, 33), np.float32), np.arange(5.0)).any()
