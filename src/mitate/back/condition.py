"""From measures to conditions: too little, as expected or too much for the age, or not measurable.

The limits are those of `mitate.back.norms`. A measured value is the true one give or take a normal error, so
each grade has a probability (`Condition.shares`). A grade that is less probable than where the value lies one
standard deviation from a limit is borderline, and `case` tells the reasoner how sure each grade is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scipy.special import ndtr

from mitate.abduce.language import Label, Observation
from mitate.back import norms
from mitate.back._case import case
from mitate.back._names import known
from mitate.back._parts import MEASURES, PART_OF, PARTS
from mitate.back._seen import BORDERLINE
from mitate.back._words import WORDS
from mitate.back.age import checked_age
from mitate.back.measurement import Measure, Measures
from mitate.back.norms import GRADES, Grade, GradeName
from mitate.errors import InputError

__all__ = ["GRADES", "Condition", "case", "conditions", "norm_of", "shares"]

_SD_OF_MDC = 1 / (1.6449 * math.sqrt(2))
"""One standard deviation of a measurement, as a share of the change that is detectable with 90 %."""
_SIDED = re.compile(r"(\w+)_(left|right)(_\w+)?")


@dataclass(frozen=True, slots=True)
class Condition:
    """How one part of the body moves, by one measure.

    Attributes:
        part: of the body, a key of `mitate.back._parts.PARTS`; `part_label` has its words.
        measure, movement: name of the measure, and the movement that was filmed.
        side: ``left`` or ``right`` for a measure of one side, which the norm of both grades; else empty.
        value, error: in `unit`, the error as one standard deviation: the measure's own, else the published
            one; None where it is not known.
        grade: None where it could not be measured; `reason` and `todo` then say why and what to do.
        shares: how probable each grade is the true one, by value and error; empty where one is not known.
        borderline: whether another measurement may well be graded otherwise: the grade's share is below
            84 %, as it is where the value lies within its error of a limit.
        held: whether the grade is that of before, as the value has not passed the limit by its error.
        low, high: limits of ``moderate`` for the age.
        source: name of a source of the knowledge base.
        observation: what the grade is for the reasoner; None where it has no condition for the measure, and
            for one of one side.
    """

    part: str
    measure: str
    movement: str
    side: str = ""
    value: float | None = None
    unit: str = ""
    error: float | None = None
    grade: GradeName | None = None
    shares: Mapping[GradeName, float] = field(default_factory=dict)
    borderline: bool = False
    held: bool = False
    low: float | None = None
    high: float | None = None
    reason: str = ""
    todo: str = ""
    source: str = ""
    note: str = ""
    observation: Observation | None = None

    @property
    def sure(self) -> float | None:
        """The share of the grade itself; None where it is not known."""
        return None if self.grade is None else self.shares.get(self.grade)

    @property
    def part_label(self) -> Label:
        """The part in plain words."""
        return PARTS[self.part]

    @property
    def label(self) -> Label:
        """The measure in plain words."""
        words = MEASURES[norm_of(self.measure) or self.measure]
        if not self.side:
            return words
        ja = {"left": "左", "right": "右"}[self.side]
        return Label(f"{words.en}, {self.side}", f"{words.ja}（{ja}）")

    def in_words(self, language: str = "en") -> str:
        """One line: part, measure, value and error, grade, limits, source."""
        say = WORDS[language]
        what = say["condition"].format(part=self.part_label.text(language), what=self.label.text(language))
        if self.grade is None or self.value is None:
            return what + say["not_measured"].format(reason=self.reason)
        unit = "°" if self.unit == "deg" else f" {self.unit}" if self.unit else ""
        error = "" if self.error is None else f" ± {self.error:.2g}"
        low, high = ("" if limit is None else f"{limit:.3g}" for limit in (self.low, self.high))
        line = say["condition_graded"].format(
            value=f"{self.value:.3g}{error}{unit}",
            grade=say[f"grade_{self.grade}"],
            limits=f"{low} – {high}".strip(),
            source=self.source,
        )
        if self.borderline and self.sure is not None:
            line += say["condition_borderline"].format(sure=100 * self.sure)
        return what + line

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        seen = self.observation
        return {
            "part": self.part,
            "part_label": self.part_label.text(language),
            "movement": self.movement,
            "measure": self.measure,
            "side": self.side or None,
            "label": self.label.text(language),
            "value": self.value,
            "unit": self.unit,
            "error": self.error,
            "grade": self.grade,
            "shares": dict(self.shares),
            "borderline": self.borderline,
            "held": self.held,
            "low": self.low,
            "high": self.high,
            "reason": self.reason or None,
            "todo": self.todo or None,
            "source": self.source,
            "note": self.note,
            "observation": None if seen is None else str(seen.atom),
            "absent": seen is not None and seen.absent,
            "words": self.in_words(language),
        }


def conditions(
    measures: Measures, *, age: float | None = None, before: Mapping[str, GradeName] | None = None
) -> tuple[Condition, ...]:
    """The condition of each part that the measures of one movement tell of, in the order of the norms.

    Args:
        measures: those without a norm are left out. One of a single side (``pelvic_rotation_left_deg``) is
            graded by the norm of both.
        age: in years; without it, limits that change with the age are taken where they are widest.
        before: earlier grades of the same person by measure: a grade changes only where the value has passed
            the limit by more than its error, so that chance alone does not make it flicker.

    Raises:
        InputError: an impossible age, or an unknown measure or grade in `before`.
    """
    years = None if age is None else checked_age(age)
    former = {}
    for name, grade in (before or {}).items():
        if norm_of(name) is None:
            known(name, norms.measures(), "measure", "before")
        former[name] = known(grade, GRADES, "grade", f"before.{name}")
    order = norms.measures()
    norm_by_name = {name: norm_of(name) for name in (*measures.values, *measures.missing)}
    found = []
    for name, norm in sorted(
        ((name, norm) for name, norm in norm_by_name.items() if norm is not None),
        key=lambda pair: (order.index(pair[1]), pair[0] != pair[1], pair[0]),
    ):
        side = _side(name) if name != norm else ""
        empty = Condition(PART_OF[norm], name, measures.movement, side)
        if name in measures.values:
            found.append(_graded(empty, norm, measures.values[name], years, former.get(name)))
        else:
            why = measures.missing[name]
            found.append(replace(empty, reason=why.reason, todo=why.todo))
    return tuple(found)


def norm_of(measure: str) -> str | None:
    """The norm that grades a measure: its own, or for one of a single side that of both; None without one."""
    if measure in norms.measures():
        return measure
    sided = _SIDED.fullmatch(measure)
    if sided is None:
        return None
    both = sided[1] + (sided[3] or "")
    return both if both in norms.measures() else None


def _side(measure: str) -> str:
    sided = _SIDED.fullmatch(measure)
    return "" if sided is None else sided[2]


def shares(value: float, error: float, low: float | None, high: float | None) -> dict[GradeName, float]:
    """How probable each grade is, if the true value is `value` give or take a normal error.

    Args:
        error: one standard deviation, above 0.
        low, high: limits; None where there is none on that side.
    """
    below = 0.0 if low is None else float(ndtr((low - value) / error))
    above = 0.0 if high is None else float(ndtr((value - high) / error))
    return {"insufficient": below, "moderate": max(0.0, 1 - below - above), "excessive": above}


def _graded(
    empty: Condition, norm: str, measure: Measure, age: float | None, before: str | None
) -> Condition:
    value = float(measure.value)
    try:
        graded = norms.grade(norm, value, age=age)
    except InputError as error:
        reason = f"{value:.4g}: {error.what}" if math.isfinite(value) else "the value is not known"
        return replace(empty, reason=reason, todo=error.todo or "")
    error_sd = _error(measure, graded)
    grade = _held(value, error_sd, graded, before)
    spread = None if error_sd is None else math.hypot(error_sd, graded.limit_error)
    if spread is None:
        chances: dict[GradeName, float] = {}
    elif spread == 0:
        chances = {one: float(one == grade) for one in GRADES}
    else:
        chances = shares(value, spread, graded.low, graded.high)
    return replace(
        empty,
        value=value,
        unit=graded.unit,
        error=error_sd,
        grade=grade,
        shares=chances,
        borderline=chances.get(grade, 1.0) < BORDERLINE,
        held=grade != graded.grade,
        low=graded.low,
        high=graded.high,
        source=graded.source,
        note="; ".join(note for note in (graded.note, measure.note) if note),
        observation=None if empty.side else norms.condition(norm, grade),
    )


def _error(measure: Measure, graded: Grade) -> float | None:
    """One standard deviation: the measure's own, else that of the published detectable change."""
    if math.isfinite(measure.error):
        return abs(float(measure.error))
    mdc = measure.mdc if measure.mdc is not None and math.isfinite(measure.mdc) else graded.mdc
    return None if mdc is None else mdc * _SD_OF_MDC


def _held(value: float, error: float | None, graded: Grade, before: str | None) -> GradeName:
    """The grade, which stays as it was before until the value passes the limit by more than the error."""
    if before is None or not error or before == graded.grade:
        return graded.grade
    low, high = graded.low, graded.high
    if low is not None and (value <= low + error if before == "insufficient" else value < low - error):
        return "insufficient"
    if high is not None and (value >= high - error if before == "excessive" else value > high + error):
        return "excessive"
    return "moderate"
