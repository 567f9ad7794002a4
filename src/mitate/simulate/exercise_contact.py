"""Which parts of the skin can rest on something: for each contact point a few small groups of vertices.

Of each group the vertex nearest to a surface touches it, so that a foot rests on heel and both sides of the
ball, a buttock or a knee on whatever part of its rounding is lowest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from mitate.simulate.body_model import SEGMENTS
from mitate.simulate.exercise_pose import Array, Rig

__all__ = ["ContactPoint", "contact_points", "skin_samples"]

Rows = NDArray[np.int64]

_SLACK = {
    "foot": 0.001,
    "hand": 0.001,
    "heel": 0.002,
    "toes": 0.002,
    "knee": 0.003,
}  # else rounder and softer
_DEPTH = {"seat": 0.008, "pelvis_back": 0.005, "pelvis_front": 0.005, "upper_back": 0.001, "chest": 0.004}


@dataclass(frozen=True, slots=True, eq=False)
class ContactPoint:
    """One part of the body that can rest on something.

    Attributes:
        name: one of `mitate.back.exercise_whole.POINTS`.
        groups: rows of vertices; of each group one touches.
        centre: row of the vertex in the middle of it, where something else touches it.
        segment: of the body, whose turn says which way it looks.
        outward: (3,) unit, which way its skin looks at this module's rest, in the segment's own turn.
        slack_m: how far it may shift while it stays.
        depth_m: how far flesh gives way.
    """

    name: str
    groups: tuple[Rows, ...]
    centre: int
    segment: int
    outward: Array
    slack_m: float
    depth_m: float


def contact_points(rig: Rig) -> Mapping[str, ContactPoint]:
    """All contact points of a person."""
    made = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for part, (segment, groups, outward) in _limb_groups(rig, side, sign).items():
            made[f"{side}_{part}"] = _point(rig, f"{side}_{part}", segment, groups, np.array(outward))
    for part, (segment, groups, outward) in _trunk_groups(rig).items():
        made[part] = _point(rig, part, segment, groups, np.array(outward))
    return made


def _point(rig: Rig, name: str, segment: str, groups: tuple[Rows, ...], outward: Array) -> ContactPoint:
    rows = np.concatenate(groups)
    middle = rig.shape.vertices[rows].mean(axis=0)
    if len(rows) <= len(groups):  # corners only: what is touched is between them
        own = _owned(rig, segment)
        rows = own[np.linalg.norm(rig.shape.vertices[own] - middle, axis=1) < 0.05]
    outward = outward / np.linalg.norm(outward)
    skin = rig.shape.vertices[rows] @ outward
    aside = np.linalg.norm(
        (rig.shape.vertices[rows] - middle) - np.outer(skin - middle @ outward, outward), axis=1
    )
    part = name.removeprefix("left_").removeprefix("right_")
    return ContactPoint(
        name=name,
        groups=groups,
        centre=int(rows[np.argmin(aside - skin)]),
        segment=SEGMENTS.index(segment),
        outward=outward,
        slack_m=_SLACK.get(part, 0.008),
        depth_m=_DEPTH.get(part, 0.002),
    )


def _owned(rig: Rig, *segments: str) -> Rows:
    return np.flatnonzero(np.isin(rig.shape.model.owner, [SEGMENTS.index(s) for s in segments]))


def _spread(points: Array, count: int) -> Rows:
    """Rows of points far from each other (farthest point sampling), the first one first."""
    chosen = [0]
    far = np.linalg.norm(points - points[0], axis=1)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(far.argmax()))
        far = np.minimum(far, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return np.array(chosen)


def _thin(rig: Rig, rows: Rows, count: int = 14) -> Rows:
    return rows[_spread(rig.shape.vertices[rows].astype(np.float64), count)]


def _resting(points: Array, rows: Rows, towards: Array) -> tuple[Rows, ...]:
    """The three vertices on which a stiff part rests when laid down on the side that looks `towards`."""
    hull = ConvexHull(points)
    corners = points[hull.simplices]
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(doubled, axis=1)
    facing = hull.equations[:, :3] @ towards
    best = int(np.argmax(np.where(facing > 0.8, area, 0.0)))
    return tuple(np.array([rows[i]]) for i in hull.simplices[best])


def _limb_groups(
    rig: Rig, side: str, sign: float
) -> dict[str, tuple[str, tuple[Rows, ...], tuple[float, float, float]]]:
    skin = rig.shape.vertices.astype(np.float64)
    joint = {name: rig.rest[i] for i, name in enumerate(SEGMENTS)}

    def near(place: Array, metres: float, *segments: str) -> Rows:
        rows = _owned(rig, *(f"{side}_{s}" for s in segments))
        return np.asarray(rows[np.linalg.norm(skin[rows] - place, axis=1) < metres])

    foot = _owned(rig, f"{side}_foot")
    ankle, toe = joint[f"{side}_foot"], skin[foot, 2].max()
    heel = foot[(skin[foot, 2] < ankle[2] + 0.02) & (skin[foot, 1] < 0.07)]
    toes = foot[skin[foot, 2] > toe - 0.06]
    hand = _owned(rig, f"{side}_hand")
    turned = (skin[hand] - joint[f"{side}_hand"]) @ rig.aligned[SEGMENTS.index(f"{side}_hand")].T
    palm = _resting(turned, hand, np.array([-sign, 0.0, 0.0]))
    knee, elbow = joint[f"{side}_shank"], joint[f"{side}_forearm"]
    kneecap = near(knee, 0.12, "thigh", "shank")
    kneecap = kneecap[skin[kneecap, 2] > knee[2] + 0.01]
    lap = near(0.55 * joint[f"{side}_thigh"] + 0.45 * knee, 0.12, "thigh")
    lap = lap[skin[lap, 2] > joint[f"{side}_thigh"][2] + 0.02]
    lower = near(0.5 * (elbow + joint[f"{side}_hand"]), 0.3, "forearm")
    along = (skin[lower] - elbow) @ (joint[f"{side}_hand"] - elbow)
    along = along / np.linalg.norm(joint[f"{side}_hand"] - elbow) ** 2
    hip = near(joint[f"{side}_thigh"], 0.16, "thigh")
    hip = np.concatenate([hip, _owned(rig, "pelvis")])
    hip = hip[(sign * (skin[hip, 0] - joint[f"{side}_thigh"][0]) > 0.02)]
    deltoid = near(joint[f"{side}_upper_arm"], 0.12, "upper_arm", "clavicle")
    deltoid = deltoid[sign * (skin[deltoid, 0] - joint[f"{side}_upper_arm"][0]) > 0.0]
    tip = near(elbow, 0.07, "upper_arm", "forearm")
    inside = -rig.aligned[SEGMENTS.index(f"{side}_hand")].T @ np.array([sign, 0.0, 0.0])
    back = -rig.aligned[SEGMENTS.index(f"{side}_forearm")].T @ np.array([0.0, 0.0, 1.0])
    return {
        "foot": (f"{side}_foot", _resting(skin[foot], foot, np.array([0.0, -1.0, 0.0])), (0, -1, 0)),
        "thigh": (f"{side}_thigh", (_thin(rig, lap, 20),), (0, 0, 1)),
        "heel": (f"{side}_foot", (_thin(rig, heel, 24),), (0, -1, -1)),
        "toes": (f"{side}_foot", (_thin(rig, toes, 20),), (0, -1, 1)),
        "knee": (f"{side}_shank", (_thin(rig, kneecap, 20),), (0, 0, 1)),
        "hand": (f"{side}_hand", palm, tuple(inside)),
        "forearm": (
            f"{side}_forearm",
            (_thin(rig, lower[along < 0.3], 20), _thin(rig, lower[along > 0.75], 16)),
            tuple(back),
        ),
        "elbow": (f"{side}_forearm", (_thin(rig, tip, 20),), tuple(back)),
        "hip_side": (f"{side}_thigh", (_thin(rig, hip, 20),), (sign, 0, 0)),
        "shoulder_side": (f"{side}_upper_arm", (_thin(rig, deltoid, 16),), (sign, 0, 0)),
    }


def _trunk_groups(
    rig: Rig,
) -> dict[str, tuple[str, tuple[Rows, ...], tuple[float, float, float]]]:
    skin = rig.shape.vertices.astype(np.float64)
    joint = {name: rig.rest[i] for i, name in enumerate(SEGMENTS)}
    hips = joint["pelvis"]
    pelvis = _owned(rig, "pelvis", "left_thigh", "right_thigh")
    pelvis = pelvis[np.abs(skin[pelvis, 1] - hips[1]) < 0.17]
    behind = pelvis[skin[pelvis, 2] < hips[2] - 0.02]
    seat = behind[(skin[behind, 1] < hips[1] + 0.03) & (np.abs(skin[behind, 0]) < 0.17)]
    sacrum = behind[skin[behind, 1] > hips[1] - 0.03]
    low = _owned(rig, "pelvis", "sacral", "left_thigh", "right_thigh")
    front = low[(skin[low, 2] > hips[2] + 0.03) & (np.abs(skin[low, 1] - hips[1] - 0.03) < 0.12)]
    chest = _owned(rig, "chest", "t12", "left_clavicle", "right_clavicle")
    chest = chest[skin[chest, 1] > joint["chest"][1] - 0.08]
    spine = joint["chest"][2]
    upper = chest[skin[chest, 2] < spine]
    breast = chest[skin[chest, 2] > spine + 0.06]
    waist = _owned(rig, "sacral", "lumbar", "t12")
    belly = waist[(skin[waist, 2] > joint["lumbar"][2] + 0.05) & (np.abs(skin[waist, 0]) < 0.1)]
    head = _owned(rig, "head")
    skull = head[skin[head, 1] > joint["head"][1] - 0.03]
    middle = skin[skull].mean(axis=0)

    def both(rows: Rows, count: int) -> tuple[Rows, ...]:
        return tuple(_thin(rig, rows[s * skin[rows, 0] > 0.01], count) for s in (1.0, -1.0))

    return {
        "seat": ("pelvis", both(seat, 18), (0, -1, -0.4)),
        "pelvis_back": ("pelvis", both(sacrum, 16), (0, 0, -1)),
        "pelvis_front": ("pelvis", both(front, 14), (0, 0, 1)),
        "upper_back": ("chest", both(upper, 18), (0, 0, -1)),
        "chest": ("chest", both(breast, 18), (0, 0, 1)),
        "belly": ("lumbar", (_thin(rig, belly, 20),), (0, 0, 1)),
        "head_back": ("head", (_thin(rig, skull[skin[skull, 2] < middle[2] - 0.03], 20),), (0, 0, -1)),
        "head_front": ("head", (_thin(rig, skull[skin[skull, 2] > middle[2] + 0.05], 20),), (0, 0.4, 1)),
        "head_side": ("head", (_thin(rig, skull[np.abs(skin[skull, 0]) > 0.05], 28),), (1, 0, 0)),
    }


def skin_samples(rig: Rig, count: int = 220, at_ends: int = 24) -> Rows:
    """Vertices spread over the whole skin, more at hands and feet, for what must not go through the floor."""
    ends = []
    for name in ("left_hand", "right_hand", "left_foot", "right_foot"):
        own = _owned(rig, name)
        corners = ConvexHull(rig.shape.vertices[own].astype(np.float64)).vertices
        ends.append(_thin(rig, own[corners], at_ends))
    every = np.arange(0, len(rig.shape.vertices), 3)
    return np.unique(np.concatenate([_thin(rig, every, count), *ends]))
