from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.crops import CropStore
from mitate.edema.encoder import Encoder
from mitate.edema.population import embedded_people
from mitate.edema.prior import Prior, fit_prior
from mitate.edema.study.bayes import BayesianHead
from mitate.edema.study.calibrated import calibrate
from mitate.edema.study.course import Course, Split, split_course
from mitate.edema.study.courses import courses_of_store
from mitate.edema.study.method import Answer, Method
from mitate.edema.study.simple import patient_mean
from mitate.errors import InputError

Draw = Callable[..., list[Course]]


class Blocks:
    """Means of 8 x 8 blocks."""

    key = "blocks"

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        n, side = len(crops), crops.shape[1] // 8
        parts = crops.reshape(n, side, 8, side, 8, 3).astype(np.float32)
        return np.asarray(parts.mean(axis=(2, 4)).reshape(n, -1))


@pytest.fixture(scope="module")
def prior(population: CropStore) -> Prior:
    def nothing(what: str, done: float, of: float, detail: str) -> None:
        return None

    people = embedded_people(population, population.participants, Blocks(), population.size, nothing)
    return fit_prior(people, trained_on="simulated", crop_size=population.size)


@pytest.fixture(scope="module")
def row(prior: Prior) -> BayesianHead:
    return BayesianHead(Blocks(), prior, name="blocks")


def cut(course: Course, days: int) -> Split:
    split = split_course(course, days)
    assert split is not None
    return split


def errors(method: Method, courses: list[Course], days: int) -> tuple[float, float]:
    """Mean absolute error in kilograms and share of right phases."""
    off, right = [], []
    for course in courses:
        split = cut(course, days)
        for answer, truth, pre in zip(
            method.answer(split.lessons, split.exams), split.truth_kg, split.is_pre, strict=True
        ):
            off.append(abs(answer.excess_kg - truth))
            right.append((answer.probability > 0.5) == pre)
    return float(np.mean(off)), float(np.mean(right))


def same(one: Answer, other: Answer) -> None:
    for name in Answer.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("days", [0, 1, 2])
def test_it_beats_the_patients_mean_where_fluid_can_be_seen(
    row: BayesianHead, population: CropStore, world: Draw, days: int
) -> None:
    others = courses_of_store(population)
    mean = calibrate(patient_mean(population), others, [0, 1, 2])
    courses = world(10)
    error, right = errors(row, courses, days)
    assert error < 0.6 * errors(mean, courses, days)[0]
    assert right > 0.9


def test_more_lessons_narrow_the_interval(row: BayesianHead, world: Draw) -> None:
    widths: list[float] = []
    for days in (0, 1, 2, 3):
        found = []
        for course in world(5):
            split = cut(course, days)
            last = row.answer(split.lessons, split.exams)[-1]
            found.append(last.interval_90[1] - last.interval_90[0])
        widths.append(float(np.mean(found)))
    assert widths == sorted(widths, reverse=True)


def test_later_exams_do_not_change_earlier_answers(row: BayesianHead, world: Draw) -> None:
    split = cut(world(1)[0], 1)
    whole = row.answer(split.lessons, split.exams)
    for count in range(1, len(split.exams)):
        for one, other in zip(row.answer(split.lessons, split.exams[:count]), whole, strict=False):
            same(one, other)


def test_it_is_deterministic_and_can_be_pickled(row: BayesianHead, world: Draw) -> None:
    split = cut(world(1)[0], 1)
    copied = pickle.loads(pickle.dumps(row))
    for one, other in zip(
        row.answer(split.lessons, split.exams), copied.answer(split.lessons, split.exams), strict=True
    ):
        same(one, other)


def test_frames_are_more_uncertain_than_their_session(row: BayesianHead, world: Draw) -> None:
    split = cut(world(1)[0], 2)
    for answer in row.answer(split.lessons, split.exams):
        width = answer.interval_90[1] - answer.interval_90[0]
        assert ((answer.frame_high_kg - answer.frame_low_kg) > 0.99 * width).all()
        assert (answer.frame_low_kg < answer.frame_excess_kg).all()
        assert len(answer.frame_probability) == 5
        np.testing.assert_allclose(answer.frame_excess_kg.mean(), answer.excess_kg, atol=0.3)


def test_a_strange_light_is_doubted(row: BayesianHead, world: Draw) -> None:
    split = cut(world(1)[0], 1)
    exam = split.exams[0]
    strange = (exam.crops * np.linspace(0.2, 1, 32)[:, None]).astype(np.uint8)
    doubts = [
        row.answer(split.lessons, [type(exam)(crops, exam.day)])[0].doubt for crops in (exam.crops, strange)
    ]
    assert doubts[1] > 1.5 * doubts[0]


def test_an_encoder_brings_its_prior_and_features_need_one(tiny_encoder: Encoder, world: Draw) -> None:
    split = cut(world(1)[0], 1)
    one = BayesianHead(tiny_encoder, name="ours")
    other = BayesianHead(tiny_encoder.root, name="ours")
    for a, b in zip(
        one.answer(split.lessons, split.exams), other.answer(split.lessons, split.exams), strict=True
    ):
        same(a, b)
    with pytest.raises(InputError, match="prior"):
        BayesianHead(Blocks(), name="blocks")
