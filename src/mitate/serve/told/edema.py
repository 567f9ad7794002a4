"""One session of the face in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mitate.serve.told.numbers import between, day, excess_headline, kilograms
from mitate.serve.told.types import Told, Tone
from mitate.serve.words import Say

__all__ = ["edema_told"]

_WIDE_KG = 1.5  # half an interval from which an estimate says little
_UNFAMILIAR = 3.0  # as `mitate.edema.personal`
_WATCH_KG = 0.75  # the level of the alarm's rules
_LOW_QUALITY = 0.5
_SAME_KG = 0.1  # by which two estimates of one session may differ without a word
_FEW_FRAMES = 10


def edema_told(
    result: Mapping[str, Any],
    context: str,
    alarm_on: bool,
    call: str,
    say: Say,
    *,
    dry_entered: bool = True,
    weighed: bool = False,
    at: datetime | None = None,
) -> Told:
    """What a session says.

    Args:
        result: as the job ``read_face`` sealed it, not refused.
        context: of the session, such as ``pre``.
        alarm_on: whether the alarm is on after this session.
        call: whom to call then.
        say: in the language of whoever reads.
        dry_entered: whether the clinic has entered a dry weight for this person.
        weighed: whether a weight was given with this film; nobody is told to do what they did.
        at: when it was taken; of two films of one day the time is said, too.
    """
    weigh = () if weighed else (say("told.first_weigh"),)
    missing = [] if dry_entered else [say("told.no_dry")]
    if result.get("estimate") is not None:
        return _estimated(result, context, alarm_on, call, say)
    if result.get("reference"):
        lines = [say("told.reference_why"), *_first_told(result, say), *_doubts(result, result, say)]
        return Told(say("told.reference"), tuple(lines), (say("told.go_on"), say("told.unwell")))
    if result.get("change") is not None:
        return _changed(result, context, at, missing, weigh, say)
    lines = [say("told.first_next"), *missing, *_first_told(result, say), *_doubts(result, result, say)]
    return Told(say("told.first_read"), tuple(lines), (*weigh, say("told.go_on"), say("told.unwell")))


def _estimated(result: Mapping[str, Any], context: str, alarm_on: bool, call: str, say: Say) -> Told:
    told, over = result["estimate"], result.get("dry_weight")
    low, high = (float(value) for value in told["interval_90"])
    lines = [between(say, low, high)]
    if context in ("pre", "post"):
        lines.append(say(f"told.context_{context}"))
    doubts = _doubts(result, told, say)
    if (high - low) / 2 > _WIDE_KG:
        doubts.insert(0, say("told.wide"))
    lines += doubts
    if result.get("learned_from"):
        lines.append(say("told.learned_from"))
    lines += _first_told(result, say)
    if over == "estimated":
        lines.append(say("told.usual_is"))
    count = int(told.get("n_labelled", 0))
    lines.append(say("told.own_model", number=count) if count else say("told.own_model_unweighed"))
    lines.append(_origin(told, say))
    headline = excess_headline(say, float(told["excess_kg"]), low, high, over)
    if alarm_on:
        lines.insert(0, say("told.alarm_is_on"))
        return Told(headline, tuple(lines), (say("told.alarm_call"), say("told.alarm_urgent")), call, "alarm")
    tone: Tone = "calm"
    if low > _WATCH_KG and context != "pre":
        tone = "watch"
    elif doubts:
        tone = "unsure"
    advice = {
        "watch": (say("told.watch_again"), say("told.unwell")),
        "unsure": (say("told.unsure_again"), say("told.unwell")),
    }.get(tone, (say("told.go_on"), say("told.unwell")))
    return Told(headline, tuple(lines), advice, "", tone)


def _changed(
    result: Mapping[str, Any],
    context: str,
    at: datetime | None,
    missing: list[str],
    weigh: tuple[str, ...],
    say: Say,
) -> Told:
    told = result["change"]
    low, high = (float(value) for value in told["interval_90"])
    since = (result.get("since") or {}).get("at")
    when = _since(datetime.fromisoformat(since), at, say) if since else say("told.first_film")
    kg, give = kilograms(float(told["change_kg"])), kilograms(max((high - low) / 2, 0.1))
    way = "more" if told["change_kg"] >= 0 else "less"
    lines = []
    if low <= 0 <= high:
        headline = say("told.no_change", day=when)
        lines.append(say(f"told.no_change_{way}", kg=kg, give=give))
    else:
        headline = say(f"told.change_{way}", kg=kg, give=give, day=when)
    doubts = _doubts(result, told, say)
    lines += [*doubts, say("told.no_model"), *missing, *_first_told(result, say), _origin(told, say)]
    risen = low > _WATCH_KG and context != "pre"  # before dialysis fluid has gathered in everybody
    tone: Tone = "unsure" if doubts else "watch" if risen else "calm"
    next_time = (say("told.watch_again"),) if tone == "watch" else () if weigh else (say("told.go_on"),)
    return Told(headline, tuple(lines), (*weigh, *next_time, say("told.unwell")), "", tone)


def _since(then: datetime, at: datetime | None, say: Say) -> str:
    """The day of the film that this one is compared with; its time, too, where both are of one day."""
    when = day(then, say.language)
    if at is None or then.astimezone().date() != at.astimezone().date():
        return when
    return f"{when}{'' if say.language == 'ja' else ', '}{then.astimezone():%H:%M}"


def _first_told(result: Mapping[str, Any], say: Say) -> list[str]:
    """What was told of this session at first, where it is now another number or none."""
    first, now = result.get("told_first"), result.get("estimate")
    if first is None:
        return []
    kg = float(first["excess_kg"])
    if now is not None and abs(kg - float(now["excess_kg"])) <= _SAME_KG:
        return []
    low, high = (float(value) for value in first["interval_90"])
    return [say("told.told_first", said=excess_headline(say, kg, low, high, first.get("dry_weight")))]


def _doubts(result: Mapping[str, Any], told: Mapping[str, Any], say: Say) -> list[str]:
    """Why this session is less sure than others."""
    doubts = []
    if float(told.get("unfamiliarity", 0.0)) > _UNFAMILIAR:
        doubts.append(say("told.unfamiliar"))
    if 0 < int(result.get("n_frames", 0)) < _FEW_FRAMES:
        doubts.append(say("told.few_frames", number=int(result["n_frames"])))
    elif float(result.get("quality", 1.0)) < _LOW_QUALITY:
        doubts.append(say("told.low_quality"))
    if any("film of a picture" in str(warning) for warning in result.get("warnings", ())):
        doubts.append(say("told.still"))
    return doubts


def _origin(told: Mapping[str, Any], say: Say) -> str:
    trained = str(told.get("trained_on", "simulated"))
    return say("told.simulated") if trained == "simulated" else say("told.trained_on", cohort=trained)
