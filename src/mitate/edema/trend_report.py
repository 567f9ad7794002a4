"""A course in words, and in a picture for who looks after the patient."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mitate.edema.alarm import Alarm
from mitate.edema.report import kilograms, percent
from mitate.edema.results import INTENDED_USE
from mitate.edema.sightings import Course
from mitate.edema.trend import Trend
from mitate.files import write_bytes

__all__ = ["trend_in_words", "trend_picture"]

_BLUE, _GREY, _RED = "#1f5c99", "#888888", "#b3261e"
_LEAST_RATE = 0.05  # kilograms a day that are worth a word
_SPAN = {"home": "over the last 3 days", "dialysis": "over the last week"}


def trend_in_words(course: Course, result: Trend, told: Alarm) -> str:
    """The course as one would say it, in a few lines."""
    first, last = course.sightings[0].at, course.sightings[-1].at
    count = len(course.sightings)
    span = f"{first:%d %b %Y} to {last:%d %b %Y}" if first.date() != last.date() else f"{first:%d %b %Y}"
    lines = [
        f"{result.participant_id or 'this person'}, {count} session{'' if count == 1 else 's'}, {span}",
        f"{_height(result)}, {_movement(course, result)}",
        f"alarm: {_alarm(course, told)}",
    ]
    if result.gather_kg_per_day:
        mean, low, high = result.gather_kg_per_day
        between = f"{mean:.1f} kg a day ({kilograms(low, high)}) gather between dialyses"
        lines.insert(2, f"{between}; now {result.excess_kg[-1]:.1f} kg over dry weight in all")
    step = _last_step(course, result)
    if step:
        lines.insert(2, step)
    lines += [
        f"note: {course.sightings[k].at:%d %b %H:%M} does not fit the sessions before and after it; left out"
        for k in np.flatnonzero(result.outlying).tolist()
    ]
    lines.append(_whole(course, result))
    return "\n".join([*lines, *([told.rule.stated] if told.rule.stated else []), INTENDED_USE])


def _whole(course: Course, result: Trend) -> str:
    """How unsure the course is as a whole, or what makes it surer than its films."""
    count = len(course.sightings)
    weighed = sum(one.weighed_kg is not None for one in course.sightings)
    if weighed:
        return (
            f"the course goes by the scales, too: {weighed} of {count} sessions were weighed; from "
            "films alone it would be less sure"
        )
    return (
        f"the height of the whole course may be off by {1.64 * result.common_kg:.1f} kg either way, all of "
        "it alike; rises and falls are surer"
    )


def _height(result: Trend) -> str:
    side = "over" if result.level_kg >= 0 else "under"
    after = " after dialysis" if result.kind == "dialysis" else ""
    interval = kilograms(*result.level_interval_90)
    return f"about {abs(result.level_kg):.1f} kg {side} dry weight{after} (90 % interval {interval})"


def _movement(course: Course, result: Trend) -> str:
    """Rising, falling or neither, only as far as the interval carries it."""
    if result.change_kg is None:
        return "from one session only"
    if result.rate_kg_per_day is None or result.rate_interval_90 is None:
        change, low, high = result.change_kg
        interval = f"{low:+.1f} to {high:+.1f} kg"
        return f"{change:+.1f} kg since {course.sightings[0].at:%H:%M} (90 % interval {interval})"
    low, high = result.rate_interval_90
    if (low > 0 or high < 0) and abs(result.rate_kg_per_day) >= _LEAST_RATE:
        way = "rising" if low > 0 else "falling"
        near, far = sorted((abs(low), abs(high)))
        days, span = (7, "week") if result.kind == "dialysis" else (1, "day")
        rate = f"{days * abs(result.rate_kg_per_day):.1f} kg a {span}"
        return f"and {way} by {rate} ({days * near:.1f} to {days * far:.1f})"
    return f"no clear rise or fall {_SPAN[result.kind]}"


def _last_step(course: Course, result: Trend) -> str:
    """What changed since the session before, where both are of one day."""
    if len(course.sightings) < 2 or course.sightings[-1].at.date() != course.sightings[-2].at.date():
        return ""
    context = course.sightings[-1].context
    what = (
        ""
        if context == "other"
        else f", {context} dialysis"
        if context in ("pre", "post")
        else f", {context}"
    )
    low, high = float(result.step_low_kg[-1]), float(result.step_high_kg[-1])
    change = f"{result.step_kg[-1]:+.1f} kg"
    return f"since {course.sightings[-2].at:%H:%M}{what}: {change} (90 % interval {kilograms(low, high)})"


def _alarm(course: Course, told: Alarm) -> str:
    chance = f"{percent(float(told.probability[-1]))} that the excess is above {told.rule.level_kg:g} kg"
    if not told.on[-1]:
        return f"no ({chance}; it sounds from {percent(told.rule.probability)})"
    since = len(told.on) - 1
    while since and told.on[since - 1]:
        since -= 1
    off = percent(told.rule.off_probability)
    return f"YES, since {course.sightings[since].at:%d %b %H:%M} ({chance}; it goes off below {off})"


def trend_picture(course: Course, result: Trend, told: Alarm, path: Path) -> None:
    """Write one PNG: the sessions with their intervals, the smoothed course, the alarm's level and alarms.

    Args:
        course: the sessions.
        result: from `trend` of it.
        told: from `alarm` of it.
        path: of the PNG, written whole or not at all.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    _draw(axes, course, result, told)
    name = f"{result.participant_id}: " if result.participant_id else ""
    state = "ALARM" if told.on[-1] else "no alarm"
    figure.suptitle(
        f"{name}{_height(result)},\n{_movement(course, result)}  –  {state}",
        x=0.01,
        ha="left",
        fontsize=13,
        color=_RED if told.on[-1] else "black",
    )
    figure.supxlabel(
        f"The whole curve may lie {1.64 * result.common_kg:.1f} kg too high or too low; rises and falls are "
        f"surer. {INTENDED_USE}",
        fontsize=8.5,
        color=_GREY,
        x=0.01,
        ha="left",
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    write_bytes(path, buffer.getvalue())


def _draw(axes: Any, course: Course, result: Trend, told: Alarm) -> None:
    from matplotlib import dates

    grid = [datetime.fromisoformat(at) for at in result.grid_at]
    last = course.sightings[-1].at
    known = np.array([at <= last for at in grid])
    axes.fill_between(
        grid, result.grid_low_kg, result.grid_high_kg, color=_BLUE, alpha=0.15, lw=0, label="90 % interval"
    )
    past, ahead = known, np.array([at >= last for at in grid])
    times = np.array(grid)
    axes.plot(times[past], result.grid_kg[past], color=_BLUE, lw=2.5, label="course")
    axes.plot(times[ahead], result.grid_kg[ahead], color=_BLUE, lw=1.5, ls="--", label="if nothing changes")
    if result.kind == "dialysis":
        axes.plot(
            times[past], result.grid_level_kg[past], color="black", lw=2.5, label="what dialysis leaves"
        )
    _draw_sessions(axes, course, result)
    when = [one.at for one, rang in zip(course.sightings, told.sounded, strict=True) if rang]
    top = max(float(result.grid_high_kg.max()), told.rule.level_kg) + 0.35
    if when:
        axes.scatter(when, [top] * len(when), marker="v", s=140, color=_RED, zorder=4, label="alarm sounded")
    for height, word, colour in ((told.rule.level_kg, "alarm level", _RED), (0.0, "dry weight", "black")):
        axes.axhline(height, color=colour, lw=1.2, ls=":" if height else "-")
        axes.annotate(
            f"{word} {height:g} kg" if height else word,
            (1, height),
            (0, 3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            fontsize=9.5,
            bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1},
            color=colour,
        )
    axes.set_ylabel("kg over dry weight", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    ticks: Any = dates
    axes.xaxis.set_major_locator(ticks.AutoDateLocator(maxticks=9))
    short = (grid[-1] - grid[0]).days < 2
    axes.xaxis.set_major_formatter(ticks.DateFormatter("%H:%M" if short else "%d %b"))
    axes.tick_params(labelsize=10)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9.5, frameon=False)


def _draw_sessions(axes: Any, course: Course, result: Trend) -> None:
    """Each session's own estimate with its interval; hollow where it was left out; the scales as crosses."""
    for out, face, word in ((False, _GREY, "each session, with its interval"), (True, "white", "left out")):
        chosen = [one for one, lost in zip(course.sightings, result.outlying, strict=True) if lost == out]
        if chosen:
            axes.errorbar(
                [one.at for one in chosen],
                [one.excess_kg for one in chosen],
                yerr=[1.645 * one.sd_kg for one in chosen],
                fmt="o",
                ms=5,
                color=_GREY,
                mfc=face,
                elinewidth=0.8,
                alpha=0.8,
                label=word,
            )
    weighed = [(one.at, one.weighed_kg) for one in course.sightings if one.weighed_kg is not None]
    if weighed:
        axes.scatter(*zip(*weighed, strict=True), marker="x", s=45, color="black", zorder=3, label="scales")
