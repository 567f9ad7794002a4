"""What a patch of a session's frame is replaced by when an estimate is explained.

Best is what the patient's reference session shows in the same place. Two sessions differ in light, and the
head is never turned quite alike; so each frame gets the reference frame that comes nearest to it after its
colours were moved over: for each channel the logarithm of the ratio is a plane over the face, which is what a
lamp that stands elsewhere does to a smooth surface. A plane takes a part of any broad change with it and
leaves some of a shadow; of constants, planes and quadratics it told the patterns of six simulated patients
best.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.edema.explain_face import OUTSIDE, labels_of

__all__ = ["neutral_fill", "reference_fill"]

_BLUR = 0.1  # of the side: no feature of a face outlives it
_DARK = 8.0  # keeps black pixels from ruling the logarithm


def neutral_fill(session: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, S, S, 3) each frame, blurred until only colours are left."""
    sigma = _BLUR * session.shape[1]
    return np.stack([cv2.GaussianBlur(crop.astype(np.float32), (0, 0), sigma) for crop in session])


def reference_fill(
    session: NDArray[np.uint8],
    points: NDArray[np.floating],
    reference: NDArray[np.uint8],
    reference_points: NDArray[np.floating],
) -> NDArray[np.float32]:
    """For each frame of a session the reference frame that is most like it, in the frame's light.

    Args:
        session: (n, S, S, 3) uint8.
        points: (n, 468, 2) mesh points in pixels of the crops.
        reference: (m, S, S, 3) uint8, aligned as the session is: on bone, so that swelling stays.
        reference_points: (m, 468, 2).

    Returns:
        (n, S, S, 3) float32, 0 to 255.
    """
    side = session.shape[1]
    known = [labels_of(own, side) != OUTSIDE for own in reference_points]
    logs = [np.log(crop.astype(np.float64) + _DARK) for crop in reference]
    chosen = []
    for crop, own in zip(session, points, strict=True):
        face = labels_of(own, side) != OUTSIDE
        lit = [_relit(log, crop, face & other) for log, other in zip(logs, known, strict=True)]
        chosen.append(min(lit, key=lambda pair: pair[1])[0])
    return np.stack(chosen)


def _relit(
    log: NDArray[np.float64], crop: NDArray[np.uint8], face: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], float]:
    """A reference frame in a crop's light, and its mean squared difference from it on the face."""
    side = len(crop)
    y, x = np.mgrid[:side, :side] / side - 0.5
    plane = np.stack([np.ones_like(x), x, y], axis=-1)
    if np.count_nonzero(face) < plane.shape[-1]:  # two faces in different corners: nothing to go by
        return np.clip(np.exp(log) - _DARK, 0, 255).astype(np.float32), np.inf
    ratio = np.log(crop[face].astype(np.float64) + _DARK) - log[face]
    slopes = np.linalg.lstsq(plane[face], ratio, rcond=None)[0]
    lit = np.clip(np.exp(log + plane @ slopes) - _DARK, 0, 255)
    return lit.astype(np.float32), float(((lit - crop)[face] ** 2).mean())
