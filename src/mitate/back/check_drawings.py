"""Drawings of the back check as SVG: a measure beside its norm, angles over time, the line of the back.

Words in them are those of the report's language; every drawing says in a title what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mitate.back.assess import Assessment
from mitate.back.canvas import GREY, LUMBAR, PELVIS, TRUNK, hex_of
from mitate.back.check_words import Say
from mitate.back.condition import Condition
from mitate.back.shown import facing, shown_angles, standing_moment
from mitate.body.recording import CURVE_T12

__all__ = ["angle_chart", "back_curve", "measure_bar"]

Array = NDArray[np.float64]
Place = Callable[[float, float], tuple[float, float]]

_ZONES = ("#f6d3b3", "#cfe6d4", "#e6c4d2")  # too little, as expected, too much
_INK, _SOFT = "#1b1f24", "#4b5563"
_BAR = (220.0, 44.0)
_CHART = (500.0, 250.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 42.0, 76.0, 10.0, 34.0  # room about a chart for its letters
_DASHES = ("", "7 4", "2 3")
_POINTS = 240  # of a line: more are not seen
_STEPS = (5, 10, 20, 30, 60, 90)


def measure_bar(one: Condition, say: Say) -> str:
    """A value with its error on a bar of too little, as expected and too much; nothing where not measured."""
    if one.value is None or not math.isfinite(one.value):
        return ""
    value, error = one.value, one.error if one.error is not None and math.isfinite(one.error) else 0.0
    limits = [limit for limit in (one.low, one.high) if limit is not None]
    low, high = min([value - error, *limits]), max([value + error, *limits])
    room = max(0.25 * (high - low), 0.1 * max(abs(low), abs(high)), 1e-3)
    low, high = low - room, high + room
    width, height = _BAR

    def x(number: float) -> float:
        return 6 + (number - low) / (high - low) * (width - 12)

    edges = (low, low if one.low is None else one.low, high if one.high is None else one.high, high)
    parts = [
        f'<rect x="{x(a):.1f}" y="6" width="{x(b) - x(a):.1f}" height="20" fill="{colour}"/>'
        for a, b, colour in zip(edges, edges[1:], _ZONES, strict=False)
        if b > a
    ]
    for limit in limits:
        parts.append(f'<line x1="{x(limit):.1f}" x2="{x(limit):.1f}" y1="4" y2="28" stroke="{_SOFT}"/>')
        parts.append(_text(x(limit), 42, _plain(limit), anchor="middle"))
    a, b = x(value - error), x(value + error)
    parts.append(f'<line x1="{a:.1f}" x2="{b:.1f}" y1="16" y2="16" stroke="{_INK}" stroke-width="2.5"/>')
    parts.append(f'<circle cx="{x(value):.1f}" cy="16" r="5" fill="{_INK}"/>')
    told = say(
        "bar_alt",
        value=say.valued(value, one.error, one.unit),
        limits=say.limits(one.low, one.high, one.unit),
    )
    return _svg(width, height, told, parts, "measure")


def angle_chart(one: Assessment, say: Say) -> str:
    """Trunk, pelvis and low back over time with their errors, repetitions shaded."""
    recording = one.recording
    shown = shown_angles(recording, one.movement, one.phases)
    times = recording.times_s
    known = np.concatenate([row.values[np.isfinite(row.values)] for row in shown])
    if not known.size or times[-1] <= times[0]:
        return ""
    low, high = min(0.0, float(known.min())) - 5, max(10.0, float(known.max())) + 8
    width, height = _CHART

    def place(time_s: float, value: float) -> tuple[float, float]:
        across = (time_s - times[0]) / (times[-1] - times[0])
        up = (value - low) / (high - low)
        return _LEFT + across * (width - _LEFT - _RIGHT), height - _BOTTOM - up * (height - _TOP - _BOTTOM)

    parts = []
    for phase in one.phases:
        left, right = place(phase.start_s, low)[0], place(phase.end_s, low)[0]
        parts.append(
            f'<rect x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" '
            f'height="{height - _TOP - _BOTTOM}" fill="#e9eef3"/>'
        )
    step = next((s for s in _STEPS if (high - low) / s <= 6), _STEPS[-1])
    for angle in range(math.ceil(low / step) * step, math.floor(high) + 1, step):
        y = place(times[0], angle)[1]
        parts.append(f'<line x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d5dbe1"/>')
        parts.append(_text(_LEFT - 5, y + 4, f"{angle}°".replace("-", "\u2212"), anchor="end"))
    every = max(1, math.ceil((times[-1] - times[0]) / 6))
    for second in range(math.ceil(times[0]), math.floor(times[-1]) + 1, every):
        parts.append(_text(place(second, low)[0], height - _BOTTOM + 16, str(second), anchor="middle"))
    parts.append(_text(width - _RIGHT + 8, height - _BOTTOM + 16, say("seconds"), anchor="start"))
    names = ("trunk", "pelvis", "lumbar")
    ends = []
    for row, colour, dash in zip(shown, (TRUNK, PELVIS, LUMBAR), _DASHES, strict=True):
        parts += _band(times, row.values, row.errors, hex_of(colour), dash, place)
        ends.append(_last(row.values))
    for name, y, colour in zip(names, _apart([place(0, end)[1] for end in ends]), (TRUNK, PELVIS, LUMBAR),
                               strict=True):  # fmt: skip
        parts.append(_text(width - _RIGHT + 8, y + 4, say(name), colour=hex_of(colour), bold=True))
    peaks = {name: _farthest(row.values) for name, row in zip(names, shown, strict=True)}
    told = say("chart_angles_alt", movement=say.movement(one.movement), **peaks)
    return _svg(width, height, told, parts)


def _band(times: Array, values: Array, errors: Array, colour: str, dash: str, place: Place) -> list[str]:
    """A line with its error about it, in as many parts as were seen."""
    known = np.isfinite(values)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]])))
    parts = []
    for first, stop in edges.reshape(-1, 2):
        rows = np.unique(np.linspace(first, stop - 1, min(stop - first, _POINTS)).astype(int))
        above = [place(times[i], values[i] + np.nan_to_num(errors[i])) for i in rows]
        below = [place(times[i], values[i] - np.nan_to_num(errors[i])) for i in rows]
        middle = [place(times[i], values[i]) for i in rows]
        outline = _path([*above, *below[::-1]])
        parts.append(f'<path d="{outline}Z" fill="{colour}" opacity="0.16"/>')
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<path d="{_path(middle)}" fill="none" stroke="{colour}" stroke-width="2.2"{dashed}/>')
    return parts


def back_curve(one: Assessment, say: Say) -> str:
    """The line of the back while standing and at the farthest moment; nothing where it was not read."""
    recording = one.recording
    if recording.curve_hidden or not np.isfinite(recording.curve).any():
        return ""
    standing = standing_moment(recording, one.phases)
    peaks = [int(np.argmin(np.abs(recording.times_s - phase.peak_s))) for phase in one.phases]
    peaks = [peak for peak in peaks if np.isfinite(recording.curve[peak]).all()]
    rows = [row for row in (standing, *peaks) if np.isfinite(recording.curve[row]).all()]
    if not rows:
        return ""
    sign = facing(recording)
    curves = [recording.curve[row] * (sign, 1) for row in rows]
    low = np.minimum(np.min(np.concatenate(curves), axis=0) - 6, (-12.0, -6.0))
    high = np.maximum(np.max(np.concatenate(curves), axis=0) + 6, (12.0, 30.0))
    scale = 300.0 / float(max(high - low))
    width, height = (high - low) * scale

    def place(point: Array) -> tuple[float, float]:
        return float((point[0] - low[0]) * scale), float((high[1] - point[1]) * scale)

    parts = []
    for axis in (0, 1):
        for step in range(math.ceil(low[axis] / 10), math.floor(high[axis] / 10) + 1):
            at = np.array([low, high])
            at[:, axis] = 10.0 * step
            parts.append(f'<path d="{_path([place(at[0]), place(at[1])])}" stroke="#d5dbe1" fill="none"/>')
    for number, curve in enumerate(curves):
        places = [place(point) for point in curve]
        grey = rows[number] == standing
        bold = 4 if grey or number == len(curves) - 1 else 1.5
        for part, colour in ((places[: CURVE_T12 + 1], TRUNK), (places[CURVE_T12:], LUMBAR)):
            shade = hex_of(GREY) if grey else hex_of(colour)
            parts.append(f'<path d="{_path(part)}" fill="none" stroke="{shade}" stroke-width="{bold}"/>')
    for name, index in (("C7", 0), ("T12", CURVE_T12), ("S1", -1)):
        x, y = place(curves[-1][index])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_INK}"/>')
        parts.append(_text(x - 8 * sign, y - 5, name, anchor="end" if sign > 0 else "start"))
    return _svg(float(width), float(height), say("chart_curve"), parts, "curve")


def _svg(width: float, height: float, told: str, parts: Sequence[str], style: str = "chart") -> str:
    return (
        f'<svg class="{style}" role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'font-family="inherit" font-size="13" aria-label="{escape(told)}">'
        f"<title>{escape(told)}</title>{''.join(parts)}</svg>"
    )


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", colour: str = _SOFT, bold: bool = False
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(words)}</text>'
    )


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _plain(number: float) -> str:
    return f"{number:.3g}".replace("-", "\u2212")


def _last(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if known.size else 0.0


def _farthest(values: Array) -> float:
    """The value farthest from 0."""
    known = values[np.isfinite(values)]
    return float(known[np.argmax(np.abs(known))]) if known.size else float("nan")


def _apart(heights: Sequence[float], least: float = 17.0) -> list[float]:
    """Heights of words so that none lies on another, in their order."""
    placed = list(heights)
    order = sorted(range(len(placed)), key=lambda i: placed[i])
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + least)
    over = max(placed, default=0.0) - (_CHART[1] - _BOTTOM)
    return [y - max(0.0, over) for y in placed]
