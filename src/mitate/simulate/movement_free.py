"""Poses of all kinds, one after the other: what the lift is trained on beside the clinical movements."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from mitate.simulate.movement_people import DOF, LIMITS, SIDES
from mitate.simulate.movement_phases import sway

__all__ = ["free_poses", "random_pose"]

Array = NDArray[np.float64]
Change = dict[str, float]


def _stand(rng: np.random.Generator) -> Change:
    return {}


def _bend(rng: np.random.Generator) -> Change:
    size, share = rng.uniform(20.0, 140.0), rng.uniform(0.2, 0.7)
    knees = rng.uniform(0.0, 45.0) * float(rng.random() < 0.4)
    change = {"lumbar_flexion": min(size * share, 78.0), "pelvis_tilt": size * (1.0 - share)}
    change["thoracic_flexion"] = rng.uniform(-10.0, 35.0)
    back = rng.uniform(-3.0, 16.0)
    for side in SIDES:
        change[f"knee_flexion_{side}"] = knees
        change[f"thigh_inclination_{side}"] = back + 0.55 * knees
        change[f"shoulder_flexion_{side}"] = size * float(rng.random() < 0.6)
    return change


def _arch(rng: np.random.Generator) -> Change:
    change = {
        "lumbar_flexion": -rng.uniform(0.0, 45.0),
        "pelvis_tilt": -rng.uniform(0.0, 25.0),
        "thoracic_flexion": -rng.uniform(0.0, 20.0),
        "neck_flexion": -rng.uniform(0.0, 40.0),
    }
    hips, knees = rng.uniform(0.0, 14.0), rng.uniform(0.0, 20.0)
    for side in SIDES:
        change[f"knee_flexion_{side}"] = knees
        change[f"thigh_inclination_{side}"] = 0.55 * knees - hips
    return change


def _twist(rng: np.random.Generator) -> Change:
    sign = 1.0 if rng.random() < 0.5 else -1.0
    return {
        "pelvis_rotation": sign * rng.uniform(0.0, 75.0),
        "lumbar_rotation": sign * rng.uniform(0.0, 15.0),
        "thoracic_rotation": sign * rng.uniform(0.0, 45.0),
        "neck_rotation": sign * rng.uniform(-20.0, 60.0),
        "lumbar_flexion": rng.uniform(-10.0, 30.0),
        "pelvis_tilt": rng.uniform(-8.0, 30.0),
    }


def _lean(rng: np.random.Generator) -> Change:
    sign = 1.0 if rng.random() < 0.5 else -1.0
    shift = sign * rng.uniform(-3.0, 10.0)
    return {
        "pelvis_list": sign * rng.uniform(-3.0, 15.0),
        "lumbar_bending": sign * rng.uniform(0.0, 38.0),
        "thoracic_bending": sign * rng.uniform(0.0, 28.0),
        "thigh_abduction_right": shift,
        "thigh_abduction_left": -shift,
    }


def _step(rng: np.random.Generator) -> Change:
    ahead, behind = SIDES if rng.random() < 0.5 else SIDES[::-1]
    return {
        f"thigh_inclination_{ahead}": rng.uniform(5.0, 85.0),
        f"knee_flexion_{ahead}": rng.uniform(5.0, 90.0),
        f"foot_pitch_{ahead}": rng.uniform(-30.0, 20.0),
        f"thigh_inclination_{behind}": rng.uniform(-28.0, 5.0),
        f"knee_flexion_{behind}": rng.uniform(0.0, 40.0),
        f"foot_pitch_{behind}": rng.uniform(-45.0, 0.0),
        "pelvis_tilt": rng.uniform(-5.0, 20.0),
        "pelvis_list": rng.uniform(-8.0, 8.0),
        "lumbar_bending": rng.uniform(-8.0, 8.0),
    }


def _half_sit(rng: np.random.Generator) -> Change:
    deep, shank = rng.uniform(30.0, 108.0), rng.uniform(-5.0, 32.0)
    change = {"pelvis_tilt": rng.uniform(-15.0, 45.0), "lumbar_flexion": rng.uniform(-15.0, 40.0)}
    for side in SIDES:
        change[f"thigh_inclination_{side}"] = deep + rng.normal(0.0, 3.0)
        change[f"knee_flexion_{side}"] = deep + shank + rng.normal(0.0, 3.0)
        change[f"thigh_abduction_{side}"] = rng.uniform(-5.0, 25.0)
        change[f"shoulder_flexion_{side}"] = rng.uniform(0.0, 90.0)
    return change


_KINDS: tuple[Callable[[np.random.Generator], Change], ...] = (
    _stand,
    _bend,
    _arch,
    _twist,
    _lean,
    _step,
    _half_sit,
)


def random_pose(rng: np.random.Generator, standing: Mapping[str, float]) -> dict[str, float]:
    """One pose: a kind of pose, sometimes two at once, the arms anywhere, everything a little off.

    Args:
        rng: source of chance.
        standing: the person's own posture, to which the pose is added; within `LIMITS` at last.
    """
    pose = dict(standing)
    for kind in rng.choice(len(_KINDS), size=2 if rng.random() < 0.35 else 1, replace=False):
        for name, value in _KINDS[int(kind)](rng).items():
            pose[name] += value
    for side in SIDES:
        if rng.random() < 0.6:
            pose[f"shoulder_flexion_{side}"] = rng.uniform(-40.0, 180.0)
            pose[f"shoulder_abduction_{side}"] = rng.uniform(-30.0, 110.0)
            pose[f"elbow_flexion_{side}"] = rng.uniform(0.0, 140.0) * float(rng.random() < 0.7)
        if rng.random() < 0.1:
            pose[f"shoulder_flexion_{side}"] = rng.uniform(-20.0, 20.0)
            pose[f"shoulder_abduction_{side}"] = rng.uniform(60.0, 175.0)
    spread = {"foot": 0.0, "knee": 3.0, "neck": 10.0, "shoulder": 6.0, "elbow": 6.0}
    for name in DOF:
        pose[name] += rng.normal(0.0, spread.get(name.split("_")[0], 2.5))
    for side in SIDES:
        pose[f"knee_flexion_{side}"] = max(0.0, pose[f"knee_flexion_{side}"])
    return {name: float(np.clip(pose[name], *LIMITS[name])) for name in DOF}


def free_poses(
    rng: np.random.Generator, standing: Mapping[str, float], poses: int, *, rate_hz: float, speed: float
) -> tuple[Array, dict[str, Array]]:
    """Random poses and the smooth ways between them, without overshoot.

    Args:
        rng: source of chance.
        standing: the person's own posture; the first and the last pose are random too.
        poses: how many, at least 2.
        rate_hz: moments a second.
        speed: divides all durations.

    Returns:
        (n,) seconds, and each of `DOF` → (n,) degrees.
    """
    keys = [random_pose(rng, standing) for _ in range(poses)]
    table = np.array([[key[name] for name in DOF] for key in keys])
    farthest = np.abs(np.diff(table, axis=0)).max(axis=1)
    steps = np.maximum(rng.uniform(0.7, 2.0, poses - 1), farthest / 110.0)
    at = np.concatenate([[0.0], np.cumsum(steps)]) / speed
    times = np.arange(int(at[-1] * rate_hz) + 1) / rate_hz
    values = PchipInterpolator(at, table, axis=0)(times)
    dof = {}
    for i, name in enumerate(DOF):
        dof[name] = np.clip(values[:, i] + sway(rng, times, 0.5), *LIMITS[name])
    return times, dof
