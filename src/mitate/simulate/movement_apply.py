"""What each fault does to a person's plan. Sizes are choices of this project; see `movement_faults`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mitate.simulate.movement_people import SIDES
from mitate.simulate.movement_plans import LEADING, LEG_M, Plan

__all__ = ["with_faults"]

_MUCH: Mapping[str, tuple[float, float]] = {
    "forward_bend": (28.0, 30.0),
    "backward_bend": (-12.0, -18.0),
    "rotation": (20.0, 9.0),
    "side_bend": (8.0, 14.0),
}
"""Degrees that a full fault of too much adds to the pelvis and to the low back."""

_MOST: Mapping[str, tuple[float, float]] = {
    "forward_bend": (92.0, 78.0),
    "backward_bend": (-32.0, -48.0),
    "rotation": (85.0, 22.0),
    "side_bend": (24.0, 43.0),
}
"""Beyond these degrees a fault adds nothing."""

_MOST_TRUNK = 145.0
"""Degrees of a whole forward bend; beyond them legs and belly are in the way."""


def with_faults(plan: Plan, movement: str, faults: Mapping[str, float]) -> Plan:
    """The plan, changed in place by every fault in the order of their names, and given back."""
    for name in sorted(faults):
        strength = faults[name]
        if name in _CHANGES:
            _CHANGES[name](plan, strength)
        else:
            _lead(plan, movement, name, strength)
    return plan


def _lead(plan: Plan, movement: str, fault: str, strength: float) -> None:
    part = 0 if fault.startswith("pelvis") else 1
    name = LEADING[movement][part]
    if fault.endswith("too_little"):
        plan.change[name] *= 1.0 - 0.75 * strength
        return
    add, most = _MUCH[movement][part], _MOST[movement][part]
    room = max(0.0, (most - plan.change[name]) * (1.0 if add > 0 else -1.0))
    if movement == "forward_bend":
        room = min(room, max(0.0, _MOST_TRUNK - plan.change["pelvis_tilt"] - plan.change["lumbar_flexion"]))
    plan.change[name] += (1.0 if add > 0 else -1.0) * min(abs(add) * strength, room)


def _add(plan: Plan, changes: Mapping[str, float], strength: float) -> None:
    for name, value in changes.items():
        plan.change[name] = plan.change.get(name, 0.0) + value * strength


def _scale(plan: Plan, factor: float, *stems: str) -> None:
    for name in plan.change:
        if name.startswith(stems):
            plan.change[name] *= factor


def _knees_bend(plan: Plan, strength: float) -> None:
    for side in SIDES:
        _add(plan, {f"knee_flexion_{side}": 35.0, f"thigh_inclination_{side}": 19.0}, strength)


def _shifts_sideways(plan: Plan, strength: float) -> None:
    lean = {"thigh_abduction_right": -5.0, "thigh_abduction_left": 5.0}
    _add(plan, {**lean, "pelvis_list": 3.0, "lumbar_bending": 8.0}, strength)


def _rotates_in_bend(plan: Plan, strength: float) -> None:
    _add(plan, {"pelvis_rotation": -10.0, "lumbar_rotation": -6.0, "thoracic_rotation": -10.0}, strength)


def _judder(plan: Plan, strength: float) -> None:
    plan.judder = 3.0 * strength
    plan.slow_return = 1.0 + 1.6 * strength


def _reversal(plan: Plan, strength: float) -> None:
    plan.lead_back["lumbar_flexion"] = min(0.95, plan.lead_back["lumbar_flexion"] + 0.7 * strength)
    plan.knees_back = 18.0 * strength


def _pelvis_leads(plan: Plan, strength: float) -> None:
    plan.lead["lumbar_flexion"] = max(-0.8, plan.lead["lumbar_flexion"] - 1.4 * strength)


def _stops_short(plan: Plan, strength: float) -> None:
    _scale(plan, 1.0 - 0.6 * strength, "pelvis", "lumbar", "thoracic", "neck", "thigh")


def _no_posterior_shift(plan: Plan, strength: float) -> None:
    for side in SIDES:
        thigh, knee = f"thigh_inclination_{side}", f"knee_flexion_{side}"
        back = plan.change[thigh] - 0.55 * plan.change[knee]
        plan.change[thigh] -= strength * (max(0.0, back) + 3.0)


def _arms_short(plan: Plan, strength: float) -> None:
    for arms in (plan.change, plan.held):
        for side in SIDES:
            name = f"shoulder_flexion_{side}"
            if arms.get(name, 0.0) > 90.0:
                arms[name] -= 75.0 * strength


def _bow_no_hips(plan: Plan, strength: float) -> None:
    _scale(plan, 1.0 - 0.75 * strength, "pelvis_tilt", "thigh_inclination", "knee")


def _squat_shallow(plan: Plan, strength: float) -> None:
    _scale(plan, 1.0 - 0.65 * strength, "pelvis_tilt", "lumbar_flexion", "thigh_inclination", "knee", "foot")


def _squat_rounds(plan: Plan, strength: float) -> None:
    _add(plan, {"lumbar_flexion": 28.0, "pelvis_tilt": -14.0, "thoracic_flexion": 8.0}, strength)


def _drops_pelvis(plan: Plan, strength: float) -> None:
    _add(plan, {"pelvis_list": -13.0, "lumbar_bending": 16.0}, strength)


def _shifts_far(plan: Plan, strength: float) -> None:
    _add(plan, {"thigh_abduction_right": -57.3 * 0.07 / LEG_M, "lumbar_bending": 2.0}, strength)


def _forward_head(plan: Plan, strength: float) -> None:
    plan.forward += 22.0 * strength


def _shoulders_hike(plan: Plan, strength: float) -> None:
    _add(plan, {f"scapula_elevation_{side}": 16.0 for side in SIDES}, strength)


def _one_arm_less(plan: Plan, strength: float) -> None:
    plan.change[f"shoulder_flexion_{'right' if strength > 0 else 'left'}"] *= 1.0 - 0.4 * abs(strength)


def _one_side_less(plan: Plan, strength: float) -> None:
    plan.less[1 if strength > 0 else -1] = 0.6 * abs(strength)


_CHANGES: Mapping[str, Callable[[Plan, float], None]] = {
    "knees_bend": _knees_bend,
    "shifts_sideways": _shifts_sideways,
    "rotates_in_bend": _rotates_in_bend,
    "judder": _judder,
    "reversal": _reversal,
    "pelvis_leads": _pelvis_leads,
    "stops_short": _stops_short,
    "no_posterior_shift": _no_posterior_shift,
    "arms_short_of_overhead": _arms_short,
    "bow_rounds_back": lambda plan, strength: _add(plan, {"lumbar_flexion": 28.0}, strength),
    "bow_no_hips": _bow_no_hips,
    "squat_shallow": _squat_shallow,
    "squat_rounds": _squat_rounds,
    "stance_drops_pelvis": _drops_pelvis,
    "stance_shifts_far": _shifts_far,
    "one_side_less": _one_side_less,
    "forward_head": _forward_head,
    "shoulders_hike": _shoulders_hike,
    "one_arm_less": _one_arm_less,
}
