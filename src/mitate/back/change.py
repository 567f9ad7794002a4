"""What has changed since an earlier film of the same movement, and whether that is more than chance.

A change counts as real above the minimal detectable change at 90 %: 1.645 times the standard deviation of the
difference, from the errors of both films, or the published one of the measure where that is larger.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mitate.back._strict_json import read_json
from mitate.back.condition import norm_of
from mitate.back.measurement import Measure, Measures
from mitate.back.norms import GRADES, GradeName
from mitate.errors import InputError

__all__ = ["Before", "Change", "before_of", "changes", "read_before"]

_HALF_WIDTH = 1.645  # of a 90 % interval, in standard deviations of the normal


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier result.

    Attributes:
        movement: its name.
        values: value, error (one standard deviation) and unit of each measure by name.
        grades: of the measures that were graded.
    """

    movement: str
    values: Mapping[str, tuple[float, float, str]]
    grades: Mapping[str, GradeName] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One measure then and now.

    Attributes:
        name, unit: of the measure.
        before, now: its values.
        detectable: the least difference, in `unit`, that is more than chance.
    """

    name: str
    unit: str
    before: float
    now: float
    detectable: float

    @property
    def is_real(self) -> bool:
        """Whether the difference is more than chance."""
        return abs(self.now - self.before) >= self.detectable

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "before": self.before,
            "now": self.now,
            "difference": self.now - self.before,
            "detectable": self.detectable,
            "is_real": self.is_real,
        }


def read_before(path: Path) -> Before:
    """The measures of an earlier ``result.json``.

    Raises:
        InputError: the file cannot be read, or is not a result of ``mitate back measure``.
    """
    return before_of(read_json(path), path)


def before_of(document: Any, path: Path) -> Before:
    """The measures of an earlier result.

    Args:
        document: what ``mitate back measure --json`` printed.
        path: where it was found, for messages.

    Raises:
        InputError: it is not a result of ``mitate back measure``.
    """
    movement = document.get("movement") if isinstance(document, dict) else None
    found = document.get("measures") if isinstance(document, dict) else None
    if not isinstance(movement, str) or not isinstance(found, dict):
        raise _not_a_result(path)
    graded = document.get("conditions")
    rows = graded if isinstance(graded, list) else []
    return Before(
        movement,
        {str(name): _value(row, path) for name, row in found.items()},
        {
            str(row["measure"]): next(grade for grade in GRADES if grade == row["grade"])
            for row in rows
            if isinstance(row, dict) and _is_graded(row)
        },
    )


def _is_graded(row: dict[str, Any]) -> bool:
    name, grade = row.get("measure"), row.get("grade")
    return isinstance(name, str) and norm_of(name) is not None and grade in GRADES


def _value(row: object, path: Path) -> tuple[float, float, str]:
    cells = [row.get(name) for name in ("value", "error")] if isinstance(row, dict) else [None]
    numbers = [float(cell) for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
    if not isinstance(row, dict) or len(numbers) < 2 or not isinstance(row.get("unit"), str):
        raise _not_a_result(path)
    return numbers[0], numbers[1], str(row["unit"])


def _not_a_result(path: Path) -> InputError:
    return InputError(
        "this is not a result of mitate back measure",
        where=path,
        todo="give the result.json of an earlier --out folder",
    )


def changes(now: Measures, before: Before) -> tuple[Change, ...]:
    """Every measure that both films give, in the order of the new one.

    Raises:
        InputError: the earlier film is of another movement.
    """
    if now.movement != before.movement:
        raise InputError(
            f"the earlier result is of the movement {before.movement[:60]!r}, this film of {now.movement!r}",
            where="--before",
            todo="compare films of the same movement",
        )
    return tuple(
        _change(measure, *before.values[name])
        for name, measure in now.values.items()
        if name in before.values and before.values[name][2] == measure.unit
    )


def _change(measure: Measure, value: float, error: float, unit: str) -> Change:
    own = _HALF_WIDTH * math.hypot(measure.error, error)
    return Change(measure.name, unit, value, measure.value, max(own, measure.mdc or 0.0))
