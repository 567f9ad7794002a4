"""Drawings of the study, of its rows: values with intervals, by row, labelled day, group or strength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mitate.edema.study.bars import MAE, PRESENCE
from mitate.figures import Figure
from mitate.paper.drawing import COLOUR, INK, NORMAL, PAPER, SMALL, STROKES, keys, svg, tidy

__all__ = ["Line", "days_keys", "days_plot", "forest_plot", "groups_plot", "published", "sweep_plot"]

_GROUND = {"boxstyle": "square,pad=0.08", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.85}
_PUBLISHED = {PRESENCE: (85.0, "published 85 %"), MAE: (0.5, "published 0.5 kg")}
_AXES = {PRESENCE: "presence told right, %", MAE: "mean absolute error, kg"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the study over labelled days: its name, days, and a figure for each."""

    name: str
    days: tuple[int, ...]
    figures: tuple[Figure, ...]


def published(metric: str) -> tuple[float, str] | None:
    """What was published on 39 real patients for this metric, and its words."""
    return _PUBLISHED.get(metric)


def days_plot(lines: Sequence[Line], metric: str, first: Sequence[str], *, name: str, about: str) -> str:
    """A metric by labelled days: rows of `first` in colour with intervals, the others thin.

    Args:
        first: names of at most six rows.
        name: of the drawing within its page.
        about: what was drawn, such as ``sessions, simulated patients``; stands above it.
    """
    style = {row: STROKES[place] for place, row in enumerate(first)}

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for line in sorted(lines, key=lambda one: one.name in style):
            values = [one.value for one in line.figures]
            if line.name not in style:
                axes.plot(line.days, values, color=INK, lw=0.8, alpha=0.35)
                continue
            stroke = style[line.name]
            shift = 0.035 * (list(style).index(line.name) - len(style) / 2)
            days = [day + shift for day in line.days]
            for day, one in zip(days, line.figures, strict=True):
                if one.low is not None:
                    axes.plot([day, day], [one.low, one.high], color=stroke.colour, lw=1.2, alpha=0.7)
            kind = {"color": stroke.colour, "ls": stroke.style, "marker": stroke.mark}
            axes.plot(days, values, lw=2.0, ms=5.5, **kind)
        _title(axes, about, metric)
        every = [one for line in lines for one in line.figures]
        _limits(axes, metric, every)
        axes.set_xticks(sorted({day for line in lines for day in line.days}))
        axes.set(xlabel="labelled days of the patient", ylabel=_AXES.get(metric, metric))
        tidy(axes)

    ends = "; ".join(f"{line.name} {line.figures[-1].value:.2f}" for line in lines)
    return svg(draw, 3.4, name, f"{metric} by labelled days, {about}; at the last: {ends}.")


def days_keys(first: Sequence[str], rest: Sequence[str]) -> str:
    """Which line of `days_plot` is which: those in colour, and the thin ones."""
    thin = f"thin: {'; '.join(rest)}" if rest else ""
    return keys(((STROKES[place], row, "") for place, row in enumerate(first)), thin)


def forest_plot(rows: Mapping[str, Figure], metric: str, strong: str, *, name: str, about: str) -> str:
    """Every row's value with its interval, one below the other, names above the marks."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for place, (row, one) in enumerate(rows.items()):
            colour = COLOUR if row == strong else INK
            if one.low is not None:
                axes.plot([one.low, one.high], [-place] * 2, color=colour, lw=1.6)
            axes.plot([one.value], [-place], color=colour, marker="o", ms=7 if row == strong else 5)
            weight = "bold" if row == strong else "normal"
            _beside(axes, row, (0, -place + 0.2), weight=weight)
        _title(axes, about, metric, along=True)
        axes.set(ylim=(-len(rows) + 0.4, 0.75), yticks=[], xlabel=_AXES.get(metric, metric))
        tidy(axes)
        axes.spines["left"].set_visible(False)

    values = "; ".join(f"{row} {one.value:.2f}" for row, one in rows.items())
    return svg(draw, 0.42 * len(rows) + 1.1, name, f"{metric}, {about}: {values}.")


def sweep_plot(
    values: Sequence[float], figures: Sequence[Figure], metric: str, axis: str, *, name: str, about: str
) -> str:
    """A metric over a swept quantity, on a logarithmic axis where it spans more than a factor of five."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        if all(one.low is not None for one in figures):
            ends = [[one.low for one in figures], [one.high for one in figures]]
            axes.fill_between(values, *ends, color=COLOUR, alpha=0.22, lw=0)
        axes.plot(values, [one.value for one in figures], color=COLOUR, lw=2.0, marker="o", ms=6)
        if min(values) > 0 and max(values) > 5 * min(values):
            axes.set_xscale("log")
        axes.set_xticks(values, [f"{value:g}" for value in values])
        axes.set_xticks([], minor=True)
        _title(axes, about, metric)
        _limits(axes, metric, figures)
        axes.set(xlabel=axis, ylabel=_AXES.get(metric, metric))
        tidy(axes)

    told = "; ".join(f"{value:g}: {one.value:.2f}" for value, one in zip(values, figures, strict=True))
    return svg(draw, 3.0, name, f"{metric} by {axis}, {about}: {told}.")


def groups_plot(rows: Sequence[tuple[str, Figure]], overall: Figure, *, name: str, about: str) -> str:
    """A value a group or condition with its interval, against that of all (the line)."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.axvline(overall.value, color=INK, lw=1.0, ls=":")
        for place, (label, one) in enumerate(rows):
            if one.low is not None:
                axes.plot([one.low, one.high], [-place] * 2, color=COLOUR, lw=1.8)
            axes.plot([one.value], [-place], color=COLOUR, marker="o", ms=6)
            _beside(axes, label, (0, -place + 0.18))
        unit = f", {overall.unit}" if overall.unit else ""
        axes.set(ylim=(-len(rows) + 0.4, 0.75), yticks=[], xlabel=f"{about}{unit}")
        tidy(axes)
        axes.spines["left"].set_visible(False)

    told = "; ".join(f"{label} {one.value:.2f}" for label, one in rows)
    return svg(draw, 0.42 * len(rows) + 0.9, name, f"{about}; all: {overall.value:.2f}; {told}.")


def _beside(axes: Any, words: str, at: tuple[float, float], weight: str = "normal") -> None:
    """Words at the left edge, above a row's mark, on the page's own ground."""
    note = axes.annotate(
        words,
        at,
        xycoords=("axes fraction", "data"),
        fontsize=SMALL,
        va="bottom",
        weight=weight,
        bbox=_GROUND,
    )
    note.set_in_layout(False)


def _title(axes: Any, about: str, metric: str, *, along: bool = False) -> None:
    """What was drawn; under it the published value, which is drawn as a dashed line, by its name.

    `along` where values run to the right.
    """
    known = published(metric)
    if known is not None:
        (axes.axvline if along else axes.axhline)(known[0], color=INK, lw=1.0, ls="--")
        about += f"\ndashed: {known[1]}, real patients"
    axes.set_title(about, loc="left", fontsize=NORMAL)


def _limits(axes: Any, metric: str, figures: Sequence[Figure]) -> None:
    least = min(one.value if one.low is None else one.low for one in figures)
    if metric == PRESENCE:
        axes.set_ylim(max(min(least, 85.0) - 3, 0), 101)
    else:
        axes.set_ylim(0, None)
