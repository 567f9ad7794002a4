"""The course over days as a picture: SVG made by hand, so that it needs no script, prints, and is read out.

Shapes tell what colours tell: a filled dot before dialysis, a ring after it, a diamond at another time, a
cross by the scales. Sizes are in units of the view box, which a phone of 360 px shows about one to one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from mitate.serve.told.numbers import between, day, kilograms, over_words
from mitate.serve.told.types import CourseView, GridPoint, SessionPoint
from mitate.serve.words import Say

__all__ = ["Frame", "course_chart", "curve", "in_words", "over_or_under", "short_day"]

_STEPS_KG = (0.5, 1.0, 2.0, 5.0, 10.0)
_STEPS_DAYS = (1, 2, 3, 7, 14, 28, 56, 91, 182, 364)
_DAY_S = 86400.0
_NARROW, _ROOMY = 14.0, 120.0  # units right of the picture, without and with names of lines
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Frame:
    """Where days and kilograms lie on the picture."""

    width: float
    height: float
    first: datetime
    last: datetime
    low: float
    high: float
    left: float = 40.0
    right: float = _NARROW
    top: float = 34.0
    bottom: float = 34.0

    def x(self, at: datetime) -> float:
        """Units from the left."""
        span = max(1.0, (self.last - self.first).total_seconds())
        share = (at - self.first).total_seconds() / span
        return round(self.left + share * (self.width - self.left - self.right), 1)

    def y(self, kg: float) -> float:
        """Units from the top; what lies outside is drawn at the edge."""
        share = (min(self.high, max(self.low, kg)) - self.low) / (self.high - self.low)
        return round(self.height - self.bottom - share * (self.height - self.top - self.bottom), 1)


def course_chart(view: CourseView, say: Say, *, wide: bool = False, days: int | None = None) -> Markup:
    """The course as SVG with its key.

    Args:
        view: at least one session.
        say: words of the reader's language.
        wide: for a desk, else for a phone.
        days: only the last ones; None is 42 on a phone and all on a desk.
    """
    span = days if days is not None or wide else 42
    first = min(one.at for one in view.sessions)
    if span is not None:
        first = max(first, view.last_at - timedelta(days=span))
    sessions = [one for one in view.sessions if one.at >= first]
    grid = [one for one in view.grid if one.at >= first]
    frame = _frame(view, sessions, grid, wide=wide)
    size = f'viewBox="0 0 {frame.width:g} {frame.height:g}"'
    told = in_words(view, sessions, say)
    names = ("wide-chart-title", "wide-chart-text") if wide else ("chart-title", "chart-text")
    parts = [
        f'<svg class="chart" {size} role="img" aria-labelledby="{" ".join(names)}">',
        f'<title id="{names[0]}">{escape(say(over_words("face.chart_title", view.dry_weight)))}</title>',
        f'<desc id="{names[1]}">{escape(f"{told} {_alarm_in_words(view, first, say)}".strip())}</desc>',
        *_ground(frame, view, say),
        *curve(frame, grid, view.last_at),
        *_levels(frame, view, say),
        *(mark for one in sessions for mark in _session(frame, one)),
        *(_sounded(frame, view, at) for at in view.alarm_sounded if at >= first),
        "</svg>",
        _key(view, sessions, say),
    ]
    return Markup("".join(parts))


def _frame(
    view: CourseView, sessions: Sequence[SessionPoint], grid: Sequence[GridPoint], *, wide: bool
) -> Frame:
    values = [0.0, view.alarm_level_kg if math.isfinite(view.alarm_level_kg) else 0.0]
    values += [value for one in sessions for value in (one.low, one.high)]
    values += [one.weighed_kg for one in sessions if one.weighed_kg is not None]
    values += [value for one in grid for value in (one.low, one.high)]
    low, high = min(values), max(values)
    step = _step(high - low, 5)
    times = [one.at for one in sessions] + [one.at for one in grid]
    first, last = min(times), max(times)
    margin = max(timedelta(hours=12), (last - first) * 0.03)
    width, height = (900.0, 380.0) if wide else (340.0, 320.0)
    low, high = step * math.floor(low / step), step * math.ceil(high / step + 1e-9)
    high, right = max(high, low + step), _ROOMY if wide else _NARROW
    return Frame(width, height, first - margin, last + margin, low, high, right=right)


def _step(span: float, most: int) -> float:
    return next((one for one in _STEPS_KG if span / one <= most), _STEPS_KG[-1])


def in_words(view: CourseView, sessions: Sequence[SessionPoint], say: Say) -> str:
    """What the films of the picture say, for those who do not see it; sizes and days without signs."""
    most, least, last = max(sessions, key=_kg), min(sessions, key=_kg), sessions[-1]
    text = say(
        over_words("face.chart_text", view.dry_weight),
        n=len(sessions),
        first=day(sessions[0].at, say.language),
        last=day(last.at, say.language),
        most=over_or_under(most.kg, say),
        most_day=day(most.at, say.language),
        least=over_or_under(least.kg, say),
        least_day=day(least.at, say.language),
        now=over_or_under(last.kg, say),
    )
    return f"{text} {between(say, last.low, last.high)}"


def _kg(one: SessionPoint) -> float:
    return one.kg


def over_or_under(kg: float, say: Say) -> str:
    """``1.9 kg over`` or ``0.4 kg under``: a minus is not read aloud by everything that reads aloud."""
    size = kilograms(kg)
    if size == "0.0":
        return say("face.chart_at")
    return say("face.chart_over" if kg > 0 else "face.chart_under", kg=size)


def _alarm_in_words(view: CourseView, first: datetime, say: Say) -> str:
    if not math.isfinite(view.alarm_level_kg):
        return ""
    level = say("face.chart_text_level", level=over_or_under(view.alarm_level_kg, say))
    days = [day(at, say.language) for at in view.alarm_sounded if at >= first]
    gap = "、" if say.language == "ja" else ", "
    sounded = say("face.chart_text_sounded", days=gap.join(days)) if days else say("face.chart_text_calm")
    return f"{level} {sounded}"


def short_day(at: datetime, language: str) -> str:
    """``13 Jan`` or ``1/13``, in the clinic's zone."""
    here = at.astimezone()
    if language == "ja":
        return f"{here.month}/{here.day}"
    return f"{here.day} {_MONTHS[here.month - 1]}"


def _ground(frame: Frame, view: CourseView, say: Say) -> Iterable[str]:
    """Lines of whole kilograms with their numbers, days along the foot."""
    right, foot = frame.width - frame.right, frame.height - frame.bottom
    step = _step(frame.high - frame.low, 6)
    unit = say(over_words("face.chart_unit", view.dry_weight))
    yield f'<text x="2" y="16" font-size="15">{escape(unit)}</text>'
    for number in range(math.ceil(frame.low / step), math.floor(frame.high / step) + 1):
        kg, y = number * step, frame.y(number * step)
        yield f'<line class="grid-line" x1="{frame.left:g}" x2="{right:g}" y1="{y}" y2="{y}"/>'
        text = f"{kg:+.1f}" if step < 1 else f"{kg:+.0f}"
        shown = "0" if number == 0 else text.replace("-", "−")
        yield f'<text x="{frame.left - 6:g}" y="{y + 5:g}" font-size="15" text-anchor="end">{shown}</text>'
    span = (frame.last - frame.first).total_seconds() / _DAY_S
    most = 9 if frame.width > 500 else 5
    every = next((one for one in _STEPS_DAYS if span / one <= most), _STEPS_DAYS[-1])
    here = view.last_at.astimezone().replace(hour=12, minute=0, second=0)  # the last one always has its day
    while here >= frame.first:
        x = min(frame.x(here), right - 10)
        if x >= frame.left:
            yield f'<line class="grid-line" x1="{x}" x2="{x}" y1="{foot:g}" y2="{foot + 6:g}"/>'
            day = escape(short_day(here, say.language))
            yield f'<text x="{x}" y="{foot + 24:g}" font-size="15" text-anchor="middle">{day}</text>'
        here -= timedelta(days=every)


def curve(frame: Frame, grid: Sequence[GridPoint], last_at: datetime) -> Iterable[str]:
    """The smoothed course with its interval; dashed after the last session."""
    for part, style in (
        ([one for one in grid if one.at <= last_at], ""),
        ([one for one in grid if one.at >= last_at], " ahead"),
    ):
        if len(part) < 2:
            continue
        above = [f"{frame.x(one.at)},{frame.y(one.high)}" for one in part]
        below = [f"{frame.x(one.at)},{frame.y(one.low)}" for one in reversed(part)]
        middle = " ".join(f"{frame.x(one.at)},{frame.y(one.kg)}" for one in part)
        yield f'<polygon class="band{style}" points="{" ".join(above + below)}"/>'
        yield f'<polyline class="middle{style}" points="{middle}"/>'


def _levels(frame: Frame, view: CourseView, say: Say) -> Iterable[str]:
    """The dry weight and the level of the alarm, named beside the lines where there is room."""
    right = frame.width - frame.right
    lines = [(0.0, "dry", over_words("face.chart_dry", view.dry_weight))]
    if math.isfinite(view.alarm_level_kg):
        lines.append((view.alarm_level_kg, "alarm-line", "face.chart_alarm"))
    for kg, style, word in lines:
        y = frame.y(kg)
        yield f'<line class="{style}" x1="{frame.left:g}" x2="{right:g}" y1="{y}" y2="{y}"/>'
        if frame.right > _NARROW:
            where = f'x="{right + 6:g}" y="{y + 5:g}"'
            yield f'<text class="{style}-text" {where} font-size="15">{escape(say(word))}</text>'


def _session(frame: Frame, one: SessionPoint) -> Iterable[str]:
    """A film: its estimate with the interval, and what the scales said."""
    x, y = frame.x(one.at), frame.y(one.kg)
    low, high = frame.y(one.low), frame.y(one.high)
    yield f'<path class="whisker" d="M{x} {low}V{high}M{x - 4:g} {low}h8M{x - 4:g} {high}h8"/>'
    if one.context in ("pre", "post"):
        yield f'<circle class="film {one.context}" cx="{x}" cy="{y}" r="5.5"/>'
    else:
        yield f'<path class="film other" d="M{x} {y - 7:g}l6.5 7-6.5 7-6.5-7z"/>'
    if one.weighed_kg is not None:
        y = frame.y(one.weighed_kg)
        yield f'<path class="scales" d="M{x - 5:g} {y - 5:g}l10 10m0-10l-10 10"/>'


def _sounded(frame: Frame, view: CourseView, at: datetime) -> str:
    x, y = frame.x(at), frame.y(view.alarm_level_kg)
    return f'<path class="sounded" d="M{x} {y - 15:g}l7 12h-14z"/>'


_SIGNS = {
    "pre": '<circle class="film pre" cx="16" cy="12" r="6"/>',
    "post": '<circle class="film post" cx="16" cy="12" r="6"/>',
    "other": '<path class="film other" d="M16 4.5l7 7.5-7 7.5-7-7.5z"/>',
    "weighed": '<path class="scales" d="M10 6l12 12m0-12l-12 12"/>',
    "dry": '<path class="dry" d="M1 12h30"/>',
    "alarm": '<path class="alarm-line" d="M1 12h30"/>',
    "band": '<rect class="band" x="1" y="4" width="30" height="16"/><path class="middle" d="M1 12h30"/>',
}


def _key(view: CourseView, sessions: Sequence[SessionPoint], say: Say) -> str:
    """What the shapes mean: only those that are there."""
    there = [one for one in ("pre", "post") if any(point.context == one for point in sessions)]
    words = {"pre": say("face.chart_pre"), "post": say("face.chart_post"), "other": say("face.chart_other")}
    if any(point.context not in ("pre", "post") for point in sessions):
        there.append("other")
    if any(point.weighed_kg is not None for point in sessions):
        there.append("weighed")
    words |= {"weighed": say("face.chart_weighed"), "band": say("face.chart_band")}
    words |= {"dry": say(over_words("face.chart_dry", view.dry_weight)), "alarm": say("face.chart_alarm")}
    items = "".join(
        f'<li><svg class="chart" viewBox="0 0 32 24" aria-hidden="true">{_SIGNS[one]}</svg>'
        f"{escape(words[one])}</li>"
        for one in (*there, "band", "dry", *(["alarm"] if math.isfinite(view.alarm_level_kg) else []))
    )
    return f'<ul class="chart-key">{items}</ul>'
