"""The order of an exercise film's pictures: repetitions, sides, stays; and when what happens in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.back.captions import FilmTimes, Repetition, Side
from mitate.back.exercise import Exercise
from mitate.simulate.exercise_motion import ExerciseMotion

__all__ = ["LONGEST_S", "RATE_HZ", "SHORTEST_S", "FilmPlan", "Shot", "film_plan", "sides_of", "work_of"]

RATE_HZ = 25.0
SHORTEST_S, LONGEST_S = 10.0, 40.0

_STILL = 18  # pictures before the first and after the last repetition
_BLEND = 10  # pictures over which one side goes over into the other, where they start differently
_SAME_START_M = 0.02  # starts that differ by less are one
_TURNED_OVER_M = 0.25  # starts that differ by more: one side is shown to its end, then the other
_ONE_SIDED = 1.5  # times as much work as the other side's
_READ_S = 1.4  # the least that a caption is shown, where there is room
_HELD_S = 1.0  # a shorter stay is no hold


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: a moment of a side, and maybe another (side, moment, share) laid over it."""

    side: int
    frame: int
    over: tuple[int, int, float] | None = None


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """A film's pictures at `RATE_HZ`, its times for captions, and the moment of side 0 that tells most."""

    shots: tuple[Shot, ...]
    times: FilmTimes
    still: int


def sides_of(one: Exercise, motion: ExerciseMotion) -> tuple[ExerciseMotion, ...]:
    """The motion, and its mirror image where sides alternate."""
    return (motion, motion.mirrored()) if one.film.alternate else (motion,)


def work_of(motion: ExerciseMotion, side: str) -> float:
    """By how many degrees the joints of a side, ``left`` or ``right``, move in all."""
    return float(sum(np.ptp(values) for name, values in motion.angles.items() if name.endswith(f"_{side}")))


def film_plan(one: Exercise, sides: Sequence[ExerciseMotion]) -> FilmPlan:
    """Which moments are shown in which order; from `SHORTEST_S` to `LONGEST_S` if that can be.

    Args:
        one: the exercise.
        sides: of `sides_of`.
    """
    motion = sides[0]
    length = max(len(motion.times_s) - 1, 1)
    order = _order(one, sides, length)
    kept = _kept(motion, length, len(order))
    apart = _apart(sides)
    names = _names(sides)
    shots = [Shot(order[0], kept[0])] * _STILL
    repetitions = []
    for number, side in enumerate(order):
        start = len(shots)
        shots += [Shot(side, frame) for frame in kept]
        if apart > _SAME_START_M and number and order[number - 1] != side:
            _blend(shots, start, order[number - 1], kept[0])
        repetitions.append(Repetition(start / RATE_HZ, len(shots) / RATE_HZ, names[side], mirrored=side == 1))
    shots += [Shot(order[-1], kept[0])] * _STILL
    times = FilmTimes(
        len(shots) / RATE_HZ,
        tuple(repetitions),
        tuple(_shown(second, kept) for second in _captions_at(one, motion)),
        tuple((_shown(a, kept), _shown(b, kept)) for a, b in _holds(one, motion)),
    )
    return FilmPlan(tuple(shots), times, _telling(motion, kept))


def _order(one: Exercise, sides: Sequence[ExerciseMotion], length: int) -> list[int]:
    """Which side each repetition shows."""
    each = len(sides)
    shortest, longest = (round(seconds * RATE_HZ) - 2 * _STILL for seconds in (SHORTEST_S, LONGEST_S))
    rounds = max(1, round(one.film.repetitions / each))
    rounds = max(rounds, -(-shortest // (each * length)))
    while rounds > 1 and rounds * each * length > longest:
        rounds -= 1
    if each == 1:
        return [0] * rounds
    return [0] * rounds + [1] * rounds if _apart(sides) > _TURNED_OVER_M else [0, 1] * rounds


def _kept(motion: ExerciseMotion, length: int, count: int) -> list[int]:
    """Moments of a repetition; stays are shortened evenly where the film would be too long."""
    room = (round(LONGEST_S * RATE_HZ) - 2 * _STILL) // count
    if length <= room:
        return list(range(length))
    step = np.abs(np.diff(motion.variables[:length], axis=0)).max(axis=1)
    stays = 1 + np.flatnonzero(step < 1e-9)
    if len(stays) > length - room:
        dropped = stays[np.linspace(0, len(stays) - 1, length - room).round().astype(int)]
        return sorted(set(range(length)) - set(dropped.tolist()))
    return [int(frame) for frame in np.linspace(0, length - 1, room).round()]


def _shown(second: float, kept: Sequence[int]) -> float:
    """When a moment of the motion is shown, seconds from the start of a repetition."""
    return float(np.searchsorted(kept, round(second * RATE_HZ))) / RATE_HZ


def _holds(one: Exercise, motion: ExerciseMotion) -> list[tuple[float, float]]:
    """The stays that stand for the dose's hold: the longest after the first key pose."""
    starts = motion.key_times_s
    stays = [(start, start + pose.hold_s) for start, pose in zip(starts, one.poses, strict=False)]
    worth = [(a, b) for a, b in (stays[1:] or stays) if b - a >= _HELD_S]
    longest = max((b - a for a, b in worth), default=0.0)
    return [(a, b) for a, b in worth if b - a >= longest - 1e-9]


def _captions_at(one: Exercise, motion: ExerciseMotion) -> list[float]:
    """When each caption begins, seconds of the motion.

    As many as ways and stays: one goes with each. One more than the ways: the first goes with the start, each
    other with a way and the stay after it. As many as the ways: one goes with each. Else they come evenly.
    """
    poses, count = one.poses, len(one.film.captions.en)
    length = float(motion.times_s[-1])
    reached = list(motion.key_times_s)
    left = [at + pose.hold_s for at, pose in zip(reached, poses, strict=True)]
    if len(poses) > 1 and count == 2 * len(poses):
        starts = [at for pair in zip(reached, left, strict=True) for at in pair]
    elif len(poses) > 1 and count == len(poses) + 1:
        starts = [0.0, *left]
    elif len(poses) > 1 and count == len(poses):
        starts = [0.0, *left[1:]]
    else:
        starts = [length * number / max(count, 1) for number in range(count)]
    for number in range(1, count):  # each can be read
        starts[number] = max(starts[number], starts[number - 1] + _READ_S)
    return [start for start in starts if start < length - 0.5 * _READ_S]


def _telling(motion: ExerciseMotion, kept: Sequence[int]) -> int:
    """The first of the moments that are farthest from the start."""
    angles = motion.variables[np.asarray(kept)]
    away = np.abs(angles - angles[0]).sum(axis=1)
    return kept[int(np.argmax(away >= 0.98 * away.max()))]


def _apart(sides: Sequence[ExerciseMotion]) -> float:
    """Metres by which the start poses of two sides differ."""
    if len(sides) < 2:
        return 0.0
    one, other = (side.pose(0).vertices for side in sides)
    # Mirrored vertices are other vertices: the outlines are compared, not the vertices one by one.
    bounds: list[NDArray[np.floating]] = []
    for body in (one, other):
        bounds.append(np.concatenate([body.min(axis=0), body.max(axis=0), body.mean(axis=0)]))
    joints = sides[0].pose(0).joints - sides[1].pose(0).joints
    return float(max(np.abs(bounds[0] - bounds[1]).max(), np.abs(joints).max()))


def _blend(shots: list[Shot], start: int, other: int, frame: int) -> None:
    """Lays another side's first moment over the pictures from `start` on, less and less."""
    for number in range(min(_BLEND, len(shots) - start)):
        shot = shots[start + number]
        share = 1 - (number + 1) / (_BLEND + 1)
        shots[start + number] = Shot(shot.side, shot.frame, (other, frame, share))


def _names(sides: Sequence[ExerciseMotion]) -> list[Side]:
    if len(sides) == 1:
        return [""]
    left, right = (work_of(sides[0], side) for side in ("left", "right"))
    if left > _ONE_SIDED * right:
        return ["left", "right"]
    return ["right", "left"] if right > _ONE_SIDED * left else ["first", "other"]
