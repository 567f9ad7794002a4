"""Real portraits (skipped where they are absent), films made from them, and networks loaded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.face.select import Networks

Image = NDArray[np.uint8]
PORTRAITS = Path(__file__).parents[2] / "../shared/data/portraits"


@pytest.fixture(scope="session")
def networks(weights_ready: None) -> Networks:
    return Networks.load()


@pytest.fixture(scope="session")
def portrait() -> Callable[[str], Image]:
    """One of the shared portraits by the stem of its file, RGB."""
    if not PORTRAITS.is_dir():
        pytest.skip("the shared portraits are not here")

    def read(stem: str) -> Image:
        picture = cv2.imread(str(PORTRAITS / f"{stem}.jpg"), cv2.IMREAD_COLOR)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)

    return read


@pytest.fixture(scope="session")
def film() -> Callable[..., Iterator[Image]]:
    """A portrait as if filmed by an unsteady hand: it drifts, turns, comes nearer, and is noisy."""

    def frames(picture: Image, count: int, *, scale: float = 1.0, seed: int = 0) -> Iterator[Image]:
        rng = np.random.default_rng(seed)
        width, height = 640, 480
        own = scale * height / picture.shape[0]
        for i in range(count):
            size = own * (1 + 0.05 * np.sin(i / 4))
            turn = size * np.exp(1j * np.radians(4 * np.sin(i / 5)))
            linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
            middle = np.array([picture.shape[1] / 2, picture.shape[0] / 2])
            target = np.array([width / 2 + 15 * np.sin(i / 3), height / 2 + 8 * np.cos(i / 4)])
            matrix = np.column_stack([linear, target - linear @ middle])
            moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
            yield np.clip(moved + rng.normal(0, 2, moved.shape), 0, 255).astype(np.uint8)

    return frames
