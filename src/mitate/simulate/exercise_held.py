"""What is held in an exercise film, moment by moment: stick, band, towel, weight, or a box that is lifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mitate.back.exercise import Exercise
from mitate.simulate.body_model import SEGMENTS
from mitate.simulate.exercise_mesh import Colour, Mesh, box, cylinder, joined, tube
from mitate.simulate.exercise_motion import ExerciseMotion
from mitate.simulate.posing import Posed

__all__ = ["Held"]

# Linear RGB.
_WOOD: Colour = (0.56, 0.40, 0.26)
_BAND: Colour = (0.16, 0.42, 0.36)
_TOWEL: Colour = (0.78, 0.77, 0.74)
_METAL: Colour = (0.20, 0.21, 0.23)
_CARTON: Colour = (0.60, 0.43, 0.27)
_STOOL: Colour = (0.50, 0.51, 0.52)

_HIPS = {"hip_side", "glutes"}
_PULLED_M = 0.2  # by how much hands move ahead and back when a band is pulled towards the body
_ANCHOR_M = 0.5  # from the stretched hands to where the band is fixed
_CARTON_M = (0.22, 0.24)  # height and depth of the box
_AT_TABLE_M = 0.04  # hands within this of their lowest place are at the table


class Held:
    """What one side of an exercise holds.

    Args:
        one: the exercise.
        motion: of this side.

    Attributes:
        standing: what belongs to it and does not move: the post of a band, the table of a box.
    """

    def __init__(self, one: Exercise, motion: ExerciseMotion) -> None:
        self._one, self._motion = one, motion
        self.standing: list[Mesh] = []
        self._anchor: NDArray[np.float64] | None = None
        self._lift: tuple[int, int, NDArray[np.float64], NDArray[np.float64]] | None = None
        if "band" in one.equipment and not set(one.parts) & _HIPS:
            self._find_anchor()
        if {"weight", "table"} <= set(one.equipment):
            self._find_table()

    def at(self, frame: int, posed: Posed) -> list[Mesh]:
        """The things in one moment.

        Args:
            frame: number of the moment.
            posed: the body then.
        """
        one, palms, at = self._one, _palms(posed), _joints(posed)
        made: list[Mesh] = []
        if "stick" in one.equipment:
            made.append(_stick(palms))
        for kind, colour, width in (("band", _BAND, 0.02), ("towel", _TOWEL, 0.03)):
            if kind in one.equipment:
                made.append(self._strap(at, palms, colour, width))
        if self._lift is not None:
            made.append(self._carton(frame, palms))
        elif "weight" in one.equipment:
            made += _weights(palms)
        return made

    def _hands(self) -> NDArray[np.float64]:
        """(n, 2, 3) metres, the palms at each moment."""
        posed = (self._motion.pose(frame) for frame in range(len(self._motion.times_s)))
        return np.stack([np.stack(_palms(each)) for each in posed])

    def _find_anchor(self) -> None:
        hands = self._hands()
        apart = np.ptp(np.linalg.norm(hands[:, 0] - hands[:, 1], axis=1))
        ahead = hands.mean(axis=1)[:, 2]
        if np.ptp(ahead) < max(_PULLED_M, 1.5 * float(apart)):
            return
        stretched = hands[int(np.argmax(ahead))].mean(axis=0)
        self._anchor = stretched + np.array([0.0, 0.0, _ANCHOR_M])
        foot = self._anchor * np.array([1, 0, 1])
        top = self._anchor + np.array([0, 0.12, 0])
        self.standing.append(cylinder(foot, top, 0.02, _METAL))
        self.standing.append(cylinder(foot, foot + np.array([0, 0.015, 0]), 0.14, _METAL))

    def _find_table(self) -> None:
        hands = self._hands()
        low = hands[:, :, 1].mean(axis=1)
        there = np.flatnonzero(low < low.min() + _AT_TABLE_M)
        taken, put = int(there[0]), int(there[-1])
        place = hands[taken].mean(axis=0)
        width = max(0.2, float(np.linalg.norm(hands[taken, 0] - hands[taken, 1])) - 0.03)
        half = 0.5 * np.array([width, *_CARTON_M])
        top = place[1] - half[1] + 0.03
        self._lift = taken, put, place, half
        low_corner = np.array([place[0] - half[0] - 0.08, 0.0, place[2] - half[2] + 0.02])
        high_corner = np.array([place[0] + half[0] + 0.08, top, place[2] + half[2] + 0.12])
        self.standing.append(box(low_corner, high_corner, _STOOL, 0.015))

    def _carton(self, frame: int, palms: Sequence[NDArray[np.float64]]) -> Mesh:
        if self._lift is None:
            return joined([])
        taken, put, place, half = self._lift
        middle = 0.5 * (palms[0] + palms[1]) if taken <= frame <= put else place
        middle = middle + np.array([0.0, 0.03, 0.0])
        return box(middle - half, middle + half, _CARTON, 0.008)

    def _strap(
        self,
        at: Mapping[str, NDArray[np.float64]],
        palms: Sequence[NDArray[np.float64]],
        colour: Colour,
        width: float,
    ) -> Mesh:
        """Round the thighs where hips work, else from hands to a post, round a lifted foot, or between."""
        one = self._one
        if set(one.parts) & _HIPS:
            return _loop(at, colour)
        left, right = palms
        if self._anchor is not None:
            ends = (np.linspace(hand, self._anchor, 8) for hand in palms)
            return joined([tube(line, width, colour, flat=0.15) for line in ends])
        if one.start in ("supine", "floor_sitting") and set(one.parts) & {"thigh_back", "calves"}:
            foot = max(("left", "right"), key=lambda side: at[f"{side}_foot"][1])
            sole = at[f"{foot}_foot"] + 0.09 * _unit(at[f"{foot}_foot"] - at[f"{foot}_shank"])
            return tube(np.stack([left, sole, right]), width, colour, flat=0.15)
        return tube(np.linspace(left, right, 8), width, colour, flat=0.15)


def _joints(posed: Posed) -> dict[str, NDArray[np.float64]]:
    return {name: posed.joints[number].astype(np.float64) for number, name in enumerate(SEGMENTS)}


def _palms(posed: Posed) -> list[NDArray[np.float64]]:
    """The left and the right one."""
    at = _joints(posed)
    tips = posed.tips.astype(np.float64)
    return [0.55 * at[f"{side}_hand"] + 0.45 * tip for side, tip in zip(("left", "right"), tips, strict=True)]


def _stick(palms: Sequence[NDArray[np.float64]]) -> Mesh:
    left, right = palms
    apart = left - right
    length = float(np.linalg.norm(apart))
    ahead = apart / max(length, 1e-6)
    out = max(0.12, 0.5 * (1.1 - length))
    return cylinder(left + out * ahead, right - out * ahead, 0.013, _WOOD)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))


def _loop(at: Mapping[str, NDArray[np.float64]], colour: Colour) -> Mesh:
    """A closed band round both thighs, just above the knees."""
    sides = {s: 0.78 * at[f"{s}_shank"] + 0.22 * at[f"{s}_thigh"] for s in ("left", "right")}
    across = _unit(sides["left"] - sides["right"])
    down = _unit(sum((at[f"{s}_shank"] - at[f"{s}_thigh"] for s in sides), np.zeros(3)))
    ahead = _unit(np.cross(across, down))
    turn = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 9)
    radius = 0.073
    ends = [
        sides[side] + radius * (sign * np.cos(turn)[:, None] * across + sign * np.sin(turn)[:, None] * ahead)
        for side, sign in (("left", 1.0), ("right", -1.0))
    ]
    ring = np.concatenate([*ends, ends[0][:1]])
    return tube(ring, 0.02, colour, flat=0.2)


def _weights(palms: Sequence[NDArray[np.float64]]) -> list[Mesh]:
    """A small dumb-bell in each hand, or one in both where they are together."""
    left, right = palms
    places = [0.5 * (left + right)] if np.linalg.norm(left - right) < 0.2 else [left, right]
    made = []
    for place in places:
        ahead = np.array([0.0, 0.0, 1.0])
        made.append(cylinder(place - 0.07 * ahead, place + 0.07 * ahead, 0.014, _METAL))
        for sign in (-1, 1):
            middle = place + sign * 0.075 * ahead
            made.append(cylinder(middle - 0.022 * ahead, middle + 0.022 * ahead, 0.038, _METAL))
    return made
