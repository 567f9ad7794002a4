"""What the study must show, in one table: which figure has which goal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mitate.figures import Figure

__all__ = [
    "BARS",
    "COVERAGE",
    "MAE",
    "PRESENCE",
    "UPPER_COVERAGE",
    "Bar",
    "Roles",
    "against",
    "figure_name",
    "goals",
    "with_bars",
]

PRESENCE, MAE, COVERAGE = "presence accuracy", "MAE", "coverage of the 90 % interval"


@dataclass(frozen=True, slots=True)
class Roles:
    """Which rows of the table stand for what.

    Attributes:
        shipped: the method that comes along, of which the goals are asked.
        scratch: learned from the patient's own lessons alone.
        published: pre-trained by the published objective.
    """

    shipped: str = "mitate"
    scratch: str = "from scratch"
    published: str = "WeightSupMoCo"


@dataclass(frozen=True, slots=True)
class Bar:
    """A goal.

    Attributes:
        figure: name of the figure, with ``{shipped}``, ``{scratch}`` and ``{published}`` for rows.
        value: the bar.
        at_least: on which side of it the goal lies.
    """

    figure: str
    value: float
    at_least: bool


def figure_name(metric: str, method: str, days: int, level: str) -> str:
    """``MAE, mitate, 3 labelled days, session``: what a measured figure of a row is called."""
    return f"{metric}, {method}, {days} labelled days, {level}"


def against(metric: str, first: str, second: str, days: int, level: str) -> str:
    """What a paired difference, first minus second, is called."""
    return f"{metric}, difference, {first} against {second}, {days} labelled days, {level}"


def _gains(level: str) -> tuple[Bar, ...]:
    """The published gain of pre-training, and that it be clear of zero. It was published of images."""
    right = against(PRESENCE, "{published}", "{scratch}", 3, level)
    error = against(MAE, "{published}", "{scratch}", 3, level)
    return (
        Bar(right, 15.1, True),
        Bar(f"lower end of: {right}", 0.0, True),
        Bar(error, -0.243, False),
        Bar(f"upper end of: {error}", 0.0, False),
    )


UPPER_COVERAGE = "coverage of the 90 % interval (not above)"

BARS: tuple[Bar, ...] = (
    Bar(figure_name(PRESENCE, "{shipped}", 3, "session"), 97.0, True),
    Bar(figure_name(MAE, "{shipped}", 3, "session"), 0.25, False),
    Bar(figure_name(PRESENCE, "{shipped}", 3, "frame"), 85.0, True),
    Bar(figure_name(MAE, "{shipped}", 3, "frame"), 0.5, False),
    Bar(figure_name(PRESENCE, "{shipped}", 0, "session"), 95.0, True),
    Bar(figure_name(MAE, "{shipped}", 0, "session"), 0.5, False),
    *_gains("session"),
    *_gains("frame"),
    *(
        Bar(figure_name(metric, "{shipped}", days, "session"), value, metric == COVERAGE)
        for days in (0, 1, 2, 3, 5)
        for metric, value in ((COVERAGE, 87.0), (UPPER_COVERAGE, 93.0))
    ),
    Bar(against(PRESENCE, "{shipped}", "*", 3, "session"), 0.0, True),
    Bar(against(MAE, "{shipped}", "*", 3, "session"), 0.0, False),
    Bar("refusing, least helpful rate: change of MAE, {shipped}, 3 labelled days, session", 0.0, False),
    Bar(
        "refusing, least helpful rate: change of presence error, {shipped}, 3 labelled days, session",
        0.0,
        False,
    ),
    Bar(
        "refusing, largest rise from one rate to the next: MAE, {shipped}, 3 labelled days, session",
        0.0,
        False,
    ),
)
"""A ``*`` stands for any row. A bar on an end of an interval asks that the interval be clear of zero."""


def with_bars(figures: Iterable[Figure], roles: Roles) -> list[Figure]:
    """The figures, each with its goal where it has one."""
    named = _named(roles)
    return [_barred(figure, named) for figure in figures]


def goals(figures: Iterable[Figure], roles: Roles) -> list[Figure]:
    """Figures with a goal, in the order of `BARS`, then others; without those against each other row."""
    rivals = f"difference, {roles.shipped} against "
    found = [figure for figure in figures if figure.bar is not None and rivals not in figure.name]
    order = {name: place for place, name in enumerate(_named(roles))}
    return sorted(found, key=lambda figure: order.get(figure.name, len(order)))


def _named(roles: Roles) -> dict[str, Bar]:
    return {
        bar.figure.format(shipped=roles.shipped, scratch=roles.scratch, published=roles.published): bar
        for bar in BARS
    }


def _barred(figure: Figure, named: Mapping[str, Bar]) -> Figure:
    for name, bar in named.items():
        before, star, after = name.partition("*")
        fits = figure.name.startswith(before) and figure.name.endswith(after) if star else figure.name == name
        if fits:
            return replace(figure, bar=bar.value, at_least=bar.at_least)
    return figure
