"""Moving a picture with a few hundred points of a face, smoothly, also beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.swell_mesh import EYE_DISTANCE_MM, OVAL, POINTS, RING_MM, FaceSurface

__all__ = ["Grid", "make_grid", "spread", "warped"]

Array = NDArray[np.float64]

_GRID_PER_EYES = 32.0  # grid points between the eyes, 2 mm apart
_FADE_MM = 25.0  # over which movement ends beyond what the mesh and its rings cover
_MARGIN_MM = 6.0  # beyond that, all is still
_FACING = -0.05  # least z of the normal of a point that is seen


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A grid over a face, on which what happens to the points of its surface is spread.

    Attributes:
        corner: x, y in pixels of the first grid point.
        step: pixels between grid points.
        shape: rows, columns.
        table: (rows * columns, N) sparse: how much each point of the surface counts at each grid point.
    """

    corner: tuple[float, float]
    step: float
    shape: tuple[int, int]
    table: Any


def make_grid(surface: FaceSurface) -> Grid:
    """The grid of one face: linear between the points of mesh and rings that are seen, fading beyond them."""
    from scipy.sparse import coo_matrix, diags
    from scipy.spatial import Delaunay

    visible = surface.normals[:POINTS, 2] > _FACING
    kept = np.flatnonzero(np.concatenate([visible, np.tile(visible[list(OVAL)], len(RING_MM))]))
    at = surface.pixels(surface.points)[kept]
    per_mm = 1 / surface.mm_per_px
    step = EYE_DISTANCE_MM / surface.mm_per_px / _GRID_PER_EYES
    margin = (_FADE_MM + _MARGIN_MM) * per_mm
    low = at.min(axis=0) - margin
    columns, rows = np.ceil((at.max(axis=0) + margin - low) / step).astype(int) + 1
    x, y = np.meshgrid(low[0] + step * np.arange(columns), low[1] + step * np.arange(rows))
    place = np.column_stack([x.ravel(), y.ravel()])
    parts = Delaunay(at)
    simplex = parts.find_simplex(place)
    outside = (simplex < 0).reshape(rows, columns)
    distance, label = cv2.distanceTransformWithLabels(
        outside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(int(label.max()) + 1, np.int64)
    inside = np.flatnonzero(~outside.ravel())
    of_label[label.ravel()[inside]] = inside
    nearest = of_label[label.ravel()]
    corners = parts.transform[simplex[nearest]]
    first = np.einsum("nij,nj->ni", corners[:, :2], place[nearest] - corners[:, 2])
    weight = np.column_stack([first, 1 - first.sum(axis=1)])
    share = np.clip(1 - distance.ravel() * step / (_FADE_MM * per_mm), 0, 1)
    columns_of = kept[parts.simplices[simplex[nearest]]]
    cells = np.repeat(np.arange(len(place)), 3)
    size = (len(place), len(surface.points))
    table = coo_matrix((weight.ravel(), (cells, columns_of.ravel())), shape=size).tocsr()
    table = diags(share * share * (3 - 2 * share)) @ table
    return Grid((float(low[0]), float(low[1])), float(step), (int(rows), int(columns)), table.tocsr())


def spread(grid: Grid, values: Array, smooth_px: float) -> NDArray[np.float32]:
    """What is seen at each grid point once the points of the surface have moved.

    Args:
        grid: of the face.
        values: (N, 3) of each point: its movement in x and y in pixels, and anything that goes with it.
        smooth_px: sd of the smoothing.

    Returns:
        (rows, columns, 3): by how much the place that is seen here was moved, and what goes with it.
    """
    flat = (grid.table @ values).reshape(*grid.shape, 3).astype(np.float32)
    ahead = np.asarray(cv2.GaussianBlur(flat, (0, 0), smooth_px / grid.step), np.float32)
    x, y = np.meshgrid(np.arange(grid.shape[1], dtype=np.float32), np.arange(grid.shape[0], dtype=np.float32))
    back = ahead  # what is seen at a place came from where its movement led there: found by repetition
    for _ in range(3):
        from_x, from_y = x - back[..., 0] / np.float32(grid.step), y - back[..., 1] / np.float32(grid.step)
        back = np.asarray(cv2.remap(ahead, from_x, from_y, cv2.INTER_LINEAR), np.float32)
    return back


def warped(
    image: NDArray[np.uint8], grid: Grid, field: NDArray[np.float32], shift_px: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A picture moved as a field from `spread` says, and the field's third value at each of its pixels.

    Args:
        image: (H, W, 3) uint8.
        grid: of the face. field: over it.
        shift_px: by which the whole picture is moved as well.

    Returns:
        (H, W, 3) and (H, W) float32.
    """
    height, width = image.shape[:2]
    x, y = np.meshgrid(
        np.arange(width, dtype=np.float32) - np.float32(shift_px[0]),
        np.arange(height, dtype=np.float32) - np.float32(shift_px[1]),
    )
    at_x, at_y = (
        (axis - np.float32(start)) / np.float32(grid.step)
        for axis, start in zip((x, y), grid.corner, strict=True)
    )
    read = cv2.remap(field, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    # nearly as large after as before, so that nothing is aliased; Lanczos keeps fine detail alike everywhere
    from_x, from_y = x - read[..., 0], y - read[..., 1]
    source = image.astype(np.float32)
    moved = cv2.remap(source, from_x, from_y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32), np.asarray(read[..., 2], np.float32)
