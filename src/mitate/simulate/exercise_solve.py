"""A pose in which contacts hold: nonlinear least squares over the degrees of freedom and the body's place.

Levenberg-Marquardt's kin in scipy (trust region reflective, Branch MA et al., SIAM J Sci Comput 1999;21:1-23)
with joint limits as bounds. Residuals, each over what is tolerated: angles against the given ones, touching
skin against its surface, skin below the floor or behind a wall, what must stay against where it was, and the
centre of mass against the feet where a person stands (segment masses: de Leva P,
J Biomech 1996;29:1223-1230).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from mitate.simulate.body_model import SEGMENTS, BodyShape
from mitate.simulate.exercise_contact import ContactPoint, contact_points, skin_samples
from mitate.simulate.exercise_limits import LIMITS
from mitate.simulate.exercise_pose import DOFS, Array, Rig, rig_of
from mitate.simulate.exercise_support import Plane

__all__ = ["Balance", "Body", "Joined", "PoseProblem", "Touch", "solve"]

_TOUCH_M, _THROUGH_M, _JOINED_M = 0.001, 0.002, 0.004
_SHARPNESS_M = 0.005  # within this, several vertices of a group share in touching
_ROOT = len(DOFS)
_MASSES = {
    "head": 0.07,
    "neck": 0.01,
    "chest": 0.19,
    "t12": 0.06,
    "lumbar": 0.06,
    "sacral": 0.05,
    "pelvis": 0.09,
}
for _side in ("left", "right"):
    _MASSES |= {f"{_side}_upper_arm": 0.027, f"{_side}_forearm": 0.016, f"{_side}_hand": 0.006}
    _MASSES |= {f"{_side}_thigh": 0.142, f"{_side}_shank": 0.043, f"{_side}_foot": 0.014}


@dataclass(frozen=True, eq=False)
class Body:
    """A person ready for the solver."""

    rig: Rig
    points: Mapping[str, ContactPoint]
    samples: NDArray[np.int64]

    @classmethod
    def of(cls, shape: BodyShape) -> Body:
        """Make a person ready."""
        rig = rig_of(shape)
        return cls(rig, contact_points(rig), skin_samples(rig))

    @cached_property
    def masses(self) -> tuple[Array, Array]:
        """(S,) shares of the body's mass, and (S, 3) metres, their centres at rest."""
        share = np.array([_MASSES.get(name, 0.0) for name in SEGMENTS])
        owner, skin = self.rig.shape.model.owner, self.rig.shape.vertices
        centres = np.stack([skin[owner == i].mean(axis=0) for i in range(len(SEGMENTS))])
        return share / share.sum(), centres.astype(np.float64)

    def centre_of_mass(self, turns: Array, joints: Array) -> Array:
        """(B, 3) metres, of poses with turns (B, S, 3, 3) and joints (B, S, 3)."""
        share, centres = self.masses
        middle = np.einsum("s,bsij,sj->bi", share, turns, centres - self.rig.rest)
        return np.asarray(middle + np.einsum("s,bsi->bi", share, joints))

    def stands_at(self, turns: Array, joints: Array, feet: tuple[str, ...]) -> Array:
        """(B, 2) metres, x and z of the middle of what stands: of a whole foot somewhat before the ankle."""
        found = np.zeros((len(joints), 2))
        for name in feet:
            point = self.points[name]
            sole = np.mean([self.rig.skin(turns, joints, g).mean(axis=1) for g in point.groups], axis=0)
            if name.endswith("_foot"):
                sole = 0.5 * (sole + joints[:, point.segment])
            found += sole[:, [0, 2]] / len(feet)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Touch:
    """A part of the body on a plane.

    Attributes:
        point: which part.
        plane: where; its offset is a variable where `key` is in `PoseProblem.free`.
        key: the plane's name.
        held: (groups, 3) metres, where the groups' middles must stay; None where they may choose.
    """

    point: ContactPoint
    plane: Plane
    key: str
    held: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """A part of the body on another part."""

    point: ContactPoint
    other: ContactPoint


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """That the centre of mass should be above (2,) metres, x and z, `within_m`; from `feet`, if any."""

    above: Array
    within_m: float
    feet: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PoseProblem:
    """What a pose should be.

    Attributes:
        body: whose.
        target: (D + 3,) degrees, and metres of the root.
        tolerance: (D + 3,) of the target.
        touches, joined: contacts.
        free: planes that are fitted: their names → usual offset, freedom, least, most; metres.
        walls: planes that the body must not go through, besides the floor.
        balance: where the centre of mass should be; None where it is free.
    """

    body: Body
    target: Array
    tolerance: Array
    touches: tuple[Touch, ...]
    joined: tuple[Joined, ...] = ()
    free: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)
    walls: tuple[Plane, ...] = ()
    balance: Balance | None = None

    @cached_property
    def _rows(self) -> tuple[NDArray[np.int64], dict[str, list[slice]]]:
        """All vertices that are needed, and of each contact point its groups' places among them."""
        parts, places = [self.body.samples], {}
        at = len(self.body.samples)
        chosen = [t.point for t in self.touches]
        for pair in self.joined:
            chosen += [pair.point, pair.other]
        for point in chosen:
            if point.name in places:
                continue
            slices = []
            for group in (*point.groups, np.array([point.centre])):
                parts.append(group)
                slices.append(slice(at, at + len(group)))
                at += len(group)
            places[point.name] = slices
        return np.concatenate(parts), places

    def residuals(self, many: Array) -> Array:
        """(B, m) of several sets of variables (B, D + 3 + free), each over what is tolerated."""
        dofs, root = many[:, :_ROOT], many[:, _ROOT : _ROOT + 3]
        turns = self.body.rig.turns(dofs)
        joints = self.body.rig.joints(turns, root)
        rows, places = self._rows
        skin = self.body.rig.skin(turns, joints, rows)
        offsets = {key: many[:, _ROOT + 3 + i] for i, key in enumerate(self.free)}
        parts = [(many[:, : _ROOT + 3] - self.target) / self.tolerance]
        for key, (usual, freedom, _, _) in self.free.items():
            parts.append(((offsets[key] - usual) / freedom)[:, None])
        samples = skin[:, : len(self.body.samples)]
        parts.append(np.minimum(samples[:, :, 1], 0.0) / _THROUGH_M)
        for wall in self.walls:
            parts.append(np.minimum(samples @ wall.normal - wall.offset, 0.0) / _THROUGH_M)
        for touch in self.touches:
            offset = offsets.get(touch.key, np.full(len(many), touch.plane.offset))
            parts += _touching(touch, [skin[:, s] for s in places[touch.point.name][:-1]], offset)
        for pair in self.joined:
            parts += _joining(pair, skin, places, turns)
        if self.balance is not None:
            middle = self.body.centre_of_mass(turns, joints)
            above = self.balance.above + self.body.stands_at(turns, joints, self.balance.feet)
            parts.append((middle[:, [0, 2]] - above) / self.balance.within_m)
        return np.concatenate(parts, axis=1)

    def placed(self, variables: Array, point: ContactPoint) -> Array:
        """(groups, 3) metres, where the middles of a contact point's groups are."""
        turns = self.body.rig.turns(variables[None, :_ROOT])
        joints = self.body.rig.joints(turns, variables[None, _ROOT : _ROOT + 3])
        return np.stack([self.body.rig.skin(turns, joints, g)[0].mean(axis=0) for g in point.groups])


def _touching(touch: Touch, groups: list[Array], offset: Array) -> list[Array]:
    parts = []
    normal, point = touch.plane.normal, touch.point
    for number, group in enumerate(groups):
        away = group @ normal - offset[:, None]
        nearest = np.exp(-(away - away.min(axis=1, keepdims=True)) / _SHARPNESS_M)
        lowest = (away * nearest).sum(axis=1) / nearest.sum(axis=1) + point.depth_m
        parts.append(lowest[:, None] / _TOUCH_M)
        if touch.held is not None:
            moved = group.mean(axis=1) - touch.held[number]
            along = moved - (moved @ normal)[:, None] * normal
            parts.append(along / point.slack_m)
    return parts


def _joining(pair: Joined, skin: Array, places: Mapping[str, list[slice]], turns: Array) -> list[Array]:
    one = skin[:, places[pair.point.name][-1]][:, 0]
    other = skin[:, places[pair.other.name][-1]][:, 0]
    looks = turns[:, pair.point.segment] @ pair.point.outward
    meets = turns[:, pair.other.segment] @ pair.other.outward
    return [(one - other) / _JOINED_M, ((looks * meets).sum(axis=1, keepdims=True) + 1.0) / 0.3]


_LOW = np.array([LIMITS[name][0] for name in DOFS])
_HIGH = np.array([LIMITS[name][1] for name in DOFS])
_STEP = np.concatenate([np.full(len(DOFS), 0.02), np.full(3, 1e-5)])


def solve(problem: PoseProblem, start: Array, *, steps: int = 60, least_gain: float = 1e-6) -> Array:
    """The variables (D + 3 + free,) that answer best.

    Args:
        start: (D + 3 + free,) where to begin.
        steps: at most so many evaluations.
        least_gain: share of the cost, and of the variables, below which a step ends the search.
    """
    free = np.array([(least, most) for _, _, least, most in problem.free.values()]).reshape(-1, 2)
    low = np.concatenate([_LOW, np.full(3, -5.0), free[:, 0]])
    high = np.concatenate([_HIGH, np.full(3, 5.0), free[:, 1]])
    step = np.concatenate([_STEP, np.full(len(free), 1e-5)])
    scale = np.concatenate([problem.tolerance, [f for _, f, _, _ in problem.free.values()]])

    def residuals(x: Array) -> Array:
        return np.asarray(problem.residuals(x[None])[0])

    def jacobian(x: Array) -> Array:
        shifted = np.concatenate([x[None], x + np.diag(step)])
        values = problem.residuals(shifted)
        return np.asarray((values[1:] - values[0]).T / step)

    found = least_squares(
        residuals,
        np.clip(start, low + 1e-6, high - 1e-6),
        jacobian,
        bounds=(low, high),
        x_scale=np.clip(scale, 1e-3, 30.0),
        max_nfev=steps,
        xtol=least_gain,
        ftol=least_gain,
        gtol=1e-6,
    )
    return np.asarray(found.x)
