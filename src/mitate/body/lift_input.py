"""What the lift is given: points, the detector's own metres, and the silhouette of the trunk, in one scale.

Everything is measured in the clip's own body lengths: trunk, thigh and shank as long as they are ever seen
(the 90th centile over the clip, as turning away only shortens them). The silhouette is an upright square
around the trunk, so that gravity stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.body.clip import PoseTrack
from mitate.body.points import INDEX, MIRRORED
from mitate.body.region import Region, matrix

__all__ = [
    "MASKED",
    "METRIC",
    "PATCH_SIDE",
    "VECTOR",
    "LiftInput",
    "body_length",
    "lift_input",
    "mirrored_vectors",
]

PATCH_SIDE = 64
"""Pixels of the silhouette's square."""

PATCH_SPAN = 0.64
"""Side of the silhouette's square in body lengths: half of a standing height."""

_COUNT = len(INDEX)
VECTOR = _COUNT * 6 + 6
"""Numbers a frame: 33 places, 33 visibilities, 33 places in metres, whether those and the silhouette are
known, the silhouette's place, the hips' shift."""

METRIC = _COUNT * 6
"""Place of whether the detector's own metres are known."""

MASKED = _COUNT * 6 + 1
"""Which of them is 1 where there is a silhouette."""

_CLEAR = 0.5  # visibility from which a point counts for the scale
_LONGEST = 90.0  # centile
_WORLD_UNIT_M = 0.8  # about a body length, so that metres come in like numbers
_MASK_SIDE = 256


@dataclass(frozen=True, slots=True, eq=False)
class LiftInput:
    """One clip as the lift sees it, a row a frame.

    Attributes:
        times_s: (n,) seconds.
        vectors: (n, VECTOR) float32; what is missing is 0, with visibility 0.
        patches: (n, 64, 64) uint8, 255 for surely the person; 0 where there is no silhouette.
        seen: (n,) whether there is anything to lift.
        length_px: the body length.
    """

    times_s: NDArray[np.float64]
    vectors: NDArray[np.float32]
    patches: NDArray[np.uint8]
    seen: NDArray[np.bool_]
    length_px: float


def body_length(points: NDArray[np.floating], visibility: NDArray[np.floating]) -> float:
    """Trunk, thigh and shank together as long as they are seen, in pixels; NaN where a part is never seen.

    Args:
        points: (n, 33, 2) pixels. visibility: (n, 33).
    """

    def middle(name: str) -> NDArray[np.float64]:
        pair = [INDEX[f"left_{name}"], INDEX[f"right_{name}"]]
        return np.asarray(points[:, pair].mean(axis=1), np.float64)

    def longest(lengths: NDArray[np.float64], clear: NDArray[np.bool_]) -> float:
        finite = np.isfinite(lengths)
        known = lengths[finite & clear] if (finite & clear).any() else lengths[finite]
        return float(np.percentile(known, _LONGEST)) if known.size else float("nan")

    clear = visibility >= _CLEAR
    both = np.asarray(clear[:, [INDEX["left_hip"], INDEX["right_hip"]]].any(axis=1), bool)
    total = longest(np.linalg.norm(middle("shoulder") - middle("hip"), axis=1), both)
    for upper, lower in (("hip", "knee"), ("knee", "ankle")):
        ends = [(INDEX[f"{side}_{upper}"], INDEX[f"{side}_{lower}"]) for side in ("left", "right")]
        lengths = np.concatenate([np.linalg.norm(points[:, a] - points[:, b], axis=1) for a, b in ends])
        total += longest(
            lengths.astype(np.float64), np.concatenate([clear[:, a] & clear[:, b] for a, b in ends])
        )
    return total


def lift_input(track: PoseTrack, *, metres: bool = False) -> LiftInput:
    """The rows for the lift.

    Args:
        track: read with masks where there are any; without them the curve of the back is a guess.
        metres: whether the detector's own metres are among the numbers. Given to the lift they changed
            nothing on simulated people and misled it on a real film, so that they are left out.
    """
    points = track.points.astype(np.float64)
    length = body_length(points, track.visibility)
    hips = points[:, [INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=1)
    shoulders = points[:, [INDEX["left_shoulder"], INDEX["right_shoulder"]]].mean(axis=1)
    seen = np.isfinite(hips).all(axis=1) & np.isfinite(shoulders).all(axis=1)
    seen &= bool(np.isfinite(length) and length > 0)
    vectors = np.zeros((len(points), VECTOR), np.float32)
    patches = np.zeros((len(points), PATCH_SIDE, PATCH_SIDE), np.uint8)
    if seen.any():
        home = np.median(hips[seen], axis=0)
        centre = 0.5 * (hips + shoulders)
        for row in (int(i) for i in np.flatnonzero(seen)):
            region = track.regions[row]
            masked = track.masks is not None and region is not None
            if masked and track.masks is not None and region is not None:
                patches[row] = _patch(track.masks[row], region, centre[row], length)
            vectors[row] = _vector(track, row, hips[row], centre[row], home, length, masked, metres)
    return LiftInput(track.times_s, vectors, patches, seen, length)


def _vector(
    track: PoseTrack,
    row: int,
    hip: NDArray[np.float64],
    centre: NDArray[np.float64],
    home: NDArray[np.float64],
    length: float,
    masked: bool,
    metres: bool,
) -> NDArray[np.float32]:
    places = (track.points[row] - hip) / length * [1.0, -1.0]  # y up
    world = track.world[row] / _WORLD_UNIT_M
    metric = metres and bool(np.isfinite(world).any())
    world = world if metric else np.zeros_like(world)
    return np.concatenate(
        [
            np.nan_to_num(places, nan=0.0).ravel(),
            np.where(np.isfinite(places).all(axis=1), track.visibility[row], 0.0),
            np.nan_to_num(world, nan=0.0).ravel(),
            [float(metric), float(masked)],
            (centre - hip) / length * [1.0, -1.0],
            (hip - home) / length * [1.0, -1.0],
        ]
    ).astype(np.float32)


def _patch(
    mask: NDArray[np.uint8], region: Region, centre: NDArray[np.float64], length: float
) -> NDArray[np.uint8]:
    """The upright square around `centre` out of a mask that lies in its region."""
    cell = PATCH_SPAN * length / PATCH_SIDE
    to_picture = np.array(
        [
            [cell, 0.0, centre[0] - cell * (PATCH_SIDE - 1) / 2],
            [0.0, cell, centre[1] - cell * (PATCH_SIDE - 1) / 2],
            [0.0, 0.0, 1.0],
        ]
    )
    region_to_picture = np.vstack([matrix(region, _MASK_SIDE), [0.0, 0.0, 1.0]])
    to_mask = np.linalg.inv(region_to_picture) @ to_picture
    step = float(np.hypot(to_mask[0, 0], to_mask[1, 0]))
    soft = cv2.GaussianBlur(mask, (0, 0), 0.4 * step) if step > 1.2 else mask
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(soft, to_mask[:2], (PATCH_SIDE, PATCH_SIDE), flags=flags), np.uint8)


def mirrored_vectors(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same rows seen in a mirror (n, VECTOR): x turned over, left and right exchanged."""
    other = list(MIRRORED)
    flipped = vectors.copy()
    shape = vectors.shape[:-1]
    places = vectors[..., : 2 * _COUNT].reshape(*shape, _COUNT, 2)[..., other, :] * np.array(
        [-1, 1], np.float32
    )
    world = vectors[..., 3 * _COUNT : 6 * _COUNT].reshape(*shape, _COUNT, 3)[..., other, :]
    flipped[..., : 2 * _COUNT] = places.reshape(*shape, -1)
    flipped[..., 2 * _COUNT : 3 * _COUNT] = vectors[..., 2 * _COUNT : 3 * _COUNT][..., other]
    flipped[..., 3 * _COUNT : 6 * _COUNT] = (world * np.array([-1, 1, 1], np.float32)).reshape(*shape, -1)
    flipped[..., 6 * _COUNT + 2 :: 2] *= -1.0
    return flipped
