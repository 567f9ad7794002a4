"""Changes of light and place, for networks that would otherwise learn a few rooms by heart."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["relit"]


def relit(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Other light and a small shift, for networks of few sessions, which would learn their light by heart.

    Each picture is multiplied by the exponential of a smooth surface (polynomials of the third degree in x
    and y, mostly alike in the three colours), bent by a gamma, and the batch is moved by up to two pixels.

    Args:
        images: (B, 3, S, S) in 0..255.
        strength: 1 is a factor of about 1.5 between the sides of a face; 0 leaves the light as it is.
        generator: of the random numbers.
    """
    count, _, side, _ = images.shape
    line = torch.linspace(-1, 1, side)
    y, x = torch.meshgrid(line, line, indexing="ij")
    surfaces = torch.stack([x, y, x * y, x**2 - y**2, x**3, y**3])
    shared = 0.25 * torch.randn(count, 1, len(surfaces), generator=generator)
    tint = 0.08 * torch.randn(count, 3, len(surfaces), generator=generator)
    light = torch.einsum("nck,kij->ncij", strength * (shared + tint), surfaces).exp()
    gamma = (0.25 * strength * torch.randn(count, 1, 1, 1, generator=generator)).exp()
    bent = 255 * ((images * light).clamp(1, 400) / 255) ** gamma
    down, right = (int(v) for v in torch.randint(-2, 3, (2,), generator=generator))
    padded = torch.nn.functional.pad(bent, (2, 2, 2, 2), mode="replicate")
    return padded[:, :, 2 + down : 2 + down + side, 2 + right : 2 + right + side]
