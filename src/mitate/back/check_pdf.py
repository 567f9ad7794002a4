"""The back check to print: the person's page first, then the condensed tables for the physiotherapist."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import exp
from pathlib import Path
from typing import Any

from mitate.abduce.explain import seen_in_words
from mitate.back.check import QUESTIONS, BackCheck
from mitate.back.check_page_details import PICTURES
from mitate.back.check_page_programme import EXERCISES
from mitate.back.check_pdf_parts import Sheet
from mitate.back.check_sources import cited_names, version_lines
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
from mitate.back.plan_words import days_in_words, dose_in_words
from mitate.back.planned import cited
from mitate.back.region import knowledge

__all__ = ["write_pdf"]

_MOST_NOT_JUDGED = 6


def write_pdf(check: BackCheck, path: Path, folder: Path) -> None:
    """Write the report as PDF; dates and contents alone decide its bytes.

    Args:
        folder: of the report, with the pictures and the stills of the exercises.

    Raises:
        OSError: the file cannot be written.
    """
    say = Say(check.language, check.region)
    region = say(f"region_{check.region}")
    title = say("file_title", region=say.capital(region), date=check.made.date().isoformat())
    sheet = Sheet(say, title, say("intended_use"))
    story = [*_first_page(check, say, sheet, folder)]
    if not check.stop:
        story += [sheet.new_page(), *_details(check, say, sheet, folder)]
    sheet.write(path, story)


def _first_page(check: BackCheck, say: Say, sheet: Sheet, folder: Path) -> Iterator[Any]:
    who = [say.day(check.made.date())]
    who += [say(check.case.sex)] if check.case.sex else []
    who += [say("years", age=check.case.age)] if check.case.age is not None else []
    yield sheet.title(say("title", region=say(f"region_{check.region}")))
    yield sheet.soft(" · ".join(who))
    if check.stop:
        yield from _stopped(check, say, sheet)
        return
    missing = flag_lines(check, say)
    if missing:
        yield sheet.box(
            say("first_flags"), [say("first_flags_text"), ("、" if say.japanese else "; ").join(missing)]
        )
    verdict = verdict_of(check, say)
    yield sheet.heading(say("found"))
    yield sheet.strong(verdict.words)
    yield from sheet.items(verdict.several)
    said = (verdict.sure, verdict.together, verdict.also)
    yield from (sheet.text(words) for words in said if words)
    yield sheet.subheading(say("camera_saw"))
    yield from sheet.items(seen_lines(check, say))
    if check.followup is not None:
        yield from _since(check, say, sheet)
    yield from _week(check, say, sheet, folder)
    at_once, soon = doctor_lines(check, say)
    yield sheet.heading(say("doctor"))
    between = "、" if say.japanese else "; "
    for key, lines in (("doctor_now", at_once), ("doctor_soon", soon)):
        if lines:
            yield sheet.text(say("colon", what=say(key), words=between.join(lines)))
    if check.measured and check.trained_on == "simulated":
        yield sheet.soft(say("simulated"))


def _stopped(check: BackCheck, say: Say, sheet: Sheet) -> Iterator[Any]:
    language = check.language
    yield sheet.heading(say("stop_title"))
    yield sheet.text(say("stop_text"))
    for _, group in groupby(check.triage.findings, key=lambda finding: finding.urgency):
        found = list(group)
        yield sheet.strong(say("stop_where", where=found[0].where.text(language)))
        yield sheet.text(found[0].how_fast.text(language))
        yield from sheet.items(finding.words.text(language) for finding in found)
    yield sheet.text(say("stop_not"))


def _week(check: BackCheck, say: Say, sheet: Sheet, folder: Path) -> Iterator[Any]:
    plan = check.programme
    yield sheet.heading(say("week"))
    if plan is None or not plan.exercises:
        yield sheet.text(say("week_none"))
        return
    days = days_in_words(plan.days, say.language)
    yield sheet.text(say("week_when", start=say.day(plan.start), days=days, minutes=plan.minutes))
    rows = []
    for one in plan.exercises:
        lines = [dose_in_words(one.dose, say.language)]
        if one.days != plan.days:
            lines.append(say("only_on", days=days_in_words(one.days, say.language)))
        if one.side:
            lines.append(say(f"begin_{one.side}"))
        lines += [one.reasons[0].say.text(say.language)] if one.reasons else []
        still = folder / EXERCISES / f"{one.exercise.name}.jpg"
        rows.append((still if still.is_file() else None, one.exercise.title.text(say.language), lines))
    yield sheet.cards(rows)
    yield sheet.text(say("again", date=say.day(plan.recheck)))


def _since(check: BackCheck, say: Say, sheet: Sheet) -> Iterator[Any]:
    lines = since_lines(check, say)
    yield sheet.heading(say("since"))
    yield sheet.text(lines.when)
    yield from sheet.items(lines.scores)
    yield sheet.text(lines.measures)
    yield from sheet.items((*lines.changed, *lines.grades, *lines.causes))


def _details(check: BackCheck, say: Say, sheet: Sheet, folder: Path) -> Iterator[Any]:
    yield sheet.title(say("details"))
    yield sheet.text(say("details_text"))
    for one, film in ((film.assessment, film) for film in check.films):
        yield sheet.heading(say.movement(film.movement))
        if one is None:
            error = film.refusal
            words = say.said(error.what) if error is not None else ""
            yield sheet.text(say("colon", what=say("refused"), words=words))
            continue
        stills = [folder / PICTURES / still.file for still in film.stills]
        yield from sheet.pictures([still for still in stills if still.is_file()])
        rows = [
            (
                say.label(c),
                say.valued(c.value, c.error, c.unit),
                say.limits(c.low, c.high, c.unit),
                say(f"grade_{c.grade}") + (f" ({say.share(c.sure)})" if c.sure is not None else ""),
                say.source(c.source),
            )
            for c in one.conditions
            if c.grade is not None and c.value is not None
        ]
        head = [say(key) for key in ("measure", "value", "expected", "grade", "source")]
        yield from sheet.table(head, rows, (29, 17, 17, 20, 17))
    yield from _reasoning(check, say, sheet)
    yield from _left_open(check, say, sheet)
    yield from _programme(check, say, sheet)
    yield sheet.heading(say("method"))
    simulated = [say("simulated")] if check.trained_on == "simulated" else []
    keys = ("method_lift", "method_camera", "method_logic", "method_programme")
    yield from sheet.items([*simulated, *(say(key) for key in keys)])
    yield sheet.heading(say("versions"))
    yield from (sheet.small(f"{name}: {what}") for name, what in version_lines(check, say))
    yield sheet.heading(say("sources"))
    for row in cited(cited_names(check), check.region):
        yield sheet.small(f"[{row['name']}] {row['citation'] or ''}")


def _reasoning(check: BackCheck, say: Say, sheet: Sheet) -> Iterator[Any]:
    base, result, language = knowledge(check.region), check.result, check.language
    yield sheet.heading(say("reasoning"))
    shares = {} if result.posterior is None else result.posterior.causes
    rows = [(say.capital(base.label(atom, language)), say.share(share)) for atom, share in shares.items()]
    if not rows:
        yield sheet.text(say("verdict_none"))
        return
    yield from sheet.table([say("cause"), say("share")], rows, (82, 18))
    first = sorted((p for p in result.contributions[0] if p.observation), key=lambda p: -abs(p.nats))[:8]
    told = []
    for part in first:
        if part.observation is None or abs(part.nats) < 0.18:
            continue
        key = "speaks_for" if part.nats > 0 else "speaks_against"
        odds = f"{exp(min(abs(part.nats), 9.2)):.1f}"
        words = say.capital(seen_in_words(base, part.observation, language))
        told.append((words, say(key, odds=odds)))
    if told:
        yield sheet.subheading(say("contributions"))
        yield from sheet.table([say("observation"), say("speaks")], told, (72, 28))
    if result.posterior is not None:
        yield from sheet.items(result.posterior.limits(language))


def _left_open(check: BackCheck, say: Say, sheet: Sheet) -> Iterator[Any]:
    """How sure, what was not judged, contradictions, questions."""
    yield sheet.heading(say("sure"))
    yield from sheet.items(sure_lines(check, say))
    lines = not_judged(check, say)[:_MOST_NOT_JUDGED]
    if lines:
        yield sheet.heading(say("not_judged"))
        yield from sheet.items(
            f"{say('colon', what=line.what, words=line.why)} {line.todo}".strip() for line in lines
        )
    best = check.advice.suggestions[:QUESTIONS]
    if best:
        yield sheet.heading(say("questions"))
        yield from sheet.items(one.question.label.text(check.language) for one in best)


def _programme(check: BackCheck, say: Say, sheet: Sheet) -> Iterator[Any]:
    plan = check.programme
    if plan is None or not plan.exercises:
        return
    yield sheet.heading(say("programme"))
    for one in plan.exercises:
        yield sheet.subheading(one.exercise.title.text(say.language))
        yield from sheet.items(one.exercise.steps.text(say.language))
        yield from (
            sheet.small(f"{say.capital(reason.say.text(say.language))} [{say.source(reason.source)}]")
            for reason in (*one.reasons, *one.dose_reasons)
        )
    yield sheet.subheading(say("stop_rules"))
    yield from sheet.items(reason.say.text(say.language) for reason in plan.stop_rules)
