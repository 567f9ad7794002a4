"""A stick figure in any pose, as a pose network would see it without error; what tests of the coach share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mitate.back.exercise import CoachFault, CoachPlan, Exercise, Words
from mitate.back.exercises import read_exercise
from mitate.body.points import INDEX, POINTS

Array = NDArray[np.float64]

TRUNK, THIGH, SHANK, UPPER_ARM, FOREARM = 0.5, 0.42, 0.40, 0.28, 0.25
LEG = THIGH + SHANK


@dataclass(frozen=True)
class Pose:
    """Degrees; the person faces the camera at a yaw of 0."""

    lean: float = 0.0
    hip: tuple[float, float] = (0.0, 0.0)
    knee: tuple[float, float] = (0.0, 0.0)
    arm: tuple[float, float] = (0.0, 0.0)
    elbow: tuple[float, float] = (0.0, 0.0)
    apart: float = 0.0
    aside: float = 0.0
    shoulder_turn: float = 0.0
    head_turn: float = 0.0
    yaw: float = 0.0
    supine: bool = False


def turn(axis: int, degrees: float) -> Array:
    """A rotation about an axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    one, other = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(3)
    matrix[one, one], matrix[one, other], matrix[other, one], matrix[other, other] = c, -s, s, c
    return matrix


def space(pose: Pose) -> Array:
    """(33, 3) metres, x right in the picture, y up, z towards the camera; the hips' middle is 0."""
    upper = turn(2, pose.aside) @ turn(0, pose.lean)
    chest = upper @ turn(1, pose.shoulder_turn)
    head = chest @ turn(1, pose.head_turn)
    neck = upper @ np.array([0.0, TRUNK, 0.0])
    places = dict.fromkeys(POINTS, neck + head @ np.array([0.0, 0.22, 0.1]))
    for side, sign, own in (("left", 1.0, 0), ("right", -1.0, 1)):
        hip = np.array([0.1 * sign, 0.0, 0.0])
        forward = pose.hip[own] - pose.lean
        out = turn(2, sign * pose.apart)
        knee = hip + out @ turn(0, -forward) @ np.array([0.0, -THIGH, 0.0])
        ankle = knee + out @ turn(0, pose.knee[own] - forward) @ np.array([0.0, -SHANK, 0.0])
        shoulder = neck + chest @ np.array([0.18 * sign, 0.0, 0.0])
        elbow = shoulder + chest @ turn(0, -pose.arm[own]) @ np.array([0.0, -UPPER_ARM, 0.0])
        wrist = elbow + chest @ turn(0, -pose.arm[own] - pose.elbow[own]) @ np.array([0.0, -FOREARM, 0.0])
        places |= {
            f"{side}_hip": hip,
            f"{side}_knee": knee,
            f"{side}_ankle": ankle,
            f"{side}_heel": ankle + np.array([0.0, -0.06, -0.04]),
            f"{side}_foot_index": ankle + np.array([0.0, -0.06, 0.16]),
            f"{side}_shoulder": shoulder,
            f"{side}_elbow": elbow,
            f"{side}_wrist": wrist,
            f"{side}_ear": neck + head @ np.array([0.08 * sign, 0.22, 0.0]),
        }
    table = np.array([places[name] for name in POINTS])
    whole = turn(1, pose.yaw) @ (turn(0, -90.0) if pose.supine else np.eye(3))
    return np.asarray(table @ whole.T)


def seen(poses: list[Pose]) -> tuple[Array, Array, Array]:
    """Pixels (n, 33, 2), metres (n, 33, 3) and visibility (n, 33)."""
    world = np.stack([space(pose) for pose in poses])
    ground = world[:, [INDEX["left_ankle"], INDEX["right_ankle"]], 1].min(axis=1)
    lifted = world[..., 1] - ground[:, None]
    pixels = np.stack([300.0 + 200.0 * world[..., 0], 500.0 - 200.0 * lifted], axis=2)
    return pixels, world, np.ones(world.shape[:2])


def words(text: str) -> Words:
    return Words(en=text, ja=text)


def exercise(plan: CoachPlan, *, per_side: bool = False, repetitions: int = 5) -> Exercise:
    """An exercise of which nothing matters but what the coach reads."""
    side = "true" if per_side else "false"
    text = f"""
    region = "low_back"
    kind = "strength"
    start = "standing"
    level = 1
    minutes = 5
    parts = ["glutes"]
    title = {{ en = "Squat", ja = "スクワット" }}
    description = {{ en = "d", ja = "d" }}
    steps = {{ en = ["s"], ja = ["s"] }}
    serves = []
    harder = []
    easier = []
    elder = {{ text = {{ en = "e", ja = "e" }} }}
    chair = {{ text = {{ en = "e", ja = "e" }} }}
    not_when = []
    poses = []
    dose = {{ sets = 1, repetitions = {repetitions}, days_a_week = 3, per_side = {side} }}
    coach = {{ signal = "trunk_lean", view = "side", faults = [] }}
    film = {{ views = ["side"], repetitions = 1, captions = {{ en = ["c"], ja = ["c"] }} }}
    """
    import msgspec

    return msgspec.structs.replace(read_exercise(text.encode(), "squat"), coach=plan)


SQUAT = CoachPlan(
    signal="hip_height",
    view="side",
    falls=True,
    least=12.0,
    target=(20.0, 60.0),
    faults=(
        CoachFault(name="leans", signal="trunk_lean", more_than=45.0, say=words("up"), see=words("leans")),
        CoachFault(
            name="knees_in",
            signal="knee_inward",
            at="most",
            more_than=60.0,
            say=words("out"),
            see=words("in"),
        ),
    ),
)


def squat(depth: float, *, lean: float = 25.0, yaw: float = 60.0) -> Pose:
    """A squat by a share of the whole depth."""
    bent = lean * depth
    return Pose(lean=bent, hip=(50 * depth + bent,) * 2, knee=(95 * depth,) * 2, yaw=yaw)


def course(times: Array, starts: list[float], lasts: float = 2.4) -> Array:
    """0 at rest, 1 in the middle of each repetition."""
    found = np.zeros(len(times))
    for start in starts:
        share = np.clip((times - start) / lasts, 0.0, 1.0)
        found += np.where(share < 0.5, _smooth(2 * share), _smooth(2 - 2 * share))
    return found


def _smooth(share: Array) -> Array:
    return np.asarray(share**3 * (10.0 - 15.0 * share + 6.0 * share**2))


def evenly(count: int, lasts: float = 2.4, pause: float = 0.8) -> list[float]:
    """When each of some repetitions starts."""
    return [1.0 + number * (lasts + pause) for number in range(count)]


def in_order(values: list[float]) -> bool:
    return all(one <= other for one, other in pairwise(values))
