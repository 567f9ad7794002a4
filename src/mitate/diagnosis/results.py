"""What is said of one photo: a class, several, none of them, or that it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["INTENDED_USE", "Candidate", "Diagnosis", "Outcome"]

INTENDED_USE = (
    "Research use. Not a medical device; not for diagnosis. A likeness of faces is no evidence of a disease."
)

Outcome = Literal["one", "several", "none_of_these", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A class and how well it fits.

    Attributes:
        label: the class.
        probability: calibrated, 0 to 1; over all candidates 1. It supposes that one of the classes is right.
        p_value: share of people of this class in the training data that looked at least as odd (conformal).
        in_set: whether it is in the prediction set.
    """

    label: str
    probability: float
    p_value: float
    in_set: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a model says of one photo.

    Attributes:
        outcome: ``one`` class is left, ``several`` are, ``none_of_these``: the face is like none of the
            classes, or ``cannot_tell``: no usable face, or nothing could be ruled out.
        candidates: every class, the likeliest first; empty where there was no usable face.
        coverage: in so many of a hundred people of the classes, the true one is in the set: 90.
        reason, todo: why it cannot be told and what to do, as in `mitate.face.refusals`; empty otherwise.
        quality: of the photo, 0 to 1; None without a face.
        model_id, trained_on: which model, and ``simulated`` or a data set's name.
        notes: what the reader should know before trusting it.
    """

    outcome: Outcome
    candidates: tuple[Candidate, ...]
    coverage: float
    reason: str
    todo: str
    quality: float | None
    model_id: str
    trained_on: str
    notes: tuple[str, ...] = ()
    intended_use: str = field(default=INTENDED_USE)

    @property
    def set(self) -> tuple[str, ...]:
        """The classes that are left, the likeliest first."""
        return tuple(one.label for one in self.candidates if one.in_set)
