"""From measures to conditions: too little, as expected or too much for the age, or not measurable.

The limits are those of `mitate.back.norms`. A measured value is the true one give or take a normal error, so
each grade has a probability (`Condition.shares`). A grade that is less probable than where the value lies one
standard deviation from a limit is borderline, and `case` tells the reasoner how sure each grade is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from scipy.special import ndtr

from mitate.abduce.language import Label, Observation
from mitate.back import norms
from mitate.back._names import known
from mitate.back._parts import MEASURES, PART_OF, PARTS
from mitate.back._seen import BORDERLINE
from mitate.back._words import WORDS
from mitate.back.age import checked_age
from mitate.back.norms import Grade, GradeName
from mitate.errors import InputError

__all__ = ["GRADES", "Condition", "case", "conditions", "shares"]

GRADES: tuple[GradeName, ...] = ("insufficient", "moderate", "excessive")
_SD_OF_MDC = 1 / (1.6449 * math.sqrt(2))
"""One standard deviation of a measurement, as a share of the change that is detectable with 90 %."""
_JUDDER = ("judder_phase_minima", "judder_coupling_extrema")
"""Only both together are judder (BMC Musculoskeletal Disorders 2017)."""


class _Measure(Protocol):
    @property
    def value(self) -> float: ...
    @property
    def error(self) -> float | None: ...
    @property
    def mdc(self) -> float | None: ...
    @property
    def note(self) -> str: ...


class _NotMeasured(Protocol):
    @property
    def reason(self) -> str: ...
    @property
    def todo(self) -> str: ...


class _Measures(Protocol):
    @property
    def movement(self) -> str: ...
    @property
    def values(self) -> Mapping[str, _Measure]: ...
    @property
    def missing(self) -> Mapping[str, _NotMeasured]: ...


@dataclass(frozen=True, slots=True)
class Condition:
    """How one part of the body moves, by one measure.

    Attributes:
        part: of the body, a key of `mitate.back._parts.PARTS`; `part_label` has its words.
        measure, movement: the norm's name, and the movement that was filmed.
        value, error: in `unit`, the error as one standard deviation: the measure's own, else the published
            one; None where it is not known.
        grade: None where it could not be measured; `reason` and `todo` then say why and what to do.
        shares: how probable each grade is the true one, by value and error; empty where one is not known.
        borderline: whether another measurement may well be graded otherwise: the grade's share is below
            84 %, as it is where the value lies within its error of a limit.
        held: whether the grade is that of before, as the value has not passed the limit by its error.
        low, high: limits of ``moderate`` for the age.
        source: name of a source of the knowledge base.
        observation: what the grade is for the reasoner; None where it has no condition for the measure.
    """

    part: str
    measure: str
    movement: str
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
        return MEASURES[self.measure]

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
    measures: _Measures, *, age: float | None = None, before: Mapping[str, GradeName] | None = None
) -> tuple[Condition, ...]:
    """The condition of each part that the measures of one movement tell of, in the order of the norms.

    Args:
        measures: `mitate.back.measure.Measures`. Those without a norm are left out.
        age: in years; without it, limits that change with the age are taken where they are widest.
        before: earlier grades of the same person by measure: a grade changes only where the value has passed
            the limit by more than its error, so that chance alone does not make it flicker.

    Raises:
        InputError: an impossible age, or an unknown measure or grade in `before`.
    """
    years = None if age is None else checked_age(age)
    former = {
        known(name, norms.measures(), "measure", "before"): known(grade, GRADES, "grade", f"before.{name}")
        for name, grade in (before or {}).items()
    }
    found = []
    for name in norms.measures():
        if name in measures.values:
            found.append(_graded(name, measures.movement, measures.values[name], years, former.get(name)))
        elif name in measures.missing:
            why = measures.missing[name]
            found.append(Condition(PART_OF[name], name, measures.movement, reason=why.reason, todo=why.todo))
    return tuple(found)


def shares(value: float, error: float, low: float | None, high: float | None) -> dict[GradeName, float]:
    """How probable each grade is, if the true value is `value` give or take a normal error.

    Args:
        error: one standard deviation, above 0.
        low, high: limits; None where there is none on that side.
    """
    below = 0.0 if low is None else float(ndtr((low - value) / error))
    above = 0.0 if high is None else float(ndtr((value - high) / error))
    return {"insufficient": below, "moderate": max(0.0, 1 - below - above), "excessive": above}


def _graded(name: str, movement: str, measure: _Measure, age: float | None, before: str | None) -> Condition:
    value = float(measure.value)
    part = PART_OF[name]
    try:
        graded = norms.grade(name, value, age=age)
    except InputError as error:
        reason = f"{value:.4g}: {error.what}" if math.isfinite(value) else "the value is not known"
        return Condition(part, name, movement, reason=reason, todo=error.todo or "")
    error_sd = _error(measure, graded)
    grade = _held(value, error_sd, graded, before)
    if error_sd is None:
        chances: dict[GradeName, float] = {}
    elif error_sd == 0:
        chances = {one: float(one == grade) for one in GRADES}
    else:
        chances = shares(value, error_sd, graded.low, graded.high)
    return Condition(
        part=part,
        measure=name,
        movement=movement,
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
        observation=norms.condition(name, grade),
    )


def _error(measure: _Measure, graded: Grade) -> float | None:
    """One standard deviation: the measure's own, else that of the published detectable change."""
    if measure.error is not None and math.isfinite(measure.error):
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


def case(found: Iterable[Condition], *, age: float | None = None, sex: str | None = None) -> dict[str, Any]:
    """The case that ``mitate back explain`` reads: what `mitate.back.observations.case_of` takes.

    A grade that is not quite sure is told with its share; of a borderline ``moderate`` it is also told which
    grade it surely is not. What was not measurable is null.

    Args:
        found: of one film or of several.
        age, sex: of the person; years, and ``female`` or ``male``.

    Raises:
        InputError: two films tell of the same condition.
    """
    listed = tuple(found)
    graded: dict[str, Any] = {}
    signs: dict[str, Any] = {}
    for one in listed:
        usual = norms.condition(one.measure, "moderate")
        if usual is None:
            continue
        said = None if one.grade is None else one.grade if not usual.absent else one.grade != "moderate"
        if usual.absent:
            _put(signs, str(usual.atom), _weighed(said, one.sure))
            continue
        *movement, _ = usual.atom.terms
        inside = graded.setdefault(movement[0], {}) if movement else graded
        _put(inside, usual.atom.predicate, _weighed(said, one.sure))
        signs.update(_surely_not(one))
    signs.update(_judder(listed))
    person = {key: value for key, value in (("age", age), ("sex", sex)) if value is not None}
    parts = {"person": person, "conditions": graded, "signs": signs}
    return {name: part for name, part in parts.items() if part}


def _weighed(said: object, sure: float | None) -> object:
    """What the file says: the word alone where it is sure or nothing is known of how sure."""
    share = None if sure is None else round(min(1.0, max(sure, 1e-4)), 4)
    return said if said is None or share in (None, 1.0) else {"is": said, "sure": share}


def _surely_not(one: Condition) -> dict[str, Any]:
    """Of a borderline ``moderate``, the grades that it surely is not, as signs that are not there."""
    if one.grade != "moderate" or not one.borderline:
        return {}
    others = {grade: one.shares[grade] for grade in GRADES if grade != "moderate"}
    atoms = {grade: norms.condition(one.measure, grade) for grade in others}
    return {
        str(seen.atom): _weighed(False, 1 - others[grade])
        for grade, seen in atoms.items()
        if seen is not None and 1 - others[grade] >= BORDERLINE
    }


def _judder(found: Iterable[Condition]) -> dict[str, Any]:
    both = [one for one in found if one.measure in _JUDDER]
    if len(both) < 2:
        return {}
    if any(one.grade is None for one in both):
        return {"judder": None}
    there = all(one.grade == "excessive" for one in both)
    known_shares = [one.shares["excessive"] for one in both if one.shares]
    if len(known_shares) < len(both):
        return {"judder": there}
    chance = math.prod(known_shares)
    return {"judder": _weighed(there, chance if there else 1 - chance)}


def _put(into: dict[str, Any], name: str, said: object) -> None:
    """Note what is said; what is known counts before what is not.

    Raises:
        InputError: something else was said of it.
    """
    if said is not None and into.get(name) is not None and into[name] != said:
        raise InputError(
            f"two films tell differently of {name}",
            where="conditions",
            todo="give the conditions of one of them",
        )
    if said is not None or name not in into:
        into[name] = said
