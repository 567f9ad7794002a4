"""A result in plain words, and a course as pages draw it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

__all__ = ["CourseView", "GridPoint", "SessionPoint", "Told", "Tone"]

Tone = Literal["calm", "watch", "alarm", "unsure"]


@dataclass(frozen=True, slots=True)
class Told:
    """What to say of a result.

    Attributes:
        headline: the one thing to know, in one sentence.
        lines: what else there is to know, how sure it is, and what it rests on.
        advice: what the person can do, the first thing first.
        call: whom to call, name and telephone; empty where nobody needs to be called or nobody is known.
        tone: ``calm``, ``watch`` (have an eye on it), ``alarm`` (do something now) or ``unsure``.
    """

    headline: str
    lines: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    call: str = ""
    tone: Tone = "calm"


class SessionPoint(NamedTuple):
    """One session: kilograms over the dry weight with the 90 % interval, and by the scales if weighed."""

    at: datetime
    kg: float
    low: float
    high: float
    context: str
    weighed_kg: float | None
    capture_id: str


class GridPoint(NamedTuple):
    """The smoothed course at one time: kilograms over the dry weight with the 90 % interval."""

    at: datetime
    kg: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CourseView:
    """A person's course over days.

    Attributes:
        sessions: each with its own estimate, the oldest first.
        grid: the smoothed course, which goes on for some days after the last session.
        alarm_level_kg: excess above which the alarm asks for somebody.
        alarm_on: after the last session.
        alarm_sounded: when it sounded.
        words: what it says.
        last_at: of the last session; times after it on the grid are "if nothing changes".
        dry_weight: what kilograms are over: ``entered``, a dry weight that the clinic entered, or
            ``estimated``, the mean of the weights after dialysis where none was.
    """

    sessions: tuple[SessionPoint, ...]
    grid: tuple[GridPoint, ...]
    alarm_level_kg: float
    alarm_on: bool
    alarm_sounded: tuple[datetime, ...]
    words: Told
    last_at: datetime
    dry_weight: str = "entered"
