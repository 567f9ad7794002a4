"""A back check's result as the clinic's page shows it, in the reader's own language.

Results are kept with words of the language of the check; whatever can be named anew from the knowledge base
(causes, observations, measures) is, so that a Japanese clinician reads an English check in Japanese.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mitate.abduce.explain import seen_in_words
from mitate.abduce.language import Atom, KnowledgeBase, Observation
from mitate.back.check_words import Say as Words
from mitate.back.condition import Condition
from mitate.back.region import knowledge

__all__ = [
    "Bar",
    "CauseView",
    "FilmView",
    "Graded",
    "Measured",
    "NotSeen",
    "capital",
    "causes_view",
    "choices",
    "films_view",
    "named_atom",
]

_WIDTH = 200.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its error beside its norm, as places from 0 to 200.

    Attributes:
        zones: (left, width, kind) of too little, as expected and too much.
        value, low, high: of the value and one error to both sides.
    """

    zones: tuple[tuple[float, float, str], ...]
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Graded:
    """A measure that a norm grades; `grade` is insufficient, moderate or excessive."""

    label: str
    part: str
    value: str
    limits: str
    grade: str
    grade_text: str
    sure: str
    source: str
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure without a norm."""

    label: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class NotSeen:
    """What was not measured: why, and what to do."""

    label: str
    why: str
    todo: str


@dataclass(frozen=True, slots=True)
class FilmView:
    """One film of a movement.

    Attributes:
        movement, title: its name, and in words.
        refused: what was wrong and what to do; empty where it was used.
        view: from where it was filmed.
        repetitions: how many.
    """

    movement: str
    title: str
    refused: tuple[str, ...]
    view: str
    repetitions: int
    graded: tuple[Graded, ...] = ()
    others: tuple[Measured, ...] = ()
    missing: tuple[NotSeen, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause or a habit with its share, 0 to 1 and in words."""

    name: str
    label: str
    share: float
    shown: str


def atom_of(text: str) -> Atom:
    """The atom that is written such as ``control_impairment(flexion)``."""
    name, _, inside = text.partition("(")
    return Atom(name, tuple(part.strip() for part in inside.rstrip(")").split(",")) if inside else ())


def capital(text: str) -> str:
    """With a capital letter in front."""
    return text[:1].upper() + text[1:]


def named_atom(
    base: KnowledgeBase, text: str, language: str, *, absent: bool = False, label: str = ""
) -> str:
    """An atom in words; the label that was kept where a later knowledge base knows it no more."""
    atom = atom_of(text)
    predicate = base.predicates.get(atom.predicate)
    if predicate is None or len(predicate.sorts) != len(atom.terms):
        return label or text
    return seen_in_words(base, Observation(atom, absent), language)


def causes_view(result: Mapping[str, Any], language: str, part: str = "causes") -> tuple[CauseView, ...]:
    """The causes (or ``habits``) of a result, the likeliest first."""
    region = str(result["region"])
    words, base = Words(language, region), knowledge(region)
    return tuple(
        CauseView(
            one["name"],
            capital(named_atom(base, one["name"], language, label=one["label"])),
            one["share"],
            words.share(one["share"]),
        )
        for one in result["reasoning"][part]
    )


def choices(region: str, language: str) -> tuple[tuple[str, str], ...]:
    """Every cause of the knowledge base with its words, in the order of the words."""
    from mitate.record.feedback import causes_of

    base = knowledge(region)
    named = ((str(atom), capital(base.label(atom, language))) for atom in causes_of(region))
    return tuple(sorted(named, key=lambda one: one[1]))


def films_view(result: Mapping[str, Any], language: str) -> tuple[FilmView, ...]:
    """What each film showed."""
    words = Words(language, str(result["region"]))
    return tuple(_film(film, words) for film in result["films"])


def _film(film: Mapping[str, Any], words: Words) -> FilmView:
    movement = film["movement"]
    refused = film.get("refused")
    if refused is not None or "measures" not in film:
        told = (refused or {}).get("what"), (refused or {}).get("todo")
        said = tuple(words.said(one) for one in told if one)
        return FilmView(movement, words.movement(movement), said or ("–",), "", 0)
    graded = tuple(_graded(one, words) for one in film["conditions"] if one["grade"] is not None)
    normed = {one["measure"] for one in film["conditions"]}
    labels = {one["measure"]: _label(one, words) for one in film["conditions"]}
    seen = film.get("view") or {}
    view = ""
    if seen.get("yaw_deg") is not None:
        side = words("view_" + seen["seen_from"].replace(" ", "_"))
        view = words("view_words", side=side, yaw=words.valued(seen["yaw_deg"], seen["yaw_error_deg"], "deg"))
    return FilmView(
        movement,
        words.movement(movement),
        (),
        view,
        len(film["repetitions"]),
        graded,
        tuple(
            Measured(
                words.measure(name),
                words.valued(one["value"], one["error"], one["unit"]) if one["value"] is not None else "–",
                words.source(one["source"]),
            )
            for name, one in film["measures"].items()
            if name not in normed
        ),
        tuple(
            NotSeen(
                labels.get(name) or words.measure(name), words.said(one["reason"]), words.said(one["todo"])
            )
            for name, one in film["not_measured"].items()
        ),
        tuple(words.said(one) for one in film["warnings"]),
    )


def _label(one: Mapping[str, Any], words: Words) -> str:
    return words.label(Condition(one["part"], one["measure"], one["movement"], one["side"] or ""))


def _graded(one: Mapping[str, Any], words: Words) -> Graded:
    condition = Condition(one["part"], one["measure"], one["movement"], one["side"] or "")
    sure = ""
    share = one["shares"].get(one["grade"])
    if share is not None:
        sure = words("grade_borderline" if one["borderline"] else "grade_sure", sure=words.share(share))
    if one["held"]:
        sure = words("grade_held")
    return Graded(
        words.label(condition),
        condition.part_label.text(words.language),
        words.valued(one["value"], one["error"], one["unit"]),
        words.limits(one["low"], one["high"], one["unit"]),
        one["grade"],
        words(f"grade_{one['grade']}"),
        sure,
        words.source(one["source"]) if one["source"] else "",
        _bar(one),
    )


def _bar(one: Mapping[str, Any]) -> Bar | None:
    value, error = one["value"], one["error"] or 0.0
    limits = [limit for limit in (one["low"], one["high"]) if limit is not None]
    if value is None or not limits:
        return None
    low, high = min([value - error, *limits]), max([value + error, *limits])
    room = max(0.25 * (high - low), 0.1 * max(abs(low), abs(high)), 1e-3)
    low, high = low - room, high + room

    def place(number: float) -> float:
        return float(round((number - low) / (high - low) * _WIDTH, 1))

    edges = (
        low,
        low if one["low"] is None else one["low"],
        high if one["high"] is None else one["high"],
        high,
    )
    zones = tuple(
        (place(a), round(place(b) - place(a), 1), kind)
        for a, b, kind in zip(edges, edges[1:], ("under", "within", "over"), strict=False)
        if b > a
    )
    return Bar(zones, place(value), place(value - error), place(value + error))
