"""What a row of the table is: something that learns from a patient's lessons and answers his exams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mitate.edema.study.course import Exam, Lesson

__all__ = ["Answer", "Method"]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a method says of one exam.

    Attributes:
        excess_kg, probability: of the session; the probability that it is before dialysis (oedema present).
        interval_90: low and high, kilograms.
        frame_excess_kg, frame_probability: (n,) from every single frame.
        frame_low_kg, frame_high_kg: (n,) 90 % interval of every single frame.
        doubt: grows with how little the answer is to be trusted; refusals go by it (risk and coverage).
    """

    excess_kg: float
    probability: float
    interval_90: tuple[float, float]
    frame_excess_kg: NDArray[np.float64]
    frame_probability: NDArray[np.float64]
    frame_low_kg: NDArray[np.float64]
    frame_high_kg: NDArray[np.float64]
    doubt: float


class Method(Protocol):
    """A row of the table.

    Attributes:
        name: as the table shows it.
        least_days: fewest labelled days that it can do with.
    """

    @property
    def name(self) -> str: ...

    @property
    def least_days(self) -> int: ...

    def answer(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Answer]:
        """Learn from `lessons` (the reference first), then answer each exam in order of time.

        An answer may use earlier exams of the same patient (without labels, as in use), never later ones.
        """
