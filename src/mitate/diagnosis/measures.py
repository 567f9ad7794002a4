"""How well a method does, from every side that a reader may ask for, each number with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.curves import Curve, areas_drawn, average_precision, pr_curve, roc_area, roc_curve
from mitate.diagnosis.intervals import (
    DRAWS,
    Estimate,
    balanced_over_persons,
    between_percentiles,
    drawn_again,
    exact,
    over_persons,
)
from mitate.diagnosis.method import Evaluation, Kind

__all__ = ["TOP", "ClassMeasures", "Measures", "measure", "ranks"]

Array = NDArray[np.float64]

TOP = (1, 2, 3, 5, 10, 30)


@dataclass(frozen=True, slots=True)
class ClassMeasures:
    """One class against all others.

    Attributes:
        label: the class.
        people, photos: how many it has.
        sensitivity: of its photos, how many were told to be it.
        specificity: of the others', how many were not.
        ppv: of those told to be it, how many are, at the share that the class has in these data, which is not
            its share in a clinic; None where nobody was told to be it.
        f1: harmonic mean of sensitivity and ppv.
        auc: area under the ROC curve; average_precision: area under the precision-recall curve, in steps.
        roc, pr: the curves.
    """

    label: str
    people: int
    photos: int
    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate | None
    f1: Estimate
    auc: Estimate
    average_precision: Estimate
    roc: Curve
    pr: Curve

    def as_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "people": self.people,
            "photos": self.photos,
            "sensitivity": self.sensitivity.as_dict(),
            "specificity": self.specificity.as_dict(),
            "ppv": None if self.ppv is None else self.ppv.as_dict(),
            "f1": self.f1.as_dict(),
            "auc": self.auc.as_dict(),
            "average_precision": self.average_precision.as_dict(),
            "roc": self.roc.as_dict(),
            "pr": self.pr.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Measures:
    """All of a method.

    Attributes:
        method, kind: of the evaluation.
        people, photos: how many were tested.
        accuracy: top-1 over photos.
        balanced_accuracy: mean over classes of the sensitivity.
        top: by k, how often the true class is among the k likeliest; only k below the number of classes.
        macro_auc, macro_average_precision: means over the classes.
        confusion: (K, K) photos of each true class (first) told to be each class (second).
        classes: in the order of the labels.
    """

    method: str
    kind: Kind
    people: int
    photos: int
    accuracy: Estimate
    balanced_accuracy: Estimate
    top: dict[int, Estimate]
    macro_auc: Estimate
    macro_average_precision: Estimate
    confusion: tuple[tuple[int, ...], ...]
    classes: tuple[ClassMeasures, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(one.label for one in self.classes)

    def as_dict(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "kind": self.kind,
            "people": self.people,
            "photos": self.photos,
            "accuracy": self.accuracy.as_dict(),
            "balanced_accuracy": self.balanced_accuracy.as_dict(),
            "top": {str(k): one.as_dict() for k, one in self.top.items()},
            "macro_auc": self.macro_auc.as_dict(),
            "macro_average_precision": self.macro_average_precision.as_dict(),
            "confusion": [list(row) for row in self.confusion],
            "classes": [one.as_dict() for one in self.classes],
        }


def ranks(evaluation: Evaluation) -> NDArray[np.int64]:
    """(n,) the true class's place in a row's ranking, from 1; equals count against it."""
    own = evaluation.ranking[np.arange(len(evaluation.targets)), evaluation.targets]
    return np.asarray((evaluation.ranking >= own[:, None]).sum(axis=1), np.int64)


def measure(evaluation: Evaluation, *, draws: int = DRAWS, seed: int = 0) -> Measures:
    """Everything about one evaluation; curves and areas from its probabilities, or its scores without them.

    People are drawn again within their class, so that each class keeps its people.

    Args:
        evaluation: in which every class has a photo.
        draws, seed: of the intervals.
    """
    persons, targets = evaluation.persons, evaluation.targets
    people = len(np.unique(persons))
    place = ranks(evaluation)
    top = {
        k: Estimate(
            float((place <= k).mean()),
            *over_persons(place <= k, persons, strata=targets, draws=draws, seed=seed),
            people,
        )
        for k in TOP
        if 1 < k < len(evaluation.labels)
    }
    right = over_persons(evaluation.right, persons, strata=targets, draws=draws, seed=seed)
    classes, macro_auc, macro_precision = _classes(evaluation, draws, seed)
    confusion = np.zeros((len(evaluation.labels),) * 2, dtype=np.int64)
    np.add.at(confusion, (targets, evaluation.told), 1)
    return Measures(
        method=evaluation.method,
        kind=evaluation.kind,
        people=people,
        photos=len(targets),
        accuracy=Estimate(float(evaluation.right.mean()), *right, people),
        balanced_accuracy=Estimate(*balanced_over_persons(evaluation, draws=draws, seed=seed), people),
        top=top,
        macro_auc=macro_auc,
        macro_average_precision=macro_precision,
        confusion=tuple(tuple(int(one) for one in row) for row in confusion),
        classes=classes,
    )


def _classes(
    evaluation: Evaluation, draws: int, seed: int
) -> tuple[tuple[ClassMeasures, ...], Estimate, Estimate]:
    """Every class, and the means of AUC and average precision over classes."""
    targets, persons = evaluation.targets, evaluation.persons
    weights = drawn_again(persons, strata=targets, draws=draws, seed=seed)
    values = evaluation.scores if evaluation.probabilities is None else evaluation.probabilities
    told = _shares(evaluation, weights)
    found, aucs, precisions = [], [], []
    for place, label in enumerate(evaluation.labels):
        inside = targets == place
        people = len(np.unique(persons[inside]))
        others = len(np.unique(persons[~inside]))
        drawn_auc, drawn_precision = areas_drawn(values[:, place], inside, weights)
        aucs.append((roc_area(values[:, place], inside), drawn_auc))
        precisions.append((average_precision(values[:, place], inside), drawn_precision))
        sensitivity, specificity, ppv, f1 = told[place]
        found.append(
            ClassMeasures(
                label=label,
                people=people,
                photos=int(inside.sum()),
                sensitivity=_estimate(*sensitivity, people),
                specificity=_estimate(*specificity, others),
                ppv=None if np.isnan(ppv[0]) else _estimate(*ppv, _told_people(evaluation, place)),
                f1=_estimate(*f1, people),
                auc=_estimate(*aucs[-1], min(people, others)),
                average_precision=_estimate(*precisions[-1], min(people, others)),
                roc=roc_curve(values[:, place], inside),
                pr=pr_curve(values[:, place], inside),
            )
        )
    everyone = len(np.unique(persons))
    return tuple(found), _mean_of(aucs, everyone), _mean_of(precisions, everyone)


def _shares(evaluation: Evaluation, weights: NDArray[np.float32]) -> list[list[tuple[float, Array]]]:
    """Of each class sensitivity, specificity, ppv and F1, each as measured and in every draw."""
    labels = np.arange(len(evaluation.labels))
    true = (evaluation.targets[:, None] == labels).astype(np.float64)
    told = (evaluation.told[:, None] == labels).astype(np.float64)
    once = np.concatenate([np.ones((1, len(true)), np.float32), weights])
    hits, trues, tolds = once @ (true * told), once @ true, once @ told
    total = once.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_class = (
            hits / trues,
            (total - trues - tolds + hits) / (total - trues),
            hits / tolds,
            2 * hits / (trues + tolds),
        )
    return [[(float(one[0, place]), one[1:, place]) for one in of_class] for place in labels]


def _told_people(evaluation: Evaluation, place: int) -> int:
    return len(np.unique(evaluation.persons[evaluation.told == place]))


def _mean_of(parts: list[tuple[float, Array]], people: int) -> Estimate:
    value = float(np.mean([one for one, _ in parts]))
    return _estimate(value, np.mean([drawn for _, drawn in parts], axis=0), people)


def _estimate(value: float, drawn: Array, people: int) -> Estimate:
    """With the exact bound for so many people where nothing varies because all are right, or none."""
    if value in (0.0, 1.0):
        return Estimate(value, *exact(value, people), people)
    return Estimate(value, *between_percentiles(drawn), people)
