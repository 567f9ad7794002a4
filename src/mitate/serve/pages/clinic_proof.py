"""The proof of the best explanation of a back check, what speaks for it and against it, contradictions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mitate.abduce.language import KnowledgeBase
from mitate.back.check_words import Say as Words
from mitate.back.region import knowledge
from mitate.serve.pages.clinic_check_view import capital, named_atom

__all__ = ["Contradiction", "Ground", "Step", "contradictions", "grounds", "proof_view"]

_TELLING = math.log(1.2)  # nats below which a ground says nothing worth reading
_MOST_GROUNDS = 8
_MOST_ODDS = 10_000.0


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the proof: what follows, from what, how often.

    Attributes:
        kind: ``assumed``, ``follows``, ``failed`` or ``unexplained``.
    """

    kind: str
    label: str
    because: tuple[str, ...]
    often: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What speaks for the best explanation against the next, or against it: times more likely."""

    label: str
    speaks_for: bool
    odds: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What was told otherwise than a film shows; `kept` is film or told."""

    told: str
    filmed: str
    sure: str
    kept: str


def proof_view(result: Mapping[str, Any], language: str, often: Mapping[str, str]) -> tuple[Step, ...]:
    """The steps of the best explanation's proof, in the order in which they follow.

    Args:
        result: of a check.
        language: of the words.
        often: words for ``always``, ``about`` (with {n} and {of}) and ``rarely``.
    """
    found = result["reasoning"]["explanations"]
    if not found:
        return ()
    region = str(result["region"])
    return tuple(_steps(found[0], knowledge(region), Words(language, region), often))


def _steps(
    best: Mapping[str, Any], base: KnowledgeBase, words: Words, often: Mapping[str, str]
) -> Iterator[Step]:
    for kind in ("proof", "failed", "unexplained"):
        for one in best[kind]:
            here = "assumed" if one.get("assumed") else "follows" if kind == "proof" else kind
            yield Step(
                here,
                capital(named_atom(base, one["atom"], words.language, label=one["label"])),
                tuple(named_atom(base, cause, words.language) for cause in one.get("because") or ()),
                _often(one.get("probability"), often),
                one.get("rule") or "",
                words.source(tuple(one.get("sources") or ())),
            )


def _often(probability: float | None, often: Mapping[str, str]) -> str:
    if probability is None:
        return ""
    if probability >= 0.9995:
        return often["always"]
    if probability < 0.0005:
        return often["rarely"]
    of = 100 if probability >= 0.0095 else 10_000
    return str(often["about"]).format(n=round(probability * of), of=f"{of:,}")


def grounds(result: Mapping[str, Any], language: str, prior: str) -> tuple[Ground, ...]:
    """What speaks most for the best explanation, and most against it."""
    found = result["reasoning"]["explanations"]
    if not found:
        return ()
    base = knowledge(str(result["region"]))
    parts = [one for one in found[0]["contributions"] if abs(one["nats"]) > _TELLING]
    parts.sort(key=lambda one: -abs(one["nats"]))
    return tuple(
        Ground(
            prior
            if one["observation"] is None
            else capital(named_atom(base, one["observation"], language, absent=one["absent"])),
            one["nats"] > 0,
            f"{min(math.exp(abs(one['nats'])), _MOST_ODDS):.1f}",
        )
        for one in parts[:_MOST_GROUNDS]
    )


def contradictions(result: Mapping[str, Any], language: str) -> tuple[Contradiction, ...]:
    """Where a film shows otherwise than was told."""
    base, words = knowledge(str(result["region"])), Words(language, str(result["region"]))

    def both(one: Mapping[str, Any], which: str) -> str:
        # whether it was absent stands in the words that were kept, and nowhere else
        kept = str(one[f"{which}_words"])
        absent = kept.startswith("not: ") or kept.endswith("ではない")
        return capital(named_atom(base, one[which], language, absent=absent, label=kept))

    return tuple(
        Contradiction(both(one, "told"), both(one, "filmed"), words.share(one["sure"]), one["kept"])
        for one in result["conflicts"]
    )
