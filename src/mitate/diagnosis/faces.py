"""The faces of a data set, as every method sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.photographs import LeftOut, Photo

__all__ = ["Faces"]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """One face a photo, row by row.

    Attributes:
        photos: (n,) those with a usable face, in the order of the data set.
        crops: (n, 112, 112, 3) uint8 RGB on the five-point ArcFace template.
        mesh: (n, 468, 2) float32, the face mesh in pixels of the crop.
        backgrounds: (n, 64, 64, 3) uint8 RGB, the whole photo squeezed into a square with the head masked
            out: what a classifier must not learn from.
        thumbnails: (n, 16, 16, 3) uint8 RGB, the whole photo at sixteen by sixteen pixels.
        facts: (n, f) float32, what the file says of itself; `FACTS` of `mitate.diagnosis.style` names them.
        quality: (n,) float32, 0 to 1.
        digests: (n,) SHA-256 of each file.
        left_out: photos without a usable face.
        trained_on: ``simulated`` or the data set's name.
    """

    photos: tuple[Photo, ...]
    crops: NDArray[np.uint8]
    mesh: NDArray[np.float32]
    backgrounds: NDArray[np.uint8]
    thumbnails: NDArray[np.uint8]
    facts: NDArray[np.float32]
    quality: NDArray[np.float32]
    digests: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    trained_on: str

    def __len__(self) -> int:
        return len(self.photos)

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that have a usable face, sorted."""
        return tuple(sorted({photo.label for photo in self.photos}))

    @property
    def targets(self) -> NDArray[np.int64]:
        """(n,) the place of each photo's class in `labels`."""
        places = {label: place for place, label in enumerate(self.labels)}
        return np.array([places[photo.label] for photo in self.photos], dtype=np.int64)

    @property
    def persons(self) -> NDArray[np.str_]:
        """(n,) who is on each photo."""
        return np.array([photo.person for photo in self.photos], dtype=np.str_)

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> Faces:
        """The faces of some rows, in that order; nothing is left out of them."""
        at = np.asarray(rows, dtype=np.int64)
        return Faces(
            photos=tuple(self.photos[row] for row in at),
            crops=self.crops[at],
            mesh=self.mesh[at],
            backgrounds=self.backgrounds[at],
            thumbnails=self.thumbnails[at],
            facts=self.facts[at],
            quality=self.quality[at],
            digests=tuple(self.digests[row] for row in at),
            left_out=(),
            trained_on=self.trained_on,
        )
