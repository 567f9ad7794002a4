"""Networks that turn a face crop into an embedding."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from mitate.errors import InputError
from mitate.learn.onnx_module import OnnxModule

__all__ = ["BACKBONES", "FaceNet", "SFaceNet", "make_backbone", "standardise"]


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


BACKBONES = ("facenet", "sface")


def make_backbone(name: str, size: int, dim: int) -> FaceNet | SFaceNet:
    """A network by name.

    Args:
        name: ``facenet`` (this project's, from scratch) or ``sface`` (face recognition, 112 px).
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
    raise InputError(
        f"there is no backbone {name!r}", where="backbone", todo=f"choose from {', '.join(BACKBONES)}"
    )
