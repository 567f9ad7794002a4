from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.crops import CropStore
from mitate.edema.study.calibrated import (
    Calibrated,
    Point,
    calibrate,
    days_of,
    middle_of,
    read_errors,
    write_errors,
)
from mitate.edema.study.course import Course, Exam, Lesson, split_course
from mitate.edema.study.courses import courses_of_store
from mitate.errors import InputError

Draw = Callable[..., list[Course]]


@dataclass(frozen=True)
class Brightness:
    """Kilograms by how much brighter the spot is than in the lessons; sees the fluid with some error."""

    name: str = "brightness"
    least_days: int = 1

    def points(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Point]:
        def spot(crops: NDArray[np.uint8]) -> NDArray[np.float64]:
            inside = crops[:, 16:24, 8:16].mean(axis=(1, 2, 3))
            return np.asarray(inside - crops[:, :8].mean(axis=(1, 2, 3)))

        level = np.mean([spot(lesson.crops).mean() - 8 * lesson.excess_kg for lesson in lessons])
        found = [(spot(exam.crops) - level) / 8 for exam in exams]
        return [Point(float(values.mean()), values, 0.1) for values in found]


@pytest.fixture(scope="module")
def row(population: CropStore) -> Calibrated:
    return calibrate(Brightness(), courses_of_store(population), [0, 1, 2])


def test_intervals_cover_new_people(row: Calibrated, world: Draw) -> None:
    inside, frames, right = [], [], []
    for course in world(40, seed=7):
        split = split_course(course, 1)
        assert split is not None
        for answer, truth, pre in zip(
            row.answer(split.lessons, split.exams), split.truth_kg, split.is_pre, strict=True
        ):
            inside.append(answer.interval_90[0] <= truth <= answer.interval_90[1])
            frames += ((answer.frame_low_kg <= truth) & (truth <= answer.frame_high_kg)).tolist()
            right.append((answer.probability > 0.5) == pre)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.07)
    assert np.mean(frames) == pytest.approx(0.9, abs=0.05)
    assert np.mean(right) > 0.9


def test_each_number_of_days_is_calibrated_on_its_own(row: Calibrated) -> None:
    assert sorted(row.errors) == [1, 2]  # the row cannot do without a labelled day
    assert row.least_days == 1
    assert row.errors[1] != row.errors[2]


def test_more_days_than_were_tried_use_the_most_that_were(row: Calibrated, world: Draw) -> None:
    split = split_course(world(1)[0], 3)
    assert split is not None
    [answer, *_] = row.answer(split.lessons, split.exams)
    assert answer.interval_90[1] - answer.excess_kg == pytest.approx(row.errors[2].session.high_kg)


def test_it_can_be_pickled(row: Calibrated) -> None:
    assert pickle.loads(pickle.dumps(row)).errors == row.errors


def test_nobody_to_calibrate_on_is_told(population: CropStore) -> None:
    with pytest.raises(InputError, match="long enough"):
        calibrate(Brightness(), courses_of_store(population), [9])
    with pytest.raises(InputError, match="without errors"):
        Calibrated(Brightness(), {})


def test_days_and_middle_of_lessons() -> None:
    crops = np.zeros((1, 8, 8, 3), np.uint8)
    reference = Lesson(crops, "post", 0, 0.4)
    assert days_of([reference]) == 0
    assert middle_of([reference]) == pytest.approx(0.4)
    more = [reference, Lesson(crops, "pre", 0, 2.4), Lesson(crops, "pre", 2, 3.4)]
    assert days_of(more) == 2
    assert middle_of(more) == pytest.approx((0.4 + 2.9) / 2)


def test_errors_are_kept_with_what_they_are_of(row: Calibrated, tmp_path: Path) -> None:
    kept = tmp_path / "errors.json"
    assert read_errors(kept, "this") is None
    write_errors(kept, "this", row.errors)
    assert read_errors(kept, "this") == row.errors
    assert read_errors(kept, "that") is None
    kept.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"not a row.s errors"):
        read_errors(kept, "this")
