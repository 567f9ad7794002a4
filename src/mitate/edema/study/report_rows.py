"""The report's sections on the rows of the study: goals, rows, labelled days, the shipped against others."""

from __future__ import annotations

from collections.abc import Sequence

from mitate.edema.study.bars import COVERAGE, MAE, PRESENCE, against, goals
from mitate.edema.study.findings import Findings
from mitate.edema.study.measures import LEVELS, Answers, Level, named
from mitate.edema.study.plots import Line, days_keys, days_plot, forest_plot
from mitate.edema.study.report_numbers import asked, cell, reached, told
from mitate.figures import Figure
from mitate.paper.parts import Cell, details, figure, grid, paragraph, section, table

__all__ = ["best_first", "days_section", "goals_section", "rivals_section", "rows_section"]

_IN_COLOUR = 6
_CORRELATION = "within-patient correlation"


def goals_section(found: Findings) -> str:
    """Every goal with what was measured; those against each other row stand in a section of their own."""
    rows: list[list[str | Cell]] = [
        [one.name, told(one, finer=True), asked(one), _state(one)]
        for one in goals(found.figures, found.roles)
    ]
    return section(
        "The goals",
        paragraph(
            "They were set before the study. “Interval crosses it” means that the 95 % interval leaves open "
            "on which side of the goal other patients would lie."
        ),
        table("Goals and what was measured", ["Goal", "Measured", "Asked", "Reached"], rows),
    )


def _state(figure: Figure) -> Cell:
    return Cell(reached(figure), style="" if figure.met else "missed")


def best_first(found: Findings, rows: Sequence[Answers], days: int) -> list[str]:
    """Methods that answered after so many days, the smallest error of sessions first."""
    there = dict.fromkeys(row.method for row in rows if row.days == days)
    errors = {one: found.figure(MAE, one, days) for one in there}
    return sorted(there, key=lambda one: error.value if (error := errors[one]) else 1e9)


def rows_section(found: Findings, rows: Sequence[Answers], about: str) -> str:
    """All rows after the same number of days, sessions and then frames."""
    days, shipped = found.row.days, found.roles.shipped
    order = best_first(found, rows, days)
    drawings = []
    for metric in (PRESENCE, MAE):
        figures = {one: value for one in order if (value := found.figure(metric, one, days))}
        name = f"forest-{metric.split()[0].lower()}"
        drawings.append(
            figure(
                forest_plot(figures, metric, shipped, name=name, about=f"sessions, {about}"),
                "The line through each mark is its 95 % interval.",
            )
        )
    heads = [
        "Row",
        "Presence, %",
        "Error (MAE), kg",
        "Correlation within patients",
        "90 % interval holds, %",
        f"Presence against {found.roles.scratch}",
        f"Error against {found.roles.scratch}",
    ]
    tables = {
        level: table(
            f"All rows after {days} labelled days, by {level}, {about}",
            heads,
            [_row(found, one, days, level) for one in order],
        )
        for level in LEVELS
    }
    return section(
        "All rows side by side",
        paragraph(
            f"After {days} labelled days, the smallest error first. Every row saw the same sessions of "
            "the same patients."
        ),
        grid(*drawings),
        tables["session"],
        details("The same by single frames", tables["frame"]),
    )


def _row(found: Findings, method: str, days: int, level: Level) -> list[str | Cell]:
    gaps = [
        named(found.figures, against(metric, method, found.roles.scratch, days, level))
        for metric in (PRESENCE, MAE)
    ]
    style = "strong" if method == found.roles.shipped else ""
    own = "this one" if style else ""
    cells = [
        cell(found.figure(metric, method, days, level), bare=True, style=style)
        for metric in (PRESENCE, MAE, _CORRELATION, COVERAGE)
    ]
    return [Cell(method, below=own), *cells, *(cell(one, plus=True) for one in gaps)]


def days_section(found: Findings, rows: Sequence[Answers], about: str) -> str:
    """Presence and error by labelled days, every row."""
    first = _in_colour(found, rows)
    drawings = []
    for level in LEVELS:
        for metric in (PRESENCE, MAE):
            lines = _lines(found, rows, metric, level)
            name = f"days-{level}-{metric.split()[0].lower()}"
            if lines:
                drawings.append(
                    figure(days_plot(lines, metric, first, name=name, about=f"{level}s, {about}"))
                )
    every = sorted({row.days for row in rows})
    methods = best_first(found, rows, found.row.days)
    methods += [one for one in dict.fromkeys(row.method for row in rows) if one not in methods]
    tables = [
        table(
            f"{metric} by labelled days, sessions, {about}",
            ["Row", *(f"{days} days" for days in every)],
            [[one, *(cell(found.figure(metric, one, days), bare=True) for days in every)] for one in methods],
        )
        for metric in (PRESENCE, MAE)
    ]
    return section(
        "How much a patient's own labelled days bring",
        paragraph(
            "Patients with few days drop out as the labelled days grow, so that points of one line rest on "
            "different patients; rows at the same number of days rest on the same."
        ),
        days_keys(first, [one for one in methods if one not in first]),
        grid(*drawings),
        details("All numbers", *tables),
    )


def _in_colour(found: Findings, rows: Sequence[Answers]) -> list[str]:
    """The rows that have a role, then the best others."""
    roles = found.roles
    there = dict.fromkeys(row.method for row in rows)
    chosen = [one for one in (roles.shipped, roles.scratch, roles.published) if one in there]
    chosen += [one for one in best_first(found, rows, found.row.days) if one not in chosen]
    return chosen[:_IN_COLOUR]


def _lines(found: Findings, rows: Sequence[Answers], metric: str, level: Level) -> list[Line]:
    lines = []
    for method in dict.fromkeys(row.method for row in rows):
        days = sorted(row.days for row in rows if row.method == method)
        known = [(day, one) for day in days if (one := found.figure(metric, method, day, level))]
        if known:
            lines.append(Line(method, tuple(day for day, _ in known), tuple(one for _, one in known)))
    return lines


def rivals_section(found: Findings, rows: Sequence[Answers]) -> str:
    """The shipped method minus every other row."""
    days, shipped = found.row.days, found.roles.shipped
    lines: list[list[str | Cell]] = []
    for method in best_first(found, rows, days):
        gaps = [
            named(found.figures, against(metric, shipped, method, days, "session"))
            for metric in (PRESENCE, MAE)
        ]
        if any(gaps):
            lines.append([method, *(_gap(one) for one in gaps)])
    if not lines:
        return ""
    return section(
        f"{shipped} against every other row",
        paragraph(
            f"{shipped} minus the row named, over the same sessions. It is better where presence is above "
            "0 and the error below 0; the goal is to be at least as good as each."
        ),
        table(
            f"Differences after {days} labelled days, sessions", ["Against", "Presence", "Error (MAE)"], lines
        ),
    )


def _gap(figure: Figure | None) -> Cell:
    if figure is None:
        return Cell("–")
    return Cell(
        told(figure, plus=True),
        below=reached(figure),
        style="missed" if figure.met is False else "",
    )
