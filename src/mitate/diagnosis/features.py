"""What each row of the comparison looks at: numbers that describe a face, or what surrounds it.

`transfer` is what is claimed to work. `traditional` is what such a transfer has to beat: the pixels, the two
descriptors of faces from before deep learning, and a network that knows objects and no faces. `leak` is what
must not work: whoever tells the classes from there has told how the photos were made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.embedders import Embedder, sface_embedder, sface_layer
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.method import Kind
from mitate.errors import InputError
from mitate.weights import path_of

__all__ = ["FEATURES", "FeatureInfo", "Progress", "feature_rows", "hog", "imagenet", "lbp", "pixels"]

Crops = NDArray[np.uint8]
Rows = NDArray[np.float32]
Progress = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True)
class FeatureInfo:
    """One row of the comparison.

    Attributes:
        name: what the program calls it.
        title: what tables call it.
        kind: see `mitate.diagnosis.method.Kind`.
        what: what it looks at, in a sentence, with its source.
    """

    name: str
    title: str
    kind: Kind
    what: str


_INFOS = (
    FeatureInfo(
        "sface_layer",
        "SFace, layer before the last",
        "transfer",
        "a face recognition network (Zhong et al. 2021) before its last dense layer, 50,176 numbers: the"
        " published transfer DTL2 (Jin, Cruz and Gonçalves 2020)",
    ),
    FeatureInfo(
        "sface",
        "SFace embedding",
        "transfer",
        "the same network's 128 numbers of who it is",
    ),
    FeatureInfo(
        "imagenet",
        "EfficientNet-Lite0, ImageNet",
        "traditional",
        "a network that tells a thousand kinds of objects apart and was never taught faces, the 1,280 numbers"
        " before its last dense layer (Tan and Le 2019; ImageNet, Russakovsky et al. 2015)",
    ),
    FeatureInfo(
        "imagenet_layer",
        "EfficientNet-Lite0, inner layer",
        "traditional",
        "the same network's map of 14 × 14 places after its eleventh block: as much of where on the face"
        " something is as the layer of SFace has, without face recognition",
    ),
    FeatureInfo(
        "pixels",
        "pixels",
        "traditional",
        "the face at 32 × 32 grey pixels, light and contrast evened out locally (what the eigenfaces of Turk"
        " and Pentland 1991 begin with)",
    ),
    FeatureInfo(
        "lbp",
        "LBP",
        "traditional",
        "histograms of uniform local binary patterns on a grid over the face (Ahonen, Hadid and Pietikäinen"
        " 2006)",
    ),
    FeatureInfo(
        "hog",
        "HOG",
        "traditional",
        "histograms of oriented gradients of the face (Dalal and Triggs 2005)",
    ),
    FeatureInfo(
        "background",
        "background alone",
        "leak",
        "the photo with the head masked out, at 64 × 64 pixels: what surrounds the face and nothing of it",
    ),
    FeatureInfo(
        "thumbnail",
        "16 × 16 pixels",
        "leak",
        "the whole photo at sixteen by sixteen pixels, too few to see a disease: its framing, light and"
        " colour",
    ),
    FeatureInfo(
        "file",
        "file facts",
        "leak",
        "what the file says of itself, such as its size, format and compression, and no pixel of it",
    ),
)

FEATURES: Mapping[str, FeatureInfo] = {info.name: info for info in _INFOS}
"""Every row by its name, the published transfer first."""


def feature_rows(name: str, faces: Faces, *, threads: int = 1, progress: Progress | None = None) -> Rows:
    """The numbers of one row of the comparison.

    Args:
        name: one of `FEATURES`.
        faces: whose.
        threads: that a network may use.
        progress: called with the row's title, faces done and faces in all.

    Returns:
        (n, d) float32, neither centred nor scaled.

    Raises:
        InputError: no row is called that.
        WeightsError: the network that it needs is not installed.
    """
    if name not in FEATURES:
        raise InputError(f"no features are called {name!r}", todo=f"choose from: {', '.join(FEATURES)}")
    if name == "file":
        return np.asarray(faces.facts, np.float32)
    if name in ("background", "thumbnail"):
        return _flat(faces.backgrounds if name == "background" else faces.thumbnails)
    return _in_parts(_DESCRIBERS[name](threads), faces.crops, FEATURES[name].title, progress or _untold)


def _untold(what: str, done: int, total: int) -> None:
    """Progress that nobody asked for."""


_PART = 16


def _in_parts(describe: Callable[[Crops], Rows], crops: Crops, title: str, tell: Progress) -> Rows:
    tell(title, 0, len(crops))
    parts = [describe(crops[:0])] if len(crops) == 0 else []
    for start in range(0, len(crops), _PART):
        parts.append(describe(crops[start : start + _PART]))
        tell(title, min(start + _PART, len(crops)), len(crops))
    return np.concatenate(parts)


def _flat(pictures: NDArray[np.uint8]) -> Rows:
    numbers = int(np.prod(pictures.shape[1:]))
    return np.asarray(pictures.reshape(len(pictures), numbers), np.float32) / np.float32(255)


# The part of the aligned crop that is face: brows to chin, cheek to cheek. With the rim of hair and
# background left out, all of what follows does better.
_ROWS, _COLUMNS = slice(17, 108), slice(14, 98)
_OBJECT_SIDE = 224  # px, what EfficientNet-Lite0 reads
_INNER = "_blocks.10.sum"  # the last map of 14 × 14 places


def imagenet(threads: int = 1, layer: str | None = None) -> Callable[[Crops], Rows]:
    """EfficientNet-Lite0 on the face of crops (n, 112, 112, 3), enlarged to 224 px: (n, 1280) float32.

    Args:
        threads: within one operator.
        layer: a tensor inside the network to take instead of its output.

    Raises:
        WeightsError: it is not installed; it is not among the weights that are installed by default.
    """
    network = Embedder(path_of("efficientnet_lite0"), layer, threads=threads)

    def describe(crops: Crops) -> Rows:
        side = (_OBJECT_SIDE, _OBJECT_SIDE)
        large = [cv2.resize(face, side, interpolation=cv2.INTER_CUBIC) for face in _faces(crops)]
        return network(np.asarray(large, np.uint8).reshape(len(crops), *side, 3))

    return describe


def pixels(crops: Crops) -> Rows:
    """The face as 32 × 32 grey pixels with its light evened out.

    Of each pixel the mean of what is around it is taken off, and the rest divided by its spread there (within
    4 px of the crop): local contrast normalisation, which takes away shadows and make of camera.

    Tried on the simulated sets: colour, which does worse (0.45); plain grey of 16 to 64 px (0.49), equalised
    histograms (0.54), local ones (0.64); this 0.68.

    Args:
        crops: (n, 112, 112, 3) uint8 RGB.

    Returns:
        (n, 1024) float32, each row with mean 0 and spread 1.
    """
    side, reach, least = (32, 32), 4.0, 20.0
    small = []
    for grey in _greys(crops):
        level = grey.astype(np.float32)
        rest = level - cv2.GaussianBlur(level, (0, 0), reach)
        even = rest / np.sqrt(cv2.GaussianBlur(rest * rest, (0, 0), reach) + least)
        small.append(cv2.resize(even[_ROWS, _COLUMNS], side, interpolation=cv2.INTER_AREA))
    rows = np.asarray(small, np.float32).reshape(len(crops), side[0] * side[1])
    rows = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(rows.std(axis=1, keepdims=True), 1e-6), np.float32)


def hog(crops: Crops) -> Rows:
    """Histograms of oriented gradients of the face (Dalal and Triggs, CVPR 2005).

    Nine unsigned directions, in each pixel of the colour channel where the gradient is strongest; overlapping
    blocks of 3 × 3 cells, normalised as L2-Hys: what the authors found best, with cells of 7 px for their 6.

    Tried on the simulated sets: cells of 5 to 16 px, blocks of 1 to 4 cells, 6 to 12 directions, grey, square
    roots, smoothing, the whole crop. The usual 8 px and 2 × 2 cells of the whole grey crop reach 0.65, this
    0.77.

    Args:
        crops: (n, 112, 112, 3) uint8 RGB.

    Returns:
        (n, 8910) float32.
    """
    from skimage.feature import hog as one_hog

    if len(crops) == 0:  # how many numbers a picture has is scikit-image's to say
        return hog(np.zeros((1, *crops.shape[1:]), np.uint8))[:0]
    rows = [one_hog(face, 9, (7, 7), (3, 3), block_norm="L2-Hys", channel_axis=-1) for face in _faces(crops)]
    return np.asarray(rows, np.float32)


def lbp(crops: Crops) -> Rows:
    """Histograms of uniform local binary patterns, 8 points at 2 px, on a 10 × 10 grid over the face.

    Ahonen, Hadid and Pietikäinen, "Face description with local binary patterns", PAMI 2006. Roots of the
    shares are taken, so that a linear machine compares histograms by Hellinger's distance.

    Tried on the simulated sets: radii of 1 to 5 px and several at once, grids of 5 to 13, smoothing, shares
    without roots, the whole crop. The usual 7 × 7 grid over the whole crop reaches 0.64, this 0.69.

    Args:
        crops: (n, 112, 112, 3) uint8 RGB.

    Returns:
        (n, 10·10·59) float32.
    """
    from skimage.feature import local_binary_pattern

    grid, patterns = 10, 59
    rows = np.zeros((len(crops), grid, grid, patterns), np.float32)
    for row, grey in zip(rows, _greys(crops), strict=True):
        codes = local_binary_pattern(grey[_ROWS, _COLUMNS], 8, 2, "nri_uniform").astype(np.int64)
        for y, band in enumerate(np.array_split(codes, grid, axis=0)):
            for x, cell in enumerate(np.array_split(band, grid, axis=1)):
                row[y, x] = np.bincount(cell.ravel(), minlength=patterns) / cell.size
    return np.sqrt(rows).reshape(len(crops), grid * grid * patterns)


def _faces(crops: Crops) -> list[Crops]:
    return [np.ascontiguousarray(crop[_ROWS, _COLUMNS]) for crop in crops]


def _greys(crops: Crops) -> list[NDArray[np.uint8]]:
    return [np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8) for crop in crops]


_DESCRIBERS: Mapping[str, Callable[[int], Callable[[Crops], Rows]]] = {
    "sface_layer": sface_layer,
    "sface": sface_embedder,
    "imagenet": imagenet,
    "imagenet_layer": lambda threads: imagenet(threads, _INNER),
    "pixels": lambda threads: pixels,
    "lbp": lambda threads: lbp,
    "hog": lambda threads: hog,
}
