"""Full fine-tuning of an encoder for one patient, beside the closed-form model."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mitate.errors import InputError
from mitate.learn.batches import augment
from mitate.learn.contrast import change_loss
from mitate.learn.light import relit
from mitate.learn.onnx_module import OnnxModule

__all__ = ["FineTuneSettings", "fine_tune", "train_from_scratch"]

Sessions = Sequence[tuple[NDArray[np.uint8], float]]
Progress = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class FineTuneSettings:
    """How to fine-tune.

    Attributes:
        steps: of the optimiser.
        frames: pictures of each session in a batch.
        learning_rate: of AdamW, falling to zero linearly.
        pull: strength of the pull back to the starting weights (L2-SP, Li et al., ICML 2018): a patient has
            few pictures and the network many weights.
        seed: of the draws.
        threads: of torch.
        light: how strongly the light of each picture is changed, see `relit`; an encoder that has seen
            thousands of rooms does without.
        decay: weight decay.
    """

    steps: int = 60
    frames: int = 3
    learning_rate: float = 2e-4
    pull: float = 0.05
    seed: int = 0
    threads: int = 1
    light: float = 0.0
    decay: float = 0.0


def _checked(sessions: Sessions) -> None:
    if len(sessions) < 2:
        raise InputError(
            f"fine-tuning needs at least two labelled sessions of the patient, not {len(sessions)}",
            todo="label one more day, or use the model without fine-tuning",
        )


def _draw(sessions: Sessions, frames: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Some pictures of every session, (B, 3, S, S), and their kilograms (B,)."""
    pictures, excess = [], []
    for crops, kilograms in sessions:
        rows = rng.choice(len(crops), size=min(frames, len(crops)), replace=False)
        pictures.append(crops[rows])
        excess += [kilograms] * len(rows)
    images = torch.from_numpy(np.concatenate(pictures)).permute(0, 3, 1, 2).float()
    return images, torch.tensor(excess, dtype=torch.float32)


def _optimise(
    network: nn.Module,
    loss_of: Callable[[Tensor, Tensor], Tensor],
    sessions: Sessions,
    settings: FineTuneSettings,
    progress: Progress | None,
) -> None:
    torch.set_num_threads(settings.threads)
    rng = np.random.default_rng(settings.seed)
    generator = torch.Generator().manual_seed(settings.seed)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.decay
    )
    for step in range(settings.steps):
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * (1 - step / settings.steps)
        images, excess = _draw(sessions, settings.frames, rng)
        person = torch.zeros(len(images), dtype=torch.long)
        if settings.light > 0:
            images = relit(images, settings.light, generator)
        loss = loss_of(augment(images, person, generator), excess)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if progress:
            progress(step + 1, settings.steps, float(loss.detach()))


def fine_tune(
    network: Path,
    direction: NDArray[np.floating],
    sessions: Sessions,
    settings: FineTuneSettings | None = None,
    *,
    progress: Progress | None = None,
) -> OnnxModule:
    """Adapt all layers of an encoder to one patient's labelled sessions.

    The direction in which the population's embeddings move with kilograms is kept, and the network is
    adapted so that this patient's do so too. The patient's Bayesian head then stands on it as on any encoder.

    Args:
        network: ``encoder.onnx``.
        direction: (D,) kilograms per unit of the embedding, from the population's prior.
        sessions: (crops (n, S, S, 3) uint8, excess in kilograms) of each labelled session.
        settings: how.
        progress: called with step, steps and loss.

    Returns:
        The adapted network in evaluation mode, ready for `export_onnx`.

    Raises:
        InputError: fewer than two sessions.
    """
    settings = settings or FineTuneSettings()
    _checked(sessions)
    module = OnnxModule(network).eval()
    start = copy.deepcopy(module)
    towards = torch.from_numpy(np.asarray(direction, dtype=np.float32))

    def loss(images: Tensor, excess: Tensor) -> Tensor:
        scores = module(images) @ towards
        same = torch.zeros(len(scores), dtype=torch.long)
        drift = sum(
            ((new - old.detach()) ** 2).sum()
            for new, old in zip(module.parameters(), start.parameters(), strict=True)
        )
        return change_loss(scores, excess, same) + settings.pull * drift

    _optimise(module, loss, sessions, settings, progress)
    return module.eval()


def train_from_scratch(
    network: nn.Module,
    sessions: Sessions,
    settings: FineTuneSettings,
    *,
    progress: Progress | None = None,
) -> nn.Module:
    """Train a network with random weights on one patient alone: the published comparison (Akamatsu 2022).

    Args:
        network: (N, 3, S, S) → (N, 1) kilograms.
        sessions: as in `fine_tune`.
        settings: how; `pull` is not used.
        progress: called with step, steps and loss.

    Raises:
        InputError: fewer than two sessions.
    """
    _checked(sessions)
    network.train()

    def loss(images: Tensor, excess: Tensor) -> Tensor:
        return nn.functional.huber_loss(network(images)[:, 0], excess)

    _optimise(network, loss, sessions, settings, progress)
    return network.eval()
