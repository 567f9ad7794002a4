"""What the equipment names is in the hands, or where hands take it from."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec

import msgspec
import numpy as np
import pytest

from mitate.back.exercise import Exercise
from mitate.back.exercises import exercise
from mitate.simulate.body_model import Floats
from mitate.simulate.exercise_figure import figure
from mitate.simulate.exercise_held import Held
from mitate.simulate.exercise_mesh import joined, spread_over
from mitate.simulate.exercise_motion import ExerciseMotion, exercise_motion


@pytest.fixture(autouse=True)
def _needs_bodies() -> None:
    lacking = [name for name in ("anny", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")


@lru_cache
def motion_of(name: str) -> ExerciseMotion:
    return exercise_motion(exercise(name), figure("man").shape)


def with_things(name: str, *equipment: str, parts: tuple[str, ...] = ("arms",)) -> Exercise:
    changes: dict[str, object] = {"equipment": equipment, "parts": parts}
    return msgspec.structs.replace(exercise(name), **changes)


def held(one: Exercise, motion: ExerciseMotion, frame: int) -> Floats:
    return spread_over(joined(Held(one, motion).at(frame, motion.pose(frame))), 1e-4)


@pytest.mark.parametrize("thing", ["stick", "band", "towel", "weight"])
def test_what_is_held_is_near_the_hands(thing: str) -> None:
    motion = motion_of("standing_row_band")
    for frame in (0, len(motion.times_s) // 2):
        places = held(with_things("standing_row_band", thing), motion, frame)
        for tip in motion.pose(frame).tips:
            assert np.linalg.norm(places - tip, axis=1).min() < 0.16


def test_a_band_goes_round_the_thighs_where_hips_work() -> None:
    motion = motion_of("standing_row_band")
    band = held(with_things("standing_row_band", "band", parts=("hip_side",)), motion, 0)
    knees = motion.pose(0).points[[25, 26]]
    assert abs(band[:, 1].mean() - knees[:, 1].mean()) < 0.15
    assert band[:, 0].max() > knees[:, 0].max()
    assert band[:, 0].min() < knees[:, 0].min()


def test_a_band_that_is_pulled_hangs_on_a_post_that_stands_still() -> None:
    one, motion = exercise("standing_row_band"), motion_of("standing_row_band")
    things = Held(one, motion)
    post = joined(things.standing).vertices
    assert post[:, 1].min() == pytest.approx(0, abs=1e-3)
    ends = [joined(things.at(frame, motion.pose(frame))).vertices[:, 2].max() for frame in (0, 40, 70)]
    assert np.ptp(ends) < 0.01
    assert abs(ends[0] - post[:, 2].mean()) < 0.1


def test_a_box_is_lifted_from_a_table_and_put_back() -> None:
    one, motion = exercise("lifting_box"), motion_of("lifting_box")
    things = Held(one, motion)
    carton = [
        joined(things.at(frame, motion.pose(frame))).vertices.mean(axis=0)
        for frame in range(0, len(motion.times_s), 5)
    ]
    heights = np.array([place[1] for place in carton])
    assert np.ptp(heights) > 0.2
    assert np.abs(carton[0] - carton[-1]).max() < 0.03
    assert np.abs(np.diff(heights)).max() < 0.12  # it does not jump into the hands
    table = joined(things.standing).vertices
    lowest = min(joined(things.at(frame, motion.pose(frame))).vertices[:, 1].min() for frame in (0, 60))
    assert table[:, 1].max() <= lowest + 0.02


def test_nothing_is_held_where_nothing_is_needed() -> None:
    motion = motion_of("standing_row_band")
    things = Held(with_things("standing_row_band", "chair", "mat"), replace(motion, name="other"))
    assert things.at(0, motion.pose(0)) == []
    assert things.standing == []
