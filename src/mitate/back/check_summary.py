"""What a back check says in a few plain sentences; the page, the PDF and the terminal share them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mitate.abduce.explain import seen_in_words
from mitate.back.check import BackCheck
from mitate.back.check_words import Say
from mitate.back.condition import Condition
from mitate.back.followup import ScoreChange
from mitate.back.region import knowledge
from mitate.back.triage import red_flags

__all__ = [
    "NotJudged",
    "Since",
    "Verdict",
    "doctor_lines",
    "flag_lines",
    "not_judged",
    "notable",
    "seen_lines",
    "since_lines",
    "sure_lines",
    "verdict_of",
]

_CLEAR, _LIKELY, _ALSO = 0.85, 0.5, 0.15
"""Shares of causes from which one stands out, is likely, and is told at all: judgements."""
_MOST_SEEN, _MOST_ALSO = 5, 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What fits best and how sure that is, in sentences; `share` is 0 to 1."""

    words: str
    sure: str = ""
    share: float = 0.0
    several: tuple[str, ...] = ()
    together: str = ""
    also: str = ""
    habits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Something that could not be judged, why, and what to do about it; `todo` may be empty."""

    what: str
    why: str
    todo: str


@dataclass(frozen=True, slots=True)
class Since:
    """What has changed since an earlier check, in sentences."""

    when: str
    measures: str
    changed: tuple[str, ...]
    grades: tuple[str, ...]
    causes: tuple[str, ...]
    scores: tuple[str, ...]


def verdict_of(check: BackCheck, say: Say) -> Verdict:
    """What fits best; several where none leads."""
    base, language = knowledge(check.region), check.language
    result = check.result
    if result.answer is None:
        return Verdict(say("verdict_nothing"))
    shares = {} if result.posterior is None else result.posterior.causes
    best = set(result.explanations[0].causes) if result.explanations else set()
    named = [(say.cause(atom), share) for atom, share in shares.items()]
    with_it = [
        say.cause(atom) for atom, share in list(shares.items())[1:] if atom in best and share >= _LIKELY
    ]
    habits = tuple(
        say.capital(base.label(atom, language)) for atom, share in result.habits.items() if share >= _LIKELY
    )
    if not named:
        return Verdict(say("verdict_none"), habits=habits)
    first, share = named[0]
    others = [name for name, own in named[1:] if own >= _ALSO and name not in with_it][:_MOST_ALSO]
    shown = say.share(share)
    if share < _LIKELY:
        several = tuple(say.capital(name) for name in (first, *with_it, *others))
        sure = say("sure_open", share=shown)
        if len(several) == 1:
            return Verdict(say("verdict_open", cause=first), sure, share, habits=habits)
        return Verdict(say("verdict_several"), sure, share, several, habits=habits)
    between = "、" if say.japanese else "; "
    also = say("also", causes=between.join(others)) if others else ""
    together = say("together", causes=between.join(with_it)) if with_it else ""
    key = "sure_clear" if share >= _CLEAR else "sure_likely"
    return Verdict(say("verdict", cause=first), say(key, share=shown), share, (), together, also, habits)


def notable(check: BackCheck) -> Iterator[Condition]:
    """Measures that are clearly too little or too much, the surest first."""
    found = [
        condition
        for one in check.measured
        for condition in one.conditions
        if condition.grade not in (None, "moderate") and not condition.borderline and not condition.side
    ]
    yield from sorted(found, key=lambda one: -(one.sure or 0.0))


def seen_lines(check: BackCheck, say: Say) -> list[str]:
    """What the camera saw that is out of the ordinary."""
    if not check.measured:
        return [say("camera_none")]
    base = knowledge(check.region)
    said = []
    for one in notable(check):
        if one.observation is not None:
            words = seen_in_words(base, one.observation, check.language)
        else:
            words = f"{say.movement(one.movement)}: {say.label(one)}, {say(f'grade_{one.grade}')}"
        said.append(say.capital(words))
    lines = list(dict.fromkeys(said))[:_MOST_SEEN] or [say("camera_fine")]
    return lines if check.answered else [*lines, say("camera_only")]


def flag_lines(check: BackCheck, say: Say) -> list[str]:
    """Red flags that nobody asked about yet."""
    missing = check.triage.unanswered
    said = [say("first_age")] if "age" in missing else []
    known = {flag.name: flag for flag in red_flags(check.region)}
    return [*said, *(known[name].words.text(check.language) for name in missing if name in known)]


def doctor_lines(check: BackCheck, say: Say) -> tuple[list[str], list[str]]:
    """What sends to an emergency department, and what to a doctor."""
    key = f"emergency_{check.region}"
    if say.has(key):
        at_once = say(key).split("|")
    else:
        flags = [flag for flag in red_flags(check.region) if flag.urgency == "emergency_now" and flag.stops]
        at_once = [flag.words.text(check.language) for flag in flags]
    soon = [say("doctor_weak"), say("doctor_fever")]
    if check.programme is not None:
        soon.append(say("doctor_no_better", date=say.day(check.programme.recheck)))
    return at_once, [*soon, *(label.text(check.language) for label in check.triage.advice)]


def sure_lines(check: BackCheck, say: Say) -> list[str]:
    """What the result rests on."""
    graded = [c for one in check.measured for c in one.conditions if c.grade is not None]
    lines = [
        say("sure_films", used=len(check.measured), all=len(check.films))
        if check.films
        else say("sure_no_films")
    ]
    if graded:
        unsure = sum(one.borderline for one in graded)
        lines.append(say("sure_measures", graded=len(graded), borderline=unsure))
    if check.measured and check.trained_on == "simulated":
        lines.append(say("simulated"))
    return [*lines, say("sure_rules"), say("sure_matched")]


def not_judged(check: BackCheck, say: Say) -> list[NotJudged]:
    """Films that were refused, measures that were not sure enough, movements that nobody filmed."""
    found = []
    for film in check.refused:
        error = film.refusal
        if error is not None:
            found.append(
                NotJudged(say.movement(film.movement), say.said(error.what), say.said(error.todo or ""))
            )
    for one in check.measured:
        missing = [
            c for c in one.conditions if c.grade is None and not c.side and not c.todo.startswith("none")
        ]
        if not missing:
            continue
        between = "、" if say.japanese else "; "
        what = between.join(condition.label.text(check.language) for condition in missing)
        todos = dict.fromkeys(say.said(condition.todo) for condition in missing if condition.todo)
        found.append(
            NotJudged(say.movement(one.movement), say("not_sure_enough", what=what), next(iter(todos), ""))
        )
    found += [NotJudged(say.movement(name), say.capital(say("not_filmed")), "") for name in check.not_filmed]
    return found


def since_lines(check: BackCheck, say: Say) -> Since:
    """What has changed since the earlier check. Only of a check that has one."""
    follow = check.followup
    if follow is None:
        return Since("", "", (), (), (), ())
    changed = []
    for movement, found in follow.changed.items():
        labels = _labels(check, movement, say)
        for one in found:
            changed.append(
                say(
                    "since_one",
                    movement=say.movement(movement),
                    measure=labels.get(one.name) or say.measure(one.name),
                    before=say.number(one.before, one.unit),
                    now=say.number(one.now, one.unit),
                )
            )
    grades = [
        say(
            "since_grade",
            measure=f"{say.movement(one.movement)}, {one.label.text(say.language)}",
            before=say(f"grade_{one.before}"),
            now=say(f"grade_{one.now}"),
        )
        for one in follow.grades
    ]
    causes = [
        say(
            "colon",
            what=say.capital(one.label.text(say.language) if one.atom is None else say.cause(one.atom)),
            words=f"{say.share(one.before)} → {say.share(one.now)}",
        )
        for one in follow.causes
    ]
    day = follow.day
    return Since(
        when="" if day is None else say("since_when", date=say.day(day)),
        measures=say("since_some") if changed else say("since_none"),
        changed=tuple(changed),
        grades=tuple(grades),
        causes=tuple(causes),
        scores=tuple(_score(one, say) for one in follow.scores),
    )


def _score(one: ScoreChange, say: Say) -> str:
    verdict = {
        "better": "verdict_better" if one.is_noticeable is not False else "verdict_better_little",
        "worse": "verdict_worse",
        "within chance": "verdict_chance",
        "not judged": "verdict_not_judged",
    }[one.verdict]
    return say(
        "score_line",
        score=say(f"score_{one.score.name}"),
        before=one.before,
        now=one.now,
        unit=say(f"unit_{one.score.name}"),
        verdict=say(verdict),
    )


def _labels(check: BackCheck, movement: str, say: Say) -> dict[str, str]:
    """Words of the graded measures of a movement."""
    return {
        condition.measure: condition.label.text(say.language)
        for one in check.measured
        if one.movement == movement
        for condition in one.conditions
    }
