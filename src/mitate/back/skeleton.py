"""The points of a body in space, on axes of its own: what every signal of the coach is computed from.

The picture says best where points lie across it, the network best how deep they lie: the two are put together
with one scale a frame. Depth is the network's guess (Grishchenko et al. 2022, BlazePose GHUM, arXiv
2206.11678). Up is up in the picture, set right by the camera's roll where that is known. The body's own
axes (towards the head, to its left, forward) come from hips and shoulders, so that they hold while somebody
stands, sits or lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.body.points import INDEX, POINTS

__all__ = ["UP", "Skeleton", "angle", "from_joints", "from_pose", "unit"]

Array = NDArray[np.float64]

UP = np.array([0.0, 1.0, 0.0])
LEAST_VISIBILITY = 0.1
"""Below it a point is not used: the network guesses hidden points, and of what it hides it sees something."""

_FEWEST = 6  # points that set the scale of a frame
_SMALLEST = 1e-6


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A body in n moments.

    Attributes:
        space: (n, 33, 3) metres, x right in the picture, y up, z towards the camera; NaN where not seen.
            Where its origin lies means nothing.
        visibility: (n, 33), 0 to 1.
        place: (n, 2) middle of the hips in the picture, x right and y up, in metres; NaN where not known.
    """

    space: Array
    visibility: Array
    place: Array

    def __len__(self) -> int:
        return len(self.space)

    def point(self, name: str) -> Array:
        """(n, 3) of `mitate.body.points.POINTS`."""
        return self.space[:, INDEX[name]]

    def middle(self, part: str) -> Array:
        """(n, 3) between left and right; the one that is seen where the other is not."""
        left, right = self.point(f"left_{part}"), self.point(f"right_{part}")
        both = 0.5 * (left + right)
        return np.where(np.isfinite(both), both, np.where(np.isfinite(left), left, right))

    def line(self, part: str) -> Array:
        """(n, 3) from the right one to the left one."""
        return self.point(f"left_{part}") - self.point(f"right_{part}")

    def trust(self, side: str, *parts: str) -> Array:
        """(n,) the least visibility of some points of a side."""
        return np.asarray(self.visibility[:, [INDEX[f"{side}_{part}"] for part in parts]].min(axis=1))

    @cached_property
    def along(self) -> Array:
        """(n, 3) unit, from the hips to the shoulders."""
        return unit(self.middle("shoulder") - self.middle("hip"))

    @cached_property
    def left(self) -> Array:
        """(n, 3) unit, to the person's left, at right angles to the trunk."""
        across = unit(self.line("hip")) + unit(self.line("shoulder"))
        return unit(across - dot(across, self.along)[:, None] * self.along)

    @cached_property
    def ahead(self) -> Array:
        """(n, 3) unit, out of the chest."""
        return np.cross(self.left, self.along)

    @cached_property
    def facing(self) -> Array:
        """(n, 3) unit, level, where the pelvis faces; NaN while the person lies on a side."""
        level = self.left * [1.0, 0.0, 1.0]
        size = np.linalg.norm(level, axis=1, keepdims=True)
        return np.cross(np.where(size > 0.5, level / np.maximum(size, _SMALLEST), np.nan), UP)

    @cached_property
    def leg(self) -> Array:
        """(n,) metres from hip to ankle along thigh and shank, of the better seen side."""
        lengths, trusts = [], []
        for side in ("left", "right"):
            hip, knee, ankle = (self.point(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
            lengths.append(np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1))
            trusts.append(self.trust(side, "hip", "knee", "ankle"))
        return weighted(lengths, trusts)

    @cached_property
    def shoulders(self) -> Array:
        """(n,) metres between the shoulders; from the trunk's length where they are seen from the side."""
        width = np.linalg.norm(self.line("shoulder"), axis=1)
        trunk = np.linalg.norm(self.middle("shoulder") - self.middle("hip"), axis=1)
        return np.asarray(np.fmax(width, 0.6 * trunk))  # adults: about 0.75 of it


def from_pose(
    points: ArrayLike, world: ArrayLike, visibility: ArrayLike, *, roll_deg: float = 0.0
) -> Skeleton:
    """From what the pose network says.

    Args:
        points: (n, 33, 2) pixels, x right and y down.
        world: (n, 33, 3) metres, x right, y up, z towards the camera.
        visibility: (n, 33), 0 to 1.
        roll_deg: by how much the picture's top leans to the right of the true vertical.
    """
    flat = np.asarray(points, np.float64) * [1.0, -1.0]
    deep = np.asarray(world, np.float64)
    seen = np.asarray(visibility, np.float64)
    known = np.isfinite(flat).all(axis=2) & np.isfinite(deep).all(axis=2) & (seen >= LEAST_VISIBILITY)
    weight = np.where(known, seen, 0.0)[..., None]
    total = np.maximum(weight.sum(axis=1, keepdims=True), _SMALLEST)
    filled, metres = np.where(known[..., None], flat, 0.0), np.where(known[..., None], deep[..., :2], 0.0)
    centre = (weight * filled).sum(axis=1, keepdims=True) / total
    middle = (weight * metres).sum(axis=1, keepdims=True) / total
    spread = (weight * (filled - centre) ** 2).sum(axis=(1, 2))
    shared = (weight * (filled - centre) * (metres - middle)).sum(axis=(1, 2))
    fits = (known.sum(axis=1) >= _FEWEST) & (shared > 0)
    scale = np.where(fits, shared / np.maximum(spread, _SMALLEST), np.nan)[:, None, None]
    across = (flat - centre) * scale + middle
    across = np.where(fits[:, None, None], across, deep[..., :2])
    space = np.where(known[..., None], np.concatenate([across, deep[..., 2:]], axis=2), np.nan)
    hips = flat[:, [INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=1) * scale[:, :, 0]
    turn = np.radians(roll_deg)
    about = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    space[..., :2] = space[..., :2] @ about
    return Skeleton(space, seen, hips @ about)


def from_joints(joints: Mapping[str, ArrayLike], *, ahead: str = "z") -> Skeleton:
    """From joints (n, 3) in metres by the names of `POINTS`, as another sensor gives them; y is up.

    Args:
        joints: by name; names that are no point are left out, points without a joint are not seen.
        ahead: the axis that points at the sensor.
    """
    count = len(np.asarray(next(iter(joints.values()))))
    space = np.full((count, len(POINTS), 3), np.nan)
    for name, places in joints.items():
        if name in INDEX:
            space[:, INDEX[name]] = np.asarray(places, np.float64)
    if ahead == "x":
        space = np.stack([-space[..., 2], space[..., 1], space[..., 0]], axis=2)
    hips = space[:, [INDEX["left_hip"], INDEX["right_hip"]], :2].mean(axis=1)
    return Skeleton(space, np.isfinite(space).all(axis=2).astype(np.float64), hips)


def unit(vectors: Array) -> Array:
    """Vectors (n, 3) of length one; NaN where there is no direction."""
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(size > _SMALLEST, size, np.nan))


def dot(one: Array, other: Array) -> Array:
    """(n,) of vectors (n, 3)."""
    return np.asarray((one * other).sum(axis=-1))


def angle(one: Array, other: Array) -> Array:
    """(n,) degrees between vectors (n, 3), 0 to 180."""
    sine = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.asarray(np.degrees(np.arctan2(sine, dot(one, other))))


def weighted(values: list[Array], trusts: list[Array]) -> Array:
    """(n,) mean of what left and right say, each as much as it is seen; NaN where neither is."""
    table, weight = np.stack(values), np.stack(trusts) ** 2
    weight = np.where(np.isfinite(table), weight, 0.0)
    total = weight.sum(axis=0)
    mean = (weight * np.nan_to_num(table)).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, mean, np.nan)
