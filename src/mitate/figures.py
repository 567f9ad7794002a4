"""Measured figures, kept in ``docs/benchmarks/ROOM.json`` by the programs that measure them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mitate.errors import InputError
from mitate.files import write_text

__all__ = ["Figure", "read_figures", "write_figures"]

_KEYS = ("name", "value", "unit", "low", "high", "n", "data", "bar", "met")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        name: unique within its file, for example ``presence accuracy, session, 3 days``.
        value, unit: the number and what it counts (``kg``, ``%``, ``s``, ``MB``, or empty for a ratio).
        low, high: its 95 % interval, None where there is none.
        n: how many participants (or runs) it rests on.
        data: on what it was measured, for example ``simulated, 39 patients, seed 7``.
        bar: the goal, None where none was set; `at_least` says on which side of it the goal lies.
    """

    name: str
    value: float
    unit: str
    low: float | None
    high: float | None
    n: int
    data: str
    bar: float | None = None
    at_least: bool = True

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def as_row(self) -> dict[str, Any]:
        """The figure as its file holds it.

        Raises:
            InputError: a number that is not finite, or no name.
        """
        numbers = (self.value, self.low, self.high, self.bar)
        if not self.name or any(number is not None and not math.isfinite(number) for number in numbers):
            raise InputError("a figure needs a name and finite numbers", where=self.name or "figure")
        return {key: getattr(self, key) for key in _KEYS}


def read_figures(path: Path) -> list[dict[str, Any]]:
    """The rows of a figures file, none if it does not exist.

    Raises:
        InputError: the file is not a list of rows with names.
    """
    if not path.exists():
        return []
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError("this is not a figures file", where=path, todo="mend or delete it") from error
    if not isinstance(rows, list) or any(not isinstance(row, dict) or "name" not in row for row in rows):
        raise InputError("this is not a list of figures with names", where=path, todo="mend or delete it")
    return rows


def write_figures(path: Path, figures: Sequence[Figure]) -> None:
    """Put `figures` into a file: a row of the same name is replaced where it stands, a new one is appended.

    The file is written whole or not at all, one row a line, so that a change shows as a change of one line.

    Raises:
        InputError: a figure that is not finite, or a file that is not a figures file.
    """
    rows = {str(row["name"]): row for row in read_figures(path)}
    for figure in figures:
        rows[figure.name] = figure.as_row()
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows.values())
    write_text(path, "[\n  " + ",\n  ".join(lines) + "\n]\n" if rows else "[]\n")
