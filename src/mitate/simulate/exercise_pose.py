"""From the degrees of freedom of an exercise to a posed body: forward kinematics, many poses at once.

Angles are degrees, 0 is upright with straight legs and arms hanging, palms to the thighs. The pelvis turns
in the world: `pelvis_turn` about the vertical, then `pelvis_list`, then `pelvis_tilt`. Every other segment
turns on the one that carries it: flexion first, then abduction (or bending), then rotation about its own
length, as Grood and Suntay's and Wu's angles (`mitate.body.kinematics`) are read. The rest pose of the body
model has bent elbows and knees; `Rig` takes that out, so that 0 is straight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mitate.abduce.names import did_you_mean
from mitate.errors import InputError
from mitate.simulate.body_model import SEGMENTS, BodyShape
from mitate.simulate.exercise_hands import flat_hands
from mitate.simulate.exercise_limits import LIMITS, SIDED
from mitate.simulate.posing import LUMBAR_SHARES, Posed, moved

__all__ = ["DOFS", "DOF_INDEX", "Array", "Rig", "dof_vector", "mirrored_vector", "pose_of", "rig_of"]

Array = NDArray[np.float64]
_Get = Callable[[str], Array]  # one degree of freedom of all poses

DOFS: tuple[str, ...] = tuple(LIMITS)
"""Names of the degrees of freedom, in the order of every vector of angles."""

DOF_INDEX: Mapping[str, int] = {name: i for i, name in enumerate(DOFS)}

_SIDES = (("left", 1.0), ("right", -1.0))
_HANG_OUT = 8.0  # degrees that a hanging arm stands away from the trunk
_GIRDLE_FROM, _GIRDLE_SHARE = 30.0, 0.22  # of the arm's elevation beyond this, the clavicle's share
_TWIST_IN_FOREARM = 0.5  # of pronation; the rest of it is in the wrist's skin
_PARENT = dict(zip(SEGMENTS[:7], ("", *SEGMENTS[:6]), strict=True))
for _side, _ in _SIDES:
    _PARENT |= {f"{_side}_clavicle": "chest", f"{_side}_thigh": "pelvis"}
    for _low, _up in (("upper_arm", "clavicle"), ("forearm", "upper_arm"), ("hand", "forearm")):
        _PARENT[f"{_side}_{_low}"] = f"{_side}_{_up}"
    _PARENT |= {f"{_side}_shank": f"{_side}_thigh", f"{_side}_foot": f"{_side}_shank"}


def dof_vector(angles: Mapping[str, float], base: Array | None = None) -> tuple[Array, NDArray[np.bool_]]:
    """Angles by name as a vector over `DOFS`, and which of them were named.

    Args:
        angles: degrees; a name without ``_left`` or ``_right`` stands for both sides, and one with a side
            goes before it; ``neck_protraction`` is ``chin_tuck`` backwards.
        base: what is left out is as here, 0 without.

    Raises:
        InputError: a name that is no degree of freedom.
    """
    vector = np.zeros(len(DOFS)) if base is None else base.copy()
    named = np.zeros(len(DOFS), dtype=bool)
    for name in sorted(angles, key=lambda n: n not in SIDED):
        value = float(angles[name])
        if name == "neck_protraction":
            targets, value = ["chin_tuck"], -value
        elif name in SIDED:
            targets = [f"{name}_left", f"{name}_right"]
        else:
            targets = [name]
        for target in targets:
            if target not in DOF_INDEX:
                known = (*DOFS, *SIDED, "neck_protraction")
                raise InputError(
                    f"there is no degree of freedom {name[:40]!r}",
                    where="poses.angles",
                    todo=did_you_mean(name, known) or f"one of: {', '.join(known[:13])}, {', '.join(SIDED)}",
                )
            vector[DOF_INDEX[target]], named[DOF_INDEX[target]] = value, True
    return vector, named


@lru_cache(maxsize=1)
def _mirror() -> tuple[NDArray[np.int64], Array]:
    """Which degree of freedom takes which one's place in a mirror, and by what sign."""
    place, sign = np.arange(len(DOFS)), np.ones(len(DOFS))
    for i, name in enumerate(DOFS):
        for one, other in (("_left", "_right"), ("_right", "_left")):
            if name.endswith(one):
                place[i] = DOF_INDEX[name.removesuffix(one) + other]
        if name in LIMITS and name.split("_")[-1] in ("list", "turn", "bending", "rotation"):
            sign[i] = -1.0
    return place, sign


def mirrored_vector(vector: Array) -> Array:
    """Left and right exchanged, (..., D)."""
    place, sign = _mirror()
    return np.asarray(vector[..., place] * sign)


def _about(axis: int, degrees: Array) -> Array:
    """(B, 3, 3) right-handed rotations about x, y or z."""
    angle = np.deg2rad(degrees)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.zeros((*angle.shape, 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turn[..., axis, axis] = 1.0
    turn[..., i, i] = turn[..., j, j] = c
    turn[..., i, j], turn[..., j, i] = -s, s
    return turn


@dataclass(frozen=True, eq=False)
class Rig:
    """One person's skeleton made ready for many poses.

    Attributes:
        shape: the person.
        rest: (S, 3) metres, joints at rest.
        parent: (S,) index of each segment's parent, -1 for the pelvis.
        aligned: (S, 3, 3), from the model's rest to this module's 0.
        pronated: of left and right, degrees that the hand is turned in at the model's rest.
    """

    shape: BodyShape
    rest: Array
    parent: tuple[int, ...]
    aligned: Array
    pronated: tuple[float, float]

    def turns(self, dofs: Array) -> Array:
        """Rotations from rest in the world.

        Args:
            dofs: (B, D) degrees.

        Returns:
            (B, S, 3, 3).
        """
        named = _nominal(dofs, self.pronated)
        return np.stack([named[name] for name in SEGMENTS], axis=1) @ self.aligned

    def joints(self, turns: Array, root: Array) -> Array:
        """Joints (B, S, 3), metres, of turned segments.

        Args:
            turns: (B, S, 3, 3). root: (B, 3), where the pelvis's joint is.
        """
        place = np.empty((*turns.shape[:2], 3))
        place[:, 0] = root
        for i, above in enumerate(self.parent[1:], start=1):
            place[:, i] = place[:, above] + turns[:, above] @ (self.rest[i] - self.rest[above])
        return place

    def skin(self, turns: Array, joints: Array, rows: NDArray[np.int64]) -> Array:
        """Some vertices of the skin, (B, len(rows), 3), by linear blend skinning."""
        moved = joints - np.einsum("bsij,sj->bsi", turns, self.rest)
        matrices = np.concatenate([turns, moved[..., None]], axis=3).reshape(len(turns), len(SEGMENTS), 12)
        blended = (self.shape.model.weights[rows] @ matrices).reshape(len(turns), len(rows), 3, 4)
        return np.asarray(
            np.einsum("bvij,vj->bvi", blended[..., :3], self.shape.vertices[rows]) + blended[..., 3]
        )


def rig_of(shape: BodyShape) -> Rig:
    """The skeleton of a person."""
    joints = {name: np.asarray(shape.joints[name], np.float64) for name in SEGMENTS}
    aligned = {name: np.eye(3) for name in SEGMENTS}
    pronated = []
    at_rest = shape.model.points(shape.vertices, np.stack([joints[n] for n in SEGMENTS]).astype(np.float32))
    for number, (side, sign) in enumerate(_SIDES):
        for part, end in (("thigh", "shank"), ("shank", "foot")):
            down = joints[f"{side}_{end}"] - joints[f"{side}_{part}"]
            aligned[f"{side}_{part}"] = _frame([0, -1, 0], [1, 0, 0]) @ _frame(down, [1, 0, 0]).T
        upper = joints[f"{side}_forearm"] - joints[f"{side}_upper_arm"]
        lower = joints[f"{side}_hand"] - joints[f"{side}_forearm"]
        hinge = np.cross(upper, lower)
        zero = _frame([0, -1, 0], [-1, 0, 0])
        aligned[f"{side}_upper_arm"] = zero @ _frame(upper, hinge).T
        aligned[f"{side}_forearm"] = zero @ _frame(lower, hinge).T
        index, pinky = at_rest[19 + number], at_rest[17 + number]
        knuckles = 0.5 * (index + pinky) - joints[f"{side}_hand"]
        aligned[f"{side}_hand"] = _frame([0, -1, 0], [0, 0, 1]) @ _frame(knuckles, index - pinky).T
        width = aligned[f"{side}_forearm"] @ (index - pinky)
        pronated.append(sign * float(np.degrees(np.arctan2(-width[0], width[2]))))
    return Rig(
        shape=flat_hands(shape, {side: aligned[f"{side}_hand"] for side, _ in _SIDES}),
        rest=np.stack([joints[name] for name in SEGMENTS]),
        parent=tuple(SEGMENTS.index(_PARENT[n]) if _PARENT[n] else -1 for n in SEGMENTS),
        aligned=np.stack([aligned[name] for name in SEGMENTS]),
        pronated=(pronated[0], pronated[1]),
    )


def _frame(first: object, second: object) -> Array:
    """(3, 3): columns are the first direction, the second one at right angles to it, and their product."""
    a = np.asarray(first, np.float64)
    a = a / np.linalg.norm(a)
    b = np.asarray(second, np.float64)
    b = b - (a @ b) * a
    b = b / np.linalg.norm(b)
    return np.stack([a, b, np.cross(a, b)], axis=1)


def _nominal(dofs: Array, pronated: tuple[float, float]) -> dict[str, Array]:
    """Segment → (B, 3, 3) from this module's 0 (for the forearm, half of whose skin turns, from rest)."""

    def of(name: str) -> Array:
        return np.asarray(dofs[:, DOF_INDEX[name]])

    def bent(part: str, share: float) -> Array:
        x, z, y = (share * of(f"{part}_{kind}") for kind in ("flexion", "bending", "rotation"))
        return _about(0, x) @ _about(2, z) @ _about(1, y)

    below = _about(1, of("pelvis_turn")) @ _about(2, of("pelvis_list")) @ _about(0, of("pelvis_tilt"))
    turns = {"pelvis": below}
    for name, share in LUMBAR_SHARES.items():
        below = turns[name] = below @ bent("lumbar", share)
    turns["chest"] = below @ bent("thoracic", 1.0)
    turns["neck"] = turns["chest"] @ _about(0, -of("chin_tuck")) @ bent("neck", 0.5)
    turns["head"] = turns["neck"] @ _about(0, of("chin_tuck")) @ bent("neck", 0.5)
    for number, (side, sign) in enumerate(_SIDES):
        turns |= _leg(of, side, sign, turns["pelvis"])
        turns |= _arm(of, side, sign, turns["chest"], pronated[number])
    return turns


def _leg(get: _Get, side: str, sign: float, pelvis: Array) -> dict[str, Array]:
    thigh = (
        pelvis
        @ _about(0, -get(f"hip_flexion_{side}"))
        @ _about(2, sign * get(f"hip_abduction_{side}"))
        @ _about(1, -sign * get(f"hip_rotation_{side}"))
    )
    shank = thigh @ _about(0, get(f"knee_flexion_{side}"))
    return {
        f"{side}_thigh": thigh,
        f"{side}_shank": shank,
        f"{side}_foot": shank @ _about(0, -get(f"ankle_flexion_{side}")),
    }


def _arm(get: _Get, side: str, sign: float, chest: Array, pronated: float) -> dict[str, Array]:
    flexion, outwards = get(f"shoulder_flexion_{side}"), get(f"shoulder_abduction_{side}")
    hanging = (0.5 + 0.5 * np.cos(np.deg2rad(flexion))) ** 3 * np.exp(-((outwards / 30.0) ** 2))
    raised = _about(0, -flexion) @ _about(2, sign * (outwards + _HANG_OUT * hanging))
    down = raised[:, :, 1]  # (B, 3) the arm's own up, in the chest: (0, 1, 0) while it hangs
    elevation = np.degrees(np.arccos(np.clip(down[:, 1], -1.0, 1.0)))
    taken = _GIRDLE_SHARE * 8.0 * np.logaddexp(0.0, (elevation - _GIRDLE_FROM) / 8.0)
    lift = taken + get(f"scapula_elevation_{side}")
    girdle = chest @ _about(1, sign * get(f"scapula_retraction_{side}")) @ _about(2, sign * lift)
    upper = chest @ raised @ _about(1, -sign * get(f"shoulder_rotation_{side}"))
    forearm = upper @ _about(0, -get(f"elbow_flexion_{side}"))
    turned = get(f"forearm_rotation_{side}")
    half = _TWIST_IN_FOREARM * (turned - pronated)
    hand = forearm @ _about(1, -sign * turned) @ _about(2, sign * get(f"wrist_extension_{side}"))
    return {
        f"{side}_clavicle": girdle,
        f"{side}_upper_arm": upper,
        f"{side}_forearm": forearm @ _about(1, -sign * half),
        f"{side}_hand": hand,
    }


def pose_of(rig: Rig, dofs: Array, root: Array) -> Posed:
    """A whole body in one pose.

    Args:
        dofs: (D,) degrees. root: (3,) metres, where the middle between the hip joints is.
    """
    shape = rig.shape
    turns = rig.turns(dofs[None])[0]
    named = {name: turns[i] for i, name in enumerate(SEGMENTS)}
    vertices, joints, tips = shape.posed(named)
    return moved(shape, named, (vertices, joints, tips), (root - joints[0]).astype(np.float32))
