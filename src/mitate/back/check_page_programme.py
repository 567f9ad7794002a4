"""The programme on the back check's page: each exercise with film, steps, dose, reasons and what bars it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from html import escape

from mitate.back.check_words import Say
from mitate.back.exercises import exercise
from mitate.back.film_page import player
from mitate.back.plan_words import days_in_words, dose_in_words
from mitate.back.planned import LeftOut, PlannedExercise, Programme, Reason
from mitate.back.region import knowledge
from mitate.back.wishes import limits
from mitate.paper.parts import card, details, heading, listed, paragraph, section

__all__ = ["EXERCISES", "programme_section"]

EXERCISES = "exercises"
"""The folder beside the page with films and stills of the exercises."""


def programme_section(plan: Programme, say: Say, films: Container[str]) -> str:
    """Every exercise with what a physiotherapist wants to check, and what was left out and why."""
    parts = [_exercise(one, say, EXERCISES if one.exercise.name in films else "") for one in plan.exercises]
    language = say.language
    if plan.unserved:
        base = knowledge(plan.region)
        causes = _joined(say, (base.label(one.cause, language) for one in plan.unserved))
        parts.append(paragraph(say("unserved", causes=causes)))
    left = [one for one in plan.left_out if one.serves]
    if left:
        lines = listed(
            say("colon", what=one.exercise.title.text(language), words=_why_not(one, say)) for one in left
        )
        parts.append(details(f"{say('left_out_title')} ({len(left)})", lines))
    if plan.ask_first:
        questions = listed(limits()[name].ask.text(language) for name in plan.ask_first)
        parts.append(card("care", say("programme_assumed"), questions))
    parts.append(heading(3, say("advice")))
    parts.append(listed(_reason(one, say) for one in plan.advice))
    return section(say("programme"), *parts, name="programme")


def _exercise(one: PlannedExercise, say: Say, folder: str) -> str:
    """One exercise; its film lies in `folder`, if it has one."""
    language, own = say.language, one.exercise
    title = own.title.text(language)
    shown = player(own, language, folder=folder) if folder else paragraph(say("no_film"), "soft")
    parts = [heading(3, title, f"do-{own.name}"), shown]
    between = "、" if say.japanese else "; "
    much = f"{dose_in_words(one.dose, language)}{between}{days_in_words(one.days, language)}"
    dose = say("colon", what=say("dose"), words=much)
    parts.append(paragraph(dose, "dose"))
    if one.side:
        parts.append(paragraph(say(f"begin_{one.side}")))
    if one.version is not None:
        parts.append(paragraph(say("colon", what=say("own_way"), words=one.version.text(language))))
    parts.append(heading(4, say("steps")) + listed(own.steps.text(language), ordered=True))
    parts.append(heading(4, say("reasons")) + listed(_reason(reason, say) for reason in one.reasons))
    if one.dose_reasons:
        reasons = listed(_reason(reason, say) for reason in one.dose_reasons)
        parts.append(heading(4, say("dose_reasons")) + reasons)
    folded = [heading(4, say("not_when"))]
    folded.append(listed(f"{bar.why.text(language)} [{say.source(bar.source)}]" for bar in own.not_when))
    for key, steps in (("harder", own.harder), ("easier", own.easier)):
        if steps:
            folded.append(heading(4, say(key)) + listed(step.text.text(language) for step in steps))
    folded.append(heading(4, say("film_described")) + paragraph(own.description.text(language)))
    summary = _joined(say, (say(key) for key in ("not_when", "harder", "easier")))
    parts.append(details(summary, *folded))
    return f'<article aria-label="{escape(title)}">{"".join(parts)}</article>'


def _reason(one: Reason, say: Say) -> str:
    said = say.capital(one.say.text(say.language))
    return f"{said} [{say.source(one.source)}]"


def _why_not(one: LeftOut, say: Say) -> str:
    language = say.language
    if one.because == "barred":
        return say("because_barred", why=_joined(say, _bars(one, say)))
    of = exercise(one.of).title.text(language) if one.of else ""
    return say(f"because_{one.because}", of=of) if of else say(f"because_{one.because}")


def _bars(one: LeftOut, say: Say) -> Iterator[str]:
    for bar in one.barred:
        yield f"{bar.say.text(say.language)} ({bar.why.text(say.language)})"


def _joined(say: Say, words: Iterable[str]) -> str:
    return ("、" if say.japanese else "; ").join(words)
