"""The report's sections on how well classes are told: how to read it, a table, a drawing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.intervals import Estimate, difference, over_persons
from mitate.diagnosis.measures import Measures
from mitate.diagnosis.method import Evaluation, Kind
from mitate.diagnosis.report_numbers import number, points, with_interval
from mitate.diagnosis.report_plots import confusion_plot, pr_plot, roc_plot, rows_plot
from mitate.paper.parts import Cell, counted, details, figure, grid, listed, paragraph, section, table

__all__ = ["accuracy_of", "chance_of", "confusion_section", "curves_section", "rows_section"]

KINDS: dict[Kind, str] = {
    "transfer": "from face recognition",
    "traditional": "older way, to be beaten",
    "leak": "must not work",
}
_MOST_IN_A_TABLE = 12  # classes


def chance_of(evaluation: Evaluation) -> float:
    """What always telling the most frequent class would reach."""
    return float(np.bincount(evaluation.targets).max() / len(evaluation.targets))


def accuracy_of(evaluation: Evaluation, seed: int = 0) -> Estimate:
    """Top-1 as `measure` gives it, without all the rest."""
    right, persons = evaluation.right, evaluation.persons
    edges = over_persons(right, persons, strata=evaluation.targets, seed=seed)
    return Estimate(float(right.mean()), *edges, len(np.unique(persons)))


def rows_section(best: Evaluation, evaluations: Sequence[Evaluation], measures: Sequence[Measures]) -> str:
    """All methods on the same photos and folds."""
    rows: list[list[str | Cell]] = []
    for one, told in zip(evaluations, measures, strict=True):
        gain = "" if one is best else points(*difference(best, one))
        style = "strong" if one is best else ""
        rows.append(
            [
                Cell(one.method, below=KINDS[one.kind]),
                Cell(with_interval(told.accuracy), style=style),
                with_interval(told.balanced_accuracy),
                _area(told.macro_auc),
                gain or "(this is it)",
            ]
        )
    heads = ["Method", "Told right", "Balanced over classes", "Area under ROC", "Gain over it, points"]
    return section(
        "All methods side by side",
        paragraph(
            "Each method told the class of every photo after learning from other people only. In brackets "
            "stands the 95 % interval: were other people of the same kind photographed, the number would "
            "most likely lie there. Methods marked “must not work” see no face, or hardly any: what they "
            "reach comes from the way the photos were made."
        ),
        figure(
            rows_plot(measures, chance_of(best)),
            "Blue: from face recognition. Grey: older ways. Orange: must not work. The line on each bar is "
            "its 95 % interval, the dotted one guessing.",
        ),
        table(f"Every method on the same photos; gain of {best.method}", heads, rows),
        details("What each method looks at", listed(f"{one.method}: {one.what}" for one in evaluations)),
    )


def _area(estimate: Estimate) -> str:
    words = f"{number(estimate.value)} ({number(estimate.low)} to {number(estimate.high)})"
    return words.replace(" ", "\u00a0")


def confusion_section(measures: Measures) -> str:
    """Which classes are taken for which, and each class by itself."""
    counts = np.array(measures.confusion)
    labels = measures.labels
    if len(labels) <= _MOST_IN_A_TABLE:
        drawn = _matrix(counts, labels)
    else:
        drawn = figure(
            confusion_plot(counts), "A row a class, a column what it was told to be; the darker, the more."
        )
    heads = [
        "Class",
        "People",
        "Found (sensitivity)",
        "Others let alone (specificity)",
        "Right when told (PPV)",
    ]
    rows = [
        [
            one.label,
            str(one.people),
            with_interval(one.sensitivity),
            with_interval(one.specificity),
            "never told" if one.ppv is None else with_interval(one.ppv),
        ]
        for one in measures.classes
    ]
    return section(
        "Which classes are confused",
        paragraph(_worst_confusions(counts, labels)),
        drawn,
        table("Each class against all others", heads, rows),
        paragraph(
            "“Right when told” holds for the mix of classes in these photos. Where a class is rarer, as most "
            "diseases are among those who come to a clinic, far more of its alarms are false.",
            "soft",
        ),
    )


def _worst_confusions(counts: NDArray[np.int64], labels: Sequence[str]) -> str:
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return "No class was taken for another."
    order = np.argsort(-wrong, axis=None, kind="stable")[:3]
    told = []
    for true, said in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if wrong[true, said]:
            told.append(
                f"{labels[true]} taken for {labels[said]} "
                f"({wrong[true, said]} of {counted(int(counts[true].sum()), 'photo')})"
            )
    return "Most often: " + "; ".join(told) + "."


def _matrix(counts: NDArray[np.int64], labels: Sequence[str]) -> str:
    rows: list[list[str | Cell]] = []
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for place, label in enumerate(labels):
        row: list[str | Cell] = [f"{place + 1} {label} ({counts[place].sum()})"]
        for other in range(len(labels)):
            style = "right" if other == place else ""
            row.append(Cell(str(counts[place, other]), style=style, shade=float(shares[place, other])))
        rows.append(row)
    caption = "Photos of each class (rows) by what they were told to be (columns); framed is right"
    heads = [Cell(label, short=str(place)) for place, label in enumerate(labels, 1)]
    return table(caption, ["Is (photos)", *heads], rows, style="matrix")


def curves_section(measures: Measures) -> str:
    """ROC and precision-recall curves."""
    return section(
        "Telling one class from the others",
        paragraph(
            "How many of a class are found depends on how many false alarms are accepted. The first drawing "
            "shows that trade; the higher and further left a line, the better, and the dotted line is "
            "guessing. The second shows how many of those told to be of a class are. An area of 1 is perfect."
        ),
        grid(
            figure(roc_plot(measures), f"ROC curves; mean area {_area(measures.macro_auc)}."),
            figure(
                pr_plot(measures),
                f"Precision and recall; mean area {_area(measures.macro_average_precision)}.",
            ),
        ),
    )
