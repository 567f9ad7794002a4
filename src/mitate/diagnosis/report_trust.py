"""The report's sections on trust: how sure it is, for whom it fails, where it looks, what is missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mitate.diagnosis.calibration import reliability
from mitate.diagnosis.conformal import in_sets, outcome
from mitate.diagnosis.curve import CurvePoint
from mitate.diagnosis.gallery_measure import GalleryFigures
from mitate.diagnosis.groups import FEWEST, Group, GroupRow
from mitate.diagnosis.intervals import Estimate, over_persons
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.report_numbers import percent, points, with_interval
from mitate.diagnosis.report_plots import (
    calibration_plot,
    embedded,
    learning_plot,
    saliency_picture,
    sizes_plot,
)
from mitate.diagnosis.results import Outcome
from mitate.diagnosis.saliency import ClassSaliency
from mitate.paper.parts import Cell, counted, details, figure, grid, paragraph, section, table

__all__ = [
    "calibration_section",
    "gallery_section",
    "groups_section",
    "learning_section",
    "saliency_section",
    "sets_section",
]

_OUTCOMES: dict[Outcome, str] = {
    "one": "one class is left",
    "several": "several classes are left",
    "none_of_these": "none of these: the face is like no class",
    "cannot_tell": "cannot tell: no class is ruled out",
}
_MOST_FACES = 12
_MOST_SIZES = 24  # of prediction sets, in a drawing


def calibration_section(best: Evaluation) -> str:
    """Whether probabilities are as often right as they say."""
    if best.probabilities is None:
        return ""
    told = reliability(best.probabilities, best.targets, best.persons)
    fine = told.error.value <= told.by_chance + 0.02
    words = (
        "They hold: the gap is no larger than chance makes it with so few photos."
        if fine
        else "They hold only roughly: the gap is larger than chance alone makes it."
    )
    rows = [[percent(one.confidence), with_interval(one.right), str(one.photos)] for one in told.bins]
    return section(
        "Can the probabilities be taken at their word?",
        paragraph(
            f"Of answers said with 80 %, 80 % should be right. The mean gap is {percent(told.error.value)} "
            f"({100 * told.error.low:.0f} to {100 * told.error.high:.0f}); perfect probabilities would show "
            f"{percent(told.by_chance)} with so many photos. {words}"
        ),
        figure(
            calibration_plot(
                [one.confidence for one in told.bins],
                [one.right.value for one in told.bins],
                [one.right.low for one in told.bins],
                [one.right.high for one in told.bins],
            ),
            "Points on the dotted line are as right as they said; below it they were too sure.",
        ),
        details(
            "The same as a table",
            table("Answers that were about equally sure", ["Said", "Was right", "Photos"], rows),
        ),
    )


def sets_section(best: Evaluation, coverage: float) -> str:
    """Prediction sets: coverage, sizes and what they come to."""
    if best.p_values is None:
        return ""
    sets = in_sets(best.p_values, coverage)
    held = sets[np.arange(len(sets)), best.targets]
    low, high = over_persons(held, best.persons, strata=best.targets)
    outcomes = np.array([outcome(row, coverage) for row in best.p_values])
    people = len(np.unique(best.persons))
    rows = []
    for name, words in _OUTCOMES.items():
        mine = outcomes == name
        right = percent(float(held[mine].mean())) if mine.any() and name in ("one", "several") else "–"
        rows.append([words, f"{percent(float(mine.mean()))} ({int(mine.sum())})", right])
    sizes = np.bincount(sets.sum(axis=1), minlength=len(best.labels) + 1)
    shown = sizes if len(sizes) <= _MOST_SIZES else np.trim_zeros(sizes, "b")[:_MOST_SIZES]
    return section(
        "Sets of classes instead of one answer",
        paragraph(
            f"Where one class cannot be told, the answer is the set of classes that cannot be ruled out. The "
            f"sets are made so that {percent(coverage)} of them hold the true class. Here they did in "
            f"{with_interval(Estimate(float(held.mean()), low, high, people))} of photos."
        ),
        table("What the sets came to", ["Answer", "Share (photos)", "Held the true class"], rows),
        figure(sizes_plot([int(size) for size in shown]), "How many classes the sets hold."),
        paragraph(
            "The promise holds for people of these classes, photographed like these. For another clinic, "
            "camera or mix of people it has to be measured again.",
            "soft",
        ),
    )


def learning_section(curve: Sequence[CurvePoint], chance: float) -> str:
    """What more people would bring."""
    if len(curve) < 2:
        return ""
    before, last = curve[-2], curve[-1]
    step = last.accuracy - before.accuracy
    words = (
        "The line still rises: more people would very likely help."
        if last.accuracy > before.high
        else "The last step may be chance: more people would help a little, if at all."
        if step < 0.03
        else "The line seems to rise still: more people would probably help."
    )
    return section(
        "Would more people help?",
        paragraph(
            f"With {before.size} people of each class {percent(before.accuracy)} were told right; with "
            f"{last.size} it was {percent(last.accuracy)}. {words}"
        ),
        figure(
            learning_plot(curve, chance),
            "Told right by the number of people learned from; the band is the 95 % interval.",
        ),
    )


def groups_section(groups: Sequence[Group]) -> str:
    """Results by group, the worst first."""
    if not groups:
        return ""
    return section(
        "For whom it works worse",
        paragraph(
            "The worst is shown first. The difference is to everybody else; it may also come from a "
            f"different mix of classes. Of fewer than {FEWEST} people nothing can be said. Of many rows one "
            "is always the lowest: only those marked “surely worse” are so beyond chance."
        ),
        *(_group_table(group) for group in groups),
    )


def _group_table(group: Group) -> str:
    note = f" ({group.note})" if group.note else ""
    unknown = f"; unknown for {counted(group.unknown, 'photo')}" if group.unknown else ""
    rows: list[list[str | Cell]] = []
    for row in group.rows:
        told = with_interval(Estimate(row.accuracy, row.low, row.high, row.persons))
        rows.append(
            [
                row.value,
                str(row.persons),
                Cell(told if row.persons >= FEWEST else f"{told}, too few to judge"),
                _difference(row),
                "–" if row.covered is None else percent(row.covered),
            ]
        )
    heads = [
        group.name.replace("_", " ").capitalize(),
        "People",
        "Told right",
        "To the rest, points",
        "Sets held it",
    ]
    return table(f"By {group.name.replace('_', ' ')}{note}{unknown}", heads, rows, style="folds even")


def _difference(row: GroupRow) -> Cell:
    if row.difference is None or row.difference_low is None or row.difference_high is None:
        return Cell("–")
    words = points(row.difference, row.difference_low, row.difference_high)
    return Cell(f"{words}, surely worse" if row.worse else words, style="worse" if row.worse else "")


def saliency_section(found: Sequence[ClassSaliency]) -> str:
    """Where on the mean face the evidence lies."""
    if not found:
        return ""
    faces = []
    for one in found[:_MOST_FACES]:
        told = _where(one)
        drawn = embedded(saliency_picture(one), f"{one.label}: {told}")
        faces.append(figure(drawn, told, name=one.label))
    method = (
        "the exact part that each place has in the score"
        if found[0].method == "evidence"
        else "how far the score falls when a place is covered"
    )
    checked = [abs(one.shuffled) for one in found if one.shuffled is not None]
    sane = (
        f" With shuffled weights the maps become others (mean correlation {np.mean(checked):.2f})."
        if checked
        else ""
    )
    return section(
        "Where on the face the evidence lies",
        paragraph(
            f"Orange speaks for the class, blue against it: {method}, averaged over people on the mean face."
            f"{sane} It shows where the model looks, not what the disease does to a face, and a mark may "
            "also speak for a class by being absent."
        ),
        grid(*faces, style="faces"),
        paragraph(f"Shown are {len(faces)} of {len(found)} classes.") if len(faces) < len(found) else "",
        paragraph(
            "No photo of a person is in this report. The faces are means of ten or more people.", "soft"
        ),
    )


def _where(one: ClassSaliency) -> str:
    """Where the evidence for a class lies, in words."""
    shares = dict(one.parts)
    around = shares.pop("outside", 0.0)
    names = [name for name, share in shares.items() if share >= 0.05][:3]
    told = f"Most of the evidence on the face is at {_joined(names)}. " if names else ""
    if around >= 0.05:
        even = percent(one.outside_area)
        told += f"{percent(around)} lies around the face; evenly spread it would be {even}. "
    if around > one.outside_area:
        told += "Look at what surrounds the faces in the photos. "
    if not one.of_class:
        told += "Too few people for a mean face. " if one.face is None else "Drawn on the mean of all. "
    return f"{told}From {counted(one.persons, 'person', 'people')} not learned from."


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def gallery_section(gallery: GalleryFigures | None) -> str:
    """Ranks of classes by likeness to known faces."""
    if gallery is None:
        return ""
    rows = [
        [
            f"among the first {top.n}" if top.n > 1 else "first",
            with_interval(Estimate(top.value, top.low, top.high, gallery.persons)),
            percent(top.chance),
        ]
        for top in gallery.top
        if top.n < gallery.classes_in_gallery
    ]
    return section(
        "Rare classes by likeness",
        paragraph(
            f"Without any training, the {gallery.classes_in_gallery} classes are ranked by how like their "
            f"known faces a new one is. {counted(gallery.persons, 'person', 'people')} were asked about as "
            "if they were not known; every class weighs the same."
        ),
        table("Where the right class stands", ["Place", "Share", "By lot"], rows),
    )
