"""The body as balls along its segments: quick to tell whether one limb goes through another or the trunk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.body_model import SEGMENTS
from mitate.simulate.exercise_pose import DOFS, Array, Rig

__all__ = ["Balls", "balls_of"]

_TRUNK = ("pelvis", "sacral", "lumbar", "t12", "chest")
_ENDS = {"upper_arm": "forearm", "forearm": "hand", "thigh": "shank", "shank": "foot"}
_SLICES = 7
_ALLOWED_M = 0.025  # flesh gives way
_AS_UPRIGHT_M = 0.015  # more than thighs that touch in standing
_SOFT_M = 0.07  # of a thigh drawn to the belly, or an arm pressed to the side
_FOLDS = (
    ("thigh", "trunk"),
    ("upper_arm", "trunk"),
    ("shank", "thigh"),
    ("foot", "trunk"),
    ("foot", "thigh"),
)


@dataclass(frozen=True, eq=False)
class Balls:
    """Balls that move with the segments.

    Attributes:
        centres: (K, 3) metres at rest. radii: (K,) metres. segment: (K,) indices of `SEGMENTS`.
        parent: (S,) of the skeleton.
        upright: (K, 3) metres, the centres where all angles are 0.
    """

    centres: Array
    radii: Array
    segment: NDArray[np.int64]
    parent: tuple[int, ...]
    upright: Array

    def placed(self, rig: Rig, turns: Array, joints: Array) -> Array:
        """(B, K, 3) metres, where the balls are in several poses."""
        from_joint = self.centres - rig.rest[self.segment]
        turned = np.einsum("bkij,kj->bki", turns[:, self.segment], from_joint)
        return np.asarray(turned + joints[:, self.segment])

    @cached_property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
        """Of balls that must not meet: first, second, and how deep they may, metres."""
        first, second = np.triu_indices(len(self.radii), 1)
        kept, allowed = np.zeros(len(first), bool), np.zeros(len(first))
        table = {
            (a, b): self._allowed(a, b) for a in range(len(SEGMENTS)) for b in range(len(SEGMENTS)) if a != b
        }
        for i, (one, other) in enumerate(zip(self.segment[first], self.segment[second], strict=True)):
            depth = table.get((int(one), int(other)))
            if depth is not None:
                kept[i], allowed[i] = True, depth
        first, second, allowed = first[kept], second[kept], allowed[kept]
        at_zero = np.linalg.norm(self.upright[first] - self.upright[second], axis=1)
        touching = self.radii[first] + self.radii[second] - at_zero + _AS_UPRIGHT_M
        return first, second, np.maximum(allowed, touching)

    def _allowed(self, one: int, other: int) -> float | None:
        """How deep two segments may meet; None where they always do."""
        kinds = [_kind(SEGMENTS[i]) for i in (one, other)]
        if kinds[0] == kinds[1] == "trunk" or self.parent[one] == other or self.parent[other] == one:
            return None
        if "thigh" in kinds and {SEGMENTS[one], SEGMENTS[other]} & {"pelvis", "sacral"}:
            return None
        near = {"head", "neck", "trunk", "clavicle"}
        if set(kinds) <= near or ("upper_arm" in kinds and set(kinds) & {"clavicle", "neck"}):
            return None
        for a, b in _FOLDS:
            if set(kinds) == {a, b}:
                same = SEGMENTS[one].split("_")[0] == SEGMENTS[other].split("_")[0]
                return _SOFT_M if same or "trunk" in kinds else _ALLOWED_M
        return _ALLOWED_M

    def deepest(
        self, centres: Array, meant: Collection[frozenset[int]] = ()
    ) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
        """Of poses how much too deep the worst pair is, (B,) metres, and the pair's segments.

        Args:
            centres: (B, K, 3) metres. meant: pairs of segments that are to touch, and are left out.
        """
        first, second, allowed = self.pairs
        ends = zip(self.segment[first], self.segment[second], strict=True)
        kept = np.array([frozenset((int(a), int(b))) not in meant for a, b in ends])
        first, second, allowed = first[kept], second[kept], allowed[kept]
        worst = np.empty(len(centres))
        one, other = np.zeros(len(centres), np.int64), np.zeros(len(centres), np.int64)
        for i, places in enumerate(centres):
            apart = np.linalg.norm(places[first] - places[second], axis=1)
            deep = self.radii[first] + self.radii[second] - apart - allowed
            at = int(deep.argmax())
            worst[i] = deep[at]
            one[i], other[i] = self.segment[first[at]], self.segment[second[at]]
        return worst, one, other


def _kind(segment: str) -> str:
    part = segment.removeprefix("left_").removeprefix("right_")
    return "trunk" if part in _TRUNK else part


def balls_of(rig: Rig) -> Balls:
    """The balls of a person, measured on the skin at rest."""
    skin, owner = rig.shape.vertices.astype(np.float64), rig.shape.model.owner
    found: list[tuple[Array, float, int]] = []
    for index, name in enumerate(SEGMENTS):
        own = skin[owner == index]
        part = _kind(name)
        if part == "trunk":
            found += [(c, r, index) for c, r in _trunk_balls(own)]
        elif part in _ENDS:
            end = rig.rest[SEGMENTS.index(name.replace(part, _ENDS[part]))]
            found += [(c, r, index) for c, r in _limb_balls(own, rig.rest[index], end)]
        elif part in ("hand", "foot"):
            tip = own[np.argsort(np.linalg.norm(own - rig.rest[index], axis=1))[-40:]].mean(axis=0)
            found += [(c, r, index) for c, r in _limb_balls(own, rig.rest[index], tip, thin=True)]
        elif part == "head":
            middle = 0.5 * (own.min(axis=0) + own.max(axis=0))
            found.append((middle, float(0.45 * np.ptp(own[:, 0])), index))
    balls = Balls(
        centres=np.stack([c for c, _, _ in found]),
        radii=np.array([r for _, r, _ in found]),
        segment=np.array([s for _, _, s in found]),
        parent=rig.parent,
        upright=np.zeros((len(found), 3)),
    )
    turns = rig.turns(np.zeros((1, len(DOFS))))
    return replace(balls, upright=balls.placed(rig, turns, rig.joints(turns, np.zeros((1, 3))))[0])


def _limb_balls(own: Array, start: Array, end: Array, *, thin: bool = False) -> list[tuple[Array, float]]:
    """Balls along a limb, as thick as it is; of a flat part as thick as it is flat."""
    way = end - start
    along = (own - start) @ way / (way @ way)
    aside = own - start - np.outer(along, way)
    balls = []
    for share in (np.arange(_SLICES) + 0.5) / _SLICES:
        near = np.abs(along - share) < 0.6 / _SLICES
        if near.sum() < 6:
            continue
        centre = start + share * way + aside[near].mean(axis=0)
        far = np.linalg.norm(aside[near] - aside[near].mean(axis=0), axis=1)
        balls.append((centre, float(np.quantile(far, 0.15 if thin else 0.4))))
    return balls


def _trunk_balls(own: Array) -> list[tuple[Array, float]]:
    """Three balls side by side at each height of a part of the trunk."""
    balls = []
    low, high = own[:, 1].min(), own[:, 1].max()
    count = max(1, round((high - low) / 0.07))
    for height in low + (high - low) * (np.arange(count) + 0.5) / count:
        near = own[np.abs(own[:, 1] - height) < 0.035]
        middle = near[np.abs(near[:, 0]) < 0.06]
        if len(middle) < 6:
            continue
        radius = 0.45 * float(np.ptp(middle[:, 2]))
        wide = max(0.48 * float(np.ptp(near[:, 0])) - radius, 0.0)
        depth = 0.5 * (middle[:, 2].min() + middle[:, 2].max())
        balls += [(np.array([x, height, depth]), radius) for x in (-wide, 0.0, wide)]
    return balls
