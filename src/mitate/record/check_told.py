"""A back check in sentences, English and Japanese, for the pages: said once, when the check is judged.

The sentences are those of the back check's report (`mitate.back.check_summary`); they are kept in the result
(``result["told"][LANGUAGE]``), so that a page needs neither the reasoner nor the rules to show them.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mitate.back.check import BackCheck
    from mitate.back.check_words import Say
    from mitate.back.planned import PlannedExercise, Programme

__all__ = ["told_of"]

_LANGUAGES = ("en", "ja")
_MOST_CAUSES = 5
_LEAST_SHARE = 0.02


def told_of(check: BackCheck) -> dict[str, dict[str, Any]]:
    """What a check says, by language.

    Returns:
        for ``en`` and ``ja``: ``stop`` (red flags by urgency: where, how_fast, words), ``verdict``
        (words, sure, share 0 to 1, several, together, also, habits), ``causes`` (cause, label, share, shown),
        ``seen``, ``sure``, ``doctor`` (at_once, soon), ``not_judged`` (what, why, todo), ``unasked`` (red
        flags), ``since`` (or None), ``programme`` (or None).
    """
    return {language: _told(check, language) for language in _LANGUAGES}


def _told(check: BackCheck, language: str) -> dict[str, Any]:
    from mitate.back.check_summary import (
        doctor_lines,
        flag_lines,
        not_judged,
        seen_lines,
        since_lines,
        sure_lines,
        verdict_of,
    )
    from mitate.back.check_words import Say

    here, say = replace(check, language=language), Say(language, check.region)
    at_once, soon = doctor_lines(here, say)
    return {
        "stop": _stops(here),
        "verdict": asdict(verdict_of(here, say)),
        "causes": _causes(here, say),
        "seen": seen_lines(here, say),
        "sure": sure_lines(here, say),
        "doctor": {"at_once": at_once, "soon": soon},
        "not_judged": [asdict(one) for one in not_judged(here, say)],
        "unasked": flag_lines(here, say),
        "since": None if here.followup is None else asdict(since_lines(here, say)),
        "programme": None if here.programme is None else _plan(here.programme, say),
    }


def _stops(check: BackCheck) -> list[dict[str, Any]]:
    told = []
    for urgency, group in groupby(check.triage.findings, key=lambda finding: finding.urgency):
        found = list(group)
        told.append(
            {
                "urgency": urgency,
                "where": found[0].where.text(check.language),
                "how_fast": found[0].how_fast.text(check.language),
                "words": [finding.words.text(check.language) for finding in found],
            }
        )
    return told


def _causes(check: BackCheck, say: Say) -> list[dict[str, Any]]:
    shares = {} if check.result.posterior is None else check.result.posterior.causes
    return [
        {
            "cause": str(atom),
            "label": say.capital(say.cause(atom)),
            "share": share,
            "shown": say.share(share),
        }
        for atom, share in list(shares.items())[:_MOST_CAUSES]
        if share >= _LEAST_SHARE
    ]


def _plan(plan: Programme, say: Say) -> dict[str, Any]:
    from mitate.back.plan_words import days_in_words

    language = say.language
    days = days_in_words(plan.days, language) if plan.days else ""
    return {
        "when": say("week_when", start=say.day(plan.start), days=days, minutes=plan.minutes)
        if plan.exercises
        else say("week_none"),
        "few": say("week_few") if plan.few and plan.exercises else "",
        "days": list(plan.days),
        "minutes": plan.minutes,
        "start": plan.start.isoformat(),
        "recheck": plan.recheck.isoformat(),
        "again": say("again", date=say.day(plan.recheck)),
        "again_why": say.capital(plan.recheck_reason.say.text(language)),
        "exercises": [_exercise(one, plan, say) for one in plan.exercises],
        "stop_rules": [one.say.text(language) for one in plan.stop_rules],
        "advice": [one.say.text(language) for one in plan.advice],
        "claim": plan.claim,
    }


def _exercise(one: PlannedExercise, plan: Programme, say: Say) -> dict[str, Any]:
    from mitate.back.plan_words import days_in_words, dose_in_words

    language = say.language
    return {
        "name": one.exercise.name,
        "title": one.exercise.title.text(language),
        "dose": dose_in_words(one.dose, language),
        "target": one.dose.repetitions * (2 if one.dose.per_side else 1),
        "days": list(one.days),
        "only_on": say("only_on", days=days_in_words(one.days, language)) if one.days != plan.days else "",
        "side": say(f"begin_{one.side}") if one.side else "",
        "version": "" if one.version is None else one.version.text(language),
        "why": say.capital(one.reasons[0].say.text(language)) if one.reasons else "",
        "minutes": one.minutes,
    }
