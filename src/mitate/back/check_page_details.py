"""What a physiotherapist checks on the back check's page: measures, proofs, reasons, limits, versions."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from html import escape

from mitate.abduce.explain import Contribution, proof_text, seen_in_words
from mitate.back.check import QUESTIONS, BackCheck
from mitate.back.check_drawings import angle_chart, back_curve, measure_bar
from mitate.back.check_page_parts import described, image, link
from mitate.back.check_page_programme import programme_section
from mitate.back.check_sources import cited_names, version_lines
from mitate.back.check_text import conflict_in_words
from mitate.back.check_words import Say
from mitate.back.checking import WatchedFilm
from mitate.back.planned import cited
from mitate.back.region import knowledge
from mitate.back.shown import plane_of
from mitate.back.stills import Still
from mitate.paper.parts import Cell, card, details, figure, grid, heading, listed, paragraph, section, table

__all__ = ["PICTURES", "PROOF", "detail_sections", "since_table"]

PICTURES = "pictures"
"""The folder beside the page with stills of the films and the proof."""
PROOF = "proof.svg"


def detail_sections(check: BackCheck, say: Say, films: Container[str]) -> Iterator[str]:
    """Everything behind the first page, as sections."""
    text = paragraph(say("details_text"))
    yield f'<div class="sheet" id="details"><h2 class="part">{escape(say("details"))}</h2>{text}</div>'
    if check.films:
        parts = [_film(film, check, say) for film in check.films]
        yield section(say("measures"), *parts, name="measures")
    if not check.stop:
        yield section(say("reasoning"), *_reasoning(check, say), name="reasoning")
        yield section(say("conflicts"), _conflicts(check, say), name="conflicts")
        yield section(say("questions"), *_questions(check, say), name="questions")
    if check.programme is not None and check.programme.exercises:
        yield programme_section(check.programme, say, films)
    limits = [say("method_lift"), say("method_camera"), say("method_logic"), say("method_programme")]
    if check.trained_on == "simulated":
        limits.insert(0, say("simulated"))
    yield section(say("method"), listed(limits), name="method")
    yield section(say("versions"), described(version_lines(check, say)), name="versions")
    yield section(say("sources"), _sources(check), name="sources")
    yield f"<footer>{paragraph(say('intended_use'))}</footer>"


def _film(film: WatchedFilm, check: BackCheck, say: Say) -> str:
    """One film: stills, charts, measures beside their norms, the rest folded away."""
    name = say.movement(film.movement)
    parts = [heading(3, name, f"film-{film.movement}")]
    if film.assessment is None or film.refusal is not None:
        error = film.refusal
        said = [] if error is None else [say.said(error.what), say.said(error.todo or "")]
        return parts[0] + card("care", say("refused"), *map(paragraph, said), level=4)
    one = film.assessment
    parts.append(paragraph(_seen(film, say), "soft"))
    sagittal = plane_of(film.movement) == "sagittal"
    curve = back_curve(one, say) if sagittal else ""
    shown = [_still(still, film.movement, say) for still in film.stills]
    shown.append(figure(curve, say("chart_curve"), style="drawn"))
    parts.append(grid(*shown, style="stills many" if len(film.stills) > 2 else "stills"))
    if sagittal and not curve:
        parts.append(paragraph(say("chart_curve_none"), "soft"))
    parts.append(figure(angle_chart(one, say), say("chart_angles")))
    parts.append(_graded(film, say))
    parts.append(_missing(film, say))
    parts.append(_others(film, say))
    if one.warnings:
        parts.append(heading(4, say("notes")) + listed(say.said(words) for words in one.warnings))
    return "".join(parts)


def _seen(film: WatchedFilm, say: Say) -> str:
    one = film.assessment
    if one is None:
        return ""
    view = say("view_unknown")
    if math.isfinite(one.view.yaw):
        side = say("view_" + one.view.seen_from.replace(" ", "_"))
        view = say("view_words", side=side, yaw=say.valued(one.view.yaw, one.view.yaw_error, "deg"))
    seconds = one.track.report.duration_s
    return say("seen_from", repetitions=len(one.phases), seconds=seconds, view=view)


def _still(still: Still, movement: str, say: Say) -> str:
    moment = say(f"still_{still.side or still.moment}")
    alt = say("still_alt", movement=say.movement(movement), moment=moment)
    drawn = image(f"{PICTURES}/{still.file}", alt, (still.width, still.height))
    return figure(drawn, moment)


def _graded(film: WatchedFilm, say: Say) -> str:
    """Measures that a norm grades."""
    one = film.assessment
    rows = []
    for condition in () if one is None else one.conditions:
        if condition.grade is None or condition.value is None:
            continue
        below = ""
        if condition.sure is not None:
            key = "grade_borderline" if condition.borderline else "grade_sure"
            below = say(key, sure=say.share(condition.sure))
        if condition.held:
            below = say("grade_held")
        rows.append(
            [
                Cell(say.label(condition), condition.part_label.text(say.language)),
                Cell(
                    say.valued(condition.value, condition.error, condition.unit),
                    drawing=measure_bar(condition, say),
                ),
                Cell(say.limits(condition.low, condition.high, condition.unit)),
                Cell(say(f"grade_{condition.grade}"), below, _strong(condition.grade != "moderate")),
                _source(condition.source, say),
            ]
        )
    head = [say(key) for key in ("measure", "value", "expected", "grade", "source")]
    return table(
        say("table_graded", movement=say.movement(film.movement)), head, rows, style="folds measures"
    )


def _strong(yes: bool) -> str:
    return "strong" if yes else ""


def _source(name: str, say: Say) -> Cell:
    """A source that leads to its line at the end of the page."""
    if not name or name == "expert":
        return Cell(say.source(name) if name else "")
    return Cell("", drawing=link(f"#source-{name}", name))


def _others(film: WatchedFilm, say: Say) -> str:
    """Measures without a norm, folded away."""
    one = film.assessment
    if one is None:
        return ""
    graded = {condition.measure for condition in one.conditions}
    rows = [
        [
            Cell(say.measure(measure.name)),
            Cell(say.valued(measure.value, measure.error, measure.unit)),
            _source(measure.source, say),
        ]
        for measure in one.measures.values.values()
        if measure.name not in graded
    ]
    title = say("table_other", movement=say.movement(film.movement))
    inside = table(title, [say(key) for key in ("measure", "value", "source")], rows)
    return details(title, inside)


def _missing(film: WatchedFilm, say: Say) -> str:
    """What was not measured, with reason and remedy; measures of one reason stand together."""
    one = film.assessment
    if one is None:
        return ""
    labels = {condition.measure: say.label(condition) for condition in one.conditions}
    rows = [
        [
            Cell(labels.get(lacking.name) or say.measure(lacking.name)),
            Cell(say.said(lacking.reason)),
            Cell(say.said(lacking.todo)),
        ]
        for lacking in one.measures.missing.values()
    ]
    title = say("table_missing", movement=say.movement(film.movement))
    inside = table(title, [say(key) for key in ("measure", "reason", "what_to_do")], rows)
    return details(f"{title} ({len(rows)})", inside)


def _reasoning(check: BackCheck, say: Say) -> Iterator[str]:
    base, result, language = knowledge(check.region), check.result, check.language
    shares = {} if result.posterior is None else result.posterior.causes
    rows = [
        [Cell(say.capital(base.label(atom, language)), str(atom)), Cell(say.share(share), style="strong")]
        for atom, share in shares.items()
    ]
    yield table(say("causes_table"), [say("cause"), say("share")], rows) or paragraph(say("verdict_none"))
    if result.explanations:
        alt = say("proof_graph")
        graph = image(f"{PICTURES}/{PROOF}", alt, style="graph")
        wide = f'<div class="wide" role="region" tabindex="0" aria-label="{escape(alt)}">{graph}</div>'
        yield figure(wide, alt)
    sets = () if result.posterior is None else result.posterior.sets
    for number, one in enumerate(result.explanations):
        title = say("explanation", n=number + 1, share=say.share(sets[number][1]))
        against = _contributions(result.contributions[number], check, say)
        proof = _proof(proof_text(base, one, language))
        inside = [heading(4, say("proof")), proof, against]
        yield heading(3, title) + "".join(inside) if number == 0 else details(title, *inside)
    if result.posterior is not None:
        yield heading(3, say("limits_title")) + listed(result.posterior.limits(language))
    unsure = [
        [
            Cell(say.capital(seen_in_words(base, one.observation, language))),
            Cell(say.share(one.sure)),
            Cell(say("left_out") if one.left_out else say("counts_less")),
        ]
        for one in check.case.unsure
    ]
    head = [say("observation"), say("share"), say("notes")]
    yield details(say("unsure_title"), table(say("unsure_title"), head, unsure))
    yield from _scores(check, say)


def _proof(text: str) -> str:
    """The proof's lines by their depth, without its list of sources, which stands at the end of the page."""
    rows = text.splitlines()
    # The list's lines begin with a name in brackets, and have a heading of their own above them.
    end = next((place - 1 for place, row in enumerate(rows) if row.lstrip().startswith("[")), len(rows))
    lines = []
    for row in rows[:end]:
        depth = (len(row) - len(row.lstrip())) / 2
        lines.append(f'<p style="padding-left: {0.9 * depth + 1.2:.1f}em">{escape(row.strip())}</p>')
    return grid(*lines, style="proof")


def _contributions(parts: Sequence[Contribution], check: BackCheck, say: Say) -> str:
    """What speaks for an explanation and against it, the strongest first; what hardly speaks is left out."""
    base = knowledge(check.region)
    telling = sorted((part for part in parts if abs(part.nats) > math.log(1.2)), key=lambda p: -abs(p.nats))
    rows = []
    for part in telling:
        words = (
            say("prior")
            if part.observation is None
            else seen_in_words(base, part.observation, check.language)
        )
        key = "speaks_for" if part.nats > 0 else "speaks_against"
        odds = f"{math.exp(min(abs(part.nats), 9.2)):.1f}"
        rows.append([Cell(say.capital(words)), Cell(say(key, odds=odds), style=_strong(part.nats > 0))])
    return table(say("contributions"), [say("observation"), say("speaks")], rows)


def _scores(check: BackCheck, say: Say) -> Iterator[str]:
    """The questionnaires, as `mitate back explain` tells them."""
    from mitate.back._words import WORDS

    words, risk, held_up = WORDS[check.language], check.case.risk, check.case.disability
    said = []
    if risk is not None:
        band = words[f"risk_{risk.band}"]
        said.append(words["risk"].format(band=band, total=risk.total, psychosocial=risk.psychosocial))
    if held_up is not None:
        band = words[f"disability_{held_up.band}"]
        said.append(
            words["disability"].format(
                percent=held_up.percent,
                band=band,
                answered=held_up.answered,
                change=held_up.detectable_percent,
            )
        )
        said += [words["examine"]] if held_up.examine else []
    if said:
        yield heading(3, say("scores")) + listed(said)


def _conflicts(check: BackCheck, say: Say) -> str:
    return listed(conflict_in_words(one, say) for one in check.conflicts) or paragraph(say("conflicts_none"))


def _questions(check: BackCheck, say: Say) -> Iterator[str]:
    best = check.advice.suggestions[:QUESTIONS]
    if not best:
        yield paragraph(say("questions_none"))
        return
    yield paragraph(say("questions_text"))
    lines = []
    for one in best:
        gain = say("question_gain", seconds=one.question.seconds, gain=one.gain_nats)
        lines.append(f"{one.question.label.text(check.language)} ({gain})")
    yield listed(lines, ordered=True)


def since_table(check: BackCheck, say: Say) -> str:
    """Every measure that this check and the earlier one have."""
    if check.followup is None:
        return ""
    head = [say(key) for key in ("measure", "then", "now", "difference", "detectable", "grade")]
    tables = []
    for movement, found in check.followup.measures.items():
        labels = {
            c.measure: say.label(c) for o in check.measured if o.movement == movement for c in o.conditions
        }
        rows = [
            [
                Cell(labels.get(one.name) or say.measure(one.name)),
                Cell(say.number(one.before, one.unit)),
                Cell(say.number(one.now, one.unit)),
                Cell(say.number(one.now - one.before, one.unit, plus=True)),
                Cell(say.number(one.detectable, one.unit)),
                Cell(say("real") if one.is_real else say("chance"), style=_strong(one.is_real)),
            ]
            for one in found
        ]
        tables.append(table(say.movement(movement), head, rows))
    between = "、" if say.japanese else ", "
    for key, names in (
        ("since_only_then", check.followup.only_then),
        ("since_only_now", check.followup.only_now),
    ):
        if names:
            tables.append(paragraph(say(key, what=between.join(say.movement(name) for name in names))))
    return "".join(tables)


def _sources(check: BackCheck) -> str:
    lines = []
    for row in cited(cited_names(check), check.region):
        if row["citation"]:
            url = row["url"] or ""
            address = f" {link(url, url)}" if url.startswith("http") else ""
            words = escape(f"[{row['name']}] {row['citation']}")
            lines.append(f'<li id="source-{escape(str(row["name"]))}">{words}{address}</li>')
    return f'<ul class="sources">{"".join(lines)}</ul>' if lines else ""
