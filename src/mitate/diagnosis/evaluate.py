"""A finished model on photos of people whom it has not seen: another clinic's, or next year's."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.conformal import in_sets, outcome
from mitate.diagnosis.dataset import read_dataset
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.faces_of import read_faces
from mitate.diagnosis.groups import Group, break_down, tones_of
from mitate.diagnosis.intervals import Estimate, over_persons
from mitate.diagnosis.measures import Measures, measure
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.model import DiagnosisModel, Judged
from mitate.diagnosis.nested import Progress
from mitate.diagnosis.photographs import LeftOut
from mitate.diagnosis.results import Outcome
from mitate.diagnosis.seen import refuse_seen
from mitate.errors import InputError

Array = NDArray[np.float64]

__all__ = ["Outcomes", "Tested", "evaluate_model"]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the model answered for the photos of one class of the data.

    Attributes:
        label: the class, one of the model's or not.
        known: whether the model has it.
        people, photos: how many.
        counts: photos by outcome.
        right: share of photos whose likeliest class is the true one, with its interval over people; None for
            a class that the model does not have.
        covered: share whose prediction set holds the true class; None likewise.
        withheld: share of ``none_of_these`` and ``cannot_tell``: what is wanted where the class is not known.
    """

    label: str
    known: bool
    people: int
    photos: int
    counts: dict[Outcome, int]
    right: Estimate | None
    covered: Estimate | None
    withheld: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """How a model does on a data set.

    Attributes:
        name: of the data set; `data_simulated` says whether its people are.
        model_id, trained_on: of the model.
        evaluation: of the photos of the model's classes; None where there are none.
        measures: of it; None where a class of the model has no photo.
        outcomes: by class of the data, those of the model first.
        groups: results by group.
        left_out: photos without a usable face, which the model would refuse.
        coverage: that the prediction sets were made for, 0 to 1.
    """

    name: str
    data_simulated: bool
    model_id: str
    trained_on: str
    evaluation: Evaluation | None
    measures: Measures | None
    outcomes: tuple[Outcomes, ...]
    groups: tuple[Group, ...]
    left_out: tuple[LeftOut, ...]
    coverage: float


def evaluate_model(
    model: DiagnosisModel,
    data: Path,
    *,
    cache: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Tested:
    """Try a model on people whom it has not seen.

    Args:
        model: from `load_model`.
        data: as for training; classes that the model does not have show how often it withholds an answer.
        cache: a folder that keeps what was read of the photos.
        workers: processes that read photos.
        progress: called with what is done, how much, and how much there is.

    Raises:
        InputError: the data cannot be read, holds no usable face, or somebody whom the model was learned
            from: that would flatter it.
    """
    start = time.perf_counter()
    dataset = read_dataset(data, to_train=False)
    faces = read_faces(dataset, cache=cache, workers=workers, progress=progress)
    if not len(faces):
        raise InputError("no photo here has a usable face", where=data)
    refuse_seen(model.card, faces, data)
    judged = model.judge(faces.crops)
    evaluation, groups = _known(model, faces, judged, time.perf_counter() - start)
    whole = evaluation is not None and len(np.unique(evaluation.targets)) == len(model.labels)
    return Tested(
        name=dataset.name,
        data_simulated=dataset.simulated,
        model_id=model.model_id,
        trained_on=model.trained_on,
        evaluation=evaluation,
        measures=measure(evaluation) if evaluation is not None and whole else None,
        outcomes=_outcomes(model, faces, judged.probabilities, judged.p_values),
        groups=groups,
        left_out=faces.left_out,
        coverage=model.coverage,
    )


def _known(
    model: DiagnosisModel, faces: Faces, judged: Judged, seconds: float
) -> tuple[Evaluation | None, tuple[Group, ...]]:
    """Photos of the model's own classes as an evaluation, and by group."""
    rows = np.flatnonzero([photo.label in model.labels for photo in faces.photos])
    if not len(rows):
        return None, ()
    evaluation = Evaluation(
        method=f"model {model.model_id}",
        kind="transfer",
        what=str(model.card.get("method", "")),
        labels=model.labels,
        targets=np.array([model.labels.index(faces.photos[row].label) for row in rows], np.int64),
        persons=faces.persons[rows],
        fold=np.zeros(len(rows), np.int64),
        scores=judged.probabilities[rows],
        probabilities=judged.probabilities[rows],
        p_values=judged.p_values[rows],
        chosen=(),
        seconds=seconds,
    )
    some = faces.take(rows)
    return evaluation, break_down(evaluation, some.photos, tones=tones_of(some), coverage=model.coverage)


def _outcomes(
    model: DiagnosisModel, faces: Faces, probabilities: Array, p_values: Array
) -> tuple[Outcomes, ...]:
    inside = in_sets(p_values, model.coverage)
    answers: list[Outcome] = [outcome(row, model.coverage) for row in p_values]
    withheld = np.array([answer in ("none_of_these", "cannot_tell") for answer in answers])
    told = []
    for label in sorted(faces.labels, key=lambda one: (one not in model.labels, one)):
        rows = np.array([row for row, photo in enumerate(faces.photos) if photo.label == label])
        persons = faces.persons[rows]

        def share(values: NDArray[np.bool_], who: NDArray[np.str_] = persons) -> Estimate:
            low, high = over_persons(values, who)
            return Estimate(float(np.mean(values)), low, high, len(np.unique(who)))

        right = covered = None
        if label in model.labels:
            place = model.labels.index(label)
            right = share(probabilities[rows].argmax(axis=1) == place)
            covered = share(inside[rows, place])
        told.append(
            Outcomes(
                label=label,
                known=label in model.labels,
                people=len(np.unique(persons)),
                photos=len(rows),
                counts=dict(Counter(answers[row] for row in rows)),
                right=right,
                covered=covered,
                withheld=share(withheld[rows]),
            )
        )
    return tuple(told)
