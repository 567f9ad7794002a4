"""The study's tables as CSV: every figure, and every session's answer."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from mitate.edema.study.bars import Roles
from mitate.edema.study.measures import Answers
from mitate.figures import Figure
from mitate.files import write_text

__all__ = ["write_answers_table", "write_figures_table"]

_FIGURE = ("name", "value", "unit", "low", "high", "n", "data", "bar", "met")
_ANSWER = (
    "method",
    "labelled_days",
    "participant",
    "session",
    "phase",
    "truth_kg",
    "estimate_kg",
    "low_kg",
    "high_kg",
    "probability",
    "doubt",
)


def write_figures_table(path: Path, figures: Iterable[Figure]) -> None:
    """One row a figure: name, value, unit, interval, n, data, bar and whether it is met.

    Raises:
        InputError: a figure that is not finite.
        OSError: it cannot be written; then nothing of it is.
    """
    rows = [[_plain(figure.as_row()[key]) for key in _FIGURE] for figure in figures]
    write_text(path, _csv(_FIGURE, rows))


def write_answers_table(path: Path, rows: Sequence[Answers], *, roles: Roles | None = None) -> None:
    """One row a session and row of the study, the shipped method first; frames are not written.

    ``session`` counts a patient's tested sessions in order of time; kilograms have four digits.

    Raises:
        OSError: it cannot be written; then nothing of it is.
    """
    shipped = (roles or Roles()).shipped
    lines: list[list[str]] = []
    for row in sorted(rows, key=lambda one: one.method != shipped):
        seen: Counter[str] = Counter()
        answers = row.session
        for place, participant in enumerate(answers.participant.astype(str)):
            seen[participant] += 1
            numbers = (
                answers.truth_kg[place],
                answers.excess_kg[place],
                answers.low_kg[place],
                answers.high_kg[place],
                answers.probability[place],
                row.doubt[place],
            )
            phase = "pre" if answers.is_pre[place] else "post"
            told = [row.method, str(row.days), participant, str(seen[participant]), phase]
            lines.append([*told, *(f"{float(value):.4f}" for value in numbers)])
    write_text(path, _csv(_ANSWER, lines))


def _plain(value: object) -> str:
    """As a cell: nothing for None, ``yes`` and ``no``, numbers as Python writes them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return stream.getvalue()
