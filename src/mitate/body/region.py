"""Turned square regions of a picture: what the pose network looks at.

Region rules: MediaPipe's published graphs ``pose_detection_to_roi`` and ``pose_landmarks_to_roi``. A point
in the middle of the hips and one on the circle around the whole body give centre, radius and which way is
up; the square is 1.25 times as wide as the circle.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Region", "crop", "matrix", "region_around", "spread_mask"]

_ENLARGE = 1.25
_SMALLEST = 1e-3  # px; keeps the matrix of a collapsed region invertible


@dataclass(frozen=True, slots=True)
class Region:
    """A turned square region of a picture.

    Attributes:
        centre: x, y in pixels of the picture (whole numbers are centres of pixels).
        size: side in pixels.
        rotation: degrees by which the region's x axis is turned from the picture's, from x towards y
            (clockwise on the screen); 0 where the body is upright.
    """

    centre: tuple[float, float]
    size: float
    rotation: float

    def scaled(self, factor: float) -> Region:
        """The same region in a picture `factor` times as large."""
        x, y = ((value + 0.5) * factor - 0.5 for value in self.centre)
        return Region((x, y), self.size * factor, self.rotation)


def region_around(hips: NDArray[np.floating], top: NDArray[np.floating]) -> Region:
    """The region of a body from the middle of its hips and the top of the circle around it, both (2,) px."""
    x, y = (float(value) for value in top - hips)
    size = max(2.0 * _ENLARGE * float(np.hypot(x, y)), _SMALLEST)
    return Region((float(hips[0]), float(hips[1])), size, float(np.degrees(np.arctan2(x, -y))))


def matrix(region: Region, side: int) -> NDArray[np.float64]:
    """2x3 matrix from pixels of the upright crop of side `side` to pixels of the picture."""
    angle = np.radians(region.rotation)
    scale = region.size / side
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.full(2, (side - 1) / 2)
    return np.column_stack([turn, np.asarray(region.centre, np.float64) - turn @ middle])


def crop(image: NDArray[np.uint8], region: Region, side: int) -> NDArray[np.uint8]:
    """The region of a picture (H, W, 3), upright, resampled to side x side; black beyond the picture.

    A plain warp reads four pixels for each one it makes, so where the region is much larger than the crop,
    the part of the picture that is needed is reduced by area averaging first.
    """
    to_image = matrix(region, side)
    corners = np.array([[-1, -1], [side, -1], [-1, side], [side, side]]) @ to_image[:, :2].T + to_image[:, 2]
    height, width = image.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)) + 1, [x0 + 1, y0 + 1], [width, height]).astype(int)
    to_image[:, 2] -= (x0, y0)
    reduced = int(min(region.size / side, x1 - x0, y1 - y0))
    if (
        reduced > 1
    ):  # by a whole number, which OpenCV does fast; at most that many pixels less one are cut off
        wide, high = (x1 - x0) // reduced, (y1 - y0) // reduced
        part = image[y0 : y0 + high * reduced, x0 : x0 + wide * reduced]
        part = np.asarray(cv2.resize(part, (int(wide), int(high)), interpolation=cv2.INTER_AREA), np.uint8)
        # pixel centres lie at +0.5: a reduced pixel i stands for the old position (i + 0.5) reduced - 0.5
        to_image[:, 2] += 0.5 - 0.5 * reduced
        to_image /= reduced
    else:
        part = np.ascontiguousarray(image[y0:y1, x0:x1])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(part, to_image, (side, side), flags=flags), np.uint8)


def spread_mask(mask: NDArray[np.uint8], region: Region, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """A mask of a region, (side, side) uint8, in a picture of `shape` (height, width); 0 outside it."""
    to_image = matrix(region, mask.shape[0])
    height, width = shape
    return np.asarray(cv2.warpAffine(mask, to_image, (width, height), flags=cv2.INTER_LINEAR), np.uint8)
