"""What stands in the room of an exercise film: mat, chair, step, wall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mitate.back.exercise import Exercise
from mitate.simulate.exercise_light import Surface
from mitate.simulate.exercise_mesh import Colour, Mesh, box, joined, turned
from mitate.simulate.exercise_studio import Room
from mitate.simulate.exercise_support import Box, Support

__all__ = ["props", "room_for", "seen_points"]

# Linear RGB.
_WOOD: Colour = (0.56, 0.40, 0.26)
_DARK_WOOD: Colour = (0.33, 0.24, 0.17)
_MAT: Colour = (0.25, 0.36, 0.345)
_PALE: Colour = (0.74, 0.71, 0.66)
_GREY: Colour = (0.50, 0.51, 0.52)
_CUSHION: Colour = (0.72, 0.60, 0.44)

_LOOKS: Mapping[str, tuple[Colour, float]] = {  # colour, and rounding of the edges (m)
    "chair_seat": (_WOOD, 0.012),
    "chair_back": (_WOOD, 0.015),
    "chair_leg": (_DARK_WOOD, 0.006),
    "wall": (_PALE, 0.004),
    "step": (_GREY, 0.015),
    "table_top": (_WOOD, 0.01),
    "table_leg": (_DARK_WOOD, 0.006),
    "cushion": (_CUSHION, 0.05),
}

_MAT_MARGIN_M = 0.11
_MAT_M = 0.006  # it lies just over the floor, so that what rests on the floor rests on it
_LYING = ("supine", "prone", "side_lying", "hands_and_knees", "kneeling", "floor_sitting")
_ON_MAT_M = 0.12  # what comes as low as this has the mat under it


def props(support: Support) -> list[Mesh]:
    """The support's boxes as they look."""
    made = []
    for one in support.boxes:
        colour, rounding = _LOOKS[one.kind]
        half = np.array(one.half)
        mesh = box(-half, half, colour, min(rounding, 0.95 * float(half.min())))
        made.append(turned(mesh, one.yaw, np.array(one.centre)))
    if any(one.kind == "table_top" for one in support.boxes):
        made += _table_legs(support)
    return [*made, *_posts(support)]


def _posts(support: Support) -> list[Mesh]:
    """What a chair's back stands on."""
    made = []
    seats = [one for one in support.boxes if one.kind == "chair_seat"]
    for back in (one for one in support.boxes if one.kind == "chair_back" and seats):
        seat = seats[0].centre[1]
        for sign in (-1, 1):
            low = np.array([sign * (back.half[0] - 0.02) - 0.015, seat - back.centre[1], -0.014])
            high = low + np.array([0.03, back.centre[1] - seat, 0.028])
            made.append(turned(box(low, high, _DARK_WOOD, 0.006), back.yaw, np.array(back.centre)))
    return made


def _table_legs(support: Support) -> list[Mesh]:
    if any(one.kind == "table_leg" for one in support.boxes):
        return []
    top = next(one for one in support.boxes if one.kind == "table_top")
    legs = []
    for x in (-1, 1):
        for z in (-1, 1):
            place = np.array([x * (top.half[0] - 0.05), 0.0, z * (top.half[2] - 0.05)])
            low, high = place - np.array([0.025, 0, 0.025]), place + np.array([0.025, top.centre[1], 0.025])
            at = np.array([top.centre[0], 0.0, top.centre[2]])
            legs.append(turned(box(low, high, _DARK_WOOD, 0.006), top.yaw, at))
    return legs


def _mat(one: Exercise, points: NDArray[np.floating]) -> list[Mesh]:
    """A mat under all that comes near the floor, for who lies or kneels."""
    if "mat" not in one.equipment and one.start not in _LYING:
        return []
    low = points[points[:, 1] < _ON_MAT_M]
    a, b = low.min(axis=0) - _MAT_MARGIN_M, low.max(axis=0) + _MAT_MARGIN_M
    along = 0 if b[0] - a[0] > b[2] - a[2] else 2
    for axis, least in ((along, 1.7), (2 - along, 0.6)):
        missing = max(0.0, least - float(b[axis] - a[axis]))
        a[axis], b[axis] = a[axis] - 0.5 * missing, b[axis] + 0.5 * missing
    a[1], b[1] = -0.01, _MAT_M
    return [box(a, b, _MAT, _MAT_M)]


def room_for(
    one: Exercise, support: Support, points: NDArray[np.floating], more: Sequence[Mesh] = ()
) -> Room:
    """The room of an exercise.

    Args:
        one: the exercise.
        support: what its motion rests on.
        points: (n, 3) metres, of the body over the whole motion.
        more: other things that stand there.
    """
    points = np.asarray(points, np.float32)
    mat = _mat(one, points)
    things = [*props(support), *mat, *more]
    surfaces = [Surface(1, 1.0, 0.0), *(Surface(1, 1.0, _MAT_M) for _ in mat)]
    for thing in support.boxes:
        if thing.kind in ("chair_seat", "step", "table_top"):
            surfaces.append(Surface(1, 1.0, thing.centre[1] + thing.half[1]))
        if thing.kind == "wall":
            surfaces += _wall_surface(thing)
    return Room(joined(things), tuple(surfaces), 0.5 * (points.min(axis=0) + points.max(axis=0)))


def _wall_surface(wall: Box) -> list[Surface]:
    """Its face, if it is square to an axis."""
    a = np.deg2rad(wall.yaw)
    normal = np.array([np.sin(a), 0.0, np.cos(a)])
    axis = int(np.argmax(np.abs(normal)))
    if abs(normal[axis]) < 0.999:
        return []
    sign = float(np.sign(normal[axis]))
    return [Surface(axis, sign, wall.centre[axis] + sign * wall.half[2])]


def seen_points(one: Exercise, support: Support, points: NDArray[np.floating]) -> NDArray[np.floating]:
    """(n, 3) metres: what is to be in the picture. Walls and tables need not be.

    Args:
        one, support, points: as for `room_for`.
    """
    small = tuple(box for box in support.boxes if not box.kind.startswith(("wall", "table")))
    things = [*props(Support(small)), *_mat(one, points)]
    return np.concatenate([points, *(thing.vertices for thing in things)])
