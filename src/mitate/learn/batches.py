"""Training pictures in memory, and batches of whole people drawn from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mitate.errors import InputError

__all__ = ["Batch", "TrainingSet", "augment", "batches"]

UNKNOWN, POST, PRE = -1, 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """Crops of many people with their labels.

    Attributes:
        crops: (n, S, S, 3) uint8 RGB.
        person, session: (n,) integers; a session belongs to one person.
        phase: (n,) PRE, POST or UNKNOWN.
        excess_kg: (n,) kilograms over dry weight.
        trained_on: ``simulated`` or a cohort's name.
    """

    crops: NDArray[np.uint8]
    person: NDArray[np.int64]
    session: NDArray[np.int64]
    phase: NDArray[np.int64]
    excess_kg: NDArray[np.float32]
    trained_on: str

    def __post_init__(self) -> None:
        lengths = {len(self.crops), len(self.person), len(self.session), len(self.phase), len(self.excess_kg)}
        if lengths == {0} or len(lengths) != 1:
            raise InputError(f"labels and crops must be equally many and not none, got {sorted(lengths)}")
        if not np.isfinite(self.excess_kg).all():
            raise InputError("a session without a known weight cannot be trained on")

    @property
    def people(self) -> int:
        """Number of people."""
        return len(np.unique(self.person))

    def split(self, share: float, seed: int) -> tuple[TrainingSet, TrainingSet]:
        """Two sets of different people, the second with `share` of them (at least one each)."""
        people = np.random.default_rng(seed).permutation(np.unique(self.person))
        count = min(max(1, round(share * len(people))), len(people) - 1)
        if count < 1:
            raise InputError("at least two people are needed to train and to check")
        held = np.isin(self.person, people[:count])
        return self._take(~held), self._take(held)

    def and_also(self, other: TrainingSet) -> TrainingSet:
        """These people and those of another set, as many more; `trained_on` stays this set's.

        Raises:
            InputError: crops of another size.
        """
        if self.crops.shape[1:] != other.crops.shape[1:]:
            raise InputError(
                f"crops of {other.crops.shape[1]} pixels cannot join those of {self.crops.shape[1]}"
            )
        pairs: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
            "crops": (self.crops, other.crops),
            "person": (self.person, other.person + self.person.max() + 1),
            "session": (self.session, other.session + self.session.max() + 1),
            "phase": (self.phase, other.phase),
            "excess_kg": (self.excess_kg, other.excess_kg),
        }
        joined: dict[str, Any] = {name: np.concatenate(both) for name, both in pairs.items()}
        return TrainingSet(**joined, trained_on=self.trained_on)

    def _take(self, rows: NDArray[np.bool_]) -> TrainingSet:
        return TrainingSet(
            self.crops[rows],
            self.person[rows],
            self.session[rows],
            self.phase[rows],
            self.excess_kg[rows],
            self.trained_on,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pictures of some people: one of each session, and another view of each for contrast.

    Attributes:
        images, others: (B, 3, S, S) float32 in 0..255; `others` are other frames of the same sessions, or the
            same frame where a session has but one.
        person, phase: (B,) int64.
        excess: (B,) float32 kilograms.
    """

    images: Tensor
    others: Tensor
    person: Tensor
    phase: Tensor
    excess: Tensor


def _as_images(crops: NDArray[np.uint8]) -> Tensor:
    images = torch.from_numpy(np.ascontiguousarray(crops)).permute(0, 3, 1, 2)
    return images.float().contiguous(memory_format=torch.channels_last)


def augment(images: Tensor, person: Tensor, generator: torch.Generator) -> Tensor:
    """Small changes that say nothing about fluid: colour, brightness, noise; a person is mirrored as a whole.

    Args:
        images: (B, 3, S, S) in 0..255.
        person: (B,) whose pictures are mirrored together, because a face is not symmetric.
        generator: of the random numbers.
    """
    count = len(images)
    mirrored = torch.rand(int(person.max()) + 1, generator=generator)[person] < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    gain = 1 + 0.08 * torch.randn(count, 3, 1, 1, generator=generator)
    noise = 3.0 * torch.rand(count, 1, 1, 1, generator=generator)
    return images * gain + noise * torch.randn(images.shape, generator=generator)


def batches(
    data: TrainingSet, people: int, sessions: int, seed: int, epoch: int, skip: int = 0
) -> Iterator[Batch]:
    """One pass over all people, in an order that depends on (seed, epoch) only.

    Args:
        data: what to draw from.
        people: people in a batch; the last, smaller batch is kept if it has at least two people.
        sessions: most sessions of one person in a batch.
        seed, epoch: of the order.
        skip: batches to pass over, so that an interrupted epoch goes on where it stopped.
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(np.unique(data.person))
    by_session: dict[int, NDArray[np.int64]] = {}
    by_person: dict[int, list[int]] = {}
    starts = np.argsort(data.session, kind="stable")
    for rows in np.split(starts, np.flatnonzero(np.diff(data.session[starts])) + 1):
        session = int(data.session[rows[0]])
        by_session[session] = rows
        by_person.setdefault(int(data.person[rows[0]]), []).append(session)
    groups = [order[i : i + people] for i in range(0, len(order), people)]
    for index, group in enumerate(g for g in groups if len(g) >= 2):
        chosen: list[int] = []
        other: list[int] = []
        for who in group:
            own = rng.permutation(by_person[int(who)])[:sessions]
            for session in own:
                rows = by_session[int(session)]
                pair = rng.permutation(rows)[:2]
                chosen.append(int(pair[0]))
                other.append(int(pair[-1]))
        if index < skip:
            continue
        _, person = np.unique(data.person[chosen], return_inverse=True)
        yield Batch(
            images=_as_images(data.crops[chosen]),
            others=_as_images(data.crops[other]),
            person=torch.from_numpy(person),
            phase=torch.from_numpy(data.phase[chosen]),
            excess=torch.from_numpy(data.excess_kg[chosen]),
        )
