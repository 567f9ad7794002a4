"""Cameras of the exercise films: set once for a whole motion, so that nothing leaves the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.body_model import Floats

__all__ = ["LAYOUTS", "Camera", "Layout", "camera_for", "layout_for"]

_DISTANCE_M = 6.5  # far enough that near limbs are not drawn large
_SIDE_MARGIN, _TOP_MARGIN, _FOOT_MARGIN = 0.06, 0.07, 0.09  # shares of the picture left free
_LARGEST_PX_PER_M = 620.0

_LYING_M = 1.0  # who is not as tall as this lies or kneels
_OVER_FEET = 40.0

_AIMS: Mapping[str, tuple[float, float]] = {
    # degrees that the camera stands round to the person's left, and that it looks down
    "front": (0.0, 8.0),
    "oblique": (38.0, 12.0),
    "side": (82.0, 9.0),
    "back": (180.0, 10.0),
    "top": (0.0, 62.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole whose picture may lie off its axis.

    Attributes:
        place: (3,) metres, in the world.
        turn: (3, 3) from the world to the camera: x right, y up, z towards the camera.
        focal_px: of the picture.
        centre: where the axis meets the picture, pixels, x right and y down.
        width, height: pixels.
    """

    place: Floats
    turn: Floats
    focal_px: float
    centre: tuple[float, float]
    width: int
    height: int

    def project(self, points: NDArray[np.floating]) -> Floats:
        """World points (..., 3) in metres to the picture (..., 2), pixels."""
        seen = (np.asarray(points, np.float32) - self.place) @ self.turn.T
        depth = np.maximum(-seen[..., 2], 0.05)
        x = self.centre[0] + self.focal_px * seen[..., 0] / depth
        y = self.centre[1] - self.focal_px * seen[..., 1] / depth
        return np.stack([x, y], axis=-1)

    def rays(self, pixels: NDArray[np.floating]) -> Floats:
        """Directions (n, 3) in the world, of unit length, of places in the picture (n, 2)."""
        pixels = np.asarray(pixels, np.float32)
        x = (pixels[:, 0] - self.centre[0]) / self.focal_px
        y = (self.centre[1] - pixels[:, 1]) / self.focal_px
        seen = np.stack([x, y, -np.ones_like(x)], axis=1)
        seen /= np.linalg.norm(seen, axis=1, keepdims=True)
        return np.ascontiguousarray(seen @ self.turn, np.float32)

    @property
    def px_per_m(self) -> float:
        """At the camera's distance from what it was set for."""
        return self.focal_px / _DISTANCE_M


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the two views lie in the picture: x, y, width and height of each, pixels."""

    first: tuple[int, int, int, int]
    second: tuple[int, int, int, int]


LAYOUTS: tuple[Layout, ...] = (
    Layout((0, 0, 800, 720), (806, 0, 474, 720)),
    Layout((0, 0, 1280, 436), (0, 442, 1280, 278)),
)
"""Side by side for who stands or sits, one above the other for who lies."""


def _turn(azimuth: float, pitch: float) -> Floats:
    a, p = np.radians(azimuth), np.radians(pitch)
    towards = np.array([np.sin(a) * np.cos(p), np.sin(p), np.cos(a) * np.cos(p)])
    right = np.array([np.cos(a), 0.0, -np.sin(a)])
    return np.stack([right, np.cross(towards, right), towards]).astype(np.float32)


def camera_for(
    points: NDArray[np.floating],
    view: str,
    size: tuple[int, int],
    *,
    from_left: bool = False,
    from_behind: bool = False,
    lying: bool = False,
) -> Camera:
    """The camera that has all points in its picture, as large as the margins allow.

    Args:
        points: (n, 3) metres, all that is to be seen at any time.
        view: ``side``, ``front``, ``back``, ``oblique`` or ``top``.
        size: width and height of the picture, pixels.
        from_left: whether it stands on the person's left, where the view is from a side.
        from_behind: whether a side is seen a little from behind, not from in front, as where a wall is ahead.
        lying: whether the person lies or kneels low.
    """
    azimuth, pitch = _AIMS[view]
    points = np.asarray(points, np.float32)
    wide, _, deep = np.ptp(points, axis=0)
    if view == "top" and lying and deep > 0.8 * wide:  # who lies is seen along the picture
        azimuth = 90.0
    if view in ("front", "back") and lying and deep > 1.1 * wide:
        pitch = _OVER_FEET  # who lies is seen from above the feet, not between them
    if view == "side" and from_behind:
        azimuth = 180.0 - azimuth
    turn = _turn(azimuth if from_left or view in ("front", "back") else -azimuth, pitch)
    middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
    place = middle + _DISTANCE_M * turn[2]
    seen = (points - place) @ turn.T
    flat = seen[:, :2] / -seen[:, 2:]
    low, high = flat.min(axis=0), flat.max(axis=0)
    width, height = size
    across = (1 - 2 * _SIDE_MARGIN) * width
    upright = (1 - _TOP_MARGIN - _FOOT_MARGIN) * height
    focal = min(across / (high[0] - low[0]), upright / (high[1] - low[1]), _LARGEST_PX_PER_M * _DISTANCE_M)
    x = 0.5 * (width - 1) - focal * 0.5 * (low[0] + high[0])
    # What is small stands on the lower part of the picture, as on a floor.
    spare = height - (_TOP_MARGIN + _FOOT_MARGIN) * height - focal * (high[1] - low[1])
    y = (1 - _FOOT_MARGIN) * height - 0.4 * spare + focal * low[1]
    return Camera(place, turn, float(focal), (float(x), float(y)), width, height)


def layout_for(
    points: NDArray[np.floating],
    views: tuple[str, str],
    *,
    near: NDArray[np.floating] | None = None,
    from_left: bool = False,
    from_behind: bool = False,
) -> tuple[Layout, tuple[Camera, Camera]]:
    """The layout in which the figure is larger, the first view counting more, and its cameras.

    Args:
        points, from_left, from_behind: as for `camera_for`.
        views: the large one first.
        near: what the large view shows, if that is not everything; the views then stand side by side.
    """
    lying = bool(np.ptp(points[:, 1]) < _LYING_M)
    found, stands = [], {"from_left": from_left, "from_behind": from_behind, "lying": lying}
    for layout in LAYOUTS[: 1 if near is not None else None]:
        cameras = (
            camera_for(points if near is None else near, views[0], layout.first[2:], **stands),
            camera_for(points, views[1], layout.second[2:], **stands),
        )
        found.append((2 * cameras[0].px_per_m + cameras[1].px_per_m, layout, cameras))
    _, layout, cameras = max(found, key=lambda one: one[0])
    return layout, cameras
