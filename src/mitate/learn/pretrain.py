"""Pre-training of an encoder over many patients, watched on people whom it does not learn from."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mitate.learn.backbones import FaceNet, SFaceNet, SFaceUpper
from mitate.learn.batches import TrainingSet
from mitate.learn.pretrain_settings import PretrainSettings
from mitate.learn.trainer import Progress, Trainer

__all__ = ["embed", "pretrain"]


def embed(
    encoder: nn.Module, crops: NDArray[np.uint8], *, block: int = 256, device: torch.device | None = None
) -> NDArray[np.float32]:
    """(n, S, S, 3) uint8 crops → (n, dim) float32, with the network as it would be exported."""
    encoder.eval()
    device = device or next(encoder.parameters()).device
    out = []
    with torch.no_grad():
        for start in range(0, len(crops), block):
            part = torch.from_numpy(np.array(crops[start : start + block])).to(device)
            out.append(encoder(part.permute(0, 3, 1, 2).float()).float().cpu().numpy())
    return np.concatenate(out)


def _validate(trainer: Trainer, held: TrainingSet) -> dict[str, float]:
    """Change between sessions of people not trained on, from the score of the change objective."""
    scores = embed(trainer.encoder, held.crops) @ trainer.score.weight.detach().cpu().numpy()[0]
    sessions, first, inverse = np.unique(held.session, return_index=True, return_inverse=True)
    means = np.bincount(inverse, weights=scores) / np.bincount(inverse)
    person, excess, phase = held.person[first], held.excess_kg[first], held.phase[first]
    i, j = np.triu(person[:, None] == person[None, :], k=1).nonzero()
    predicted, true = means[i] - means[j], excess[i] - excess[j]
    differ = phase[i] != phase[j]
    right = np.sign(predicted[differ]) == np.sign(phase[i][differ] - phase[j][differ])
    return {
        "people": float(len(np.unique(person))),
        "sessions": float(len(sessions)),
        "pairs_correlation": float(np.corrcoef(predicted, true)[0, 1]) if len(i) > 2 else math.nan,
        "pairs_mae_kg": float(np.abs(predicted - true).mean()) if len(i) else math.nan,
        "pre_post_pairs_accuracy": float(right.mean()) if differ.any() else math.nan,
    }


def pretrain(
    data: TrainingSet,
    settings: PretrainSettings,
    folder: Path,
    *,
    held_share: float = 0.05,
    start: Path | None = None,
    progress: Progress | None = None,
) -> tuple[FaceNet | SFaceNet | SFaceUpper, dict[str, Any]]:
    """Train an encoder; resumes from `folder` after a kill.

    Args:
        data: people; a share of them is kept out to watch the training, and is not trained on.
        settings: how.
        folder: checkpoint and log.
        held_share: of the people.
        start: ``checkpoint.pt`` of another training to go on from, such as with further data.
        progress: called with step, steps and losses.

    Returns:
        The encoder on the CPU in evaluation mode, and the training part of its card.

    Raises:
        InputError: too few people, or a checkpoint of other settings in the folder.
    """
    train, held = data.split(held_share, settings.seed)
    trainer = Trainer(train, settings, folder, start)
    log = folder / "log.jsonl"
    folder.mkdir(parents=True, exist_ok=True)

    def after_epoch(epoch: int) -> None:
        if (epoch + 1) % 5 and epoch + 1 != settings.epochs:
            return
        row = {"epoch": epoch + 1, **_validate(trainer, held)}
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    history = trainer.run(progress, after_epoch=after_epoch)
    encoder = trainer.encoder.cpu().eval()
    card: dict[str, Any] = {
        "trained_on": data.trained_on,
        "participants": train.people,
        "crops": len(train.crops),
        "settings": asdict(settings) | {"sigma_kg": settings.sigma_kg},
        "held_out": _validate(trainer, held),
        "loss_by_epoch": [round(x, 4) for x in history],
        "seconds": round(trainer.seconds, 1),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": trainer.device.type,
        "parameters": sum(p.numel() for p in encoder.parameters()),
        "score": [float(x) for x in trainer.score.weight.detach().cpu().numpy()[0]],
    }
    return encoder, card
