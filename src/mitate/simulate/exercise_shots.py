"""The drawn pictures of one exercise film: each moment once, kept on disk until the film is written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mitate.back.exercise import Exercise
from mitate.simulate.body_model import SEGMENTS, Floats
from mitate.simulate.exercise_camera import layout_for
from mitate.simulate.exercise_figure import Figure
from mitate.simulate.exercise_held import Held
from mitate.simulate.exercise_motion import ExerciseMotion
from mitate.simulate.exercise_plan import FilmPlan, work_of
from mitate.simulate.exercise_scene import room_for, seen_points
from mitate.simulate.exercise_studio import Studio
from mitate.simulate.exercise_tint import tint_of

__all__ = ["FILM_SIZE", "Drawn"]

FILM_SIZE = (1280, 720)

_SAME_PICTURE_M = 0.004  # a pixel or two: a body that has moved by less is not drawn again
_GUTTER = 250  # grey between the views
_EVERY = 7  # of the body's vertices, and of the moments, where cameras are set and bodies compared
_UPRIGHT = ("standing", "sitting")
_LEGS = ("left_shank", "right_shank", "left_foot", "right_foot")
_LEGS_MOVE_M = 0.03
_HANDS = ("left_hand", "right_hand")
_HAND_MOVES_M, _BELOW_HAND_M = 0.06, 0.2
_ABOVE_HIPS_M = 0.05  # where the large picture of a neck exercise ends below


class Drawn:
    """Draws a film's moments; a context manager, whose end removes what is on disk.

    Args:
        one: the exercise.
        sides: its motions.
        who: does it.
        plan: which moments are needed.
        folder: for the pictures, some hundred megabytes.
    """

    def __init__(
        self, one: Exercise, sides: Sequence[ExerciseMotion], who: Figure, plan: FilmPlan, *, folder: Path
    ) -> None:
        self._one, self._sides, self._plan = one, sides, plan
        self._frames = sorted({(shot.side, shot.frame) for shot in plan.shots} | {(0, plan.still)})
        self._held = [Held(one, side) for side in sides]
        moments = [(side, frame) for side, frame in self._frames if frame % _EVERY == 0]
        bodies: list[Floats] = []
        things: list[Floats] = [np.zeros((0, 3), np.float32)]
        for number, frame in (*moments, (0, plan.still)):
            posed = sides[number].pose(frame)
            bodies.append(posed.vertices[::_EVERY])
            things += [thing.vertices for thing in self._held[number].at(frame, posed)]
        points = np.concatenate(bodies)
        standing = [thing.vertices for held in self._held for thing in held.standing]
        stands = [*(seen_points(one, side.support, points) for side in sides), *things, *standing]
        left, right = (work_of(sides[0], side) for side in ("left", "right"))
        near = self._near(points, np.concatenate(things))
        views = (one.film.views[0], one.film.views[1])
        ahead = any(abs(box.yaw) > 135 for box in sides[0].support.boxes if box.kind == "wall")
        self._layout, cameras = layout_for(
            np.concatenate(stands), views, near=near, from_left=left > 1.2 * right, from_behind=ahead
        )
        tint = tint_of(who.shape, one.parts, who.spread)
        self._studios: list[Studio] = []
        for side, held in zip(sides, self._held, strict=True):
            if not self._studios or held.standing or side.support != sides[0].support:
                room = room_for(one, side.support, points, held.standing)
                self._studios.append(Studio(who, tint, room, cameras))
        self._spool = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._number: dict[tuple[int, int], int] = {}

    def _near(self, points: Floats, things: Floats) -> Floats | None:
        """What the large picture of a neck exercise shows: all above the hips."""
        if self._one.region != "neck" or self._one.start not in _UPRIGHT:
            return None
        start, end = (self._sides[0].pose(frame).joints for frame in (0, self._plan.still))
        if np.abs(end - start)[[SEGMENTS.index(name) for name in _LEGS]].max() > _LEGS_MOVE_M:
            return None
        low = float(start[SEGMENTS.index("pelvis"), 1]) + _ABOVE_HIPS_M
        for name in _HANDS:  # a hand that moves stays in the picture
            hand = SEGMENTS.index(name)
            if np.abs(end - start)[hand].max() > _HAND_MOVES_M:
                low = min(low, float(min(start[hand, 1], end[hand, 1])) - _BELOW_HAND_M)
        return np.concatenate([points[points[:, 1] > low], things])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._spool.close()

    def draw(self, progress: Callable[[float], None]) -> int:
        """Draw all moments; returns how many differed.

        Args:
            progress: called with the share that is done.
        """
        drawn: list[tuple[int, Floats]] = []  # the side, and some of the vertices, of each picture
        for done, (side, frame) in enumerate(self._frames):
            posed = self._sides[side].pose(frame)
            some = posed.vertices[::_EVERY]
            same = next(
                (
                    number
                    for number, (other, body) in enumerate(drawn)
                    if other == side and np.abs(body - some).max() < _SAME_PICTURE_M
                ),
                None,
            )
            if same is None:
                studio = self._studios[min(side, len(self._studios) - 1)]
                same = len(drawn)
                self._put(studio.pictures(posed.vertices, self._held[side].at(frame, posed)))
                drawn.append((side, some))
            self._number[side, frame] = same
            progress((done + 1) / len(self._frames))
        return len(drawn)

    def _put(self, views: Sequence[NDArray[np.uint8]]) -> None:
        whole = np.full((FILM_SIZE[1], FILM_SIZE[0], 3), _GUTTER, np.uint8)
        for (x, y, width, height), view in zip((self._layout.first, self._layout.second), views, strict=True):
            whole[y : y + height, x : x + width] = view
        self._spool.write(whole.tobytes())

    def _picture(self, side: int, frame: int) -> NDArray[np.uint8]:
        size = FILM_SIZE[0] * FILM_SIZE[1] * 3
        self._spool.seek(self._number[side, frame] * size)
        return np.frombuffer(self._spool.read(size), np.uint8).reshape(FILM_SIZE[1], FILM_SIZE[0], 3)

    def still(self) -> NDArray[np.uint8]:
        """The picture (720, 1280, 3) that tells most."""
        return self._picture(0, self._plan.still)

    def film(self) -> Iterator[NDArray[np.uint8]]:
        """All pictures in their order."""
        for shot in self._plan.shots:
            picture = self._picture(shot.side, shot.frame)
            if shot.over is not None:
                side, frame, share = shot.over
                other = self._picture(side, frame)
                picture = np.asarray((1 - share) * picture + share * other + 0.5).astype(np.uint8)
            yield picture
