"""Drawing on pixels: text, and lines that let the picture show through by how sure they are.

Shapes are OpenCV's, smoothed, to a sixteenth of a pixel; letters are matplotlib's own DejaVu Sans, which has
the degree and plus-minus signs that OpenCV's letters lack.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

__all__ = [
    "GREY",
    "INK",
    "LEFT",
    "LIGHT",
    "LUMBAR",
    "MIDDLE",
    "PAPER",
    "PELVIS",
    "RIGHT",
    "TRUNK",
    "Colour",
    "Pixels",
    "disc",
    "hex_of",
    "line",
    "sector",
    "shade",
    "text",
    "text_width",
]

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

INK, PAPER, GREY, LIGHT = (26, 26, 26), (255, 255, 255), (105, 105, 105), (222, 226, 230)
RIGHT, LEFT, MIDDLE = (0, 114, 214), (255, 170, 0), (245, 245, 245)
TRUNK, PELVIS, LUMBAR = (0, 121, 107), (123, 78, 163), (208, 52, 20)

_SHIFT = 4  # bits of a pixel that OpenCV is given
_KEPT = 2048  # pictures of words
_LATIN = "DejaVuSans"


def hex_of(colour: Colour) -> str:
    """The colour as matplotlib and the web write it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def text_width(words: str, size: float, *, bold: bool = False) -> int:
    """Pixels that `words` take in letters of `size` pixels."""
    return int(_word(words, max(1, round(size)), bold)[0].shape[1])


def text(
    image: Pixels,
    words: str,
    at: tuple[float, float],
    size: float,
    colour: Colour = INK,
    *,
    bold: bool = False,
    anchor: float = 0.0,
    room: float = math.inf,
) -> None:
    """Write one line.

    Args:
        image: (height, width, 3), written to; what lies outside it is cut off.
        at: x, and y of the line on which the letters stand.
        size: of the letters, pixels.
        anchor: which part of the line's width lies at x: 0 its start, 0.5 its middle, 1 its end.
        room: pixels that it may be wide; longer words become smaller letters.
    """
    if not words:
        return
    wide = text_width(words, size, bold=bold)
    if wide > room:
        size *= room / wide
    mask, ascent = _word(words, max(1, round(size)), bold)
    x, y = round(at[0] - anchor * mask.shape[1]), round(at[1]) - ascent
    top, left = max(0, y), max(0, x)
    piece = image[top : y + mask.shape[0], left : x + mask.shape[1]]
    if not piece.size:
        return
    _blend(piece, mask[top - y :, left - x :][: piece.shape[0], : piece.shape[1]], colour)


def line(
    image: Pixels,
    points: ArrayLike,
    colour: Colour,
    width: float,
    *,
    opacity: float = 1.0,
    edge: Colour | None = None,
) -> None:
    """Join points (n, 2), x and y in pixels; a point that is not known breaks the line.

    Args:
        opacity: 0 to 1, of the line and its edge alike.
        edge: colour of a border that keeps the line visible on any ground.
    """
    places = np.asarray(points, dtype=np.float64)
    runs = [run for run in _known_runs(places) if len(run) > 1]
    if not runs or opacity <= 0:
        return
    margin = width + 3
    low = np.floor(np.min([run.min(axis=0) for run in runs], axis=0) - margin)
    high = np.ceil(np.max([run.max(axis=0) for run in runs], axis=0) + margin)
    piece, origin = _window(image, low, high)
    if not piece.size:
        return
    drawn = [np.round((run - origin) * 2**_SHIFT).astype(np.int32) for run in runs]
    layers: list[tuple[Colour, float]] = [] if edge is None else [(edge, width + 2 * max(1.0, width / 4))]
    for tone, thickness in [*layers, (colour, width)]:
        mask = np.zeros(piece.shape[:2], np.uint8)
        cv2.polylines(mask, drawn, False, 255, max(1, round(thickness)), cv2.LINE_AA, _SHIFT)
        _blend(piece, mask, tone, opacity)


def disc(
    image: Pixels,
    at: ArrayLike,
    radius: float,
    colour: Colour,
    *,
    opacity: float = 1.0,
    edge: Colour | None = None,
) -> None:
    """A filled circle; nothing where its place is not known."""
    place = np.asarray(at, dtype=np.float64)
    if not np.isfinite(place).all() or opacity <= 0:
        return
    border = max(1.0, radius / 4)
    piece, origin = _window(
        image, np.floor(place - radius - border - 3), np.ceil(place + radius + border + 3)
    )
    if not piece.size:
        return
    x, y = (int(value) for value in np.round((place - origin) * 2**_SHIFT))
    layers: list[tuple[Colour, float]] = [] if edge is None else [(edge, radius + border)]
    for tone, size in [*layers, (colour, radius)]:
        mask = np.zeros(piece.shape[:2], np.uint8)
        cv2.circle(mask, (x, y), round(size * 2**_SHIFT), 255, -1, cv2.LINE_AA, _SHIFT)
        _blend(piece, mask, tone, opacity)


def sector(
    image: Pixels,
    centre: tuple[float, float],
    radius: float,
    first_deg: float,
    last_deg: float,
    colour: Colour,
    opacity: float,
) -> None:
    """A part of a filled circle between two directions, degrees clockwise from up."""
    steps = np.radians(np.linspace(first_deg, last_deg, max(2, math.ceil(abs(last_deg - first_deg) / 3) + 1)))
    rim = np.column_stack([np.sin(steps), -np.cos(steps)]) * radius
    shade(image, np.vstack([np.zeros(2), rim]) + centre, colour, opacity)


def shade(image: Pixels, outline: ArrayLike, colour: Colour, opacity: float) -> None:
    """Fill the inside of an outline (n, 2), x and y in pixels; nothing if one of its points is not known."""
    places = np.asarray(outline, dtype=np.float64)
    if not np.isfinite(places).all():
        return
    piece, origin = _window(image, np.floor(places.min(axis=0) - 2), np.ceil(places.max(axis=0) + 2))
    if not piece.size:
        return
    mask = np.zeros(piece.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round((places - origin) * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    _blend(piece, mask, colour, opacity)


def _window(
    image: Pixels, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[Pixels, NDArray[np.float64]]:
    """The part of the picture between two corners, and where it begins."""
    height, width = image.shape[:2]
    left, top = (int(value) for value in np.clip(low, 0, [width, height]))
    right, bottom = (int(value) for value in np.clip(high, 0, [width, height]))
    return image[top : bottom + 1, left : right + 1], np.array([left, top], dtype=np.float64)


def _blend(piece: Pixels, mask: Pixels, colour: Colour, opacity: float = 1.0) -> None:
    """Colour `piece` where `mask` says so, in place."""
    strength = mask[..., None].astype(np.uint16) * np.uint16(round(256 * min(1.0, opacity)))
    share = (strength + np.uint16(128)) // np.uint16(256)
    mixed = (255 - share) * piece + share * np.array(colour, np.uint16)
    piece[...] = (mixed + 127) // 255


def _known_runs(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    known = np.isfinite(points).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]])))
    return [points[first:stop] for first, stop in edges.reshape(-1, 2)]


@lru_cache(maxsize=_KEPT)
def _word(words: str, size: int, bold: bool) -> tuple[Pixels, int]:
    """How strongly each pixel of a line of letters is inked, and how far below its top the letters stand."""
    from PIL import Image, ImageDraw

    font = _font(size, bold)
    ascent, descent = font.getmetrics()
    picture = Image.new("L", (max(1, math.ceil(font.getlength(words))), ascent + descent))
    ImageDraw.Draw(picture).text((0, 0), words, fill=255, font=font)
    return np.asarray(picture, np.uint8), int(ascent)


@lru_cache(maxsize=64)
def _font(size: int, bold: bool) -> FreeTypeFont:
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"{_LATIN}{'-Bold' if bold else ''}.ttf"), size)
