"""A result in words, for the terminal, and its best proof as a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from mitate.abduce.explain import Contribution, WhyNot, proof_text, seen_in_words
from mitate.abduce.ground import MICRO
from mitate.abduce.language import KnowledgeBase
from mitate.back._words import WORDS
from mitate.back.cause import Advice, BackResult, knowledge
from mitate.back.region import LOW_BACK
from mitate.back.triage import red_flags

__all__ = ["advice_in_words", "in_words", "picture", "share_in_words", "why_not_in_words"]

_TOLD = 3
"""Observations told of each explanation as speaking for it, and as speaking against it."""


def share_in_words(share: float) -> str:
    """A share as it is read: no digits that mean nothing, and never 0 or 100 % by rounding alone."""
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def in_words(result: BackResult) -> str:
    """The result as text: who, red flags, causes, proofs, scores, and what the numbers are not."""
    return "\n".join(_lines(result))


def picture(result: BackResult, path: Path) -> bool:
    """Draw the proof of the best explanation.

    Returns:
        Whether there was one to draw.

    Raises:
        InputError: an ending that is no picture.
        OSError: the file cannot be written.
    """
    if not result.explanations:
        return False
    from mitate.abduce.draw import draw_proof

    draw_proof(knowledge(result.case.region), result.explanations[0], path, language=result.language)
    return True


def _lines(result: BackResult) -> Iterator[str]:
    say = WORDS[result.language]
    case = result.case
    who = [say[case.sex]] if case.sex else []
    who += [say["years"].format(age=case.age)] if case.age is not None else []
    yield f"{case.name}: {', '.join(who)}" if who else case.name
    yield ""
    yield from _red_flags(result)
    if not result.stop:
        yield from _causes(result)
    yield from _scores(result)
    yield ""
    yield say["knowledge"]
    yield say["intended_use"]


def _red_flags(result: BackResult) -> Iterator[str]:
    say, language, screened = WORDS[result.language], result.language, result.triage
    if screened.stops:
        yield say["stop"]
        for _, group in groupby(screened.findings, key=lambda finding: finding.urgency):
            findings = list(group)
            yield from (f"  {finding.words.text(language)}" for finding in findings)
            where, how_fast = findings[0].where.text(language), findings[0].how_fast.text(language)
            yield "    " + say["where"].format(where=where, how_fast=how_fast)
        return
    if not screened.unanswered:
        yield say["clear"]
    else:
        yield say["some_asked" if result.case.red_flags else "none_asked"]
        left = [say["age"]] if "age" in screened.unanswered else []
        flags = red_flags(result.case.region)
        left += [flag.words.text(language) for flag in flags if flag.name in screened.unanswered]
        yield "  " + "; ".join(left)
    yield from (label.text(language) for label in screened.advice)


def _causes(result: BackResult) -> Iterator[str]:
    say, language = WORDS[result.language], result.language
    base = knowledge(result.case.region)
    yield ""
    shares = {} if result.posterior is None else result.posterior.causes
    if not result.explanations:
        yield say["impossible"]
    elif not shares:
        yield say["no_cause"]
    for title, atoms in (("causes", shares), ("habits", result.habits)):
        if atoms:
            yield say[title]
        for atom, share in atoms.items():
            yield f"  {share_in_words(share):>5}  {base.label(atom, language)}"
    sets = () if result.posterior is None else result.posterior.sets
    for number, (one, parts) in enumerate(zip(result.explanations, result.contributions, strict=True), 1):
        yield ""
        yield say["explanation"].format(number=number, share=share_in_words(sets[number - 1][1]))
        yield from (f"  {line}" for line in proof_text(base, one, language).splitlines())
        for key, sign in (("for", 1), ("against", -1)):
            told = _strongest(base, parts, sign, language)
            if told:
                yield "  " + say[key].format(what=told)
    yield from _measures(result)
    yield from _borderline(result)
    yield ""
    if result.posterior is not None:
        yield say["limits"]
        yield from (f"  {limit}" for limit in result.posterior.limits(language))
    answer = result.answer
    if answer is not None and answer.status == "stopped" and answer.explanations:
        yield say["stopped"].format(gap=(answer.explanations[0].cost - answer.lower_bound) / MICRO)


def _measures(result: BackResult) -> Iterator[str]:
    say, base = WORDS[result.language], knowledge(result.case.region)
    if result.case.graded:
        yield ""
        yield say["measures"]
    for graded in result.case.graded:
        grade, shown = graded.grade, graded.observation
        low, high = ("" if limit is None else f"{limit:.3g}" for limit in (grade.low, grade.high))
        movement = base.sorts["movement"].values.get(graded.movement)
        words = "–" if shown is None else seen_in_words(base, shown, result.language)
        line = say["measure"].format(
            measure=graded.measure
            if movement is None
            else f"{movement.text(result.language)}, {graded.measure}",
            value=graded.value,
            words=words,
            limits=f"{low} – {high}".strip(),
            source=grade.source,
        )
        yield f"  {line}" + (say["borderline"] if grade.borderline else "")


def _borderline(result: BackResult) -> Iterator[str]:
    say, base = WORDS[result.language], knowledge(result.case.region)
    unsure = [one for one in result.case.unsure if one.borderline]
    if unsure:
        yield ""
        yield say["borderline_title"]
    for one in unsure:
        words = seen_in_words(base, one.observation, result.language)
        line = say["borderline_one"].format(words=words, sure=share_in_words(one.sure))
        yield f"  {line}" + (say["left_out"] if one.left_out else "")


def _strongest(base: KnowledgeBase, parts: tuple[Contribution, ...], sign: int, language: str) -> str:
    """The observations that speak most for (sign 1) or against (−1) an explanation, with their odds."""
    say = WORDS[language]
    told = sorted(
        (part for part in parts if part.observation is not None and sign * part.nats > math.log(1.2)),
        key=lambda part: -sign * part.nats,
    )
    return "; ".join(
        say["times"].format(
            words=seen_in_words(base, part.observation, language), odds=f"{math.exp(abs(part.nats)):.1f}"
        )
        for part in told[:_TOLD]
        if part.observation is not None
    )


def _scores(result: BackResult) -> Iterator[str]:
    say = WORDS[result.language]
    risk, disability = result.case.risk, result.case.disability
    if risk is not None:
        yield ""
        yield say["risk"].format(
            band=say[f"risk_{risk.band}"], total=risk.total, psychosocial=risk.psychosocial
        )
    if disability is not None:
        yield ""
        yield say["disability"].format(
            percent=disability.percent,
            band=say[f"disability_{disability.band}"],
            answered=disability.answered,
            change=disability.detectable_percent,
        )
        if disability.examine:
            yield say["examine"]


def advice_in_words(advice: Advice, k: int, language: str = "en") -> str:
    """What to ask next as text: red flags first, then the `k` best questions."""
    say = WORDS[language]
    if advice.stop:
        return say["ask_nothing"]
    lines = []
    if advice.red_flags or advice.age_first:
        lines.append(say["ask_first"])
        lines += [f"  {flag.question.text(language)} [{flag.name}]" for flag in advice.red_flags]
        lines += [f"  {say['age']} [age]"] if advice.age_first else []
    lines.append(say["ask_next"] if advice.suggestions else say["ask_no_more"])
    for suggestion in advice.suggestions[:k]:
        question = suggestion.question
        gain = say["gain"].format(seconds=question.seconds, gain=suggestion.gain_nats)
        lines.append(f"  {question.label.text(language)} [{question.name}: {gain}]")
    return "\n".join(lines)


def why_not_in_words(found: WhyNot, language: str = "en", *, region: str = LOW_BACK) -> str:
    """Why a cause is not in the best explanation, and what would have to be otherwise, as text."""
    base, say = knowledge(region), WORDS[language]
    lines = [say["why_not"].format(cause=base.label(found.atom, language))]
    if found.rival is None or found.odds is None:
        return f"{lines[0]} {say['impossible_with']}"
    if not found.gap:
        return f"{lines[0]} {say['is_best']}"
    lines[0] += " " + say["odds"].format(odds=f"{found.odds:.1f}")
    told = _strongest(base, found.against, 1, language)
    if told:
        lines.append("  " + say["against"].format(what=told))
    if found.changes is None:
        lines.append("  " + say["no_change"].format(most=found.searched))
    for change in found.changes or ():
        seen = seen_in_words(base, change.observation, language)
        to = "" if change.to is None else seen_in_words(base, change.to, language)
        lines.append("  " + say["not_made" if change.to is None else "other"].format(seen=seen, to=to))
    return "\n".join(lines)
