"""A programme, an exercise and a diary's answer in words for the terminal: first what to do today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mitate.back._plan_words import ASSUMED, KINDS, WORDS
from mitate.back.contraindications import EQUIPMENT
from mitate.back.exercise import Dose, Exercise
from mitate.back.exercises import exercise
from mitate.back.planned import LeftOut, PlannedExercise, Programme, Reason, cited
from mitate.back.progress import Next
from mitate.back.region import knowledge
from mitate.back.report import share_in_words
from mitate.back.triage import red_flags
from mitate.back.wishes import limits

__all__ = ["days_in_words", "dose_in_words", "exercise_in_words", "in_words", "steps_in_words"]


def dose_in_words(dose: Dose, language: str = "en") -> str:
    """Sets, repetitions, hold and rest, or minutes."""
    say = WORDS[language]
    parts = [say["minutes"].format(m=dose.minutes)] if dose.minutes else []
    if not dose.minutes:
        sets = say["sets"].format(sets=dose.sets) if dose.sets > 1 else ""
        times = say["repetitions"].format(n=dose.repetitions)
        parts.append(f"{sets} {times}".strip() if language == "en" else f"{sets}{times}")
    parts += [say["each_side"]] if dose.per_side else []
    parts += [say["hold"].format(s=dose.hold_s)] if dose.hold_s else []
    parts += [say["rest"].format(s=dose.rest_s)] if dose.sets > 1 else []
    return ("、" if language == "ja" else ", ").join(parts)


def days_in_words(days: Sequence[int], language: str = "en") -> str:
    """Days of the week, 0 for Monday."""
    say = WORDS[language]
    names = say["days"].split()
    between = "・" if language == "ja" else ", "
    return say["every_day"] if len(days) == 7 else between.join(names[day] for day in days)


def in_words(plan: Programme) -> str:
    """The programme as text: what to do today, when to stop, advice, then details with rules and sources."""
    return "\n".join(_lines(plan))


def _lines(plan: Programme) -> Iterator[str]:
    say, language = WORDS[plan.language], plan.language
    if plan.stop:
        yield say["stop"]
        for finding in plan.triage.findings:
            yield f"  {finding.words.text(language)}"
            where, how_fast = finding.where.text(language), finding.how_fast.text(language)
            yield "    " + say["where"].format(where=where, how_fast=how_fast)
    else:
        yield from _first_page(plan)
        yield from _details(plan)
    yield ""
    yield say["claim"]
    yield say["intended_use"]


def _first_page(plan: Programme) -> Iterator[str]:
    say, language = WORDS[plan.language], plan.language
    if plan.triage.unanswered:
        yield say["first_flags"] + say["colon"]
        words = {flag.name: flag.words.text(language) for flag in red_flags(plan.region)}
        yield "  " + "; ".join(words.get(name, say["age"]) for name in plan.triage.unanswered)
        yield ""
    if plan.ask_first:
        yield say["first_limits"] + say["colon"]
        yield from (f"  {limits()[name].ask.text(language)} [{name}]" for name in plan.ask_first)
        yield ""
    if not plan.exercises:
        yield say["none"]
    else:
        days = days_in_words(plan.days, language)
        yield say["title"].format(start=plan.start, days=days, minutes=plan.minutes)
    if plan.exercises and plan.few:
        yield say["few"]
    for number, one in enumerate(plan.exercises, 1):
        yield ""
        yield from _today(number, one, plan)
    yield ""
    yield say["stop_rules"] + say["colon"]
    yield from (f"  {reason.say.text(language)}" for reason in plan.stop_rules)
    yield ""
    yield say["advice"] + say["colon"]
    yield from (f"  {reason.say.text(language)}" for reason in plan.advice)
    yield ""
    yield say["recheck"].format(date=plan.recheck, why=plan.recheck_reason.say.text(language))


def _today(number: int, one: PlannedExercise, plan: Programme) -> Iterator[str]:
    say, language = WORDS[plan.language], plan.language
    yield f"{number}. {one.exercise.title.text(language)}{say['colon']} {dose_in_words(one.dose, language)}"
    if one.days != plan.days:
        yield "   " + say["only_on"].format(days=days_in_words(one.days, language))
    if one.side:
        yield "   " + say["begin_with"].format(side=say[one.side])
    if one.version is not None:
        yield "   " + say["this_way"].format(text=one.version.text(language))
    yield from (f"   - {step}" for step in one.exercise.steps.text(language))


def _details(plan: Programme) -> Iterator[str]:
    say, language, base = WORDS[plan.language], plan.language, knowledge(plan.region)
    yield ""
    yield f"── {say['details']} ──"
    every = [*(part.exercise for part in plan.exercises), *(part.exercise for part in plan.left_out)]
    titles = {one.name: one.title.text(language) for one in every}
    named = [f"{base.label(atom, language)} {share_in_words(share)}" for atom, share in plan.causes.items()]
    if named:
        yield say["served"].format(what="; ".join(named))
    for lacking in plan.unserved:
        why = say[f"because_{lacking.because}"]
        yield say["unserved"].format(cause=base.label(lacking.cause, language), why=why)
    for one in plan.exercises:
        yield f"{one.exercise.title.text(language)} ({one.exercise.name})"
        yield from (f"  {say['why']}{say['colon']} {_reasoned(reason, language)}" for reason in one.reasons)
        yield from (
            f"  {say['dose_rule']}{say['colon']} {_reasoned(reason, language)}" for reason in one.dose_reasons
        )
        if one.instead_of:
            yield "  " + say["instead"].format(what=", ".join(titles[name] for name in one.instead_of))
    serving = [one for one in plan.left_out if one.serves]
    if serving:
        yield say["left_out"] + say["colon"]
        yield from (f"  {_out(one, titles, language)}" for one in serving)
    if plan.wishes.assumed:
        what = ", ".join(ASSUMED[key][language == "ja"] for key in plan.wishes.assumed)
        yield say["assumed"].format(what=what)
    yield say["progress_rules"]
    yield say["stopped" if plan.status == "stopped" else "optimal"]
    yield say["sources"] + say["colon"]
    reasons = [*(r for one in plan.exercises for r in (*one.reasons, *one.dose_reasons)), *plan.advice]
    yield from _sources((n for r in (*reasons, *plan.stop_rules) for n in r.source), plan.region)


def _reasoned(reason: Reason, language: str) -> str:
    of = f" {reason.of}" if reason.of else ""
    rule = WORDS[language]["rule"].format(rule=reason.rule, of=of, sources=", ".join(reason.source))
    return f"{reason.say.text(language)} {rule}"


def _out(one: LeftOut, titles: Mapping[str, str], language: str) -> str:
    title, say = titles[one.exercise.name], WORDS[language]
    because = say[f"because_{one.because}"].format(of=titles.get(one.of, "")) if not one.barred else ""
    return f"{title}{say['colon']} {because or one.barred[0].why.text(language)}"


def _sources(names: Iterable[str], region: str) -> Iterator[str]:
    for source in cited(dict.fromkeys(names), region):
        at = f" <{source['url']}>" if source["url"] else ""
        yield f"  {source['name']}: {source['citation'] or '?'}{at}"


def exercise_in_words(one: Exercise, language: str = "en") -> str:
    """One exercise: how, for which causes and by which source, when not, harder and easier."""
    return "\n".join(_exercise_lines(one, language))


def _exercise_lines(one: Exercise, language: str) -> Iterator[str]:
    say = WORDS[language]
    kind, dose = KINDS[one.kind][language == "ja"], dose_in_words(one.dose, language)
    yield f"{one.title.text(language)} ({one.name})"
    yield say["level"].format(level=one.level, kind=kind, minutes=one.minutes, dose=dose)
    if one.equipment:
        yield say["equipment"].format(what=", ".join(EQUIPMENT[e].text(language) for e in one.equipment))
    yield say["steps"] + say["colon"]
    yield from (f"  {i}. {step}" for i, step in enumerate(one.steps.text(language), 1))
    yield say["serves"] + say["colon"]
    for aim in one.serves:
        sources = ", ".join(aim.source)
        yield f"  {aim.cause}: {aim.why.text(language)} [{sources}; {say[f'strength_{aim.strength}']}]"
    yield say["not_when"] + say["colon"]
    yield from (f"  {n.when}: {n.why.text(language)} [{', '.join(n.source)}]" for n in one.not_when)
    for key, steps in (("harder", one.harder), ("easier", one.easier)):
        for step in steps:
            to = f" ({step.exercise})" if step.exercise else ""
            yield f"{say[key]}: {step.text.text(language)}{to}"
    for key, instead in (("elder", one.elder), ("chair", one.chair)):
        to = f" ({instead.exercise})" if instead.exercise else ""
        yield f"{say[key]}: {instead.text.text(language)}{to}"
    yield say["sources"] + say["colon"]
    named = [*(aim.source for aim in one.serves), *(reason.source for reason in one.not_when)]
    yield from _sources((name for names in named for name in names), one.region)


def steps_in_words(steps: Sequence[Next], language: str = "en") -> str:
    """What comes next of each exercise, and why."""
    say = WORDS[language]
    lines = [] if steps else [say["nothing"]]
    for step in steps:
        verdict = say["stop_it" if step.verdict == "stop" else step.verdict]
        lines.append(f"{exercise(step.was.name).title.text(language)}: {verdict}")
        lines.append(f"  {_reasoned(step.reason, language)}")
        if step.verdict in ("progress", "regress"):
            what = f"{exercise(step.now.name).title.text(language)}, {dose_in_words(step.now.dose, language)}"
            lines.append("  " + say["now"].format(what=what))
            lines += [f"  {step.text.text(language)}"] if step.text is not None else []
    return "\n".join(lines)
