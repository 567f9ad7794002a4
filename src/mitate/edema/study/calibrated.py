"""Intervals and probabilities for rows that only give kilograms: from their own errors on other people.

Split conformal prediction in its plainest form (Vovk, Gammerman & Shafer, 2005): the 5th and 95th percentile
of the errors that the same row made, with as many labelled days, on people outside the test; and the
probability of being before dialysis by a logistic curve (Platt, 1999) in kilograms above the middle of the
patient's lessons.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mitate.edema.study.course import Course, Exam, Lesson, split_course
from mitate.edema.study.method import Answer
from mitate.errors import InputError
from mitate.files import write_text

__all__ = [
    "Calibrated",
    "Errors",
    "Level",
    "Point",
    "PointMethod",
    "calibrate",
    "days_of",
    "middle_of",
    "read_errors",
    "write_errors",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Kilograms of one exam and of each of its frames (n,), and how doubtful they are."""

    excess_kg: float
    frame_excess_kg: Array
    doubt: float


class PointMethod(Protocol):
    """A row that gives kilograms only; as `Method`, with `points` in place of `answer`."""

    @property
    def name(self) -> str: ...

    @property
    def least_days(self) -> int: ...

    def points(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Point]:
        """Learn from `lessons`, then say the kilograms of each exam in order of time."""


@dataclass(frozen=True, slots=True)
class Level:
    """Errors at one level, of sessions or of frames.

    Attributes:
        low_kg, high_kg: 5th and 95th percentile of truth minus answer.
        offset, slope: of the logistic curve in kilograms above the patient's middle.
    """

    low_kg: float
    high_kg: float
    offset: float
    slope: float

    def probability(self, above_kg: Array) -> Array:
        """Of being before dialysis, for answers (n,) above the middle of the patient's lessons."""
        return np.asarray(special.expit(self.offset + self.slope * above_kg))


@dataclass(frozen=True, slots=True)
class Errors:
    """What a row did on other people with one number of labelled days."""

    session: Level
    frame: Level


class Calibrated:
    """A row with intervals and probabilities.

    Args:
        method: gives kilograms.
        errors: labelled days → what it did on other people.

    Raises:
        InputError: no errors are given.
    """

    def __init__(self, method: PointMethod, errors: Mapping[int, Errors]) -> None:
        if not errors:
            raise InputError("a row cannot be calibrated without errors on other people", where=method.name)
        self.method, self.errors = method, dict(errors)
        self.name, self.least_days = method.name, method.least_days

    def answer(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Answer]:
        """As `Method.answer`."""
        days = days_of(lessons)
        errors = self.errors[max((k for k in self.errors if k <= days), default=min(self.errors))]
        middle = middle_of(lessons)
        return [_answer(point, errors, middle) for point in self.method.points(lessons, exams)]


def _answer(point: Point, errors: Errors, middle: float) -> Answer:
    frames = point.frame_excess_kg
    return Answer(
        excess_kg=point.excess_kg,
        probability=float(errors.session.probability(np.array(point.excess_kg - middle))),
        interval_90=(point.excess_kg + errors.session.low_kg, point.excess_kg + errors.session.high_kg),
        frame_excess_kg=frames,
        frame_probability=errors.frame.probability(frames - middle),
        frame_low_kg=frames + errors.frame.low_kg,
        frame_high_kg=frames + errors.frame.high_kg,
        doubt=point.doubt,
    )


def write_errors(path: Path, asked: str, errors: Mapping[int, Errors]) -> None:
    """Keeps errors by labelled days, with a text that says what they are of."""
    content = {"of": asked, "errors": {str(days): asdict(found) for days, found in errors.items()}}
    write_text(path, json.dumps(content, indent=1) + "\n")


def read_errors(path: Path, asked: str) -> dict[int, Errors] | None:
    """What `write_errors` kept; None where nothing is there or it is of something else.

    Raises:
        InputError: the file cannot be read as such.
    """
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["of"] != asked:
            return None
        return {
            int(days): Errors(Level(**found["session"]), Level(**found["frame"]))
            for days, found in content["errors"].items()
        }
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("not a row's errors", where=path, todo="remove this file") from error


def days_of(lessons: Sequence[Lesson]) -> int:
    """Labelled days; 0 where the reference is all there is."""
    return len({lesson.day for lesson in lessons}) if len(lessons) > 1 else 0


def middle_of(lessons: Sequence[Lesson]) -> float:
    """Kilograms between the lessons' mean before and mean after dialysis; of one kind only, their mean."""
    kinds = [[lesson.excess_kg for lesson in lessons if lesson.phase == phase] for phase in ("pre", "post")]
    means = [float(np.mean(kind)) for kind in kinds if kind]
    return float(np.mean(means if means else [lesson.excess_kg for lesson in lessons]))


def calibrate(method: PointMethod, courses: Sequence[Course], days: Sequence[int]) -> Calibrated:
    """Tries a row on other people and remembers its errors.

    Args:
        method: gives kilograms.
        courses: of people outside the test.
        days: numbers of labelled days, each tried on its own; those that nobody's course allows, or that the
            row cannot do with, are passed over.

    Raises:
        InputError: no course is long enough.
    """
    errors = {}
    for count in days:
        if count >= method.least_days and (found := _tried(method, courses, count)) is not None:
            errors[count] = found
    if not errors:
        raise InputError("no course is long enough to calibrate a row on", where=method.name)
    return Calibrated(method, errors)


def _tried(method: PointMethod, courses: Sequence[Course], days: int) -> Errors | None:
    said: list[tuple[float, float, bool]] = []  # above the middle, truth above the answer, before dialysis
    frames: list[tuple[Array, float, bool]] = []
    for course in courses:
        split = split_course(course, days)
        if split is None or days_of(split.lessons) < days:
            continue
        middle = middle_of(split.lessons)
        points = method.points(split.lessons, split.exams)
        for point, truth, pre in zip(points, split.truth_kg, split.is_pre, strict=True):
            said.append((point.excess_kg - middle, float(truth) - point.excess_kg, bool(pre)))
            frames.append((point.frame_excess_kg - middle, float(truth) - middle, bool(pre)))
    if not said:
        return None
    above, error, pre_dialysis = (np.array(column) for column in zip(*said, strict=True))
    frame_above = np.concatenate([values for values, _, _ in frames])
    frame_error = np.concatenate([truth - values for values, truth, _ in frames])
    frame_pre = np.concatenate([np.full(len(values), before) for values, _, before in frames])
    return Errors(_level(above, error, pre_dialysis), _level(frame_above, frame_error, frame_pre))


def _level(above: Array, error: Array, pre: NDArray[np.bool_]) -> Level:
    low, high = (float(value) for value in np.quantile(error, [0.05, 0.95]))
    offset, slope = _logistic(above, pre)
    return Level(min(low, 0.0), max(high, 0.0), offset, slope)


def _logistic(values: Array, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Offset and slope; a slope never falls, since more fluid cannot speak for being after dialysis."""
    if truth.all() or not truth.any() or np.ptp(values) < 1e-9:
        share = (truth.sum() + 0.5) / (len(truth) + 1)
        return float(special.logit(share)), 0.0
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=10.0).fit(values[:, None], truth)
    slope = max(0.0, float(fitted.coef_[0, 0]))
    return float(fitted.intercept_[0]), slope
