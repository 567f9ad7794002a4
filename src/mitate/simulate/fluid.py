"""Where excess fluid goes in a simulated face, in millilitres per kilogram, and how it comes and goes.

The strength is stated in volume because that is what has been measured: a weight gain above 10 % raised cheek
volume by about 3 mL in a laser-scan study (Paton et al., HIV Medicine 2007). No published work gives the
volume per kilogram of fluid; the nominal 1.0 mL per cheek is an assumption, and results are to be read over
a range of `strength` (0.5, 1, 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.head import Head, swept_volume_ml

__all__ = ["FAT_ML_PER_KG", "REGIONS", "FluidProfile", "Region", "Visit", "course", "displacement_per_kg"]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the face that swells: Anny's shape changes and their nominal volume.

    Attributes:
        name: ``cheek_right`` …
        changes: names of Anny's local changes, equal coefficients.
        ml_per_kg: nominal volume per kilogram of excess fluid, all changes together.
    """

    name: str
    changes: tuple[str, ...]
    ml_per_kg: float


# One millilitre in a cheek is a coefficient of 0.042 of Anny's shape; the volumes of the other regions are
# what their shapes give at about that coefficient (the neck, where fluid spreads over more tissue, a third).
REGIONS = (
    Region("cheek_right", ("r-cheek-volume-incr",), 1.0),
    Region("cheek_left", ("l-cheek-volume-incr",), 1.0),
    Region("lower_lid_right", ("r-eye-bag-incr",), 0.03),
    Region("lower_lid_left", ("l-eye-bag-incr",), 0.03),
    Region("upper_lid_right", ("r-eye-eyefold-down",), 0.015),
    Region("upper_lid_left", ("l-eye-eyefold-down",), 0.015),
    Region("lips", ("mouth-upperlip-volume-incr", "mouth-lowerlip-volume-incr"), 0.13),
    Region("jaw", ("neck-double-incr",), 1.6),
    Region("neck", ("measure-neck-circ-incr",), 1.5),
)

# Body fat also fills the cheeks, less than fluid does: 3.1 mL at a gain of about 7 kg (Paton 2007).
FAT_ML_PER_KG: Mapping[str, float] = {
    "r-cheek-volume-incr": 0.44,
    "l-cheek-volume-incr": 0.44,
    "neck-double-incr": 0.7,
}


def displacement_per_kg(
    head: Head, neutral: NDArray[np.float32], ml_per_kg: Mapping[str, float]
) -> NDArray[np.float32]:
    """Vertex displacement that puts the stated volumes on this person's own head.

    Args:
        head: the model.
        neutral: (V, 3) metres, the person at rest.
        ml_per_kg: Anny change name → millilitres per kilogram.

    Returns:
        (V, 3) metres per kilogram. Measured back by `swept_volume_ml` it gives the volumes asked for.
    """
    total = np.zeros_like(neutral)
    for name, millilitres in ml_per_kg.items():
        shape = head.changes[name]
        small = 0.04 * shape  # about the size in use, so that the curvature of the surface counts rightly
        total += shape * np.float32(0.04 * millilitres / swept_volume_ml(neutral, small, head.faces))
    return total


@dataclass(frozen=True, slots=True)
class FluidProfile:
    """How fluid and weight vary in a dialysis population. Kilograms; (mean, sd) over people or days.

    Attributes:
        gain: interdialytic gain, between people; 2 to 2.5 kg is usual on three sessions a week.
        gain_sd_days: within a person from day to day.
        residual: fluid left above dry weight after dialysis.
        fat_drift_sd: random walk of true fat weight, per day between sessions.
        puffiness_sd: swelling that is not excess fluid (sleep, salt, posture), as kilograms of fluid.
        fat_gain_kg_a_week: steady gain of fat on top of the drift; the scale and the cheeks both show it.
    """

    gain: tuple[float, float] = (2.2, 0.6)
    gain_sd_days: float = 0.5
    residual: tuple[float, float] = (0.2, 0.25)
    fat_drift_sd: float = 0.12
    puffiness_sd: float = 0.12
    fat_gain_kg_a_week: float = 0.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One capture: the day counted from the first, the phase, and what the body holds.

    Attributes:
        day: days since the first session.
        phase: ``pre`` or ``post`` dialysis.
        fluid_kg: fluid above dry weight, the truth that a scale cannot see.
        fat_kg: drift of true weight since the first day.
        puffiness_kg: look-alike swelling, in kilograms of fluid equivalent.
    """

    day: int
    phase: str
    fluid_kg: float
    fat_kg: float
    puffiness_kg: float

    @property
    def excess_kg(self) -> float:
        """What a clinic computes: weight minus dry weight."""
        return self.fluid_kg + self.fat_kg


def course(rng: np.random.Generator, days: int, profile: FluidProfile | None = None) -> list[Visit]:
    """A run of dialysis days of one patient, a pre and a post visit each, two or three days apart.

    Args:
        rng: the person's own generator.
        days: number of dialysis days, at least 1.
        profile: the population.
    """
    profile = profile or FluidProfile()
    gain_a_day = profile.fat_gain_kg_a_week / 7
    usual_gain = float(np.clip(rng.normal(*profile.gain), 0.8, 4.0))
    visits = []
    day, fat = 0, 0.0
    for index in range(days):
        gain = float(np.clip(rng.normal(usual_gain, profile.gain_sd_days), 0.4, 5.5))
        residual = float(np.clip(rng.normal(*profile.residual), -0.3, 1.2))
        for phase, fluid in (("pre", residual + gain), ("post", residual)):
            visits.append(
                Visit(day, phase, fluid, fat + gain_a_day * day, float(rng.normal(0.0, profile.puffiness_sd)))
            )
        step = 3 if index % 3 == 2 else 2
        fat += float(rng.normal(0.0, profile.fat_drift_sd)) * np.sqrt(step)
        day += step
    return visits
