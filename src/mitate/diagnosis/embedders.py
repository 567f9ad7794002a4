"""From aligned faces to rows of numbers: the outputs of a network, or of a layer inside it.

The published transfer (DTL2 of Jin, Cruz and Gonçalves, "Deep facial diagnosis: deep transfer learning from
face recognition to facial diagnosis", IEEE Access 8, 2020) takes a face recognition network as a fixed
feature extractor: what it sees just before its last dense layer goes, L2-normalised, to a linear SVM. That
layer still holds where on the face something is, of which the embedding, trained to tell persons apart, keeps
little.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.weights import onnx_session, path_of

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["LAYER", "VIEWS", "Embedder", "View", "sface_embedder", "sface_layer", "views"]

Crops = NDArray[np.uint8]
Rows = NDArray[np.float32]

LAYER = "conv_14_relu"
"""SFace's map before its last dense layer (1024 × 7 × 7), of which what is between only scales the channels.

The published choice is the layer before the final fully connected one, and it is the best here too: on two
simulated sets of five classes (40 people a class with marked signs, 60 with faint ones) a linear machine
reaches 0.92 and 0.77 on it, cross-validated; 0.90 and 0.76 on the same channels scaled for the dense layer
(`bn1`) or one convolution earlier (`conv_14_dw_relu`); less the earlier the layer (0.89 and 0.76 at
`conv_13_relu`, 0.82 and 0.69 at `conv_10_relu`); and 0.84 and 0.69 on the 128 numbers after it.
"""

View = Literal["plain", "flip", "grey", "grey flip"]
VIEWS: tuple[View, ...] = ("plain", "flip", "grey", "grey flip")
"""The four views of a face of GestaltMatcher-Arc (Hustinx et al., WACV 2023)."""

_BATCH = 2  # crops at a time: larger ones fall out of the processor's cache and take longer for each


class Embedder:
    """An ONNX network that reads face crops, through onnxruntime on the CPU.

    The network is opened when it is first needed and again after pickling, so that an object crosses process
    pools as a path.

    Args:
        network: a file with one input, N×3×side×side RGB 0..255, and one output.
        layer: the name of a tensor inside it; what comes after is then not computed. None for its output.
        threads: within one operator; one by default, since clinics' cores are shared.
    """

    def __init__(self, network: Path, layer: str | None = None, *, threads: int = 1) -> None:
        self.network = network
        self.layer = layer
        self.threads = threads
        self._sessions: dict[tuple[str | None, ...], onnxruntime.InferenceSession] = {}

    def __call__(self, crops: Crops) -> Rows:
        """What the network, or the layer, says of each crop.

        Args:
            crops: (n, side, side, 3) uint8 RGB; SFace's side is 112, on the five-point ArcFace template.

        Returns:
            (n, d) float32, not normalised.

        Raises:
            InputError: the crops have another shape or type.
            WeightsError: the file is missing, is no network that can be run, or has no such layer.
        """
        return self._run(crops, (self.layer,))[0]

    def both(self, crops: Crops) -> tuple[Rows, Rows]:
        """The layer's rows and the network's output in one pass.

        Args:
            crops: as for a call.

        Returns:
            (n, d) of the layer and (n, e) of the output, float32, not normalised; twice the output where the
            embedder has no layer.

        Raises:
            InputError, WeightsError: as for a call.
        """
        if self.layer is None:
            rows = self(crops)
            return rows, rows
        layer, output = self._run(crops, (self.layer, None))
        return layer, output

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_sessions": {}}  # sessions cannot be pickled

    def _run(self, crops: Crops, wanted: tuple[str | None, ...]) -> list[Rows]:
        if wanted not in self._sessions:
            from mitate.weights.graph import part_of  # onnx is slow to import

            self._sessions[wanted] = onnx_session(part_of(self.network, wanted), self.threads)
        session = self._sessions[wanted]
        source = session.get_inputs()[0]
        side = source.shape[2]
        if crops.ndim != 4 or crops.shape[1:] != (side, side, 3) or crops.dtype != np.uint8:
            raise InputError(f"crops must be uint8 (n, {side}, {side}, 3), not {crops.dtype} {crops.shape}")
        if len(crops) == 0:  # the width is the network's to say
            return [rows[:0] for rows in self._run(np.zeros((1, side, side, 3), np.uint8), wanted)]
        parts = []
        for start in range(0, len(crops), _BATCH):
            planes = np.ascontiguousarray(crops[start : start + _BATCH].transpose(0, 3, 1, 2), np.float32)
            found = session.run(None, {source.name: planes})
            parts.append([np.asarray(one, np.float32).reshape(len(planes), -1) for one in found])
        return [np.concatenate(one) for one in zip(*parts, strict=True)]


def sface_layer(threads: int = 1) -> Embedder:
    """SFace before its last dense layer (112×112 crops → 50,176 numbers); `both` gives its embedding too.

    It is the published choice, the layer before the final fully connected one; see `LAYER`.

    Raises:
        WeightsError: SFace is not installed.
    """
    return Embedder(path_of("sface"), LAYER, threads=threads)


def sface_embedder(threads: int = 1) -> Embedder:
    """SFace's embedding of who it is (112×112 crops → 128 numbers, not normalised).

    Raises:
        WeightsError: SFace is not installed.
    """
    return Embedder(path_of("sface"), threads=threads)


def views(crops: Crops, names: Sequence[View] = VIEWS) -> NDArray[np.uint8]:
    """Each crop as it is, mirrored, without colour, and both.

    Args:
        crops: (n, h, w, 3) uint8 RGB.
        names: which, in which order.

    Returns:
        (v, n, h, w, 3) uint8; grey is luma (ITU-R BT.601) in all three channels.

    Raises:
        InputError: there is no view of that name.
    """
    unknown = [name for name in names if name not in VIEWS]
    if unknown:
        raise InputError(f"no view is called {unknown[0]!r}", todo=f"choose from: {', '.join(VIEWS)}")
    grey = _grey(crops) if any("grey" in name for name in names) else crops
    chosen = [grey if "grey" in name else crops for name in names]
    turned = [one[:, :, ::-1] if "flip" in name else one for name, one in zip(names, chosen, strict=True)]
    return np.stack(turned)


def _grey(crops: Crops) -> Crops:
    planes = [cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops]
    stacked = np.asarray(planes, np.uint8).reshape(crops.shape[:3])
    return np.repeat(stacked[..., None], 3, axis=3)
