"""From the rows of the study to figures: every metric of every row, and paired differences between rows.

Intervals are of 95 %, whole patients being drawn again (`mitate.edema.evaluate`). A difference is between the
same patients' same sessions, drawn together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mitate.edema.evaluate import METRICS, Predictions, difference, evaluate
from mitate.edema.study.bars import (
    COVERAGE,
    MAE,
    PRESENCE,
    UPPER_COVERAGE,
    Roles,
    against,
    figure_name,
    with_bars,
)
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = [
    "LEVELS",
    "Answers",
    "Level",
    "Measured",
    "difference_figures",
    "find",
    "measure",
    "named",
    "paired",
    "parsed",
    "row_figures",
]

Level = Literal["session", "frame"]
LEVELS: tuple[Level, ...] = ("session", "frame")
_PAIRED = (PRESENCE, MAE)
_NAME = re.compile(
    f"({'|'.join(re.escape(metric) for metric in METRICS)}), (?!difference, )(.+), "
    r"(\d+) labelled days, (session|frame)"
)


class Answers(Protocol):
    """A row of the table after so many labelled days, answered.

    Attributes:
        method: the row's name.
        days: labelled days.
        session: one prediction a session, each patient's in order of time.
        frame: one prediction a frame.
        doubt: (sessions,) how little each session's answer is to be trusted.
    """

    @property
    def method(self) -> str: ...
    @property
    def days(self) -> int: ...
    @property
    def session(self) -> Predictions: ...
    @property
    def frame(self) -> Predictions: ...
    @property
    def doubt(self) -> NDArray[np.float64]: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What a figure of a row measures: metric, row, labelled days, and ``session`` or ``frame``."""

    metric: str
    method: str
    days: int
    level: str


def parsed(name: str) -> Measured | None:
    """A figure's name taken apart; None where it is no metric of a row, such as a difference."""
    match = _NAME.fullmatch(name)
    return None if match is None else Measured(match[1], match[2], int(match[3]), match[4])


def find(rows: Iterable[Answers], method: str, days: int) -> Answers | None:
    """The row of this method and so many labelled days; None where it was not run."""
    return next((row for row in rows if row.method == method and row.days == days), None)


def named(figures: Iterable[Figure], name: str) -> Figure | None:
    """The figure of this name, None where there is none."""
    return next((figure for figure in figures if figure.name == name), None)


def row_figures(row: Answers, *, data: str, resamples: int = 2000, seed: int = 0) -> list[Figure]:
    """Every metric of `evaluate.METRICS` at the level of sessions and of frames.

    Args:
        data: on what it was measured.
    """
    figures = []
    for level in LEVELS:
        for figure in evaluate(_at(row, level), data=data, resamples=resamples, seed=seed):
            figures.append(replace(figure, name=figure_name(figure.name, row.method, row.days, level)))
    return figures


def paired(first: Predictions, second: Predictions) -> tuple[Predictions, Predictions]:
    """Both, of the patients that they share.

    Raises:
        InputError: they share no patient.
    """
    shared = np.intersect1d(first.participant, second.participant)
    if not len(shared):
        raise InputError("two rows that are to be compared share no patient")
    return _only(first, shared), _only(second, shared)


def difference_figures(
    first: Answers,
    second: Answers,
    *,
    data: str,
    levels: Sequence[Level] = LEVELS,
    metrics: Sequence[str] = _PAIRED,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Figure]:
    """`first` minus `second`, both after the same number of days, over the patients that they share.

    Differences of shares are in percentage points.

    Raises:
        InputError: other days, no shared patient, or other sessions of a shared patient.
    """
    if first.days != second.days:
        raise InputError("rows are compared after the same number of labelled days")
    figures = []
    for level in levels:
        one, other = paired(_at(first, level), _at(second, level))
        if level == "session" and not _same_truth(one, other):
            raise InputError("two rows that are to be compared answered other sessions", where=second.method)
        for metric in metrics:
            figure = difference(one, other, metric, data=data, resamples=resamples, seed=seed)
            unit = "points" if figure.unit == "%" else figure.unit
            name = against(metric, first.method, second.method, first.days, level)
            figures.append(replace(figure, name=name, unit=unit))
    return [figure for figure in figures if np.isfinite(figure.value)]


def measure(
    rows: Sequence[Answers],
    *,
    data: str,
    roles: Roles | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Figure]:
    """Every figure of every row, then all differences, with the goals of the study on them.

    Compared are every row with the one from scratch, and the shipped method with every other row, each where
    both answered after so many days.

    Raises:
        InputError: no rows, a row twice, or rows that did not answer the same sessions.
    """
    if not rows:
        raise InputError("there are no rows to measure")
    if len({(row.method, row.days) for row in rows}) < len(rows):
        raise InputError("a row of the study stands twice")
    roles, rows = roles or Roles(), _with_numbers(rows)
    figures: list[Figure] = []
    for row in rows:
        figures += row_figures(row, data=data, resamples=resamples, seed=seed)
    less = partial(difference_figures, data=data, resamples=resamples, seed=seed)
    for row in rows:
        scratch, shipped = (find(rows, name, row.days) for name in (roles.scratch, roles.shipped))
        if scratch is not None and row.method not in (roles.scratch, roles.shipped):
            figures += less(row, scratch)
        if shipped is not None and row.method != roles.shipped:
            figures += less(shipped, row)
    figures += _ends(figures, roles)
    return with_bars(figures, roles)


@dataclass(frozen=True, slots=True, eq=False)
class _Numbered:
    """A row whose patients are numbers in the order of their ids: the same figures in a third of the time."""

    method: str
    days: int
    session: Predictions
    frame: Predictions
    doubt: NDArray[np.float64]


def _with_numbers(rows: Sequence[Answers]) -> list[Answers]:
    everyone = [p for row in rows for p in (row.session.participant, row.frame.participant)]
    ids = np.unique(np.concatenate(everyone))

    def numbered(predictions: Predictions) -> Predictions:
        return replace(predictions, participant=np.searchsorted(ids, predictions.participant))

    return [
        _Numbered(row.method, row.days, numbered(row.session), numbered(row.frame), row.doubt) for row in rows
    ]


def _ends(figures: Sequence[Figure], roles: Roles) -> list[Figure]:
    """Rows that a goal with one side cannot be asked of otherwise: interval's ends, coverage from above."""
    found = []
    for figure in figures:
        one = parsed(figure.name)
        if one and (one.metric, one.method, one.level) == (COVERAGE, roles.shipped, "session"):
            found.append(replace(figure, name=figure.name.replace(COVERAGE, UPPER_COVERAGE, 1)))
    for level, (metric, end) in product(LEVELS, ((PRESENCE, "low"), (MAE, "high"))):
        gap = named(figures, against(metric, roles.published, roles.scratch, 3, level))
        edge = None if gap is None else getattr(gap, end)
        if gap is not None and edge is not None:
            side = "lower" if end == "low" else "upper"
            found.append(replace(gap, name=f"{side} end of: {gap.name}", value=edge, low=None, high=None))
    return found


def _at(row: Answers, level: Level) -> Predictions:
    return row.session if level == "session" else row.frame


def _only(predictions: Predictions, participants: NDArray[np.str_]) -> Predictions:
    keep = np.isin(predictions.participant, participants)
    if keep.all():
        return predictions
    return Predictions(*(getattr(predictions, name)[keep] for name in Predictions.__dataclass_fields__))


def _same_truth(first: Predictions, second: Predictions) -> bool:
    one, other = (p.truth_kg[np.lexsort((p.truth_kg, p.participant))] for p in (first, second))
    return one.shape == other.shape and bool(np.allclose(one, other))
