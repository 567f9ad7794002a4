"""A back check in words, for the terminal: what the first page says, in fewer lines."""

from __future__ import annotations

from collections.abc import Iterator

from mitate.abduce.explain import seen_in_words
from mitate.back.check import QUESTIONS, BackCheck
from mitate.back.check_summary import flag_lines, not_judged, seen_lines, since_lines, verdict_of
from mitate.back.check_words import Say
from mitate.back.merged import Conflict
from mitate.back.plan_words import days_in_words, dose_in_words
from mitate.back.region import knowledge

__all__ = ["conflict_in_words", "in_words"]


def in_words(check: BackCheck) -> str:
    """What was found, what to do, what was not judged, what has changed, what to ask."""
    return "\n".join(_lines(check, Say(check.language, check.region)))


def conflict_in_words(one: Conflict, say: Say) -> str:
    """One contradiction, and which side counts."""
    base = knowledge(say.region)
    return say(
        f"conflict_{one.kept}",
        told=seen_in_words(base, one.told, say.language),
        filmed=seen_in_words(base, one.filmed, say.language),
        sure=say.share(one.sure),
    )


def _lines(check: BackCheck, say: Say) -> Iterator[str]:
    if check.stop:
        yield say("stop_title").upper()
        yield say("stop_text")
        for finding in check.triage.findings:
            yield f"  {finding.words.text(check.language)}"
            where = say("stop_where", where=finding.where.text(check.language))
            yield f"    {where} {finding.how_fast.text(check.language)}"
        yield say("intended_use")
        return
    missing = flag_lines(check, say)
    if missing:
        yield say("colon", what=say("first_flags"), words=("、" if say.japanese else "; ").join(missing))
        yield ""
    verdict = verdict_of(check, say)
    yield verdict.words
    yield from (f"  {words}" for words in verdict.several)
    yield from (words for words in (verdict.sure, verdict.together, verdict.also) if words)
    yield ""
    yield say("camera_saw")
    yield from (f"  {line}" for line in seen_lines(check, say))
    yield from _programme(check, say)
    yield from _open(check, say)
    if check.measured and check.trained_on == "simulated":
        yield say("simulated")
    yield say("intended_use")


def _programme(check: BackCheck, say: Say) -> Iterator[str]:
    plan = check.programme
    yield ""
    yield say("week")
    if plan is None or not plan.exercises:
        yield f"  {say('week_none')}"
        return
    days = days_in_words(plan.days, say.language)
    yield f"  {say('week_when', start=say.day(plan.start), days=days, minutes=plan.minutes)}"
    for one in plan.exercises:
        dose = dose_in_words(one.dose, say.language)
        yield "  " + say("colon", what=one.exercise.title.text(say.language), words=dose)
    yield f"  {say('again', date=say.day(plan.recheck))}"


def _open(check: BackCheck, say: Say) -> Iterator[str]:
    """Changes, contradictions, what was not judged, what to ask."""
    if check.followup is not None:
        lines = since_lines(check, say)
        yield ""
        yield say("since")
        told = (lines.when, *lines.scores, lines.measures, *lines.changed, *lines.grades, *lines.causes)
        yield from (f"  {line}" for line in told if line)
    if check.conflicts:
        yield ""
        yield say("conflicts")
        yield from (f"  {conflict_in_words(one, say)}" for one in check.conflicts)
    lacking = not_judged(check, say)
    if lacking:
        yield ""
        yield say("not_judged")
        yield from (f"  {say('colon', what=one.what, words=one.why)} {one.todo}".rstrip() for one in lacking)
    best = check.advice.suggestions[:QUESTIONS]
    if best:
        yield ""
        yield say("questions")
        yield from (f"  {one.question.label.text(check.language)}" for one in best)
    yield ""
