"""Help while a body is framed for a movement, and the coach, picture by picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.back.coach import Coach
from mitate.back.coach_film import turned_back
from mitate.back.exercise import Exercise
from mitate.back.exercises import exercise
from mitate.back.shown import plane_of
from mitate.body.detect import PersonDetector
from mitate.body.points import INDEX, POINTS
from mitate.body.pose2d import Pose, PoseNet
from mitate.body.track import Missed, PoseTracker

__all__ = ["HINTS", "BodyWatch", "body_watcher", "hints_of"]

HINTS = (
    *("no_person", "several_people", "body_dark", "head_out", "feet_out", "body_near", "body_far"),
    *("tilted", "side_on", "face_front", "ok"),
)
"""Every code; words stand in ``words/told.toml`` as ``live_CODE``."""

_LYING = frozenset({"supine", "prone", "side_lying", "hands_and_knees"})
_SEEN = 0.5  # visibility
_LEAST_HEIGHT, _MOST_HEIGHT = 0.45, 0.95  # of the picture
_MOST_TILT_DEG, _UPRIGHT_DEG = 12.0, 20.0  # seen aslant, legs lean by up to 9 on an upright picture
_SIDE_DEG, _FRONT_DEG = 50.0, 35.0
_DARK = 45.0
_TURN_AFTER = 6  # pictures without anybody, before a picture of somebody who lies is turned
_MARGIN = 0.01

Points = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class BodyWatch:
    """Looks at the pictures of one camera.

    Attributes:
        movement: that is to be filmed; empty where an exercise is coached.
        one: the exercise; None where a movement is filmed.
        language: of what the coach says.
    """

    detector: PersonDetector
    net: PoseNet
    movement: str = ""
    one: Exercise | None = None
    language: str = "en"
    _tracker: PoseTracker = field(init=False)
    _coach: Coach | None = field(init=False)
    _turns: int = 0
    _missed: int = 0
    _last_s: float = -1.0

    def __post_init__(self) -> None:
        self._tracker = PoseTracker(self.detector, self.net)
        self._coach = None if self.one is None else Coach(self.one)

    def look(self, image: NDArray[np.uint8], time_s: float) -> dict[str, Any]:
        """``points`` (x, y as shares of the picture, visibility), ``hints`` (codes), what the coach says."""
        time_s = max(time_s, self._last_s + 1e-3)  # a clock that was set back must not stop the coach
        self._last_s = time_s
        turned = np.ascontiguousarray(np.rot90(image, self._turns)) if self._turns else image
        seen = self._tracker(turned, time_s)
        points, world, visibility = _nothing()
        if isinstance(seen, Missed):
            self._lost()
            hints = ["body_dark"] if np.percentile(image[::8, ::8], 98) < _DARK else [seen.reason]
        else:
            self._missed = 0
            points, world, visibility = _in_picture(seen.pose, self._turns, image.shape)
            hints = (
                []
                if self.one is not None
                else hints_of(points, world, visibility, image.shape, self.movement)
            )
        told: dict[str, Any] = {
            "points": _shares(points, visibility, image.shape),
            "hints": hints,
            "ok": hints == ["ok"],
            "event": None,
            "count": 0,
            "target": 0,
            "held_s": 0.0,
            "done": False,
        }
        return told if self._coach is None else {**told, **self._coached(time_s, points, world, visibility)}

    def summary(self) -> dict[str, Any]:
        """What there was of the exercise until now (`Coached.as_dict`); nothing for a movement."""
        return {} if self._coach is None else self._coach.result().as_dict(self.language)

    def _lost(self) -> None:
        """Somebody who lies is looked for in the picture turned to either side too."""
        self._missed += 1
        if self.one is not None and self.one.start in _LYING and self._missed % _TURN_AFTER == 0:
            self._turns = {0: 1, 1: 3, 3: 0}[self._turns]

    def _coached(self, time_s: float, points: Points, world: Points, visibility: Points) -> dict[str, Any]:
        if self._coach is None:
            return {}
        event = self._coach.feed(time_s, points, world, visibility)
        now = self._coach.result()
        done = len(now.repetitions)
        enough = (0 < now.target <= done) or (0 < now.target_s <= now.held_s)
        told = None if event is None else event.as_dict(self.language)
        return {
            "event": None if told is None else {**told, "say": told["text"]},
            "count": done,
            "target": now.target,
            "target_s": now.target_s,
            "held_s": round(now.held_s, 1),
            "done": enough,
        }


def body_watcher() -> Callable[[dict[str, Any]], BodyWatch]:
    """Load the networks once; each viewer gets a watch of its own.

    Raises:
        WeightsError: weights are not installed.
    """
    detector, net = PersonDetector(), PoseNet()

    def make(facts: dict[str, Any]) -> BodyWatch:
        one = exercise(facts["exercise"]) if facts.get("exercise") else None
        return BodyWatch(detector, net, facts.get("movement", ""), one, facts.get("language", "en"))

    return make


def _nothing() -> tuple[Points, Points, Points]:
    count = len(POINTS)
    return np.full((count, 2), np.nan), np.full((count, 3), np.nan), np.zeros(count)


def _in_picture(pose: Pose, turns: int, shape: tuple[int, ...]) -> tuple[Points, Points, Points]:
    """Points, metres and visibility as the coach wants them; what is outside the picture is missing."""
    height, width = shape[:2]
    points, world = turned_back(pose.points, pose.world, turns, (width, height))
    visibility = np.minimum(pose.visibility, pose.presence).astype(np.float64)
    margin = _MARGIN * pose.region.size
    outside = np.any((points < -margin) | (points > np.array([width, height]) + margin), axis=1)
    points[outside], world[outside], visibility[outside] = np.nan, np.nan, 0.0
    return points, world, visibility


def _shares(points: Points, visibility: Points, shape: tuple[int, ...]) -> list[list[float] | None]:
    size = np.array([shape[1], shape[0]], np.float64)
    return [
        [round(float(x), 4), round(float(y), 4), round(float(seen), 2)] if np.isfinite(x) else None
        for (x, y), seen in zip(points / size, visibility, strict=True)
    ]


def hints_of(
    points: Points, world: Points, visibility: Points, shape: tuple[int, ...], movement: str
) -> list[str]:
    """What to change before a movement is filmed, of `HINTS`, the gravest first; ``ok`` alone if nothing.

    Args:
        points, world, visibility: (33, 2) pixels, (33, 3) metres, (33,).
        shape: of the picture.
        movement: that is to be filmed; empty asks for no side.
    """

    def sure(*names: str) -> bool:
        return any(visibility[INDEX[name]] >= _SEEN for name in names)

    head = sure("nose", "left_ear", "right_ear")
    feet = sure("left_ankle", "right_ankle", "left_foot_index", "right_foot_index")
    known = points[(visibility >= _SEEN) & np.isfinite(points).all(axis=1)]
    tall = float(np.ptp(known[:, 1])) / shape[0] if len(known) else 0.0
    found: list[str] = []
    if tall > _MOST_HEIGHT or not (head or feet):
        found.append("body_near")
    elif not head:
        found.append("head_out")
    elif not feet:
        found.append("feet_out")
    elif tall < _LEAST_HEIGHT and _is_upright(points):
        found.append("body_far")
    return [*found, *_view(points, world, movement)] or ["ok"]


def _middle(points: Points, part: str) -> Points:
    both = points[[INDEX[f"left_{part}"], INDEX[f"right_{part}"]]]
    seen = both[np.isfinite(both).all(axis=1)]
    return np.asarray(seen.mean(axis=0)) if len(seen) else np.full(2, np.nan)


def _lean(low: Points, high: Points) -> float:
    """Degrees between a line in the picture and the vertical, positive to the right."""
    x, y = float(high[0] - low[0]), float(low[1] - high[1])
    return float(np.degrees(np.arctan2(x, y)))


def _is_upright(points: Points) -> bool:
    trunk = _lean(_middle(points, "hip"), _middle(points, "shoulder"))
    return abs(trunk) < _UPRIGHT_DEG


def _view(points: Points, world: Points, movement: str) -> list[str]:
    """Whether the camera stands upright, and sees the side that the movement shows itself from.

    Only told of somebody who stands: in the movement itself the body leans and turns.
    """
    legs = _lean(_middle(points, "ankle"), _middle(points, "hip"))
    if not _is_upright(points) or not np.isfinite(legs):
        return []
    found = ["tilted"] if _MOST_TILT_DEG < abs(legs) < 45.0 else []
    if movement:
        across = world[INDEX["left_hip"]] - world[INDEX["right_hip"]]
        turned = abs(float(np.degrees(np.arctan2(across[2], across[0]))))
        aside = min(turned, 180.0 - turned)  # 0 seen from the front or the back, 90 from the side
        if plane_of(movement) == "sagittal":
            found += ["side_on"] if aside < _SIDE_DEG else []
        else:
            found += ["face_front"] if aside > _FRONT_DEG else []
    return found
