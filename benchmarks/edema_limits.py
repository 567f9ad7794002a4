"""What nobody could beat here: presence with the true weight told, kilograms with all swelling seen.

Presence errs even then, because a person who gains little fluid is before dialysis what another is after it.
Kilograms err even then, because some swelling is no excess fluid (sleep, salt) and some excess is no swelling
(true weight drifts), by the simulator's choice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from benchmarks.edema_people import tested
from mitate.edema.encoder import default_encoder
from mitate.edema.evaluate import Predictions, evaluate
from mitate.edema.readout import read_out
from mitate.edema.study.bayes import learned
from mitate.edema.study.course import Course, split_course
from mitate.edema.study.courses import courses_of_store
from mitate.edema.study.features import EncoderFeatures, seen
from mitate.figures import Figure

__all__ = ["limits"]

DAYS = (0, 3)
_EXACT = 1e-6  # kg^2: the scale is taken at its word


def limits(data: str) -> list[Figure]:
    """Both limits after 0 and 3 labelled days, by session."""
    store = tested()
    courses = courses_of_store(store, frames=10)
    told = json.loads((store.root / "simulation.json").read_text(encoding="utf-8"))
    swelling = {
        (person["participant_id"], session["session_id"]): session["fluid_kg"] + session["puffiness_kg"]
        for person in told["participants"]
        for session in person["sessions"]
    }
    figures: list[Figure] = []
    for days in DAYS:
        weighed = evaluate(
            _by_the_scale(courses, days),
            data=data,
            label=f"the true excess told, {days} labelled days, session",
            metrics=("presence accuracy",),
        )
        watched = evaluate(
            _by_all_swelling(courses, days, swelling),
            data=data,
            label=f"all swelling seen without error, {days} labelled days, session",
            metrics=("MAE",),
        )
        figures += weighed + watched
    return figures


def _predictions(rows: Sequence[tuple[str, bool, float, float, float]]) -> Predictions:
    names, pre, truth, excess, probability = (np.array(column) for column in zip(*rows, strict=True))
    return Predictions(names, pre, truth, excess, probability, excess - 1, excess + 1)


def _by_the_scale(courses: Sequence[Course], days: int) -> Predictions:
    """The shipped model's own rule for presence, told the excess instead of estimating it."""
    encoder = default_encoder()
    features, rows = EncoderFeatures(encoder.root), []
    for course in courses:
        split = split_course(course, days)
        if split is None:
            continue
        lessons = split.lessons
        model = learned(encoder.prior, lessons, [seen(features, lesson.crops) for lesson in lessons])
        said = read_out(model, split.truth_kg, np.full(len(split.truth_kg), _EXACT), 0.0, True)
        for pre, truth, probability in zip(split.is_pre, split.truth_kg, said.probability, strict=True):
            rows.append((split.participant_id, bool(pre), float(truth), float(truth), float(probability)))
    return _predictions(rows)


def _by_all_swelling(
    courses: Sequence[Course], days: int, swelling: dict[tuple[str, str], float]
) -> Predictions:
    """Swelling as the simulator made it, put on the scale's level by the lessons."""
    rows = []
    for course in courses:
        split = split_course(course, days)
        if split is None:
            continue
        name, dry = split.participant_id, split.dry_weight_kg
        pairs = {
            (c.session.day, c.session.phase): (
                swelling[name, c.session.session_id],
                float(c.session.weight_kg or 0.0) - dry,
            )
            for c in course.captures
        }
        known = [pairs[lesson.day, lesson.phase] for lesson in split.lessons]
        level = float(np.mean([excess - seen_ for seen_, excess in known]))
        for exam, pre, truth in zip(split.exams, split.is_pre, split.truth_kg, strict=True):
            said = pairs[exam.day, "pre" if pre else "post"][0] + level
            rows.append((name, bool(pre), float(truth), said, 0.5))
    return _predictions(rows)
