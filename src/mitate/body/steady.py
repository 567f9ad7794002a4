"""Whether the camera stood still while a person was filmed.

At twenty moments of a film its background is compared with that of the first one, for as long as they can be
matched, so that nothing adds up over a film of a camera that stands; and with that of a tenth of a second
later, which shows how fast the camera moves. A background without corners gives no answer and no refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mitate.body.background import Backdrop, Fit, backdrop, fit
from mitate.body.pose2d import Pose

__all__ = ["CameraMotion", "CameraWatch", "Moment"]

MOST_SHIFT, MOST_TURN_DEG, MOST_ZOOM = 0.25, 5.0, 1.15
"""Beyond any of these (share of the person's height, degrees, ratio of sizes) the camera was moved."""

STEADY_SHIFT, STEADY_TURN_DEG, STEADY_ZOOM, STEADY_SPEED = 0.03, 1.0, 1.03, 0.05
"""Up to all of these (the last in the person's heights a second) the camera stood."""

_MOMENTS = 20
_LEAST_APART_S = 0.2
_PAIR_S = 0.1
_MOST_SHIFT_ERROR, _MOST_TURN_ERROR_DEG = 0.02, 0.7  # of one fit, or it says too little
_LEAST_MOMENTS = 3  # inside a part of a film, or the ones around it count too
_LEAST_COMPARED = 3  # fits, of those tried at least a third
_LOST_FOR = 2  # moments in a row without a match: once may be somebody who walks through the picture


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the background lies at one moment, against the first one of the same scene.

    Attributes:
        time_s: seconds from the start of the clip.
        scene: from 0, one more after each cut.
        x, y: right and down, in the person's heights, where the person was at first.
        turn_deg: clockwise on the screen, degrees.
        zoom: size over that of the first moment.
    """

    time_s: float
    scene: int
    x: float = 0.0
    y: float = 0.0
    turn_deg: float = 0.0
    zoom: float = 1.0


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """How the camera moved.

    Attributes:
        kind: ``steady``; ``shaking``, as in a hand; ``moving``: panned, carried, turned or zoomed; or
            ``unknown``, where there is no background to tell by.
        shift: greatest distance between two places of the background, as a share of the person's height.
        turn_deg: greatest difference between two tilts of the picture, degrees.
        zoom: ratio of the largest to the smallest size of the background, from 1.
        shift_per_s: how fast the background moves, in the person's heights a second (median).
        cuts: how often the whole background changed at once.
        compared: pairs of pictures that could be compared.
        tried: pairs of pictures that were looked at.
        moments: where the background was, through time.
        speeds: times in seconds and speeds in the person's heights a second.
    """

    kind: Literal["steady", "shaking", "moving", "unknown"]
    shift: float = 0.0
    turn_deg: float = 0.0
    zoom: float = 1.0
    shift_per_s: float = 0.0
    cuts: int = 0
    compared: int = 0
    tried: int = 0
    moments: tuple[Moment, ...] = ()
    speeds: tuple[tuple[float, float], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The motion for JSON, without its moments."""
        return {name: value for name, value in asdict(self).items() if name not in ("moments", "speeds")}

    def between(self, start_s: float, stop_s: float) -> CameraMotion:
        """The motion in a part of the film: whoever ends a film by hand moves the camera."""
        if self.kind == "unknown" or not self.moments:
            return self
        inside = [moment for moment in self.moments if start_s <= moment.time_s <= stop_s]
        if len(inside) < _LEAST_MOMENTS:
            before = [moment for moment in self.moments if moment.time_s < start_s]
            after = [moment for moment in self.moments if moment.time_s > stop_s]
            inside = before[-1:] + inside + after[:1]
        speeds = [(time, speed) for time, speed in self.speeds if start_s <= time <= stop_s]
        return _judged(inside, speeds, compared=self.compared, tried=self.tried)

    def told(self) -> str:
        """Its size in words: "shifts by 30 % of the person's height and turns by 2°"."""
        parts = []
        if self.cuts:
            parts.append("changes altogether")
        if self.shift > STEADY_SHIFT:
            parts.append(f"shifts by {100 * self.shift:.0f} % of the person's height")
        if self.turn_deg > STEADY_TURN_DEG:
            parts.append(f"turns by {self.turn_deg:.0f}°")
        if self.zoom > STEADY_ZOOM:
            parts.append(f"changes in size by {100 * (self.zoom - 1):.0f} %")
        if not parts:
            parts.append(f"moves by {100 * self.shift_per_s:.0f} % of the person's height a second")
        return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _judged(
    moments: Sequence[Moment], speeds: Sequence[tuple[float, float]], *, compared: int, tried: int
) -> CameraMotion:
    """What the moments, at least one, and the speeds amount to."""
    rows = np.array([(one.scene, one.x, one.y, one.turn_deg, one.zoom) for one in moments])
    shift = turn = 0.0
    zoom = 1.0
    scenes = np.unique(rows[:, 0])
    for scene in scenes:
        x, y, turns, sizes = rows[rows[:, 0] == scene, 1:].T
        shift = max(shift, float(np.hypot(x[:, None] - x, y[:, None] - y).max()))
        turn = max(turn, float(np.ptp(np.degrees(np.unwrap(np.radians(turns))))))
        zoom = max(zoom, float(sizes.max() / sizes.min()))
    speed = float(np.median([value for _, value in speeds])) if speeds else 0.0
    moved = len(scenes) > 1 or shift > MOST_SHIFT or turn > MOST_TURN_DEG or zoom > MOST_ZOOM
    still = shift <= STEADY_SHIFT and turn <= STEADY_TURN_DEG and zoom <= STEADY_ZOOM
    return CameraMotion(
        kind="moving" if moved else "steady" if still and speed <= STEADY_SPEED else "shaking",
        shift=shift,
        turn_deg=turn,
        zoom=zoom,
        shift_per_s=speed,
        cuts=len(scenes) - 1,
        compared=compared,
        tried=tried,
        moments=tuple(moments),
        speeds=tuple(speeds),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A picture, and how the first one of its scene lies in it (3x3)."""

    view: Backdrop
    matrix: NDArray[np.float64]


@dataclass(slots=True)
class _Scene:
    """Pictures of one background: the one that others are compared with, and the last of those."""

    reference: _Placed
    last: _Placed
    centre: NDArray[np.float64]

    @classmethod
    def of(cls, view: Backdrop) -> _Scene:
        first = _Placed(view, np.eye(3))
        return cls(first, first, view.centre)

    def takes(self, view: Backdrop) -> bool:
        """Whether this is a picture of the same background; it is then kept as the last one."""
        for known in (self.reference, self.last):
            found = _believed(known.view, view)
            if found is not None:
                self.reference = known
                self.last = _Placed(view, found.matrix @ known.matrix)
                return True
        return False

    def moment(self, time_s: float, number: int) -> Moment:
        """Where the last picture's background lies; x and y in pixels."""
        matrix = self.last.matrix
        x, y = matrix[:2, :2] @ self.centre + matrix[:2, 2] - self.centre
        turn = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
        size = float(np.hypot(matrix[0, 0], matrix[1, 0]))
        return Moment(time_s, number, float(x), float(y), turn, size)


class CameraWatch:
    """Looks at a film while it is read; give it the frames with the person, in order of time.

    Args:
        length_s: length of the film or part, over which the moments are spread.
    """

    def __init__(self, length_s: float) -> None:
        self._apart_s = max(_LEAST_APART_S, length_s / _MOMENTS)
        self._newest: tuple[float, Backdrop] | None = None
        self._paired = True
        self._scene: _Scene | None = None
        self._lost = 0
        self._moments: list[Moment] = []
        self._heights: list[float] = []
        self._lights: list[float] = []
        self._speeds: list[tuple[float, float]] = []
        self._tried = self._compared = 0

    def __call__(self, image: NDArray[np.uint8], time_s: float, pose: Pose) -> None:
        """One frame, RGB uint8 (H, W, 3), with the person in it; most frames are passed over."""
        if self._newest is None or time_s - self._newest[0] >= self._apart_s - 1e-6:
            view = backdrop(image, pose)
            self._heights.append(view.height)
            self._lights.append(view.light)
            self._place(view, time_s)
            self._newest, self._paired = (time_s, view), False
        elif not self._paired and time_s - self._newest[0] >= _PAIR_S - 1e-6:
            self._pair(*self._newest, backdrop(image, pose), time_s)
            self._paired = True

    def _place(self, view: Backdrop, time_s: float) -> None:
        """Compare the view with those before it of the same scene."""
        number = self._moments[-1].scene if self._moments else 0
        if self._scene is None:
            self._scene = _Scene.of(view)
        else:
            self._tried += 1
            if self._scene.takes(view):
                self._compared += 1
                self._lost = 0
            else:
                self._lost += not view.is_plain
                if self._lost < _LOST_FOR:
                    return
                self._scene, self._lost, number = _Scene.of(view), 0, number + 1
        self._moments.append(self._scene.moment(time_s, number))

    def _pair(self, before_s: float, before: Backdrop, view: Backdrop, time_s: float) -> None:
        """Compare two views that follow each other closely."""
        self._tried += 1
        found = _believed(before, view)
        if found is not None:
            self._compared += 1
            moved = found.matrix[:2, :2] @ before.centre + found.matrix[:2, 2] - before.centre
            self._speeds.append((time_s, float(np.hypot(*moved)) / before.height / (time_s - before_s)))

    @property
    def light(self) -> float | None:
        """Grey level, 0 to 255, that a fiftieth of the person lies above; None before the first frame."""
        return float(np.median(self._lights)) if self._lights else None

    def motion(self) -> CameraMotion:
        """What the frames so far have shown."""
        compared, tried = self._compared, self._tried
        if compared < max(_LEAST_COMPARED, tried / 3):
            return CameraMotion("unknown", compared=compared, tried=tried)
        height = float(np.median(self._heights))
        moments = [replace(one, x=one.x / height, y=one.y / height) for one in self._moments]
        return _judged(moments, self._speeds, compared=compared, tried=tried)


def _believed(one: Backdrop, other: Backdrop) -> Fit | None:
    """The fit of two views, where it is good enough to judge a camera by."""
    found = fit(one, other)
    if found is None or found.turn_error_deg > _MOST_TURN_ERROR_DEG:
        return None
    return found if found.shift_error <= _MOST_SHIFT_ERROR * one.height else None
