"""A programme that is under way, and the diary of its sessions, as their JSON files tell them, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

import msgspec

from mitate.back._names import known
from mitate.back._seen import wrong
from mitate.back._strict_json import shortened
from mitate.back.age import checked_age
from mitate.back.exercise import Dose
from mitate.back.exercises import exercise, exercises
from mitate.back.region import LOW_BACK, region_named
from mitate.back.typed import converted
from mitate.back.wishes import Irritability, sayings
from mitate.errors import InputError

__all__ = ["Ongoing", "Session", "Underway", "read_diary", "read_ongoing"]

_SESSION = (
    "date",
    "exercise",
    "done",
    "pain_before",
    "pain_after",
    "settled_next_day",
    "coach",
    "stop_sign",
    "effort",
)
_COACH = (
    "set",
    "range_share",
    "fault_share",
    "exercise",
    "date",
    "repetitions",
    "left",
    "right",
    "target",
    "held_s",
    "target_s",
    "tempo_s",
    "faults",
    "faults_per_repetition",
    "unseen_share",
    "title",
    "signal",
    "duration_s",
    "each_repetition",
    "events",
)
"""What may stand in a set that the coach watched: two shares by hand, or all that the coach writes."""
UNSEEN = 0.5
"""Of the time: a set of which the coach saw less counts for nothing. Judgement."""


@dataclass(frozen=True, slots=True)
class Session:
    """One exercise on one day.

    Attributes:
        done: repetitions in all sets, those of each side counted; minutes of aerobic exercise. Where it was
            not told, what the coach counted.
        held_s: seconds that the coach counted of an exercise that is held or walked.
        pain_before, pain_after: 0 to 10; None where not told.
        settled: whether the pain was as before by the next day; None where not told.
        range_share: of the movement that was prescribed, as the coach measured it; 1 is all of it.
        fault_share: of the repetitions, those with the commonest fault that the coach saw.
        stop_sign: one of the signs to stop (names of ``knowledge/programme.toml``); empty if none.
        effort: 0 (none) to 10 (as hard as can be), after Borg's CR10 scale (Borg 1982,
            doi:10.1249/00005768-198205000-00012); None where not told. Kept for who reads the diary; no rule
            goes by it.
    """

    date: date
    exercise: str
    done: float | None = None
    pain_before: float | None = None
    pain_after: float | None = None
    settled: bool | None = None
    range_share: float | None = None
    fault_share: float | None = None
    stop_sign: str = ""
    held_s: float | None = None
    effort: float | None = None


@dataclass(frozen=True, slots=True)
class Underway:
    """An exercise of a programme as it is done now, since when, and on which rung of its ladder."""

    name: str
    dose: Dose
    rung: int
    since: date


@dataclass(frozen=True, slots=True)
class Ongoing:
    """What of a programme matters for going on.

    Attributes:
        barred: names of exercises that must not be offered, for other reasons than being too hard at first.
        minutes: of a session at most.
        document: the whole file.
    """

    region: str
    irritability: Irritability
    age: float | None
    minutes: float
    exercises: tuple[Underway, ...]
    barred: frozenset[str]
    document: Mapping[str, Any]


def read_ongoing(value: object, name: str = "programme") -> Ongoing:
    """A programme from its JSON (`mitate.back.planned.Programme.as_dict`).

    Raises:
        InputError: no programme, an exercise that is not there, or a value that cannot be.
    """
    told = _object(value, name)
    if told.get("programme") != 1:
        raise InputError(
            "this is no programme", where=name, todo="make one: mitate back programme CASE.json --out FILE"
        )
    wishes = _object(told.get("wishes"), f"{name}: wishes")
    age = told.get("age")
    rows = _list(told.get("left_out"), f"{name}: left_out")
    left_out = [_object(row, f"{name}: left_out[{i}]") for i, row in enumerate(rows)]
    start = _date(told.get("start"), f"{name}: start")
    return Ongoing(
        region=region_named(told.get("region", LOW_BACK), f"{name}: region").name,
        irritability=known(
            wishes.get("irritability"), get_args(Irritability), "irritability", f"{name}: wishes"
        ),  # type: ignore[arg-type]
        age=None if age is None else checked_age(age, f"{name}: age"),
        minutes=_number(wishes.get("minutes"), 0, 1000, f"{name}: wishes.minutes") or 0.0,
        exercises=tuple(
            _underway(one, start, f"{name}: exercises[{i}]")
            for i, one in enumerate(_list(told.get("exercises"), f"{name}: exercises"))
        ),
        barred=frozenset(str(one.get("name")) for one in left_out if _still_barred(one)),
        document=told,
    )


def _still_barred(value: Mapping[str, Any]) -> bool:
    """Whether an exercise that was left out stays so; one that was only too hard may come later."""
    if value.get("because") != "barred":
        return False
    reasons = value.get("barred")
    by = (
        [reason.get("by") for reason in reasons if isinstance(reason, dict)]
        if isinstance(reasons, list)
        else []
    )
    return any(each != "level" for each in by) or not by


def _underway(value: object, start: date, where: str) -> Underway:
    told = _object(value, where)
    name = _named(told.get("name"), f"{where}.name")
    try:
        dose = converted(told.get("dose"), Dose)
    except msgspec.ValidationError as error:
        raise InputError(f"this is no dose: {error}", where=where, todo="take the file as it was") from error
    if not _possible(dose):
        raise InputError("this dose cannot be done", where=where, todo="take the file as it was")
    rung, since, full = told.get("rung", 0), told.get("since"), exercise(name)
    if (
        isinstance(rung, bool)
        or not isinstance(rung, int)
        or not -len(full.easier) <= rung <= len(full.harder)
    ):
        steps = f"a whole number from {-len(full.easier)} to {len(full.harder)}"
        raise wrong(rung, f"{where}.rung", steps)
    return Underway(name, dose, rung, start if since is None else _date(since, f"{where}.since"))


def _possible(dose: Dose) -> bool:
    """Whether a dose is one that a person can do."""
    numbers = (dose.hold_s, *dose.tempo_s, dose.rest_s, 60 * dose.minutes)
    return (
        1 <= dose.sets <= 20
        and 1 <= dose.repetitions <= 200
        and 1 <= dose.days_a_week <= 7
        and all(0 <= number <= 7200 for number in numbers)
    )


def read_diary(value: object, name: str = "diary") -> tuple[Session, ...]:
    """The sessions of a diary by date: ``{"sessions": [{"date": …, "exercise": …, …}, …]}``.

    Raises:
        InputError: an unknown name (with the nearest known one), or a value that cannot be.
    """
    told = _object(value, name)
    for key in told:
        known(key, ("sessions",), "part", name)
    rows = _list(told.get("sessions"), f"{name}: sessions")
    sessions = [_session(row, f"{name}: sessions[{i}]") for i, row in enumerate(rows)]
    return tuple(sorted(sessions, key=lambda one: one.date))


def _session(value: object, where: str) -> Session:
    told = _object(value, where)
    for key in told:
        known(key, _SESSION, "field", where)
    settled, sign = told.get("settled_next_day"), told.get("stop_sign")
    if settled is not None and not isinstance(settled, bool):
        raise wrong(settled, f"{where}.settled_next_day", "true, false or null")
    signs = [saying.name for saying in sayings().stop]
    sets = _sets(told.get("coach"), f"{where}.coach")
    counted = [one.done for one in sets if one.done is not None]
    done = _number(told.get("done"), 0, 10_000, f"{where}.done")
    return Session(
        date=_date(told.get("date"), f"{where}.date"),
        exercise=_named(told.get("exercise"), f"{where}.exercise"),
        done=sum(counted) if done is None and counted else done,
        pain_before=_number(told.get("pain_before"), 0, 10, f"{where}.pain_before"),
        pain_after=_number(told.get("pain_after"), 0, 10, f"{where}.pain_after"),
        settled=settled,
        range_share=min((one.range_share for one in sets if one.range_share is not None), default=None),
        fault_share=max((one.fault_share for one in sets if one.fault_share is not None), default=None),
        held_s=sum(one.held_s for one in sets) or None,
        stop_sign=known(sign, signs, "sign to stop", f"{where}.stop_sign") if sign else "",
        effort=_number(told.get("effort"), 0, 10, f"{where}.effort"),
    )


@dataclass(frozen=True, slots=True)
class _Set:
    done: float | None
    held_s: float
    range_share: float | None
    fault_share: float | None


def _sets(value: object, where: str) -> list[_Set]:
    """Sets that the coach watched and saw: one, or a list."""
    sets = value if isinstance(value, list) else [] if value is None else [value]
    return [one for i, each in enumerate(sets) if (one := _set(each, f"{where}[{i}]")) is not None]


def _set(value: object, where: str) -> _Set | None:
    told = _object(value, where)
    for key in told:
        known(key, _COACH, "field", where)
    if (_number(told.get("unseen_share"), 0, 1, f"{where}.unseen_share") or 0.0) > UNSEEN:
        return None
    faults = _object(told.get("faults") or {}, f"{where}.faults")
    shares = [_number(share, 0, 1, f"{where}.faults") or 0.0 for share in faults.values()]
    by_hand = _number(told.get("fault_share"), 0, 1, f"{where}.fault_share")
    return _Set(
        done=_number(told.get("repetitions"), 0, 10_000, f"{where}.repetitions"),
        held_s=_number(told.get("held_s"), 0, 100_000, f"{where}.held_s") or 0.0,
        range_share=_number(told.get("range_share"), 0, 100, f"{where}.range_share"),
        fault_share=max(shares, default=0.0) if by_hand is None and "faults" in told else by_hand,
    )


def _named(value: object, where: str) -> str:
    return known(value, [one.name for one in exercises()], "exercise", where)


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(value, where, "an object in braces { }")
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise wrong(value, where, "a list in brackets [ ]")
    return value


def _date(value: object, where: str) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise InputError(
            f"{shortened(value)} is no date", where=where, todo="write it as 2026-11-23"
        ) from error


def _number(value: object, least: float, most: float, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise wrong(value, where, f"a number from {least:g} to {most:g}")
    return float(value)
