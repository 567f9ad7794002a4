"""One case of pain as a JSON file tells it, checked name by name against the knowledge base of its region.

The file holds any of ``region`` (the low back if not told), ``person``, ``conditions`` (graded, by movement),
``signs`` and ``answers`` (true, false, or which one), ``measures`` (numbers, graded here by published norms),
``red_flags`` and ``questionnaires``; null stands for asked or tried and not known, and
``{"is": "excessive", "sure": 0.8}`` for what may be wrong. docs/back.md shows a whole one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from mitate.abduce.language import Atom, KnowledgeBase, Observation, Situation
from mitate.back import norms
from mitate.back._names import completion, known
from mitate.back._seen import Seen, Unsure, word, wrong
from mitate.back._strict_json import read_json
from mitate.back.age import checked_age
from mitate.back.questionnaires import Disability, RiskBand, disability, risk_band
from mitate.back.region import LOW_BACK, REGIONS, Region, knowledge, region_named
from mitate.back.triage import red_flag_names
from mitate.errors import InputError

__all__ = ["BackCase", "Graded", "age_band", "case_of", "read_case"]

_PARTS = (
    "person",
    "region",
    "conditions",
    "signs",
    "measures",
    "answers",
    "red_flags",
    "questionnaires",
    "programme",
)
_SEEN = ("observation", "hypothesis", "derived", "given")
_BANDS = ((20, "under_20"), (50, "from_20_to_49"), (65, "from_50_to_64"), (75, "from_65_to_74"))


@dataclass(frozen=True, slots=True)
class Graded:
    """A measure, what its norm says of it, and the observation that it became; None where there is none.

    `movement` is empty for a measure that belongs to none.
    """

    movement: str
    measure: str
    value: float
    grade: norms.Grade
    observation: Observation | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        shown = self.observation
        return {
            "movement": self.movement,
            "measure": self.measure,
            "value": self.value,
            **asdict(self.grade),
            "observation": None if shown is None else str(shown.atom),
            "absent": shown is not None and shown.absent,
        }


@dataclass(frozen=True, slots=True)
class BackCase:
    """One checked case.

    Attributes:
        age, sex: of the person; years, and ``female`` or ``male``; None if not told.
        situation: what was seen and answered, and what is given, age band and sex among it.
        red_flags: of each red flag that was asked about, whether it is there.
        unknown: what was asked or tried without an answer, as the file names it.
        graded: which measures became which conditions.
        unsure: which of the readings may be wrong, and how the reasoner weighs them.
        risk, disability: scores of the two questionnaires, None where not answered.
        name: of the file.
        programme: what was told for the programme, as it stands there (`mitate.back.wishes` checks it).
        region: that hurts, a name of `mitate.back.region.REGIONS`.
    """

    age: float | None = None
    sex: str | None = None
    situation: Situation = field(default_factory=Situation)
    red_flags: Mapping[str, bool] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    graded: tuple[Graded, ...] = ()
    unsure: tuple[Unsure, ...] = ()
    risk: RiskBand | None = None
    disability: Disability | None = None
    name: str = "observations"
    programme: Mapping[str, Any] = field(default_factory=dict)
    region: str = LOW_BACK


def age_band(age: float) -> str:
    """The knowledge base's name for an age in years."""
    return next((name for end, name in _BANDS if age < end), "over_75")


def read_case(path: Path, base: KnowledgeBase | None = None) -> BackCase:
    """The case in a file.

    Raises:
        InputError: a file that cannot be read, or what `case_of` refuses.
    """
    return case_of(read_json(path), base, name=str(path))


def case_of(value: object, base: KnowledgeBase | None = None, *, name: str = "observations") -> BackCase:
    """The case that a JSON value tells.

    Args:
        base: whose names it must use; by default that of the case's region.
        name: of the file, for messages; every message adds the path inside the value.

    Raises:
        InputError: a region that the base is not about, an unknown name (with the nearest known one), a value
            of the wrong type, an impossible age, or two observations that contradict each other.
    """
    parts = _object(value, name)
    for key in parts:
        known(key, _PARTS, "part", name)
    region = _region(parts.get("region"), f"{name}: region", base)
    base = base or knowledge(region.name)
    seen = Seen(base, name)
    age, sex = _person(parts.get("person"), f"{name}: person", seen)
    _conditions(parts.get("conditions"), f"{name}: conditions", seen)
    for part in ("signs", "answers"):
        for key, said in _object(parts.get(part), f"{name}: {part}").items():
            where = f"{name}: {part}.{word(key)}"
            seen.take(completion(base, key, _SEEN, where), said, where, key)
    graded = tuple(_measures(parts.get("measures"), f"{name}: measures", seen, age, region))
    seen.refuse_exclusions()
    risk, held_up = _questionnaires(parts.get("questionnaires"), f"{name}: questionnaires", region)
    return BackCase(
        age=age,
        sex=sex,
        situation=seen.situation(),
        red_flags=_red_flags(parts.get("red_flags"), f"{name}: red_flags", seen, region),
        unknown=tuple(seen.unknown),
        graded=graded,
        unsure=seen.unsure(),
        risk=risk,
        disability=held_up,
        name=name,
        programme=_object(parts.get("programme"), f"{name}: programme"),
        region=region.name,
    )


def _region(value: object, where: str, base: KnowledgeBase | None) -> Region:
    """The region that a case is about: the one it names, else that of the base, else the low back."""
    if value is not None:
        region = region_named(value, where)
    else:
        own = (
            one for one in REGIONS.values() if base is not None and one.complaint.predicate in base.predicates
        )
        region = next(own, REGIONS[LOW_BACK])
    if value is not None and base is not None and region.complaint.predicate not in base.predicates:
        raise InputError(
            f"this case is about the {region.title.en}, which the knowledge base knows nothing of",
            where=where,
            todo="explain it with the base of its region",
        )
    return region


def _person(value: object, where: str, seen: Seen) -> tuple[float | None, str | None]:
    person = _object(value, where)
    for key in person:
        known(key, ("age", "sex"), "field", where)
    age, sex = person.get("age"), person.get("sex")
    if age is not None:
        if not _is_number(age):
            raise wrong(age, f"{where}.age", "an age in years, or null")
        age = checked_age(age, f"{where}.age")
        _give(seen, "age", age_band(age), f"{where}.age")
    if sex is not None:
        known(sex, ("female", "male"), "sex", f"{where}.sex")
        _give(seen, "sex", sex, f"{where}.sex")
    return age, sex


def _give(seen: Seen, predicate: str, term: str, where: str) -> None:
    if predicate in seen.base.predicates:
        seen.add(Atom(predicate, (term,)), True, where)


def _conditions(value: object, where: str, seen: Seen) -> None:
    """By movement; a condition that belongs to no movement stands beside them."""
    movements = seen.base.sorts["movement"].values
    for name, inside in _object(value, where).items():
        place = f"{where}.{word(name)}"
        soft = isinstance(inside, dict) and "is" in inside
        if name in movements or (isinstance(inside, dict) and not soft):
            movement = known(name, movements, "movement", where)
            for key, grade in _object(inside, place).items():
                own = f"{place}.{word(key)}"
                written = completion(seen.base, key, ("observation",), own, movement)
                seen.take(written, grade, own, f"{movement}.{key}")
        else:
            seen.take(completion(seen.base, name, ("observation",), place), inside, place, name)


def _measures(value: object, where: str, seen: Seen, age: float | None, region: Region) -> Iterator[Graded]:
    """By movement; a measure that belongs to no movement stands beside them."""
    movements = seen.base.sorts["movement"].values
    own = norms.measures(region=region.name)
    apart = [name for name in own if not any(name in norms.measures(m) for m in movements)]
    for name, inside in _object(value, where).items():
        place = f"{where}.{word(name)}"
        if isinstance(inside, dict) or name in movements:
            movement = known(name, movements, "movement", where)
            for key, number in _object(inside, place).items():
                known(key, norms.measures(movement), f"measure of {movement}", f"{place}.{word(key)}")
                yield from _graded(movement, key, number, f"{place}.{key}", seen, age)
        else:
            known(name, apart, "measure outside a movement", where)
            yield from _graded("", name, inside, place, seen, age)


def _graded(
    movement: str, measure: str, number: object, where: str, seen: Seen, age: float | None
) -> Iterator[Graded]:
    """A measure graded by the norm for the age; nothing where it is null."""
    if number is None:
        seen.unknown.append(f"{movement}.{measure}" if movement else measure)
        return
    if not _is_number(number):
        raise wrong(number, where, "a number or null")
    value = float(number)
    try:
        grade = norms.grade(measure, value, age=age)
    except InputError as error:
        raise InputError(error.what, where=where, todo=error.todo) from error
    shown = norms.condition(measure, grade.grade)
    if shown is not None:
        seen.add(shown.atom, not shown.absent, where)
    for at, sign in norms.signs(measure).items():
        seen.add(sign, at == grade.grade, where)
    yield Graded(movement, measure, value, grade, shown)


def _red_flags(value: object, where: str, seen: Seen, region: Region) -> dict[str, bool]:
    flags = {}
    for key, said in _object(value, where).items():
        flag = known(key, red_flag_names(region.name), "red flag", where)
        if said is None:
            seen.unknown.append(flag)
        elif isinstance(said, bool):
            flags[flag] = said
        else:
            raise wrong(said, f"{where}.{flag}", "true, false or null")
    return flags


def _questionnaires(value: object, where: str, region: Region) -> tuple[RiskBand | None, Disability | None]:
    given = _object(value, where)
    if region.name != LOW_BACK and any(said is not None for said in given.values()):
        raise InputError(
            "these questionnaires are about the low back", where=where, todo="leave them out of this case"
        )
    for key, said in given.items():
        known(key, ("risk", "disability"), "questionnaire", where)
        if said is not None and not isinstance(said, list):
            raise wrong(said, f"{where}.{key}", "a list of answers")
    risk, scores = given.get("risk"), given.get("disability")
    return (
        None if risk is None else risk_band(risk, where=f"{where}.risk"),
        None if scores is None else disability(scores, where=f"{where}.disability"),
    )


def _object(value: object, where: str) -> dict[str, Any]:
    """A JSON object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong(value, where, "an object in braces { }")
    return value


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e9 < value < 1e9
