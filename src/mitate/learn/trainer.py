"""One run of pre-training: WeightSupMoCo with its special cases, and change; interrupted, it goes on."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mitate.errors import InputError
from mitate.learn.backbones import make_backbone
from mitate.learn.batches import Batch, TrainingSet, augment, batches
from mitate.learn.contrast import (
    change_loss,
    contrast_within,
    positives,
    weight_aware_contrast,
    without_own_mean,
)
from mitate.learn.pretrain_settings import OBJECTIVES, Objective, PretrainSettings

__all__ = ["Progress", "Trainer"]

Progress = Callable[[int, int, Mapping[str, float]], None]


class Trainer:
    """One training run, whose whole state is on disk between steps where it has a folder.

    Args:
        data: people to learn from.
        settings: how.
        folder: for the checkpoint; None keeps nothing.
        start: checkpoint of another training of the same network, which is gone on from with new data.

    Raises:
        InputError: the checkpoint belongs to other settings or data, or `start` to another network.
    """

    def __init__(
        self, data: TrainingSet, settings: PretrainSettings, folder: Path | None, start: Path | None = None
    ) -> None:
        torch.set_num_threads(settings.threads)
        torch.manual_seed(settings.seed)
        self.data, self.settings, self.folder = data, settings, folder
        self.start = start
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.encoder = make_backbone(settings.backbone, settings.size, settings.dim).to(self.device)
        if self.device.type == "cpu":
            self.encoder = self.encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.score = nn.Linear(settings.dim, 1, bias=False).to(self.device)
        nn.init.normal_(self.score.weight, std=settings.dim**-0.5)
        self.slow = copy.deepcopy(self.encoder).requires_grad_(False)
        parameters = [*self.encoder.parameters(), *self.score.parameters()]
        self.optimiser = torch.optim.AdamW(
            parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.keys = torch.zeros(0, settings.dim, device=self.device)
        self.key_phase = torch.zeros(0, dtype=torch.long, device=self.device)
        self.key_excess = torch.zeros(0, device=self.device)
        self.random = torch.Generator().manual_seed(settings.seed)
        self.steps_per_epoch = sum(1 for n in self._batch_sizes() if n >= 2)
        self.total_steps = self.steps_per_epoch * settings.epochs
        self.step = 0
        self.losses: list[float] = []
        self.seconds = 0.0
        if folder is not None and (folder / "checkpoint.pt").exists():
            self._resume(folder / "checkpoint.pt")
        elif start is not None:
            self._begin_with(start)

    def _batch_sizes(self) -> list[int]:
        people, size = self.data.people, self.settings.people
        return [min(size, people - i) for i in range(0, people, size)]

    def _signature(self) -> str:
        """What a checkpoint must share with this run. Threads do not change what is learned."""
        settings = {k: v for k, v in asdict(self.settings).items() if k != "threads"}
        known = [settings, self.data.crops.shape, self.data.people, self.data.trained_on]
        if self.start is not None:
            known.append(hashlib.sha256(self.start.read_bytes()).hexdigest())
        return json.dumps(known, default=str)

    def save(self) -> None:
        """Write the whole state, atomically."""
        if self.folder is None:
            return
        state = {
            "signature": self._signature(),
            "encoder": self.encoder.state_dict(),
            "slow": self.slow.state_dict(),
            "score": self.score.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "queue": (self.keys, self.key_phase, self.key_excess),
            "random": self.random.get_state(),
            "step": self.step,
            "losses": self.losses,
            "seconds": self.seconds,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / "checkpoint.pt.part"
        torch.save(state, partial)
        partial.replace(self.folder / "checkpoint.pt")

    def _resume(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["signature"] != self._signature():
            raise InputError(
                "this checkpoint was made with other settings or other data",
                where=path,
                todo="train into an empty folder, or repeat the former settings",
            )
        self.encoder.load_state_dict(state["encoder"])
        self.slow.load_state_dict(state["slow"])
        self.score.load_state_dict(state["score"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.keys, self.key_phase, self.key_excess = state["queue"]
        self.random.set_state(state["random"].cpu())
        self.step = state["step"]
        self.losses, self.seconds = state["losses"], state["seconds"]

    def _begin_with(self, path: Path) -> None:
        """Take over what another training has learned; optimiser, queue and steps begin anew."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        try:
            self.encoder.load_state_dict(state["encoder"])
            self.slow.load_state_dict(state["slow"])
            self.score.load_state_dict(state["score"])
        except RuntimeError as error:  # torch's word for other names or shapes
            raise InputError("this training was of another network", where=path) from error

    def _learning_rate(self) -> float:
        warm = max(1, min(self.steps_per_epoch, self.total_steps // 10))
        if self.step < warm:
            return self.settings.learning_rate * (self.step + 1) / warm
        done = (self.step - warm) / max(1, self.total_steps - warm)
        return self.settings.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

    def _contrast(self, batch: Batch, embedding: Tensor, objective: Objective) -> Tensor:
        """Contrast against the momentum encoder's keys and queue (He et al., MoCo, CVPR 2020).

        Positives of other people pull at all that faces differ by, which is nearly everything, until nothing
        is left. Centred, queries and keys are what a session differs by from the same person's others in the
        batch; within, the keys of a query are the same person's sessions alone, and the queue has no part.
        """
        among = objective.among
        sigma = self.settings.sigma_kg if objective.sigma_kg is None else objective.sigma_kg
        with torch.no_grad():
            own = self.slow(batch.others).float()
            own = F.normalize(without_own_mean(own, batch.person) if among == "centred" else own, dim=1)
        if among == "within":
            labels = (batch.phase, batch.excess)
            return contrast_within(embedding, own, batch.person, *labels, sigma, self.settings.temperature)
        if among == "centred":
            embedding = without_own_mean(embedding, batch.person)
        keys = torch.cat([own, self.keys])
        phase = torch.cat([batch.phase, self.key_phase])
        excess = torch.cat([batch.excess, self.key_excess])
        mine = torch.zeros(len(own), len(keys), dtype=torch.bool, device=self.device)
        mine.fill_diagonal_(True)
        weights = positives(batch.phase, batch.excess, phase, excess, mine, sigma)
        loss = weight_aware_contrast(embedding, keys, weights, self.settings.temperature)
        keep = self.settings.queue
        self.keys, self.key_phase, self.key_excess = keys[:keep], phase[:keep], excess[:keep]
        return loss

    def _advance_slow(self) -> None:
        m = self.settings.momentum
        with torch.no_grad():
            for slow, fast in zip(self.slow.parameters(), self.encoder.parameters(), strict=True):
                slow.lerp_(fast, 1 - m)

    def _prepared(self, batch: Batch, contrast: bool) -> Batch:
        return Batch(
            augment(batch.images, batch.person, self.random).to(self.device),
            (augment(batch.others, batch.person, self.random) if contrast else batch.others).to(self.device),
            *(t.to(self.device) for t in (batch.person, batch.phase, batch.excess)),
        )

    def train_step(self, batch: Batch) -> dict[str, float]:
        """One step of the optimiser; returns the losses."""
        objective = OBJECTIVES[self.settings.objective]
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        batch = self._prepared(batch, bool(objective.contrast))
        self.encoder.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.low_precision):
            embedding = self.encoder(batch.images)
        embedding = embedding.float()
        losses: dict[str, Tensor] = {}
        if objective.contrast:
            losses["contrast"] = objective.contrast * self._contrast(batch, embedding, objective)
        if objective.change:
            scores = self.score(embedding)[:, 0]
            losses["change"] = objective.change * change_loss(scores, batch.excess, batch.person)
        total = torch.stack(list(losses.values())).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.encoder.parameters(), 5.0)
        self.optimiser.step()
        if objective.contrast:
            self._advance_slow()
        loss = float(total.detach())
        self.step += 1
        self.losses.append(loss)
        return {"loss": loss, **{k: float(v.detach()) for k, v in losses.items()}}

    def run(
        self,
        progress: Progress | None = None,
        *,
        checkpoint_every_s: float = 60.0,
        after_epoch: Callable[[int], None] | None = None,
    ) -> list[float]:
        """Train to the end from wherever the state stands; returns the mean loss of each epoch.

        An interruption keeps what was learned up to the last whole step.
        """
        settings = self.settings
        saved = time.monotonic()
        try:
            while self.step < self.total_steps:
                epoch, skip = divmod(self.step, self.steps_per_epoch)
                begun = time.monotonic()
                for batch in batches(
                    self.data, settings.people, settings.sessions, settings.seed, epoch, skip
                ):
                    report = self.train_step(batch)
                    self.seconds, begun = self.seconds + time.monotonic() - begun, time.monotonic()
                    if progress:
                        progress(self.step, self.total_steps, report)
                    if begun - saved > checkpoint_every_s:
                        self.save()
                        saved = time.monotonic()
                if after_epoch:
                    after_epoch(epoch)
        except KeyboardInterrupt:
            if len(self.losses) == self.step:  # else it came in the middle of a step
                self.save()
            raise
        self.save()
        return [float(x) for x in np.reshape(self.losses, (settings.epochs, -1)).mean(axis=1)]
