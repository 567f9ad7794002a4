"""Left and right kept apart over time: frames in which the network swapped them are swapped back.

In one frame nothing tells a swap from a person who faces the other way; over time a swap is a jump of every
pair of points at once, in the picture or in depth. So each half of the body (arms with face, legs) is read
as a chain of frames that are kept or exchanged, and the chain with the least jumping is found exactly
(Viterbi, IEEE Transactions on Information Theory 1967). Of the two labellings that remain for an unbroken
stretch, the network's more frequent one is taken.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitate.body.points import MIRRORED, POINTS

__all__ = ["swapped_frames", "torso_length", "with_sides"]

_ARMS, _LEGS = tuple(range(1, 23)), tuple(range(23, 33))
_METRE = 2.0  # torso lengths that a metre of jump in depth counts as
_MOST_JUMP = 1.0  # torso lengths; a farther jump says no more
_CHANGE = 0.1  # torso lengths a point by which swapping must beat not swapping
_LAGS = 4  # frames that each frame is compared with
_RECENT_S = 0.15  # of those beyond the last, how far back
_FORGET_S = 0.5  # after so long without being seen, a body may have turned round


def swapped_frames(
    points: NDArray[np.float32],
    world: NDArray[np.float32],
    visibility: NDArray[np.float32],
    times_s: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which points carry the name of their mirror image.

    Args:
        points: (n, 33, 2) pixels, NaN where missing.
        world: (n, 33, 3) metres, NaN where missing.
        visibility: (n, 33), 0 to 1.
        times_s: (n,) ascending seconds.

    Returns:
        (n, 33) true where left and right are exchanged.
    """
    swapped = np.zeros(points.shape[:2], bool)
    size = torso_length(points)
    if size is None:
        return swapped
    # one space for both: torso lengths in the picture, and metres of depth scaled to them
    places = np.concatenate([points / size, _METRE * world], axis=2).astype(np.float64)
    for group in (_ARMS, _LEGS):
        members = np.array(group)
        mirrored = np.array([MIRRORED[i] for i in group])
        known = np.isfinite(places[:, members]).reshape(len(places), -1).any(axis=1)
        for stretch in _stretches(np.asarray(known, bool), times_s):
            states = _least_jumping(places[stretch], visibility[stretch], times_s[stretch], members, mirrored)
            if states.mean() > 0.5:
                states = ~states
            swapped[np.ix_(stretch, members)] = states[:, None]
    return swapped


def with_sides(values: NDArray[np.float32], swapped: NDArray[np.bool_]) -> NDArray[np.float32]:
    """`values` (n, 33, ...) with each swapped point taken from its mirror image."""
    other = values[:, list(MIRRORED)]
    return np.where(swapped.reshape(*swapped.shape, *(1,) * (values.ndim - 2)), other, values)


def torso_length(points: NDArray[np.float32]) -> float | None:
    """The typical length in pixels from the shoulders to the hips, or None where they are never seen."""
    named = {name: points[:, POINTS.index(name)] for name in POINTS[11:13] + POINTS[23:25]}
    shoulders = (named["left_shoulder"] + named["right_shoulder"]) / 2
    hips = (named["left_hip"] + named["right_hip"]) / 2
    lengths = np.linalg.norm(shoulders - hips, axis=1)
    lengths = lengths[np.isfinite(lengths) & (lengths > 0)]
    # a bend towards the camera shortens the torso: the longer half of the frames says how large the person is
    return float(np.percentile(lengths, 75)) if len(lengths) else None


def _stretches(known: NDArray[np.bool_], times_s: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Indices of the frames where anything is known, cut where nothing was for long."""
    frames = np.flatnonzero(known)
    if len(frames) == 0:
        return []
    return np.split(frames, np.flatnonzero(np.diff(times_s[frames]) > _FORGET_S) + 1)


def _least_jumping(
    places: NDArray[np.float64],
    visibility: NDArray[np.float32],
    times_s: NDArray[np.float64],
    members: NDArray[np.intp],
    mirrored: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """(m,) whether each frame is exchanged, in the chain of least jumping that begins unexchanged."""
    own, other = places[:, members], places[:, mirrored]
    sure = visibility[:, members] + visibility[:, mirrored]
    stay, change = np.zeros((2, len(places), _LAGS))
    for back in range(1, min(_LAGS, len(places) - 1) + 1):
        weight = 0.1 + np.minimum(sure[back:], sure[:-back])
        # frames further back than the last tell a swap from a jump to the middle that ends on the other side
        recent = (times_s[back:] - times_s[:-back] <= _RECENT_S) | (back == 1)
        stay[back:, back - 1] = recent * _jump(own[back:] - own[:-back], weight) / back
        change[back:, back - 1] = recent * (_jump(other[back:] - own[:-back], weight) + _CHANGE) / back
    return _cheapest_chain(stay, change)


def _cheapest_chain(stay: NDArray[np.float64], change: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Viterbi: states whose sum of costs, (m, lags) for equal and unequal states so far back, is least."""
    lags = stay.shape[1]
    histories = np.arange(2**lags)  # bit k: the state k frames before the newest
    bits = (histories[:, None] >> np.arange(lags)) & 1
    cost = np.where(histories == 0, 0.0, np.inf)
    came_from = np.zeros((len(stay), len(histories)), int)
    older = np.stack([histories >> 1, histories >> 1 | 1 << (lags - 1)])  # which histories can come before
    for t in range(1, len(stay)):
        new = histories & 1
        steps = [
            cost[before] + np.where(bits[before] != new[:, None], change[t], stay[t]).sum(axis=1)
            for before in older
        ]
        better = np.argmin(steps, axis=0)
        cost, came_from[t] = np.min(steps, axis=0), older[better, histories]
    states = np.zeros(len(stay), bool)
    at = int(np.argmin(cost))
    for t in range(len(stay) - 1, -1, -1):
        states[t], at = bool(at & 1), int(came_from[t, at])
    return states


def _jump(moved: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m,) the mean of the points' jumps, weighted; points that are not seen in both frames count nothing."""
    far = np.minimum(np.linalg.norm(moved, axis=2), _MOST_JUMP)
    counted = np.where(np.isfinite(far), weight, 0.0)
    return np.asarray((np.nan_to_num(far) * counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 1e-9))
