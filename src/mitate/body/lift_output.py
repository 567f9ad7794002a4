"""How the lift's network lays out its answer for one moment, and its way into the terms of a recording."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.body.points import other_side
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS

__all__ = ["BENDS", "LOG_ERROR", "LOG_SD", "TURNS", "WIDTH", "Lifted", "mirrored_answer", "parts_of", "split"]

TURNS: tuple[str, ...] = ("pelvis_rotation", "trunk_rotation")
"""Angles that go all the way round: the network gives their sine and cosine."""

BENDS: tuple[str, ...] = tuple(name for name in ANGLES if name not in TURNS)
"""All other angles, in the order of `ANGLES`."""

ANGLE_UNIT_DEG = 30.0
"""The network's numbers times this are degrees."""

LOG_SD, LOG_ERROR = (-4.0, 1.5), (-6.0, 0.0)
"""Bounds within which logarithms of errors are learned, of angles and of the curve; beyond them the network's
numbers mean nothing."""

_PARTS: dict[str, tuple[int, ...]] = {
    "bends": (len(BENDS),),
    "bend_log_sd": (len(BENDS),),
    "turns": (len(TURNS), 2),
    "turn_log_sd": (len(TURNS),),
    "view": (2,),
    "joints": (len(JOINTS), 3),
    "curve": (CURVE_POINTS, 2),
    "curve_log_error": (1,),
}

WIDTH = sum(int(np.prod(shape)) for shape in _PARTS.values())
"""Numbers a moment."""


def parts_of() -> dict[str, tuple[slice, tuple[int, ...]]]:
    """Where each part lies among a moment's numbers, and its shape."""
    found, at = {}, 0
    for name, shape in _PARTS.items():
        size = int(np.prod(shape))
        found[name] = (slice(at, at + size), shape)
        at += size
    return found


def mirrored_answer(answer: NDArray[np.float32]) -> NDArray[np.float32]:
    """What answers (n, WIDTH) to mirrored rows say of the rows themselves: left and right are exchanged."""
    where, found = parts_of(), answer.copy()
    bends, joints = list(other_side(BENDS)), list(other_side(JOINTS))
    signs = np.array([-1.0 if name.endswith("_list") else 1.0 for name in BENDS], np.float32)
    for name, places, scale in (("bends", bends, signs), ("bend_log_sd", bends, np.float32(1))):
        found[:, where[name][0]] = answer[:, where[name][0]][:, places] * scale
    found[:, where["turns"][0]] = answer[:, where["turns"][0]] * np.tile(np.array([-1, 1], np.float32), 2)
    found[:, where["view"][0]] = answer[:, where["view"][0]] * np.array([1, -1], np.float32)
    part, shape = where["joints"]
    body = answer[:, part].reshape(len(answer), *shape)[:, joints] * np.array([-1, 1, 1], np.float32)
    found[:, part] = body.reshape(len(answer), math.prod(shape))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Lifted:
    """The network's answer for n moments, in units.

    Attributes:
        angles, angle_sd: (n, 14) degrees, in the order of `ANGLES`; turns within ±180.
        pitch, roll: (n,) degrees.
        joints: (n, 24, 3) standing heights.
        curve: (n, 17, 2) hundredths of a standing height.
        curve_error: (n,) the same.
    """

    angles: NDArray[np.float64]
    angle_sd: NDArray[np.float64]
    pitch: NDArray[np.float64]
    roll: NDArray[np.float64]
    joints: NDArray[np.float64]
    curve: NDArray[np.float64]
    curve_error: NDArray[np.float64]


def split(answer: NDArray[np.floating]) -> Lifted:
    """An answer (n, WIDTH) taken apart."""
    raw = {
        name: np.asarray(answer[:, where], np.float64).reshape(len(answer), *shape)
        for name, (where, shape) in parts_of().items()
    }
    angles, spread = np.empty((2, len(answer), len(ANGLES)))
    bends, turns = [ANGLES.index(name) for name in BENDS], [ANGLES.index(name) for name in TURNS]
    angles[:, bends] = ANGLE_UNIT_DEG * raw["bends"]
    angles[:, turns] = np.degrees(np.arctan2(raw["turns"][..., 0], raw["turns"][..., 1]))
    spread[:, bends] = ANGLE_UNIT_DEG * np.exp(raw["bend_log_sd"].clip(*LOG_SD))
    spread[:, turns] = ANGLE_UNIT_DEG * np.exp(raw["turn_log_sd"].clip(*LOG_SD))
    return Lifted(
        angles=angles,
        angle_sd=spread,
        pitch=ANGLE_UNIT_DEG * raw["view"][:, 0],
        roll=ANGLE_UNIT_DEG * raw["view"][:, 1],
        joints=raw["joints"],
        curve=100.0 * raw["curve"],
        curve_error=100.0 * np.exp(raw["curve_log_error"][:, 0].clip(*LOG_ERROR)),
    )
