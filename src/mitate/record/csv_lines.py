"""The lines of a clinic's table by the names of their columns, and what is wrong with a cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mitate.errors import InputError
from mitate.record import csv_words as words
from mitate.tables import read_cells

__all__ = ["MOST_BYTES", "BadCell", "Line", "no_extra", "parted", "read_lines", "word_in"]

MOST_BYTES = 5_000_000
MOST_LINES = 50_000
_FILE = Path("table")


@dataclass(frozen=True, slots=True)
class Line:
    """A line from 1, its cells by column; ``?`` is a cell beyond the columns."""

    line: int
    cells: dict[str, str]


class BadCell(Exception):
    """A line cannot be taken in: column, what is wrong, what to do."""

    def __init__(self, column: str, what: str, todo: str) -> None:
        self.told = (column, what, todo)
        super().__init__(what)


def read_lines(
    content: bytes, known: dict[str, tuple[str, ...]], needed: tuple[str, ...]
) -> tuple[list[Line], list[str]]:
    """The lines below the first, which names the columns, and warnings in plain words.

    Args:
        content: of the file.
        known: headings by column.
        needed: columns that must be there.

    Raises:
        InputError: no table, too large, or a column that is missing or stands twice.
    """
    if len(content) > MOST_BYTES:
        raise InputError("the table is larger than 5 MB", where="table", todo="split it")
    table, problems = read_cells(_FILE, content, ",;\t")
    for problem in problems:
        if problem.severity == "error":
            raise InputError(problem.message, where=f"line {problem.line}", todo=problem.todo)
    if not table:
        raise InputError("the table is empty", where="table", todo="the first line names the columns")
    if len(table) > MOST_LINES:
        raise InputError(f"{len(table)} lines are too many", where="table", todo=f"split it: {MOST_LINES}")
    names, aside = _header(table[0][1], known, needed)
    warnings = [f"line {problem.line}: {problem.message}" for problem in problems]
    warnings += [f"the column {name!r} is left aside" for name in aside]
    return [Line(line, _named(names, cells)) for line, cells in table[1:]], warnings


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    told = dict.fromkeys((name for name in names if name), "")
    told |= {name: cell for name, cell in zip(names, cells, strict=False) if name}
    extra = [cell for cell in cells[len(names) :] if cell]
    return {**told, "?": extra[0]} if extra else told


def _header(
    cells: list[str], known: dict[str, tuple[str, ...]], needed: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    names, aside = [], []
    for cell in cells:
        name = words.column_of(cell, known) or ""
        if name and name in names:
            raise InputError(f"the column {cell!r} stands twice", where="line 1", todo="delete one of them")
        if cell and not name:
            aside.append(cell[:40])
        names.append(name)
    for name in needed:
        if name not in names:
            examples = ", ".join((known[name][0], *known[name][-2:]))
            raise InputError(f"no column for the {name}", where="line 1", todo=f"name one of: {examples}")
    return names, aside


def no_extra(line: Line) -> None:
    """Raise BadCell for a line with more cells than columns, such as one with bare decimal commas."""
    if "?" in line.cells:
        raise BadCell(
            "",
            f"more cells than columns: {line.cells['?'][:40]!r}",
            "put numbers with a decimal comma in quotes, or remove the extra cell",
        )


def parted(told: str) -> tuple[str, str]:
    """What is wrong and what to do, of a text such as ``what; do``."""
    what, _, todo = told.partition("; ")
    return what[:200], todo or "correct it"


def word_in(line: Line, column: str, known: dict[str, str]) -> str:
    """What a cell's word means; BadCell where it is none of those known."""
    text = line.cells.get(column, "")
    found = known.get(words.plain(text))
    if found is None:
        told = ", ".join(word for word in known if word)
        raise BadCell(column, f"{text[:40]!r} is not understood", f"write one of: {told}")
    return found
