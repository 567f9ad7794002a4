"""The one number that an exercise's repetitions are counted by, and to which side each of them went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mitate.back.exercise import Exercise
from mitate.back.signals import OF_REPETITION, SIGNALS, checked_signal, of_pair

__all__ = ["Course", "needed_signals", "side_of_file", "side_of_repetition"]

Array = NDArray[np.float64]

_SETTLE_S = 0.7  # at the start, that say where rest is
_FOLLOW = 0.3  # share by which rest follows where each repetition ended
_CLEAR_DEG = 5.0  # that one side must go farther than the other
_TO_RIGHT = ("bending", "list")
_TO_LEFT = ("turn",)
_JOINTS = ("hip", "knee", "shoulder", "elbow", "ankle")
_TRUNK = ("lumbar", "thoracic", "neck", "pelvis")


def needed_signals(one: Exercise) -> tuple[str, ...]:
    """Every signal that coaching an exercise looks at, those of the other side too."""
    named = [one.coach.signal, *(fault.signal for fault in one.coach.faults)]
    found: list[str] = []
    for name in filter(None, named):
        signal = checked_signal(name)
        found += [name, of_pair(name), *(signal.pair or ())]
    return tuple(dict.fromkeys(name for name in found if name not in OF_REPETITION))


def is_sided(one: Exercise) -> bool:
    """Whether repetitions of an exercise go to one side or the other."""
    return one.dose.per_side or one.film.alternate


@dataclass(slots=True)
class Course:
    """From the signals of a moment to the number that rises in a repetition.

    Where an exercise goes to both sides, what counts is how far it goes from rest to either side: the side of
    a pair that goes farther, or the distance of a signal of both signs from where it rests.
    """

    one: Exercise
    _first: list[tuple[float, float]] = field(default_factory=list)
    _rest: float = float("nan")

    def __call__(self, time_s: float, values: Mapping[str, float]) -> float:
        """The course at this moment; NaN where it is not seen."""
        plan = self.one.coach
        signal, sided = SIGNALS[plan.signal], is_sided(self.one)
        value = values[plan.signal]
        sign = -1.0 if plan.falls else 1.0
        if sided and of_pair(plan.signal) != plan.signal:
            return float(np.fmax(sign * value, sign * values[of_pair(plan.signal)]))
        if not (signal.circular or (sided and signal.positive)):
            return sign * value
        away = self._from_rest(time_s, value, circular=signal.circular)
        return abs(away) if sided and signal.positive else sign * away

    def _from_rest(self, time_s: float, value: float, *, circular: bool) -> float:
        if not np.isfinite(value):
            return float("nan")
        if not self._first or time_s - self._first[0][0] <= _SETTLE_S:
            self._first.append((time_s, value))
            known = [one for _, one in self._first]
            if circular:
                known = list(np.degrees(np.unwrap(np.radians(known))))
            self._rest = float(np.median(known))
        away = value - self._rest
        return (away + 180.0) % 360.0 - 180.0 if circular else away

    def ended_at(self, value: float) -> None:
        """A repetition ended while the exercise's signal was at `value`: rest may have moved there."""
        if self._first and np.isfinite(value):
            away = value - self._rest
            if SIGNALS[self.one.coach.signal].circular:
                away = (away + 180.0) % 360.0 - 180.0
            self._rest += _FOLLOW * away


def side_of_repetition(one: Exercise, start: Mapping[str, float], peak: Mapping[str, float]) -> str:
    """``left`` or ``right`` by what went farther from start to peak; empty where there are no sides.

    Args:
        one: the exercise.
        start, peak: values of the signals at both moments.
    """
    plan = one.coach
    signal = SIGNALS[plan.signal]
    if not is_sided(one):
        return ""
    if signal.positive:
        away = peak[plan.signal] - start[plan.signal]
        other = {"left": "right", "right": "left"}[signal.positive]
        return signal.positive if away >= 0 else other
    if signal.pair is None:
        return ""
    left, right = (abs(peak[name] - start[name]) for name in signal.pair)
    if not abs(left - right) >= _CLEAR_DEG:
        return ""
    return "left" if left > right else "right"


def side_of_file(one: Exercise) -> str:
    """The side that an exercise's file describes; empty where it has none."""
    for name in (one.coach.signal, *(fault.signal for fault in one.coach.faults)):
        for side in ("left", "right"):
            if is_sided(one) and name.endswith(f"_{side}"):
                return side
    if not is_sided(one) or not one.poses:
        return ""
    totals = {"left": 0.0, "right": 0.0}
    joint = one.coach.signal.partition("_")[0]
    rest = one.poses[0].angles
    for pose in one.poses[1:]:
        for name, value in pose.angles.items():
            part, _, last = name.rpartition("_")
            change = value - rest.get(name, rest.get(part, 0.0) if last in totals else 0.0)
            if last in totals and (joint not in _JOINTS or name.startswith(joint)):
                totals[last] += abs(change)
            elif part in _TRUNK and last in _TO_RIGHT:
                totals["right"] += change
            elif part in _TRUNK and (last in _TO_LEFT or last == "rotation"):
                totals["left"] += change
    if totals["left"] == totals["right"]:
        return ""
    return "left" if totals["left"] > totals["right"] else "right"
