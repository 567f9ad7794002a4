"""Networks that turn a face crop into an embedding."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn

from mitate.errors import InputError
from mitate.learn.onnx_module import OnnxModule

__all__ = ["BACKBONES", "FaceNet", "SFaceNet", "SFaceUpper", "fresh_facenet", "make_backbone", "standardise"]


def standardise(images: Tensor, *, centre: bool = True) -> Tensor:
    """Each picture to zero mean and unit variance a colour channel, which takes most of the light away.

    Args:
        images: (N, 3, S, S) in 0..255.
        centre: over the middle of the crop only, so that the wall behind the face does not count.
    """
    side = images.shape[-1]
    edge = side // 5 if centre else 0
    face = images[..., edge : side - edge, edge : side - edge]
    mean = face.mean(dim=(2, 3), keepdim=True)
    deviation = ((face - mean) ** 2).mean(dim=(2, 3), keepdim=True).clamp_min(1.0).sqrt()
    return (images - mean) / deviation


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class _Residual(nn.Module):
    """Two 3×3 convolutions beside a short cut (He et al., CVPR 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels, 3)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class FaceNet(nn.Module):
    """A small residual network that keeps where in the face something is.

    The last map is flattened, not averaged: a swollen lid and a swollen jaw must not look the same. About
    0.8 million parameters; trains at some hundred crops a second on one core.

    Args:
        size: side of the crop in pixels, a multiple of 16.
        dim: length of the embedding.
        channels: of the four stages.
    """

    def __init__(self, size: int, dim: int = 64, channels: tuple[int, ...] = (24, 48, 96, 128)) -> None:
        super().__init__()
        if size % 16:
            raise InputError(f"the crop size must be a multiple of 16, not {size}", where="size")
        self.size, self.dim = size, dim
        self.stem = _conv(3, channels[0], 5, 2)
        stages: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            stages += [_conv(inputs, outputs, 3, 2), _Residual(outputs)]
        self.stages = nn.Sequential(*stages)
        self.squeeze = _conv(channels[-1], 32, 1)
        self.embed = nn.Linear(32 * (size // 16) ** 2, dim)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, S, S) in 0..255 → (N, dim)."""
        x = self.stages(self.stem(standardise(images)))
        embedding: Tensor = self.embed(self.squeeze(x).flatten(1))
        return embedding


def fresh_facenet(size: int, dim: int, channels: tuple[int, ...], seed: int) -> FaceNet:
    """A `FaceNet` with random weights of the seed; torch's own random numbers stay as they are."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return FaceNet(size, dim, channels)


class SFaceNet(nn.Module):
    """SFace (Zhong et al., IEEE TIP 2021), trained for face recognition, as a start for transfer.

    Args:
        path: the one-input fp32 ONNX that `mitate weights install` makes.
        dim: length of the embedding; the 128 of SFace pass through one more linear layer.
    """

    size = 112

    def __init__(self, path: Path, dim: int = 64) -> None:
        super().__init__()
        self.dim = dim
        self.body = OnnxModule(path)
        self.embed = nn.Linear(128, dim)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, 112, 112) in 0..255 → (N, dim)."""
        embedding: Tensor = self.embed(self.body(images))
        return embedding


class SFaceUpper(nn.Module):
    """SFace for small crops: its convolutions, the lower ones left as they are, and a layer of its own.

    A step of all layers at SFace's own size takes 84 ms a crop on one busy core, this one 8 at 64 pixels.
    What edges and textures are has been learned from millions of faces, and what they mean for fluid is
    learned anew. Normalisation keeps the statistics that SFace came with.

    Args:
        path: the one-input fp32 ONNX that `mitate weights install` makes.
        size: side of the crop in pixels, a multiple of 16.
        dim: length of the embedding.
        frozen: convolutions that are left as they are, of 27.
    """

    def __init__(self, path: Path, size: int, dim: int = 64, frozen: int = 19) -> None:
        super().__init__()
        if size % 16:
            raise InputError(f"the crop size must be a multiple of 16, not {size}", where="size")
        self.size, self.dim = size, dim
        self.body = OnnxModule(path)
        self.body.end_before("Flatten")
        self.body.freeze(frozen)
        self.squeeze = _conv(1024, 32, 1)
        self.embed = nn.Linear(32 * (size // 16) ** 2, dim)

    def train(self, mode: bool = True) -> Self:
        """As of any module, but for the normalisation of the body."""
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, S, S) in 0..255 → (N, dim)."""
        embedding: Tensor = self.embed(self.squeeze(self.body(images)).flatten(1))
        return embedding


BACKBONES = ("facenet", "sface", "sface-upper")


def make_backbone(name: str, size: int, dim: int) -> FaceNet | SFaceNet | SFaceUpper:
    """A network by name.

    Args:
        name: ``facenet`` (this project's, from scratch), ``sface`` (face recognition, 112 px), or
            ``sface-upper`` (the same for small crops, its lower layers left as they are).
        size: side of the crop.
        dim: length of the embedding.

    Raises:
        InputError: no such network, or a crop size that it cannot read.
        WeightsError: SFace is not installed.
    """
    if name == "facenet":
        return FaceNet(size, dim)
    if name == "sface":
        if size != SFaceNet.size:
            raise InputError(f"SFace reads crops of 112 pixels, not {size}", where="size")
        from mitate.weights import path_of

        return SFaceNet(path_of("sface"), dim)
    if name == "sface-upper":
        from mitate.weights import path_of

        return SFaceUpper(path_of("sface"), size, dim)
    raise InputError(
        f"there is no backbone {name!r}", where="backbone", todo=f"choose from {', '.join(BACKBONES)}"
    )
