"""Fine-tuning a face recognition network on a few hundred faces of a few classes.

The first published transfer (DTL1 of Jin, Cruz and Gonçalves, "Deep facial diagnosis", IEEE Access 8, 2020):
the network's last layers learn the classes. Class weights, dropout and augmentation are those of
GestaltMatcher-Arc (Hustinx et al., WACV 2023). Normalisation layers keep what they know, and the softmax's
layer starts from zero on the map's direction from the mean face, so that the body learns before it is sure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from mitate.errors import InputError
from mitate.learn.face_augment import augmented
from mitate.learn.face_body import FaceBody, images_of, rows_of

__all__ = ["ClassSettings", "class_weights", "fine_tune_classes", "threads_of_torch"]

Progress = Callable[[int, int, float], object]
"""Steps done, steps in all, loss."""

_WARM_UP = 5  # steps
_HEAD_DECAY = 5e-4  # as published


@dataclass(frozen=True, slots=True)
class ClassSettings:
    """How to fine-tune.

    Attributes:
        first: the first convolution that learns; 0 for all. SFace has 27.
        body_rate, head_rate: learning rates of AdamW for the network and the softmax's layer; both rise over
            five steps and fall to zero linearly.
        epochs: passes over the faces.
        batch: faces a step.
        dropout: share of the map that the softmax's layer does not see.
        seed: of order, augmentation and dropout.
        threads: of torch.
        low_precision: bfloat16 arithmetic.
    """

    first: int = 13
    body_rate: float = 1e-3
    head_rate: float = 1e-3
    epochs: int = 3
    batch: int = 20
    dropout: float = 0.3
    seed: int = 0
    threads: int = 1
    low_precision: bool = True


def class_weights(targets: NDArray[np.int64], n_classes: int) -> NDArray[np.float32]:
    """(K,) 0.5 + 0.5 · smallest class / class, as published: a half to one.

    Raises:
        InputError: a class without faces.
    """
    count = np.bincount(targets, minlength=n_classes)
    if len(count) != n_classes or not count.all():
        raise InputError("a class has no faces to learn from", todo="give photos of every class")
    return np.asarray(0.5 + 0.5 * count.min() / count, np.float32)


def fine_tune_classes(
    network: Path,
    crops: NDArray[np.uint8],
    targets: NDArray[np.int64],
    n_classes: int,
    settings: ClassSettings,
    *,
    start: NDArray[np.float32] | None = None,
    progress: Progress | None = None,
) -> FaceBody:
    """The network's convolutions after learning to tell the classes apart. The softmax's layer is dropped.

    Args:
        network: an ONNX file of the kind of SFace.
        crops: (n, S, S, 3) uint8 RGB.
        targets: (n,) the class's place.
        n_classes: how many classes there are.
        settings: how.
        start: (d,) mean of the untrained network's maps over the crops, where it is known.
        progress: called after each step.

    Raises:
        InputError: a class without faces, or a network of another kind.
    """
    weights = torch.from_numpy(class_weights(targets, n_classes))
    body = FaceBody(network, settings.first)
    with _undisturbed(settings):
        if start is None:
            start = rows_of(body, crops, low_precision=settings.low_precision).mean(axis=0)
        middle = torch.from_numpy(start)
        head = nn.Linear(len(middle), n_classes)
        nn.init.zeros_(head.weight)
        nn.init.zeros_(head.bias)
        learns = [one for one in body.parameters() if one.requires_grad]
        optimiser = torch.optim.AdamW(
            [
                {"params": learns, "lr": settings.body_rate, "weight_decay": 0.0},
                {"params": list(head.parameters()), "lr": settings.head_rate, "weight_decay": _HEAD_DECAY},
            ]
        )
        steps = list(_batches(len(crops), settings))
        rng = np.random.default_rng([settings.seed, 1])
        for step, rows in enumerate(steps):
            share = min((step + 1) / _WARM_UP, 1 - step / len(steps))
            for group, rate in zip(
                optimiser.param_groups, (settings.body_rate, settings.head_rate), strict=True
            ):
                group["lr"] = rate * share
            images = images_of(np.stack([augmented(crops[row], rng) for row in rows]))
            loss = _loss(body, head, images, middle, torch.from_numpy(targets[rows]), weights, settings)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            if progress is not None:
                progress(step + 1, len(steps), float(loss.detach()))
    return body.eval()


def _loss(
    body: FaceBody,
    head: nn.Linear,
    images: Tensor,
    middle: Tensor,
    targets: Tensor,
    weights: Tensor,
    settings: ClassSettings,
) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.low_precision):
        maps = body(images)
    direction = F.normalize(maps.float().flatten(1) - middle, dim=1)
    return F.cross_entropy(head(F.dropout(direction, settings.dropout)), targets, weights)


def _batches(count: int, settings: ClassSettings) -> Iterator[NDArray[np.int64]]:
    """Rows of each step: whole passes in an order that depends on the seed."""
    rng = np.random.default_rng([settings.seed, 0])
    for _ in range(settings.epochs):
        order = rng.permutation(count)
        parts = max(1, round(count / settings.batch))
        yield from (np.asarray(part, np.int64) for part in np.array_split(order, parts))


@contextmanager
def threads_of_torch(threads: int) -> Iterator[None]:
    """Torch with so many threads, and as it was afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _undisturbed(settings: ClassSettings) -> Iterator[None]:
    """Dropout draws from torch's own random numbers: seeded here, and as they were afterwards."""
    with threads_of_torch(settings.threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        yield
