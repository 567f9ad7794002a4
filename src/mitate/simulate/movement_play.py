"""From a plan to every joint angle through time: repetitions, wandering, hanging arms, standing feet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.simulate.movement_people import DOF, LIMITS, SIDES, mirrored
from mitate.simulate.movement_phases import Timeline, bent, minimum_jerk, progress, sway
from mitate.simulate.movement_plans import Plan

__all__ = ["POSITIVE_SIDE", "played"]

Array = NDArray[np.float64]

POSITIVE_SIDE: Mapping[str, str] = {
    "rotation": "left",
    "side_bend": "right",
    "one_leg_stance": "right",
    "neck_rotation": "left",
    "neck_side_bend": "right",
}
"""Of movements to both sides, the one that plans are written for; of one-leg stance, the leg stood on."""

_HIP_OUT_OVER_LEG = 0.105
"""Half the distance between the hips over the length of a leg: how far legs slant when the pelvis turns."""

_SWAY = {
    "pelvis": 0.35,
    "lumbar": 0.3,
    "thoracic": 0.3,
    "neck": 0.8,
    "thigh": 0.3,
    "knee": 0.3,
    "shoulder": 0.9,
}
"""Standard deviation of the wandering, degrees."""


def played(
    rng: np.random.Generator,
    movement: str,
    standing: Mapping[str, float],
    plan: Plan,
    timeline: Timeline,
    times: Array,
) -> dict[str, Array]:
    """Standing, plus what is held, plus every repetition, plus sway; within the limits of joints."""
    dof = {name: np.full(len(times), value) for name, value in standing.items()}
    up_s = 0.9 * timeline.starts[0]
    after = timeline.length_s - timeline.ends[-1]
    held = minimum_jerk(times / up_s) - minimum_jerk((times - timeline.ends[-1]) / (0.9 * after))
    for name, value in plan.held.items():
        dof[name] += value * held
    natural = rng.normal(1.0, 0.03, 2)
    varied = rng.normal(1.0, 0.025, (len(timeline), 3))
    shaken = rng.uniform(0.0, 2.0 * np.pi, 2), rng.uniform(2.4, 3.0)
    for i, side in enumerate(timeline.sides):
        change = plan.change if side >= 0 else mirrored(plan.change)
        less = 0.0 if side == 0 else plan.less[_right_or_left(movement, side)]
        sized = 1.0 if side == 0 else natural[(side + 1) // 2] * (1.0 - less)
        course, back = progress(times, timeline, i)
        size = {"pelvis": varied[i, 0], "lumbar": varied[i, 1]}
        for name, value in change.items():
            factor = sized * size.get(name.split("_")[0], varied[i, 2])
            ahead = bent(course, _lead(plan.change, plan.lead, name))
            behind = bent(course, _lead(plan.change, plan.lead_back, name))
            dof[name] += value * factor * np.where(back, behind, ahead)
        _return(dof, plan, timeline, times, i, shaken)
    _settle(dof, movement, standing, plan)
    for name in DOF:
        if not name.startswith("foot"):
            dof[name] += sway(rng, times, _SWAY.get(name.split("_")[0], 0.5))
        dof[name] = np.clip(dof[name], *LIMITS[name])
    return dof


def _right_or_left(movement: str, side: int) -> int:
    """1 for the person's right, -1 for their left."""
    return side if POSITIVE_SIDE[movement] == "right" else -side


def _lead(change: Mapping[str, float], leads: Mapping[str, float], name: str) -> float:
    """The pelvis makes up for the low back's lead, so that the trunk's own course stays smooth."""
    if name != "pelvis_tilt" or "lumbar_flexion" not in leads:
        return leads.get(name, 0.0)
    pelvis, lumbar = change["pelvis_tilt"], change["lumbar_flexion"]
    if abs(pelvis) < 1.0:
        return 0.0
    return float(np.clip(-leads["lumbar_flexion"] * lumbar / pelvis, -0.95, 0.95))


def _return(
    dof: dict[str, Array],
    plan: Plan,
    timeline: Timeline,
    times: Array,
    repetition: int,
    shaken: tuple[Array, float],
) -> None:
    """What happens on the way back only: shaking, and knees that help."""
    left, end = timeline.left[repetition], timeline.ends[repetition]
    share = np.clip((times - left) / (end - left), 0.0, 1.0)
    window = np.sin(np.pi * share) ** 2
    plateau = np.sin(0.5 * np.pi * np.clip(6.0 * np.minimum(share, 1.0 - share), 0.0, 1.0)) ** 2
    phases, frequency = shaken
    wave = 2.0 * np.pi * frequency * (times - left) + phases[0]
    dof["lumbar_flexion"] += plan.judder * plateau * np.sin(wave)
    # The pelvis shakes against the low back, so that what is shaky is how the two share the way.
    dof["pelvis_tilt"] -= 0.5 * plan.judder * plateau * np.sin(wave + 0.15 * phases[1])
    for side in SIDES:
        dof[f"knee_flexion_{side}"] += plan.knees_back * window
        dof[f"thigh_inclination_{side}"] += 0.3 * plan.knees_back * window


def _settle(dof: dict[str, Array], movement: str, standing: Mapping[str, float], plan: Plan) -> None:
    """Arms that hang, legs that slant under a turned pelvis, feet that stay where they stand."""
    spine = ("pelvis_tilt", "lumbar_flexion", "thoracic_flexion")
    chest = sum((dof[name] - standing[name] for name in spine), np.zeros_like(dof["pelvis_tilt"]))
    sides = ("pelvis_list", "lumbar_bending", "thoracic_bending")
    leaning = sum((dof[name] - standing[name] for name in sides), np.zeros_like(dof["pelvis_tilt"]))
    turn = np.sin(np.radians(dof["pelvis_rotation"]))
    slant = np.degrees(_HIP_OUT_OVER_LEG * turn) if movement == "rotation" else 0.0 * turn
    for side, sign in (("right", -1.0), ("left", 1.0)):
        lower, upper = np.maximum(-sign * leaning, 0.0), np.maximum(sign * leaning, 0.0)
        dof[f"shoulder_flexion_{side}"] += plan.hang * chest
        dof[f"shoulder_abduction_{side}"] += plan.hang_beside * (lower - 0.35 * upper)
        dof[f"thigh_inclination_{side}"] += sign * slant
        if movement not in ("one_leg_stance", "side_bend"):
            _plant(dof, standing, side)


def _plant(dof: dict[str, Array], standing: Mapping[str, float], side: str) -> None:
    """A leg that gets shorter by bending slants more, so that its foot does not slide."""
    thigh, knee = f"thigh_inclination_{side}", f"knee_flexion_{side}"
    name = f"thigh_abduction_{side}"
    long = _height(standing[thigh], standing[thigh] - standing[knee])
    short = np.maximum(_height(dof[thigh], dof[thigh] - dof[knee]), 0.6)
    dof[name] = np.degrees(np.arcsin(np.clip(np.sin(np.radians(dof[name])) * long / short, -0.6, 0.6)))


def _height(thigh: ArrayLike, shank: ArrayLike) -> Array:
    """Of a leg, in lengths of its thigh, at these degrees against the vertical."""
    return np.asarray(np.cos(np.radians(thigh)) + np.cos(np.radians(shank)))
