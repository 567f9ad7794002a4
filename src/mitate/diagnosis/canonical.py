"""One face for all: crops and heat maps brought onto the data set's mean face, and back.

Heat maps of different people can only be averaged where an eye lies on an eye. The 468 mesh points of each
crop are carried onto their mean over the data set, triangle by triangle (piecewise affine: Cootes, Edwards
and Taylor, "Active appearance models", PAMI 23, 2001), the mean being made symmetric so that a face and its
mirror picture share it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["FEWEST_FOR_A_MEAN", "MIRRORED", "SIDE", "Canonical", "mean_mesh", "parts_of"]

Array = NDArray[np.float64]

SIDE = 112
FEWEST_FOR_A_MEAN = 10
"""People below which a mean face is not made: of fewer, single faces can be seen through it."""

# MediaPipe numbers the points of the person's right half in the order of their partners, 248 to 467.
_MIDLINE = (
    0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 94, 151, 152, 164, 168, 175, 195, 197,
    199, 200,
)  # fmt: skip
_MARGIN = 16.0  # px around the crop; the frame there stays where it is

_PARTS = {
    "forehead": (10, 151, 109, 338, 67, 297),
    "brows": (70, 105, 107, 336, 334, 300),
    "eyes": (33, 133, 159, 145, 362, 263, 386, 374),
    "nose": (1, 4, 5, 195, 6, 48, 278),
    "cheeks": (50, 280, 205, 425, 187, 411, 123, 352),
    "mouth": (61, 291, 0, 17, 39, 269, 181, 405),
    "chin": (152, 175, 199, 148, 377),
    "jaw": (172, 397, 58, 288),
}


def _mirrored() -> NDArray[np.int64]:
    partner = np.arange(468)
    right = np.setdiff1d(np.arange(248), _MIDLINE)
    partner[right] = np.arange(248, 468)
    partner[248:] = right
    return partner


MIRRORED: NDArray[np.int64] = _mirrored()
"""(468,) the point that each point of the mesh becomes in the mirror."""


def mean_mesh(meshes: NDArray[np.floating]) -> Array:
    """The symmetric mean of meshes, upright about the middle of the crop.

    Args:
        meshes: (n, 468, 2) in pixels of ArcFace crops.

    Returns:
        (468, 2) whose mirror picture about x = 55.5 is itself.

    Raises:
        InputError: there are none, or of another shape.
    """
    if meshes.ndim != 3 or meshes.shape[1:] != (468, 2) or not len(meshes):
        raise InputError(f"meshes must be (n, 468, 2) with n of one or more, not {meshes.shape}")
    mean = np.asarray(meshes, np.float64).mean(axis=0)
    mean[:, 0] -= mean[list(_MIDLINE), 0].mean() - (SIDE - 1) / 2
    mirror = mean[MIRRORED]
    mirror[:, 0] = SIDE - 1 - mirror[:, 0]
    return np.asarray((mean + mirror) / 2)


class Canonical:
    """The mean face's space.

    Args:
        points: (468, 2) of `mean_mesh`.
    """

    def __init__(self, points: Array) -> None:
        self.points = np.asarray(points, np.float64)
        self._grid = _Grid(self.points)

    def bring(self, picture: NDArray[np.generic], mesh: NDArray[np.floating]) -> Array:
        """A crop or heat map (112, 112) or (112, 112, c), whose mesh is (468, 2), onto the mean face."""
        return self._grid.sample(picture, mesh)

    def back(self, picture: NDArray[np.generic], mesh: NDArray[np.floating]) -> Array:
        """A picture in this space onto the face whose mesh (468, 2) lies in a crop."""
        return _Grid(np.asarray(mesh, np.float64)).sample(picture, self.points)

    def mean_face(
        self, crops: NDArray[np.uint8], meshes: NDArray[np.floating], persons: NDArray[np.str_]
    ) -> NDArray[np.uint8]:
        """The mean of several people's faces, everybody counting once: (112, 112, 3).

        Args:
            crops: (m, 112, 112, 3), meshes: (m, 468, 2), persons: (m,).

        Raises:
            InputError: fewer than `FEWEST_FOR_A_MEAN` people.
        """
        people = np.unique(persons)
        if len(people) < FEWEST_FOR_A_MEAN:
            raise InputError(
                f"a mean face of {len(people)} people would show single faces",
                todo=f"take {FEWEST_FOR_A_MEAN} people or more",
            )
        mean = np.zeros((SIDE, SIDE, 3))
        for person in people:
            mine = np.flatnonzero(persons == person)
            for row in mine:
                mean += self.bring(crops[row], meshes[row]) / (len(mine) * len(people))
        return np.asarray(np.clip(np.rint(mean), 0, 255), np.uint8)

    def inside(self) -> NDArray[np.bool_]:
        """(112, 112) whether a pixel lies within the mean face's outline."""
        return self._grid.inside


def parts_of(canonical: Canonical) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The parts of the face, and (112, 112) which of them each pixel is nearest to; -1 is not on the face."""
    from scipy.spatial import cKDTree

    names = tuple(_PARTS)
    points = np.concatenate([canonical.points[list(_PARTS[name])] for name in names])
    owner = np.concatenate([np.full(len(_PARTS[name]), place) for place, name in enumerate(names)])
    nearest = owner[cKDTree(points).query(_pixels())[1]].reshape(SIDE, SIDE)
    return names, np.where(canonical.inside(), nearest, -1)


def _pixels() -> Array:
    """(112·112, 2) x, y of every pixel."""
    return np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2).astype(np.float64)


def _framed(points: NDArray[np.floating]) -> Array:
    """The mesh and eight points around the crop that never move."""
    ends = (-_MARGIN, (SIDE - 1) / 2, SIDE - 1 + _MARGIN)
    frame = [(x, y) for x in ends for y in ends if (x, y) != (ends[1], ends[1])]
    return np.concatenate([np.asarray(points, np.float64), frame])


class _Grid:
    """For every pixel of the crop the triangle of `points` that it lies in, and where in it."""

    def __init__(self, points: Array) -> None:
        from scipy.spatial import Delaunay

        mesh = Delaunay(_framed(points))
        pixels = _pixels()
        found = mesh.find_simplex(pixels)
        turn = mesh.transform[found]
        first = np.einsum("pij,pj->pi", turn[:, :2], pixels - turn[:, 2])
        self._corners = mesh.simplices[found]
        self._shares = np.column_stack([first, 1.0 - first.sum(axis=1)])
        self.inside = np.asarray(Delaunay(points).find_simplex(pixels) >= 0).reshape(SIDE, SIDE)

    def sample(self, picture: NDArray[np.generic], mesh: NDArray[np.floating]) -> Array:
        """The picture, whose mesh is (468, 2), with its points brought to this grid's."""
        if picture.shape[:2] != (SIDE, SIDE) or mesh.shape != (468, 2):
            raise InputError(
                f"a picture of {SIDE} px and 468 points are needed, not {picture.shape}, {mesh.shape}"
            )
        at = np.einsum("pk,pkj->pj", self._shares, _framed(mesh)[self._corners]).astype(np.float32)
        places = at.reshape(SIDE, SIDE, 2)
        brought = cv2.remap(
            np.ascontiguousarray(picture, dtype=np.float32),
            np.ascontiguousarray(places),
            None,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(brought, np.float64)
