"""What speaks for and against choosing an exercise, as rewards, burdens and bounds of one selection.

In order of weight: every likely cause is served; there are at least three exercises; then, added up, how
strong the link to each cause is times the cause's share, goals, kinds of exercise that did better than no
treatment in trials, and against it time, level, equipment, and getting up and down. The weights are this
project's judgement: they order choices, they measure no effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mitate.abduce.language import Atom
from mitate.back.contraindications import LIKELY, covers, pattern
from mitate.back.dosing import ELDERLY
from mitate.back.exercise import Aim, Exercise, Kind
from mitate.back.selection import Burden, Reward, Task
from mitate.back.wishes import Goal, Wishes, sayings

__all__ = [
    "LEAST",
    "MOST",
    "NOTICED",
    "Candidate",
    "apart",
    "chains",
    "goals_served",
    "serving",
    "task_of",
]

LEAST, MOST, MOST_IRRITABLE = 3, 6, 4
"""Exercises of a programme; fewer only where no more are possible. At most so many where the pain is easily
stirred up, so that it can be told which one did it: judgement."""
_UNIT = 100
"""Of a cause's whole share. Coarse on purpose: finer weights tell nothing apart, and take twice as long."""
_STRENGTH = {1: 0.5, 2: 0.3, 3: 0.2}
"""Of a cause's share, for being served with at least this strength; they add up to 1."""
_AGAIN = {2: 0.3, 3: 0.15}
"""Of a cause's share, for a second and a third exercise that serves it."""
_NUMBER = {4: 11, 5: 7}
"""For a fourth and a fifth exercise that serve a cause or are of a kind that is advised for everybody."""
NOTICED = 0.05
"""A share below which a cause does not count."""
_GOALS = 25
_KINDS: Mapping[tuple[Kind, ...], int] = {
    ("strength", "endurance"): 16,
    ("control",): 12,
    ("aerobic",): 14,
    ("daily", "posture"): 6,
    ("mobility",): 3,
}
"""For having one of these. Resistance, stabilisation and aerobic exercise did better than no treatment in
owen2020, and apta2021 says they should be used; stretching did not differ."""
_IRRITABLE: Mapping[tuple[Kind, ...], int] = {("strength", "endurance"): 4}
"""Instead, where the pain is easily stirred up: strength can wait. Judgement."""
_FOR_ALL: tuple[Kind, ...] = ("strength", "endurance", "control", "aerobic", "relaxation")
"""Kinds that are of use whatever the cause."""
_CALM = 12
"""For something that relaxes, where the pain is easily stirred up."""
_MINUTE = 1.4
_EXERCISE = 2.5
_LEVEL = {"low": 0.5, "medium": 3, "high": 6}
"""Against each level above 1, by irritability."""
_TOOL = 1.5
"""Against each thing that is needed beside a chair, a wall or a mat."""
_DOWN = {"young": 2, "elderly": 6}
"""Against getting down to the floor and up again at all; and by a third, against sitting down."""
_STANDING = ("standing",)
_SEATED = ("sitting",)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An exercise that may be offered, and the half-minutes that it takes."""

    exercise: Exercise
    half_minutes: int


def serving(one: Exercise, causes: Mapping[Atom, float]) -> tuple[tuple[Atom, float, Aim], ...]:
    """Which of the causes an exercise serves, with their shares: of each, the strongest aim."""
    found = []
    for atom, share in causes.items():
        aims = [aim for aim in one.serves if covers(pattern(aim.cause), atom)]
        if aims:
            found.append((atom, share, max(aims, key=lambda aim: aim.strength)))
    return tuple(found)


def goals_served(one: Exercise, goals: Sequence[str]) -> tuple[Goal, ...]:
    """Which of the goals an exercise serves."""
    return tuple(goal for goal in sayings().goal if goal.name in goals and _serves_goal(one, goal))


def _serves_goal(one: Exercise, goal: Goal) -> bool:
    return one.kind in goal.kinds and (not goal.parts or any(part in goal.parts for part in one.parts))


def chains(pool: Sequence[Exercise]) -> dict[str, frozenset[str]]:
    """Of each exercise, the names of its harder and easier versions, whichever says so, and its own."""
    names = {one.name for one in pool}
    up = {one.name: {step.exercise for step in one.harder} & names for one in pool}
    down = {one.name: {step.exercise for step in one.easier} & names for one in pool}
    for name in names:
        for harder in up[name]:
            down[harder].add(name)
        for easier in down[name]:
            up[easier].add(name)
    return {name: frozenset(_reach(name, up) | _reach(name, down)) for name in up}


def _reach(start: str, steps: Mapping[str, set[str]]) -> set[str]:
    found, left = {start}, [start]
    while left:
        for name in steps.get(left.pop(), ()):
            if name not in found:
                found.add(name)
                left.append(name)
    return found


def apart(
    one: Exercise, two: Exercise, versions: Mapping[str, frozenset[str]]
) -> Literal["version", "load"] | None:
    """Why two exercises may not stand in one session; None if they may.

    The same load counts where both are of level 2 or more.

    Args:
        versions: `chains` of all exercises.
    """
    if two.name in versions.get(one.name, ()):
        return "version"
    heavy = one.level >= 2 and two.level >= 2
    return "load" if heavy and set(one.loads) & set(two.loads) else None


def task_of(
    candidates: Sequence[Candidate],
    causes: Mapping[Atom, float],
    wishes: Wishes,
    age: float | None,
    versions: Mapping[str, frozenset[str]],
) -> Task:
    """The selection problem of one person; item i is candidate i.

    Args:
        causes: with their shares, the unlikely ones too.
        versions: `chains` of all exercises.
    """
    chosen = [one.exercise for one in candidates]
    pairs = [
        (i, j)
        for i, one in enumerate(chosen)
        for j, two in enumerate(chosen)
        if i < j and apart(one, two, versions)
    ]
    soft = [*_for_causes(chosen, causes), *_for_others(chosen, causes, wishes)]
    more = 1 + sum(reward.gain for reward in soft)
    most_burden = sum(burden.cost for burden in _burdens(candidates, wishes, age))
    step = more + most_burden
    everything = tuple(range(len(chosen)))
    hard = [Reward(everything, step, number) for number in range(1, LEAST + 1)]
    for atom, share in causes.items():
        items = tuple(i for i, one in enumerate(chosen) if serving(one, {atom: share}))
        if share >= LIKELY and items:
            hard.append(Reward(items, round((LEAST + 1) * step * (1 + share))))
    return Task(
        sizes=tuple(one.half_minutes for one in candidates),
        budget=int(2 * wishes.minutes),
        most=MOST_IRRITABLE if wishes.irritability == "high" else MOST,
        apart=tuple(pairs),
        rewards=(*hard, *soft),
        burdens=tuple(_burdens(candidates, wishes, age)),
    )


def _for_causes(chosen: Sequence[Exercise], causes: Mapping[Atom, float]) -> Iterator[Reward]:
    for atom, share in causes.items():
        if share < NOTICED:
            continue
        strength = {
            i: aim.strength for i, one in enumerate(chosen) for _, _, aim in serving(one, {atom: share})
        }
        for least, part in _STRENGTH.items():
            items = tuple(i for i, own in strength.items() if own >= least)
            if items:
                yield Reward(items, max(1, round(_UNIT * share * part)))
        for number, part in _AGAIN.items():
            if len(strength) >= number:
                yield Reward(tuple(strength), max(1, round(_UNIT * share * part)), number)


def _for_others(chosen: Sequence[Exercise], causes: Mapping[Atom, float], wishes: Wishes) -> Iterator[Reward]:
    """Goals, kinds, and a fourth and fifth exercise. What is no exercise for all must serve something."""
    noticed = {atom: share for atom, share in causes.items() if share >= NOTICED}
    useful = tuple(
        i
        for i, one in enumerate(chosen)
        if one.kind in _FOR_ALL or serving(one, noticed) or goals_served(one, wishes.goals)
    )
    yield from (Reward(useful, gain, number) for number, gain in _NUMBER.items() if len(useful) >= number)
    for goal in sayings().goal:
        items = tuple(i for i, one in enumerate(chosen) if _serves_goal(one, goal))
        if goal.name in wishes.goals and items:
            yield Reward(items, max(1, round(_GOALS / len(wishes.goals))))
    high = wishes.irritability == "high"
    weights: dict[tuple[Kind, ...], int] = {**_KINDS, ("relaxation",): _CALM if high else 2}
    for kinds, gain in {**weights, **(_IRRITABLE if high else {})}.items():
        items = tuple(i for i in useful if chosen[i].kind in kinds)
        if items:
            yield Reward(items, gain)


def _burdens(candidates: Sequence[Candidate], wishes: Wishes, age: float | None) -> Iterator[Burden]:
    for i, candidate in enumerate(candidates):
        one = candidate.exercise
        cost = _EXERCISE + _MINUTE * candidate.half_minutes / 2
        cost += _LEVEL[wishes.irritability] * (one.level - 1)
        cost += _TOOL * sum(item not in ("chair", "wall", "mat") for item in one.equipment)
        yield Burden((i,), max(1, round(cost)))
    down = _DOWN["elderly" if age is not None and age >= ELDERLY else "young"]
    starts = [candidate.exercise.start for candidate in candidates]
    floor = tuple(i for i, start in enumerate(starts) if start not in (*_STANDING, *_SEATED))
    seated = tuple(i for i, start in enumerate(starts) if start in _SEATED)
    yield from (Burden(of, cost) for of, cost in ((floor, down), (seated, max(1, down // 3))) if of)
