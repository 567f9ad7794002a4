"""Sets of an exercise as simulated people do them before a camera: what a coach is tried on.

A set is one person, dressed and filmed as people at home are: from about the side that the exercise asks for,
some repetitions, each with its own speed, way and pause, and a body that sways; sides take turns where one
can follow the other at once. Repetitions that do not go
the whole way turn round where the exercise's own signal has come so far; those that go farther are drawn out.
Furniture is not drawn. Everything found on these sets is about simulated people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.back.coach_course import Course, is_sided, needed_signals
from mitate.back.exercise import Exercise
from mitate.back.signals import OF_SPINE, SIGNALS
from mitate.back.skeleton import from_joints
from mitate.body.frames import GROUND
from mitate.body.kinematics import lumbar_angles
from mitate.body.points import POINTS
from mitate.errors import InputError
from mitate.simulate.body_model import load_body
from mitate.simulate.exercise_motion import ExerciseMotion, exercise_motion
from mitate.simulate.exercise_pose import DOF_INDEX, DOFS, Rig, pose_of
from mitate.simulate.mover import Mover, sample_mover
from mitate.simulate.posing import Posed
from mitate.simulate.studio import Dress, Room, View, render_body, sample_dress, sample_room

__all__ = ["ExerciseSet", "SetRepetition", "course_of", "sample_set", "set_frames", "write_set"]

Array = NDArray[np.float64]

_LONG_PX, _SHORT_PX = 416, 256
_SPREAD_DEG = 30.0  # of the view around the one that the exercise asks for
_WAYS = (0.7, 1.1)  # range, as a share of the exercise's own
_LASTS_S = (2.2, 4.4)  # a repetition
_HELD_S, _PAUSE_S = (0.0, 0.6), (0.0, 0.8)
_WHOLE = 0.97  # from which share on a repetition is the exercise's own, there and back
_SWAYS = {
    "pelvis": 0.4,
    "lumbar": 0.4,
    "thoracic": 0.4,
    "neck": 0.8,
    "shoulder": 0.8,
    "elbow": 0.8,
    "hip": 0.3,
}
_QUALITY = 23
_SAME_DEG = 12.0
_MOMENTS = 40  # of the motion, at which its course is looked up
_EVERY = 23  # of the body's vertices


@dataclass(frozen=True, slots=True)
class SetRepetition:
    """What is true of one repetition.

    Attributes:
        start_s, peak_s, end_s: when.
        share: of the exercise's own range.
        mirrored: whether it is to the other side.
    """

    start_s: float
    peak_s: float
    end_s: float
    share: float
    mirrored: bool


@dataclass(frozen=True, slots=True, eq=False)
class ExerciseSet:
    """One set.

    Attributes:
        one: the exercise.
        mover: who does it.
        rig: their body.
        times_s: (n,) even.
        variables: (n, D + 3), as `ExerciseMotion.variables`.
        repetitions: what is true.
        dress, view, room, noise_seed: how it is filmed.
    """

    one: Exercise
    mover: Mover
    rig: Rig
    times_s: Array
    variables: Array
    repetitions: tuple[SetRepetition, ...]
    dress: Dress
    view: View
    room: Room
    noise_seed: int

    def __len__(self) -> int:
        return len(self.times_s)

    def pose(self, number: int) -> Posed:
        """The whole body in one moment."""
        row = self.variables[number]
        return pose_of(self.rig, row[: len(DOFS)], row[len(DOFS) :])

    @property
    def rate_hz(self) -> float:
        """Moments a second."""
        return float(1.0 / (self.times_s[1] - self.times_s[0]))


def course_of(one: Exercise, rig: Rig, variables: Array, times_s: Array) -> Array:
    """What the coach counts by, of the true body: (n,) in the unit of the exercise's signal."""
    course, found = Course(one), []
    for time_s, row in zip(times_s, variables, strict=True):
        posed = pose_of(rig, row[: len(DOFS)], row[len(DOFS) :])
        found.append(course(float(time_s), _true_signals(one, posed)))
    return np.array(found)


def _true_signals(one: Exercise, posed: Posed) -> dict[str, float]:
    body = from_joints({name: posed.points[i][None] for i, name in enumerate(POINTS)})
    values = {}
    for name in needed_signals(one):
        of = SIGNALS[name].of
        values[name] = float("nan") if of is None else float(of(body)[0])
    frames = {name: posed.turns[name] @ GROUND for name in ("pelvis", "t12", "chest")}
    lumbar = float(lumbar_angles(frames["pelvis"], frames["t12"]).flexion)
    thoracic = float(lumbar_angles(frames["t12"], frames["chest"]).flexion)
    spine = {"lumbar_flexion": lumbar, "thoracic_flexion": thoracic}
    return values | {name: sum(spine[part] for part in parts) for name, parts in OF_SPINE.items()}


def sample_set(
    rng: np.random.Generator,
    one: Exercise,
    *,
    mover: Mover | None = None,
    repetitions: int | None = None,
    rate_hz: float = 6.0,
    yaw: float | None = None,
    share: float | None = None,
) -> ExerciseSet:
    """Draw a set.

    Args:
        rng: source of chance.
        one: the exercise; it must have a signal that repetitions are counted by.
        mover: who does it; drawn if left out.
        repetitions: 1 to 30; by chance 4 to 8, both sides together.
        rate_hz: pictures a second, 2 to 60.
        yaw: degrees that the person is turned from the camera to their left; drawn within 30 of what the
            exercise asks for if left out.
        share: of the exercise's own range, 0.3 to 1.1; drawn from 0.7 to 1.1 if left out, and then a little
            different in every repetition.

    Raises:
        InputError: the exercise has no such signal, or a number is out of range.
        MissingExtraError: the `simulate` extra is not installed.
    """
    limits = (("repetitions", repetitions, 1, 30), ("rate", rate_hz, 2, 60), ("share", share, 0.3, 1.1))
    for name, value, low, high in limits:
        if value is not None and not low <= value <= high:
            raise InputError(f"{value:g} is out of range", where=name, todo=f"give {low:g} to {high:g}")
    if not one.coach.signal:
        raise InputError("this exercise has no repetitions to count", where=one.name)
    mover = mover or sample_mover(rng, load_body())
    motion = _closed(exercise_motion(one, mover.shape))
    count = repetitions or int(rng.integers(4, 9))
    about = float(rng.uniform(*_WAYS)) if share is None else share
    shares = np.clip(about + (rng.normal(0.0, 0.04, count) if share is None else 0.0), 0.3, 1.1)
    times, variables, done = _played(rng, one, motion, np.atleast_1d(shares) * np.ones(count), rate_hz)
    variables += _sway(rng, times)
    side = 90.0 * float(rng.choice([-1.0, 1.0])) if one.coach.view == "side" else 0.0
    turned = side + float(rng.uniform(-_SPREAD_DEG, _SPREAD_DEG)) if yaw is None else yaw
    view = _view(rng, motion.rig, variables, turned, lying=_lies(motion))
    return ExerciseSet(
        one=one,
        mover=mover,
        rig=motion.rig,
        times_s=times,
        variables=variables,
        repetitions=done,
        dress=sample_dress(rng, mover.shape),
        view=view,
        room=sample_room(rng, view.width, view.height),
        noise_seed=int(rng.integers(2**31)),
    )


def _closed(motion: ExerciseMotion) -> ExerciseMotion:
    """A repetition ends in the very pose that it began in."""
    variables = motion.variables.copy()
    variables[-1] = variables[0]
    return replace(motion, variables=variables)


def _symmetrical(motion: ExerciseMotion) -> bool:
    """Whether the other side can follow at once: who lies on a side does all repetitions of it first."""
    own, other = motion.variables[0, : len(DOFS)], motion.mirrored().variables[0, : len(DOFS)]
    return bool(np.abs(own - other).max() < _SAME_DEG)


def _played(
    rng: np.random.Generator, one: Exercise, motion: ExerciseMotion, shares: Array, rate_hz: float
) -> tuple[Array, Array, tuple[SetRepetition, ...]]:
    """Times, variables and truth of all repetitions, one after the other."""
    looked = np.linspace(0, len(motion.times_s) - 1, _MOMENTS).astype(int)
    course = course_of(one, motion.rig, motion.variables[looked], motion.times_s[looked])
    gone = np.abs(course - course[0])
    top = int(np.nanargmax(gone))
    alternates = is_sided(one) and _symmetrical(motion)
    first = is_sided(one) and bool(rng.random() < 0.5)
    lasts = float(rng.uniform(*_LASTS_S))
    now = float(rng.uniform(1.0, 1.8))
    knots, places, sizes, flips, done = [0.0, now], [0.0, 0.0], [1.0, 1.0], [first, first], []
    length = float(motion.times_s[-1])
    for number, share in enumerate(shares):
        flip = bool(number % 2) != first if alternates else first
        span = lasts * float(rng.uniform(0.9, 1.1))
        held = float(rng.uniform(*_HELD_S))
        if share >= _WHOLE:
            peak = now + span * float(motion.times_s[looked[top]]) / length
            steps = [(span, length)]
            end = now + span
        else:
            far = float(np.interp(share, gone[: top + 1] / gone[top], motion.times_s[looked[: top + 1]]))
            peak = now + 0.5 * span + 0.5 * held
            steps = [(0.5 * span, far), (0.5 * span + held, far), (span + held, 0.0)]
            end = now + span + held
        for after, place in steps:
            knots.append(now + after)
            places.append(place)
            sizes.append(max(1.0, share))
            flips.append(flip)
        done.append(SetRepetition(now, peak, end, float(share), flip))
        now = end + float(rng.uniform(*_PAUSE_S))
        knots.append(now + 1e-6)
        places.append(0.0)
        sizes.append(1.0)
        flips.append(flip)
    return (*_drawn(motion, knots, places, sizes, flips, now + 1.2, rate_hz), tuple(done))


def _drawn(
    motion: ExerciseMotion,
    knots: list[float],
    places: list[float],
    sizes: list[float],
    flips: list[bool],
    length_s: float,
    rate_hz: float,
) -> tuple[Array, Array]:
    """The motion at `places` in its own time, reached at `knots`; eased where it turns round."""
    times = np.arange(int(length_s * rate_hz) + 1) / rate_hz
    own, other = motion.variables, motion.mirrored().variables
    found = np.empty((len(times), own.shape[1]))
    ends = np.array(knots)
    for row, time_s in enumerate(times):
        after = min(int(np.searchsorted(ends, time_s, side="right")), len(ends) - 1)
        before = max(after - 1, 0)
        part = float(np.clip((time_s - ends[before]) / max(ends[after] - ends[before], 1e-9), 0.0, 1.0))
        start, stop = places[before], places[after]
        whole = abs(stop - start) >= motion.times_s[-1] - 1e-6
        part = part if whole else 0.5 - 0.5 * float(np.cos(np.pi * part))
        start = 0.0 if whole else start
        place = (start + part * (stop - start)) * (len(own) - 1) / motion.times_s[-1]
        if after == len(ends) - 1 and time_s > ends[-1]:
            place = 0.0
        body = other if flips[after] else own
        low = min(int(place), len(own) - 2)
        here = body[low] + (place - low) * (body[low + 1] - body[low])
        found[row] = body[0] + sizes[after] * (here - body[0])
    return times, found


def _sway(rng: np.random.Generator, times: Array) -> Array:
    """(n, D + 3) degrees: slow waves in the trunk, neck and arms; feet and root stay."""
    found = np.zeros((len(times), len(DOFS) + 3))
    for name, place in DOF_INDEX.items():
        size = _SWAYS.get(name.split("_")[0], 0.0)
        for frequency in rng.uniform(0.1, 0.7, 3):
            found[:, place] += size / np.sqrt(1.5) * np.sin(2 * np.pi * (frequency * times + rng.uniform()))
    return found


def _lies(motion: ExerciseMotion) -> bool:
    first = motion.variables[0]
    tilt, aside = (abs(float(first[DOF_INDEX[name]])) for name in ("pelvis_tilt", "pelvis_list"))
    return max(tilt, aside) > 50.0


def _view(rng: np.random.Generator, rig: Rig, variables: Array, yaw: float, *, lying: bool) -> View:
    """A camera on a table or a floor, that has the whole set in its picture."""
    pitch = float(rng.uniform(4, 22)) if lying else float(np.clip(rng.normal(3, 6), -10, 15))
    distance = float(rng.uniform(2.2, 4.5))
    view = View(yaw, pitch, float(rng.normal(0, 1.5)), distance, 1.0, 2, 2)
    moments = np.linspace(0, len(variables) - 1, 16).astype(int)
    bodies = [pose_of(rig, variables[i, : len(DOFS)], variables[i, len(DOFS) :]) for i in moments]
    middle = np.array([0.0, 0.5 * bodies[0].stature_m, 0.0])
    seen = np.concatenate([posed.vertices[::_EVERY] for posed in bodies]) - middle
    seen = seen @ view.rotation().T
    flat = seen[:, :2] * (distance / np.maximum(distance - seen[:, 2:], 0.3))
    low, high = flat.min(axis=0), flat.max(axis=0)
    size = high - low
    width, height = (_LONG_PX, _SHORT_PX) if size[0] > size[1] else (_SHORT_PX, _LONG_PX)
    share = float(rng.uniform(0.62, 0.86))
    focal = share * distance * min(width / size[0], height / size[1])
    aim = 0.5 * (low + high) + rng.normal(0, 0.03, 2)
    return View(yaw, pitch, view.roll, distance, float(focal), width, height, (float(aim[0]), float(aim[1])))


def set_frames(made: ExerciseSet) -> Iterator[NDArray[np.uint8]]:
    """The pictures (height, width, 3) uint8 RGB, one a moment.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    rng = np.random.default_rng(made.noise_seed)
    model = made.mover.shape.model
    for number in range(len(made)):
        yield render_body(made.pose(number), model, made.dress, made.view, made.room, rng)


def write_set(made: ExerciseSet, path: Path) -> None:
    """Film a set into an MP4.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    video.write(path, set_frames(made), frame_rate=made.rate_hz, quality=_QUALITY)
