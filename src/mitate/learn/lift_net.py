"""The lift's network: each moment's points and silhouette to a code, nine moments' codes to body and back.

A small relative of temporal lifting networks (Pavllo et al., "3D human pose estimation in video with temporal
convolutions and semi-supervised training", CVPR 2019), with the silhouette beside the points, and the curve
of the back out of a shape model: principal components of the training people's curves.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from mitate.body.lift_input import MASKED, METRIC, PATCH_SIDE, VECTOR
from mitate.body.lift_output import WIDTH, parts_of
from mitate.body.points import INDEX

__all__ = ["CODE", "MOMENTS", "FrameNet", "LiftNet", "TimeNet", "curve_basis", "vector_scale"]

CODE = 160
"""Numbers of one moment's code."""

MOMENTS = 9
"""Moments that are looked at together, a tenth of a second apart; the middle one is answered."""

COMPONENTS = 12
"""Of the shape model of the curve."""

_LEAST_SPREAD = 0.02
_LEAST_SPREAD_SEEN = 0.3  # of visibilities, which another detector may give otherwise


def curve_basis(curves: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The shape model: mean (34,) and `COMPONENTS` scaled directions (12, 34) of curves (n, 17, 2)."""
    flat = np.asarray(curves, np.float64).reshape(len(curves), -1)
    mean = flat.mean(axis=0)
    _, sizes, directions = np.linalg.svd(flat - mean, full_matrices=False)
    scaled = directions[:COMPONENTS] * (sizes[:COMPONENTS, None] / np.sqrt(len(flat)))
    return mean.astype(np.float32), scaled.astype(np.float32)


def vector_scale(vectors: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation (VECTOR,) of vectors (n, VECTOR), of each number where it is known."""
    known = vectors != 0.0
    count = known.sum(axis=0).clip(1)
    centre = vectors.sum(axis=0, dtype=np.float64) / count
    spread = np.sqrt((np.where(known, vectors - centre, 0.0) ** 2).sum(axis=0) / count)
    spread = np.where(known.any(axis=0), spread, 1.0).clip(_LEAST_SPREAD)
    flags, seen = [METRIC, MASKED], slice(2 * len(INDEX), 3 * len(INDEX))
    centre[flags], spread[flags] = 0.0, 1.0  # yes or no
    spread[seen] = spread[seen].clip(_LEAST_SPREAD_SEEN)
    return centre.astype(np.float32), spread.astype(np.float32)


class FrameNet(nn.Module):
    """A moment: vectors (n, VECTOR) and patches (n, 64, 64) in 0 to 255 → codes (n, CODE).

    Args:
        centre, spread: (VECTOR,) of the training people's vectors, which are brought to a common scale; what
            is not known is brought to 0.
    """

    def __init__(
        self, centre: NDArray[np.float32], spread: NDArray[np.float32], dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.centre: Tensor
        self.spread: Tensor
        self.register_buffer("centre", torch.from_numpy(centre))
        self.register_buffer("spread", torch.from_numpy(spread))
        widths = (1, 12, 24, 32, 48)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GELU()]
        self.outline = nn.Sequential(*layers, nn.Flatten())
        side = PATCH_SIDE // 2 ** (len(widths) - 1)
        self.outline_code = nn.Linear(widths[-1] * side * side, 128)
        self.points = nn.Sequential(
            nn.Linear(VECTOR, 320), nn.GELU(), nn.Dropout(dropout), nn.Linear(320, 160), nn.GELU()
        )
        self.both = nn.Sequential(nn.Linear(288, 256), nn.GELU(), nn.Dropout(dropout), nn.Linear(256, CODE))

    def forward(self, vectors: Tensor, patches: Tensor) -> Tensor:
        """Codes."""
        outline = self.outline_code(self.outline((patches * (1.0 / 255.0)).unsqueeze(1)))
        codes: Tensor = self.both(torch.cat([self.points(self._scaled(vectors)), F.gelu(outline)], dim=1))
        return codes

    def _scaled(self, vectors: Tensor) -> Tensor:
        count = len(INDEX)
        shown = (vectors[:, 2 * count : 3 * count] > 0).to(vectors.dtype)
        metric = vectors[:, METRIC : METRIC + 1].expand(-1, 3 * count)
        known = torch.cat(
            [
                torch.stack([shown, shown], dim=2).flatten(1),
                torch.ones_like(shown),
                metric,
                torch.ones_like(vectors[:, METRIC:]),
            ],
            dim=1,
        )
        return (vectors - self.centre) / self.spread * known


class TimeNet(nn.Module):
    """Nine moments: codes (n, 9, CODE) → answers (n, WIDTH), laid out as `mitate.body.lift_output` says."""

    def __init__(
        self, mean: NDArray[np.float32], directions: NDArray[np.float32], dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(CODE, CODE, 3) for _ in range((MOMENTS - 1) // 2))
        self.dropout = nn.Dropout(dropout)
        where = parts_of()
        self.before, self.after = where["curve"][0].start, WIDTH - where["curve"][0].stop
        self.rest = nn.Sequential(nn.Linear(CODE, 256), nn.GELU(), nn.Linear(256, self.before + self.after))
        self.shape = nn.Sequential(nn.Linear(CODE, 256), nn.GELU(), nn.Linear(256, len(directions)))
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("directions", torch.from_numpy(directions))

    def forward(self, codes: Tensor) -> Tensor:
        """Answers for the middle moments."""
        x = codes.transpose(1, 2)
        for layer in self.layers:
            x = x[:, :, 1:-1] + self.dropout(F.gelu(layer(x)))
        middle = x[:, :, 0]
        rest = self.rest(middle)
        curve = self.mean + self.shape(middle) @ self.directions
        return torch.cat([rest[:, : self.before], curve, rest[:, self.before :]], dim=1)


class LiftNet(nn.Module):
    """Both together, for training: a run of moments in, answers for all but the first and last four out.

    Args:
        shape: see `curve_basis`. scale: see `vector_scale`.
    """

    def __init__(
        self,
        shape: tuple[NDArray[np.float32], NDArray[np.float32]],
        scale: tuple[NDArray[np.float32], NDArray[np.float32]],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        mean, directions = shape
        self.frame = FrameNet(*scale, dropout)
        self.time = TimeNet(mean, directions, dropout)

    def forward(self, vectors: Tensor, patches: Tensor, low_precision: bool = False) -> Tensor:
        """Vectors (c, m, VECTOR) and patches (c, m, 64, 64) → (c, m − 8, WIDTH).

        Args:
            low_precision: bfloat16 for the moments' codes; the answers need more digits than it has.
        """
        clips, moments = vectors.shape[:2]
        with torch.autocast("cpu", torch.bfloat16, enabled=low_precision):
            codes = self.frame(vectors.flatten(0, 1), patches.flatten(0, 1))
        codes = codes.float().view(clips, moments, CODE)
        windows = codes.unfold(1, MOMENTS, 1).transpose(2, 3)  # (c, m − 8, 9, CODE)
        answers: Tensor = self.time(windows.flatten(0, 1))
        return answers.view(clips, moments - MOMENTS + 1, WIDTH)
