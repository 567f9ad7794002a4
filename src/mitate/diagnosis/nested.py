"""Nested cross-validation: every face judged by a fit that had not seen the person, calibration included.

Settings, calibration and prediction sets are all made within the training people of an outer fold (Varma and
Simon 2006, "Bias in error estimation when using cross-validation for model selection").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.calibration import Calibration, cross_fitted
from mitate.diagnosis.conformal import Conformal
from mitate.diagnosis.folds import guard, outer_folds, splits
from mitate.diagnosis.method import Evaluation, Method, Run
from mitate.errors import InputError

__all__ = ["Labelled", "Progress", "Truth", "calibrated", "evaluate"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and out of how much."""


class Labelled(Protocol):
    """Rows with a class and a person each, such as `Faces`."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def targets(self) -> NDArray[np.int64]: ...
    @property
    def persons(self) -> NDArray[np.str_]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The least that `Labelled` asks for.

    Attributes:
        labels: (K,) the classes.
        targets: (n,) the class's place in `labels`.
        persons: (n,) who.
    """

    labels: tuple[str, ...]
    targets: NDArray[np.int64]
    persons: NDArray[np.str_]


def evaluate(
    method: Method,
    faces: Labelled,
    *,
    folds: int = 5,
    seed: int = 0,
    repeats: int = 1,
    inner: bool | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """A method's answers for every face.

    Args:
        method: made for these faces.
        faces: anything with labels, targets and persons a row.
        folds: outer folds; fewer where the smallest class has fewer people.
        repeats: over how many different splits. With r of them the evaluation holds r·n rows, the faces in
            their order r times over; intervals over persons stay right, as a person's rows go together.
        inner: whether to calibrate and to make p-values; by default for transfers only.
        progress: called before each fold and at the end.

    Raises:
        InputError: a class with too few people; see `outer_folds`.
    """
    targets, persons = np.asarray(faces.targets, np.int64), np.asarray(faces.persons, np.str_)
    wanted = method.kind == "transfer" if inner is None else inner
    if repeats < 1:
        raise InputError(f"{repeats} repeats leave nothing to report", todo="ask for one or more")
    start, done, parts = time.perf_counter(), 0, []
    every = [
        outer_folds(targets, persons, folds, seed + place, labels=faces.labels) for place in range(repeats)
    ]
    total = sum(int(fold.max()) + 1 for fold in every)
    for fold in every:
        part = _Answers.empty(len(targets), len(faces.labels), inner=wanted)
        for train, test in splits(fold):
            if progress is not None:
                progress(method.name, done, total)
            part.take(method, train, test, targets, persons, inner=wanted)
            done += 1
        parts.append(part)
    if progress is not None:
        progress(method.name, total, total)
    return _joined(method, faces.labels, targets, persons, every, parts, time.perf_counter() - start)


def calibrated(run: Run, targets: Rows, persons: NDArray[np.str_]) -> tuple[Calibration, Conformal]:
    """What turns scores into probabilities, and those into p-values, from the inner scores of training rows.

    Args:
        run: with inner scores; with both or neither of `unlike` and `inner_unlike`.
        targets, persons: (m,) of the training rows.

    Raises:
        InputError: no inner scores.
    """
    if run.inner_scores is None:
        raise InputError("a method to be calibrated must give inner scores")
    calibration = Calibration.fit(run.inner_scores, targets, persons)
    probabilities = cross_fitted(run.inner_scores, targets, persons)
    return calibration, Conformal.fit(probabilities, run.inner_unlike, targets, persons)


@dataclass(slots=True, eq=False)
class _Answers:
    """What one round of outer folds gathers, row by row."""

    scores: Array
    probabilities: Array | None
    p_values: Array | None
    chosen: list[Mapping[str, str | float]]

    @classmethod
    def empty(cls, rows: int, classes: int, *, inner: bool) -> _Answers:
        room = np.full((rows, classes), np.nan)
        return cls(room, room.copy() if inner else None, room.copy() if inner else None, [])

    def take(
        self,
        method: Method,
        train: Rows,
        test: Rows,
        targets: Rows,
        persons: NDArray[np.str_],
        *,
        inner: bool,
    ) -> None:
        guard(persons[train], persons[test])
        run = method.run(train, test, inner=inner)
        self.scores[test] = run.scores
        self.chosen.append(dict(run.chosen or {}))
        if self.probabilities is None or self.p_values is None:
            return
        calibration, conformal = calibrated(run, targets[train], persons[train])
        self.probabilities[test] = calibration.probabilities(run.scores)
        self.p_values[test] = conformal.p_values(self.probabilities[test], run.unlike)


def _joined(
    method: Method,
    labels: tuple[str, ...],
    targets: Rows,
    persons: NDArray[np.str_],
    folds: list[Rows],
    parts: list[_Answers],
    seconds: float,
) -> Evaluation:
    offsets = np.cumsum([0] + [int(fold.max()) + 1 for fold in folds[:-1]])
    return Evaluation(
        method=method.name,
        kind=method.kind,
        what=method.what,
        labels=labels,
        targets=np.tile(targets, len(parts)),
        persons=np.tile(persons, len(parts)),
        fold=np.concatenate([fold + offset for fold, offset in zip(folds, offsets, strict=True)]),
        scores=np.concatenate([part.scores for part in parts]),
        probabilities=_stacked([part.probabilities for part in parts]),
        p_values=_stacked([part.p_values for part in parts]),
        chosen=tuple(one for part in parts for one in part.chosen),
        seconds=seconds,
    )


def _stacked(parts: list[Array | None]) -> Array | None:
    given = [part for part in parts if part is not None]
    return np.concatenate(given) if len(given) == len(parts) else None
