"""The course for the person herself: one line, large type, the dry weight, what to aim at, the last value.

Less than `mitate.serve.pages.chart` shows a clinician: no intervals of single films, no scales; all of them
are in the table below it. What to aim at ends where the alarm's question begins (`mitate.edema.alarm`): of
patients on dialysis that is about what dialysis leaves behind, of all others about every day.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta

from markupsafe import Markup, escape

from mitate.serve.pages.chart import Frame, curve, in_words, over_or_under, short_day
from mitate.serve.told.numbers import over_words
from mitate.serve.told.types import CourseView, GridPoint, SessionPoint
from mitate.serve.words import Say

__all__ = ["course_picture"]

_WIDTH, _HEIGHT = 330.0, 330.0  # a phone of 390 px shows about 0.93 px for one
_LEFT, _RIGHT, _TOP, _FOOT = 38.0, 22.0, 50.0, 40.0
_TYPE, _LARGE = 20, 28
_DAYS, _LEAST = (14, 28, 56, 182), 4  # the fewest days with that many films


def course_picture(view: CourseView, say: Say) -> Markup:
    """The last weeks as SVG, with what its dots mean.

    Args:
        view: at least one session.
        say: words of the reader's language.
    """
    sessions = _latest(view)
    first = sessions[0].at
    grid = [one for one in view.grid if first <= one.at]
    values = [0.0, *(one.kg for one in sessions), *(v for one in grid for v in (one.low, one.high))]
    goal = view.alarm_level_kg if math.isfinite(view.alarm_level_kg) else 0.0
    low, high = min(-0.5, *values), max(goal + 0.5, *values)
    times = [*(one.at for one in sessions), *(one.at for one in grid)]
    margin = max(timedelta(hours=8), (max(times) - first) * 0.04)
    frame = Frame(_WIDTH, _HEIGHT, first - margin, max(times) + margin, low, high, _LEFT, _RIGHT, _TOP, _FOOT)
    return Markup("").join(
        [
            Markup(f'<svg class="chart plain-chart" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" '),
            Markup('aria-labelledby="chart-title chart-text"><title id="chart-title">'),
            say(over_words("face.chart_title", view.dry_weight)),
            Markup('</title><desc id="chart-text">'),
            in_words(view, sessions, say),
            " ",
            say("face.chart_text_line", now=over_or_under(_newest_kg(sessions[-1], grid), say)),
            Markup("</desc>"),
            Markup("".join(_ground(frame, view, goal, sessions, say))),
            Markup("".join(curve(frame, grid, view.last_at))),
            Markup("".join(_dots(frame, sessions))),
            Markup("".join(_newest(frame, sessions[-1], grid, say))),
            Markup("</svg>"),
            Markup(_key(view, sessions, say, aim=goal > 0)),
        ]
    )


def _latest(view: CourseView) -> list[SessionPoint]:
    """Of as few days as show a course."""
    for days in _DAYS:
        found = [one for one in view.sessions if one.at >= view.last_at - timedelta(days=days)]
        if len(found) >= min(_LEAST, len(view.sessions)):
            return found
    return list(view.sessions[-_LEAST:])


def _ground(
    frame: Frame, view: CourseView, goal: float, sessions: Sequence[SessionPoint], say: Say
) -> Iterable[str]:
    """What to aim at, the dry weight, a few numbers, the first and the last day."""
    right, foot = frame.width - frame.right, frame.height - frame.bottom
    if goal > 0:
        top = frame.y(goal)
        yield f'<rect class="aim" x="{frame.left:g}" y="{top}" width="{right - frame.left:g}" '
        yield f'height="{round(foot - top, 1)}"/>'
    yield f'<text x="2" y="{_TYPE}" font-size="{_TYPE}">{escape(say("face.picture_kg"))}</text>'
    step = next((one for one in (1, 2, 5) if (frame.high - frame.low) / one <= 5), 10)
    for number in range(math.ceil(frame.low / step), math.floor(frame.high / step) + 1):
        y = frame.y(number * step)
        if number:
            yield f'<line class="grid-line" x1="{frame.left:g}" x2="{right:g}" y1="{y}" y2="{y}"/>'
        text = f"{number * step:+d}".replace("-", "−") if number else "0"
        yield f'<text x="{frame.left - 6:g}" y="{y + 7:g}" font-size="{_TYPE}" '
        yield f'text-anchor="end">{text}</text>'
    y = frame.y(0.0)
    yield f'<line class="dry" x1="{frame.left:g}" x2="{right:g}" y1="{y}" y2="{y}"/>'
    days = [(sessions[0].at, "start"), (sessions[-1].at, "end")]
    for at, anchor in days if len(sessions) > 1 else days[1:]:
        x = frame.left if anchor == "start" else right
        day = escape(short_day(at, say.language))
        yield f'<text x="{x:g}" y="{foot + 28:g}" font-size="{_TYPE}" text-anchor="{anchor}">{day}</text>'


def _dots(frame: Frame, sessions: Sequence[SessionPoint]) -> Iterable[str]:
    for one in sessions[:-1]:
        shape = one.context if one.context in ("pre", "post") else "pre"
        yield f'<circle class="film {shape}" cx="{frame.x(one.at)}" cy="{frame.y(one.kg)}" r="5.5"/>'


def _newest_kg(last: SessionPoint, grid: Sequence[GridPoint]) -> float:
    before = [one for one in grid if one.at <= last.at]
    return before[-1].kg if before else last.kg


def _newest(frame: Frame, last: SessionPoint, grid: Sequence[GridPoint], say: Say) -> Iterable[str]:
    """Where the curve stands after the last film, as the words above the picture say it, and largest."""
    value = _newest_kg(last, grid)
    x, y = frame.x(last.at), frame.y(value)
    kg = f"{value:+.1f}".replace("-", "−")
    shown = say("face.kg", kg="0.0" if kg[1:] == "0.0" else kg)
    shape = last.context if last.context in ("pre", "post") else "pre"
    if y > frame.top + 12:
        yield f'<path class="leader" d="M{x} {frame.top - 6:g}V{y - 12:g}"/>'
    yield f'<circle class="newest {shape}" cx="{x}" cy="{y}" r="9"/>'
    yield f'<text class="newest-text" x="{frame.width - 2:g}" y="{_LARGE}" font-size="{_LARGE}" '
    yield f'text-anchor="end">{escape(shown)}</text>'


def _key(view: CourseView, sessions: Sequence[SessionPoint], say: Say, *, aim: bool) -> str:
    """Green line and ground, the range, and dots where there are two kinds."""
    there = {one.context for one in sessions}
    signs = [('<path class="dry" d="M1 12h30"/>', over_words("face.chart_dry", view.dry_weight))]
    if aim:
        words = "face.picture_aim_after" if "post" in there else "face.picture_aim"
        signs.append(('<rect class="aim" x="1" y="3" width="30" height="18"/>', words))
    band = '<rect class="band" x="1" y="4" width="30" height="16"/><path class="middle" d="M1 12h30"/>'
    signs.append((band, "face.chart_band"))
    if {"pre", "post"} <= there:
        signs.append(('<circle class="film pre" cx="16" cy="12" r="7"/>', "face.chart_pre"))
        signs.append(('<circle class="film post" cx="16" cy="12" r="7"/>', "face.chart_post"))
    items = "".join(
        f'<li><svg class="chart" viewBox="0 0 32 24" aria-hidden="true">{sign}</svg>{escape(say(words))}</li>'
        for sign, words in signs
    )
    return f'<ul class="chart-key plain-key">{items}</ul>'
