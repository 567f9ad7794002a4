from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.crops import CropStore
from mitate.edema.study.course import Exam, Lesson
from mitate.edema.study.simple import PatientMean, patient_mean


@pytest.fixture
def crops() -> NDArray[np.uint8]:
    return np.zeros((3, 32, 32, 3), np.uint8)


def test_it_says_the_middle_of_the_lessons(crops: NDArray[np.uint8]) -> None:
    lessons = [
        Lesson(crops, "post", 0, 0.2),
        Lesson(crops, "pre", 0, 2.0),
        Lesson(crops, "pre", 2, 3.0),
    ]
    [point] = PatientMean(5.0).points(lessons, [Exam(crops, 4)])
    assert point.excess_kg == pytest.approx((2.5 + 0.2) / 2)
    assert point.frame_excess_kg.tolist() == [point.excess_kg] * 3


def test_a_lone_reference_is_moved_by_half_the_populations_gain(crops: NDArray[np.uint8]) -> None:
    row = PatientMean(1.1)
    assert row.points([Lesson(crops, "post", 0, 0.3)], [Exam(crops, 1)])[0].excess_kg == pytest.approx(1.4)
    assert row.points([Lesson(crops, "pre", 0, 2.3)], [Exam(crops, 1)])[0].excess_kg == pytest.approx(1.2)


def test_the_gain_is_the_populations(population: CropStore) -> None:
    assert patient_mean(population).half_gain_kg == pytest.approx(1.1, abs=0.1)
