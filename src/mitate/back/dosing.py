"""How much of an exercise a person begins with, and how much time that takes.

The file of an exercise gives the dose for most people. It is lowered for an irritable back and for the old;
never raised. Every rule here is this project's judgement (``expert``): the guidelines that were read
(apta2021, nice_ng59) name kinds of exercise, not doses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from mitate.abduce.language import Label
from mitate.back.contraindications import OLD
from mitate.back.exercise import Dose, Exercise
from mitate.back.wishes import Irritability

__all__ = ["Dosed", "dosed", "half_minutes", "lighter", "seconds"]

ELDERLY = 65.0
"""Years, from which on there are longer rests."""
_LEAST_REST_S: Mapping[str, float] = {"elderly": 45.0, "old": 60.0}
RULES: Mapping[str, Label] = {
    "irritable_high": Label(
        "one set and half the repetitions, because the pain is easily stirred up",
        "痛みが出やすいので、1セット、回数は半分から始めます",
    ),
    "irritable_medium": Label(
        "one set fewer, because the pain is fairly easily stirred up",
        "痛みがやや出やすいので、1セット少なく始めます",
    ),
    "elderly": Label("longer rests from 65 on", "65歳以上なので、休みを長めにとります"),
    "old": Label(
        "one set, slowly, with long rests from 80 on", "80歳以上なので、1セットをゆっくり、休みを長くとります"
    ),
}
"""The rules by name, in words."""


@dataclass(frozen=True, slots=True)
class Dosed:
    """A dose to begin with, and the names of the `RULES` that changed it."""

    dose: Dose
    rules: tuple[str, ...]


def dosed(one: Exercise, irritability: Irritability, age: float | None) -> Dosed:
    """The dose that a person begins with.

    Args:
        age: in years; None if not told, which changes nothing.
    """
    dose, rules = one.dose, []
    for name, changed in _changes(one.dose, irritability, age):
        merged = _least(dose, changed)
        if merged != dose:
            dose = merged
            rules.append(name)
    return Dosed(dose, tuple(rules))


def _changes(dose: Dose, irritability: Irritability, age: float | None) -> Iterator[tuple[str, Dose]]:
    """Doses that rules ask for, by the rule's name."""
    if irritability == "high":
        yield "irritable_high", lighter(msgspec.structs.replace(dose, sets=1))
    elif irritability == "medium":
        yield "irritable_medium", msgspec.structs.replace(dose, sets=max(1, dose.sets - 1))
    if age is not None and age >= OLD:
        slow = (max(3.0, dose.tempo_s[0]), max(3.0, dose.tempo_s[1]))
        rest = max(dose.rest_s, _LEAST_REST_S["old"])
        yield "old", msgspec.structs.replace(dose, sets=1, rest_s=rest, tempo_s=slow)
    elif age is not None and age >= ELDERLY and dose.sets > 1:
        rest = max(dose.rest_s, _LEAST_REST_S["elderly"])
        yield "elderly", msgspec.structs.replace(dose, rest_s=rest)


def _least(one: Dose, two: Dose) -> Dose:
    """What both doses allow: the fewer sets and repetitions, the longer rest, the slower movement."""
    return msgspec.structs.replace(
        one,
        sets=min(one.sets, two.sets),
        repetitions=min(one.repetitions, two.repetitions),
        hold_s=min(one.hold_s, two.hold_s),
        minutes=min(one.minutes, two.minutes),
        rest_s=max(one.rest_s, two.rest_s),
        tempo_s=(max(one.tempo_s[0], two.tempo_s[0]), max(one.tempo_s[1], two.tempo_s[1])),
    )


def lighter(dose: Dose) -> Dose:
    """About half as much: repetitions, or where there is but one, the hold or the minutes."""
    if dose.minutes:
        return msgspec.structs.replace(dose, minutes=min(dose.minutes, max(2.0, math.ceil(dose.minutes / 2))))
    if dose.repetitions > 1:
        return msgspec.structs.replace(dose, repetitions=max(2, math.ceil(dose.repetitions / 2)))
    return msgspec.structs.replace(dose, hold_s=min(dose.hold_s, max(5.0, math.ceil(dose.hold_s / 2))))


def seconds(dose: Dose) -> float:
    """How long one session of a dose takes, getting ready not included."""
    if dose.minutes:
        return 60 * dose.minutes * dose.sets + dose.rest_s * (dose.sets - 1)
    sides = 2 if dose.per_side else 1
    once = sum(dose.tempo_s) + dose.hold_s
    return dose.sets * dose.repetitions * sides * once + dose.rest_s * (dose.sets - 1)


def half_minutes(one: Exercise, dose: Dose) -> int:
    """Half-minutes that a session of `one` takes at this dose, rounded up, so that no plan is too long.

    The file's time in proportion to the dose, and never less than the dose alone takes.
    """
    usual = seconds(one.dose)
    scale = max(1.0, 60 * one.minutes / usual) if usual else 1.0
    return max(1, math.ceil(seconds(dose) * scale / 30 - 1e-9))
