"""What is true of a movement and follows from its angles alone, by the definitions of the measures.

Peaks are changes from the person's own standing at the start of each repetition (Laird 2019), at the moment
when the trunk has gone farthest, and the median of repetitions; where there are sides, that of each side
(names ending in ``_left_deg``, ``_right_deg``) and, under the plain name, the mean of the two, or the smaller
where a norm asks a reach of each side (SFMA for the turns of shoulders and pelvis; the low back's side bend).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mitate.back.movement import Phase
from mitate.simulate.movement_people import SIDES

__all__ = ["HANG_OUT_DEG", "arm_elevation", "truth_of_motion"]

Array = NDArray[np.float64]
Dof = Mapping[str, Array]

HANG_OUT_DEG = 6.84
"""How far a hanging arm stands away from the body, as `mitate.simulate.posing` rests it."""

_SMALLER = ("shoulder_rotation_deg", "pelvic_rotation_deg", "lumbar_side_bend_deg")
"""Of both sides the smaller counts, as in `mitate.back.measures_sideways`: one stiff side shows."""


def arm_elevation(dof: Dof, side: str) -> Array:
    """(n,) degrees, the upper arm against the chest's downward axis."""
    raised = np.radians(dof[f"shoulder_flexion_{side}"])
    out = np.radians(dof[f"shoulder_abduction_{side}"] + HANG_OUT_DEG)
    return np.asarray(np.degrees(np.arccos(np.clip(np.cos(raised) * np.cos(out), -1.0, 1.0))))


def truth_of_motion(
    movement: str, times_s: Array, dof: Dof, repetitions: Sequence[Phase]
) -> dict[str, float]:
    """Measures by the names of the norms, and a few without a norm; empty for ``free``.

    Args:
        movement: which.
        times_s: (n,) seconds.
        dof: each (n,) degrees.
        repetitions: of the movement.
    """
    if movement not in _TRUTHS:
        return {}
    size, changes = _TRUTHS[movement]
    found: list[tuple[str, dict[str, float]]] = []
    for phase in repetitions:
        first, last = np.searchsorted(times_s, (phase.start_s, phase.end_s))
        first, last = min(int(first), len(times_s) - 1), min(int(last), len(times_s) - 1)
        peak = first + int(np.argmax(size({name: values[first : last + 1] for name, values in dof.items()})))
        found.append((phase.side, changes(dof, first, peak, phase.side)))
    return _averaged(found)


def _averaged(found: list[tuple[str, dict[str, float]]]) -> dict[str, float]:
    sides = sorted({side for side, _ in found})
    means = {
        side: {
            name: float(np.median([values[name] for one, values in found if one == side]))
            for name in next(values for one, values in found if one == side)
        }
        for side in sides
    }
    if sides == [""]:
        return _with_share(means[""])
    out = {name: float(np.mean([means[side][name] for side in sides])) for name in means[sides[0]]}
    for side in sides:
        out |= {f"{name.removesuffix('_deg')}_{side}_deg": value for name, value in means[side].items()}
    if "spine_rotation_deg" in out:
        out["spine_pelvis_rotation_ratio"] = out["spine_rotation_deg"] / out["pelvic_rotation_deg"]
    return out | {name: min(means[side][name] for side in sides) for name in _SMALLER if name in out}


def _with_share(means: dict[str, float]) -> dict[str, float]:
    trunk = means.get("peak_trunk_flexion_deg", 0.0)
    if trunk <= 0.0:
        return means
    return {**means, "lumbar_contribution_percent": 100.0 * means["peak_lumbar_flexion_deg"] / trunk}


def _change(dof: Dof, name: str, first: int, peak: int) -> float:
    return float(dof[name][peak] - dof[name][first])


def _hips(dof: Dof) -> Array:
    """(n,) hip flexion, the mean of both sides: thigh against the pelvis in the sagittal plane."""
    return np.asarray(
        dof["pelvis_tilt"] + 0.5 * (dof["thigh_inclination_right"] + dof["thigh_inclination_left"])
    )


def _trunk(dof: Dof) -> Array:
    return np.asarray(dof["pelvis_tilt"] + dof["lumbar_flexion"])


def _turn(dof: Dof) -> Array:
    return np.asarray(dof["pelvis_rotation"] + dof["lumbar_rotation"] + dof["thoracic_rotation"])


def _forward(dof: Dof, first: int, peak: int, side: str) -> dict[str, float]:
    pelvis, lumbar = _change(dof, "pelvis_tilt", first, peak), _change(dof, "lumbar_flexion", first, peak)
    return {
        "peak_trunk_flexion_deg": pelvis + lumbar,
        "peak_lumbar_flexion_deg": lumbar,
        "peak_pelvic_flexion_deg": pelvis,
        "peak_thoracic_flexion_deg": _change(dof, "thoracic_flexion", first, peak),
    }


def _backward(dof: Dof, first: int, peak: int, side: str) -> dict[str, float]:
    arms = np.mean([arm_elevation(dof, one)[peak] for one in SIDES])
    return {
        "peak_trunk_extension_deg": float(_trunk(dof)[first] - _trunk(dof)[peak]),
        "peak_lumbar_extension_deg": -_change(dof, "lumbar_flexion", first, peak),
        "peak_pelvic_extension_deg": -_change(dof, "pelvis_tilt", first, peak),
        "arm_elevation_deg": float(arms),
    }


def _rotated(dof: Dof, first: int, peak: int, side: str) -> dict[str, float]:
    sign = 1.0 if side == "left" else -1.0
    turn = _turn(dof)
    shoulders = sign * float(turn[peak] - turn[first])
    pelvis = sign * _change(dof, "pelvis_rotation", first, peak)
    return {
        "shoulder_rotation_deg": shoulders,
        "pelvic_rotation_deg": pelvis,
        "spine_rotation_deg": shoulders - pelvis,
        "lumbar_rotation_deg": sign * _change(dof, "lumbar_rotation", first, peak),
    }


def _side_bent(dof: Dof, first: int, peak: int, side: str) -> dict[str, float]:
    sign = 1.0 if side == "right" else -1.0
    lumbar = sign * _change(dof, "lumbar_bending", first, peak)
    pelvis = sign * _change(dof, "pelvis_list", first, peak)
    return {
        "lumbar_side_bend_deg": lumbar,
        "pelvic_side_bend_deg": pelvis,
        "trunk_side_bend_deg": lumbar + pelvis,
    }


def _bowed(dof: Dof, first: int, peak: int, side: str) -> dict[str, float]:
    hips = _hips(dof)
    trunk = _trunk(dof)
    return {
        "bow_hip_flexion_deg": float(hips[peak] - hips[first]),
        "bow_trunk_flexion_deg": float(trunk[peak] - trunk[first]),
        "bow_lumbar_change_deg": _change(dof, "lumbar_flexion", first, peak),
    }


def _stood(dof: Dof, first: int, peak: int, side: str) -> dict[str, float]:
    lifted = "left" if side == "right" else "right"
    sign = 1.0 if side == "right" else -1.0
    pelvis = sign * _change(dof, "pelvis_list", first, peak)
    hip = _change(dof, "pelvis_tilt", first, peak) + _change(dof, f"thigh_inclination_{lifted}", first, peak)
    return {
        "pelvic_drop_deg": -pelvis,
        "trunk_lean_deg": pelvis + sign * _change(dof, "lumbar_bending", first, peak),
        "lifted_hip_flexion_deg": hip,
        "lifted_knee_flexion_deg": _change(dof, f"knee_flexion_{lifted}", first, peak),
    }


def _squatted(dof: Dof, first: int, peak: int, side: str) -> dict[str, float]:
    hips, trunk = _hips(dof), _trunk(dof)
    knees = 0.5 * (dof["knee_flexion_right"] + dof["knee_flexion_left"])
    return {
        "peak_hip_flexion_deg": float(hips[peak] - hips[first]),
        "peak_knee_flexion_deg": float(knees[peak] - knees[first]),
        "squat_trunk_flexion_deg": float(trunk[peak] - trunk[first]),
        "squat_pelvic_tilt_deg": _change(dof, "pelvis_tilt", first, peak),
        "squat_lumbar_change_deg": _change(dof, "lumbar_flexion", first, peak),
    }


def _lift(dof: Dof) -> Array:
    return np.maximum(dof["thigh_inclination_right"], dof["thigh_inclination_left"])


def _bend(dof: Dof) -> Array:
    bending = dof["pelvis_list"] + dof["lumbar_bending"] + dof["thoracic_bending"]
    return np.asarray(np.abs(bending - bending[0]))


_Size = Callable[[Dof], Array]
_Changes = Callable[[Dof, int, int, str], dict[str, float]]

_TRUTHS: Mapping[str, tuple[_Size, _Changes]] = {
    "forward_bend": (_trunk, _forward),
    "backward_bend": (lambda dof: -_trunk(dof), _backward),
    "rotation": (lambda dof: np.abs(_turn(dof) - _turn(dof)[0]), _rotated),
    "side_bend": (_bend, _side_bent),
    "waiters_bow": (_hips, _bowed),
    "one_leg_stance": (_lift, _stood),
    "squat": (lambda dof: 0.5 * (dof["knee_flexion_right"] + dof["knee_flexion_left"]), _squatted),
}
"""By what a movement's size is seen, and what is read off at its peak."""
