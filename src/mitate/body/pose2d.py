"""33 points of a body, its mask and its own 3-D: BlazePose's landmark network on a region around the body.

Model and decoding: Bazarevsky et al. 2020 (arXiv 2006.10204), Grishchenko et al. 2022 (BlazePose GHUM,
arXiv 2206.11678), and MediaPipe's published graphs ``pose_landmark_by_roi`` and
``tensors_to_pose_landmarks_and_segmentation``, with the refinement of points from the heat maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.body.points import POINTS
from mitate.body.region import Region, crop, matrix, region_around, spread_mask
from mitate.weights import Litert, path_of

__all__ = ["Pose", "PoseNet"]

SIDE = 256  # px, the network's input
_ROWS = 39  # 33 points, 2 that say where to look next, 4 that are not used
_HEAT_SIDE = 64
_HEAT_REACH = 3  # cells each way around a point
_LEAST_HEAT = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One body in one picture, as the network sees it.

    Attributes:
        points: (33, 2) float32: x, y in pixels of the picture; may lie outside it.
        visibility: (33,) float32, 0 to 1: how sure that the point is in the picture and not hidden.
        presence: (33,) float32, 0 to 1: how sure that the point is inside the region.
        world: (33, 3) float32 metres from the middle of the hips, x right, y up, z towards the camera.
            The network's own guess, for comparison: its depth leans forward.
        score: 0 to 1, how sure that the region holds a person.
        region: where the network looked.
        following: where to look in the next picture.
        mask: (256, 256) uint8, 255 for surely the person, in pixels of the region.
    """

    points: NDArray[np.float32]
    visibility: NDArray[np.float32]
    presence: NDArray[np.float32]
    world: NDArray[np.float32]
    score: float
    region: Region
    following: Region
    mask: NDArray[np.uint8]

    def mask_in(self, shape: tuple[int, int]) -> NDArray[np.uint8]:
        """The mask in a picture of `shape` (height, width) uint8; 0 outside the region."""
        return spread_mask(self.mask, self.region, shape)


class PoseNet:
    """The landmark network (BlazePose full).

    Raises:
        WeightsError: the weights are not installed.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._net = Litert(path_of("pose"), threads=threads)

    def __call__(self, image: NDArray[np.uint8], region: Region) -> Pose:
        """The body in `region` of an RGB uint8 picture (H, W, 3)."""
        seen = crop(image, region, SIDE).astype(np.float32) / 255.0
        by_size = {out.size: np.asarray(out, np.float32) for out in self._net(seen[None])}
        rows = by_size[_ROWS * 5].reshape(_ROWS, 5)
        heat = by_size[_HEAT_SIDE**2 * _ROWS].reshape(_HEAT_SIDE, _HEAT_SIDE, _ROWS)
        to_image = matrix(region, SIDE)
        # the network counts from the corner of the first pixel, OpenCV from its centre
        points = (_refined(rows[:, :2], heat) - 0.5) @ to_image[:, :2].T + to_image[:, 2]
        count = len(POINTS)
        return Pose(
            points=points[:count].astype(np.float32),
            visibility=_sigmoid(rows[:count, 3]),
            presence=_sigmoid(rows[:count, 4]),
            world=_upright(by_size[_ROWS * 3].reshape(_ROWS, 3)[:count], region.rotation),
            score=float(by_size[1].reshape(-1)[0]),
            region=region,
            following=region_around(points[count], points[count + 1]),
            mask=np.round(255.0 * _sigmoid(by_size[SIDE**2].reshape(SIDE, SIDE))).astype(np.uint8),
        )


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -50.0, 50.0))), np.float32)


def _refined(places: NDArray[np.float32], heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """Each point moved to its heat map's centre of mass near it, where that map is sure; (n, 2) crop px."""
    refined = places.astype(np.float64)
    cell = SIDE / _HEAT_SIDE
    cells = np.floor(places / cell).astype(int)
    inside = np.all((cells >= 0) & (cells < _HEAT_SIDE), axis=1)
    for i in np.flatnonzero(inside):
        x0, y0 = np.maximum(cells[i] - _HEAT_REACH, 0)
        x1, y1 = np.minimum(cells[i] + _HEAT_REACH + 1, _HEAT_SIDE)
        near = _sigmoid(heat[y0:y1, x0:x1, i]).astype(np.float64)
        if near.max() >= _LEAST_HEAT:
            x = float((near.sum(axis=0) * np.arange(x0, x1)).sum() / near.sum())
            y = float((near.sum(axis=1) * np.arange(y0, y1)).sum() / near.sum())
            refined[i] = x * cell, y * cell
    return refined


def _upright(world: NDArray[np.float32], rotation: float) -> NDArray[np.float32]:
    """The network's metres (region's axes, y down, z away) on the picture's axes, y up, z to the camera."""
    angle = np.radians(rotation)
    x = world[:, 0] * np.cos(angle) - world[:, 1] * np.sin(angle)
    y = world[:, 0] * np.sin(angle) + world[:, 1] * np.cos(angle)
    return np.stack([x, -y, -world[:, 2]], axis=1).astype(np.float32)
