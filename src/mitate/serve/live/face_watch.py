"""Help while a face is framed: what to change, the gravest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.face.detect import FaceDetector
from mitate.face.landmarks import FaceMesh, Mesh
from mitate.face.pose_of_head import HeadAngles, head_angles
from mitate.face.quality import Quality, measure
from mitate.face.track import FaceTracker, Missed, TrackLimits

__all__ = ["HINTS", "FaceWatch", "face_watcher", "hints_of"]

HINTS = (
    *("no_face", "several_faces", "too_far", "too_near", "off_centre", "backlit", "too_dark", "too_bright"),
    *("covered", "turn_left", "turn_right", "look_up", "look_down", "hold_still", "eyes_closed"),
    *("mouth_open", "ok"),
)
"""Every code; words stand in ``words/told.toml`` as ``live_CODE``."""

# The page shows the middle of the picture, 3 wide and 4 high, in an oval; the mesh spans brow line to chin.
_SHOWN = 3 / 4
_LEAST_HEIGHT, _MOST_HEIGHT = 0.36, 0.78  # of what is shown
_MOST_ASIDE, _MOST_ABOVE = 0.13, 0.15
_MOST_YAW, _MOST_PITCH = 12.0, 16.0  # a little less than the limits of the film
_BACKLIT_TIMES, _BACKLIT_LUMA = 1.8, 90.0
_CHECK_S = 2.0
_MOST_SPEED = 0.35  # heights of the face a second
_STILL_S = 1.0  # between pictures that tell a speed


@dataclass(slots=True, eq=False)
class FaceWatch:
    """Looks at the pictures of one camera."""

    detector: FaceDetector
    mesh: FaceMesh
    _tracker: FaceTracker = field(init=False)
    _before: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        self._tracker = FaceTracker(self.detector, self.mesh, TrackLimits(check_every_s=_CHECK_S))

    def look(self, image: NDArray[np.uint8], time_s: float) -> dict[str, Any]:
        """``seen``, ``ok``, ``hints`` (codes), ``box`` (shares of the picture), ``yaw``, ``pitch``."""
        seen = self._tracker(image, time_s)
        if isinstance(seen, Missed):
            return {
                "seen": False,
                "ok": False,
                "hints": [seen.reason],
                "box": None,
                "yaw": None,
                "pitch": None,
            }
        angles = head_angles(seen.mesh.points)
        x, y, width, height = _box(seen.mesh)
        hints = hints_of(image, seen.mesh, measure(image, seen.mesh), angles)
        if self._moves(time_s, x + width / 2, y + height / 2, height) and "hold_still" not in hints:
            hints = [*(code for code in hints if code != "ok"), "hold_still"]
        rows, columns = image.shape[:2]
        return {
            "seen": True,
            "ok": hints == ["ok"],
            "hints": hints,
            "box": [x / columns, y / rows, width / columns, height / rows],
            "yaw": round(angles.yaw, 1),
            "pitch": round(angles.pitch, 1),
        }

    def _moves(self, time_s: float, x: float, y: float, height: float) -> bool:
        """Whether the face has moved fast since the last picture."""
        before, self._before = self._before, (time_s, x, y)
        if before is None or not 0 < time_s - before[0] <= _STILL_S:
            return False
        way = float(np.hypot(x - before[1], y - before[2]))
        return way / max(height, 1.0) / (time_s - before[0]) > _MOST_SPEED

    def summary(self) -> dict[str, Any]:
        """Nothing is kept of faces."""
        return {}


def face_watcher() -> Callable[[dict[str, Any]], FaceWatch]:
    """Load the networks once; each viewer gets a watch of its own.

    Raises:
        WeightsError: weights are not installed.
    """
    detector, mesh = FaceDetector(sides=(320, 640)), FaceMesh()
    return lambda facts: FaceWatch(detector, mesh)


def _box(mesh: Mesh) -> tuple[float, float, float, float]:
    low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def hints_of(image: NDArray[np.uint8], mesh: Mesh, quality: Quality, angles: HeadAngles) -> list[str]:
    """What to change, of `HINTS`, the gravest first; ``ok`` alone where nothing is wrong."""
    found = [*_placed(image, mesh), *_lit(image, mesh, quality)]
    failing = set(quality.failing)
    if "occluded" in failing:
        found.append("covered")
    if abs(angles.yaw) > _MOST_YAW:
        found.append("turn_right" if angles.yaw > 0 else "turn_left")
    if abs(angles.pitch) > _MOST_PITCH:
        found.append("look_down" if angles.pitch > 0 else "look_up")
    for reason, code in (
        ("blurred", "hold_still"),
        ("eyes_closed", "eyes_closed"),
        ("mouth_open", "mouth_open"),
    ):
        if reason in failing:
            found.append(code)
    return found or ["ok"]


def _placed(image: NDArray[np.uint8], mesh: Mesh) -> list[str]:
    rows, columns = image.shape[:2]
    high = min(float(rows), columns / _SHOWN)
    x, y, width, height = _box(mesh)
    aside, above = (x + width / 2 - columns / 2) / (high * _SHOWN), (y + height / 2 - rows / 2) / high
    found = []
    if height / high < _LEAST_HEIGHT:
        found.append("too_far")
    elif height / high > _MOST_HEIGHT:
        found.append("too_near")
    if abs(aside) > _MOST_ASIDE or abs(above) > _MOST_ABOVE:
        found.append("off_centre")
    return found


def _lit(image: NDArray[np.uint8], mesh: Mesh, quality: Quality) -> list[str]:
    x, y, width, height = _box(mesh)
    luma = image[::4, ::4].mean(axis=2)
    around = np.ones(luma.shape, bool)
    left, top = max(0, int(x // 4)), max(0, int(y // 4))
    around[top : int((y + height) // 4), left : int((x + width) // 4)] = False
    beyond = float(luma[around].mean()) if around.any() else 0.0
    if quality.brightness < _BACKLIT_LUMA and beyond > _BACKLIT_TIMES * max(quality.brightness, 1.0):
        return ["backlit"]
    return [reason for reason in ("too_dark", "too_bright") if reason in quality.failing]
