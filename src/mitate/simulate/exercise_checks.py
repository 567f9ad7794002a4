"""Whether a motion looks right: nothing below the floor, nothing floats or slips, nothing goes through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.body_model import SEGMENTS, BodyShape
from mitate.simulate.exercise_contact import ContactPoint, contact_points
from mitate.simulate.exercise_limits import LIMITS
from mitate.simulate.exercise_motion import ContactSpan, ExerciseMotion
from mitate.simulate.exercise_pose import DOFS, Array, Rig
from mitate.simulate.exercise_volume import balls_of

__all__ = ["Defect", "DefectKind", "check_motion", "far_from_wanted"]

DefectKind = Literal["below_floor", "through_wall", "floats", "slips", "apart", "limit", "through", "jerk"]

_EVERY_S = 0.08  # between the moments that are looked at
_BELOW_M, _FLOATS_M, _SLIPS_M, _ROLLS_M, _APART_M = 0.01, 0.012, 0.02, 0.045, 0.035
_LIMIT_DEG, _JERK_RATIO, _LEAST_WAY_M = 1.0, 12.0, 0.06
_THROUGH_M = 0.0  # beyond what flesh gives way
_ENDS = ("head", "left_hand", "right_hand", "left_foot", "right_foot", "pelvis")
_FREE_TO_TURN = ("ankle_flexion", "forearm_rotation", "wrist_extension")


@dataclass(frozen=True, slots=True)
class Defect:
    """Something that looks wrong.

    Attributes:
        kind: what.
        at_s: when it is worst.
        part: of the body, or the degree of freedom.
        size: how much: metres, degrees (`limit`), or times what is smooth (`jerk`).
    """

    kind: DefectKind
    at_s: float
    part: str
    size: float

    def __str__(self) -> str:
        unit = {"limit": " deg", "jerk": " x"}.get(self.kind, " cm")
        size = 100.0 * self.size if unit == " cm" else self.size
        return f"{self.at_s:5.1f} s  {self.kind:12s} {self.part}: {size:.1f}{unit}"


def check_motion(motion: ExerciseMotion, shape: BodyShape) -> tuple[Defect, ...]:
    """What looks wrong in a motion, the worst moment of each; empty where nothing does.

    Args:
        shape: of the person who moves; `motion` has it as well, and theirs must be the same.
    """
    step = max(1, round(_EVERY_S / float(motion.times_s[1] - motion.times_s[0])))
    rows = np.arange(0, len(motion.times_s), step)
    times, chosen = motion.times_s[rows], motion.variables[rows]
    rig = motion.rig
    turns = rig.turns(chosen[:, : len(DOFS)])
    joints = rig.joints(turns, chosen[:, len(DOFS) :])
    moment = _Moments(times, turns, joints, rig, contact_points(rig))
    return (
        *_below(motion, moment),
        *_contacts(motion, moment),
        *_limits(motion),
        *_through(motion, moment),
        *_jerks(motion),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    times: Array
    turns: Array
    joints: Array
    rig: Rig
    points: Mapping[str, ContactPoint]

    def skin(self, rows: NDArray[np.int64]) -> Array:
        return self.rig.skin(self.turns, self.joints, rows)


def _below(motion: ExerciseMotion, moment: _Moments) -> Iterator[Defect]:
    rows = np.arange(0, len(moment.rig.shape.vertices), 4)
    skin = moment.skin(rows)
    owner = moment.rig.shape.model.owner[rows]
    walls = {id(s.plane): s.plane for s in motion.spans if s.on == "wall" and s.plane is not None}
    depths: list[tuple[DefectKind, Array]] = [("below_floor", -skin[:, :, 1])]
    depths += [("through_wall", plane.offset - skin @ plane.normal) for plane in walls.values()]
    for kind, depth in depths:
        for index, name in enumerate(SEGMENTS):
            own = depth[:, owner == index]
            if own.size and own.max() > _BELOW_M:
                at = int(own.max(axis=1).argmax())
                yield Defect(kind, float(moment.times[at]), name, float(own.max()))


def _contacts(motion: ExerciseMotion, moment: _Moments) -> Iterator[Defect]:
    for span in motion.spans:
        within = (moment.times >= span.start_s - 1e-6) & (moment.times <= span.end_s + 1e-6)
        if not within.any():
            continue
        times = moment.times[within]
        point = moment.points[span.point]
        if span.plane is None:
            ends = [moment.skin(np.array([p.centre]))[within, 0] for p in (point, moment.points[span.on])]
            apart = np.linalg.norm(ends[0] - ends[1], axis=1)
            if apart.max() > _APART_M:
                part = f"{span.point} from {span.on}"
                yield Defect("apart", float(times[apart.argmax()]), part, float(apart.max()))
            continue
        yield from _resting(span, point, moment, within, times)


def _resting(
    span: ContactSpan, point: ContactPoint, moment: _Moments, within: NDArray[np.bool_], times: Array
) -> Iterator[Defect]:
    plane = span.plane
    if plane is None:
        return
    middles = []
    for group in point.groups:
        skin = moment.skin(group)[within]
        away = (skin @ plane.normal - plane.offset).min(axis=1)
        if np.abs(away).max() > _FLOATS_M + point.depth_m:
            at = int(np.abs(away).argmax())
            yield Defect("floats", float(times[at]), f"{span.point} on {span.on}", float(away[at]))
        middles.append(skin.mean(axis=1))
    middle = np.mean(middles, axis=0)
    moved = middle - middle[0]
    along = np.linalg.norm(moved - np.outer(moved @ plane.normal, plane.normal), axis=1)
    if along.max() > (_SLIPS_M if point.slack_m < 0.004 else _ROLLS_M):
        yield Defect("slips", float(times[along.argmax()]), f"{span.point} on {span.on}", float(along.max()))


def _limits(motion: ExerciseMotion) -> Iterator[Defect]:
    for name, angles in motion.angles.items():
        low, high = LIMITS[name]
        beyond = np.maximum(low - angles, angles - high)
        if beyond.max() > _LIMIT_DEG:
            yield Defect("limit", float(motion.times_s[beyond.argmax()]), name, float(beyond.max()))


def _through(motion: ExerciseMotion, moment: _Moments) -> Iterator[Defect]:
    balls = balls_of(moment.rig)
    centres = balls.placed(moment.rig, moment.turns, moment.joints)
    worst, one, other = balls.deepest(centres, _joined_segments(motion, moment))
    found: dict[tuple[str, str], Defect] = {}
    for at in np.flatnonzero(worst > _THROUGH_M):
        pair = (SEGMENTS[one[at]], SEGMENTS[other[at]])
        if pair not in found or found[pair].size < worst[at]:
            found[pair] = Defect("through", float(moment.times[at]), " and ".join(pair), float(worst[at]))
    yield from found.values()


def _joined_segments(motion: ExerciseMotion, moment: _Moments) -> set[frozenset[int]]:
    """Segments that are meant to touch, and those next to them."""
    allowed: set[frozenset[int]] = set()
    for span in motion.spans:
        if span.plane is None:
            ends = [_around(moment.points[name].segment, moment.rig) for name in (span.point, span.on)]
            allowed |= {frozenset((a, b)) for a in ends[0] for b in ends[1]}
    return allowed


def _around(segment: int, rig: Rig) -> list[int]:
    children = [i for i, parent in enumerate(rig.parent) if parent == segment]
    return [i for i in (segment, rig.parent[segment], *children) if i >= 0]


def _jerks(motion: ExerciseMotion) -> Iterator[Defect]:
    """Ways whose sharpest jerk is far above the minimum-jerk way's, 60 lengths over the cube of its time."""
    rig, rate = motion.rig, 1.0 / float(motion.times_s[1] - motion.times_s[0])
    turns = rig.turns(motion.variables[:, : len(DOFS)])
    joints = rig.joints(turns, motion.variables[:, len(DOFS) :])
    moving = np.abs(np.diff(motion.variables, axis=0)).max(axis=1) > 1e-9
    edges = np.flatnonzero(np.diff(np.concatenate([[False], moving, [False]]).astype(int)))
    keys = [round(t * rate) for t in motion.key_times_s]
    for start, end in edges.reshape(-1, 2):
        cuts = [start, *[k for k in keys if start < k < end], end]
        for low, high in pairwise(cuts):
            seconds = (high - low) / rate
            for name in _ENDS:
                path = joints[low : high + 1, SEGMENTS.index(name)]
                if len(path) < 6:
                    continue
                length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
                jerk = np.linalg.norm(np.diff(path, n=3, axis=0), axis=1) * rate**3
                ratio = float(jerk.max() * seconds**3 / (60.0 * max(length, 1e-6)))
                if length > _LEAST_WAY_M and ratio > _JERK_RATIO:
                    at = float(motion.times_s[low + int(jerk.argmax())])
                    yield Defect("jerk", at, name, ratio)


def far_from_wanted(motion: ExerciseMotion, *, degrees: float = 20.0) -> tuple[str, ...]:
    """Angles of key poses that contacts moved far from what the file asks for, in words for its author."""
    told = []
    rate = 1.0 / float(motion.times_s[1] - motion.times_s[0])
    for number, (at, wanted) in enumerate(zip(motion.key_times_s, motion.wanted, strict=True)):
        got = motion.variables[round(float(at * rate)), : len(DOFS)]
        for i, name in enumerate(DOFS):
            free = name.rpartition("_")[0] in _FREE_TO_TURN
            if abs(got[i] - wanted[i]) > degrees and not free:
                told.append(f"pose {number + 1}: {name} wanted {wanted[i]:.0f}, got {got[i]:.0f}")
    return tuple(told)
