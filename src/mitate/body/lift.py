"""From the points and silhouette of a film to the body in space, its angles and the curve of its back.

A small network (`mitate.learn.lift_net`), trained on simulated people and run with onnxruntime, answers for
each moment from nine moments around it; how sure it is comes with every number, set right on people that it
did not learn from. Scale comes from the standing height.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.body.clip import PoseTrack
from mitate.body.lift_input import MASKED, LiftInput, lift_input, mirrored_vectors
from mitate.body.lift_output import WIDTH, Lifted, mirrored_answer, split
from mitate.body.outline import OutlineModel, with_outline
from mitate.body.points import INDEX
from mitate.body.recording import ANGLES, JOINTS, Recording
from mitate.body.smooth import smoothed
from mitate.errors import InputError, WeightsError
from mitate.weights import onnx_session
from mitate.weights.store import digest_of

__all__ = ["TYPICAL_HEIGHT_M", "LiftModel", "lift"]

TYPICAL_HEIGHT_M = 1.63
"""Assumed where the height is not told: between the means of older women and men (inferred)."""

HEIGHT_SPREAD = 0.06
"""How far people are from that, as a share."""

_MOMENTS, _SPACING_S = 9, 0.1
_BATCH = 256
_LONGEST_GAP_S = 0.35  # between seen moments over which a window may reach
_LEAST_HEIGHT_M, _MOST_HEIGHT_M = 0.8, 2.4
_MOST_CURVE_ERROR_CM = 1.6
_LEAST_MASKED = 0.5
_LEAST_HAND = 0.3  # visibility
_AGAIN = "install mitate again"

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LiftModel:
    """The committed network.

    Attributes:
        card: what it was trained on, and the factors that set its errors right.
    """

    card: dict[str, Any]
    _frame: Any
    _time: Any

    @classmethod
    @lru_cache(maxsize=4)
    def load(cls, folder: Path | None = None) -> LiftModel:
        """From a folder with ``frame.onnx``, ``time.onnx`` and ``card.json``; the committed one by default.

        Raises:
            WeightsError: a file is missing, cannot be read, or is not the one on the card.
        """
        place = Path(str(resources.files("mitate.weights"))) / "lift" if folder is None else folder
        try:
            card = json.loads((place / "card.json").read_text(encoding="utf-8"))
            factors = [float(card["curve_factor"]), *(float(card["sd_factor"][name]) for name in ANGLES)]
            wanted = {name: str(card["sha256"][name]) for name in ("frame.onnx", "time.onnx")}
            OutlineModel.of(card)
            usable = bool(card["trained_on"]) and all(0 < factor < np.inf for factor in factors)
            damaged = [name for name, digest in wanted.items() if digest_of(place / name).sha256 != digest]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError("the lift's files cannot be read", where=place, todo=_AGAIN) from error
        if damaged or not usable:
            what = f"{', '.join(damaged)} of the lift is damaged" if damaged else "the lift's card is damaged"
            raise WeightsError(what, where=place, todo=_AGAIN)
        return cls(card, *(onnx_session(place / name) for name in wanted))

    def answers(self, given: LiftInput) -> NDArray[np.float32]:
        """(n, WIDTH), one answer a row, of it and its mirror image; NaN where nothing was seen."""
        rows = np.flatnonzero(given.seen)
        found = np.full((len(given.seen), WIDTH), np.nan, np.float32)
        if rows.size:
            vectors, patches = given.vectors[rows], given.patches[rows]
            seen = self._answered(given.times_s[rows], vectors, patches)
            mirror = self._answered(given.times_s[rows], mirrored_vectors(vectors), patches[:, :, ::-1])
            found[rows] = (seen + mirrored_answer(mirror)) / 2
        return found

    def _answered(
        self, times_s: Array, vectors: NDArray[np.float32], patches: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        windows = _windows(times_s, self._codes(vectors, patches))
        return np.concatenate(
            [
                self._time.run(None, {"codes": windows[at : at + _BATCH]})[0]
                for at in range(0, len(windows), _BATCH)
            ]
        )

    def _codes(self, vectors: NDArray[np.float32], patches: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.concatenate(
            [
                self._frame.run(
                    None,
                    {
                        "vectors": vectors[at : at + _BATCH],
                        "patches": patches[at : at + _BATCH].astype(np.float32),
                    },
                )[0]
                for at in range(0, len(vectors), _BATCH)
            ]
        )


def _windows(times_s: Array, codes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 9, CODE): the codes a tenth of a second apart around each moment, linear between frames.

    Beyond the clip's ends, and across gaps, the last moment before them stands in.
    """
    breaks = np.flatnonzero(np.diff(times_s) > _LONGEST_GAP_S) + 1
    found = np.empty((len(times_s), _MOMENTS, codes.shape[1]), np.float32)
    shifts = _SPACING_S * (np.arange(_MOMENTS) - _MOMENTS // 2)
    for part in np.split(np.arange(len(times_s)), breaks):
        local = times_s[part]
        at = np.clip(local[:, None] + shifts, local[0], local[-1])
        after = np.clip(np.searchsorted(local, at), 1, max(len(local) - 1, 1))
        before = after - 1
        after = np.minimum(after, len(local) - 1)
        span = local[after] - local[before]
        share = np.where(span > 0, (at - local[before]) / np.where(span > 0, span, 1.0), 0.0)
        share = share.astype(np.float32)[..., None]
        found[part] = codes[part][before] * (1 - share) + codes[part][after] * share
    return found


def lift(
    track: PoseTrack, *, height_m: float | None = None, model: LiftModel | None = None, smooth: bool = True
) -> Recording:
    """The body in space from a track.

    Args:
        track: read with masks; without them angles are less sure, and there is no curve.
        height_m: standing height; a typical one is assumed if left out.
        model: the committed network by default.
        smooth: whether what the network says is smoothed over 0.3 s (`mitate.body.smooth`).

    Raises:
        InputError: a height that nobody has.
        WeightsError: the network cannot be read.
    """
    if height_m is not None and not _LEAST_HEIGHT_M <= height_m <= _MOST_HEIGHT_M:
        raise InputError(
            f"a height of {height_m:g} m", where="height", todo="give it in metres, such as 1.58"
        )
    model = model or LiftModel.load()
    given = lift_input(track)
    lifted = split(model.answers(given))
    curve, share = with_outline(lifted, given, OutlineModel.of(model.card))
    lifted = replace(lifted, curve=curve, curve_error=share * lifted.curve_error)
    spread = np.array([float(model.card["sd_factor"][name]) for name in ANGLES])
    angles = _unwrapped(lifted.angles, given.seen)
    steady = _smoother(track, given.seen) if smooth else _as_it_is
    angles = steady(angles)
    height = TYPICAL_HEIGHT_M if height_m is None else height_m
    curve = steady(height * lifted.curve)
    curve_error, hidden = _curve_error(model, lifted, curve, given, height, height_m is not None)
    if hidden:
        curve, curve_error = np.full_like(curve, np.nan), np.full_like(curve_error, np.nan)
    sd = lifted.angle_sd * spread
    return Recording(
        times_s=track.times_s,
        angles={name: angles[:, i] for i, name in enumerate(ANGLES)},
        angle_errors={name: sd[:, i] for i, name in enumerate(ANGLES)},
        joints=_without_hidden_hands(steady(height * lifted.joints), track),
        curve=curve,
        curve_error=curve_error,
        curve_hidden=hidden,
        yaw=angles[:, ANGLES.index("pelvis_rotation")].copy(),
        pitch=steady(lifted.pitch),
        roll=steady(lifted.roll),
        view_errors=sd[:, ANGLES.index("pelvis_rotation")].copy(),
        height_m=height,
        height_known=height_m is not None,
        trained_on=str(model.card["trained_on"]),
        warnings=(),
    )


def _as_it_is(values: Array) -> Array:
    return values


def _smoother(track: PoseTrack, seen: NDArray[np.bool_]) -> Callable[[Array], Array]:
    trust = seen.astype(np.float32)[:, None]

    def steady(values: Array) -> Array:
        # all numbers of a moment are known or not together: they are smoothed as one point of many dimensions
        flat = values.reshape(len(values), 1, math.prod(values.shape[1:])).astype(np.float32)
        return smoothed(flat, track.times_s, trust).astype(np.float64).reshape(values.shape)

    return steady


def _unwrapped(angles: Array, seen: NDArray[np.bool_]) -> Array:
    """Rotations without jumps of a whole turn from moment to moment."""
    whole = angles.copy()
    for name in ("pelvis_rotation", "trunk_rotation"):
        column = ANGLES.index(name)
        whole[seen, column] = np.unwrap(whole[seen, column], period=360.0)
    pelvis, trunk = (ANGLES.index(name) for name in ("pelvis_rotation", "trunk_rotation"))
    apart = np.nanmedian(whole[seen, trunk] - whole[seen, pelvis]) if seen.any() else 0.0
    whole[:, trunk] -= 360.0 * np.round(apart / 360.0)
    return whole


def _without_hidden_hands(joints: Array, track: PoseTrack) -> Array:
    """Finger tips are guesses where neither wrist nor hand is seen: they are not known then."""
    for side in ("left", "right"):
        seen = track.visibility[:, [INDEX[f"{side}_wrist"], INDEX[f"{side}_index"]]].max(axis=1)
        joints[seen < _LEAST_HAND, JOINTS.index(f"{side}_index")] = np.nan
    return joints


def _curve_error(
    model: LiftModel, lifted: Lifted, curve: Array, given: LiftInput, height: float, known: bool
) -> tuple[Array, str]:
    """Expected error of the curve in cm, and why there is none to show, if so."""
    error = height * float(model.card["curve_factor"]) * lifted.curve_error
    if not known:
        size = np.linalg.norm(curve - curve.mean(axis=1, keepdims=True), axis=2).mean(axis=1)
        error = np.hypot(error, HEIGHT_SPREAD * size)
    masked = given.vectors[given.seen, MASKED] > 0.5
    if not given.seen.any() or masked.mean() < _LEAST_MASKED:
        return error, "the outline of the body was not read"
    shape_error = height * float(model.card["curve_factor"]) * np.nanmedian(lifted.curve_error)
    if shape_error > _MOST_CURVE_ERROR_CM:
        return error, (
            "the outline of the back is hidden by the view, the arms, hair or clothes: film from the side, "
            "in tight clothes, with the arms in front"
        )
    return error, ""
