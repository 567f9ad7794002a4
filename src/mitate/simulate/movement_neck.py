"""Movements of the neck and of raised arms: how far each joint goes, what can be wrong, what is true of them.

How far a neck goes falls with the years: extension from 75 degrees in the twenties by a third of a degree
a year (goniometry by the orthopaedic surgeons' academy; Zarate-Tejero 2023, Life 13:461), rotation some 75
to each side until the forties (Sforza 2002, Clin Biomech 17:611), arms to 170 degrees and 40 less in old age
(Gill 2020, BMC Musculoskelet Disord 21:676). Everything from far too little to more than that occurs;
extension stays within what the body model bends. How the chest helps, how the head is carried and how a
shoulder is hiked is a choice of this project.

Beside `mitate.simulate.movement_people.DOF` these movements have ``neck_protraction`` (the lower neck bends
forwards and the upper back, so that the head is carried in front) and ``scapula_elevation_right``, ``_left``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mitate.back.movement import Phase
from mitate.simulate.movement_arms import both
from mitate.simulate.movement_people import SIDES, between
from mitate.simulate.movement_plans import Plan, by_age

__all__ = ["OWN_DOF", "neck_plan", "truth_of_neck"]

Array = NDArray[np.float64]
Dof = Mapping[str, Array]

OWN_DOF = ("neck_protraction", "scapula_elevation_right", "scapula_elevation_left")
"""Degrees of freedom that only these movements have."""


def neck_plan(rng: np.random.Generator, movement: str, age: float) -> Plan:
    """One person's way of doing a movement of the neck or of the arms, without named faults.

    Args:
        rng: source of chance.
        movement: one of `mitate.simulate.movement_faults.NECK_MOVEMENTS`.
        age: years.
    """
    plan = _PLANS[movement](rng, age)
    plan.forward = between(rng, 3.0, 6.0, -10.0, 18.0)
    return plan


def _small(rng: np.random.Generator) -> dict[str, float]:
    """What else moves a little."""
    return {
        "neck_bending": rng.normal(0.0, 2.0),
        "neck_rotation": rng.normal(0.0, 2.5),
        "thoracic_rotation": rng.normal(0.0, 1.5),
        "lumbar_bending": rng.normal(0.0, 0.7),
        "pelvis_rotation": rng.normal(0.0, 1.0),
    }


def _flexion(rng: np.random.Generator, age: float) -> Plan:
    wide, usual = rng.uniform(10.0, 65.0), rng.normal(by_age(age, 56.0, 42.0), 9.0)
    size = float(np.clip(wide if rng.random() < 0.3 else usual, 8.0, 64.0))
    change = {"neck_flexion": size, "thoracic_flexion": between(rng, 4.0, 4.0, -2.0, 14.0)}
    return Plan({**_small(rng), **change})


def _extension(rng: np.random.Generator, age: float) -> Plan:
    wide, usual = rng.uniform(10.0, 68.0), rng.normal(by_age(age, 66.0, 42.0), 10.0)
    size = float(np.clip(wide if rng.random() < 0.3 else usual, 8.0, 68.0))
    change = {
        "neck_flexion": -size,
        "thoracic_flexion": -between(rng, 4.0, 4.0, -2.0, 14.0),
        "lumbar_flexion": -between(rng, 2.0, 2.0, -1.0, 8.0),
    }
    return Plan({**_small(rng), **change})


def _rotation(rng: np.random.Generator, age: float) -> Plan:
    """Positive is to the left."""
    wide, usual = rng.uniform(15.0, 78.0), rng.normal(by_age(age, 74.0, 50.0), 9.0)
    size = float(np.clip(wide if rng.random() < 0.3 else usual, 10.0, 78.0))
    change = {
        "neck_rotation": size,
        "neck_bending": rng.normal(0.0, 4.0),
        "neck_flexion": rng.normal(0.0, 4.0),
        "thoracic_rotation": between(rng, 5.0, 4.0, 0.0, 18.0),
        "pelvis_rotation": between(rng, 1.0, 1.5, -1.0, 6.0),
    }
    return Plan(change)


def _side_bend(rng: np.random.Generator, age: float) -> Plan:
    """Positive is to the right."""
    wide, usual = rng.uniform(8.0, 45.0), rng.normal(by_age(age, 43.0, 26.0), 7.0)
    size = float(np.clip(wide if rng.random() < 0.3 else usual, 6.0, 45.0))
    change = {
        "neck_bending": size,
        "neck_rotation": rng.normal(0.0, 5.0),
        "neck_flexion": rng.normal(0.0, 4.0),
        "thoracic_bending": between(rng, 3.0, 3.0, 0.0, 12.0),
        "lumbar_bending": between(rng, 1.0, 1.5, 0.0, 6.0),
    }
    return Plan(change)


def _arm_raise(rng: np.random.Generator, age: float) -> Plan:
    wide, usual = rng.uniform(70.0, 178.0), rng.normal(by_age(age, 168.0, 135.0), 14.0)
    size = float(np.clip(wide if rng.random() < 0.3 else usual, 50.0, 180.0))
    change = {
        "thoracic_flexion": -between(rng, 4.0, 3.0, 0.0, 14.0),
        "lumbar_flexion": -between(rng, 5.0, 5.0, -2.0, 22.0),
        "neck_flexion": rng.normal(0.0, 6.0),
    }
    both(change, "shoulder_flexion", size, rng, 3.0)
    both(change, "shoulder_abduction", between(rng, 0.0, 6.0, -14.0, 16.0), rng, 2.0)
    both(change, "elbow_flexion", between(rng, 0.0, 8.0, -15.0, 25.0), rng, 2.0)
    both(change, "scapula_elevation", between(rng, 5.0, 3.0, 0.0, 12.0), rng, 1.0)
    return Plan(change, hang=0.0)


_PLANS: Mapping[str, Callable[[np.random.Generator, float], Plan]] = {
    "neck_flexion": _flexion,
    "neck_extension": _extension,
    "neck_rotation": _rotation,
    "neck_side_bend": _side_bend,
    "arm_raise": _arm_raise,
}

_SHOWN_BY = {
    "neck_flexion": ("neck_flexion", 1.0),
    "neck_extension": ("neck_flexion", -1.0),
    "neck_rotation": ("neck_rotation", 1.0),
    "neck_side_bend": ("neck_bending", 1.0),
}
_POSITIVE = {"neck_rotation": "left", "neck_side_bend": "right"}


def truth_of_neck(movement: str, times_s: Array, dof: Dof, repetitions: Sequence[Phase]) -> dict[str, float]:
    """Measures by the names of the norms: head against chest, arms against the chest, at each peak.

    Of movements to both sides one value a side (``neck_rotation_left_deg``), and left less right.

    Args:
        movement: one of `mitate.simulate.movement_faults.NECK_MOVEMENTS`.
        times_s: (n,) seconds.
        dof: each (n,) degrees.
        repetitions: of the movement.
    """
    if movement == "arm_raise":
        return _truth_of_arms(times_s, dof, repetitions)
    name, sign = _SHOWN_BY[movement]
    found: dict[str, list[float]] = {}
    for phase in repetitions:
        rows = (times_s >= phase.start_s) & (times_s <= phase.end_s)
        gone = sign * (dof[name][rows] - dof[name][rows][0])
        gone = gone if phase.side in ("", _POSITIVE.get(movement)) else -gone
        found.setdefault(phase.side, []).append(float(gone.max()))
    sizes = {side: float(np.median(values)) for side, values in found.items()}
    if "" in sizes:
        return {f"{movement}_deg": sizes[""]}
    out = {f"{movement}_{side}_deg": size for side, size in sizes.items()}
    if len(sizes) == 2:
        out[f"{movement}_difference_deg"] = sizes["left"] - sizes["right"]
    return out


def _truth_of_arms(times_s: Array, dof: Dof, repetitions: Sequence[Phase]) -> dict[str, float]:
    from mitate.simulate.movement_truth import arm_elevation

    out: dict[str, float] = {}
    for side in SIDES:
        raised, hiked = [], []
        for phase in repetitions:
            rows = (times_s >= phase.start_s) & (times_s <= phase.end_s)
            elevation = arm_elevation({name: values[rows] for name, values in dof.items()}, side)
            top = int(np.argmax(elevation))
            raised.append(float(elevation[top]))
            scapula = dof[f"scapula_elevation_{side}"][rows]
            hiked.append(float(scapula[top] - scapula[0]))
        out[f"arm_raise_{side}_deg"] = float(np.median(raised))
        out[f"scapula_elevation_{side}_deg"] = float(np.median(hiked))
    out["arm_raise_difference_deg"] = out["arm_raise_left_deg"] - out["arm_raise_right_deg"]
    return out
