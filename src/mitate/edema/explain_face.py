"""Which part of the face each pixel of an edema crop belongs to, and one face to bring maps of others onto.

Parts are drawn with points of MediaPipe's 468-point mesh (Kartynnik et al. 2019, arXiv 1907.06724). Whatever
lies along the outline within a tenth of the distance between the eyes counts as the part that it borders on:
a cheek that swells moves the outline, and the wall just outside it shows that.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.face.landmarks import FaceMesh, Roi

__all__ = ["NAMES", "OUTSIDE", "labels_of", "points_in_crops", "to_face"]

FloatArray = NDArray[np.floating]

NAMES = (
    "forehead",
    "upper lid right",
    "upper lid left",
    "eye right",
    "eye left",
    "lower lid right",
    "lower lid left",
    "nose",
    "cheek right",
    "cheek left",
    "lips",
    "jaw",
    "neck",
    "not the face",
)
"""Parts of a crop; right and left are the person's."""

OUTSIDE = len(NAMES) - 1

_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
    149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
# Drawn one after the other, later ones over earlier ones.
_PARTS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("forehead", (10, 338, 297, 332, 284, 251, 389, 356, 383, 276, 283, 282, 295, 285, 8,
                  55, 65, 52, 53, 46, 156, 127, 162, 21, 54, 103, 67, 109)),
    ("jaw", (58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288,
             435, 434, 422, 424, 418, 421, 200, 201, 194, 204, 202, 214, 215)),
    ("nose", (8, 55, 193, 245, 188, 174, 217, 126, 129, 64, 98, 97, 2, 326, 327, 294, 358, 355, 437, 399, 412,
              465, 417, 285)),
    ("upper lid right", (46, 53, 52, 65, 55, 193, 133, 173, 157, 158, 159, 160, 161, 246, 33)),
    ("upper lid left", (276, 283, 282, 295, 285, 417, 362, 398, 384, 385, 386, 387, 388, 466, 263)),
    ("lower lid right", (33, 7, 163, 144, 145, 153, 154, 155, 133, 245, 128, 121, 120, 119, 118, 117, 111)),
    ("lower lid left", (263, 249, 390, 373, 374, 380, 381, 382, 362, 465, 357, 350, 349, 348, 347, 346, 340)),
    ("eye right", (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)),
    ("eye left", (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)),
    ("lips", (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)),
)  # fmt: skip
_MIDLINE = (10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 2, 164, 0, 17, 18, 200, 175, 152)
_FINER = 4  # parts are drawn so many times larger, or small ones would be lost
_BAND = 0.1  # of the distance between the eyes: the outline's surroundings
_NECK = 0.4  # of the distance between the eyes below the jaw: farther down are clothes
_ROI = 1.02  # the mesh's region in sides of the crop
_EYES = (33, 133), (362, 263)


def points_in_crops(crops: NDArray[np.uint8], mesh: FaceMesh | None = None) -> NDArray[np.float32]:
    """(n, 468, 2) mesh points in pixels of edema crops (n, S, S, 3), found in the crops themselves.

    Raises:
        WeightsError: the weights of the mesh are not installed.
    """
    network = mesh or FaceMesh()
    side = crops.shape[1]
    middle = (side - 1) / 2
    roi = Roi((middle, middle), _ROI * side, 0.0)
    return np.stack([network(crop, roi).points[:, :2] for crop in crops]).astype(np.float32)


def labels_of(points: FloatArray, side: int) -> NDArray[np.int8]:
    """(side, side) place in `NAMES` of each pixel of a crop.

    Args:
        points: (468, 2) mesh points in pixels of the crop.
        side: of the crop in pixels.

    Raises:
        InputError: other points, or none that can be drawn.
    """
    if points.shape != (468, 2) or not np.isfinite(points).all():
        raise InputError(f"mesh points must be (468, 2) and finite, not {points.shape}", where="points")
    fine = _FINER * side
    at = np.asarray((points + 0.5) * _FINER - 0.5, np.float64)
    between = float(np.linalg.norm(at[list(_EYES[0])].mean(axis=0) - at[list(_EYES[1])].mean(axis=0)))
    face = _filled(at, _OVAL, fine)
    labels = np.full((fine, fine), OUTSIDE, np.int8)
    labels[face] = _sides(at, fine)[face]
    for name, outline in _PARTS:
        labels[_filled(at, outline, fine) & face] = NAMES.index(name)
    distance, nearest = _to_nearest(face)
    band = ~face & (distance <= _BAND * between)
    labels[band] = labels[nearest[0][band], nearest[1][band]]
    columns = np.arange(fine)[None, :]
    rows = np.arange(fine)[:, None]
    low, high = sorted((at[172, 0], at[397, 0]))
    below = (rows > at[[58, 288], 1].mean()) & (columns >= low) & (columns <= high)
    labels[~face & ~band & below & (distance <= _NECK * between)] = NAMES.index("neck")
    return np.ascontiguousarray(labels[_FINER // 2 :: _FINER, _FINER // 2 :: _FINER])


def _filled(at: FloatArray, outline: tuple[int, ...], side: int) -> NDArray[np.bool_]:
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.rint(at[list(outline)]).astype(np.int32)], 1)
    return mask.astype(bool)


def _sides(at: FloatArray, side: int) -> NDArray[np.int8]:
    """Cheek right or left of every pixel, by the line down the middle of the face."""
    line = at[list(_MIDLINE)]
    order = np.argsort(line[:, 1])
    middle = np.interp(np.arange(side), line[order, 1], line[order, 0])
    right = np.arange(side)[None, :] < middle[:, None]
    return np.where(right, NAMES.index("cheek right"), NAMES.index("cheek left")).astype(np.int8)


def _to_nearest(mask: NDArray[np.bool_]) -> tuple[FloatArray, NDArray[np.intp]]:
    """How far each pixel is from the mask, and the row and column of the nearest pixel of it."""
    from scipy.ndimage import distance_transform_edt

    if not mask.any():
        raise InputError("the face lies outside the crop", where="points")
    distance, nearest = distance_transform_edt(~mask, return_indices=True)
    return distance, nearest


def to_face(maps: FloatArray, points: FloatArray, target: FloatArray) -> NDArray[np.float64]:
    """Maps of several crops brought onto one face, triangle by triangle.

    Piecewise affine (Cootes, Edwards and Taylor, PAMI 2001); beyond the mesh the crop's frame holds still.

    Args:
        maps: (n, S, S) or (n, S, S, c).
        points: (n, 468, 2) mesh points of each crop.
        target: (468, 2) mesh points of the face to bring them onto, in pixels of a crop of the same side.

    Returns:
        The maps in the target's frame, float64.
    """
    side = maps.shape[1]
    grid = _grid(tuple(map(float, np.asarray(target, np.float64).ravel())), side)
    corners, weight = grid
    frame = _frame(side)
    brought = []
    for one, own in zip(maps, points, strict=True):
        anchors = np.vstack([np.asarray(own, np.float64), frame])
        at = np.einsum("nkc,nk->nc", anchors[corners], weight).reshape(side, side, 2).astype(np.float32)
        moved = cv2.remap(
            np.asarray(one, np.float64), at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        brought.append(moved)
    return np.stack(brought)


def _frame(side: int) -> NDArray[np.float64]:
    """Points around a crop that stay where they are."""
    low, high = -0.25 * side, 1.25 * side
    along = np.linspace(low, high, 9)
    ends = (np.full(9, low), np.full(9, high))
    return np.concatenate([np.column_stack(pair) for end in ends for pair in ((along, end), (end, along))])


@lru_cache(maxsize=8)
def _grid(target: tuple[float, ...], side: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which three anchors each pixel of the target lies between, and their weights."""
    from scipy.spatial import Delaunay

    anchors = np.vstack([np.array(target).reshape(468, 2), _frame(side)])
    triangles = Delaunay(anchors)
    pixels = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2).astype(float)
    found = triangles.find_simplex(pixels)
    transform = triangles.transform[found]
    two = np.einsum("nij,nj->ni", transform[:, :2], pixels - transform[:, 2])
    return triangles.simplices[found], np.column_stack([two, 1 - two.sum(axis=1)])
