"""Find faces in one picture with YuNet.

YuNet (Wu, Peng and Yu, "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research
20, 2023) sees faces of about 10 to 300 pixels, so a picture is scaled to a modest size first: large faces
in large pictures are found, and are found cheaply. Finer passes follow only when nothing was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.weights import path_of

__all__ = ["Detection", "FaceDetector"]

_SMALLEST_SIDE = 16  # px; below this there is nothing to look at and YuNet's strides do not fit
_SAME_SCALE = 1.05  # a pass at nearly the scale of the last one would show nothing new


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face found in a picture.

    Attributes:
        box: left, top, width, height in pixels of the whole picture; may reach outside it.
        points: (5, 2) float32 pixels: the eye, the nose tip and the mouth corners in the order of the ArcFace
            template (eye on the image's left, eye on its right, nose, mouth corner left, mouth corner right,
            for an upright face that is not mirrored).
        score: YuNet's confidence, 0 to 1.
    """

    box: tuple[float, float, float, float]
    points: NDArray[np.float32]
    score: float

    @property
    def area(self) -> float:
        """Area of the box in square pixels."""
        return self.box[2] * self.box[3]

    @property
    def centre(self) -> tuple[float, float]:
        """Centre of the box in pixels."""
        return self.box[0] + self.box[2] / 2, self.box[1] + self.box[3] / 2


class FaceDetector:
    """YuNet through OpenCV, for RGB pictures of any size.

    Args:
        least_score: faces scored lower are not reported.
        sides: longest side, in pixels, of the scaled picture in each pass; a later pass runs only if the
            earlier ones found nothing.

    Raises:
        WeightsError: the weights are not installed.
    """

    def __init__(self, *, least_score: float = 0.7, sides: tuple[int, ...] = (640, 320, 1280)) -> None:
        self._sides = sides
        path = str(path_of("yunet"))
        log_level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # OpenCV 5 warns of its own defaults
        try:
            self._net: Any = cv2.FaceDetectorYN.create(path, "", (320, 320), least_score, 0.3, 500)
        finally:
            cv2.utils.logging.setLogLevel(log_level)

    def __call__(self, image: NDArray[np.uint8], *, thorough: bool = True) -> list[Detection]:
        """All upright faces of a picture, the largest first.

        Args:
            image: RGB uint8 (H, W, 3).
            thorough: whether the later passes run when the first finds nothing.

        Returns:
            faces in pixels of that picture.

        Raises:
            InputError: the array is not an RGB uint8 picture.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise InputError(f"a picture must be uint8 (H, W, 3), not {image.dtype} {image.shape}")
        last = 0.0
        for side in self._sides if thorough else self._sides[:1]:
            scale = min(1.0, side / max(image.shape[:2]))
            if last and max(scale, last) / min(scale, last) < _SAME_SCALE:
                continue
            last = scale
            found = self._one_pass(image, scale)
            if found:
                return found
        return []

    def turned(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Faces that lie sideways or upside down (a clip whose rotation was lost): the best of three turns.

        YuNet also "finds" upside-down faces as upright ones, with the points the wrong way up; its score is
        higher for the right way up.
        """
        scale = min(1.0, self._sides[0] / max(image.shape[:2]))
        small = _scaled(image, scale)
        best: list[Detection] = []
        for quarters in (1, 2, 3):
            found = self(np.ascontiguousarray(np.rot90(small, quarters)), thorough=False)
            if found and (not best or found[0].score > best[0].score):
                best = [_turned_back(face, quarters, small.shape[:2], scale) for face in found]
        return best

    def _one_pass(self, image: NDArray[np.uint8], scale: float) -> list[Detection]:
        small = _scaled(image, scale)
        height, width = small.shape[:2]
        if min(height, width) < _SMALLEST_SIDE:
            return []
        self._net.setInputSize((width, height))
        _, rows = self._net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if rows is None:
            return []
        back = np.array([image.shape[1] / width, image.shape[0] / height], np.float32)
        found = [_detection(row, back) for row in np.asarray(rows, np.float32)]
        return sorted((face for face in found if face.area > 0), key=lambda face: -face.area)


def _scaled(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """The picture scaled down, to no less than a pixel; as it is where the scale is 1."""
    if scale == 1.0:
        return image
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _detection(row: NDArray[np.float32], back: NDArray[np.float32]) -> Detection:
    """One row of FaceDetectorYN (box, five points, score) in pixels of the unscaled picture."""
    left, top = (float(v) for v in row[:2] * back)
    width, height = (float(v) for v in row[2:4] * back)
    points = (row[4:14].reshape(5, 2) * back).astype(np.float32)
    return Detection((left, top, width, height), points, float(row[14]))


def _turned_back(face: Detection, quarters: int, shape: tuple[int, ...], scale: float) -> Detection:
    """A detection in `np.rot90(small, quarters)`, in pixels of the picture that `small` was scaled from."""
    height, width = shape

    def back(points: NDArray[np.float32]) -> NDArray[np.float32]:
        x, y = points.T
        places = {1: (width - 1 - y, x), 2: (width - 1 - x, height - 1 - y), 3: (y, height - 1 - x)}
        return np.asarray(np.stack(places[quarters], axis=1) / scale, np.float32)

    left, top, wide, high = face.box
    corners = back(np.array([[left, top], [left + wide, top + high]], np.float32))
    (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Detection((x0, y0, x1 - x0, y1 - y0), back(face.points), face.score)
