"""A weekly plan of exercises for one person, with the reason of every choice.

From the likely causes and their shares, how irritable the back is, age, goals, time and equipment: exercises
that are not barred (`mitate.back.contraindications`), selected as a whole to an exact optimum
(`mitate.back.weighing`, `mitate.back.selection`), dosed (`mitate.back.dosing`) and spread over the week.

It promises little: exercise helps (nice_ng59, apta2021, owen2020), matching it to the cause adds about 2
points of 24 of a disability score (saner2015, lehtola2016), less than patients notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from mitate.abduce.language import Atom, Label
from mitate.back.cause import BackResult
from mitate.back.contraindications import LIKELY, OLD, Barred, all_barred, ask_first, likely_causes
from mitate.back.dosing import RULES, Dosed, dosed, half_minutes
from mitate.back.exercise import Exercise
from mitate.back.exercises import exercises
from mitate.back.observations import BackCase
from mitate.back.planned import LeftOut, PlannedExercise, Programme, Reason, Side, Unserved
from mitate.back.selection import Selected, Task, select
from mitate.back.weighing import NOTICED, Candidate, apart, chains, goals_served, serving, task_of
from mitate.back.wishes import Saying, Wishes, sayings, wishes_of

__all__ = ["LeftOut", "PlannedExercise", "Programme", "Reason", "Unserved", "programme", "session_days"]

RECHECK_DAYS = {"high": 14, "medium": 28, "low": 28}
"""Until the next look, by irritability. Judgement."""
_ORDER = ("relaxation", "mobility", "control", "posture", "daily", "strength", "endurance", "aerobic")
"""Kinds in the order in which a session does them: from the lightest. Judgement."""
_KIND_SOURCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "low_back": {
        "strength": ("apta2021", "owen2020"),
        "endurance": ("apta2021", "owen2020"),
        "control": ("apta2021", "owen2020"),
        "aerobic": ("apta2021", "nice_ng59", "owen2020"),
        "mobility": ("apta2021",),
    },
    "neck": {"strength": ("sterling2019",), "control": ("blomgren2018",), "mobility": ("neck_cpg2017",)},
}
"""By region: apta2021 recommends the first four kinds for the low back and allows mobility; sterling2019 saw
an effect of strengthening on neck pain, blomgren2018 of training its deep flexors on coordination."""
_KIND_SAY = {
    "strength": Label("a part of the plan that builds strength", "筋力をつけるための運動です"),
    "endurance": Label("a part of the plan that builds endurance", "疲れにくくするための運動です"),
    "control": Label("a part of the plan that trains control of movement", "動きを整えるための運動です"),
    "aerobic": Label(
        "general activity, which is advised for everybody", "どなたにもお勧めする全身の運動です"
    ),
    "mobility": Label("it makes the other movements easier", "ほかの動きをしやすくするための運動です"),
    "relaxation": Label("it calms a body that hurts easily", "痛みが出やすい体を落ち着かせます"),
    "daily": Label("it practises what the day asks for", "毎日の動作の練習になります"),
    "posture": Label("it practises a position of the day", "毎日の姿勢の練習になります"),
}


def programme(
    result: BackResult,
    case: BackCase,
    *,
    language: str | None = None,
    start: date | None = None,
    pool: Sequence[Exercise] | None = None,
) -> Programme:
    """The plan for one person; without exercises where a red flag stops it.

    Args:
        result: of `mitate.back.cause.explain_case` for `case`.
        language: ``en`` or ``ja``; that of the case's wishes if None, else that of the result.
        start: the first day; today if None.
        pool: exercises to choose among; those of the case's region that come with the package if None.

    Raises:
        InputError: what was told for the programme cannot be (`mitate.back.wishes.wishes_of`).
    """
    wishes, first = wishes_of(case), start or date.today()
    of_region = tuple(one for one in (exercises() if pool is None else pool) if one.region == case.region)
    begun = Programme(
        region=case.region,
        name=case.name,
        age=case.age,
        triage=result.triage,
        wishes=wishes,
        start=first,
        recheck=first + timedelta(days=RECHECK_DAYS[wishes.irritability]),
        recheck_reason=_recheck_reason(wishes),
        language=language or wishes.language or result.language,
    )
    return begun if result.stop else _planned(begun, result, case, of_region)


def _planned(begun: Programme, result: BackResult, case: BackCase, pool: Sequence[Exercise]) -> Programme:
    wishes, by_name = begun.wishes, {one.name: one for one in pool}
    bars = all_barred(case, result, pool)
    free = [one for one in pool if not bars[one.name]]
    doses = {one.name: dosed(one, wishes.irritability, case.age) for one in free}
    candidates = [Candidate(one, half_minutes(one, doses[one.name].dose)) for one in free]
    shares = {} if result.posterior is None else result.posterior.causes
    versions = chains(pool)
    task = task_of(candidates, shares, wishes, case.age, versions)
    chosen = select(task)
    causes, days = likely_causes(result), session_days(wishes.days)
    noticed = {atom: share for atom, share in shares.items() if share >= NOTICED}
    planned = [
        _exercise(
            candidates[i], doses[candidates[i].exercise.name], days, noticed, begun, case, bars, by_name
        )
        for i in chosen.items
    ]
    planned.sort(key=_place)
    return replace(
        begun,
        causes=causes,
        days=days if planned else (),
        exercises=tuple(planned),
        minutes=sum(one.minutes for one in planned),
        status=chosen.status,
        unserved=tuple(_unserved(causes, planned, pool, free)),
        left_out=tuple(_left_out(candidates, task, chosen, causes, bars, by_name, versions)),
        ask_first=ask_first(case, [one.exercise for one in planned]),
        advice=tuple(_said(sayings().advice, begun, planned, causes)),
        stop_rules=tuple(_said(sayings().stop, begun, planned, causes)),
    )


def _place(one: PlannedExercise) -> tuple[int, int, int, str]:
    """Where in the session: light ones, then all on the floor, so that one gets down once, then hard ones."""
    kind = _ORDER.index(one.exercise.kind)
    light = kind < _ORDER.index("strength")
    block = 1 if one.exercise.start not in ("standing", "sitting") else 0 if light else 2
    return block, kind, one.exercise.level, one.exercise.name


def session_days(number: int) -> tuple[int, ...]:
    """So many days of the week, spread evenly, 0 for Monday."""
    return tuple(i * 7 // number for i in range(number))


def _some_of(days: Sequence[int], number: int) -> tuple[int, ...]:
    """So many of the session days, each the nearest that is left to an even spread."""
    left = list(days)
    for i in range(number):
        wanted = i * 7 / number
        left.remove(min(left, key=lambda day: abs(day - wanted)))
    return tuple(day for day in days if day not in left)


def _exercise(
    candidate: Candidate,
    dose: Dosed,
    days: Sequence[int],
    causes: Mapping[Atom, float],
    begun: Programme,
    case: BackCase,
    bars: Mapping[str, tuple[Barred, ...]],
    pool: Mapping[str, Exercise],
) -> PlannedExercise:
    one = candidate.exercise
    number = min(len(days), max(1, dose.dose.days_a_week))
    return PlannedExercise(
        exercise=one,
        dose=dose.dose,
        days=_some_of(days, number),
        minutes=candidate.half_minutes / 2,
        reasons=tuple(_reasons(one, causes, begun)),
        dose_reasons=tuple(Reason(f"dose.{rule}", RULES[rule]) for rule in dose.rules),
        side=_side(one, {atom: share for atom, share in causes.items() if share >= LIKELY}),
        version=_version(one, case, begun.wishes),
        instead_of=tuple(
            name
            for name, other in pool.items()
            if bars[name]
            and serving(other, causes)
            and one.name in (other.elder.exercise, other.chair.exercise, *(s.exercise for s in other.easier))
        ),
    )


def _reasons(one: Exercise, causes: Mapping[Atom, float], begun: Programme) -> Iterator[Reason]:
    for atom, share, aim in serving(one, causes):
        rule = "serves_cause" if share >= LIKELY else "may_serve"
        yield Reason(rule, Label(aim.why.en, aim.why.ja), aim.source, str(atom))
    for goal in goals_served(one, begun.wishes.goals):
        say = Label(f"your goal: {goal.say.en}", f"ご希望：{goal.say.ja}")
        yield Reason("goal", say, of=goal.name)
    sources = _KIND_SOURCES.get(begun.region, {}).get(one.kind, ("expert",))
    yield Reason("kind", _KIND_SAY[one.kind], sources, one.kind)


def _side(one: Exercise, causes: Mapping[Atom, float]) -> Side:
    """The side to begin with: that of a likely cause which the exercise serves, if it is one side only."""
    if not one.dose.per_side:
        return ""
    sides = {term for atom, _, _ in serving(one, causes) for term in atom.terms if term in ("left", "right")}
    if sides == {"left"}:
        return "left"
    return "right" if sides == {"right"} else ""


def _version(one: Exercise, case: BackCase, wishes: Wishes) -> Label | None:
    """How it is done at 80, or standing by one who is unsteady: in words of the file."""
    unsteady = wishes.limits.get("balance_poor") and one.start == "standing"
    if unsteady and not one.chair.exercise:
        return Label(one.chair.text.en, one.chair.text.ja)
    if case.age is not None and case.age >= OLD and not one.elder.exercise:
        return Label(one.elder.text.en, one.elder.text.ja)
    return None


def _unserved(
    causes: Mapping[Atom, float],
    planned: Sequence[PlannedExercise],
    pool: Sequence[Exercise],
    free: Sequence[Exercise],
) -> Iterator[Unserved]:
    for atom, share in causes.items():
        only = {atom: share}
        if any(serving(one.exercise, only) for one in planned):
            continue
        if any(serving(one, only) for one in free):
            yield Unserved(atom, share, "no_room")
        else:
            yield Unserved(atom, share, "barred" if any(serving(one, only) for one in pool) else "none")


def _left_out(
    candidates: Sequence[Candidate],
    task: Task,
    chosen: Selected,
    causes: Mapping[Atom, float],
    bars: Mapping[str, tuple[Barred, ...]],
    pool: Mapping[str, Exercise],
    versions: Mapping[str, frozenset[str]],
) -> Iterator[LeftOut]:
    """Every exercise outside the plan: barred ones, then those that were outdone."""
    for name, reasons in bars.items():
        if reasons:
            one = pool[name]
            yield LeftOut(one, "barred", reasons, serves=bool(serving(one, causes)))
    inside = [candidates[i].exercise for i in chosen.items]
    left = task.budget - sum(task.sizes[i] for i in chosen.items)
    for i, candidate in enumerate(candidates):
        if i in chosen.items:
            continue
        one = candidate.exercise
        serves = bool(serving(one, causes))
        clashes = ((apart(one, two, versions), two.name) for two in inside)
        because, of = next((clash for clash in clashes if clash[0]), (None, ""))
        if because is not None:
            yield LeftOut(one, because, of=of, serves=serves)
        elif task.sizes[i] > left:
            yield LeftOut(one, "no_time", serves=serves)
        else:
            yield LeftOut(one, "number" if len(inside) >= task.most else "adds_less", serves=serves)


def _said(
    which: Sequence[Saying],
    begun: Programme,
    planned: Sequence[PlannedExercise],
    causes: Mapping[Atom, float],
) -> Iterator[Reason]:
    """Sayings that hold of this programme."""
    kinds, names = {one.exercise.kind for one in planned}, {atom.predicate for atom in causes}
    limits = {name for name, there in begun.wishes.limits.items() if there}
    for one in which:
        if (
            one.region in (None, begun.region)
            and (not one.kinds or kinds & set(one.kinds))
            and (not one.causes or names & set(one.causes))
            and (not one.limits or limits & set(one.limits))
        ):
            yield Reason(one.name, Label(one.en, one.ja), one.source)


def _recheck_reason(wishes: Wishes) -> Reason:
    weeks = RECHECK_DAYS[wishes.irritability] // 7
    if wishes.irritability == "high":
        return Reason(
            "recheck",
            Label(
                f"after {weeks} weeks, because the pain is easily stirred up",
                f"痛みが出やすいので、{weeks}週間後に見直します",
            ),
        )
    return Reason("recheck", Label(f"after {weeks} weeks", f"{weeks}週間後に見直します"))
