"""Two clips of one person without any model of him, and the same on faces that do not swell, a control."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.cohorts import unseen_people
from benchmarks.edema_people import tested
from mitate.edema.crops import CropStore
from mitate.edema.encoder import Encoder, default_encoder
from mitate.edema.evaluate import Predictions, evaluate
from mitate.edema.personal import compare
from mitate.edema.study.course import Capture, Course
from mitate.edema.study.courses import courses_of_store
from mitate.figures import Figure

__all__ = ["pairs"]

_METRICS = ("presence accuracy", "MAE", "within-patient correlation", "coverage of the 90 % interval")
_FRAMES, _STILL_PEOPLE = 20, 60


def pairs(data: str) -> list[Figure]:
    """Pre against post of each day, both ways round; "presence" is that the second clip holds more."""
    encoder = default_encoder()
    still = unseen_people(_STILL_PEOPLE, 2, 4, encoder.crop_size, strength=0.0)
    return [
        *evaluate(
            _compared(encoder, tested()),
            data=f"{data}, {_FRAMES} frames a session",
            label="comparison of two clips of a day without a model, session",
            metrics=_METRICS,
        ),
        *evaluate(
            _compared(encoder, still),
            data=f"simulated without any swelling, {_STILL_PEOPLE} patients, seed 9001",
            label="control: comparison of faces that do not swell, session",
            metrics=_METRICS,
        ),
    ]


def _compared(encoder: Encoder, store: CropStore) -> Predictions:
    rows = []
    for course in courses_of_store(store, frames=_FRAMES, size=encoder.crop_size):
        for first, second in _days(course):
            embedded = [encoder.embed(one.crops) for one in (first, second)]
            for a, b in ((0, 1), (1, 0)):
                change = compare(encoder.prior, embedded[a], embedded[b], days=0)
                before, after = (first, second)[a], (first, second)[b]
                truth = float(after.session.weight_kg or 0) - float(before.session.weight_kg or 0)
                rows.append(
                    (
                        course.participant.participant_id,
                        after.session.phase == "pre",
                        truth,
                        change.change_kg,
                        change.increase_probability,
                        *change.interval_90,
                    )
                )
    return Predictions(*(np.array(column) for column in zip(*rows, strict=True)))


def _days(course: Course) -> Sequence[tuple[Capture, Capture]]:
    """Days with two sessions."""
    by_day: dict[int, list[Capture]] = {}
    for capture in course.captures:
        by_day.setdefault(capture.session.day, []).append(capture)
    return [(own[0], own[1]) for own in by_day.values() if len(own) == 2]
