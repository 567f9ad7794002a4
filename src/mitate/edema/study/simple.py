"""The row that never looks: the patient's own mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mitate.edema.crops import CropStore
from mitate.edema.study.calibrated import Point, middle_of
from mitate.edema.study.course import Exam, Lesson

__all__ = ["PatientMean", "patient_mean"]


@dataclass(frozen=True, slots=True)
class PatientMean:
    """Every exam is answered with the middle of the patient's lessons, between before and after dialysis.

    Where there is only one reference after dialysis, half of what the population gains between two sessions
    is added to its excess.

    Attributes:
        half_gain_kg: from the population's mean after dialysis to its middle.
    """

    half_gain_kg: float
    name: str = "patient's own mean"
    least_days: int = 0

    def points(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Point]:
        """As `PointMethod.points`."""
        middle = middle_of(lessons)
        phases = {lesson.phase for lesson in lessons}
        if "pre" not in phases:
            middle += self.half_gain_kg
        elif "post" not in phases:
            middle -= self.half_gain_kg
        return [Point(middle, np.full(len(exam.crops), middle), 0.0) for exam in exams]


def patient_mean(population: CropStore) -> PatientMean:
    """The row, with the gain of these other people."""
    means = []
    for phase in ("pre", "post"):
        known = [s.excess_kg for s in population.sessions if s.phase == phase and s.excess_kg is not None]
        means.append(float(np.mean(known)) if known else np.nan)
    gain = means[0] - means[1]
    return PatientMean(gain / 2 if np.isfinite(gain) else 0.0)
