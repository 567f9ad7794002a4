"""A held-out patient as a method meets him: lessons with labels, then exams without any.

What a method may not know of a test day is not in what it is given: an `Exam` has no phase and no weight, and
the excess of a `Lesson` rests on the weights of its own days only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mitate.edema.participants import Participant, Session, dry_weight
from mitate.edema.sessions import Phase
from mitate.errors import InputError

__all__ = ["LABELLED_DAYS", "Capture", "Course", "Exam", "Lesson", "Split", "groups_of", "split_course"]

LABELLED_DAYS = (0, 1, 2, 3, 5)
"""Days that a method may learn from; 0 is one reference session with its weight."""


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """One session of a held-out patient, all that is known of it.

    Attributes:
        session: of the cohort's tables, with phase, day and weight.
        crops: (n, S, S, 3) uint8 RGB edema crops.
    """

    session: Session
    crops: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One held-out patient.

    Attributes:
        participant: of the cohort's tables.
        captures: in order of time, pre before post.
        groups: what fairness is looked at by, such as ``skin tone`` → ``dark``.
    """

    participant: Participant
    captures: tuple[Capture, ...]
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A labelled session: crops, phase, treatment day and excess in kilograms over dry weight."""

    crops: NDArray[np.uint8]
    phase: Phase
    day: int
    excess_kg: float


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """A session that is to be judged: crops and treatment day, nothing else."""

    crops: NDArray[np.uint8]
    day: int


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A course divided at its k-th day.

    Attributes:
        lessons: the reference first (the first post session), then the others in order of time. With 0
            days it is the reference alone.
        exams: all weighed pre and post sessions of later days, in order of time.
        truth_kg: (n,) excess of the exams over the same dry weight; never given to a method.
        is_pre: (n,) phase of the exams; never given to a method.
        dry_weight_kg: given by the cohort, or estimated from the lessons' days.
    """

    participant_id: str
    lessons: tuple[Lesson, ...]
    exams: tuple[Exam, ...]
    truth_kg: NDArray[np.float64]
    is_pre: NDArray[np.bool_]
    dry_weight_kg: float


def split_course(course: Course, days: int) -> Split | None:
    """What may be learned from the first days and what is asked of the later ones.

    Args:
        course: one patient.
        days: labelled days; 0 leaves the first post session with its weight as the only lesson.

    Returns:
        None where the patient has no reference, or no later weighed session.

    Raises:
        InputError: fewer than 0 days.
    """
    if days < 0:
        raise InputError("a method learns from 0 or more days", where="days")
    weighed = [c for c in course.captures if c.session.weight_kg is not None and c.session.phase != "other"]
    order = sorted(weighed, key=lambda c: (c.session.day, c.session.phase != "pre"))
    all_days = sorted({c.session.day for c in order})
    known = set(all_days[: max(1, days)])
    reference = next((c for c in order if c.session.phase == "post" and c.session.day in known), None)
    later = [c for c in order if c.session.day not in known]
    if reference is None or not later:
        return None
    others = [c for c in order if c.session.day in known and c is not reference] if days else []
    learned = [reference, *others]
    dry = dry_weight(course.participant, [c.session for c in learned])
    return Split(
        participant_id=course.participant.participant_id,
        lessons=tuple(Lesson(c.crops, c.session.phase, c.session.day, _excess(c, dry)) for c in learned),
        exams=tuple(Exam(c.crops, c.session.day) for c in later),
        truth_kg=np.array([_excess(c, dry) for c in later]),
        is_pre=np.array([c.session.phase == "pre" for c in later]),
        dry_weight_kg=dry,
    )


def _excess(capture: Capture, dry: float) -> float:
    weight = capture.session.weight_kg
    if weight is None:
        raise InputError("a session without a weight has no excess", where=capture.session.session_id)
    return weight - dry


def groups_of(courses: Sequence[Course]) -> dict[str, dict[str, list[str]]]:
    """Group → value → participant ids."""
    found: dict[str, dict[str, list[str]]] = {}
    for course in courses:
        for group, value in course.groups.items():
            found.setdefault(group, {}).setdefault(value, []).append(course.participant.participant_id)
    return found
