"""The row of this project: an embedding, and one patient's Bayesian linear model on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.encoder import Encoder
from mitate.edema.personal import PersonalModel, estimate, personalise
from mitate.edema.prior import Prior
from mitate.edema.sessions import SessionEmbeddings
from mitate.edema.study.course import Exam, Lesson
from mitate.edema.study.features import EncoderFeatures, Features, seen
from mitate.edema.study.method import Answer
from mitate.errors import InputError

__all__ = ["BayesianHead", "answered", "learned"]

_FAMILIAR = 1.0  # rms difference from the reference, in typical changes, up to which nothing is doubted


class BayesianHead:
    """`mitate.edema.personal` on the embeddings of an encoder, or on any other features.

    Args:
        source: an encoder, its folder, or features.
        prior: of the population; needed with features, an encoder brings its own.
        name: of the row.

    Raises:
        InputError: not an encoder's folder, or features without a prior.
    """

    least_days = 0

    def __init__(self, source: Encoder | Path | Features, prior: Prior | None = None, *, name: str) -> None:
        if isinstance(source, Encoder):
            source = source.root
        self.features: Features = EncoderFeatures(source) if isinstance(source, Path) else source
        if prior is None and isinstance(self.features, EncoderFeatures):
            prior = self.features.encoder.prior
        if prior is None:
            raise InputError("features need the prior of a population", where=name)
        self.prior, self.name = prior, name

    def answer(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Answer]:
        """As `Method.answer`; earlier exams are not used."""
        model = learned(self.prior, lessons, [seen(self.features, lesson.crops) for lesson in lessons])
        return [answered(model, seen(self.features, exam.crops), exam.day) for exam in exams]


def learned(
    prior: Prior, lessons: Sequence[Lesson], embeddings: Sequence[NDArray[np.float32]]
) -> PersonalModel:
    """The patient's model from his lessons, the reference first.

    Args:
        prior: of the population.
        lessons: labels and days.
        embeddings: (n, D) of each lesson.
    """
    reference, *others = (
        SessionEmbeddings(rows, lesson.excess_kg, lesson.phase, lesson.day)
        for lesson, rows in zip(lessons, embeddings, strict=True)
    )
    return personalise(prior, reference, others)


def answered(model: PersonalModel, embeddings: NDArray[np.float32], day: int) -> Answer:
    """What the patient's model says of one exam, as a whole and frame by frame.

    Args:
        model: the patient's.
        embeddings: (n, D) of the exam.
        day: of the exam.
    """
    # all exams are sessions before or after dialysis: which is what is asked, and that it is one is known
    whole = estimate(model, embeddings, day=day, dialysis=True)
    low, high = whole.frame_interval_90.T
    # The sd does not know of light and cameras that the population never met; unfamiliarity does.
    doubt = whole.sd_kg * max(1.0, whole.unfamiliarity / _FAMILIAR)
    return Answer(
        excess_kg=whole.excess_kg,
        probability=whole.edema_probability,
        interval_90=whole.interval_90,
        frame_excess_kg=whole.frame_excess_kg,
        frame_probability=whole.frame_probability,
        frame_low_kg=low,
        frame_high_kg=high,
        doubt=float(doubt),
    )
