"""Movements of simulated people: every joint angle through time, and what is true of them.

All angles are degrees of one person, zero in the upright rest of the body model, by name:

====================================  =====================================================================
pelvis_tilt, _list, _rotation         pelvis in the world: forward; right side down; to the left
lumbar_flexion, _bending, _rotation   segment at T12 against the pelvis: forward; to the right; to the left
thoracic_flexion, …                   segment at C7 (and the chest) against the one at T12, the same
neck_flexion, …                       head against the chest, the same
neck_protraction                      the head carried in front (neck movements only)
scapula_elevation_right, _left        the shoulder girdle raised (neck movements only)
thigh_inclination_right, _left        thigh against the vertical: the knee in front of the hip is positive
thigh_abduction_right, …              thigh against the vertical: outwards
knee_flexion_right, …                 bending
foot_pitch_right, …                   foot against the floor: toes up
shoulder_flexion_right, …             arm raised forwards against the chest, 0 hanging to 180 overhead
shoulder_abduction_right, …           arm raised sideways, after it was raised forwards
elbow_flexion_right, …                bending
====================================  =====================================================================

Trunk inclination is pelvis_tilt + lumbar_flexion. Hips that go back have a positive thigh_inclination.
These are simulated people: how wide they vary is written in `mitate.simulate.movement_plans`, and what can be
wrong with a movement in `mitate.simulate.movement_faults`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mitate.back.movement import Phase
from mitate.errors import InputError
from mitate.simulate.movement_apply import with_faults
from mitate.simulate.movement_faults import (
    FAULTS,
    MOVEMENTS,
    NECK_MOVEMENTS,
    checked_faults,
    faults_of,
    sample_faults,
)
from mitate.simulate.movement_free import free_poses
from mitate.simulate.movement_neck import OWN_DOF, neck_plan, truth_of_neck
from mitate.simulate.movement_people import DOF, LIMITS, SIDES, sample_posture
from mitate.simulate.movement_phases import Timeline, sample_timeline
from mitate.simulate.movement_plans import Plan, sample_plan
from mitate.simulate.movement_play import POSITIVE_SIDE, played
from mitate.simulate.movement_truth import truth_of_motion

__all__ = [
    "DOF",
    "FAULTS",
    "LIMITS",
    "MOVEMENTS",
    "NECK_MOVEMENTS",
    "Motion",
    "Phase",
    "faults_of",
    "sample_faults",
    "sample_motion",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """One person's movement.

    Attributes:
        movement: one of `MOVEMENTS` or `NECK_MOVEMENTS`.
        times_s: (n,) seconds, evenly spaced.
        dof: each of `DOF` → (n,) degrees.
        faults: what was put in, by name; none left out but zeros.
        age: years.
        repetitions: when; empty for ``free``.
        standing: each of `DOF` → degrees, the person's own upright posture without sway.
        sex: of the person, empty where not given.
    """

    movement: str
    times_s: Array
    dof: Mapping[str, Array]
    faults: Mapping[str, float]
    age: float
    repetitions: tuple[Phase, ...]
    standing: Mapping[str, float] = field(default_factory=dict)
    sex: str = ""

    def __len__(self) -> int:
        return len(self.times_s)

    def at(self, frame: int) -> dict[str, float]:
        """The degrees of freedom of one moment."""
        return {name: float(values[frame]) for name, values in self.dof.items()}

    def truth(self) -> dict[str, float]:
        """What is true of the movement and follows from its angles alone; see `movement_truth`."""
        truth = truth_of_neck if self.movement in NECK_MOVEMENTS else truth_of_motion
        return truth(self.movement, self.times_s, self.dof, self.repetitions)


def sample_motion(
    rng: np.random.Generator,
    movement: str,
    *,
    age: float,
    sex: str = "",
    faults: Mapping[str, float] | None = None,
    repetitions: int | None = None,
    rate_hz: float = 30.0,
    speed: float = 1.0,
) -> Motion:
    """A simulated person's movement, as wide in variation as people are.

    The same state of `rng` gives the same person with any faults, so that one can see what a fault does.

    Args:
        rng: source of chance.
        movement: one of `MOVEMENTS` or `NECK_MOVEMENTS`.
        age: years, 4 to 110.
        sex: kept with the motion; no source gives different movements.
        faults: strength by name (`movement_faults.FAULTS`); without it the person has only their own manner.
        repetitions: 1 to 30; movements with two sides need at least 2 and alternate. By chance 1 to 5 (2 to 4
            with sides). For ``free``, that many times three poses.
        rate_hz: moments a second, 1 to 1000.
        speed: divides all durations, 0.1 to 10.

    Raises:
        InputError: a movement or fault that there is not, or a number out of range.
    """
    _check(movement, age, repetitions, rate_hz, speed)
    chosen = checked_faults(movement, faults)
    standing = sample_posture(rng, age)
    if movement == "free":
        poses = 3 * (repetitions or int(rng.integers(3, 6)))
        times, dof = free_poses(rng, standing, poses, rate_hz=rate_hz, speed=speed)
        return Motion(movement, times, dof, chosen, age, (), standing, sex)
    neck = movement in NECK_MOVEMENTS
    plan = with_faults((neck_plan if neck else sample_plan)(rng, movement, age), movement, chosen)
    if neck:
        standing |= dict.fromkeys(OWN_DOF, 0.0) | {"neck_protraction": plan.forward}
    for side in SIDES:
        standing[f"thigh_abduction_{side}"] += plan.apart
    sides = _sides(rng, movement, repetitions)
    timeline = sample_timeline(
        rng, sides, age=age, speed=speed, slow_return=plan.slow_return, ready_s=_ready(plan)
    )
    times = np.arange(int(timeline.length_s * rate_hz) + 1) / rate_hz
    dof = played(rng, movement, standing, plan, timeline, times)
    return Motion(movement, times, dof, chosen, age, _phases(movement, timeline), standing, sex)


def _check(movement: str, age: float, repetitions: int | None, rate_hz: float, speed: float) -> None:
    if movement not in (*MOVEMENTS, *NECK_MOVEMENTS):
        names = ", ".join((*MOVEMENTS, *NECK_MOVEMENTS))
        raise InputError(f"there is no movement {movement[:40]!r}", todo=f"one of {names}")
    fewest = 2 if movement in POSITIVE_SIDE else 1
    ranges = {
        "age": (age, 4.0, 110.0),
        "repetitions": (fewest if repetitions is None else repetitions, fewest, 30),
        "rate_hz": (rate_hz, 1.0, 1000.0),
        "speed": (speed, 0.1, 10.0),
    }
    for name, (value, low, high) in ranges.items():
        if not (math.isfinite(value) and low <= value <= high):
            raise InputError(
                f"{value} is out of range for {movement}", where=name, todo=f"{low:g} to {high:g}"
            )


def _sides(rng: np.random.Generator, movement: str, repetitions: int | None) -> tuple[int, ...]:
    sided = movement in POSITIVE_SIDE
    drawn = int(rng.integers(2, 5)) if sided else int(rng.choice([1, 2, 3, 3, 4, 5]))
    first = 1 if rng.random() < 0.5 else -1
    count = repetitions or drawn
    if not sided:
        return (0,) * count
    return tuple(first if i % 2 == 0 else -first for i in range(count))


def _ready(plan: Plan) -> float:
    """Seconds that the arms need to come where they are held."""
    return max((abs(value) for value in plan.held.values()), default=0.0) / 110.0


def _phases(movement: str, timeline: Timeline) -> tuple[Phase, ...]:
    positive = POSITIVE_SIDE.get(movement, "")
    other = {"left": "right", "right": "left", "": ""}[positive]
    out = []
    for i, side in enumerate(timeline.sides):
        peak = 0.5 * (timeline.reached[i] + timeline.left[i])
        name = positive if side > 0 else other if side < 0 else ""
        out.append(Phase(float(timeline.starts[i]), float(peak), float(timeline.ends[i]), name))
    return tuple(out)
