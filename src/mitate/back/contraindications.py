"""Which exercises a person must not be given, each with every reason, and what has to be asked first.

An exercise says itself when not to do it (`mitate.back.exercise.NotWhen`). What every exercise must heed is
added here: the floor, kneeling and lying where its start needs them, joints that it loads, equipment, level,
age, and an irritable back. All of these are expert judgement, on the cautious side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from mitate.abduce.language import Atom, Label
from mitate.back.cause import BackResult
from mitate.back.exercise import Exercise, NotWhen, Words
from mitate.back.exercises import exercises
from mitate.back.observations import BackCase
from mitate.back.region import knowledge
from mitate.back.triage import red_flags
from mitate.back.wishes import Wishes, limits, wishes_of

__all__ = [
    "LIKELY",
    "OLD",
    "Barred",
    "BarredBy",
    "all_barred",
    "ask_first",
    "barred",
    "covers",
    "likely_causes",
    "pattern",
]

LIKELY = 0.15
"""A cause with at least this share of the explanations is likely: it is served, and bars what harms it."""
OLD = 80.0
"""Years, from which on an exercise is done in its version for the old, and none is of level 3. Judgement."""
_HELD_S = 10.0
"""A mobility exercise held so long goes to the end of range, which an irritable back is spared. Judgement."""
_NOT_PREGNANT = 60.0
BarredBy = Literal[
    "limit",
    "limit_not_asked",
    "observation",
    "cause",
    "red_flag",
    "equipment",
    "level",
    "age",
    "irritability",
]
_FLOOR = ("supine", "prone", "side_lying", "hands_and_knees", "kneeling", "floor_sitting")
_START_NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_FLOOR, ("cannot_get_to_floor",)),
    "prone": ("cannot_get_to_floor", "cannot_lie_prone"),
    "kneeling": ("cannot_get_to_floor", "cannot_kneel"),
    "hands_and_knees": ("cannot_get_to_floor", "cannot_kneel"),
}
_STRAINS: Mapping[str, tuple[str, int]] = {
    "balance": ("balance_poor", 2),
    "heart": ("heart_symptoms", 2),
    "knee": ("knee_pain", 2),
    "shoulder": ("shoulder_pain", 2),
    "wrist": ("wrist_pain", 2),
}
"""A limit that bars what loads this, from that level on, whether or not the exercise names it."""
_WHY = {
    "limit": Label(
        "{what}: this exercise needs or loads just that", "{what}：この運動はそこに負担がかかります"
    ),
    "not_asked": Label("whether this is so was not told: {what}", "未確認です：{what}"),
    "equipment": Label("not at hand: {what}", "用具がありません：{what}"),
    "level": Label(
        "harder (level {what}) than what you said you can do", "今の力より難しい運動です（レベル{what}）"
    ),
    "age": Label("level 3 is not for the first weeks at this age", "この年齢で始めるには難しい運動です"),
    "elder": Label(
        "at this age this one is done instead: {what}", "この年齢では代わりに「{what}」を行います"
    ),
    "irritable_level": Label(
        "the pain is easily stirred up now: only the lightest exercises",
        "今は痛みが出やすいので、いちばん軽い運動だけにします",
    ),
    "irritable_end": Label(
        "the pain is easily stirred up now: nothing held at the end of a movement",
        "今は痛みが出やすいので、動かしきって保つ運動は控えます",
    ),
}
EQUIPMENT = {
    "mat": Label("mat", "マット"),
    "chair": Label("chair", "椅子"),
    "wall": Label("wall", "壁"),
    "band": Label("elastic band", "ゴムバンド"),
    "stick": Label("stick", "棒"),
    "step": Label("step", "踏み台"),
    "cushion": Label("cushion", "クッション"),
    "towel": Label("towel", "タオル"),
    "weight": Label("weight", "おもり"),
    "table": Label("table", "机"),
}
"""What equipment is called."""


@dataclass(frozen=True, slots=True)
class Barred:
    """One reason why an exercise is not offered.

    Attributes:
        by: what bars it.
        what: the name of it: a limit, red flag, observation, cause, piece of equipment, level or exercise.
        say: `what` in words; why: one sentence.
        source: names of sources; ``expert`` for what is this project's judgement.
    """

    by: BarredBy
    what: str
    say: Label
    why: Label
    source: tuple[str, ...] = ("expert",)

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        return {
            "by": self.by,
            "what": self.what,
            "say": self.say.text(language),
            "why": self.why.text(language),
            "source": list(self.source),
        }


@lru_cache(maxsize=1024)
def pattern(text: str) -> Atom:
    """What an exercise names: a predicate alone, or with values, such as ``control_impairment(flexion)``."""
    name, _, inside = text.strip().partition("(")
    terms = tuple(part.strip() for part in inside.rstrip(") ").split(",")) if inside else ()
    return Atom(name.strip(), terms)


def covers(wide: Atom, one: Atom) -> bool:
    """Whether `one` is what `wide` names; no values stand for all of them, and ``_`` for any."""
    if wide.predicate != one.predicate:
        return False
    return not wide.terms or (
        len(wide.terms) == len(one.terms)
        and all(term in ("_", own) for term, own in zip(wide.terms, one.terms, strict=True))
    )


def likely_causes(result: BackResult) -> dict[Atom, float]:
    """Causes with a share of at least `LIKELY`, the likeliest first."""
    shares = {} if result.posterior is None else result.posterior.causes
    return {atom: share for atom, share in shares.items() if share >= LIKELY}


def barred(
    one: Exercise, case: BackCase, result: BackResult, *, pool: Iterable[Exercise] | None = None
) -> tuple[Barred, ...]:
    """Every reason not to offer an exercise to this person; none if it may be offered.

    Args:
        pool: exercises to choose among; those that come with the package if None.

    Raises:
        InputError: what was told for the programme cannot be (`mitate.back.wishes.wishes_of`).
    """
    return all_barred(case, result, exercises() if pool is None else pool, of=(one,))[one.name]


def all_barred(
    case: BackCase, result: BackResult, pool: Iterable[Exercise], *, of: Iterable[Exercise] | None = None
) -> dict[str, tuple[Barred, ...]]:
    """Every reason of every exercise of a pool, or of those `of` it, by name; otherwise as `barred`."""
    pool = tuple(pool)
    names = {one.name: one for one in pool}
    wishes = _with_what_follows(wishes_of(case), case)
    return {one.name: _reasons(one, case, result, wishes, names) for one in (pool if of is None else of)}


def _reasons(
    one: Exercise, case: BackCase, result: BackResult, wishes: Wishes, names: Mapping[str, Exercise]
) -> tuple[Barred, ...]:
    found = (
        *_stopped(result),
        *_told(one, case, result, wishes),
        *_needed(one, wishes),
        *_too_hard(one, case, wishes, names),
    )
    return tuple({(reason.by, reason.what): reason for reason in reversed(found)}.values())[::-1]


def _with_what_follows(wishes: Wishes, case: BackCase) -> Wishes:
    """Limits that need not be asked: men are not pregnant, nor is anybody from `_NOT_PREGNANT` on."""
    if case.sex == "male" or (case.age or 0) >= _NOT_PREGNANT:
        return replace(wishes, limits={"pregnant": False, **wishes.limits})
    return wishes


def _stopped(result: BackResult) -> Iterator[Barred]:
    for finding in result.triage.findings:
        why = Label("a doctor has to look before any exercise", "運動を始める前に、医師の診察が必要です")
        yield Barred("red_flag", finding.flag, finding.words, why, finding.sources)


def _told(one: Exercise, case: BackCase, result: BackResult, wishes: Wishes) -> Iterator[Barred]:
    """What the exercise itself says, as far as it holds of this person."""
    base = knowledge(case.region)
    left_out = [
        unsure.observation for unsure in case.unsure if unsure.left_out
    ]  # too unsure to explain, not to heed
    seen = [seen.atom for seen in (*case.situation.observations, *left_out) if not seen.absent]
    facts = [*seen, *case.situation.given]
    for named in one.not_when:
        flag = case.red_flags.get(named.when)
        if named.when in limits():
            yield from _limit(named.when, one, wishes, named, known=flag)
            continue
        if flag:
            yield Barred(
                "red_flag", named.when, _flag_words(named.when, case.region), _label(named.why), named.source
            )
        wide = pattern(named.when)
        for by, atoms in (("observation", facts), ("cause", likely_causes(result))):
            for atom in atoms:
                if covers(wide, atom):
                    say = Label(base.label(atom, "en"), base.label(atom, "ja"))
                    yield Barred(
                        "cause" if by == "cause" else "observation",
                        str(atom),
                        say,
                        _label(named.why),
                        named.source,
                    )


def _needed(one: Exercise, wishes: Wishes) -> Iterator[Barred]:
    """What its start, its loads and its equipment ask of everybody."""
    for name in _START_NEEDS.get(one.start, ()):
        yield from _limit(name, one, wishes, None)
    for load in one.loads:
        name, level = _STRAINS.get(load, ("", 9))
        if one.level >= level:
            yield from _limit(name, one, wishes, None)
    for item in one.equipment:
        if item not in wishes.equipment:
            yield Barred("equipment", item, EQUIPMENT[item], _filled("equipment", EQUIPMENT[item]))


def _limit(
    name: str, one: Exercise, wishes: Wishes, named: NotWhen | None, *, known: bool | None = None
) -> Iterator[Barred]:
    """A limit that is there; or was not asked about, which counts as there for level 3."""
    say, there = _label(limits()[name].say), wishes.limits.get(name, known)
    if there or known:
        why, source = (
            (_filled("limit", say), ("expert",)) if named is None else (_label(named.why), named.source)
        )
        yield Barred("limit", name, say, why, source)
    elif there is None and one.level == 3:
        yield Barred("limit_not_asked", name, say, _filled("not_asked", say))


def _too_hard(
    one: Exercise, case: BackCase, wishes: Wishes, names: Mapping[str, Exercise]
) -> Iterator[Barred]:
    """Level, age and irritability."""
    level = Label(str(one.level), str(one.level))
    if one.level > wishes.level:
        yield Barred("level", str(one.level), level, _filled("level", level))
    if case.age is not None and case.age >= OLD:
        say = Label(f"{case.age:g} years", f"{case.age:g}歳")
        other = names.get(one.elder.exercise)
        if one.level == 3:
            yield Barred("age", "level", say, _WHY["age"])
        if other is not None and one.name not in (other.name, other.elder.exercise):
            yield Barred("age", other.name, say, _filled("elder", _label(other.title)))
    if wishes.irritability == "high":
        say = Label("highly irritable", "痛みが出やすい状態")
        if one.level > 1:
            yield Barred("irritability", "level", say, _WHY["irritable_level"])
        if one.kind == "mobility" and one.dose.hold_s >= _HELD_S:
            yield Barred("irritability", "end_of_range", say, _WHY["irritable_end"])


def _filled(key: str, what: Label) -> Label:
    words = _WHY[key]
    return Label(words.en.format(what=what.en), words.ja.format(what=what.ja))


def _flag_words(name: str, region: str) -> Label:
    found = next((flag.words for flag in red_flags(region) if flag.name == name), None)
    return found or Label(name, name)


def _label(words: Words) -> Label:
    return Label(words.en, words.ja)


def ask_first(case: BackCase, pool: Iterable[Exercise] | None = None) -> tuple[str, ...]:
    """Limits that were not asked about and that would leave out exercises, those that most depend on first.

    Args:
        pool: exercises to choose among; those of the case's region if None.
    """
    told = _with_what_follows(wishes_of(case), case).limits
    depend = dict.fromkeys(limits(), 0)
    for one in exercises() if pool is None else pool:
        if one.region != case.region:
            continue
        needs = {named.when for named in one.not_when} | set(_START_NEEDS.get(one.start, ()))
        needs |= {
            _STRAINS[load][0] for load in one.loads if load in _STRAINS and one.level >= _STRAINS[load][1]
        }
        for name in needs & depend.keys():
            depend[name] += 1
    left = [name for name, number in depend.items() if number and name not in told]
    return tuple(sorted(left, key=lambda name: -depend[name]))
