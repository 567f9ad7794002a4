"""The report's sections on single answers: agreement, reliability, refusals, groups, courses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mitate.edema.evaluate import Predictions
from mitate.edema.study.agreement import PUBLISHED_DRY_WEIGHT
from mitate.edema.study.bars import COVERAGE, MAE, PRESENCE
from mitate.edema.study.calibration import LEVELS
from mitate.edema.study.findings import Findings, Section
from mitate.edema.study.groups import FEWEST, GroupResult, worst
from mitate.edema.study.measures import parsed
from mitate.edema.study.plots import groups_plot
from mitate.edema.study.plots_sessions import (
    agreement_plot,
    course_plot,
    interval_plot,
    reliability_plot,
    risk_plot,
    truth_plot,
)
from mitate.edema.study.report_numbers import asked, cell, number, reached, told
from mitate.figures import Figure
from mitate.paper.parts import Cell, counted, figure, grid, paragraph, picture, section, table

__all__ = [
    "agreement_section",
    "courses_section",
    "extra_section",
    "groups_section",
    "refusals_section",
    "trust_section",
]


def agreement_section(found: Findings, about: str) -> str:
    """Truth and estimate, and limits of agreement."""
    agreed, session = found.agreement, found.row.session
    kind = f"sessions, {about}"
    parts = [
        figure(
            truth_plot(session, name="truth", about=kind),
            "One mark a session. On the dotted line estimate and scales agree.",
        )
    ]
    if agreed is not None:
        parts.append(
            figure(
                agreement_plot(session, agreed, name="agreement", about=kind),
                "Whole line: mean difference. Dashed: limits between which about 95 % of differences lie. "
                "Grey: "
                "their 95 % intervals.",
            )
        )
    rows = [
        [one.name.removesuffix(f", {found.label}"), told(one)] for one in (agreed.figures if agreed else ())
    ]
    return section(
        "Agreement with the scales",
        paragraph(f"{found.row.method} after {found.row.days} labelled days."),
        grid(*parts),
        table("Agreement", ["What", "Value (95 % interval)"], rows),
        paragraph(PUBLISHED_DRY_WEIGHT, "soft"),
    )


def trust_section(found: Findings, about: str) -> str:
    """Probabilities and intervals against what came of them."""
    reliable, method = found.reliability, found.row.method
    brier = reliable.brier
    parts = [
        ("Brier score", brier.score, "mean squared distance of probability and truth; 0.25 is guessing"),
        ("reliability", brier.reliability, "what bins miss of what they say; smaller is better"),
        ("resolution", brier.resolution, "what bins tell apart; larger is better"),
        ("uncertainty", brier.uncertainty, "of the truth itself"),
        ("within bins", brier.within, "left over"),
    ]
    days = _days_of(found)
    cover = [
        [
            counted(day, "labelled day"),
            *(told(found.figure(metric, method, day), bare=True) for metric in _WIDTHS),
        ]
        for day in days
    ]
    return section(
        "Can probabilities and intervals be taken at their word?",
        paragraph(
            f"Where {method} says 80 %, eight of ten sessions should be before dialysis; intervals of 90 "
            "% should "
            "hold nine of ten truths. On the dotted lines they do."
        ),
        grid(
            figure(
                reliability_plot(reliable, name="reliability", about=f"sessions, {about}"),
                f"Expected calibration error {told(reliable.error)}; perfect probabilities would show "
                f"{number(reliable.by_chance, 'points')} points by chance among as many sessions.",
            ),
            figure(
                interval_plot(LEVELS, found.levels, name="levels", about=f"sessions, {about}"),
                "Levels other than 90 % are derived from the 90 % interval as that of a normal.",
            ),
        ),
        table(
            "The 90 % interval by labelled days, sessions",
            ["After", "It holds, %", "Its mean width, kg"],
            cover,
        ),
        table(
            "The Brier score taken apart: reliability − resolution + uncertainty + within",
            ["Part", "Value", "What it is"],
            [[name, number(value), words] for name, value, words in parts],
        ),
    )


_WIDTHS = (COVERAGE, "mean width of the 90 % interval")


def _days_of(found: Findings) -> list[int]:
    """Labelled days after which the shipped method answered."""
    known = (parsed(figure.name) for figure in found.figures)
    return sorted({one.days for one in known if one is not None and one.method == found.row.method})


def refusals_section(found: Findings, about: str) -> str:
    """What refusing the most doubtful sessions is worth."""
    drawings = [
        figure(
            risk_plot(curve, name=f"risk-{place}", about=f"sessions, {about}"),
            f"Mean over all shares refused: {told(curve.area)}.",
        )
        for place, curve in enumerate(found.risks)
    ]
    rows = (
        [
            [
                f"{100 * rate:.0f} % refused",
                *(told(curve.changes[place], plus=True) for curve in found.risks),
            ]
            for place, rate in enumerate(found.risks[0].rates[1:])
        ]
        if found.risks
        else []
    )
    heads = ["Refused", *(f"Change of {curve.risk}" for curve in found.risks)]
    return section(
        "Refusing what is doubtful",
        *(
            [
                paragraph(
                    "The most doubtful sessions are left unanswered, more and more of them. If doubt is "
                    "worth "
                    "anything, the error of the rest falls; refusing at random would leave it as it is."
                ),
                grid(*drawings),
                table("What refusing changes, against refusing none", heads, rows),
            ]
            if drawings
            else []
        ),
    )


def groups_section(found: Findings, about: str, simulated: bool) -> str:
    """The same by group, the worst named."""
    if not found.groups:
        return ""
    sentences = [_worst_in_words(found.groups, metric) for metric in (PRESENCE, MAE)]
    drawings = []
    for metric, axis in ((PRESENCE, "presence told right"), (MAE, "mean absolute error")):
        overall = found.figure(metric, found.row.method, found.row.days)
        if overall is not None:
            rows = [
                (f"{one.group}: {one.value} (n = {one.patients})", one.figures[metric])
                for one in found.groups
            ]
            name = f"groups-{metric.split()[0].lower()}"
            drawings.append(
                figure(
                    groups_plot(rows, overall, name=name, about=f"{axis}, {about}"),
                    "Dotted: all patients.",
                )
            )
    lines: list[list[str | Cell]] = [
        [
            Cell(f"{one.group}: {one.value}", below="" if one.judged else "too few to judge"),
            f"{one.patients} ({one.sessions})",
            cell(one.figures[PRESENCE], bare=True),
            cell(one.gaps[PRESENCE]),
            cell(one.figures[MAE], bare=True),
            cell(one.gaps[MAE], plus=True),
            cell(one.figures["bias"], plus=True, bare=True),
            cell(one.figures[COVERAGE], bare=True),
        ]
        for one in found.groups
    ]
    heads = [
        "Group",
        "Patients (sessions)",
        "Presence, %",
        "against all",
        "Error, kg",
        "against all",
        "Bias, kg",
        "Interval holds, %",
    ]
    return section(
        "Whom it serves worse",
        *(paragraph(one) for one in sentences),
        paragraph(
            f"Groups of fewer than {FEWEST} patients are shown but not judged; the worst of several looks "
            "bad by "
            "chance alone." + (" Simulated skin is no evidence on real skin." if simulated else "")
        ),
        grid(*drawings),
        table("By group, with differences to all patients", heads, lines),
    )


def _worst_in_words(groups: tuple[GroupResult, ...], metric: str) -> str:
    found = worst(groups, metric)
    if found is None:
        return ""
    gap = found.gaps[metric]
    open_ = gap.low is None or gap.high is None or gap.low <= 0 <= gap.high
    sure = "the interval includes no difference" if open_ else "clear of no difference"
    what = "presence" if metric == PRESENCE else "error"
    return (
        f"Worst in {what}: {found.group} {found.value} ({counted(found.patients, 'patient')}), "
        f"{told(found.figures[metric])}; against all {told(gap, plus=True)}, {sure}."
    )


def courses_section(found: Findings, about: str, names: Mapping[str, str]) -> str:
    """Every patient's later sessions, one small drawing each."""
    session = found.row.session
    every = np.concatenate([session.excess_kg, session.truth_kg])  # ends of wide intervals may be cut
    ends = (float(every.min()) - 0.3, float(every.max()) + 0.3)
    drawings = []
    for place, participant in enumerate(np.unique(session.participant)):
        own = session.participant == participant
        part = Predictions(*(getattr(session, name)[own] for name in Predictions.__dataclass_fields__))
        title = names.get(str(participant), str(participant))
        drawings.append(figure(course_plot(part, ends=ends, name=f"course-{place}", title=title)))
    return section(
        "Patient by patient",
        paragraph(
            f"Later sessions in order of time, {about}, kilograms over dry weight on one scale for all. "
            "Orange "
            f"bar: by the scales. Blue: the estimate of {found.row.method} after {found.row.days} "
            "labelled days, "
            "with its 90 % interval."
        ),
        grid(*drawings, style="small"),
    )


def extra_section(one: Section) -> str:
    """A further part: words, pictures, a table of its figures."""
    shown = [
        figure(content if isinstance(content, str) else picture(content, words), words)
        for words, content in one.pictures.items()
    ]
    rows = [[value.name, told(value), str(value.n), _goal(value), value.data] for value in one.figures]
    heads = ["Figure", "Value (95 % interval)", "n", "Goal", "Measured on"]
    return section(one.title, paragraph(one.words), *shown, table(one.title, heads, rows))


def _goal(figure: Figure) -> str:
    if figure.bar is None:
        return "none"
    return f"{asked(figure)}: {reached(figure)}"
