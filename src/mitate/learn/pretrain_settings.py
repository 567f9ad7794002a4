"""How an encoder is pre-trained: its objective, and all else that is chosen before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mitate.errors import InputError

__all__ = ["OBJECTIVES", "Objective", "PretrainSettings"]


@dataclass(frozen=True, slots=True)
class Objective:
    """What a training is to make small.

    Attributes:
        contrast: weight of the contrast between sessions.
        sigma_kg: how near in weight two sessions are alike; None leaves it to the settings.
        change: weight of the change within a person.
        among: whose sessions the contrast is among: of everybody (``all``), of everybody when each person's
            mean is taken away first (``centred``), or of each person alone (``within``).
    """

    contrast: float
    sigma_kg: float | None
    change: float
    among: Literal["all", "centred", "within"]


OBJECTIVES: Mapping[str, Objective] = {
    "moco": Objective(1.0, 0.0, 0.0, "all"),
    "supmoco": Objective(1.0, math.inf, 0.0, "all"),
    "weightsupmoco": Objective(1.0, None, 0.0, "all"),
    "centred": Objective(1.0, None, 0.0, "centred"),
    "within": Objective(1.0, None, 0.0, "within"),
    "change": Objective(0.0, None, 1.0, "all"),
    "both": Objective(0.3, None, 1.0, "centred"),
}


@dataclass(frozen=True, slots=True)
class PretrainSettings:
    """How to train. The defaults are those of the committed encoder.

    Attributes:
        objective: a key of `OBJECTIVES`.
        backbone: of `make_backbone`.
        size: side of the crop in pixels.
        dim: length of the embedding.
        epochs: passes over the people.
        people, sessions: people in a batch and most sessions of each.
        learning_rate, weight_decay: of AdamW; one warm-up, then a cosine to zero.
        temperature, sigma_kg, momentum, queue: of the contrast.
        seed: of weights, order and augmentation.
        threads: of torch.
        low_precision: bfloat16 arithmetic, where the processor or GPU gains by it.
    """

    objective: str = "change"
    backbone: str = "facenet"
    size: int = 96
    dim: int = 64
    epochs: int = 30
    people: int = 32
    sessions: int = 6
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    temperature: float = 0.1
    sigma_kg: float = 0.5
    momentum: float = 0.99
    queue: int = 2048
    seed: int = 0
    threads: int = 1
    low_precision: bool = True

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise InputError(
                f"there is no objective {self.objective!r}",
                where="objective",
                todo=f"choose from {', '.join(OBJECTIVES)}",
            )
        if self.epochs < 1 or self.people < 2 or self.sessions < 1:
            raise InputError(
                "epochs and sessions must be at least 1, people in a batch at least 2", where="settings"
            )
