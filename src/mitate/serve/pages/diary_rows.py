"""The diary of a programme as pages show it, in the reader's own language, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitate.record.checks import OpenCheck
from mitate.serve.words import Say

__all__ = ["DiaryRow", "diary_rows"]

_UNSEEN = 0.1  # of the time: less is not worth a word


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """One exercise on one day.

    Attributes:
        day, title: in words.
        before, after, effort: 0 to 10 as text; ``–`` where not told.
        done: repetitions or minutes that the person told; empty where she told none.
        sets: what the coach saw, a line each.
    """

    day: str
    title: str
    before: str
    after: str
    effort: str
    done: str
    sets: tuple[str, ...]


def diary_rows(check: OpenCheck, language: str, most: int) -> list[DiaryRow]:
    """The last `most` rows of a check's diary."""
    from mitate.back.check_words import Say as BackSay
    from mitate.back.exercises import exercise

    days, say = BackSay(language, check.region), Say(language)
    return [
        DiaryRow(
            day=days.day(date.fromisoformat(one["date"])),
            title=exercise(one["exercise"]).title.text(language),
            before=_number(one.get("pain_before")),
            after=_number(one.get("pain_after")),
            effort=_number(one.get("effort")),
            done="" if one.get("done") is None else f"{one['done']:g}",
            sets=tuple(_set(each, one["exercise"], say) for each in _sets(one.get("coach"))),
        )
        for one in reversed(check.diary[-most:])
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _sets(value: Any) -> list[Mapping[str, Any]]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _set(seen: Mapping[str, Any], name: str, say: Say) -> str:
    """What the coach saw of a set, in a line: counts first, then range, faults and what was not seen."""
    parts = [_counted(seen, say)]
    if seen.get("range_share") is not None and seen.get("repetitions"):
        parts.append(say("back.js_coach_range", percent=min(100, round(100 * seen["range_share"]))))
    parts += _faults(seen, name, say)
    if (seen.get("unseen_share") or 0.0) > _UNSEEN:
        parts.append(say("back.js_coach_unseen", percent=round(100 * seen["unseen_share"])))
    return say("back.diary_and").join(part for part in parts if part)


def _counted(seen: Mapping[str, Any], say: Say) -> str:
    if seen.get("repetitions"):
        key, n, target = "back.diary_reps", seen["repetitions"], seen.get("target") or 0
    elif seen.get("held_s"):
        key, n, target = "back.diary_held", seen["held_s"], seen.get("target_s") or 0
    else:
        return ""
    return say(f"{key}_of" if target else key, n=f"{n:.0f}", target=f"{target:.0f}")


def _faults(seen: Mapping[str, Any], name: str, say: Say) -> list[str]:
    """What was seen to go wrong, and how often; a fault that is no more known is left out."""
    from mitate.back.exercises import exercise

    known = {one.name: one.see.text(say.language) for one in exercise(name).coach.faults}
    return [
        say("back.diary_fault", what=known[fault], percent=round(100 * share))
        for fault, share in (seen.get("faults") or {}).items()
        if fault in known and share > 0
    ]
