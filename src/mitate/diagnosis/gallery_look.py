"""What a gallery looks at faces with: networks and views, and from a photo to a gallery's row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.embedders import VIEWS, Embedder, View, views
from mitate.diagnosis.gallery import Rows
from mitate.diagnosis.gallery_records import Look
from mitate.errors import InputError
from mitate.weights import path_of

__all__ = ["GALLERY_VIEWS", "Looker"]

GALLERY_VIEWS: tuple[View, ...] = VIEWS


@dataclass(frozen=True, slots=True, eq=False)
class Looker:
    """Networks and views, ready to look at crops.

    Attributes:
        look: which; a gallery made with one look can only be asked with the same.
        embedders: one a network.
    """

    look: Look
    embedders: tuple[Embedder, ...]

    @classmethod
    def load(
        cls,
        own: Sequence[Path] = (),
        *,
        views: Sequence[View] = GALLERY_VIEWS,
        threads: int = 1,
    ) -> Looker:
        """SFace as it was published and, beside it, a data set's fine-tuned networks.

        Args:
            own: ``network.onnx`` of models that were fine-tuned.
            views: of each face.
            threads: of onnxruntime.

        Raises:
            WeightsError: SFace is not installed, or a file is no network.
            InputError: no view was asked for, or a file is missing.
        """
        if not views:
            raise InputError("a gallery needs at least one view of a face")
        files = (("SFace", path_of("sface")), *((path.stem, path) for path in own))
        networks = []
        for name, path in files:
            if not path.is_file():
                raise InputError("no such network", where=path)
            networks.append((name, hashlib.sha256(path.read_bytes()).hexdigest()))
        look = Look(tuple(networks), tuple(views))
        return cls(look, tuple(Embedder(path, threads=threads) for _, path in files))

    def __call__(self, crops: NDArray[np.uint8]) -> Rows:
        """What a gallery keeps of faces.

        Args:
            crops: (n, 112, 112, 3) uint8 RGB on the five-point ArcFace template.

        Returns:
            One a network: (n, views, d) float32, not normalised.

        Raises:
            InputError: the crops have another shape or type.
        """
        names: tuple[View, ...] = tuple(name for name in VIEWS for own in self.look.views if own == name)
        if names != self.look.views:
            raise InputError(f"views must be some of {', '.join(VIEWS)}, in that order, each once")
        seen = views(crops, names)
        flat = seen.reshape(-1, *crops.shape[1:])
        return tuple(
            np.ascontiguousarray(
                embedder(flat).reshape(len(names), len(crops), -1).transpose(1, 0, 2), np.float32
            )
            for embedder in self.embedders
        )
