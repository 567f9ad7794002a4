"""Training the lift on rendered clips: errors and how sure it is of them, learned together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from mitate.body.lift_input import mirrored_vectors
from mitate.body.lift_output import (
    ANGLE_UNIT_DEG,
    BENDS,
    LOG_ERROR,
    LOG_SD,
    TURNS,
    WIDTH,
    mirrored_answer,
    parts_of,
)
from mitate.body.recording import ANGLES, CURVE_POINTS
from mitate.errors import InputError
from mitate.learn.lift_batches import Clip, LiftBatch, TargetParts, draw_batch, load_clips
from mitate.learn.lift_net import MOMENTS, LiftNet, curve_basis, vector_scale

__all__ = ["LiftSettings", "LiftTrainer", "answers_of"]

Progress = Callable[[float, Mapping[str, float]], None]


@dataclass(frozen=True, slots=True)
class LiftSettings:
    """How to train. The defaults are those of the committed network.

    Attributes:
        minutes: of training; the learning rate is a cosine over them.
        clips, run: clips in a batch and moments of each that are looked at.
        learning_rate, weight_decay: of AdamW.
        dropout: inside the network.
        seed: of weights and batches.
        threads: of torch.
        low_precision: bfloat16 arithmetic.
    """

    minutes: float = 40.0
    clips: int = 24
    run: int = 24
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    dropout: float = 0.05
    seed: int = 0
    threads: int = 1
    low_precision: bool = True


class LiftTrainer:
    """Trains for a time, and goes on from its checkpoint if there is one.

    Args:
        folder: training clips; those that are added while it trains are taken in.
        out: folder of the checkpoint.

    Raises:
        InputError: there are no clips, or the checkpoint cannot be read.
    """

    def __init__(self, folder: Path, out: Path, settings: LiftSettings | None = None) -> None:
        self.settings = settings or LiftSettings()
        torch.set_num_threads(self.settings.threads)
        torch.manual_seed(self.settings.seed)
        self._folder, self._checkpoint = folder, out / "checkpoint.pt"
        out.mkdir(parents=True, exist_ok=True)
        self.clips: dict[str, Clip] = load_clips(folder, least=self.settings.run)
        shape = curve_basis(np.concatenate([clip.curve for clip in self.clips.values()]))
        pictured = [clip for clip in self.clips.values() if clip.pictured]
        scale = vector_scale(np.concatenate([clip.vectors[clip.seen] for clip in pictured]))
        self.net = LiftNet(shape, scale, self.settings.dropout)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), self.settings.learning_rate, weight_decay=self.settings.weight_decay
        )
        self.steps, self.spent_s = 0, 0.0
        if self._checkpoint.exists():
            self._resume()

    def _resume(self) -> None:
        try:
            saved: dict[str, Any] = torch.load(self._checkpoint, weights_only=True)
            self.net.load_state_dict(saved["net"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.steps, self.spent_s = int(saved["steps"]), float(saved["spent_s"])
        except (OSError, EOFError, RuntimeError, ValueError, KeyError, UnpicklingError) as error:
            raise InputError(
                "the checkpoint cannot be read", where=self._checkpoint, todo="train into an empty folder"
            ) from error

    def train(self, progress: Progress | None = None) -> LiftNet:
        """Train until the time is over.

        Args:
            progress: called about once a minute with the share of the time that is over and the losses.
        """
        rng = np.random.default_rng([self.settings.seed, self.steps])
        total = 60.0 * self.settings.minutes
        saved_at = time.monotonic()
        losses: dict[str, float] = {}
        while self.spent_s < total:
            began = time.monotonic()
            if self.steps % 100 == 0:
                self.clips = load_clips(self._folder, self.clips, least=self.settings.run)
            share = self.spent_s / total
            rate = self.settings.learning_rate * min(1.0, (self.steps + 1) / 200)
            rate *= 0.5 + 0.5 * math.cos(math.pi * share)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            for name, value in self._step(rng, list(self.clips.values())).items():
                losses[name] = 0.98 * losses.get(name, value) + 0.02 * value
            self.steps += 1
            self.spent_s += time.monotonic() - began
            if time.monotonic() - saved_at > 60:
                self.save()
                saved_at = time.monotonic()
                if progress is not None:
                    progress(share, {"clips": len(self.clips), "steps": self.steps, **losses})
        self.save()
        return self.net.eval()

    def _step(self, rng: np.random.Generator, clips: list[Clip]) -> dict[str, float]:
        self.net.train()
        batch = draw_batch(rng, clips, self.settings.clips, self.settings.run)
        rows = torch.from_numpy(batch.vectors), torch.from_numpy(batch.patches).float()
        parts = losses_of(self.net(*rows, self.settings.low_precision), batch.truth)
        loss = sum(parts.values(), torch.zeros(()))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        return {name: float(value.detach()) for name, value in parts.items()}

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(
            {
                "net": self.net.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "steps": self.steps,
                "spent_s": self.spent_s,
                "settings": asdict(self.settings),
            },
            partial,
        )
        partial.replace(self._checkpoint)


def answers_of(net: LiftNet, batch: LiftBatch) -> np.ndarray:
    """Answers (c, m − 8, WIDTH) of a network in evaluation mode, of the rows and their mirror image."""
    mirror = batch.patches[..., ::-1].astype(np.float32)
    with torch.no_grad():
        seen = net.eval()(torch.from_numpy(batch.vectors), torch.from_numpy(batch.patches).float())
        other = net(torch.from_numpy(mirrored_vectors(batch.vectors)), torch.from_numpy(mirror))
    back = mirrored_answer(other.numpy().reshape(-1, WIDTH)).reshape(other.shape)
    return np.asarray((seen.numpy() + back) / 2)


def losses_of(answer: Tensor, truth: TargetParts) -> dict[str, Tensor]:
    """What is to be made small, by part.

    Angles: likelihood of a Laplace distribution whose width is learned (Kendall and Gal, "What uncertainties
    do we need in Bayesian deep learning for computer vision?", 2017), each point weighted by its width, as
    Seitzer et al. 2022 found (beta-NLL), so that hard views do not stop learning.
    """
    edge = (MOMENTS - 1) // 2
    inner = slice(edge, truth.angles.shape[1] - edge)
    known = torch.from_numpy(truth.known[:, inner])
    if not bool(known.any()):
        return {"nothing": 0.0 * answer.sum()}
    got = answer[known]
    where = {name: got[:, place].view(-1, *shape) for name, (place, shape) in parts_of().items()}
    angles = torch.from_numpy(truth.angles[:, inner])[known] / ANGLE_UNIT_DEG
    bends = angles[:, [ANGLES.index(name) for name in BENDS]]
    turns = torch.deg2rad(ANGLE_UNIT_DEG * angles[:, [ANGLES.index(name) for name in TURNS]])
    round_trip = torch.stack([torch.sin(turns), torch.cos(turns)], dim=-1)
    off_turn = (where["turns"] - round_trip).norm(dim=-1) * (math.degrees(1.0) / ANGLE_UNIT_DEG)
    tilt = torch.from_numpy(truth.tilt[:, inner])[known] / ANGLE_UNIT_DEG
    joints = torch.from_numpy(truth.joints[:, inner])[known]
    curve = torch.from_numpy(truth.curve[:, inner])[known]
    off_curve = (where["curve"] - curve).norm(dim=-1)
    log_error = where["curve_log_error"][:, 0].clamp(*LOG_ERROR)
    mean_off = off_curve.mean(dim=1)
    slopes = torch.diff(where["curve"] - curve, dim=1).norm(dim=-1) * (CURVE_POINTS - 1)
    return {
        "bends": _laplace((where["bends"] - bends).abs(), where["bend_log_sd"]),
        "turns": _laplace(off_turn, where["turn_log_sd"]),
        "tilt": F.smooth_l1_loss(where["view"], tilt, beta=0.1),
        "joints": 20.0 * (where["joints"] - joints).norm(dim=-1).mean(),
        "curve": 30.0 * mean_off.mean() + 2.0 * slopes.mean(),
        "curve_error": 0.3 * (mean_off.detach() * torch.exp(-log_error) + log_error).mean(),
    }


def _laplace(off: Tensor, log_sd: Tensor) -> Tensor:
    log_width = log_sd.clamp(*LOG_SD)
    each = off * torch.exp(-log_width) + log_width
    weight = torch.exp(log_width).detach() ** 0.5
    return 2.0 * (each * weight).mean()
