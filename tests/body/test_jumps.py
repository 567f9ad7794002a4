from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from mitate.body.jumps import jumping
from mitate.body.points import MIRRORED

Walker = Callable[..., tuple[Any, Any, Any]]
FRAMES, TORSO = 90, 150.0  # the walker's, px


@pytest.mark.parametrize("rate", [15, 30, 60])
def test_a_walk_with_jitter_does_not_jump(walker: Walker, rate: float) -> None:
    points, _, times = walker(FRAMES, yaw_deg=40, speed=1.0, rate=rate)
    points += np.random.default_rng(0).normal(0, 2, points.shape).astype(np.float32)
    assert not jumping(points, times, TORSO).any()


@run(max_examples=15)
@given(st.integers(15, FRAMES - 20), st.integers(1, 4), st.floats(-30, 30), st.floats(0.2, 1.0))
def test_a_collapse_for_a_few_frames_is_found_and_nothing_else(
    walker: Walker, start: int, length: int, yaw_deg: float, speed: float
) -> None:
    points, _, times = walker(FRAMES, yaw_deg=yaw_deg, speed=speed, rate=60)
    collapsed = slice(start, start + length)
    whole = points.copy()
    points[collapsed] = (points[collapsed] + points[collapsed][:, list(MIRRORED)]) / 2
    far = np.linalg.norm(points - whole, axis=2) > 0.3 * TORSO
    found = jumping(points, times, TORSO)
    assert found[far].all()
    found[collapsed] = False
    assert not found.any()


def test_a_jump_that_stays_is_no_jump_away(walker: Walker) -> None:
    points, _, times = walker(FRAMES, yaw_deg=0, speed=0.5)
    points[45:] += 200
    assert jumping(points, times, TORSO).mean() < 0.05


def test_ends_gaps_and_few_frames_are_not_judged(walker: Walker) -> None:
    points, _, times = walker(FRAMES, yaw_deg=0, speed=0.5)
    points[0] += 100
    points[-1] += 100
    points[40:50] = np.nan
    points[39] += 100
    found = jumping(points, times, TORSO)
    assert not found.any()
    sparse = np.arange(FRAMES) / 5
    points[20] += 100
    assert jumping(points, times, TORSO)[20].all()
    assert not jumping(points, sparse, TORSO).any()
    assert not jumping(points, times, None).any()
