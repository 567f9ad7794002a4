"""Single pictures of a film with the person's skeleton and back drawn on them, without any words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from mitate import video
from mitate.back.canvas import Pixels
from mitate.back.film import Drawing
from mitate.back.shown import standing_moment
from mitate.errors import InputError
from mitate.files import write_bytes

if TYPE_CHECKING:
    from mitate.back.assess import Assessment

__all__ = ["Still", "drawn_moments", "write_stills"]

_MOST_SIDE = 900  # pixels
_QUALITY = 85  # of the JPEG
_EARLIER_S = 0.02  # a picture's own time is not to be missed by rounding


@dataclass(frozen=True, slots=True)
class Still:
    """One picture of a film.

    Attributes:
        file: its name within the folder of pictures.
        moment: ``standing`` or ``farthest``.
        side: of a movement to both sides, else empty.
        width, height: pixels.
    """

    file: str
    moment: str
    side: str
    width: int
    height: int


def write_stills(one: Assessment, folder: Path) -> tuple[Still, ...]:
    """Standing, and the farthest moment of the middle repetition, of each side where there are sides.

    Args:
        one: of a film that can still be read.
        folder: that exists; JPEG files named by movement and moment are put there.

    Raises:
        InputError: the film can no longer be read.
        OSError: the folder cannot be written.
    """
    by_side: dict[str, list[float]] = {}
    for phase in one.phases:
        by_side.setdefault(phase.side, []).append(phase.peak_s)
    standing = float(one.recording.times_s[standing_moment(one.recording, one.phases)])
    moments = [("standing", "", standing)]
    moments += [("farthest", side, times[(len(times) - 1) // 2]) for side, times in by_side.items()]
    found = []
    for (moment, side, _), picture in zip(moments, drawn_moments(one, [m[2] for m in moments]), strict=True):
        scale = min(1.0, _MOST_SIDE / max(picture.shape[:2]))
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        name = f"{one.movement}-{side or moment}.jpg"
        done, raw = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if done:
            write_bytes(folder / name, raw.tobytes())
            found.append(Still(name, moment, side, small.shape[1], small.shape[0]))
    return tuple(found)


def drawn_moments(one: Assessment, times_s: Sequence[float]) -> list[Pixels]:
    """The film's picture at each time, with the skeleton and the back's curve drawn on it.

    Args:
        times_s: seconds from the start of the film.

    Raises:
        InputError: the film can no longer be read, or ends before one of the times.
    """
    track = one.track
    drawing = Drawing(track, one.recording, one.movement, one.phases, (0.0, track.report.duration_s))
    x, y, width, height = drawing.layout.film
    pictures = []
    for time_s in times_s:
        start = max(0.0, time_s - _EARLIER_S)
        frame = next(iter(video.frames(track.path, start_s=start)), None)
        if frame is None:
            raise InputError(
                f"the film ends before {time_s:.1f} s", where=track.path, todo="give the film as it was"
            )
        pictures.append(drawing.at(frame)[y : y + height, x : x + width])
    return pictures
