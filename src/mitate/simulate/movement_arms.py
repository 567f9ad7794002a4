"""Where arms are held: degrees from hanging."""

from __future__ import annotations

import numpy as np

from mitate.simulate.movement_people import SIDES

__all__ = ["arms_out", "both", "hands_before_chest", "hands_on_hips"]


def both(change: dict[str, float], name: str, value: float, rng: np.random.Generator, spread: float) -> None:
    """Puts a value, not quite the same, to a limb of both sides."""
    for side in SIDES:
        change[f"{name}_{side}"] = value + rng.normal(0.0, spread)


def hands_on_hips(rng: np.random.Generator) -> dict[str, float]:
    """The arms' way from hanging to the hips."""
    held: dict[str, float] = {}
    both(held, "shoulder_flexion", rng.uniform(-52.0, -36.0), rng, 2.0)
    both(held, "shoulder_abduction", rng.uniform(4.0, 16.0), rng, 2.0)
    both(held, "elbow_flexion", rng.uniform(50.0, 75.0), rng, 3.0)
    return held


def hands_before_chest(rng: np.random.Generator) -> dict[str, float]:
    """The arms' way from hanging to the front of the chest."""
    held: dict[str, float] = {}
    both(held, "shoulder_flexion", rng.uniform(25.0, 50.0), rng, 2.0)
    both(held, "shoulder_abduction", rng.uniform(-35.0, -15.0), rng, 2.0)
    both(held, "elbow_flexion", rng.uniform(85.0, 115.0), rng, 3.0)
    return held


def arms_out(rng: np.random.Generator, forward: float) -> dict[str, float]:
    """The arms' way from hanging to straight out, to the front (1) or to the sides (0)."""
    held: dict[str, float] = {}
    up = rng.uniform(60.0, 95.0)
    both(held, "shoulder_flexion", up * forward, rng, 2.0)
    both(held, "shoulder_abduction", up * (1.0 - forward), rng, 2.0)
    return held
