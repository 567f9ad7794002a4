"""Simulated sets: as many repetitions as are told, when they are told, and the same person every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mitate.back.exercises import exercise
from mitate.back.repetitions import count_repetitions
from mitate.errors import InputError
from mitate.simulate.exercise_sets import ExerciseSet, course_of, sample_set, set_frames, write_set
from mitate.simulate.studio import project

NAME = "sit_to_stand"


@pytest.fixture(scope="module")
def made() -> ExerciseSet:
    return sample_set(np.random.default_rng(3), exercise(NAME), repetitions=3)


@pytest.fixture(scope="module")
def course(made: ExerciseSet) -> np.ndarray:
    return course_of(made.one, made.rig, made.variables, made.times_s)


def test_the_true_course_has_the_repetitions_that_are_told(made: ExerciseSet, course: np.ndarray) -> None:
    assert len(made.repetitions) == 3
    found = count_repetitions(made.times_s, course, made.one.coach.least)
    assert len(found) == 3
    for one, told in zip(found, made.repetitions, strict=True):
        assert told.start_s - 0.3 <= one.start_s <= one.peak_s <= one.end_s <= told.end_s + 0.6
        assert told.start_s < told.peak_s < told.end_s


def test_the_person_rests_at_both_ends_and_stays_in_the_picture(made: ExerciseSet) -> None:
    still = np.abs(made.variables[0] - made.variables[-1])
    assert still.max() < 8
    for number in (0, len(made) // 2):
        places = project(made.pose(number).points, made.view, made.mover.height_m)
        assert np.all((places >= 0) & (places <= [made.view.width, made.view.height]))


def test_a_set_is_the_same_every_time_and_a_part_of_the_way_is_less(
    made: ExerciseSet, course: np.ndarray
) -> None:
    again = sample_set(np.random.default_rng(3), exercise(NAME), repetitions=3)
    np.testing.assert_array_equal(again.variables, made.variables)
    less = sample_set(np.random.default_rng(3), exercise(NAME), mover=made.mover, repetitions=2, share=0.6)
    part = course_of(less.one, less.rig, less.variables, less.times_s)
    assert 0.4 * np.ptp(course) < np.ptp(part) < 0.8 * np.ptp(course)


def test_a_set_is_filmed(made: ExerciseSet, tmp_path: Path) -> None:
    picture = next(set_frames(made))
    assert picture.shape == (made.view.height, made.view.width, 3)
    short = sample_set(np.random.default_rng(3), exercise(NAME), mover=made.mover, repetitions=1, rate_hz=2)
    write_set(short, tmp_path / "set.mp4")
    assert (tmp_path / "set.mp4").stat().st_size > 1000


def test_what_cannot_be_a_set_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="repetitions"):
        sample_set(rng, exercise(NAME), repetitions=0)
    with pytest.raises(InputError, match="share"):
        sample_set(rng, exercise(NAME), share=2.0)
    with pytest.raises(InputError, match="no repetitions"):
        sample_set(rng, exercise("forearm_plank"))
