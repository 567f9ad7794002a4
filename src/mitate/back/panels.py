"""The panels beside a film: the angles as hands of a dial, the curve of the back in centimetres, the course.

Each panel draws once what stays (`__init__`), and then one moment at a time on a copy of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mitate.back.canvas import (
    GREY,
    INK,
    LIGHT,
    LUMBAR,
    PAPER,
    TRUNK,
    Colour,
    Pixels,
    disc,
    line,
    sector,
    shade,
    text,
    text_width,
)
from mitate.back.measurement import most_error
from mitate.back.shown import Plane, Shown, facing
from mitate.body.recording import CURVE_T12, Recording

if TYPE_CHECKING:
    from mitate.back.movement import Phase

__all__ = ["CoursePanel", "CurvePanel", "DialPanel", "ValuesPanel", "angle_in_words", "blank", "wrapped"]

Array = NDArray[np.float64]

_ENDS: dict[Plane, tuple[str, str]] = {
    "sagittal": ("back", "forward"),
    "frontal": ("left", "right"),
    "transverse": ("left", "right"),
}
_THORACIC = TRUNK
_GHOST: Colour = (150, 158, 166)
_REST, _HERE = (198, 219, 239), (66, 133, 200)
_LEAST_CM = 20.0  # of the curve's panel, either way


def blank(width: int, height: int, colour: Colour = PAPER) -> Pixels:
    """An empty picture."""
    return np.full((height, width, 3), colour, np.uint8)


def wrapped(words: str, size: float, room: float) -> list[str]:
    """The words in lines that are no wider than `room` pixels in letters of `size`, if single words allow."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class ValuesPanel:
    """Name, value and error of each angle, in the colour of its hand."""

    def __init__(self, width: int, height: int, letters: float, shown: Sequence[Shown]) -> None:
        self._still = blank(width, height)
        self._shown, self._letters = shown, letters
        self._one_line = width >= 12 * letters
        row = height / len(shown)
        names = [
            row * (number + 0.5) + (0.36 if self._one_line else -0.1) * letters
            for number in range(len(shown))
        ]
        self._rows = [y + (0.0 if self._one_line else 1.35 * letters) for y in names]
        for one, y in zip(shown, names, strict=True):
            text(self._still, one.label, (0.4 * letters, y), letters, one.colour, bold=True)

    def at(self, moment: int | None) -> Pixels:
        """The panel at one moment of the recording; None where nothing is known."""
        image, size = self._still.copy(), self._letters
        for one, y in zip(self._shown, self._rows, strict=True):
            words = "–" if moment is None else angle_in_words(one.values[moment], one.errors[moment])
            sure = words != "unsure"
            x, anchor = (image.shape[1] - 0.4 * size, 1.0) if self._one_line else (0.4 * size, 0.0)
            text(image, words, (x, y), 1.15 * size, INK if sure else GREY, bold=sure, anchor=anchor)
        return image


def angle_in_words(value: float, error: float) -> str:
    """For example ``57° ± 4``; a dash where it is not known, and ``unsure`` where its error says too much."""
    if not math.isfinite(value):
        return "–"
    if error > most_error(value, "deg"):
        return "unsure"
    shown = f"{value:.0f}°".replace("-0°", "0°").replace("-", "−")
    return f"{shown} ± {error:.0f}" if math.isfinite(error) else shown


class DialPanel:
    """The angles as hands: upright (or straight ahead) is up; the sector about a hand is its error."""

    def __init__(
        self, width: int, height: int, letters: float, shown: Sequence[Shown], plane: Plane, forward: int
    ) -> None:
        self._still = blank(width, height)
        self._shown, self._plane = shown, plane
        self._sign = forward if plane == "sagittal" else 1 if plane == "frontal" else -1
        ends = _ENDS[plane][::forward] if plane == "sagittal" else _ENDS[plane]
        low = 3.0 * letters if plane == "sagittal" else 1.6 * letters
        self._radius = min((width - 0.6 * letters) / 2, (height - low) / (2 if plane == "sagittal" else 1.15))
        self._centre = (width / 2, 1.5 * letters + self._radius)
        self._line = max(2.0, 0.16 * letters)
        self._draw_still(ends, 0.72 * letters)

    def _draw_still(self, ends: Sequence[str], size: float) -> None:
        image, (x, y), radius = self._still, self._centre, self._radius
        half = 180 if self._plane == "sagittal" else 105
        sector(image, self._centre, radius, -half, half, LIGHT, 0.55)
        for angle in range(-180 if half == 180 else -90, min(half, 179) + 1, 30):
            way = np.array([math.sin(math.radians(angle)), -math.cos(math.radians(angle))])
            inner = 0.86 if angle % 90 else 0.76
            line(image, np.stack([way * inner, way]) * radius + (x, y), GREY, max(1.0, self._line / 3))
        top = "upright" if self._plane != "transverse" else "ahead"
        text(image, f"0° {top}", (x, y - radius - 0.35 * size), size, GREY, anchor=0.5)
        below = y + (radius + 1.05 * size if half == 180 else 1.3 * size)
        aside = max(radius, min(image.shape[1] / 2 - 4, 5.5 * size))
        text(image, f"← {ends[0]}", (x - aside, below), size, GREY)
        text(image, f"{ends[1]} →", (x + aside, below), size, GREY, anchor=1.0)

    def at(self, moment: int | None) -> Pixels:
        """The panel at one moment of the recording; None where nothing is known."""
        image = self._still.copy()
        for one in self._shown if moment is not None else ():
            value, error = float(one.values[moment]), float(one.errors[moment])
            if not math.isfinite(value):
                continue
            angle, length = self._sign * value, one.reach * self._radius
            if math.isfinite(error):
                sector(image, self._centre, length, angle - error, angle + error, one.colour, 0.22)
            if error > most_error(value, "deg"):
                continue
            way = np.array([math.sin(math.radians(angle)), -math.cos(math.radians(angle))]) * length
            line(image, np.stack([np.zeros(2), way]) + self._centre, one.colour, self._line)
        disc(image, self._centre, 1.1 * self._line, INK)
        return image


class CurvePanel:
    """The back from S1 to C7 in the person's own sagittal plane, over squares of ten centimetres."""

    def __init__(self, width: int, height: int, letters: float, recording: Recording, standing: int) -> None:
        self._still = blank(width, height)
        self._recording, self._letters = recording, letters
        self._sign = facing(recording)
        text(self._still, "Back curve", (0.4 * letters, 0.95 * letters), 0.8 * letters, INK, bold=True)
        self._empty = bool(recording.curve_hidden) or not np.isfinite(recording.curve).any()
        if self._empty:
            self._say_why(recording.curve_hidden or "it is not seen in this film")
            return
        self._set_scale(width, height)
        self._draw_grid()
        ghost = self._places(recording.curve[standing])
        line(self._still, ghost, _GHOST, 0.16 * letters)
        self._name(self._still, ghost[0], "standing", _GHOST)

    def _say_why(self, why: str) -> None:
        size = 0.8 * self._letters
        lines = wrapped(f"Not measured: {why}", size, self._still.shape[1] - 1.2 * self._letters)
        for number, words in enumerate(lines, 2):
            text(self._still, words, (0.6 * self._letters, 1.35 * size * number), size, GREY)

    def _set_scale(self, width: int, height: int) -> None:
        """So that every moment's curve fits, whichever way it goes."""
        flat = self._recording.curve.reshape(-1, 2) * (self._sign, 1)
        low = np.minimum(np.nanmin(flat, axis=0) - 6, (-_LEAST_CM / 2, -6))
        high = np.maximum(np.nanmax(flat, axis=0) + np.array([6, 9]), (_LEAST_CM / 2, 30))
        top, bottom = 1.3 * self._letters, 1.1 * self._letters
        span = high - low
        self._scale = float(min((width - 4) / span[0], (height - top - bottom) / span[1]))
        left = (width - self._scale * span[0]) / 2
        self._origin = np.array([left - self._scale * low[0], top + self._scale * high[1]])
        self._low, self._high = (self._frame(edge) for edge in ((0, height - bottom), (width, top)))

    def _frame(self, pixel: tuple[float, float]) -> Array:
        return np.asarray((np.array(pixel) - self._origin) / (self._scale, -self._scale), dtype=np.float64)

    def _draw_grid(self) -> None:
        low, high, size = self._low, self._high, 0.62 * self._letters
        for axis in (0, 1):
            for step in range(math.ceil(low[axis] / 10), math.floor(high[axis] / 10) + 1):
                ends = np.array([low, high])
                ends[:, axis] = 10.0 * step
                line(self._still, self._pixels(ends), LIGHT if step else GREY, 1)
        forward = "forward →" if self._sign > 0 else "← forward"
        text(
            self._still, f"squares of 10 cm   {forward}", (2, self._still.shape[0] - 0.35 * size), size, GREY
        )

    def _places(self, curve: Array) -> Array:
        """Pixels (17, 2) of a curve in centimetres forward and up."""
        return self._pixels(curve * (self._sign, 1))

    def _pixels(self, points: Array) -> Array:
        return np.asarray(points * (self._scale, -self._scale) + self._origin, dtype=np.float64)

    def _name(self, image: Pixels, at: Array, words: str, colour: Colour) -> None:
        size = 0.66 * self._letters
        room = text_width(words, size)
        x = min(max(float(at[0]), room / 2 + 2), image.shape[1] - room / 2 - 2)
        text(image, words, (x, float(at[1]) - 0.35 * size), size, colour, anchor=0.5)

    def at(self, moment: int | None) -> Pixels:
        """The panel at one moment of the recording; None where nothing is known."""
        image = self._still.copy()
        if self._empty or moment is None or not np.isfinite(self._recording.curve[moment]).all():
            return image
        places = self._places(self._recording.curve[moment])
        error = float(self._recording.curve_error[moment])
        width, size = 0.2 * self._letters, 0.66 * self._letters
        if math.isfinite(error):
            line(image, places, LUMBAR, max(2.0, 2 * error * self._scale), opacity=0.15)
            words = f"± {error:.1f} cm"
            text(image, words, (image.shape[1] - 4, 0.95 * self._letters), size, GREY, anchor=1.0)
        line(image, places[: CURVE_T12 + 1], _THORACIC, width)
        line(image, places[CURVE_T12:], LUMBAR, width)
        for name, index, above, below in (("C7", 0, 0, 1), ("T12", CURVE_T12, -1, 1), ("S1", -1, -2, -1)):
            disc(image, places[index], 0.2 * self._letters, INK)
            along = places[index + above] - places[index + below]
            behind = self._sign * np.array([along[1], -along[0]]) / max(float(np.hypot(*along)), 1e-9)
            # Pixels grow downwards: upright, `behind` is away from where the person faces.
            x, y = places[index] + behind * 0.85 * self._letters
            text(image, name, (float(x), float(y) + 0.36 * size), size, INK, anchor=0.5)
        return image


class CoursePanel:
    """The whole film as a bar: each repetition a hill that ends at its peak and falls off again, and now."""

    def __init__(
        self, width: int, height: int, letters: float, span_s: tuple[float, float], phases: Sequence[Phase]
    ) -> None:
        self._still = blank(width, height)
        self._first, self._last = span_s
        self._left, self._right = 0.6 * letters, width - 0.6 * letters
        self._top, self._bottom = 0.35 * letters, height - 1.05 * letters
        self._phases, self._letters = phases, letters
        for phase in phases:
            self._hill(self._still, phase, _REST)
        line(self._still, [(self._left, self._bottom), (self._right, self._bottom)], GREY, 2)
        size = 0.66 * letters
        peaks = [self._x(phase.peak_s) for phase in phases]
        for moment, anchor in ((self._first, 0.0), (self._last, 1.0)):
            x, words = self._x(moment), f"{moment:.0f} s"
            if all(abs(peak - x) > 2 * text_width(words, size) for peak in peaks):
                text(self._still, words, (x, height - 0.25 * letters), size, GREY, anchor=anchor)

    def _x(self, time_s: float) -> float:
        share = (time_s - self._first) / max(self._last - self._first, 1e-9)
        return self._left + min(max(share, 0.0), 1.0) * (self._right - self._left)

    def _hill(self, image: Pixels, phase: Phase, colour: Colour) -> None:
        xs = [self._x(time_s) for time_s in (phase.start_s, phase.peak_s, phase.end_s)]
        shade(image, list(zip(xs, (self._bottom, self._top, self._bottom), strict=True)), colour, 1.0)

    def at(self, time_s: float) -> Pixels:
        """The panel at one time of the film."""
        image, size = self._still.copy(), 0.66 * self._letters
        y, free_from = image.shape[0] - 0.25 * self._letters, -math.inf
        for number, phase in enumerate(self._phases, 1):
            here = phase.start_s <= time_s <= phase.end_s
            if here:
                self._hill(image, phase, _HERE)
            words, x = f"{number} {phase.side}".strip(), self._x(phase.peak_s)
            half = text_width(words, size, bold=True) / 2
            if x - half >= free_from:  # many repetitions: not all can be named
                text(image, words, (x, y), size, INK if here else GREY, bold=here, anchor=0.5)
                free_from = x + half + 0.3 * size
        x = self._x(time_s)
        line(image, [(x, self._top - 4), (x, self._bottom + 4)], INK, max(2.0, 0.1 * self._letters))
        return image
