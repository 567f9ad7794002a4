"""What an estimate and a comparison say: numbers with their intervals, where they come from, what for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema import _record

__all__ = ["INTENDED_USE", "Change", "Estimate"]

INTENDED_USE = "Research use. Not a medical device; not for diagnosis or for setting a dry weight."

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Excess fluid in one clip of a patient who has a model.

    Attributes:
        excess_kg, sd_kg, interval_90: weight above dry weight, kilograms, with its 90 % interval.
        edema_probability: that the session is before dialysis rather than after, given the patient's usual
            excess at either; one half at about `threshold_kg`. Where the population does not tell what is
            usual, that the excess is above `threshold_kg`.
        frame_excess_kg, frame_probability, frame_interval_90: (n,), (n,), (n, 2) the same from every single
            frame, as if the clip were that frame alone.
        n_frames, n_labelled: frames used now, labelled sessions the model had learned from.
        unfamiliarity: rms of the difference from the reference, in units of what is typical (about 1).
        quality: the capture's quality 0..1 if the caller gives it.
        notes: what the reader should know before trusting the numbers.
    """

    excess_kg: float
    sd_kg: float
    interval_90: tuple[float, float]
    edema_probability: float
    threshold_kg: float
    frame_excess_kg: Array
    frame_probability: Array
    n_frames: int
    n_labelled: int
    unfamiliarity: float
    participant_id: str
    model_id: str
    trained_on: str
    quality: float | None = None
    notes: tuple[str, ...] = ()
    intended_use: str = field(default=INTENDED_USE)
    frame_interval_90: Array = field(default_factory=lambda: np.zeros((0, 2)))

    def as_dict(self) -> dict[str, Any]:
        """The estimate as ``--json`` prints it; frames as lists."""
        return _plain(self)


@dataclass(frozen=True, slots=True)
class Change:
    """Change of excess fluid from one clip to another of the same person, after minus before, kilograms."""

    change_kg: float
    sd_kg: float
    interval_90: tuple[float, float]
    increase_probability: float
    n_before: int
    n_after: int
    unfamiliarity: float
    trained_on: str
    notes: tuple[str, ...] = ()
    intended_use: str = field(default=INTENDED_USE)

    def as_dict(self) -> dict[str, Any]:
        """The change as ``--json`` prints it."""
        return _plain(self)


def _plain(item: Any) -> dict[str, Any]:
    facts, arrays = _record.split(item)
    return {**facts, **{name: value.tolist() for name, value in arrays.items()}}
