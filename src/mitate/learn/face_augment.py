"""Changes of a face crop that say nothing about its class, so that a few hundred crops teach more.

GestaltMatcher-Arc (Hustinx et al., WACV 2023) mirrors half of the crops, changes colours, takes them from a
tenth and shrinks and enlarges a tenth; a small turn, shift and change of size stand for what alignment by
five points leaves.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["augmented"]

_RARE = 0.1
_SHRUNK = (50, 101)  # px a side, of 112
_TURN_DEG, _SHIFT, _SIZE = 3.0, 0.013, 0.03  # sd; shift as a share of the side, size as a logarithm
_LIGHT, _COLOUR, _CONTRAST = 0.15, 0.06, 0.12  # sd of logarithms


def augmented(crop: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """One crop (S, S, 3) as it might have been photographed otherwise: float32 in 0..255."""
    side = crop.shape[0]
    x: NDArray[Any] = crop[:, ::-1] if rng.random() < 0.5 else crop
    x = np.ascontiguousarray(x, np.float32)
    if rng.random() < _RARE:
        small = max(2, int(rng.integers(*_SHRUNK)) * side // 112)
        x = cv2.resize(cv2.resize(x, (small, small), interpolation=cv2.INTER_AREA), (side, side))
    matrix = cv2.getRotationMatrix2D(
        (side / 2, side / 2), rng.normal(0, _TURN_DEG), float(np.exp(rng.normal(0, _SIZE)))
    )
    matrix[:, 2] += rng.normal(0, _SHIFT * side, 2)
    x = cv2.warpAffine(x, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    x = x * np.exp(rng.normal(0, _LIGHT)) * np.exp(rng.normal(0, _COLOUR, 3))
    middle = x.mean()
    x = (x - middle) * np.exp(rng.normal(0, _CONTRAST)) + middle
    if rng.random() < _RARE:
        x = np.repeat(x.mean(axis=2, keepdims=True), 3, axis=2)
    return np.asarray(np.clip(x, 0, 255), np.float32)
