"""People in any pose that joints allow, as points only: what a lift must have met that no clinic films.

The clinical movements are nearly symmetrical and slow; a lift that has seen nothing else answers a walk with
a standing person. Here every joint goes its own smooth way through its range, legs and arms each by
themselves, sometimes as in walking. Nothing is drawn: only the points and the truth are kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.body_model import SEGMENTS, BodyModel, BodyShape
from mitate.simulate.movements import DOF, Motion

__all__ = ["thinned", "wild_motion"]

Array = NDArray[np.float64]

_RANGES: dict[str, tuple[float, float]] = {
    "pelvis_tilt": (-25, 95),
    "pelvis_list": (-25, 25),
    "pelvis_rotation": (-40, 40),
    "lumbar_flexion": (-35, 70),
    "lumbar_bending": (-30, 30),
    "lumbar_rotation": (-20, 20),
    "thoracic_flexion": (-20, 40),
    "thoracic_bending": (-15, 15),
    "thoracic_rotation": (-30, 30),
    "neck_flexion": (-40, 50),
    "neck_bending": (-25, 25),
    "neck_rotation": (-50, 50),
    "thigh_inclination": (-30, 110),
    "thigh_abduction": (-8, 40),
    "knee_flexion": (0, 130),
    "foot_pitch": (-35, 20),
    "shoulder_flexion": (-40, 180),
    "shoulder_abduction": (0, 150),
    "elbow_flexion": (0, 140),
}
_WALKING = 0.3  # share of people whose legs go to and fro


def wild_motion(
    rng: np.random.Generator, *, age: float, seconds: float = 4.0, rate_hz: float = 10.0
) -> Motion:
    """A motion of every joint for itself.

    Args:
        age: kept with the motion. seconds: of it. rate_hz: moments a second.
    """
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    calm = float(rng.choice([0.15, 0.4, 1.0]))  # some stay near standing with their trunk
    dof = {name: _course(rng, times, name, calm) for name in DOF}
    if rng.random() < _WALKING:
        dof |= _steps(rng, times)
    return Motion("free", times, dof, {}, age, ())


def _course(rng: np.random.Generator, times: Array, name: str, calm: float) -> Array:
    """A smooth way through a joint's range, mostly near its middle posture."""
    stem = name.removesuffix("_left").removesuffix("_right")
    low, high = _RANGES[stem]
    trunk = not name.endswith(("_left", "_right"))
    reach = (calm if trunk else 1.0) * float(rng.beta(1.2, 1.6))
    keys = rng.uniform(low, high, 5) * reach
    at = np.linspace(times[0], times[-1], len(keys))
    place = np.interp(times, at, np.arange(len(keys)))
    before = np.minimum(place.astype(int), len(keys) - 2)
    share = place - before
    share = share**2 * (3 - 2 * share)
    return np.asarray(keys[before] * (1 - share) + keys[before + 1] * share)


def _steps(rng: np.random.Generator, times: Array) -> dict[str, Array]:
    """Legs that swing in turn: thighs by 10 to 38 degrees either way, knees bent in the swing."""
    phase = 2 * np.pi * rng.uniform(0.4, 1.2) * times + rng.uniform(0, 2 * np.pi)
    swing, bend = rng.uniform(10, 38), rng.uniform(20, 80)
    found = {}
    for side, turn in (("left", 0.0), ("right", np.pi)):
        found[f"thigh_inclination_{side}"] = 8.0 + swing * np.sin(phase + turn)
        found[f"knee_flexion_{side}"] = 5.0 + bend * np.clip(np.cos(phase + turn), 0, None) ** 1.5
        found[f"thigh_abduction_{side}"] = np.full_like(times, rng.uniform(-3, 8))
        found[f"foot_pitch_{side}"] = 15.0 * np.sin(phase + turn)
    return found


def thinned(shape: BodyShape) -> BodyShape:
    """The same person with only the vertices of points, curve and feet, to stand on: posed in no time."""
    model = shape.model
    feet = [SEGMENTS.index("left_foot"), SEGMENTS.index("right_foot")]
    stands = np.flatnonzero(np.isin(model.owner, feet))  # the lowest of them is the floor
    rows = np.unique(np.concatenate([*model.landmarks, model.spine, stands]))
    place = np.full(len(model.template), -1)
    place[rows] = np.arange(len(rows))
    thin: BodyModel = replace(
        model,
        faces=np.zeros((0, 3), np.int32),
        weights=model.weights[rows],
        owner=model.owner[rows],
        landmarks=tuple(place[one] for one in model.landmarks),
        spine=place[model.spine],
        template=model.template[rows],
    )
    return replace(shape, vertices=shape.vertices[rows], model=thin)
