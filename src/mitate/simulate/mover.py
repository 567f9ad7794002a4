"""People who move before the camera: build, age and sex drawn over all of adulthood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mitate.simulate.body_model import BodyModel, BodyShape

__all__ = ["Mover", "sample_mover"]


@dataclass(frozen=True, slots=True, eq=False)
class Mover:
    """One simulated person.

    Attributes:
        age: years. sex: ``M`` or ``F``.
        phenotype: Anny's traits.
        shape: their body.
    """

    age: int
    sex: str
    phenotype: Mapping[str, float]
    shape: BodyShape

    @property
    def height_m(self) -> float:
        """Standing height."""
        return self.shape.stature_m


def sample_mover(rng: np.random.Generator, model: BodyModel, *, age: tuple[float, float] = (20, 90)) -> Mover:
    """Draw a person.

    Args:
        age: least and most years; evenly between.
    """
    years = float(rng.uniform(*age))
    male = bool(rng.random() >= 0.5)
    ancestry = rng.dirichlet([1.0, 1.0, 1.0])
    phenotype = {
        "gender": float(np.clip((0.12 if male else 0.88) + rng.normal(0, 0.1), 0, 1)),  # Anny: 0 is male
        "age": float(np.clip(2 / 3 + (years - 25) / 65 / 3, 0, 1)),
        "muscle": float(rng.uniform(0.25, 0.75)),
        "weight": float(np.clip(rng.normal(0.52, 0.2), 0.1, 1.0)),
        "height": float(np.clip(rng.normal(0.4, 0.13), 0.05, 0.8)),
        "proportions": float(rng.uniform(0.3, 0.8)),
        "cupsize": float(rng.uniform(0.2, 0.8)),
        "firmness": float(rng.uniform(0.2, 0.8)),
        "asian": float(ancestry[0]),
        "african": float(ancestry[1]),
        "caucasian": float(ancestry[2]),
    }
    return Mover(round(years), "M" if male else "F", phenotype, model.shape(phenotype))
