"""A person's course over days: the smoothed curve, the alarm, and both in words."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from mitate.record.opened import Record
from mitate.serve.told.call import call_of
from mitate.serve.told.numbers import between, day, excess_headline, kilograms, over_words
from mitate.serve.told.sightings import Sightings, sightings_of
from mitate.serve.told.types import CourseView, GridPoint, SessionPoint, Told, Tone
from mitate.serve.words import Say

if TYPE_CHECKING:
    from mitate.edema.alarm import Alarm
    from mitate.edema.trend import Trend

__all__ = ["AlarmState", "alarm_after", "alarm_of", "course_of"]

_MOST_KEPT = 256
_LEAST_RATE = 0.05  # kilograms a day that are worth a word
_Z90 = 1.645
_kept: OrderedDict[tuple[Any, ...], tuple[Trend, Alarm]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class AlarmState:
    """The alarm after the last session.

    Attributes:
        on: whether it is.
        since, sounded: numbers of the sessions at which it went on and last sounded, if it is on.
        probability: that the excess is above `level_kg`, as known at the last session.
        level_kg, kind: of the rule: ``dialysis`` or ``home``.
    """

    on: bool
    since: int
    sounded: int
    probability: float
    level_kg: float
    kind: str


def course_of(record: Record, session: Session, person_id: str, language: str) -> CourseView | None:
    """A person's course; None where no session has an estimate.

    Raises:
        MissingError: no such person.
    """
    known = sightings_of(record, session, person_id)
    if not known.captures:
        return None
    trend, alarm = _judged(known)
    words = _words(known, trend, alarm, Say(language), call_of(record, session, person_id, language))
    return CourseView(
        sessions=tuple(_point(known, place) for place in range(len(known.captures))),
        grid=tuple(
            GridPoint(datetime.fromisoformat(at), float(kg), float(low), float(high))
            for at, kg, low, high in zip(
                trend.grid_at, trend.grid_kg, trend.grid_low_kg, trend.grid_high_kg, strict=True
            )
        ),
        alarm_level_kg=alarm.rule.level_kg,
        alarm_on=bool(alarm.on[-1]),
        alarm_sounded=tuple(at for at, rang in zip(known.at, alarm.sounded, strict=True) if rang),
        words=words,
        last_at=known.at[-1],
        dry_weight=known.dry_weight,
    )


def alarm_after(record: Record, session: Session, person_id: str, capture_id: str) -> bool:
    """Whether the alarm was on after a session, as known then."""
    known = sightings_of(record, session, person_id)
    if capture_id not in known.captures:
        return False
    return bool(_alarm(known).on[known.captures.index(capture_id)])


def alarm_of(known: Sightings) -> AlarmState:
    """The alarm as it is now, of at least one session: what lists and the course both tell."""
    from mitate.edema.course_model import kind_of

    found = _alarm(known)
    since = sounded = len(found.on) - 1
    while since and found.on[since - 1]:
        since -= 1
    while sounded > since and not found.sounded[sounded]:
        sounded -= 1
    kind = kind_of(known.course().contexts)
    chance = float(found.probability[-1])
    return AlarmState(bool(found.on[-1]), since, sounded, chance, float(found.rule.level_kg), kind)


def _alarm(known: Sightings) -> Alarm:
    from mitate.edema.alarm import alarm, rule_for
    from mitate.edema.course_model import kind_of

    course = known.course()
    return alarm(course, rule_for(kind_of(course.contexts)))


def _judged(known: Sightings) -> tuple[Trend, Alarm]:
    """Curve and alarm; the last ones are remembered, since fitting takes a second where there are many."""
    from mitate.edema.trend import trend

    mark = known.mark
    with _lock:
        if mark in _kept:
            _kept.move_to_end(mark)
            return _kept[mark]
    found = trend(known.course()), _alarm(known)
    with _lock:
        _kept[mark] = found
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _point(known: Sightings, place: int) -> SessionPoint:
    told = known.results[place]["estimate"]
    low, high = told["interval_90"]
    return SessionPoint(
        known.at[place],
        float(told["excess_kg"]),
        float(low),
        float(high),
        known.contexts[place],
        known.weighed_kg[place],
        known.captures[place],
    )


def _words(known: Sightings, trend: Trend, alarm: Alarm, say: Say, call: str) -> Told:
    kg, low, high = float(trend.excess_kg[-1]), float(trend.low_kg[-1]), float(trend.high_kg[-1])
    on = bool(alarm.on[-1])
    over = known.dry_weight
    lines = [between(say, low, high), _movement(known, trend, say)]
    if trend.kind == "dialysis":
        left_low, left_high = trend.level_interval_90
        give = kilograms(max((left_high - left_low) / 2, 0.1))
        key = "told.left_over" if trend.level_kg >= 0 else "told.left_under"
        lines.append(say(over_words(key, over), kg=kilograms(trend.level_kg), give=give))
    if trend.outlying.any():
        lines.append(say("told.left_out", number=int(trend.outlying.sum())))
    lines.append(_height(known, trend, say))
    lines.append(_origin(known, say))
    if over == "estimated":
        lines.append(say("told.usual_is"))
    if on:
        lines.insert(0, say("told.alarm_since", day=day(known.at[alarm_of(known).since], say.language)))
    tone: Tone = "alarm" if on else "watch" if low > alarm.rule.level_kg and trend.kind == "home" else "calm"
    advice = (
        (say("told.alarm_call"), say("told.alarm_urgent")) if on else (say("told.go_on"), say("told.unwell"))
    )
    return Told(excess_headline(say, kg, low, high, over), tuple(lines), advice, call if on else "", tone)


def _height(known: Sightings, trend: Trend, say: Say) -> str:
    """How unsure the height of the curve is; where the scales bear it, that they do."""
    weighed = sum(kg is not None for kg in known.weighed_kg)
    if weighed:
        return say("told.scales_too", weighed=weighed, number=len(known.weighed_kg))
    return say("told.whole_curve", kg=kilograms(_Z90 * trend.common_kg))


def _movement(known: Sightings, trend: Trend, say: Say) -> str:
    """Rising, falling or neither, only as far as the interval carries it."""
    if trend.change_kg is None:
        return say("told.one_session")
    if trend.rate_kg_per_day is None or trend.rate_interval_90 is None:
        change, low, high = trend.change_kg
        key = (
            "told.same_day_none" if low <= 0 <= high else f"told.same_day_{'more' if change > 0 else 'less'}"
        )
        return say(key, kg=kilograms(change), give=kilograms((high - low) / 2))
    low, high = trend.rate_interval_90
    span = 7.0 if trend.kind == "dialysis" else 1.0
    if (low > 0 or high < 0) and abs(trend.rate_kg_per_day) >= _LEAST_RATE:
        way = "rising" if low > 0 else "falling"
        unit = "week" if trend.kind == "dialysis" else "day"
        give = kilograms(max(span * (high - low) / 2, 0.1))
        return say(f"told.{way}_{unit}", kg=kilograms(span * trend.rate_kg_per_day), give=give)
    return say("told.no_clear_change")


def _origin(known: Sightings, say: Say) -> str:
    trained = known.results[-1]["estimate"].get("trained_on", "simulated")
    return say("told.simulated") if trained == "simulated" else say("told.trained_on", cohort=trained)
