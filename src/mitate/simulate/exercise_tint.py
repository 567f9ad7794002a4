"""Where on the body each working part lies, as a soft mask over the vertices.

The masks are drawn from surface anatomy (this project's own judgement): a few ellipsoids about the joints,
kept to the side that the skin faces there, and to the segments that carry the muscle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from mitate.back.exercise import Part
from mitate.simulate.body_model import BodyShape, Floats
from mitate.simulate.exercise_figure import along, share_of

__all__ = ["PARTS", "part_mask", "tint_of"]

PARTS: tuple[str, ...] = get_args(Part)
"""The parts that can be highlighted."""

_SIDES = (("left", 1.0), ("right", -1.0))
_TRUNK = ("pelvis", "sacral", "lumbar", "t12", "chest")
_SMOOTHINGS = 8


def _window(value: NDArray[np.floating], low: float, high: float, soft: float) -> Floats:
    """1 from `low` to `high`, falling to 0 over `soft` on either side."""
    up = np.clip((value - low) / soft + 1, 0, 1)
    down = np.clip((high - value) / soft + 1, 0, 1)
    both = np.minimum(up, down)
    return np.asarray(both * both * (3 - 2 * both), np.float32)


class _Body:
    """A body at rest, and the terms in which places on it are told."""

    def __init__(self, shape: BodyShape) -> None:
        self.shape = shape
        self.x, self.y, self.z = shape.vertices.T
        self.normals = shape.model.normals(shape.vertices)
        self.trunk = share_of(shape, *_TRUNK)
        self.hip_y = float(shape.joints["left_thigh"][1])
        self.neck_y = float(shape.joints["neck"][1])
        self.half = float(abs(shape.joints["left_upper_arm"][0]))

    def level(self, low: float, high: float, soft: float = 0.08) -> Floats:
        """Of the trunk, hips at 0 and C7 at 1."""
        return _window((self.y - self.hip_y) / (self.neck_y - self.hip_y), low, high, soft)

    def facing(self, x: float, y: float, z: float, least: float = -0.1) -> Floats:
        """Skin that faces this way, softly."""
        towards = self.normals @ (np.array([x, y, z]) / np.sqrt(x * x + y * y + z * z))
        return _window(towards, least + 0.35, 2.0, 0.35)

    def limb(self, side: str, start: str, end: str, low: float, high: float, soft: float = 0.12) -> Floats:
        """Of a limb from one joint to another."""
        on = share_of(self.shape, f"{side}_{start}")
        return np.asarray(
            on * _window(along(self.shape, f"{side}_{start}", f"{side}_{end}"), low, high, soft)
        )

    def limbs(self, one: Callable[[str, float], NDArray[np.floating]]) -> Floats:
        """The same on both sides."""
        left, right = (one(side, sign) for side, sign in _SIDES)
        return np.asarray(np.maximum(left, right), np.float32)


def _glutes(b: _Body) -> Floats:
    on = b.trunk + share_of(b.shape, "left_thigh", "right_thigh")
    return np.asarray(on * b.level(-0.1, 0.19, 0.1) * b.facing(0, 0, -1), np.float32)


def _hip_side(b: _Body) -> Floats:
    def one(side: str, sign: float) -> NDArray[np.floating]:
        on = b.trunk + share_of(b.shape, f"{side}_thigh")
        outer = b.facing(sign, 0, -0.25, 0.2) * (sign * b.x > 0.02)
        return np.asarray(on * b.level(-0.14, 0.22, 0.08) * outer)

    return b.limbs(one)


def _hip_front(b: _Body) -> Floats:
    on = b.trunk + share_of(b.shape, "left_thigh", "right_thigh")
    return np.asarray(on * b.level(-0.22, 0.1, 0.07) * b.facing(0, 0, 1) * (np.abs(b.x) > 0.03), np.float32)


def _thigh(b: _Body, direction: Callable[[float], tuple[float, float, float]], low: float) -> Floats:
    return b.limbs(lambda side, sign: b.limb(side, "thigh", "shank", low, 0.86) * b.facing(*direction(sign)))


_MAKERS: Mapping[str, Callable[[_Body], Floats]] = {
    "neck": lambda b: (
        _window(b.y - b.neck_y, -0.015, 0.085, 0.03)
        * np.maximum(share_of(b.shape, "neck"), share_of(b.shape, "chest", "head"))
        * (np.abs(b.x) < 0.075)
    ),
    "shoulders": lambda b: b.limbs(
        lambda side, sign: (
            share_of(b.shape, f"{side}_upper_arm", f"{side}_clavicle")
            * _window(along(b.shape, f"{side}_upper_arm", f"{side}_forearm"), -0.18, 0.33, 0.15)
        )
    ),
    "shoulder_blades": lambda b: (
        (b.trunk + share_of(b.shape, "left_clavicle", "right_clavicle"))
        * b.level(0.66, 0.9)
        * b.facing(0, 0, -1)
        * _window(np.abs(b.x), 0.035, 0.8 * b.half, 0.03)
    ),
    "arms": lambda b: b.limbs(lambda side, sign: b.limb(side, "upper_arm", "forearm", 0.2, 0.95)),
    "chest": lambda b: (
        (b.trunk + share_of(b.shape, "left_clavicle", "right_clavicle"))
        * b.level(0.66, 0.88)
        * b.facing(0, 0, 1)
    ),
    "upper_back": lambda b: (
        (b.trunk + share_of(b.shape, "left_clavicle", "right_clavicle"))
        * b.level(0.52, 0.98)
        * b.facing(0, 0.1, -1)
    ),
    "low_back": lambda b: b.trunk * b.level(0.16, 0.44) * b.facing(0, 0, -1, 0.1),
    "abdomen": lambda b: b.trunk * b.level(0.06, 0.5) * b.facing(0, 0, 1, 0.05),
    "side_trunk": lambda b: b.limbs(
        lambda side, sign: b.trunk * b.level(0.2, 0.58) * b.facing(sign, 0, 0, 0.1)
    ),
    "glutes": _glutes,
    "hip_side": _hip_side,
    "hip_front": _hip_front,
    "thigh_front": lambda b: _thigh(b, lambda sign: (0, 0, 1), 0.12),
    "thigh_back": lambda b: _thigh(b, lambda sign: (0, 0, -1), 0.2),
    "thigh_inner": lambda b: _thigh(b, lambda sign: (-sign, 0, 0), 0.1),
    "calves": lambda b: b.limbs(
        lambda side, sign: b.limb(side, "shank", "foot", 0.06, 0.6, 0.15) * b.facing(0, 0, -1)
    ),
}


def part_mask(shape: BodyShape, part: str) -> Floats:
    """(V,) from 0 to 1: how much a vertex belongs to a part, one of `PARTS`."""
    return np.clip(_MAKERS[part](_Body(shape)), 0, 1).astype(np.float32)


def tint_of(shape: BodyShape, parts: Iterable[str], spread: csr_matrix) -> Floats:
    """(V,) the highlight of these parts, without hard edges.

    Args:
        spread: (V, V) sparse, the mean over a vertex and its neighbours.
    """
    mask = np.zeros(len(shape.vertices), np.float32)
    for part in parts:
        mask = np.maximum(mask, part_mask(shape, part))
    for _ in range(_SMOOTHINGS):
        mask = np.asarray(spread @ mask, np.float32)
    return mask
