"""Whether the conditions that are measured are the true ones, and the same from two angles.

Agreement is Cohen's kappa (J. Cohen, Educational and Psychological Measurement 20, 1960), unweighted, of the
three grades. What is borderline is counted in two ways: as the grade that the value lies in, and not at all.
Intervals are resampled over people, as the films of one person go together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mitate.back import norms
from mitate.back.condition import GRADES, conditions, norm_of
from mitate.back.measurement import Measures
from mitate.figures import Figure

__all__ = [
    "BORDERLINE",
    "Agreement",
    "Borderline",
    "Filmed",
    "Judged",
    "agreement",
    "figures",
    "judged",
    "kappa",
    "kept_condition",
    "same_condition",
]

Array = NDArray[np.float64]
Borderline = Literal["nearest", "left out"]
BORDERLINE: Mapping[Borderline, str] = {
    "nearest": "borderline as the grade it lies in",
    "left out": "borderline left out",
}
KAPPA_BAR, SAME_BAR = 0.8, 95.0
_DRAWS = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Filmed:
    """One film of one person's movement.

    Attributes:
        person: who; films of one person are resampled together.
        truth: the true value of each measure, as it was put in.
        measures: what was measured on the film.
        age: in years, None for limits without an age.
        view: name of the camera's angle.
        take: which time the person made the movement; two views of one take show the same.
    """

    person: str
    truth: Mapping[str, float]
    measures: Measures
    age: float | None = None
    view: str = ""
    take: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One condition beside the true one; `grade` is None where it was not measurable.

    `after` is the grade as `conditions` holds it with those of the first film of the take before it; None
    for the first film, and where the first does not know it.
    """

    person: str
    movement: str
    measure: str
    view: str
    truth: norms.GradeName
    grade: norms.GradeName | None
    borderline: bool
    take: str = ""
    after: norms.GradeName | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """A number with its 95 % interval over people.

    Attributes:
        value: None where it is not defined: nothing to compare, or for kappa only one grade on both sides.
        low, high: None where too few of the resampled sets of people define it.
        n: conditions, or pairs of them. people: how many people they are of.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    people: int


def judged(films: Iterable[Filmed]) -> tuple[Judged, ...]:
    """The condition of each measure that has a norm and a truth, beside the true one.

    Raises:
        InputError: a truth that its measure cannot have, or an impossible age.
    """
    rows: list[Judged] = []
    first: dict[tuple[str, ...], dict[str, norms.GradeName]] = {}
    for film in films:
        take = (film.person, film.measures.movement, film.take)
        before = first.get(take, {})
        found = conditions(film.measures, age=film.age)
        held = conditions(film.measures, age=film.age, before=before)
        rows += [
            Judged(
                person=film.person,
                movement=film.measures.movement,
                measure=one.measure,
                view=film.view,
                truth=_true(one.measure, film),
                grade=one.grade,
                borderline=one.borderline,
                take=film.take,
                after=again.grade if one.measure in before else None,
            )
            for one, again in zip(found, held, strict=True)
            if one.measure in film.truth
        ]
        first.setdefault(take, {one.measure: one.grade for one in found if one.grade is not None})
    return tuple(rows)


def _true(measure: str, film: Filmed) -> norms.GradeName:
    return norms.grade(norm_of(measure) or measure, float(film.truth[measure]), age=film.age).grade


def kappa(tables: Array) -> Array:
    """Cohen's kappa of tables of counts, unweighted.

    Args:
        tables: (..., g, g) true grades down, measured grades across.

    Returns:
        (...); NaN where chance alone would agree always, or nothing was counted.
    """
    total = tables.sum((-2, -1))
    same = np.trace(tables, axis1=-2, axis2=-1) * total
    chance = (tables.sum(-1) * tables.sum(-2)).sum(-1)
    room = total**2 - chance
    found: Array = np.divide(same - chance, room, out=np.full(np.shape(total), np.nan), where=room > 0)
    return found


def agreement(rows: Iterable[Judged], borderline: Borderline) -> Agreement:
    """Kappa of what was measurable; of several measures, their counts are taken together."""
    kept = [
        row for row in rows if row.grade is not None and not (row.borderline and borderline == "left out")
    ]
    by_person: dict[str, Array] = defaultdict(lambda: np.zeros((len(GRADES), len(GRADES))))
    for row in kept:
        if row.grade is not None:
            by_person[row.person][GRADES.index(row.truth), GRADES.index(row.grade)] += 1
    return _resampled(kappa, list(by_person.values()), len(kept))


def same_condition(rows: Iterable[Judged], borderline: Borderline) -> Agreement:
    """The share (0 to 1) of pairs of views of one person and measure with the same grade.

    A pair counts where both are measurable and, if borderline ones are left out, neither is borderline.
    """
    groups: dict[tuple[str, ...], list[Judged]] = defaultdict(list)
    for row in rows:
        groups[row.person, row.movement, row.take, row.measure].append(row)
    by_person: dict[str, Array] = defaultdict(lambda: np.zeros(2))
    n = 0
    for (person, *_), several in groups.items():
        for one, other in combinations(several, 2):
            unsure = borderline == "left out" and (one.borderline or other.borderline)
            if one.view == other.view or one.grade is None or other.grade is None or unsure:
                continue
            by_person[person] += (one.grade == other.grade, 1)
            n += 1
    return _resampled(_share, list(by_person.values()), n)


def kept_condition(rows: Iterable[Judged]) -> Agreement:
    """The share (0 to 1) of later films of a take with the grade of the first, which stood before them.

    This is `same_condition` with the hysteresis that a follow-up of a known person has.
    """
    first: dict[tuple[str, ...], norms.GradeName] = {}
    by_person: dict[str, Array] = defaultdict(lambda: np.zeros(2))
    n = 0
    for row in rows:
        key = (row.person, row.movement, row.take, row.measure)
        if row.after is not None and key in first:
            by_person[row.person] += (row.after == first[key], 1)
            n += 1
        elif row.grade is not None:
            first.setdefault(key, row.grade)
    return _resampled(_share, list(by_person.values()), n)


def _share(counts: Array) -> Array:
    """(..., 2) of how many, of all → (...) the share."""
    whole = counts[..., 1]
    found: Array = np.divide(counts[..., 0], whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return found


def _resampled(of: Callable[[Array], Array], counts: Sequence[Array], n: int) -> Agreement:
    """A function of summed counts, with the 2.5 and 97.5 % of it when people are drawn again."""
    people = len(counts)
    if not people:
        return Agreement(None, None, None, 0, 0)
    table = np.stack(counts)
    value = float(of(table.sum(0)))
    times = np.random.default_rng(0).multinomial(people, np.full(people, 1 / people), size=_DRAWS)
    drawn = of(np.tensordot(times.astype(float), table, axes=1))
    defined = drawn[np.isfinite(drawn)]
    known = None if np.isnan(value) else value
    if known is None or len(defined) < _DRAWS / 2:
        return Agreement(known, None, None, n, people)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Agreement(known, float(low), float(high), n, people)


def figures(rows: Sequence[Judged], data: str) -> list[Figure]:
    """The rows for docs/benchmarks/body.json: kappa of all measures and of each, same from two angles.

    Args:
        data: on what it was measured, for example ``simulated, 40 people``.
    """
    made = []
    for borderline, told in BORDERLINE.items():
        made += _row(f"conditions, kappa, {told}", agreement(rows, borderline), "", data, KAPPA_BAR)
        same = same_condition(rows, borderline)
        made += _row(f"conditions, same from two angles, {told}", same, "%", data, SAME_BAR)
    kept = kept_condition(rows)
    made += _row("conditions, same from two angles, the first known", kept, "%", data, SAME_BAR)
    for measure in dict.fromkeys(row.measure for row in rows):
        own = [row for row in rows if row.measure == measure]
        for borderline, told in BORDERLINE.items():
            made += _row(f"conditions, kappa, {measure}, {told}", agreement(own, borderline), "", data)
    measurable = [row for row in rows if row.grade is not None]
    made += _row("conditions, measurable", _part(rows, lambda row: row.grade is not None), "%", data)
    made += _row("conditions, borderline", _part(measurable, lambda row: row.borderline), "%", data)
    return made


def _part(rows: Sequence[Judged], so: Callable[[Judged], bool]) -> Agreement:
    by_person: dict[str, Array] = defaultdict(lambda: np.zeros(2))
    for row in rows:
        by_person[row.person] += (so(row), 1)
    return _resampled(_share, list(by_person.values()), len(rows))


def _row(name: str, found: Agreement, unit: str, data: str, bar: float | None = None) -> list[Figure]:
    """The row of a number, none where it is not defined."""
    if found.value is None:
        return []
    scale = 100.0 if unit == "%" else 1.0
    low, high = (None if bound is None else scale * bound for bound in (found.low, found.high))
    told = f"{data}, {found.n} of {found.people} people"
    return [Figure(name, scale * found.value, unit, low, high, found.people, told, bar)]
