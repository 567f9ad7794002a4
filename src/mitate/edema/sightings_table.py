"""A course from a small table of estimates: one row a session."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from mitate.edema.course_model import CONTEXTS, Context
from mitate.edema.sightings import Course, Sighting
from mitate.errors import InputError
from mitate.tables import Problem, Row, parse_number, parse_time, read_table

__all__ = ["COLUMNS", "read_sightings"]

COLUMNS = ("captured_at", "excess_kg", "sd_kg")
"""Columns that must be there; `context` and `weighed_kg` may be."""

_TODO = {
    "captured_at": "write the time as 2024-05-31T09:30",
    "excess_kg": "write kilograms over dry weight, such as 1.2",
    "sd_kg": "write the estimate's sd_kg, above 0 and at most 20",
    "weighed_kg": "write the excess by the scales in kilograms, or leave it empty",
    "context": "use one of: " + ", ".join(CONTEXTS),
}
_RANGE = {"excess_kg": (-30.0, 60.0), "sd_kg": (1e-6, 20.0), "weighed_kg": (-30.0, 60.0)}


def read_sightings(path: Path, *, common_kg: float | None = None, participant_id: str = "") -> Course:
    """Read a course.

    Args:
        path: a table with the columns `COLUMNS`, separated by commas, semicolons or tabs.
        common_kg: sd of the error that all estimates share, as in `Course`.
        participant_id: whose course it is.

    Raises:
        InputError: naming the first problem with its line and column, and how many more there are.
    """
    table = read_table(path, COLUMNS, separators=",;\t")
    problems = [problem for problem in table.problems if problem.severity == "error"]
    found = [_sighting(row, problems) for row in table.rows]
    sightings = tuple(one for one in found if one is not None)
    if not problems:
        zoned = {one.at.tzinfo is None for one in sightings}
        if len(zoned) > 1:
            problems.append(
                table.rows[0].problem(
                    "captured_at", "some times have a time zone and others have none", "write all alike"
                )
            )
        if not sightings:
            problems.append(Problem(path, 0, 0, "error", "there is no session", "give one row a session"))
    if problems:
        first, more = problems[0], len(problems) - 1
        rest = f"; {more} more problem{'s' if more > 1 else ''}" if more else ""
        raise InputError(first.message, where=first.where, todo=first.todo + rest)
    return Course(sightings, common_kg, participant_id)


def _sighting(row: Row, problems: list[Problem]) -> Sighting | None:
    before = len(problems)
    at = parse_time(row.cells["captured_at"])
    numbers = {name: _number(row, name, problems) for name in _RANGE}
    context = _context(row.cells.get("context", ""))
    if isinstance(at, str):
        problems.append(row.problem("captured_at", at, _TODO["captured_at"]))
    if context is None:
        message = f"unknown context {row.cells['context']!r}"
        problems.append(row.problem("context", message, _TODO["context"]))
    excess, sd = numbers["excess_kg"], numbers["sd_kg"]
    if len(problems) > before or isinstance(at, str) or context is None or excess is None or sd is None:
        return None
    return Sighting(at, excess, sd, context, numbers["weighed_kg"])


def _number(row: Row, name: str, problems: list[Problem]) -> float | None:
    text = row.cells.get(name, "")
    if not text:
        if name in COLUMNS:
            problems.append(row.problem(name, f"{name} is empty", _TODO[name]))
        return None
    value = parse_number(text)
    low, high = _RANGE[name]
    if isinstance(value, str):
        problems.append(row.problem(name, value, _TODO[name]))
        return None
    if not low <= value <= high:
        problems.append(row.problem(name, f"{name} {text} is not plausible", _TODO[name]))
        return None
    return value


def _context(text: str) -> Context | None:
    plain = " ".join(text.lower().replace("_", " ").replace("-", " ").split()) or "other"
    return next((known for known in get_args(Context) if known == plain), None)
