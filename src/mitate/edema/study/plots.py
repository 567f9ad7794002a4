"""Drawings of the study, of its rows: SVG whose letters and lines take the page's own colour, light or dark.

Colours are Okabe and Ito's (2008), which the colour-blind tell apart; each has a dash and a mark of its own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from mitate.edema.study.bars import MAE, PRESENCE
from mitate.figures import Figure

__all__ = [
    "COLOUR",
    "INK",
    "PAPER",
    "Line",
    "days_keys",
    "days_plot",
    "forest_plot",
    "groups_plot",
    "published",
    "svg",
    "sweep_plot",
    "tidy",
]

INK = "#010203"
"""Stands for the page's own colour, for which it is exchanged."""

PAPER = "#fdfcfb"
"""Stands for the page's ground."""

COLOUR = "#2f7fd1"
_WIDTH, _NORMAL, _SMALL = 4.9, 11.0, 10.0  # inches, points
_LINES: tuple[tuple[str, tuple[float, ...], str], ...] = (
    (COLOUR, (), "o"),
    ("#d55e00", (4, 1.6), "s"),
    ("#009e73", (5, 1.2, 1, 1.2), "^"),
    ("#cc79a7", (1, 1.2), "D"),
    ("#b8860b", (7, 1.4), "v"),
    ("#56b4e9", (3, 1, 1, 1, 1, 1), "P"),
)
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
    style = {row: _LINES[place] for place, row in enumerate(first)}

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for line in sorted(lines, key=lambda one: one.name in style):
            values = [one.value for one in line.figures]
            if line.name not in style:
                axes.plot(line.days, values, color=INK, lw=0.8, alpha=0.35)
                continue
            colour, dash, mark = style[line.name]
            shift = 0.035 * (list(style).index(line.name) - len(style) / 2)
            days = [day + shift for day in line.days]
            for day, one in zip(days, line.figures, strict=True):
                if one.low is not None:
                    axes.plot([day, day], [one.low, one.high], color=colour, lw=1.2, alpha=0.7)
            dashed = (0, dash) if dash else "-"
            axes.plot(days, values, color=colour, ls=dashed, lw=2.0, marker=mark, ms=5.5)
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
    keys = "".join(_key(row, _LINES[place]) for place, row in enumerate(first))
    keys += f"<li>thin: {escape('; '.join(rest))}</li>" if rest else ""
    return f'<ul class="keys">{keys}</ul>'


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
        fontsize=_SMALL,
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
    axes.set_title(about, loc="left", fontsize=_NORMAL)


def _limits(axes: Any, metric: str, figures: Sequence[Figure]) -> None:
    least = min(one.value if one.low is None else one.low for one in figures)
    if metric == PRESENCE:
        axes.set_ylim(max(min(least, 85.0) - 3, 0), 101)
    else:
        axes.set_ylim(0, None)


def tidy(axes: Any) -> None:
    """No frame above and to the right."""
    axes.spines[["top", "right"]].set_visible(False)


def _key(label: str, style: tuple[str, tuple[float, ...], str]) -> str:
    """An entry of the list below a drawing: a piece of the line and its name."""
    colour, dash, _ = style
    pattern = " ".join(f"{2 * length:g}" for length in dash)
    line = f'<path d="M0 4H36" stroke="{colour}" stroke-width="3" stroke-dasharray="{pattern}"/>'
    return f'<li><svg viewBox="0 0 36 8" aria-hidden="true" class="key">{line}</svg> {escape(label)}</li>'


def svg(draw: Callable[[Any], None], height: float, name: str, told: str, *, width: float = _WIDTH) -> str:
    """Markup of a drawing, with what it shows for those who cannot see it.

    Args:
        draw: fills a matplotlib figure.
        height, width: inches.
        name: unique within the page.
        told: the drawing in words.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    plain: Any = {
        "text.parse_math": False,
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.family": "sans-serif",
        "font.size": _NORMAL,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with rc_context(plain):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(canvas)
        draw(canvas)
        stream = io.StringIO()
        canvas.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    return _inline(stream.getvalue(), name, told)


def _inline(markup: str, name: str, told: str) -> str:
    """A drawing's file as a part of a page: no head, names of its own, the page's colour and letters."""
    inside = markup[markup.index("<svg") :]
    box = re.search(r'viewBox="[^"]+"', inside)
    inside = inside[inside.index(">") + 1 :]
    inside = re.sub(r"<metadata>.*?</metadata>", "", inside, flags=re.DOTALL)
    inside = re.sub(r'\bid="', f'id="{name}-', inside)
    inside = re.sub(r'href="#', f'href="#{name}-', inside).replace("url(#", f"url(#{name}-")
    inside = inside.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
    inside = re.sub(r"font: ((?:bold |700 )?)([\d.]+)px [^;\"]*", r"font-size: \2px; font-weight: \1", inside)
    inside = re.sub(r"font-weight: ?(?=[;\"])", "font-weight: normal", inside)
    inside = re.sub(r"font-family: [^;\"]*;?", "", inside)
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    head = f'<svg {spaces} role="img" {box.group() if box else ""}>'
    return f"{head}<title>{escape(told)}</title>{inside.strip()}"
