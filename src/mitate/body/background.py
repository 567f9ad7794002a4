"""How the background of one picture of a person lies in another one.

Corners outside the person (Shi and Tomasi, "Good features to track", CVPR 1994) are followed from the one
picture to the other (Bouguet's pyramidal Lucas-Kanade tracker), kept where following them back leads to where
they came from (Kalal et al., "Forward-backward error", ICPR 2010), and fitted by a shift, a turn and a zoom
(RANSAC, Fischler and Bolles, CACM 1981). How well the corners agree says how far the fit can be believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.body.pose2d import Pose
from mitate.body.region import spread_mask

__all__ = ["DARK", "TOO_DARK", "Backdrop", "Fit", "backdrop", "fit", "standing_height"]

DARK, TOO_DARK = 60.0, 30.0
"""Grey level, of 255, that a fiftieth of the person lies above, at which a film is dark, and too dark."""

_SIDE = 400  # px, longer side of the pictures that are compared
_CORNERS, _LEAST_CORNERS = 120, 12
_APART = 8.0  # px between two corners: lettering that stands in every picture must not outvote the rest
_CONTRAST = 12.0  # grey levels of a corner; noise and the blocks of a codec have less
_MOST_BACK = 0.7  # px from where a corner came
_NEAR = 1.5  # px that a corner may lie off the fit
_LEAST_AGREED = 0.5  # of the corners followed that must move together: else nothing is the background
_AROUND = 0.06  # of the person's height by which the mask is widened: hair, clothes, shadows
_PERSON, _SURELY = 32, 128  # of 255 in the mask, from which a pixel may be, and is, the person
_LIGHTEST = 98  # percent
_FLAT = 31  # px over which brightness is evened out: a camera that sets its exposure has not moved
_REGION_OF_HEIGHT = 1.4  # side of the network's region over the person's height: 1.26 to 1.48 in five films


def standing_height(pose: Pose) -> float:
    """Pixels from head to feet if the person stood upright, to about a tenth: from the network's circle."""
    return pose.region.size / _REGION_OF_HEIGHT


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """A picture made small and grey, and what in it is not the person.

    Attributes:
        grey: (h, w) uint8, brightness evened out.
        outside: (h, w) bool, surely not the person.
        corners: (n, 2) float32 px, of the background.
        centre: (2,) px, the middle of the person's hips.
        height: of the person standing upright, px.
        light: grey level, 0 to 255, that a fiftieth of the person lies above (skin, where clothes are black).
    """

    grey: NDArray[np.uint8]
    outside: NDArray[np.bool_]
    corners: NDArray[np.float32]
    centre: NDArray[np.float64]
    height: float
    light: float

    @property
    def is_plain(self) -> bool:
        """Whether there is too little to tell anything by."""
        return len(self.corners) < 2 * _LEAST_CORNERS


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Where the background of one picture lies in another.

    Attributes:
        matrix: 3x3, pixels of the one to pixels of the other: a shift, a turn and a zoom.
        shift_error: px, one standard deviation, where the person is.
        turn_error_deg: degrees, likewise.
    """

    matrix: NDArray[np.float64]
    shift_error: float
    turn_error_deg: float

    @property
    def turn_deg(self) -> float:
        """Degrees, from x towards y."""
        return float(np.degrees(np.arctan2(self.matrix[1, 0], self.matrix[0, 0])))


def backdrop(image: NDArray[np.uint8], pose: Pose) -> Backdrop:
    """What is behind the person in an RGB uint8 picture (H, W, 3)."""
    factor = min(1.0, _SIDE / max(image.shape[:2]))
    wide, high = (max(1, round(factor * side)) for side in image.shape[1::-1])
    grey = cv2.cvtColor(cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    even = np.clip(128.0 + grey - cv2.blur(grey.astype(np.float32), (_FLAT, _FLAT)), 0, 255).astype(np.uint8)
    region = pose.region.scaled(factor)
    height = factor * standing_height(pose)
    around = 2 * max(1, round(_AROUND * height)) + 1
    mask = spread_mask(pose.mask, region, (high, wide))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (around, around))
    outside = np.asarray(cv2.dilate((mask >= _PERSON).astype(np.uint8), disc) == 0, bool)
    person = grey[mask >= _SURELY]
    return Backdrop(
        grey=even,
        outside=outside,
        corners=_corners(even, outside),
        centre=np.asarray(region.centre, np.float64),
        height=height,
        light=float(np.percentile(person, _LIGHTEST)) if person.size else 0.0,
    )


def _corners(grey: NDArray[np.uint8], outside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(n, 2) px, the clearest corners of the background, well apart."""
    if min(grey.shape) < 4 * _APART:
        return np.zeros((0, 2), np.float32)
    strength = cv2.cornerMinEigenVal(grey, 5)
    best = float(strength[outside].max(initial=0.0))
    least = (_CONTRAST / 255.0) ** 2
    if best <= least:
        return np.zeros((0, 2), np.float32)
    found = cv2.goodFeaturesToTrack(
        grey, _CORNERS, max(0.01, least / best), _APART, mask=outside.astype(np.uint8), blockSize=5
    )
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


def fit(one: Backdrop, other: Backdrop) -> Fit | None:
    """Where the background of `one` lies in `other`; None where too few corners agree to say."""
    if len(one.corners) < _LEAST_CORNERS or one.grey.shape != other.grey.shape:
        return None
    there, kept = _followed(one.grey, other.grey, one.corners)
    back, kept_back = _followed(other.grey, one.grey, there)
    kept &= kept_back & (np.linalg.norm(back - one.corners, axis=1) < _MOST_BACK)
    kept &= _inside(other.outside, there)
    if kept.sum() < _LEAST_CORNERS:
        return None
    here, there = one.corners[kept], there[kept]
    found: tuple[Any, Any] = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_NEAR, maxIters=500
    )
    if found[0] is None:
        return None
    matrix, agreed = np.vstack([found[0], [0.0, 0.0, 1.0]]), found[1].ravel() > 0
    if agreed.sum() < max(_LEAST_CORNERS, _LEAST_AGREED * len(here)):
        return None
    return _with_errors(matrix, here[agreed], there[agreed], one.centre)


def _followed(
    one: NDArray[np.uint8], other: NDArray[np.uint8], corners: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where corners (n, 2) of one picture are in another, and which were found."""
    no_guess: Any = None
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        one, other, corners[:, None], no_guess, winSize=(17, 17), maxLevel=4
    )
    return np.asarray(there, np.float32).reshape(-1, 2), np.asarray(found.ravel() > 0, bool)


def _inside(outside_person: NDArray[np.bool_], places: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which places (n, 2) are in the picture and not on the person."""
    high, wide = outside_person.shape
    x, y = np.round(np.nan_to_num(places, nan=-1.0)).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < wide) & (y < high)
    return np.asarray(inside & outside_person[np.clip(y, 0, high - 1), np.clip(x, 0, wide - 1)], bool)


def _with_errors(
    matrix: NDArray[np.float64],
    here: NDArray[np.float32],
    there: NDArray[np.float32],
    centre: NDArray[np.float64],
) -> Fit:
    """The fit with the standard errors of a least-squares similarity, from what is left over."""
    left = there - (here @ matrix[:2, :2].T + matrix[:2, 2])
    middle = here.mean(axis=0)
    spread = float(((here - middle) ** 2).sum())
    # four numbers are fitted to 2 n; corners are found to no better than about 0.05 px
    sigma = max(0.05, float(np.sqrt((left**2).sum() / (2 * len(here) - 4))))
    away = float(((centre - middle) ** 2).sum())
    return Fit(
        matrix=matrix,
        shift_error=sigma * float(np.sqrt(1 / len(here) + away / max(spread, 1e-9))),
        turn_error_deg=float(np.degrees(sigma / np.sqrt(max(spread, 1e-9)))),
    )
