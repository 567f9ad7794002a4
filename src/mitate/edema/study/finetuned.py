"""The row in which all layers of an encoder are fine-tuned on the patient, against the closed form alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mitate.edema.crops import resized
from mitate.edema.encoder import NETWORK
from mitate.edema.study.bayes import answered, learned
from mitate.edema.study.course import Exam, Lesson
from mitate.edema.study.features import EncoderFeatures
from mitate.edema.study.method import Answer
from mitate.errors import InputError

__all__ = ["FineTuned"]


class FineTuned:
    """An encoder fine-tuned on the lessons (k = 1 or more), then the patient's Bayesian head on it.

    The prior is that of the encoder before: it was not learned with this network, and the lessons are used
    twice, so that its intervals may be too narrow. That is what this row is to show.

    Args:
        encoder: its folder.
        name: of the row.
        steps, frames: of the optimiser, and frames of each lesson in a step.
        seed: of the draws.

    Raises:
        InputError: not an encoder's folder.
    """

    least_days = 1

    def __init__(self, encoder: Path, *, name: str, steps: int = 40, frames: int = 3, seed: int = 0) -> None:
        self.features = EncoderFeatures(encoder)
        self.name, self.steps, self.frames, self.seed = name, steps, frames, seed

    def answer(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Answer]:
        """As `Method.answer`; earlier exams are not used.

        Raises:
            InputError: fewer than two lessons.
            MissingExtraError: torch is not installed.
        """
        from mitate.learn.pretrain import embed
        from mitate.learn.transfer import FineTuneSettings, fine_tune

        if len(lessons) < 2:
            raise InputError("fine-tuning needs two labelled sessions or more", where=self.name)
        encoder = self.features.encoder
        prior = encoder.prior
        direction = prior.basis.T.astype(np.float64) @ prior.mean[1:]
        taught = [resized(lesson.crops, encoder.crop_size) for lesson in lessons]
        sessions = [(crops, lesson.excess_kg) for crops, lesson in zip(taught, lessons, strict=True)]
        settings = FineTuneSettings(steps=self.steps, frames=self.frames, seed=self.seed)
        network = fine_tune(self.features.root / NETWORK, direction, sessions, settings)
        model = learned(prior, lessons, [embed(network, crops) for crops in taught])
        found = [embed(network, resized(exam.crops, encoder.crop_size)) for exam in exams]
        return [answered(model, rows, exam.day) for rows, exam in zip(found, exams, strict=True)]
