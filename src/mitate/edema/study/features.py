"""What a row sees of a crop: numbers for every frame, computed once for each crop and process."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import resized
from mitate.edema.encoder import Encoder, load_encoder

__all__ = ["EncoderFeatures", "Features", "forget", "seen"]

_MOST_BYTES = 256 * 2**20
_remembered: OrderedDict[tuple[str, bytes], NDArray[np.float32]] = OrderedDict()


class Features(Protocol):
    """Turns crops into numbers, frame by frame; can be pickled, and opens its network at the first call.

    Attributes:
        key: a name that changes with anything that changes the numbers.
    """

    @property
    def key(self) -> str: ...

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n, S, S, 3) uint8 RGB edema crops of any side → (n, D) float32."""


class EncoderFeatures:
    """The embeddings of a trained encoder.

    Args:
        root: its folder.

    Raises:
        InputError: not an encoder's folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self.key = f"encoder {self.encoder.sha256}"

    @property
    def encoder(self) -> Encoder:
        """As loaded in this process; opened once, however many rows share it."""
        return _encoder(self.root)

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self.encoder.embed(resized(crops, self.encoder.crop_size))


@lru_cache(maxsize=32)
def _encoder(root: Path) -> Encoder:
    return load_encoder(root)


def seen(features: Features, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """`features` of `crops`, remembered by content: the five numbers of labelled days embed a crop once.

    Args:
        features: what to compute.
        crops: (n, S, S, 3) uint8.

    Returns:
        (n, D) float32, not to be written to.
    """
    # by content and not by id: ids are used again once an array is gone
    content = hashlib.blake2b(np.ascontiguousarray(crops).data, digest_size=16)
    content.update(str(crops.shape).encode())
    name = (features.key, content.digest())
    if name in _remembered:
        _remembered.move_to_end(name)
        return _remembered[name]
    rows = np.asarray(features(crops), np.float32)
    rows.setflags(write=False)
    _remembered[name] = rows
    while sum(kept.nbytes for kept in _remembered.values()) > _MOST_BYTES and len(_remembered) > 1:
        _remembered.popitem(last=False)
    return rows


def forget() -> None:
    """Drops everything that was remembered."""
    _remembered.clear()
