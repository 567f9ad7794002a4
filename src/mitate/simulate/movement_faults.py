"""Faults that a simulated movement can have, each a number: 0 is none, 1 a clear case of it.

What a fault does to the angles is in `mitate.simulate.movement_plans`; here stands what it means, in which
movements it makes sense, and where it was described. The sizes behind a 1 are choices of this project, made
so that a 1 carries a middling person over the published limit; no source gives them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mitate.back.region import LOW_BACK, REGIONS
from mitate.errors import InputError

__all__ = [
    "FAULTS",
    "MOVEMENTS",
    "NECK_MOVEMENTS",
    "Fault",
    "checked_faults",
    "faults_of",
    "sample_faults",
]

MOVEMENTS = (*REGIONS[LOW_BACK].movements, "free")
"""The clinical movements of the low back, and ``free``: poses of all kinds, for training only."""

NECK_MOVEMENTS = REGIONS["neck"].movements
"""Those of neck and shoulder."""

_SPINE = ("forward_bend", "backward_bend", "rotation", "side_bend")
_SYMMETRIC = ("forward_bend", "backward_bend", "waiters_bow", "squat")
_SIDED = ("rotation", "side_bend", "one_leg_stance", "neck_rotation", "neck_side_bend")


@dataclass(frozen=True, slots=True)
class Fault:
    """A named fault.

    Attributes:
        meaning: what one sees.
        movements: those it can be put into.
        source: who described it.
        signed: whether -1 to 1 are allowed (positive: to, or on, the person's right) instead of 0 to 1.
    """

    meaning: str
    movements: tuple[str, ...]
    source: str
    signed: bool = False


_LAIRD = "Laird 2019, BMC Musculoskelet Disord 20:28"
_SFMA = "SFMA scoring sheet"
_LUOMAJOKI = "Luomajoki 2007, BMC Musculoskelet Disord 8:90, and the criteria of the movement control tests"
_ABERRANT = "BMC Musculoskelet Disord 2017, s12891-017-1820-x"

FAULTS: Mapping[str, Fault] = {
    "lumbar_too_little": Fault("the low back moves less than the person's could", _SPINE, _LAIRD),
    "lumbar_too_much": Fault("the low back moves more", _SPINE, "Laird 2019; Sahrmann's flexion syndrome"),
    "pelvis_too_little": Fault("the pelvis moves less: the hips are not used", _SPINE, _LAIRD),
    "pelvis_too_much": Fault("the pelvis moves more", _SPINE, _LAIRD),
    "knees_bend": Fault("the knees bend on the way, where they should stay", MOVEMENTS[:5], _SFMA),
    "shifts_sideways": Fault(
        "pelvis and trunk leave the sagittal plane sideways", _SYMMETRIC, "JOSPT 2012;42:A1-57", signed=True
    ),
    "rotates_in_bend": Fault(
        "the trunk turns although the movement is straight", _SYMMETRIC, _LUOMAJOKI, signed=True
    ),
    "judder": Fault(
        "the way back is slow and shaky: its velocity ripples", ("forward_bend", "squat"), _ABERRANT
    ),
    "reversal": Fault(
        "on the way back the pelvis leads, the low back follows late and the knees help",
        ("forward_bend",),
        f"{_ABERRANT}; JOSPT 2012;42:A1-57",
    ),
    "pelvis_leads": Fault(
        "on the way down the pelvis goes first (early pelvic dominance)", ("forward_bend",), _ABERRANT
    ),
    "stops_short": Fault(
        "the whole movement ends early", (*_SPINE, "waiters_bow", *NECK_MOVEMENTS[:4]), _LAIRD
    ),
    "no_posterior_shift": Fault("the hips do not go back over the heels", ("forward_bend",), _SFMA),
    "arms_short_of_overhead": Fault(
        "raised arms do not reach 170 degrees", ("backward_bend", "arm_raise"), _SFMA
    ),
    "bow_rounds_back": Fault("the low back bends in the waiter's bow", ("waiters_bow",), _LUOMAJOKI),
    "bow_no_hips": Fault("the hips hardly bend in the waiter's bow", ("waiters_bow",), _LUOMAJOKI),
    "squat_shallow": Fault("the squat is not deep", ("squat",), "expert: no limit was read"),
    "squat_rounds": Fault("the pelvis tucks under and the low back rounds", ("squat",), "expert"),
    "stance_drops_pelvis": Fault(
        "the pelvis sinks on the lifted leg's side (Trendelenburg)",
        ("one_leg_stance",),
        "Cooper 2016, Eur Spine J 25:1258; a weak sign of weakness",
    ),
    "stance_shifts_far": Fault("the navel moves far to the side", ("one_leg_stance",), _LUOMAJOKI),
    "one_side_less": Fault(
        "one side (positive: the right) moves less than the other", _SIDED, _SFMA, signed=True
    ),
    "forward_head": Fault(
        "the head is carried in front of the shoulders", NECK_MOVEMENTS, "Mahmoud 2019, Curr Rev 12:562"
    ),
    "shoulders_hike": Fault(
        "the shoulder girdle rises towards the ears with the arms",
        ("arm_raise",),
        "expert: no limit was read",
    ),
    "one_arm_less": Fault(
        "one arm (positive: the right) is raised less than the other", ("arm_raise",), _SFMA, signed=True
    ),
}
"""Every fault by name."""


def faults_of(movement: str) -> tuple[str, ...]:
    """Names of the faults that this movement can have; none for ``free``."""
    return tuple(name for name, fault in FAULTS.items() if movement in fault.movements)


def checked_faults(movement: str, faults: Mapping[str, float] | None) -> dict[str, float]:
    """The faults asked for, all of this movement and within their range; zeros are left out.

    Raises:
        InputError: no fault of this name or not in this movement, or a strength out of range.
    """
    out = {}
    for name, strength in (faults or {}).items():
        if name not in faults_of(movement):
            names = ", ".join(faults_of(movement)) or "none"
            raise InputError(f"{movement} has no fault {name[:40]!r}", todo=f"it can have: {names}")
        low = -1.0 if FAULTS[name].signed else 0.0
        if not (math.isfinite(strength) and low <= strength <= 1.0):
            raise InputError(f"the strength {strength} is out of range", where=name, todo=f"{low:g} to 1")
        if strength:
            out[name] = float(strength)
    return out


def sample_faults(rng: np.random.Generator, movement: str) -> dict[str, float]:
    """Faults by chance: none in a sixth of people, else one or two, of any strength from 0.2 on."""
    names = faults_of(movement)
    count = min(int(rng.choice([0, 1, 1, 1, 2, 2])), len(names))
    out = {}
    for name in rng.choice(names, size=count, replace=False) if count else ():
        strength = float(rng.uniform(0.2, 1.0))
        turned = FAULTS[str(name)].signed and rng.random() < 0.5
        out[str(name)] = -strength if turned else strength
    return out
