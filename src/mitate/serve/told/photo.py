"""What is said of a photo of a face: words first, then classes and the nearest, and what speaks against it.

For clinicians only: a person at home is told of no disease by a model for research.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mitate.record.captures import KnownCapture
from mitate.serve.told.types import Told
from mitate.serve.words import Say, all_words

__all__ = ["ClassRow", "NearRow", "PhotoTold", "percent_words", "photo_told", "short_answer"]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class that was learned.

    Attributes:
        label: its name.
        share: its probability (0 to 1), if one of the classes is right.
        probability, as_odd: in words, percent.
        left: whether it is in the prediction set.
    """

    label: str
    share: float
    probability: str
    as_odd: str
    left: bool


@dataclass(frozen=True, slots=True)
class NearRow:
    """A class of the gallery: similarity 1 - distance (cosine), and how many people stand for it."""

    label: str
    similarity: str
    people: int


@dataclass(frozen=True, slots=True)
class PhotoTold:
    """A photo's answer as a page shows it.

    Attributes:
        told: words first.
        classes: the likeliest first; empty where there is no model or no usable face.
        if_one: whether the classes are only shown for the case that one of them is right after all.
        nearest: of the gallery, the nearest first.
        nearest_of: how many classes the gallery has.
        doubts: what speaks against trusting it, the gravest first.
        trained_on: of the model, else of the gallery; empty where neither said anything.
        simulated: whether nobody whom it was learned from is real.
    """

    told: Told
    classes: tuple[ClassRow, ...] = ()
    if_one: bool = False
    nearest: tuple[NearRow, ...] = ()
    nearest_of: int = 0
    doubts: tuple[str, ...] = ()
    trained_on: str = ""
    simulated: bool = False


def percent_words(share: float, say: Say) -> str:
    """A share (0 to 1) as a whole percentage, never 0 and never 100: nothing here is certain."""
    if share < 0.01:
        return say("photos.under_1")
    return say("photos.over_99") if share > 0.99 else say("photos.percent", n=f"{100 * share:.0f}")


def photo_told(known: KnownCapture, say: Say) -> PhotoTold | None:
    """What to say of a photo; None until it was read."""
    result = known.result or {}
    if known.state == "failed":
        return PhotoTold(Told(say("photos.failed"), (), (say("photos.failed_do"),), "", "unsure"))
    if known.state not in ("done", "refused") or not result:
        return None
    if result.get("refusal") is not None:
        key = _problem(str(result["refusal"].get("reason", "")))
        return PhotoTold(Told(say(f"photos.{key}"), (), (say(f"photos.{key}_do"),), "", "unsure"))
    found, matches = result.get("diagnosis"), result.get("matches")
    origins = [str(one["trained_on"]) for one in (found, matches) if one]
    return PhotoTold(
        told=Told(say("photos.nearest_only"), tone="unsure") if found is None else _words(found, say),
        classes=() if found is None else tuple(_row(one, say) for one in found["candidates"]),
        if_one=found is not None and found["outcome"] == "none_of_these",
        nearest=() if matches is None else tuple(_near(one) for one in matches["matches"]),
        nearest_of=0 if matches is None else int(matches["classes"]),
        doubts=tuple(_doubts(result, say)),
        trained_on=origins[0] if origins else "",
        simulated="simulated" in origins,
    )


def short_answer(known: KnownCapture, say: Say) -> str:
    """A photo's answer in a list; empty until it was read."""
    result = known.result or {}
    if result.get("refusal") is not None:
        return say(f"photos.{_problem(str(result['refusal'].get('reason', '')))}")
    found, matches = result.get("diagnosis"), result.get("matches")
    if found is not None:
        gaps = {"one": {"label": (found["set"] or [""])[0]}, "several": {"n": len(found["set"])}}
        return say(f"photos.short_{found['outcome']}", **gaps.get(found["outcome"], {}))
    return say("photos.short_nearest", label=matches["matches"][0]["label"]) if matches else ""


def _problem(reason: str) -> str:
    return f"no_{reason}" if f"photos.no_{reason}" in all_words() else "no_other"


def _words(found: Mapping[str, Any], say: Say) -> Told:
    outcome, left = found["outcome"], found["set"]
    if found["reason"] and found["reason"] != "nothing_ruled_out":  # poorer than all that was learned from
        key = _problem(found["reason"])
        return Told(say(f"photos.{key}"), (), (say(f"photos.{key}_do"),), "", "unsure")
    if outcome == "one":
        headline = say("photos.one", label=left[0])
    elif outcome == "several":
        headline = say("photos.several", labels=_either(left, say))
    else:
        headline = say(f"photos.{outcome}")
    lines = [say("photos.none_meaning")] if outcome == "none_of_these" else []
    lines.append(say("photos.coverage", n=f"{found['coverage']:g}"))
    if outcome != "none_of_these":  # else it is said where they are folded away
        lines.append(say("photos.supposed"))
    advice = {"cannot_tell": "photos.better_photo", "none_of_these": "photos.better_if_poor"}.get(outcome)
    return Told(headline, tuple(lines), () if advice is None else (say(advice),), "", "unsure")


def _either(names: Sequence[str], say: Say) -> str:
    return say("photos.or").join((say("photos.comma").join(names[:-1]), names[-1]))


def _row(one: Mapping[str, Any], say: Say) -> ClassRow:
    return ClassRow(
        str(one["label"]),
        float(one["probability"]),
        percent_words(one["probability"], say),
        percent_words(one["p_value"], say),
        bool(one["in_set"]),
    )


def _near(one: Mapping[str, Any]) -> NearRow:
    text = f"{1.0 - one['distance']:.2f}".replace("-", "\N{MINUS SIGN}")
    return NearRow(str(one["label"]), text, int(one["persons"]))


def _doubts(result: Mapping[str, Any], say: Say) -> list[str]:
    found, matches = result.get("diagnosis") or {}, result.get("matches") or {}
    small = bool(matches) and matches.get("odd") is None
    holds_simulated = matches.get("trained_on") == "simulated" and found.get("trained_on") != "simulated"
    holding = (
        ("photos.doubt_learned", result.get("learned_from", False)),
        ("photos.doubt_simulated", found.get("trained_on") == "simulated"),
        ("photos.doubt_far", found.get("outcome") == "none_of_these"),
        ("photos.doubt_poorer", result.get("poorer", False)),
        ("photos.doubt_odd", matches.get("odd") is True),
        ("photos.doubt_small", small),
        ("photos.doubt_gallery_simulated", holds_simulated),
        ("photos.doubt_unknown", bool(found)),
    )
    doubts = [say(key) for key, holds in holding if holds]
    doubts += [f"{say(f'photos.{key}')} {say(f'photos.{key}_do')}" for key in map(_problem, result["notes"])]
    if result.get("quality") is not None:
        doubts.append(say("photos.quality", n=f"{result['quality']:.2f}"))
    return doubts
