"""A film of the face as its pages tell it: when, how far, and what came of it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mitate.record.captures import KnownCapture
from mitate.record.opened import Record
from mitate.serve.jobs.times import progress_of
from mitate.serve.told.captured import told_of
from mitate.serve.told.types import Told
from mitate.serve.words import Say

__all__ = ["FilmTold", "day_and_time", "film_told", "how_sure", "is_simulated", "more_lines"]

_GOOD = 0.5  # of quality 0 to 1: better light or stillness would still help below it
_WEEKDAYS_JA = "月火水木金土日"
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()  # noqa: SIM905
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class FilmTold:
    """A film and what is known of it.

    Attributes:
        at: when it was taken, in words of the clinic's time.
        stage, progress: of the work on it; progress 0 to 1.
        told: headline, lines, advice, call, tone; None until there is something to tell.
        result: as the work sealed it.
    """

    id: str
    state: str
    at: str
    stage: str
    progress: float
    told: Told | None
    result: dict[str, Any]

    @property
    def on_its_way(self) -> bool:
        """Whether something will still come of it by itself."""
        return self.state in ("waiting", "reading")


def day_and_time(at: datetime, language: str) -> str:
    """A time as people say it, in the clinic's zone: ``Fri 20 November, 09:30`` or ``11月20日（金）9:30``."""
    here = at.astimezone()
    if language == "ja":
        return f"{here.month}月{here.day}日（{_WEEKDAYS_JA[here.weekday()]}）{here.hour}:{here.minute:02d}"
    return f"{_DAYS[here.weekday()]} {here.day} {_MONTHS[here.month - 1]}, {here.hour:02d}:{here.minute:02d}"


def film_told(record: Record, session: Session, film: KnownCapture, language: str) -> FilmTold:
    """A film as pages tell it."""
    ended = film.state in ("done", "refused", "failed")
    far = None if ended else progress_of(session, film.id)
    return FilmTold(
        film.id,
        film.state,
        day_and_time(film.at, language),
        "" if far is None else far.stage,
        0.0 if far is None else far.progress,
        told_of(record, session, film, language) if ended else None,
        film.result or {},
    )


def is_simulated(told: Told | None, say: Say) -> bool:
    """Whether a result rests on what was learned from simulated faces, which its page must then say."""
    return told is not None and say("told.simulated") in told.lines


def more_lines(told: Told, say: Say, said: int) -> list[str]:
    """The lines of a result after those that were `said` at once; what the page says anyway is left out."""
    return [one for one in told.lines[said:] if one != say("told.simulated")]


def how_sure(film: FilmTold, say: Say, said: int) -> list[str]:
    """What a result rests on: its own lines after the first ones, the pictures, how well they were taken."""
    if film.state != "done" or film.told is None:
        return []
    lines, number = more_lines(film.told, say, said), film.result.get("n_frames")
    if number:
        lines.append(say("face.sure_frames_one") if number == 1 else say("face.sure_frames", n=number))
    quality = film.result.get("quality")
    if quality is not None:
        lines.append(say("face.sure_quality_good" if quality >= _GOOD else "face.sure_quality_fair"))
    return lines
