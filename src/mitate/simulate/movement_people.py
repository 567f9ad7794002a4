"""How a simulated person stands, and how far joints go: the frame in which all simulated movements stay."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["DOF", "LIMITS", "SIDES", "between", "mirrored", "sample_posture"]

Array = NDArray[np.float64]

SIDES = ("right", "left")

_SPINE_LIMITS: dict[str, tuple[float, float]] = {
    "pelvis_tilt": (-45.0, 110.0),
    "pelvis_list": (-30.0, 30.0),
    "pelvis_rotation": (-90.0, 90.0),
    "lumbar_flexion": (-60.0, 90.0),
    "lumbar_bending": (-45.0, 45.0),
    "lumbar_rotation": (-25.0, 25.0),
    "thoracic_flexion": (-40.0, 60.0),
    "thoracic_bending": (-40.0, 40.0),
    "thoracic_rotation": (-60.0, 60.0),
    "neck_flexion": (-70.0, 65.0),
    "neck_bending": (-45.0, 45.0),
    "neck_rotation": (-80.0, 80.0),
}

_LIMB_LIMITS: dict[str, tuple[float, float]] = {
    "thigh_inclination": (-40.0, 125.0),
    "thigh_abduction": (-25.0, 45.0),
    "knee_flexion": (-5.0, 150.0),
    "foot_pitch": (-60.0, 35.0),
    "shoulder_flexion": (-80.0, 190.0),
    "shoulder_abduction": (-45.0, 180.0),
    "elbow_flexion": (0.0, 150.0),
}

LIMITS: Mapping[str, tuple[float, float]] = {
    **_SPINE_LIMITS,
    **{f"{name}_{side}": limits for name, limits in _LIMB_LIMITS.items() for side in SIDES},
}
"""Of each degree of freedom, degrees: wider than what most people reach, so that training sees its edges."""

DOF: tuple[str, ...] = tuple(LIMITS)
"""Names of all degrees of freedom; each is defined in `mitate.simulate.movements`."""

_TURNED = ("_list", "_bending", "_rotation")


def mirrored(pose: Mapping[str, float]) -> dict[str, float]:
    """The same pose to the other side: right and left change places; lists, bends and turns their sign."""
    out = {}
    for name, value in pose.items():
        if name.endswith("_right"):
            out[name.removesuffix("_right") + "_left"] = value
        elif name.endswith("_left"):
            out[name.removesuffix("_left") + "_right"] = value
        else:
            out[name] = -value if name.endswith(_TURNED) else value
    return out


def between(rng: np.random.Generator, mean: float, spread: float, low: float, high: float) -> float:
    """A normal number, clipped."""
    return float(np.clip(rng.normal(mean, spread), low, high))


def sample_posture(rng: np.random.Generator, age: float) -> dict[str, float]:
    """How one person stands, degrees of each of `DOF`.

    The pelvis is tilted up to 10 degrees either way, the low back bent up to 12 and the upper back 12 more or
    less than the model's rest, more with age: thoracic kyphosis grows by some 0.3 degrees a year from the age
    of forty on (Fon GT et al., AJR 1980;134:979-983). A tilted pelvis is mostly made up for by the lumbar
    spine, a round back by the neck, and arms hang by their weight.
    """
    tilt = between(rng, 0.0, 5.0, -10.0, 10.0)
    lumbar = float(np.clip(-0.7 * tilt + rng.normal(0.0, 4.5), -12.0, 12.0))
    thoracic = float(np.clip(rng.normal(0.0, 5.5), -12.0, 12.0)) + 0.3 * max(0.0, age - 40.0)
    knees = max(0.0, rng.normal(3.0, 5.0))
    lean = rng.normal(0.0, 2.0)
    feet = rng.uniform(-1.0, 6.0)
    lists = between(rng, 0.0, 1.2, -3.0, 3.0)
    pose = dict.fromkeys(DOF, 0.0) | {
        "pelvis_tilt": tilt,
        "pelvis_list": lists,
        "pelvis_rotation": between(rng, 0.0, 2.0, -5.0, 5.0),
        "lumbar_flexion": lumbar,
        "lumbar_bending": between(rng, -0.8 * lists, 1.0, -4.0, 4.0),
        "lumbar_rotation": between(rng, 0.0, 1.0, -3.0, 3.0),
        "thoracic_flexion": thoracic,
        "thoracic_bending": between(rng, 0.0, 1.0, -3.0, 3.0),
        "thoracic_rotation": between(rng, 0.0, 1.5, -4.0, 4.0),
        "neck_flexion": float(np.clip(rng.normal(0.0, 5.0) - 0.7 * thoracic, -40.0, 25.0)),
        "neck_bending": between(rng, 0.0, 2.0, -6.0, 6.0),
        "neck_rotation": between(rng, 0.0, 3.0, -8.0, 8.0),
    }
    reach = rng.normal(0.0, 5.0)
    apart, elbows = rng.uniform(-2.0, 8.0), rng.uniform(3.0, 25.0)
    chest = tilt + lumbar + thoracic
    for side in SIDES:
        pose[f"thigh_inclination_{side}"] = 0.5 * knees + lean + rng.normal(0.0, 0.8)
        pose[f"thigh_abduction_{side}"] = feet + rng.normal(0.0, 0.8)
        pose[f"knee_flexion_{side}"] = knees + abs(rng.normal(0.0, 1.0))
        pose[f"shoulder_flexion_{side}"] = chest + reach + rng.normal(0.0, 2.0)
        pose[f"shoulder_abduction_{side}"] = apart + rng.normal(0.0, 1.5)
        pose[f"elbow_flexion_{side}"] = elbows + abs(rng.normal(0.0, 2.0))
    return pose
