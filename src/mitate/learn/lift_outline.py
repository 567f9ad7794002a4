"""The numbers of `mitate.body.outline`, from people that the lift has not learned from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mitate.body.lift_input import LiftInput
from mitate.body.lift_output import Lifted, split
from mitate.body.outline import (
    EDGES_DEG,
    MOST_FROM_SIDE_DEG,
    OutlineModel,
    Seen,
    body_lengths,
    from_side,
    looked_at,
    with_outline,
)
from mitate.body.recording import ANGLES, CURVE_POINTS
from mitate.body.spine import curve_distance
from mitate.learn.lift import answers_of
from mitate.learn.lift_batches import Clip, LiftBatch, TargetParts
from mitate.learn.lift_net import MOMENTS, LiftNet

__all__ = ["held_out_curves", "outline_numbers"]

Array = NDArray[np.float64]

_MODES = 8
_EDGE = (MOMENTS - 1) // 2
_LEAST, _MOST = 0.15, 3.0  # hundredths of a height; a noise below the first would be luck
_IQR_OF_SD = 1.349
_FACTORS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


def outline_numbers(net: LiftNet, clips: list[Clip]) -> dict[str, list[list[float]]]:
    """``bias`` and ``sd`` (4, 17) by view, and ``modes`` (8, 34); hundredths of a standing height.

    The noise is made as much larger, by view, as makes the curves of these people best: what the outline
    shows beyond its curve goes together from point to point, which independent noise does not know.

    Only people in close-fitting clothes tell the bias: what a wide shirt adds is not known beforehand.
    """
    residuals, away, errors = [], [], []
    for clip in clips:
        for side, seen, error in _rows(net, clip):
            errors.append(error.ravel())
            if side < MOST_FROM_SIDE_DEG and clip.looseness == 0.0:
                own = np.einsum("ij,ij->i", seen.normal @ seen.onto, error)
                residuals.append(np.hstack([seen.offset - own, seen.normal.ravel()]))
                away.append(side)
    table, sides = np.array(residuals).reshape(-1, 3 * CURVE_POINTS), np.array(away)
    bias, sd = [], []
    for low, high in pairwise(EDGES_DEG):
        rows = table[(sides >= low) & (sides < high)]
        if not len(rows):  # nobody was seen from there: the outline hardly counts
            bias.append([0.0] * CURVE_POINTS)
            sd.append([_MOST] * CURVE_POINTS)
            continue
        offset, normal = rows[:, :CURVE_POINTS], rows[:, CURVE_POINTS:].reshape(-1, CURVE_POINTS, 2)
        middle = np.array([_centiles(column, 50, otherwise=0.0)[0] for column in offset.T])
        rest = np.stack([_unplaced(one, n) for one, n in zip(offset - middle, normal, strict=True)])
        edges = [_centiles(column, 25, 75, otherwise=np.nan) for column in rest.T]
        spread = np.nan_to_num(np.diff(edges, axis=1)[:, 0] / _IQR_OF_SD, nan=_MOST)
        bias.append([round(float(v), 4) for v in middle])
        sd.append([round(float(v), 4) for v in np.clip(spread, _LEAST, _MOST)])
    _, sizes, directions = np.linalg.svd(np.array(errors), full_matrices=False)
    modes = directions[:_MODES] * (sizes[:_MODES, None] / np.sqrt(len(errors)))
    told = {"bias": bias, "sd": sd, "modes": [[round(float(v), 5) for v in row] for row in modes]}
    return {**told, "sd": _best_noise(net, clips, told)}


def _best_noise(net: LiftNet, clips: list[Clip], numbers: dict[str, list[list[float]]]) -> list[list[float]]:
    """``sd`` with the factor for each view that leaves the curves of these people the least off."""
    offs = []
    for factor in _FACTORS:
        louder = {**numbers, "sd": [[factor * v for v in row] for row in numbers["sd"]]}
        offs.append(_curves(net, clips, OutlineModel.of({"outline": louder})))
    sides = offs[0][2]
    best = []
    for row, (low, high) in zip(numbers["sd"], pairwise(EDGES_DEG), strict=True):
        inside = (sides >= low) & (sides < high)
        factor = _FACTORS[int(np.argmin([off[inside].sum() for off, _, _ in offs]))]
        best.append([round(factor * v, 4) for v in row])
    return best


def held_out_curves(net: LiftNet, clips: list[Clip], model: OutlineModel) -> tuple[Array, Array]:
    """Of each moment of clips: how far its curve is off, and how far the network says; of a height."""
    off, told, _ = _curves(net, clips, model)
    return off, told


def _curves(net: LiftNet, clips: list[Clip], model: OutlineModel) -> tuple[Array, Array, Array]:
    """Distance, told error and degrees from the side of each moment."""
    rows = []
    for clip in clips:
        lifted, given, true = _answered(net, clip)
        curve, share = with_outline(lifted, given, model)
        turn = lifted.angles[:, ANGLES.index("pelvis_rotation")]
        off = curve_distance(curve, true)
        side = np.array([from_side(float(one)) for one in turn])
        rows.append(np.stack([off, share * lifted.curve_error, side])[:, given.seen])
    off, told, sides = np.concatenate(rows, axis=1)
    return off, told, sides


def _answered(net: LiftNet, clip: Clip) -> tuple[Lifted, LiftInput, Array]:
    """The network's answer for a clip's inner moments, what it was given, and the true curves (n, 17, 2)."""
    count = len(clip.seen)
    tilt = np.tile(clip.view[1:], (1, count, 1))
    truth = TargetParts(clip.angles[None], clip.joints[None], clip.curve[None], tilt, clip.seen[None])
    answer = answers_of(net, LiftBatch(clip.vectors[None], clip.patches[None], truth))[0]
    lifted: Lifted = split(answer)
    inner = slice(_EDGE, count - _EDGE)
    given = LiftInput(
        np.arange(count - 2 * _EDGE) / 10.0,
        clip.vectors[inner],
        clip.patches[inner],
        clip.seen[inner],
        1.0,
    )
    return lifted, given, 100.0 * clip.curve[inner].astype(np.float64)


def _rows(net: LiftNet, clip: Clip) -> Iterator[tuple[float, Seen, Array]]:
    """Of each inner moment: degrees from the side, the outline, and the curve's error (17, 2)."""
    lifted, given, true = _answered(net, clip)
    size = body_lengths(lifted.joints)
    turn = lifted.angles[:, ANGLES.index("pelvis_rotation")]
    for row in (int(one) for one in np.flatnonzero(given.seen)):
        error = true[row] - lifted.curve[row]
        yield from_side(float(turn[row])), looked_at(lifted, given, row, size), error


def _centiles(values: Array, *at: float, otherwise: float) -> Array:
    """Of the values that are known; where none is, something else."""
    known = values[np.isfinite(values)]
    return np.percentile(known, at) if known.size else np.full(len(at), otherwise)


def _unplaced(offset: Array, normal: Array) -> Array:
    """Offsets without what a shift of the whole curve explains."""
    known = np.isfinite(offset)
    if known.sum() < CURVE_POINTS // 2:
        return np.full(CURVE_POINTS, np.nan)
    weight = np.ones(int(known.sum()))
    shift: Array = np.zeros(2)
    for _ in range(4):  # least absolute deviations, so that an arm does not pull the curve
        scaled = normal[known] * weight[:, None]
        solved = np.linalg.solve(scaled.T @ normal[known] + 0.01 * np.eye(2), scaled.T @ offset[known])
        shift = np.asarray(solved, np.float64)
        weight = 1.0 / np.maximum(np.abs(offset[known] - normal[known] @ shift), 0.1)
    return np.asarray(offset - normal @ shift)
