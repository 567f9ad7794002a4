"""What a simulated person does in each clinical movement: how far every joint goes, and which one leads.

Ranges span far more than health: everything from too little to too much must occur. They are built around

- forward bend: trunk 111, lumbar 52, pelvis 59 degrees (standard deviations 16, 11, 15) without low back pain
  and 93, 46, 48 with it (Laird 2019, BMC Musculoskelet Disord 20:28), lumbar flexion less with age (Troke
  2005, Man Ther 10:198: 72 degrees at 16 years, 40 at 90); the low back leads, with a ratio of lumbar to hip
  of 1.9 early, 0.9 midway and 0.4 late (Esola 1996, Spine 21:71);
- backward bend: lumbar extension 29 to 6 degrees from 16 to 90 years (Troke 2005), the low back before the
  hips (Milosavljevic 2007, PMC2365519);
- side bend: lumbar 29 to 15 degrees (Troke 2005); rotation: lumbar about 7, spine to pelvis 0.41 or 0.50
  (Taniguchi 2017, PLoS One 12:e0186369);
- waiter's bow: hips 50 to 70 degrees with a still low back; one-leg stance: the navel moves less than 10 cm
  (criteria of the movement control tests, Luomajoki 2007).

What no source gives (arms, neck, knees, squats, the feet) is a choice of this project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from mitate.simulate.movement_arms import arms_out, both, hands_before_chest, hands_on_hips
from mitate.simulate.movement_people import between

__all__ = ["LEADING", "Plan", "by_age", "sample_plan"]

LEG_M = 0.85
"""Length of a leg from hip to ankle, by which centimetres become degrees of its lean."""


@dataclass(slots=True)
class Plan:
    """What one person does in one movement.

    Attributes:
        change: degrees each joint has gone from standing at the peak, to the movement's positive side.
        lead, lead_back: how far a joint runs ahead of the others on the way there and back (see
            `movement_phases.bent`); on the way back a positive number keeps it bent for longer.
        held: degrees a joint goes before the first repetition and keeps until after the last.
        hang: 1 where the arms hang by their weight whatever the chest does, 0 where they move with it.
        hang_beside: the part of a sideways lean that the lower arm makes up for.
        apart: degrees by which the legs stand wider than the person usually stands.
        forward: degrees by which the head is carried in front, standing and moving.
        knees_back: degrees by which the knees bend midway on the way back.
        judder: degrees of ripple on the way back.
        slow_return: how many times longer the way back takes.
        less: what part of the movement the right (1) and the left (-1) side loses.
    """

    change: dict[str, float]
    lead: dict[str, float] = field(default_factory=dict)
    lead_back: dict[str, float] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)
    hang: float = 1.0
    hang_beside: float = 0.0
    apart: float = 0.0
    forward: float = 0.0
    knees_back: float = 0.0
    judder: float = 0.0
    slow_return: float = 1.0
    less: dict[int, float] = field(default_factory=lambda: {1: 0.0, -1: 0.0})


LEADING: Mapping[str, tuple[str, str]] = {
    "forward_bend": ("pelvis_tilt", "lumbar_flexion"),
    "backward_bend": ("pelvis_tilt", "lumbar_flexion"),
    "rotation": ("pelvis_rotation", "lumbar_rotation"),
    "side_bend": ("pelvis_list", "lumbar_bending"),
}
"""The pelvis's and the low back's part in a movement."""


def by_age(age: float, young: float, old: float) -> float:
    """On the line between the values at 16 and at 90 years (Troke 2005), the nearer end outside it."""
    return float(np.interp(age, (16.0, 90.0), (young, old)))


def legs(change: dict[str, float], rng: np.random.Generator, back: float, knees: float) -> None:
    """Hips that go back (degrees the straight legs lean; negative: forward) over knees that bend."""
    both(change, "thigh_inclination", back + 0.55 * knees, rng, 0.6)
    both(change, "knee_flexion", knees, rng, 0.1 * knees + 0.3)


def some_knees(rng: np.random.Generator, share: float, most: float) -> float:
    """Knees that bend in a share of people."""
    little, much, many = rng.uniform(0.0, 5.0), rng.uniform(5.0, most), rng.random()
    return float(much if many < share else little)


def forward_bend(rng: np.random.Generator, age: float) -> Plan:
    """Without pain, with pain, or anything between the ends of what was ever measured."""
    kind = rng.random()
    ageing = by_age(age, 10.0, -14.0)
    lumbar = (52.0 if kind < 0.35 else 46.0) + ageing + rng.normal(0.0, 11.5)
    pelvis = (59.0 if kind < 0.35 else 48.0) + 0.3 * ageing + rng.normal(0.0, 15.0)
    wide_lumbar, wide_pelvis = rng.uniform(15.0, 75.0), rng.uniform(15.0, 90.0)
    if kind > 0.7:
        lumbar, pelvis = wide_lumbar, wide_pelvis
    lumbar, pelvis = float(np.clip(lumbar, 12.0, 78.0)), float(np.clip(pelvis, 12.0, 92.0))
    over = max(0.0, lumbar + pelvis - 142.0)
    pelvis -= over
    change = {
        "pelvis_tilt": pelvis,
        "lumbar_flexion": lumbar,
        "thoracic_flexion": between(rng, 10.0, 9.0, -8.0, 32.0),
        "neck_flexion": between(rng, 5.0, 18.0, -35.0, 40.0),
        "pelvis_list": rng.normal(0.0, 0.8),
        "lumbar_bending": rng.normal(0.0, 1.2),
        "pelvis_rotation": rng.normal(0.0, 1.2),
        "lumbar_rotation": rng.normal(0.0, 1.0),
    }
    back = pelvis / 59.0 * between(rng, 9.0, 4.0, 0.0, 18.0)
    legs(change, rng, back, some_knees(rng, 0.25, 35.0))
    both(change, "shoulder_flexion", between(rng, 4.0, 10.0, -25.0, 30.0), rng, 2.0)
    both(change, "elbow_flexion", between(rng, -4.0, 5.0, -15.0, 15.0), rng, 1.0)
    return Plan(
        change,
        lead={"lumbar_flexion": between(rng, 0.75, 0.3, -0.6, 1.0)},
        lead_back={"lumbar_flexion": between(rng, 0.0, 0.22, -0.6, 0.5)},
        hang=float(rng.random() < 0.9),
    )


def backward_bend(rng: np.random.Generator, age: float) -> Plan:
    """Arms overhead before the bend, or with it, or hands on the hips."""
    lumbar = by_age(age, 29.0, 6.0) + rng.normal(0.0, 8.0)
    wide = rng.uniform(0.0, 45.0)
    lumbar = wide if rng.random() < 0.3 else lumbar
    lumbar = float(np.clip(lumbar, 1.0, 46.0))
    pelvis = between(rng, 12.0, 7.0, 0.0, 30.0)
    change = {
        "pelvis_tilt": -pelvis,
        "lumbar_flexion": -lumbar,
        "thoracic_flexion": -between(rng, 10.0, 6.0, 0.0, 24.0),
        "neck_flexion": -between(rng, 22.0, 13.0, -5.0, 48.0),
        "lumbar_bending": rng.normal(0.0, 1.0),
        "lumbar_rotation": rng.normal(0.0, 1.0),
    }
    legs(change, rng, -between(rng, 7.0, 4.0, 0.0, 16.0), some_knees(rng, 0.3, 25.0))
    style, with_bend = rng.random(), rng.random() < 0.4
    overhead, on_hips = between(rng, 168.0, 15.0, 115.0, 182.0), hands_on_hips(rng)
    up: dict[str, float] = {}
    both(up, "shoulder_flexion", overhead, rng, 3.0)
    both(up, "shoulder_abduction", between(rng, -8.0, 5.0, -18.0, 12.0), rng, 1.5)
    both(up, "elbow_flexion", between(rng, 0.0, 8.0, -15.0, 30.0), rng, 2.0)
    held = on_hips if style < 0.35 else up
    if with_bend and style >= 0.35:
        change |= up
        held = {}
    lead = between(rng, 0.45, 0.25, -0.3, 0.9)
    return Plan(
        change,
        lead={"lumbar_flexion": lead},
        lead_back={"lumbar_flexion": between(rng, 0.3, 0.25, -0.4, 0.8)},
        held=held,
        hang=0.0,
    )


def rotation(rng: np.random.Generator, age: float) -> Plan:
    """Standing, feet on the floor; positive to the left."""
    pelvis = between(rng, by_age(age, 60.0, 46.0), 13.0, 15.0, 82.0)
    ratio = between(rng, 0.45, 0.16, 0.12, 1.1)
    lumbar = float(np.clip(rng.normal(7.0, 2.5) * pelvis * ratio / 25.0, 1.5, 16.0))
    thoracic = float(np.clip(pelvis * ratio - lumbar, 3.0, 48.0))
    change = {
        "pelvis_rotation": pelvis,
        "lumbar_rotation": lumbar,
        "thoracic_rotation": thoracic,
        "neck_rotation": between(rng, 25.0, 15.0, -10.0, 60.0),
        "pelvis_tilt": between(rng, 1.5, 3.0, -6.0, 9.0),
        "lumbar_flexion": between(rng, -2.0, 3.0, -10.0, 8.0),
        "lumbar_bending": rng.normal(0.0, 4.0),
        "thoracic_bending": rng.normal(0.0, 3.0),
        "pelvis_list": rng.normal(0.0, 2.0),
    }
    legs(change, rng, rng.normal(0.0, 1.5), some_knees(rng, 0.25, 25.0))
    arms = [hands_before_chest(rng), arms_out(rng, float(rng.integers(2))), hands_on_hips(rng), {}]
    swing = rng.normal(0.0, 8.0)
    change["shoulder_flexion_right"], change["shoulder_flexion_left"] = swing, -swing
    lead = between(rng, 0.1, 0.3, -0.6, 0.6)
    names = ("lumbar_rotation", "thoracic_rotation")
    return Plan(
        change,
        lead=dict.fromkeys(names, lead),
        lead_back=dict.fromkeys(names, -lead),
        held=arms[int(rng.choice(4, p=[0.3, 0.15, 0.1, 0.45]))],
        hang=0.0,
    )


def side_bend(rng: np.random.Generator, age: float) -> Plan:
    """Hand down the thigh, or an arm overhead; positive to the right."""
    lumbar = by_age(age, 29.0, 15.0) + rng.normal(0.0, 7.0)
    wide = rng.uniform(3.0, 40.0)
    lumbar = float(np.clip(wide if rng.random() < 0.25 else lumbar, 2.0, 41.0))
    pelvis = between(rng, 5.0, 4.0, -2.0, 18.0)
    shift = between(rng, 5.0, 3.5, -2.0, 13.0)
    change = {
        "pelvis_list": pelvis,
        "lumbar_bending": lumbar,
        "thoracic_bending": between(rng, 13.0, 6.0, 2.0, 30.0),
        "neck_bending": between(rng, 10.0, 9.0, -12.0, 32.0),
        "pelvis_tilt": rng.normal(0.0, 2.5),
        "lumbar_flexion": rng.normal(0.0, 4.0),
        "lumbar_rotation": rng.normal(0.0, 2.0),
        "thoracic_rotation": rng.normal(0.0, 4.0),
        "pelvis_rotation": rng.normal(0.0, 2.5),
        "thigh_abduction_right": shift,
        "thigh_abduction_left": -shift,
    }
    legs(change, rng, rng.normal(0.0, 1.0), some_knees(rng, 0.12, 20.0))
    beside, overhead = rng.uniform(-8.0, 8.0), rng.uniform(120.0, 165.0)
    change["shoulder_abduction_left"] = overhead if rng.random() < 0.15 else beside
    held, slide, on_hips = hands_on_hips(rng), rng.uniform(0.75, 1.1), rng.random() < 0.08
    return Plan(
        change,
        lead={"lumbar_bending": between(rng, 0.15, 0.25, -0.5, 0.7)},
        lead_back={"lumbar_bending": between(rng, 0.0, 0.25, -0.6, 0.6)},
        held=held if on_hips else {},
        hang=0.0,
        hang_beside=0.0 if on_hips else slide,
    )


def waiters_bow(rng: np.random.Generator, age: float) -> Plan:
    """From the hips, hands on them or at the sides; older people bow a little less."""
    hips = float(np.clip(rng.normal(by_age(age, 62.0, 52.0), 14.0), 15.0, 98.0))
    back = hips * between(rng, 0.12, 0.05, 0.0, 0.25)
    change = {
        "pelvis_tilt": hips - back,
        "lumbar_flexion": between(rng, 4.0, 8.0, -12.0, 28.0),
        "thoracic_flexion": between(rng, 1.0, 5.0, -12.0, 16.0),
        "neck_flexion": between(rng, -8.0, 12.0, -40.0, 20.0),
        "lumbar_rotation": rng.normal(0.0, 1.0),
    }
    knees = some_knees(rng, 0.35, 25.0)
    legs(change, rng, back, knees)
    # The knees' share must not count as hip flexion asked for.
    change["pelvis_tilt"] = max(5.0, change["pelvis_tilt"] - 0.55 * knees)
    held = (hands_on_hips(rng), hands_before_chest(rng), {})[int(rng.choice(3, p=[0.45, 0.15, 0.4]))]
    return Plan(
        change,
        lead={"lumbar_flexion": rng.normal(0.0, 0.3)},
        held=held,
        hang=0.0 if held else float(rng.random() < 0.5),
    )


def one_leg_stance(rng: np.random.Generator, age: float) -> Plan:
    """Both legs in turn; positive stands on the right."""
    shift_m = between(rng, 0.055 + 0.0002 * (age - 40.0), 0.022, 0.01, 0.13)
    lift = between(rng, 55.0, 17.0, 25.0, 95.0)
    drop = between(rng, 0.0, 3.0, -6.0, 7.0)
    knee = between(rng, lift + 18.0, 14.0, 30.0, 120.0)
    lean = between(rng, 2.0, 3.0, -4.0, 10.0)
    change = {
        "pelvis_list": -drop,
        "lumbar_bending": drop + lean,
        "thoracic_bending": rng.normal(0.0, 2.0),
        "pelvis_tilt": -between(rng, 4.0, 3.0, -2.0, 12.0),
        "lumbar_flexion": between(rng, 4.0, 3.5, -3.0, 14.0),
        "pelvis_rotation": rng.normal(0.0, 3.0),
        "lumbar_rotation": rng.normal(0.0, 1.5),
        "thigh_abduction_right": -float(np.degrees(shift_m / LEG_M)),
        "thigh_abduction_left": rng.normal(0.0, 3.0),
        "thigh_inclination_right": rng.normal(0.0, 1.5),
        "thigh_inclination_left": lift,
        "knee_flexion_right": float(rng.uniform(0.0, 8.0)),
        "knee_flexion_left": knee,
        "foot_pitch_left": rng.uniform(-35.0, 5.0),
    }
    both(change, "shoulder_abduction", between(rng, 8.0, 14.0, -2.0, 60.0), rng, 3.0)
    held = (hands_on_hips(rng), hands_before_chest(rng), {})[int(rng.choice(3, p=[0.25, 0.15, 0.6]))]
    return Plan(change, held=held, hang=0.0)


def squat(rng: np.random.Generator, age: float) -> Plan:
    """From a quarter to a full squat, arms out, crossed or hanging."""
    deep = float(np.clip(rng.normal(by_age(age, 90.0, 62.0), 20.0), 25.0, 112.0))
    shank = min(deep / 90.0 * between(rng, 26.0, 7.0, 6.0, 42.0), 134.0 - deep)
    heels = float(rng.uniform(5.0, 25.0)) if rng.random() < 0.15 else 0.0
    tilt = deep / 90.0 * between(rng, 26.0, 11.0, 2.0, 52.0)
    change = {
        "pelvis_tilt": tilt,
        "lumbar_flexion": deep / 90.0 * between(rng, 10.0, 9.0, -10.0, 34.0),
        "thoracic_flexion": rng.normal(0.0, 5.0),
        "neck_flexion": -between(rng, 12.0, 9.0, -5.0, 35.0),
    }
    both(change, "thigh_inclination", deep, rng, 1.5)
    both(change, "knee_flexion", deep + shank, rng, 1.5)
    both(change, "foot_pitch", -heels, rng, 0.5 if heels else 0.0)
    both(change, "thigh_abduction", 0.0, rng, 1.5)
    arms = (arms_out(rng, 1.0), hands_before_chest(rng), {})[int(rng.integers(3))]
    if rng.random() < 0.5:
        change |= arms
        arms = {}
    apart = between(rng, 3.0, 3.5, -3.0, 12.0)
    return Plan(change, held=arms, hang=float(rng.random() < 0.5), apart=apart)


_PLANS: Mapping[str, Callable[[np.random.Generator, float], Plan]] = {
    "forward_bend": forward_bend,
    "backward_bend": backward_bend,
    "rotation": rotation,
    "side_bend": side_bend,
    "waiters_bow": waiters_bow,
    "one_leg_stance": one_leg_stance,
    "squat": squat,
}


def sample_plan(rng: np.random.Generator, movement: str, age: float) -> Plan:
    """One person's way of doing a clinical movement, without named faults.

    Args:
        rng: source of chance.
        movement: one of the clinical movements.
        age: years.
    """
    return _PLANS[movement](rng, age)
