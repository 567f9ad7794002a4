"""The row from scratch: networks with random weights, trained on the patient's own lessons alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import resized
from mitate.edema.study.calibrated import Point, middle_of
from mitate.edema.study.course import Exam, Lesson
from mitate.errors import InputError

__all__ = ["Scratch"]

_CHANNELS = (16, 24, 32, 48)
_LEAST_SCALE_KG = 0.3


@dataclass(frozen=True, slots=True)
class Scratch:
    """A few small residual networks for each patient, trained on all frames of his lessons (k = 1 or more).

    The published comparison (Akamatsu and others, 2022) is a network trained on the patient alone; it reached
    about 70 %. This one has what helps such a network: few weights, mirrored and tinted pictures, seeds
    averaged, and answers drawn towards the middle of the lessons, because a network of few sessions is too
    sure.

    It stays near chance on simulated patients, whose light and pose change from session to session more than
    in one clinic's room. Tried on simulated people other than those of the test, with 3 labelled days:

    - one network (12 people, 72 sessions, 6 frames): 56 % right, correlation within a person 0.20, error
      1.01 kg with three tenths of the distance from the middle kept, 1.08 kg with all of it, 1.03 kg for the
      middle itself; with strong changes of light and place between the steps (`mitate.learn.light.relit`)
      57 %, 0.18, 1.04 kg and 1.18 kg;
    - ridge regression of the patient's gradients of brightness (HOG) 49 % and 0.01, of his pixels with the
      slow part of the light taken out 49 % and -0.04 (30 people, 300 sessions, 10 frames), of optical flow
      from his reference 49 % and 0.04 (20 people, 200 sessions).

    None is clear of 50 %, and which is best cannot be told from so few; a network is what was published.

    Attributes:
        seeds: networks a patient.
        steps: of the optimiser, each on about `batch` crops.
        batch: crops a step, shared among the lessons.
        light: how strongly the light is changed between steps, see `relit`.
        share: of the distance from the middle of the lessons that is kept.
        size: side in pixels of the crops it reads.
    """

    seeds: int = 2
    steps: int = 60
    batch: int = 18
    light: float = 0.0
    share: float = 0.3
    size: int = 64
    name: str = "from scratch"
    least_days: int = 1

    def points(self, lessons: Sequence[Lesson], exams: Sequence[Exam]) -> list[Point]:
        """As `PointMethod.points`; doubt is how much the networks disagree.

        Raises:
            InputError: fewer than two lessons.
            MissingExtraError: torch is not installed.
        """
        if len(lessons) < 2:
            raise InputError("training from scratch needs two labelled sessions or more", where=self.name)
        middle = middle_of(lessons)
        scale = max(float(np.std([lesson.excess_kg for lesson in lessons])), _LEAST_SCALE_KG)
        sessions = [
            (resized(lesson.crops, self.size), (lesson.excess_kg - middle) / scale) for lesson in lessons
        ]
        pictures = [resized(exam.crops, self.size) for exam in exams]
        said = [self._said(sessions, pictures, seed) for seed in range(self.seeds)]
        points = []
        for number in range(len(exams)):
            each = self.share * scale * np.stack([one[number] for one in said])
            frames = middle + each.mean(axis=0)
            doubt = float(np.std(each.mean(axis=1)) + np.std(frames))
            points.append(Point(float(frames.mean()), frames, doubt))
        return points

    def _said(
        self,
        sessions: list[tuple[NDArray[np.uint8], float]],
        pictures: Sequence[NDArray[np.uint8]],
        seed: int,
    ) -> list[NDArray[np.float64]]:
        """Of one network, for every frame of every exam, in units of the lessons' spread."""
        from mitate.learn.backbones import fresh_facenet
        from mitate.learn.pretrain import embed
        from mitate.learn.transfer import FineTuneSettings, train_from_scratch

        settings = FineTuneSettings(
            steps=self.steps,
            frames=max(2, self.batch // len(sessions)),
            learning_rate=2e-3,
            seed=seed,
            light=self.light,
            decay=0.05,
        )
        network = fresh_facenet(self.size, 1, _CHANNELS, seed)
        trained = train_from_scratch(network, sessions, settings)
        return [embed(trained, crops)[:, 0].astype(np.float64) for crops in pictures]
