"""The report's section on what was swept and what was left out, one at a time."""

from __future__ import annotations

from mitate.edema.study.bars import COVERAGE, MAE, PRESENCE
from mitate.edema.study.findings import Findings, SweepFound
from mitate.edema.study.plots import groups_plot, sweep_plot
from mitate.edema.study.report_numbers import cell
from mitate.paper.parts import Cell, figure, grid, heading, paragraph, section, table

__all__ = ["sweeps_section"]


def sweeps_section(found: Findings, about: str) -> str:
    """Every sweep as drawings and a table under its own heading."""
    parts = []
    for place, one in enumerate(found.sweeps):
        parts.append(heading(3, _capital(one.sweep.title)))
        parts.append(paragraph(one.sweep.words))
        parts.append(grid(*_drawings(one, place, found, about)))
        parts.append(_table(one, about))
    return section("What changes with strength, data, and disturbances", *parts)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _drawings(one: SweepFound, place: int, found: Findings, about: str) -> list[str]:
    numbers = _numbers(one)
    drawings = []
    for metric in (PRESENCE, MAE):
        figures = {value: by_metric[metric] for value, by_metric in one.values.items() if metric in by_metric}
        if not figures:
            continue
        name = f"sweep-{place}-{metric.split()[0].lower()}"
        if numbers:
            order = sorted(figures, key=float)
            markup = sweep_plot(
                [float(value) for value in order],
                [figures[value] for value in order],
                metric,
                one.sweep.axis,
                name=name,
                about=f"sessions, {about}",
            )
        else:
            usual = figures.get(one.sweep.usual) or found.figure(metric, found.row.method, found.row.days)
            if usual is None:
                continue
            what = "presence told right" if metric == PRESENCE else "mean absolute error"
            markup = groups_plot(list(figures.items()), usual, name=name, about=f"{what}, {about}")
        dotted = "" if numbers else f"Dotted: “{one.sweep.usual or 'as measured above'}”."
        drawings.append(figure(markup, dotted))
    return drawings


def _numbers(one: SweepFound) -> bool:
    try:
        return [float(value) for value in one.values] != []
    except ValueError:
        return False


def _table(one: SweepFound, about: str) -> str:
    metrics = (PRESENCE, MAE, COVERAGE)
    rows: list[list[str | Cell]] = [
        [
            Cell(value, style="strong" if value == one.sweep.usual else ""),
            *(cell(by_metric.get(metric), bare=True) for metric in metrics),
            str(next(iter(by_metric.values())).n) if by_metric else "–",
        ]
        for value, by_metric in one.values.items()
    ]
    heads = [
        _capital(one.sweep.axis),
        "Presence, %",
        "Error, kg",
        "90 % interval holds, %",
        "Patients",
    ]
    return table(f"{_capital(one.sweep.title)}, sessions, {about}", heads, rows)
