"""Grades of measures by published norms: too little, as expected, too much, with the limits and their source.

The limits stand in ``norms.toml`` of each region's knowledge. Those of the low back are centiles of people
without back pain (Laird 2019), means by age (Troke 2005) and thresholds of tests; docs/back-triage.md says
what was decided where the sources are silent.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from mitate.abduce.language import Atom, Observation
from mitate.abduce.names import did_you_mean
from mitate.back.age import checked_age
from mitate.back.region import LOW_BACK, REGIONS
from mitate.errors import InputError

__all__ = ["GRADES", "Grade", "GradeName", "condition", "described_by", "grade", "measures", "signs"]

GradeName = Literal["insufficient", "moderate", "excessive"]
GRADES: tuple[GradeName, ...] = ("insufficient", "moderate", "excessive")


@dataclass(frozen=True, slots=True)
class Grade:
    """What a norm says of a value.

    Attributes:
        grade: ``insufficient`` below `low`, ``excessive`` above `high`, else ``moderate``.
        low, high: the limits for this age, in `unit`; None where there is none on that side.
        source: name of a source of the knowledge base.
        mdc: minimal detectable change (90 %) in `unit`, the middle of a published span; None if not known.
        borderline: whether a second measurement could well be graded otherwise: the value lies nearer to a
            limit than the error of one measurement, mdc / sqrt(2). False where no mdc is known.
        note: what to know before leaning on it.
        limit_error: one standard deviation of the limits themselves, in `unit`; 0 for published ones.
    """

    grade: GradeName
    low: float | None
    high: float | None
    unit: str
    source: str
    mdc: float | None
    borderline: bool
    note: str = ""
    limit_error: float = 0.0


@lru_cache(maxsize=1)
def _norms() -> MappingProxyType[str, dict[str, Any]]:
    """Of all regions: no two of them have a measure of the same name."""
    found: dict[str, dict[str, Any]] = {}
    for region in REGIONS.values():
        rows = tomllib.loads(region.file("norms.toml").read_text(encoding="utf-8"))["measure"]
        found |= {name: {**norm, "region": region.name} for name, norm in rows.items()}
    return MappingProxyType(found)


def measures(movement: str | None = None, *, region: str | None = None) -> tuple[str, ...]:
    """The measures that have a norm, in the order of the files.

    Args:
        movement: only those taken from the film of this movement.
        region: only those of this region.
    """
    return tuple(
        name
        for name, norm in _norms().items()
        if movement in (None, norm.get("movement")) and region in (None, norm["region"])
    )


def grade(measure: str, value: float, *, age: float | None = None) -> Grade:
    """Grade one value by its norm.

    Args:
        value: in the unit that the measure's name ends with.
        age: in years. Without it limits that come from the age alone are taken where they are widest, so
            that only what is too little or too much at every age is graded so; others stay as published.

    Raises:
        InputError: unknown measure (with the nearest name), a value that this measure cannot have, or an
            impossible age.
    """
    norm = _norm(measure)
    number = _checked(measure, value, norm)
    low, high = _limits(norm, None if age is None else checked_age(age))
    mdc = _middle(norm.get("mdc"))
    below = low is not None and number < low
    above = high is not None and (number >= high if norm.get("high_counts", False) else number > high)
    error = 0.0 if mdc is None else mdc / math.sqrt(2)
    return Grade(
        grade="insufficient" if below else "excessive" if above else "moderate",
        low=low,
        high=high,
        unit=norm["unit"],
        source=norm["source"],
        mdc=mdc,
        borderline=any(limit is not None and abs(number - limit) < error for limit in (low, high)),
        note=norm.get("note", ""),
        limit_error=norm.get("limit_error", 0.0),
    )


def condition(measure: str, graded: GradeName) -> Observation | None:
    """What a grade is in the knowledge base: a graded condition, or a sign that is there or absent.

    Returns:
        None where the knowledge base has no single condition for the grade; of two `signs` the one that is
        there.

    Raises:
        InputError: unknown measure, with the nearest name.
    """
    norm = _norm(measure)
    if "observation" in norm:
        return Observation(_atom(norm["observation"].replace("_)", f"{graded})")))
    found = signs(measure)
    if graded in found:
        return Observation(found[graded])
    return Observation(next(iter(found.values())), absent=True) if len(found) == 1 else None


def signs(measure: str) -> Mapping[GradeName, Atom]:
    """The signs that a measure is of, each with the grade at which it is there; at others it is absent.

    Raises:
        InputError: unknown measure, with the nearest name.
    """
    return {at: _atom(name) for at, name in _norm(measure).get("sign", {}).items()}


def described_by(measure: str) -> str:
    """The name of the source that describes a measure which no norm grades.

    Raises:
        InputError: unknown measure, with the nearest name.
    """
    named = _without_norm()
    if measure not in named:
        raise InputError(
            f"nothing describes {measure[:60]!r}", where="measure", todo=did_you_mean(measure, named)
        )
    return named[measure]


@lru_cache(maxsize=1)
def _without_norm() -> Mapping[str, str]:
    rows = tomllib.loads(REGIONS[LOW_BACK].file("norms.toml").read_text(encoding="utf-8"))
    return MappingProxyType(rows["without_norm"])


def _atom(text: str) -> Atom:
    name, _, inside = text.partition("(")
    return Atom(name, tuple(part.strip() for part in inside.rstrip(")").split(",") if part.strip()))


def _norm(measure: str) -> dict[str, Any]:
    norm = _norms().get(measure)
    if norm is None:
        raise InputError(
            f"there is no norm for {measure[:60]!r}", where="measure", todo=did_you_mean(measure, _norms())
        )
    return norm


def _checked(measure: str, value: object, norm: dict[str, Any]) -> float:
    least, most = norm["range"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:  # NaN too
        unit = f" {norm['unit']}" if norm["unit"] else ""
        raise InputError("this cannot be", where=measure, todo=f"give a number from {least} to {most}{unit}")
    return float(value)


def _limits(norm: dict[str, Any], age: float | None) -> tuple[float | None, float | None]:
    low, high = norm.get("low"), norm.get("high")
    if "expected" not in norm:
        return low, high
    spread, has_low = norm["spread"], low is not None
    if norm.get("only_low", False):
        mean = min(norm["expected"]) if age is None else _on_line(age, norm["ages"], norm["expected"])
        return mean - spread, None
    if age is None and has_low:
        return low, high
    young, old = norm["expected"]
    if age is None:
        return min(young, old) - spread, max(young, old) + spread
    mean = _on_line(age, norm["ages"], norm["expected"])
    return (min(low, mean - spread), high) if has_low else (mean - spread, mean + spread)


def _on_line(age: float, ages: list[float], expected: list[float]) -> float:
    share = (min(max(age, ages[0]), ages[1]) - ages[0]) / (ages[1] - ages[0])
    return expected[0] + share * (expected[1] - expected[0])


def _middle(mdc: float | list[float] | None) -> float | None:
    return sum(mdc) / len(mdc) if isinstance(mdc, list) else mdc
