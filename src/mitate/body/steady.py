"""Whether the camera stood still while a person was filmed.

At twenty moments of a film its background is compared with that of the first one, for as long as they can be
matched, so that nothing adds up over a film of a camera that stands; and with that of a tenth of a second
later, which shows how fast the camera moves. A background without corners gives no answer and no refusal.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mitate.body.background import Backdrop, Fit, backdrop, fit
from mitate.body.pose2d import Pose

__all__ = ["CameraMotion", "CameraWatch"]

MOST_SHIFT, MOST_TURN_DEG, MOST_ZOOM = 0.25, 5.0, 1.15
"""Beyond any of these (share of the person's height, degrees, ratio of sizes) the camera was moved."""

STEADY_SHIFT, STEADY_TURN_DEG, STEADY_ZOOM, STEADY_SPEED = 0.03, 1.0, 1.03, 0.05
"""Up to all of these (the last in the person's heights a second) the camera stood."""

_MOMENTS = 20
_LEAST_APART_S = 0.2
_PAIR_S = 0.1
_MOST_SHIFT_ERROR, _MOST_TURN_ERROR_DEG = 0.02, 0.7  # of one fit, or it says too little
_LEAST_COMPARED = 3  # fits, of those tried at least a third
_LOST_FOR = 2  # moments in a row without a match: once may be somebody who walks through the picture


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
    """

    kind: Literal["steady", "shaking", "moving", "unknown"]
    shift: float = 0.0
    turn_deg: float = 0.0
    zoom: float = 1.0
    shift_per_s: float = 0.0
    cuts: int = 0
    compared: int = 0
    tried: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The motion for JSON."""
        return asdict(self)

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


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A picture, and how the first one of its scene lies in it (3x3)."""

    view: Backdrop
    matrix: NDArray[np.float64]


@dataclass(slots=True)
class _Scene:
    """Pictures of one background: how the first one lies in each of the others."""

    reference: _Placed
    last: _Placed
    centre: NDArray[np.float64]
    matrices: list[NDArray[np.float64]] = field(default_factory=lambda: [np.eye(3)])

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
                self.matrices.append(self.last.matrix)
                return True
        return False

    def ranges(self) -> tuple[float, float, float]:
        """Shift in pixels, turn in degrees and ratio of sizes between the two most different pictures."""
        all_of = np.stack(self.matrices)
        places = all_of[:, :2, :2] @ self.centre + all_of[:, :2, 2]
        shift = np.linalg.norm(places[:, None] - places[None], axis=2).max()
        turns = np.degrees(np.unwrap(np.arctan2(all_of[:, 1, 0], all_of[:, 0, 0])))
        sizes = np.hypot(all_of[:, 0, 0], all_of[:, 1, 0])
        return float(shift), float(np.ptp(turns)), float(sizes.max() / sizes.min())


class CameraWatch:
    """Looks at a film while it is read; give it the frames with the person, in order of time.

    Args:
        length_s: length of the film or part, over which the moments are spread.
    """

    def __init__(self, length_s: float) -> None:
        self._apart_s = max(_LEAST_APART_S, length_s / _MOMENTS)
        self._newest: tuple[float, Backdrop] | None = None
        self._paired = True
        self._scenes: list[_Scene] = []
        self._lost = 0
        self._heights: list[float] = []
        self._lights: list[float] = []
        self._speeds: list[float] = []
        self._tried = self._compared = 0

    def __call__(self, image: NDArray[np.uint8], time_s: float, pose: Pose) -> None:
        """One frame, RGB uint8 (H, W, 3), with the person in it; most frames are passed over."""
        if self._newest is None or time_s - self._newest[0] >= self._apart_s - 1e-6:
            view = backdrop(image, pose)
            self._heights.append(view.height)
            self._lights.append(view.light)
            self._place(view)
            self._newest, self._paired = (time_s, view), False
        elif not self._paired and time_s - self._newest[0] >= _PAIR_S - 1e-6:
            self._pair(*self._newest, backdrop(image, pose), time_s)
            self._paired = True

    def _place(self, view: Backdrop) -> None:
        """Compare the view with those before it of the same scene."""
        if not self._scenes:
            self._scenes.append(_Scene.of(view))
            return
        self._tried += 1
        if self._scenes[-1].takes(view):
            self._compared += 1
            self._lost = 0
        elif not view.is_plain:
            self._lost += 1
            if self._lost >= _LOST_FOR:
                self._scenes.append(_Scene.of(view))
                self._lost = 0

    def _pair(self, before_s: float, before: Backdrop, view: Backdrop, time_s: float) -> None:
        """Compare two views that follow each other closely."""
        self._tried += 1
        found = _believed(before, view)
        if found is not None:
            self._compared += 1
            moved = found.matrix[:2, :2] @ before.centre + found.matrix[:2, 2] - before.centre
            self._speeds.append(float(np.hypot(*moved)) / before.height / (time_s - before_s))

    @property
    def light(self) -> float | None:
        """Grey level, 0 to 255, that a fiftieth of the person lies above; None before the first frame."""
        return float(np.median(self._lights)) if self._lights else None

    def motion(self) -> CameraMotion:
        """What the frames so far have shown."""
        counts = {"compared": self._compared, "tried": self._tried}
        if self._compared < max(_LEAST_COMPARED, self._tried / 3):
            return CameraMotion("unknown", **counts)
        ranges = np.array([scene.ranges() for scene in self._scenes])
        shift, turn, zoom = ranges.max(axis=0) / [float(np.median(self._heights)), 1.0, 1.0]
        speed = float(np.median(self._speeds)) if self._speeds else 0.0
        cuts = len(self._scenes) - 1
        moved = cuts > 0 or shift > MOST_SHIFT or turn > MOST_TURN_DEG or zoom > MOST_ZOOM
        still = shift <= STEADY_SHIFT and turn <= STEADY_TURN_DEG and zoom <= STEADY_ZOOM
        return CameraMotion(
            kind="moving" if moved else "steady" if still and speed <= STEADY_SPEED else "shaking",
            shift=float(shift),
            turn_deg=float(turn),
            zoom=float(zoom),
            shift_per_s=speed,
            cuts=cuts,
            **counts,
        )


def _believed(one: Backdrop, other: Backdrop) -> Fit | None:
    """The fit of two views, where it is good enough to judge a camera by."""
    found = fit(one, other)
    if found is None or found.turn_error_deg > _MOST_TURN_ERROR_DEG:
        return None
    return found if found.shift_error <= _MOST_SHIFT_ERROR * one.height else None
