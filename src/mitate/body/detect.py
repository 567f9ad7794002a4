"""Find people in one picture with BlazePose's detector.

Model, anchors and decoding: Bazarevsky et al., "BlazePose: on-device real-time body pose tracking", 2020
(arXiv 2006.10204), and MediaPipe's published graph ``pose_detection_cpu``: a 224 x 224 letterbox, 2,254
anchors of fixed size, scores through a sigmoid, weighted non-maximum suppression at an overlap of 0.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.body.region import Region, region_around
from mitate.errors import InputError
from mitate.weights import Litert, path_of

__all__ = ["Person", "PersonDetector", "anchors"]

SIDE = 224  # px, the network's input
_STRIDES = ((8, 2), (16, 2), (32, 6))  # px, and anchors in each cell
_OVERLAP = 0.3  # of two boxes, beyond which they are of one person
_SMALLEST_SIDE = 16  # px; below this there is nothing to look at
_LONG = 1.2  # longer side over the shorter beyond which a picture is also searched in squares


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person found in a picture.

    Attributes:
        box: left, top, width, height in pixels of the head, as the network sees it.
        points: (4, 2) float32 pixels: middle of the hips, a point above the head on the circle around the
            whole body, middle of the shoulders, a point on the circle around the upper body.
        score: the network's confidence, 0 to 1.
    """

    box: tuple[float, float, float, float]
    points: NDArray[np.float32]
    score: float

    @property
    def region(self) -> Region:
        """The square around the whole body, turned with it."""
        return region_around(self.points[0], self.points[1])


def anchors() -> NDArray[np.float32]:
    """(2254, 2) centres of the anchors, x and y as shares of the side, in the order of the network's rows."""
    rows = []
    for stride, repeats in _STRIDES:
        cells = (np.arange(SIDE // stride) + 0.5) / (SIDE // stride)
        y, x = np.meshgrid(cells, cells, indexing="ij")
        rows.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), repeats, axis=0))
    return np.concatenate(rows).astype(np.float32)


class PersonDetector:
    """BlazePose's detector, for RGB pictures of any size.

    Args:
        least_score: people scored lower are not reported.
        threads: threads of the interpreter.

    Raises:
        WeightsError: the weights are not installed.
    """

    def __init__(self, *, least_score: float = 0.5, threads: int = 1) -> None:
        self._net = Litert(path_of("pose_detector"), threads=threads)
        self._least_score = least_score
        self._anchors = anchors() * SIDE

    def __call__(self, image: NDArray[np.uint8], *, thorough: bool = False) -> list[Person]:
        """All people of a picture, the largest first.

        Args:
            image: RGB uint8 (H, W, 3).
            thorough: where nobody is found in the whole picture, look in squares along its longer side, where
                people are larger.

        Returns:
            people in pixels of that picture.

        Raises:
            InputError: the array is not an RGB uint8 picture.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise InputError(f"a picture must be uint8 (H, W, 3), not {image.dtype} {image.shape}")
        if min(image.shape[:2]) < _SMALLEST_SIDE:
            return []
        found = self._in_part(image, 0, 0)
        if thorough and not found:
            height, width = image.shape[:2]
            side = min(height, width)
            if max(height, width) > _LONG * side:
                for share in (0.5, 0.0, 1.0):
                    x, y = round(share * (width - side)), round(share * (height - side))
                    found += self._in_part(image[y : y + side, x : x + side], x, y)
                found = _suppressed(found)
        return sorted(found, key=lambda person: -person.region.size)

    def _in_part(self, image: NDArray[np.uint8], left: int, top: int) -> list[Person]:
        """People in a part of the picture that begins at `left`, `top`, in pixels of the picture."""
        boxed, scale, (px, py) = _letterboxed(image)
        boxes, logits = self._net(boxed[None].astype(np.float32) / 127.5 - 1.0)
        rows, logit = np.asarray(boxes, np.float32)[0], np.asarray(logits, np.float32).reshape(-1)
        scores = 1.0 / (1.0 + np.exp(-np.clip(logit, -50.0, 50.0)))
        people = []
        for i in np.flatnonzero(scores >= self._least_score):
            # from the corner of the letterbox to centres of pixels of the picture
            offset = np.array([left - px / scale - 0.5, top - py / scale - 0.5])
            places = (rows[i].reshape(6, 2) + self._anchors[i]) / scale + offset
            wide, high = (float(value) / scale for value in rows[i, 2:4])
            corner = (float(places[0, 0]) - wide / 2, float(places[0, 1]) - high / 2)
            people.append(Person((*corner, wide, high), places[2:].astype(np.float32), float(scores[i])))
        return _suppressed(people)


def _letterboxed(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, tuple[int, int]]:
    """The picture in the middle of a black square, its scale, and where it begins."""
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    px, py = (SIDE - wide) // 2, (SIDE - high) // 2
    boxed = np.zeros((SIDE, SIDE, 3), np.uint8)
    boxed[py : py + high, px : px + wide] = cv2.resize(image, (wide, high), interpolation=method)
    return boxed, scale, (px, py)


def _suppressed(people: list[Person]) -> list[Person]:
    """One person for each set of overlapping boxes: their mean, weighted by score."""
    left = sorted(people, key=lambda person: -person.score)
    kept = []
    while left:
        best = left[0]
        same = [p for p in left if p is best or _overlap(p.box, best.box) > _OVERLAP]
        weights = [p.score for p in same]
        box = np.average([p.box for p in same], axis=0, weights=weights).tolist()
        points = np.average([p.points for p in same], axis=0, weights=weights).astype(np.float32)
        kept.append(Person((box[0], box[1], box[2], box[3]), points, best.score))
        left = [p for p in left if all(p is not other for other in same)]
    return kept


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a[2] * a[3] + b[2] * b[3] - width * height)
