"""Which movement a recording shows, from how far each angle goes and which go together.

Every movement has an angle that goes farthest in it, set against how far it usually goes; a turn or a side
bend is looked for only while the trunk is upright, as both mean little in a deep bend. Forward bend and
waiter's bow are one movement done well or badly, and are told apart by depth and the share of the low back
alone; a squat and a bend by the knees. The usual sizes and the margins are choices of this project, made on
simulated movements.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mitate.back.movement import NECK_MOVEMENTS, SIDES, checked_movement, course, excursions
from mitate.back.region import LOW_BACK
from mitate.body.recording import Recording

__all__ = ["recognise", "wrong_movement"]

Array = NDArray[np.float64]

_USUAL_DEG: Mapping[str, float] = MappingProxyType(
    {
        "forward_bend": 80.0,
        "backward_bend": 30.0,
        "rotation": 60.0,
        "side_bend": 28.0,
        "one_leg_stance": 100.0,
        "squat": 85.0,
    }
)
_SHOWN_BY = {
    "forward_bend": "trunk_inclination",
    "backward_bend": "trunk_inclination",
    "rotation": "trunk_rotation",
    "side_bend": "trunk_list",
    "one_leg_stance": "knee_flexion_right",
    "squat": "knee_flexion_right",
}
_UPRIGHT_DEG = 40.0
_CLEAR, _SURE, _LESS = 0.4, 0.75, 0.35
_FULL_BEND_DEG, _FULL_LUMBAR_DEG = 105.0, 35.0


_USUAL_OF_NECK: Mapping[str, float] = MappingProxyType(
    {
        "neck_flexion": 45.0,
        "neck_extension": 55.0,
        "neck_rotation": 60.0,
        "neck_side_bend": 35.0,
        "arm_raise": 150.0,
    }
)


def recognise(recording: Recording, *, region: str = LOW_BACK) -> tuple[tuple[str, float], ...]:
    """Every movement with its share, the likeliest first; shares sum to 1, and are no probabilities.

    Nothing is returned of a recording in which nobody moved or was seen.

    Args:
        region: whose movements are told apart; those of another are not looked for.
    """
    if region != LOW_BACK:
        return _shares(_sizes_of_neck(recording))
    sizes = _sizes(recording)
    shares = dict(_shares(sizes))
    if not shares:
        return ()
    bow = _bow_share(recording) * shares["forward_bend"]
    shares |= {"forward_bend": shares["forward_bend"] - bow, "waiters_bow": bow}
    return tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def _shares(sizes: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    strength = {name: value**3 for name, value in sizes.items()}
    total = sum(strength.values())
    if total <= 0.0:
        return ()
    shares = {name: value / total for name, value in strength.items()}
    return tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def _sizes_of_neck(recording: Recording) -> dict[str, float]:
    """How far each movement goes over its usual size, of what this view shows."""
    times = np.asarray(recording.times_s, dtype=np.float64)
    sizes = {}
    for name, usual in _USUAL_OF_NECK.items():
        sides = name in SIDES
        gone = excursions(times, course(recording, name), both_sides=sides or name == "neck_flexion")
        size = max(gone) if sides else gone[0]
        if name == "neck_extension":
            size = excursions(times, course(recording, name), both_sides=True)[0]
        sizes[name] = max(0.0, float(size)) / usual if np.isfinite(size) else 0.0
    return sizes


def wrong_movement(recording: Recording, named: str) -> str | None:
    """The movement that this clearly is instead of the one named; None where it may well be that one.

    Clear is a movement of two fifths of its usual size or more that has three quarters of all shares, while
    the one named has about a third of that size or less. A forward bend is never called a waiter's bow: it
    may be stiff; a bow is called a forward bend only beyond 105 degrees with a low back bent by 35.

    Raises:
        InputError: no movement of this name.
    """
    checked_movement(named)
    if named in NECK_MOVEMENTS:
        sizes = _sizes_of_neck(recording)
        shares = dict(_shares(sizes))
        best = max(shares, key=lambda name: shares[name], default=named)
        clear = sizes[best] >= _CLEAR and shares.get(best, 0.0) >= _SURE
        return best if best != named and clear and sizes[named] <= _LESS * sizes[best] else None
    found = recognise(recording)
    if not found:
        return None
    if named == "waiters_bow" and _is_full_bend(recording):
        return "forward_bend"
    sizes = _sizes(recording)
    shares = dict(found)
    shares["forward_bend"] += shares.pop("waiters_bow")
    best = max(shares, key=lambda name: shares[name])
    family = "forward_bend" if named == "waiters_bow" else named
    clear = sizes[best] >= _CLEAR and shares[best] >= _SURE and sizes[family] <= _LESS * sizes[best]
    if best == family or not clear:
        return None
    return "waiters_bow" if best == "forward_bend" and dict(found)["waiters_bow"] > shares[best] / 2 else best


def _sizes(recording: Recording) -> dict[str, float]:
    """How far each movement goes, over its usual size, its angle's error taken off; bow and bend as one."""
    times = np.asarray(recording.times_s, dtype=np.float64)
    forward, backward = excursions(times, course(recording, "forward_bend"), both_sides=True)
    upright = np.abs(recording.angles["trunk_inclination"]) <= _UPRIGHT_DEG
    degrees = {"forward_bend": forward, "backward_bend": backward}
    for name in ("rotation", "side_bend", "one_leg_stance"):
        values = course(recording, name)
        values = values if name == "one_leg_stance" else np.where(upright, values, np.nan)
        degrees[name] = max(excursions(times, values, both_sides=True))
    knees = np.fmin(recording.angles["knee_flexion_right"], recording.angles["knee_flexion_left"])
    knee = excursions(times, knees, both_sides=False)[0]
    degrees["squat"] = knee
    sizes = {}
    for name, usual in _USUAL_DEG.items():
        error = _typical(recording.angle_errors[_SHOWN_BY[name]])
        size = degrees[name] - error
        sizes[name] = max(0.0, size / usual) if np.isfinite(size) else 0.0
    if np.isfinite(knee) and np.isfinite(forward):
        # Deep knees make a bend a squat, a deep trunk makes a squat a bend.
        sizes["forward_bend"] *= 1.0 - _ramp(knee, 40.0, 80.0) * (1.0 - _ramp(forward, 70.0, 100.0))
        sizes["squat"] *= 1.0 - _ramp(forward, 75.0, 105.0)
    return sizes


def _bow_share(recording: Recording) -> float:
    """How much a bend forwards looks like a waiter's bow: less deep, and the low back takes little part."""
    depth, lumbar = _bend(recording)
    if not depth > 0.0:
        return 0.5
    evidence = (80.0 - depth) / 12.0
    if np.isfinite(lumbar):
        evidence += (0.25 - lumbar / depth) / 0.06
    return float(1.0 / (1.0 + np.exp(-np.clip(evidence, -30.0, 30.0))))


def _is_full_bend(recording: Recording) -> bool:
    depth, lumbar = _bend(recording)
    return bool(depth > _FULL_BEND_DEG and lumbar > _FULL_LUMBAR_DEG)


def _bend(recording: Recording) -> tuple[float, float]:
    """Degrees that trunk and low back go forwards."""
    times = np.asarray(recording.times_s, dtype=np.float64)
    trunk = excursions(times, course(recording, "forward_bend"), both_sides=False)[0]
    lumbar = excursions(times, np.asarray(recording.angles["lumbar_flexion"]), both_sides=False)[0]
    return trunk, lumbar


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _typical(errors: Array) -> float:
    known = errors[np.isfinite(errors)]
    return float(np.median(known)) if len(known) else 0.0
