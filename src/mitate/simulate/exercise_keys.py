"""The key poses of an exercise, solved one after the other: what they share stays where it is.

The first pose decides where the body, its feet and hands and what it rests on are; a contact that a later
pose shares with the one before it is held there, and one that is shared back to the first pose as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mitate.abduce.names import did_you_mean
from mitate.back.exercise import Exercise, Pose
from mitate.back.exercise_whole import POINTS
from mitate.errors import InputError
from mitate.simulate.exercise_contact import ContactPoint
from mitate.simulate.exercise_pose import DOF_INDEX, DOFS, Array, dof_vector
from mitate.simulate.exercise_solve import Balance, Body, Joined, PoseProblem, Touch, solve
from mitate.simulate.exercise_support import Plane, Support, boxes_of, plane_key, usual_height

__all__ = ["KeyPose", "KeyPoses", "balance_of", "limbs_held", "solve_keys", "tolerances"]

_UP = np.array([0.0, 1.0, 0.0])
_FIRMER = 2
_PALM_DOWN = 80.0  # degrees of pronation of a hand that rests on something, unless the file says otherwise
_ANYWHERE = "somewhere on the floor"
_STANDS_ON, _STEADIES_WITH = ("foot", "heel", "toes"), ("hand", "forearm", "elbow")
_STANDS_WITHIN_M, _STEADIED_WITHIN_M, _LEANS_M = 0.02, 0.04, 0.14


@dataclass(frozen=True, slots=True, eq=False)
class KeyPose:
    """One solved key pose.

    Attributes:
        pose: as the file tells it.
        variables: (D + 3,) degrees, and metres of the root.
        touches: contact point's name → the plane's name.
        joined: contact point's name → the other one's.
        placed: contact point's name → (groups, 3) metres, where it is.
        balance: where the centre of mass is kept, or None.
        wanted: (D,) degrees that were asked for.
    """

    pose: Pose
    variables: Array
    touches: Mapping[str, str]
    joined: Mapping[str, str]
    placed: Mapping[str, Array]
    balance: Balance | None
    wanted: Array


@dataclass(slots=True, eq=False)
class KeyPoses:
    """All key poses of an exercise, and what they rest on.

    Attributes:
        body: whose.
        planes: by their names (`plane_key`).
        touched: where each plane was touched, (n, 3) metres. facing: degrees at its first touch.
        keys: in order.
    """

    body: Body
    planes: dict[str, Plane] = field(default_factory=lambda: {"floor": Plane(_UP, 0.0)})
    touched: dict[str, Array] = field(default_factory=dict)
    facing: dict[str, float] = field(default_factory=dict)
    keys: list[KeyPose] = field(default_factory=list)

    @property
    def walls(self) -> tuple[Plane, ...]:
        """Planes that the body must not go through, besides the floor."""
        return tuple(plane for name, plane in self.planes.items() if name == "wall")

    @property
    def support(self) -> Support:
        """What stands in the world."""
        used = {k: p for k, p in self.planes.items() if k in self.touched and k != "floor"}
        return boxes_of(used, self.touched, self.facing)


def solve_keys(one: Exercise, body: Body) -> KeyPoses:
    """Solve all key poses.

    Raises:
        InputError: an angle, contact point or surface that does not exist, or no pose at all.
    """
    if not one.poses:
        raise InputError("there is no key pose", where=f"{one.name}.toml")
    made = KeyPoses(body)
    told = [_contacts(pose) for pose in one.poses]
    base = dof_vector(one.poses[0].angles)
    for number, pose in enumerate(one.poses):
        _solve_key(made, pose, base, number, [touches for touches, _ in told], told[number][1])
    return made


def _contacts(pose: Pose) -> tuple[dict[str, str], dict[str, str]]:
    touches, joined = {}, {}
    for point, surface in pose.contact.items():
        if point not in POINTS:
            raise InputError(
                f"there is no contact point {point[:40]!r}",
                where=f"poses.contact of {pose.name!r}",
                todo=did_you_mean(point, POINTS) or f"one of: {', '.join(POINTS)}",
            )
        if surface in POINTS:
            joined[point] = surface
        else:
            touches[point] = plane_key(point, surface, pose.name)
    return touches, joined


def _solve_key(
    made: KeyPoses,
    pose: Pose,
    base: tuple[Array, NDArray[np.bool_]],
    number: int,
    told: list[dict[str, str]],
    joined: dict[str, str],
) -> None:
    body, touches = made.body, told[number]
    target, named = dof_vector(pose.angles, base[0])
    named |= base[1]
    for side in ("left", "right"):
        turned = DOF_INDEX[f"forearm_rotation_{side}"]
        if f"{side}_hand" in {**touches, **joined} and not named[turned]:
            target[turned] = _PALM_DOWN
    held = _held(made, number, told)
    free = _new_planes(made, touches, target, pose)
    start = np.concatenate([target, _first_root(made, touches, target), [f[0] for f in free.values()]])
    root = start[len(DOFS) : len(DOFS) + 3].copy()
    if made.keys:
        start[: len(DOFS)] = target
        root[[0, 2]] = made.keys[-1].variables[[len(DOFS), len(DOFS) + 2]]
        start[len(DOFS) : len(DOFS) + 3] = root
    loose = tolerances(limbs_held(touches, joined), named, lying=_lies(touches))
    rooted = np.array([0.05, 3.0, 0.05]) if not made.keys else np.array([0.3, 3.0, 0.3])
    contacts = [Touch(body.points[p], made.planes[k], k, held.get(p)) for p, k in touches.items()]
    if not contacts:
        whole = ContactPoint(_ANYWHERE, (body.samples,), int(body.samples[0]), 0, _UP, 1.0, 0.0)
        contacts = [Touch(whole, made.planes["floor"], "floor")]
    balance = balance_of(body, target, {**touches, **joined})
    pairs = tuple(Joined(body.points[a], body.points[b]) for a, b in joined.items())
    problem = PoseProblem(
        body=body,
        target=np.concatenate([target, root]),
        tolerance=np.concatenate([loose, rooted]),
        touches=tuple(contacts),
        joined=pairs,
        free=free,
        balance=balance,
        walls=tuple(p for k, p in made.planes.items() if k == "wall" and k not in free),
    )
    found = solve(problem, start)
    for _ in range(_FIRMER):  # contacts go before angles: from where it has come, on towards them
        problem = replace(problem, target=found[: len(DOFS) + 3])
        found = solve(problem, found, steps=30)
    placed = {p: problem.placed(found, body.points[p]) for p in touches}
    for i, name in enumerate(free):
        plane = Plane(made.planes[name].normal, float(found[len(DOFS) + 3 + i]))
        made.planes[name] = plane
    for point, name in touches.items():
        before = made.touched.get(name)
        made.touched[name] = placed[point] if before is None else np.concatenate([before, placed[point]])
        made.facing.setdefault(name, _facing(made, name, found, placed[point]))
    made.keys.append(
        KeyPose(pose, found[: len(DOFS) + 3], touches, joined, placed, _fixed(balance, body, found), target)
    )


def balance_of(body: Body, target: Array, contacts: Mapping[str, str]) -> Balance | None:
    """Where the centre of mass belongs: over the feet of who stands; None of others.

    Who holds on to something as well stands as upright as their angles say: leaning on a wall is a pose too.

    Args:
        target: (D,) degrees that are asked for.
        contacts: all contacts, on things and on other parts of the body.
    """
    feet = tuple(
        p for p in contacts if p.split("_", 1)[-1] in _STANDS_ON and contacts[p] in ("floor", "step")
    )
    helping = [p for p in contacts if p not in feet and contacts[p] not in POINTS]
    if not feet or any(p.split("_", 1)[-1] not in _STEADIES_WITH or contacts[p] == "floor" for p in helping):
        return None
    if not helping:
        return Balance(np.zeros(2), _STANDS_WITHIN_M, feet)
    turns = body.rig.turns(target[None])
    joints = body.rig.joints(turns, np.zeros((1, 3)))
    leaning = body.centre_of_mass(turns, joints)[0, [0, 2]] - body.stands_at(turns, joints, feet)[0]
    upright = np.linalg.norm(leaning) < _LEANS_M
    return Balance(np.zeros(2) if upright else leaning, _STEADIED_WITHIN_M, feet)


def _fixed(balance: Balance | None, body: Body, variables: Array) -> Balance | None:
    """The same balance over the place where the feet are."""
    if balance is None:
        return None
    turns = body.rig.turns(variables[None, : len(DOFS)])
    joints = body.rig.joints(turns, variables[None, len(DOFS) : len(DOFS) + 3])
    at = body.stands_at(turns, joints, balance.feet)[0]
    return Balance(balance.above + at, balance.within_m)


def limbs_held(*contacts: Mapping[str, str]) -> frozenset[str]:
    """Limbs whose ends are held by contacts: ``left_leg``, ``right_arm`` and so on."""
    names = {point for some in contacts for point in some} | {
        other for some in contacts for other in some.values() if other in POINTS
    }
    found = set()
    for name in names:
        side, _, part = name.partition("_")
        if part in ("foot", "heel", "toes", "knee"):
            found.add(f"{side}_leg")
        elif part in ("hand", "forearm", "elbow"):
            found.add(f"{side}_arm")
    return frozenset(found)


_LEG = {
    "hip_flexion": 8.0,
    "hip_abduction": 4.0,
    "hip_rotation": 5.0,
    "knee_flexion": 9.0,
    "ankle_flexion": 18.0,
}
_KEPT = ("hip_abduction", "hip_rotation", "scapula_elevation", "scapula_retraction")  # 0 where not named
_ARM = {
    "shoulder_flexion": 10.0,
    "shoulder_abduction": 8.0,
    "shoulder_rotation": 10.0,
    "elbow_flexion": 10.0,
    "forearm_rotation": 25.0,
    "wrist_extension": 25.0,
    "scapula_elevation": 3.0,
    "scapula_retraction": 3.0,
}


def tolerances(held: frozenset[str], named: object = None, *, lying: bool = False) -> Array:
    """(D,) degrees that each degree of freedom may give way.

    Args:
        held: limbs that contacts hold (`limbs_held`); free limbs keep to their angles.
        named: (D,) which angles the file names: the others give way twice as far where they are held.
        lying: whether the trunk rests on something, which decides how the pelvis lies.
    """
    given = np.ones(len(DOFS), dtype=bool) if named is None else np.asarray(named)
    out = np.full(len(DOFS), 3.0)
    for i, name in enumerate(DOFS):
        kind, _, side = name.rpartition("_")
        for limb, freedom in (("leg", _LEG), ("arm", _ARM)):
            if kind in freedom and f"{side}_{limb}" in held:
                out[i] = freedom[kind] * (1.0 if given[i] or kind in _KEPT else 2.0)
        if name.startswith(("lumbar", "thoracic")):
            out[i] = 2.5 if given[i] else 4.0
        if name.startswith(("neck", "chin")):
            out[i] = 4.0 if given[i] else 8.0
        if name in ("pelvis_tilt", "pelvis_list"):
            out[i] = 8.0 if lying else 4.0
    return out


def _lies(touches: Mapping[str, str]) -> bool:
    return any(
        p != "seat" and (not p.startswith(("left_", "right_")) or p.endswith("_side")) for p in touches
    )


def _facing(made: KeyPoses, name: str, found: Array, spots: Array) -> float:
    """Degrees to the left that a thing is turned: as the person; what is held, from the person to it."""
    yaw = float(found[DOF_INDEX["pelvis_turn"]])
    if name != "back_of_chair/top":
        return yaw
    way = spots.mean(axis=0) - found[len(DOFS) : len(DOFS) + 3]
    return yaw + 90.0 * float(np.round((np.degrees(np.arctan2(way[0], way[2])) - yaw) / 90.0))


def _held(made: KeyPoses, number: int, told: list[dict[str, str]]) -> dict[str, Array]:
    """Where contacts must stay: as in the pose before, or as in the first if they last until its return."""
    if number == 0:
        return {}
    found = {}
    for point, plane in told[number].items():
        if all(later.get(point) == plane for later in (*told[number:], told[0])):
            found[point] = made.keys[0].placed[point]
        elif told[number - 1].get(point) == plane:
            found[point] = made.keys[-1].placed[point]
    return found


def _new_planes(
    made: KeyPoses, touches: Mapping[str, str], target: Array, pose: Pose
) -> dict[str, tuple[float, float, float, float]]:
    """Planes that this pose is the first to touch: put where its angles suggest, and free to be fitted."""
    free: dict[str, tuple[float, float, float, float]] = {}
    for name in dict.fromkeys(touches.values()):
        if name in made.planes:
            continue
        usual = usual_height(name)
        if usual is None:
            normal, offset = _upright(made, [p for p, k in touches.items() if k == name], touches, target)
            usual = (offset, 1.0, offset - 1.5, offset + 1.5)
        else:
            normal = _UP
        made.planes[name] = Plane(normal, usual[0])
        free[name] = usual
    return free


def _upright(
    made: KeyPoses, points: list[str], touches: Mapping[str, str], target: Array
) -> tuple[Array, float]:
    """Normal and offset of a wall or a chair's back that these parts of the body touch."""
    rig, body = made.body.rig, made.body
    root = _first_root(made, touches, target) if not made.keys else made.keys[-1].variables[len(DOFS) :]
    turns = rig.turns(target[None])
    joints = rig.joints(turns, root[None])
    spots = {
        p: np.concatenate([rig.skin(turns, joints, g)[0] for g in body.points[p].groups]) for p in points
    }
    trunk = [p for p in points if not p.startswith(("left_", "right_")) or p.endswith("_side")]
    if trunk:
        way = sum(turns[0, body.points[p].segment] @ body.points[p].outward for p in trunk)
    else:
        way = np.mean([spots[p].mean(axis=0) for p in points], axis=0) - joints[0, 0]
    yaw = target[DOF_INDEX["pelvis_turn"]]
    angle = np.degrees(np.arctan2(np.asarray(way)[0], np.asarray(way)[2]))
    angle = np.deg2rad(yaw + 90.0 * np.round((angle - yaw) / 90.0))
    normal = -np.array([np.sin(angle), 0.0, np.cos(angle)])
    return normal, float(min((spot @ normal).min() for spot in spots.values()))


def _first_root(made: KeyPoses, touches: Mapping[str, str], target: Array) -> Array:
    """(3,) metres: the body high enough that what touches first does."""
    rig, body = made.body.rig, made.body
    turns = rig.turns(target[None])
    joints = rig.joints(turns, np.zeros((1, 3)))
    heights = []
    for point, name in touches.items():
        usual = usual_height(name) if name != "floor" else (0.0,)
        if usual is not None:
            rows = np.concatenate(body.points[point].groups)
            heights.append(usual[0] - float(rig.skin(turns, joints, rows)[0, :, 1].min()))
    if not heights:
        heights = [-float(rig.skin(turns, joints, body.samples)[0, :, 1].min())]
    return np.array([0.0, float(np.median(heights)), 0.0])
