"""The back check as a page: the first part for the person, the rest for the physiotherapist who checks it.

One HTML file without scripts; pictures and films lie beside it in the same folder.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import groupby

from mitate.back.check import BackCheck
from mitate.back.check_page_details import detail_sections, since_table
from mitate.back.check_page_parts import image, link, meter
from mitate.back.check_page_programme import EXERCISES
from mitate.back.check_style import STYLE
from mitate.back.check_summary import (
    Verdict,
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
from mitate.back.planned import PlannedExercise, Programme
from mitate.paper.page import page
from mitate.paper.parts import card, details, heading, listed, paragraph, section

__all__ = ["page_of"]

_MOST_FLAGS, _MOST_ADVICE = 10, 2
"""Questions that are not folded away; pieces of advice, all of which stand with the programme."""


def page_of(check: BackCheck, films: Container[str]) -> str:
    """The page.

    Args:
        films: names of the exercises whose films and stills lie in the folder `EXERCISES` beside the page.
    """
    say = Say(check.language, check.region)
    body = "\n".join(_sections(check, say, films))
    region = say(f"region_{check.region}")
    title = say("file_title", region=say.capital(region), date=check.made.date().isoformat())
    banner = say("banner")
    if check.measured and check.trained_on == "simulated":
        banner = f"{banner} {say('simulated')}"
    return page(title, banner, body, style=STYLE, language=check.language, skip=say("skip"), dark=False)


def _sections(check: BackCheck, say: Say, films: Container[str]) -> Iterator[str]:
    title = heading(1, say("title", region=say(f"region_{check.region}")))
    yield f"<header>{title}{_who(check, say)}</header>"
    if check.stop:
        yield from _stopped(check, say)
    else:
        yield from _for_the_person(check, say, films)
    yield from detail_sections(check, say, films)


def _who(check: BackCheck, say: Say) -> str:
    said = [say.day(check.made.date())]
    said += [say(check.case.sex)] if check.case.sex else []
    said += [say("years", age=check.case.age)] if check.case.age is not None else []
    said += [say("height", cm=100 * check.height_m)] if check.height_m else []
    return paragraph(" · ".join(said), "who")


def _stopped(check: BackCheck, say: Say) -> Iterator[str]:
    """A red flag: where to go and how fast, and nothing else."""
    language = check.language
    parts = [paragraph(say("stop_text"))]
    for _, group in groupby(check.triage.findings, key=lambda finding: finding.urgency):
        found = list(group)
        where = say("stop_where", where=found[0].where.text(language))
        parts.append(paragraph(where, "verdict"))
        parts.append(paragraph(found[0].how_fast.text(language)))
        parts.append(heading(3, say("stop_answers")))
        parts.append(listed(finding.words.text(language) for finding in found))
    yield card("alarm", say("stop_title"), *parts, level=2)
    yield paragraph(say("stop_not"))


def _for_the_person(check: BackCheck, say: Say, films: Container[str]) -> Iterator[str]:
    missing = flag_lines(check, say)
    if missing:
        text = paragraph(say("first_flags_text"))
        more = missing[_MOST_FLAGS:]
        rest = details(say("first_flags_more", n=len(more)), listed(more)) if more else ""
        yield card("care", say("first_flags"), text, listed(missing[:_MOST_FLAGS]), rest, level=2)
    yield _found(check, say)
    if check.followup is not None:
        yield section(
            say("since"),
            *_since(check, say),
            details(say("since_table"), since_table(check, say)),
            name="since",
        )
    if check.programme is not None:
        yield _week(check.programme, say, films)
    yield _doctor(check, say)
    yield section(say("sure"), listed(sure_lines(check, say)), name="sure")
    yield _not_judged(check, say)
    yield paragraph(say("intended_use"), "soft")
    yield f'<p class="go">{link("#details", say("to_details"))}</p>'


def _found(check: BackCheck, say: Say) -> str:
    """The verdict with how sure it is, what the camera saw, habits."""
    verdict = verdict_of(check, say)
    parts = list(_verdict(verdict))
    parts.append(heading(3, say("camera_saw")))
    parts.append(listed(seen_lines(check, say)))
    if verdict.habits:
        parts += [heading(3, say("habits")), listed(verdict.habits)]
    return section(say("found"), *parts, name="found")


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield paragraph(verdict.words, "verdict")
    if verdict.several:
        yield listed(verdict.several)
    if verdict.sure:
        yield paragraph(verdict.sure)
        yield meter(verdict.share, verdict.sure)
    for words in (verdict.together, verdict.also):
        if words:
            yield paragraph(words)


def _week(plan: Programme, say: Say, films: Container[str]) -> str:
    """The exercises of the week as cards, how to know when to stop, and what to do every day."""
    if not plan.exercises:
        return section(say("week"), paragraph(say("week_none")), name="week")
    days = days_in_words(plan.days, say.language)
    parts = [paragraph(say("week_when", start=say.day(plan.start), days=days, minutes=plan.minutes))]
    if plan.few:
        parts.append(paragraph(say("week_few")))
    cards = "".join(_exercise(one, plan, say, one.exercise.name in films) for one in plan.exercises)
    parts.append(f'<ul class="exercises">{cards}</ul>')
    language = say.language
    stop = listed(reason.say.text(language) for reason in plan.stop_rules)
    if stop:
        parts.append(card("care", say("stop_rules"), stop))
    if plan.advice:
        parts.append(heading(3, say("each_day")))
        parts.append(listed(reason.say.text(language) for reason in plan.advice[:_MOST_ADVICE]))
    again = paragraph(say.capital(plan.recheck_reason.say.text(language)))
    parts.append(card("fine", say("again", date=say.day(plan.recheck)), again))
    return section(say("week"), *parts, name="week")


def _exercise(one: PlannedExercise, plan: Programme, say: Say, has_film: bool) -> str:
    title = one.exercise.title.text(say.language)
    parts = [f"<h3>{link(f'#do-{one.exercise.name}', title)}</h3>"]
    parts.append(paragraph(dose_in_words(one.dose, say.language), "dose"))
    if one.days != plan.days:
        parts.append(paragraph(say("only_on", days=days_in_words(one.days, say.language))))
    if one.side:
        parts.append(paragraph(say(f"begin_{one.side}")))
    if one.version is not None:
        parts.append(paragraph(one.version.text(say.language)))
    elif one.reasons:
        parts.append(paragraph(say.capital(one.reasons[0].say.text(say.language)), "soft"))
    go = say("watch_film" if has_film else "steps_link")
    parts.append(f'<p class="go">{link(f"#do-{one.exercise.name}", go)}</p>')
    still = image(f"{EXERCISES}/{one.exercise.name}.jpg", say("still_of", title=title)) if has_film else ""
    return f'<li>{still}<div class="inside">{"".join(parts)}</div></li>'


def _doctor(check: BackCheck, say: Say) -> str:
    at_once, soon = doctor_lines(check, say)
    parts = []
    if at_once:
        parts.append(card("alarm", say("doctor_now"), listed(at_once)))
    parts.append(card("care", say("doctor_soon"), listed(soon)))
    return section(say("doctor"), *parts, name="doctor")


def _since(check: BackCheck, say: Say) -> Iterator[str]:
    """What has changed, in words."""
    lines = since_lines(check, say)
    yield paragraph(lines.when)
    if lines.scores:
        yield listed(lines.scores)
    yield paragraph(lines.measures)
    yield listed(lines.changed)
    if lines.grades:
        yield heading(3, say("since_grades"))
        yield listed(lines.grades)
    if lines.causes:
        yield heading(3, say("since_causes"))
        yield listed(lines.causes)
        yield paragraph(say("since_causes_note"), "soft")


def _not_judged(check: BackCheck, say: Say) -> str:
    lines = not_judged(check, say)
    if not lines:
        return section(say("not_judged"), paragraph(say("not_judged_none")), name="not-judged")
    rows = []
    for line in lines:
        todo = paragraph(say("colon", what=say("what_to_do"), words=line.todo)) if line.todo else ""
        rows.append(f"{heading(3, line.what)}{paragraph(line.why)}{todo}")
    return section(say("not_judged"), *rows, name="not-judged")
