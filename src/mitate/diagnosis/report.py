"""The report of a training: one HTML file that says what was found, how sure it is, and what to mistrust.

It follows the items of TRIPOD+AI (Collins et al., BMJ 385, 2024) as far as photos and their table tell them,
warnings first. It needs no script and no network, holds no photo of a person, and can be printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.card import OUT_OF_SCOPE
from mitate.diagnosis.curve import CurvePoint
from mitate.diagnosis.gallery_measure import GalleryFigures
from mitate.diagnosis.groups import Group
from mitate.diagnosis.intervals import DRAWS, difference, over_persons
from mitate.diagnosis.leaks import Leaks
from mitate.diagnosis.measures import Measures, measure
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.photographs import LeftOut, Photo
from mitate.diagnosis.report_numbers import percent, signed, span
from mitate.diagnosis.report_results import (
    accuracy_of,
    chance_of,
    confusion_section,
    curves_section,
    rows_section,
)
from mitate.diagnosis.report_trust import (
    calibration_section,
    gallery_section,
    groups_section,
    learning_section,
    saliency_section,
    sets_section,
)
from mitate.diagnosis.report_warnings import LEAK_TITLES, people_of, warning_cards
from mitate.diagnosis.results import INTENDED_USE
from mitate.diagnosis.saliency import ClassSaliency
from mitate.errors import InputError
from mitate.files import write_text
from mitate.paper.page import page
from mitate.paper.parts import contents, counted, details, heading, listed, paragraph, section, table

__all__ = ["ReportContent", "verdict", "write_report"]

_FEWER_DRAWS = 1000  # for the intervals of what is only compared
_STYLE = """
caption { position: sticky; left: 0; max-width: calc(100vw - 2.2rem); }
.worse { font-weight: 700; }
.matrix { width: auto; } .matrix td, .matrix thead th { text-align: center; padding: .5rem .6rem; }
.matrix thead th:first-child, .matrix tbody th { text-align: left; padding-left: 0; }
.matrix td { min-width: 3.6rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.matrix td.right { outline: 2px solid var(--ink); outline-offset: -3px; font-weight: 700; }
.faces { display: grid; gap: 0 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
.faces img { max-width: 18rem; border-radius: .3rem; }
@media (min-width: 40.01rem), print {
  .even { table-layout: fixed; } .even th:nth-child(2), .even td:nth-child(2) { width: 12%; } }
@media screen and (max-width: 40rem) { .matrix td { min-width: 2.6rem; padding: .45rem .2rem; } }
"""


@dataclass(frozen=True, slots=True, eq=False)
class ReportContent:
    """All that a report tells.

    Attributes:
        name: of the data set.
        trained_on: ``simulated`` or the name.
        photos: (n,) with a usable face, in the order of the evaluations' rows.
        evaluations: every method on these photos and the same folds.
        best: the one of them that the report is about, a transfer.
        measures: of the evaluations, in their order; measured here where None.
        left_out: photos without a usable face.
        leaks: `find_leaks`; None only where no leak row was measured, which is a warning.
        groups: `break_down`.
        saliency: `layer_saliency` or `class_saliency`.
        curve: `learning_curve` of the best method.
        gallery: `evaluate_gallery`.
        duplicates: what was found, a sentence each.
        skipped: rows that could not be measured and why, a sentence each.
        notes: further warnings, a sentence each.
        coverage: of prediction sets.
        folds, seed: of the nested cross-validation.
        seconds: that everything took.
        versions: of programs, by name.
        model_id: of the model that was learned from all photos; empty if none was.
    """

    name: str
    trained_on: str
    photos: tuple[Photo, ...]
    evaluations: tuple[Evaluation, ...]
    best: Evaluation
    measures: tuple[Measures, ...] | None = None
    left_out: tuple[LeftOut, ...] = ()
    leaks: Leaks | None = None
    groups: tuple[Group, ...] = ()
    saliency: tuple[ClassSaliency, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    gallery: GalleryFigures | None = None
    duplicates: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    coverage: float = 0.9
    folds: int = 5
    seed: int = 0
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)
    model_id: str = ""


def write_report(path: Path, content: ReportContent) -> None:
    """Write the report as one HTML file, all or not at all.

    Raises:
        InputError: the best method is not among the evaluations, or measures are not theirs.
        OSError: the file cannot be written.
    """
    if not any(one is content.best for one in content.evaluations):
        raise InputError("the report's method is not among its evaluations", where=content.best.method)
    measures = content.measures or tuple(
        measure(one, draws=DRAWS if one is content.best else _FEWER_DRAWS, seed=content.seed)
        for one in content.evaluations
    )
    if [one.method for one in measures] != [one.method for one in content.evaluations]:
        raise InputError("the measures are not those of the evaluations", where=content.name)
    best = next(told for one, told in zip(content.evaluations, measures, strict=True) if one is content.best)
    simulated = content.trained_on == "simulated"
    banner = "SIMULATED faces: these numbers say nothing of real people" if simulated else ""
    known = (content.groups, (*_doubts(content), *content.notes))
    title = f"Facial diagnosis: {content.name}"
    head = [
        f"<header>{heading(1, title)}",
        paragraph(verdict(content), "verdict"),
        paragraph(INTENDED_USE, "soft"),
        "</header>",
        section("Read this first", *warning_cards(content.leaks, content.photos, content.left_out, *known)),
    ]
    parts = [
        rows_section(content.best, content.evaluations, measures),
        confusion_section(best),
        curves_section(best),
        calibration_section(content.best),
        sets_section(content.best, content.coverage),
        learning_section(content.curve, chance_of(content.best)),
        groups_section(content.groups),
        saliency_section(content.saliency),
        gallery_section(content.gallery),
        _photos_section(content),
        _how_section(content),
        _use_section(),
    ]
    rest = "\n".join(parts)
    write_text(path, page(title, banner, "\n".join([*head, contents(rest), rest]), style=_STYLE))


def verdict(content: ReportContent) -> str:
    """What was found, how sure it is and what of it is gain, in a sentence."""
    best = content.best
    told = accuracy_of(best, content.seed)
    start = "On simulated faces, " if content.trained_on == "simulated" else ""
    share = f"{percent(told.value)} of photos (95 % interval {100 * told.low:.0f} to {100 * told.high:.0f})"
    people = f"{counted(told.people, 'person', 'people')} in {counted(len(best.labels), 'class', 'classes')}"
    chance = chance_of(best)
    if told.low <= chance:
        found = f"nothing was found: {share} of {people} were told right"
        return _sentence(f"{start}{found}, and guessing reaches {percent(chance)}")
    certain = [one for one in (content.leaks.leaks if content.leaks else ()) if one.level == "certain"]
    if certain:
        why = " and ".join(LEAK_TITLES[one.name] for one in certain)
        words = f"these numbers cannot be trusted, because {why}: {share} of {people} were told right"
        return _sentence(f"{start}{words}{_gain(content)}")
    words = f"{share} of {people} were told right by models that had not seen the person{_gain(content)}"
    return _sentence(f"{start}{words}; guessing reaches {percent(chance)}")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _doubts(content: ReportContent) -> list[str]:
    """What the method is not surely better than, and whether its sets break their promise."""
    doubts = []
    for one in content.evaluations:
        if one.kind != "transfer" and difference(content.best, one)[1] <= 0:
            doubts.append(f"{content.best.method} is not surely better than {one.method}.")
    true = None if content.best.p_values is None else _of_true(content.best.p_values, content.best.targets)
    if true is not None:
        held = true > 1.0 - content.coverage
        high = over_persons(held, content.best.persons, strata=content.best.targets, seed=content.seed)[1]
        if high < content.coverage:
            doubts.append("Prediction sets hold the true class less often than they promise.")
    return doubts


def _of_true(p_values: NDArray[np.float64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(p_values[np.arange(len(targets)), targets])


def _gain(content: ReportContent) -> str:
    """By how much it beats the strongest row that must not work, and the best older way."""
    parts = []
    names = {"leak": "the strongest row that must not work", "traditional": "the best older way"}
    for kind, name in names.items():
        rivals = [one for one in content.evaluations if one.kind == kind]
        if rivals:
            rival = max(rivals, key=lambda one: float(one.right.mean()))
            gap, low, high = difference(content.best, rival)
            doubt = "" if low > 0 else ", not surely"
            points = f"{signed(gap, plus=False)} points ({span(low, high)}){doubt} more"
            parts.append(f"{points} than {name} ({rival.method.removesuffix(', linear SVM')})")
    return f", {' and '.join(parts)}" if parts else ""


def _photos_section(content: ReportContent) -> str:
    lost = Counter(one.photo.label for one in content.left_out)
    shots = Counter(photo.label for photo in content.photos)
    rows = [
        [label, str(count), str(shots[label]), str(lost[label])]
        for label, count in people_of(content.photos).items()
    ]
    reasons = {one.reason: one for one in content.left_out}
    counts = Counter(one.reason for one in content.left_out)
    why = [
        [reason.replace("_", " "), str(count), f"{reasons[reason].what}; {reasons[reason].todo}"]
        for reason, count in counts.most_common()
    ]
    same = listed(content.duplicates) if content.duplicates else paragraph("No photo was found twice.")
    return section(
        "The photos",
        table("What was learned from and tested on", ["Class", "People", "Photos", "Left out"], rows),
        table("Photos that were left out", ["Reason", "Photos", "What to do"], why),
        "<h3>Consent and licence</h3>",
        paragraph(f"Consent: {_said(photo.consent for photo in content.photos)}."),
        paragraph(f"Licence: {_said(photo.licence for photo in content.photos)}."),
        "<h3>Duplicates</h3>",
        same,
    )


def _said(values: Iterable[str]) -> str:
    counts = Counter(value or "not given" for value in values)
    return ", ".join(f"{value} ({counted(count, 'photo')})" for value, count in counts.most_common())


def _how_section(content: ReportContent) -> str:
    best = content.best
    rows = [
        [str(fold + 1), ", ".join(f"{name} {value}" for name, value in chosen.items()) or "nothing"]
        for fold, chosen in enumerate(best.chosen)
    ]
    took = [[one.method, f"{one.seconds:.1f} s"] for one in content.evaluations]
    made = ", ".join(f"{name} {version}" for name, version in content.versions.items())
    facts = [
        f"All photos of a person are in the same one of {content.folds} parts, and every class is spread "
        "over the parts. Each part was tested by models that learned from the others only.",
        "Settings, probabilities and prediction sets were made within the people learned from, by the same "
        "kind of split again (nested cross-validation).",
        "Intervals are of 95 %, people being drawn again, not photos.",
        "Leak rows are tested by exchanging people's classes within the parts, corrected for their number "
        "(Holm).",
        f"Random numbers began at {content.seed}. Everything took {content.seconds:.0f} seconds.",
        *(["Made with " + made + "."] if made else []),
        *([f"Model: {content.model_id}."] if content.model_id else []),
        *(f"Not measured: {one}" for one in content.skipped),
    ]
    return section(
        "How it was measured",
        listed(facts),
        details(
            "What was chosen in each part, and how long each method took",
            table(f"Chosen for {best.method}", ["Part", "Chosen"], rows),
            table("Time of each method", ["Method", "Seconds"], took),
        ),
    )


def _use_section() -> str:
    return section(
        "What it is for, and what the numbers do not mean",
        paragraph(INTENDED_USE),
        "<h3>Not for</h3>",
        listed(OUT_OF_SCOPE),
        "<h3>What the numbers do not mean</h3>",
        listed(
            (
                "They do not hold for people who are in none of these classes. A face that is like a class "
                "is no evidence of a disease.",
                "They do not hold where the classes are rarer or more frequent than here.",
                "They were measured on photos of the same source as those learned from. On photos of another "
                "clinic they are lower, often by much.",
                "A difference between classes need not be the disease: age, sex, descent, make-up, mood and "
                "treatment also show in a face.",
            )
        ),
    )
