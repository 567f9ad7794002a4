"""The film of a movement with what was measured drawn on it and beside it.

On the person: the skeleton as it was seen (how sure is how opaque), and the curve of the back where the
recording, laid on the points of each picture, puts it (`mitate.back.overlay`). Beside a tall film, or below
a wide one: the angles with their errors, as numbers and as hands of a dial, the curve in centimetres with the
standing one behind it, and the course of the repetitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.back.canvas import (
    GREY,
    INK,
    LEFT,
    LUMBAR,
    MIDDLE,
    RIGHT,
    TRUNK,
    Colour,
    Pixels,
    disc,
    line,
    text,
)
from mitate.back.overlay import Overlay, overlaid
from mitate.back.panels import CoursePanel, CurvePanel, DialPanel, ValuesPanel, blank
from mitate.back.shown import MOVEMENT_WORDS, facing, plane_of, repetition_at, shown_angles, standing_moment
from mitate.body.clip import PoseTrack
from mitate.body.points import BONES, INDEX, POINTS
from mitate.body.recording import CURVE_T12, Recording

if TYPE_CHECKING:
    from mitate.back.movement import Phase

__all__ = ["LONGEST_FILM_S", "Drawing", "FilmLayout", "film_layout", "write_film"]

LONGEST_FILM_S = 120.0
"""A longer film is cut to the part in which the person moves, and that to so many seconds."""

_MOST_SIDE, _LEAST_SIDE = 1280, 640
_MOST_RATE = 30.0  # pictures a second: more show nothing more of a slow movement
_AROUND_S = 1.0  # kept before the first repetition and after the last one of a film that is cut
_FACE = ("nose", "left_ear", "right_ear")
_DRAWN = tuple(
    index
    for name, index in INDEX.items()
    if name in _FACE or not any(part in name for part in ("eye", "ear", "mouth", "pinky", "thumb", "nose"))
)
_WORDS = {"there": "on the way there", "back": "on the way back"}
_SURE, _UNSURE = 0.8, 0.2  # visibility that is drawn fully, and hardly


@dataclass(frozen=True, slots=True)
class FilmLayout:
    """Where everything lies on the canvas: boxes of x, y, width, height in pixels.

    Attributes:
        width, height: of the canvas, even.
        letters: size of the letters; a thirtieth of the width, so that a phone shows them.
        film, header, values, dial, curve, course, footer: boxes.
    """

    width: int
    height: int
    letters: float
    film: tuple[int, int, int, int]
    header: tuple[int, int, int, int]
    values: tuple[int, int, int, int]
    dial: tuple[int, int, int, int]
    curve: tuple[int, int, int, int]
    course: tuple[int, int, int, int]
    footer: tuple[int, int, int, int]


def film_layout(width: int, height: int) -> FilmLayout:
    """The canvas for an upright film of this size, itself at most 1280 and at least 640 pixels long."""
    scale = min(1.0, _MOST_SIDE / max(width, height))
    scale = max(scale, _LEAST_SIDE / max(width, height))
    w, h = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
    return _beside(w, h) if h >= 1.5 * w else _below(w, h)


def _beside(w: int, h: int) -> FilmLayout:
    """A tall film has its panels on its right."""
    side = 2 * round(max(0.78 * w, 0.4 * h) / 2)
    canvas = w + side
    u = canvas / 30
    header, values, course, footer = (round(rows * u) for rows in (2.7, 4.2, 2.9, 1.5))
    dial = round(min(0.36 * h, side + 1.6 * u, (h - header - values) / 2))
    below = header + values + dial
    return FilmLayout(
        width=canvas,
        height=2 * ((h + course + footer + 1) // 2),
        letters=u,
        film=(0, 0, w, h),
        header=(w, 0, side, header),
        values=(w, header, side, values),
        dial=(w, header + values, side, dial),
        curve=(w, below, side, h - below),
        course=(0, h, canvas, course),
        footer=(0, h + course, canvas, footer),
    )


def _below(w: int, h: int) -> FilmLayout:
    """A wide film has its panels below."""
    u = w / 30
    header, row, course, footer = (round(rows * u) for rows in (1.7, 11.5, 2.9, 1.5))
    values, dial = round(8.2 * u), round(10.2 * u)
    top = header + h + course
    return FilmLayout(
        width=w,
        height=2 * ((top + row + footer + 1) // 2),
        letters=u,
        film=(0, header, w, h),
        header=(0, 0, w, header),
        course=(0, header + h, w, course),
        values=(0, top, values, row),
        dial=(values, top, dial, row),
        curve=(values + dial, top, w - values - dial, row),
        footer=(0, top + row, w, footer),
    )


def write_film(
    path: Path,
    track: PoseTrack,
    recording: Recording,
    movement: str,
    phases: Sequence[Phase],
    *,
    progress: Callable[[float], None] | None = None,
) -> int:
    """Read the track's film again and write it as H.264 with everything drawn, at the film's own times.

    Args:
        path: of the MP4, written whole or not at all.
        track, recording: of the film at `track.path`.
        movement: name of the movement.
        phases: its repetitions.
        progress: called with the share that is done, 0 to 1.

    Returns:
        The number of pictures written: all of the film, but no more than the track looked at, about 30 a
        second, and `LONGEST_FILM_S` seconds.

    Raises:
        InputError: the film can no longer be read, or the MP4 cannot be written.
    """
    info = video.probe(track.path)
    start, stop = _part(info.duration_s, phases)
    spacing = _spacing(info, len(track))
    times: list[float] = []

    def pictures() -> Iterator[Pixels]:
        drawing = Drawing(track, recording, movement, phases, (start, stop))
        for frame in video.frames(
            track.path, spacing_s=spacing, start_s=start, stop_s=stop, max_side=_MOST_SIDE
        ):
            times.append(frame.time_s - start)
            if progress is not None and stop > start:
                progress(min(1.0, (frame.time_s - start) / (stop - start)))
            yield drawing.at(frame)

    rate = (len(track) - 1) / float(np.ptp(track.times_s)) if len(track) > 1 else 1.0
    count = video.write(
        path, pictures(), frame_rate=min(max(rate, 1.0), 60.0), quality=23, times_s=_each(times)
    )
    if progress is not None:
        progress(1.0)
    return count


def _spacing(info: video.VideoInfo, looked_at: int) -> float | None:
    """Seconds between the pictures to draw; None: every one."""
    thinned = info.frame_count > 1.2 * looked_at and looked_at > 1
    least = info.duration_s / looked_at if thinned else 0.0
    if info.frame_rate > 1.2 * _MOST_RATE:
        least = max(least, 1 / _MOST_RATE)
    return least or None


def _each(times: list[float]) -> Iterator[float]:
    """The times as they come in: each is noted before its picture is handed on."""
    number = 0
    while True:
        yield times[number] if number < len(times) else float("nan")
        number += 1


def _part(duration_s: float, phases: Sequence[Phase]) -> tuple[float, float]:
    """The part of the film that is drawn, seconds."""
    if duration_s <= LONGEST_FILM_S or not phases:
        return 0.0, min(duration_s, LONGEST_FILM_S)
    start = max(0.0, phases[0].start_s - _AROUND_S)
    return start, min(duration_s, phases[-1].end_s + _AROUND_S, start + LONGEST_FILM_S)


class Drawing:
    """Draws one picture of a film after the other, with all panels."""

    def __init__(
        self,
        track: PoseTrack,
        recording: Recording,
        movement: str,
        phases: Sequence[Phase],
        span_s: tuple[float, float],
    ) -> None:
        self.layout = film_layout(track.width, track.height)
        self._track, self._recording, self._phases = track, recording, phases
        self._overlay: Overlay = overlaid(recording, track)
        self._factor = self.layout.film[2] / track.width
        self._near_s = max(0.05, 0.75 * track.report.spacing_s)
        shown, plane = shown_angles(recording, movement, phases), plane_of(movement)
        layout, letters = self.layout, self.layout.letters
        standing = standing_moment(recording, phases)
        self._values = ValuesPanel(*layout.values[2:], letters, shown)
        self._dial = DialPanel(*layout.dial[2:], letters, shown, plane, facing(recording))
        self._curve = CurvePanel(*layout.curve[2:], letters, recording, standing)
        self._course = CoursePanel(*layout.course[2:], letters, span_s, phases)
        self._title = MOVEMENT_WORDS.get(movement, movement.replace("_", " ").capitalize())
        self._still = blank(layout.width, layout.height)
        self._draw_footer()

    def _draw_footer(self) -> None:
        """Which side has which colour, and what the numbers rest on."""
        left, top, width, height = self.layout.footer
        size, y = 0.72 * self.layout.letters, top + 0.62 * height
        x = left + 0.6 * size
        for words, colour in (("left", LEFT), ("right", RIGHT)):
            disc(self._still, (x + 0.35 * size, y - 0.33 * size), 0.35 * size, colour)
            text(self._still, words, (x + 0.95 * size, y), size, INK)
            x += 0.95 * size + 3.4 * size
        source = self._recording.trained_on
        learned = "simulated people" if source == "simulated" else source
        words = f"learned from {learned}; not a medical device"
        text(self._still, words, (width - 0.6 * size, y), size, GREY, anchor=1.0, room=width - x - size)

    def at(self, frame: video.Frame) -> Pixels:
        """One picture of the film, drawn."""
        canvas = self._still.copy()
        row, moment = self._nearest(self._track.times_s, frame), self._nearest(self._recording.times_s, frame)
        x, y, width, height = self.layout.film
        film = canvas[y : y + height, x : x + width]
        self._draw_picture(film, frame.image)
        if row is not None:
            self._draw_skeleton(film, row)
        known = moment if moment is not None and self._recording.known[moment] else None
        if known is not None:
            self._draw_back(film, known)
        self._draw_header(canvas, frame.time_s, seen=row is not None and bool(self._track.seen[row]))
        for box, panel in (
            (self.layout.values, self._values.at(known)),
            (self.layout.dial, self._dial.at(known)),
            (self.layout.curve, self._curve.at(known)),
            (self.layout.course, self._course.at(frame.time_s)),
        ):
            canvas[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] = panel
        return canvas

    def _nearest(self, times: NDArray[np.float64], frame: video.Frame) -> int | None:
        if not len(times):
            return None
        place = int(np.argmin(np.abs(times - frame.time_s)))
        return place if abs(times[place] - frame.time_s) <= self._near_s else None

    def _draw_picture(self, film: Pixels, image: Pixels) -> None:
        if image.shape == film.shape:
            film[...] = image
        else:
            cv2.resize(image, film.shape[1::-1], dst=film, interpolation=cv2.INTER_LINEAR)

    def _scaled(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Pixels of the upright picture as pixels of the film on the canvas."""
        return (np.asarray(points, np.float64) + 0.5) * self._factor - 0.5

    def _draw_skeleton(self, film: Pixels, row: int) -> None:
        points, visibility = self._scaled(self._track.points[row]), self._track.visibility[row]
        opacity = np.clip((visibility - _UNSURE) / (_SURE - _UNSURE), 0.12, 1.0)
        width = max(2.0, min(film.shape[:2]) / 140)
        for one, other in BONES:
            colour = _colour_of(one) if _colour_of(one) == _colour_of(other) else MIDDLE
            sure = float(min(opacity[one], opacity[other]))
            line(film, points[[one, other]], colour, width, opacity=sure, edge=INK)
        for index in _DRAWN:
            disc(film, points[index], 1.1 * width, _colour_of(index), opacity=float(opacity[index]), edge=INK)

    def _draw_back(self, film: Pixels, moment: int) -> None:
        curve = self._scaled(self._overlay.curve[moment])
        width = max(3.0, min(film.shape[:2]) / 90)
        line(film, curve[: CURVE_T12 + 1], TRUNK, width, edge=MIDDLE)
        line(film, curve[CURVE_T12:], LUMBAR, width, edge=MIDDLE)

    def _draw_header(self, canvas: Pixels, time_s: float, *, seen: bool) -> None:
        x, y, width, height = self.layout.header
        letters = self.layout.letters
        number, way = repetition_at(self._phases, time_s)
        words = (
            f"{number} of {len(self._phases)}, {_WORDS[way]}"
            if number
            else f"{len(self._phases)} repetitions"
        )
        words, colour = (words, INK) if seen else ("person not seen", LUMBAR)
        title = (x + 0.4 * letters, y + 1.15 * letters)
        if height > 2 * letters:
            text(canvas, self._title, title, 1.2 * letters, INK, bold=True, room=width - letters)
            below = (title[0], y + 2.25 * letters)
            text(canvas, words, below, 0.9 * letters, colour, room=width - letters)
        else:
            text(canvas, self._title, title, 1.1 * letters, INK, bold=True, room=0.5 * width)
            right = (x + width - 0.4 * letters, title[1])
            text(canvas, words, right, 0.9 * letters, colour, anchor=1.0, room=0.47 * width)


def _colour_of(index: int) -> Colour:
    name = POINTS[index]
    return LEFT if "left" in name else RIGHT if "right" in name else MIDDLE
