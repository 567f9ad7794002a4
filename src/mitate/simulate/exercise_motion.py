"""From an exercise's key poses to a smooth motion: minimum jerk in time, contacts held all along.

Between two key poses every degree of freedom follows the minimum-jerk course (Flash T, Hogan N, J Neurosci
1985;5:1688-1703); on the way poses are solved again with what both key poses rest on held, and a cubic spline
that starts and ends at rest runs through them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline

from mitate.back.exercise import Exercise
from mitate.simulate.body_model import BodyShape
from mitate.simulate.exercise_keys import KeyPose, KeyPoses, limbs_held, solve_keys, tolerances
from mitate.simulate.exercise_pose import DOFS, Array, Rig, mirrored_vector, pose_of
from mitate.simulate.exercise_solve import Balance, Body, Joined, PoseProblem, Touch, solve
from mitate.simulate.exercise_support import Box, Plane, Support
from mitate.simulate.movement_phases import minimum_jerk
from mitate.simulate.posing import Posed

__all__ = ["ContactSpan", "ExerciseMotion", "exercise_motion"]

_KNOTS_PER_S, _LEAST_KNOTS, _MOST_KNOTS = 5.0, 7, 16
_ABRUPT_DEG = 1.5  # second difference between knots of what contacts take from a smooth course
_TURNS = 4
_STILL_S = 2.0  # a motion of one pose that is not held


@dataclass(frozen=True, slots=True, eq=False)
class ContactSpan:
    """That a part of the body rests on something for a while.

    Attributes:
        point: name of the contact point.
        on: the plane's name, or the other contact point's.
        plane: where; None where it is another part of the body.
        start_s, end_s: from when to when.
    """

    point: str
    on: str
    plane: Plane | None
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class ExerciseMotion:
    """One repetition, from the first key pose back to it.

    Attributes:
        name: of the exercise.
        times_s: (n,) even.
        variables: (n, D + 3) degrees in the order of `DOFS`, and metres of the root.
        key_times_s: when each key pose is reached; 0 for the first.
        captions_at_s: when each caption begins.
        support: what stands in the world.
        spans: what rests on what, and when.
        rig: the body.
        wanted: of each key pose the (D,) degrees that the file asks for.
    """

    name: str
    times_s: Array
    variables: Array
    key_times_s: tuple[float, ...]
    captions_at_s: tuple[float, ...]
    support: Support
    spans: tuple[ContactSpan, ...]
    rig: Rig
    wanted: tuple[Array, ...] = ()

    @property
    def angles(self) -> Mapping[str, Array]:
        """Degree of freedom → (n,) degrees."""
        return {name: self.variables[:, i] for i, name in enumerate(DOFS)}

    @cached_property
    def posed(self) -> tuple[Posed, ...]:
        """The whole body at each time."""
        return tuple(self.pose(i) for i in range(len(self.times_s)))

    def pose(self, number: int) -> Posed:
        """The whole body at one time."""
        return pose_of(self.rig, self.variables[number, : len(DOFS)], self.variables[number, len(DOFS) :])

    def mirrored(self) -> ExerciseMotion:
        """The same with left and right exchanged."""
        angles = mirrored_vector(self.variables[:, : len(DOFS)])
        root = self.variables[:, len(DOFS) :] * np.array([-1.0, 1.0, 1.0])
        return replace(
            self,
            variables=np.concatenate([angles, root], axis=1),
            support=Support(tuple(_mirrored_box(box) for box in self.support.boxes)),
            spans=tuple(_mirrored_span(span) for span in self.spans),
            wanted=tuple(mirrored_vector(each) for each in self.wanted),
        )


def _mirrored_box(box: Box) -> Box:
    return replace(box, centre=(-box.centre[0], box.centre[1], box.centre[2]), yaw=-box.yaw)


def _mirrored_name(name: str) -> str:
    for one, other in (("left_", "right_"), ("right_", "left_")):
        if name.startswith(one):
            return other + name.removeprefix(one)
    return name


def _mirrored_span(span: ContactSpan) -> ContactSpan:
    plane = span.plane
    if plane is not None:
        plane = Plane(plane.normal * np.array([-1.0, 1.0, 1.0]), plane.offset)
    return replace(span, point=_mirrored_name(span.point), on=_mirrored_name(span.on), plane=plane)


def exercise_motion(one: Exercise, shape: BodyShape, *, rate_hz: float = 25.0) -> ExerciseMotion:
    """The motion of an exercise by a person, one repetition of one side.

    Raises:
        InputError: an angle, contact point or surface that does not exist, or no pose at all.
    """
    made = solve_keys(one, Body.of(shape))
    keys = made.keys
    legs: list[tuple[float, Array, Array]] = []  # start, times from it, variables
    reached, left, now = [], [], 0.0
    for number, key in enumerate(keys):
        reached.append(now)
        now += key.pose.hold_s if len(keys) > 1 else max(key.pose.hold_s, _STILL_S)
        left.append(now)
        after = keys[(number + 1) % len(keys)]
        if len(keys) > 1:
            times, along = _way(made, key, after)
            legs.append((now, times, along))
            now += after.pose.seconds
    times = np.arange(round(now * rate_hz) + 1) / rate_hz
    variables = np.tile(keys[0].variables, (len(times), 1))  # as it is again after the last way
    for number, key in enumerate(keys):
        still = (times >= reached[number] - 1e-9) & (times <= left[number] + 1e-9)
        variables[still] = key.variables
    for start, knots, along in legs:
        moving = (times > start) & (times <= start + knots[-1] + 1e-9)
        spline = CubicSpline(knots, along, bc_type="clamped")
        variables[moving] = spline(np.minimum(times[moving] - start, knots[-1]))
    return ExerciseMotion(
        name=one.name,
        times_s=times,
        variables=variables,
        key_times_s=tuple(reached),
        captions_at_s=_captions(len(one.film.captions.en), left, now),
        support=made.support,
        spans=_spans(made, reached, left, now),
        rig=made.body.rig,
        wanted=tuple(key.wanted for key in keys),
    )


def _captions(count: int, left: list[float], length_s: float) -> tuple[float, ...]:
    """Each caption from when its way begins, if there is one for each way; else evenly."""
    if count == len(left) and count > 1:
        return (0.0, *left[:-1])
    return tuple(length_s * i / max(count, 1) for i in range(count))


def _shared(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    return {point: on for point, on in one.items() if other.get(point) == on}


def _way(made: KeyPoses, one: KeyPose, other: KeyPose) -> tuple[Array, Array]:
    """Times (k,) from leaving one key pose, and (k, D + 3) the variables on the way to the other."""
    seconds = max(other.pose.seconds, 0.04)
    count = int(np.clip(np.ceil(seconds * _KNOTS_PER_S), _LEAST_KNOTS, _MOST_KNOTS))
    shares = np.linspace(0.0, 1.0, count + 1)
    touches, joined = _shared(one.touches, other.touches), _shared(one.joined, other.joined)
    rooted = np.full(3, 0.04 if touches else 0.005)
    loose = np.concatenate([tolerances(limbs_held(touches, joined)), rooted])
    gone = minimum_jerk(shares)
    targets = one.variables + gone[:, None] * (other.variables - one.variables)
    offs = np.zeros_like(targets)
    for turn in range(_TURNS):
        if turn:  # what must be evaded is evaded in good time, not where it is met
            if np.abs(np.diff(offs, n=2, axis=0))[:, : len(DOFS)].max() < _ABRUPT_DEG:
                break
            offs = _smoothed(offs)
        off = offs[0]
        for number, smooth in enumerate(targets):
            target = smooth + offs[number]
            problem = _on_the_way(made, one, other, float(gone[number]), target, loose, touches, joined)
            gain = 1e-4 if 0 < number < count else 1e-8
            off = solve(problem, smooth + (offs[number] if turn else off), steps=30, least_gain=gain) - smooth
            offs[number] = off
        # A key pose gives way to its own angles; what that is at either end is left as it is: nothing jumps.
        offs -= offs[0] + gone[:, None] * (offs[-1] - offs[0])
    return shares * seconds, targets + offs


def _smoothed(offs: Array) -> Array:
    """The same course over time without corners, and nothing at its ends."""
    for _ in range(3):
        inner = 0.25 * offs[:-2] + 0.5 * offs[1:-1] + 0.25 * offs[2:]
        offs = np.concatenate([offs[:1], inner, offs[-1:]])
    return offs


def _on_the_way(
    made: KeyPoses,
    one: KeyPose,
    other: KeyPose,
    gone: float,
    target: Array,
    loose: Array,
    touches: Mapping[str, str],
    joined: Mapping[str, str],
) -> PoseProblem:
    points = made.body.points
    balance = None
    if one.balance is not None and other.balance is not None:
        above = (1.0 - gone) * one.balance.above + gone * other.balance.above
        balance = Balance(above, max(one.balance.within_m, other.balance.within_m))
    held = {p: (1.0 - gone) * one.placed[p] + gone * other.placed[p] for p in touches}
    return PoseProblem(
        body=made.body,
        target=target,
        tolerance=loose,
        touches=tuple(Touch(points[p], made.planes[k], k, held[p]) for p, k in touches.items()),
        joined=tuple(Joined(points[a], points[b]) for a, b in joined.items()),
        walls=made.walls,
        balance=balance,
    )


def _spans(
    made: KeyPoses, reached: list[float], left: list[float], length_s: float
) -> tuple[ContactSpan, ...]:
    """What rests on what: while a pose is held, and on the way to one that shares it."""
    spans = []
    for number, key in enumerate(made.keys):
        after = made.keys[(number + 1) % len(made.keys)]
        until = reached[number + 1] if number + 1 < len(reached) else length_s
        for point, on in {**key.touches, **key.joined}.items():
            stays = after.touches.get(point) == on or after.joined.get(point) == on
            end = until if stays else left[number]
            spans.append(ContactSpan(point, on, made.planes.get(on), reached[number], end))
    return tuple(spans)
