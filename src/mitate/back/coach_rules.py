"""Which faults a repetition has, and which one is said: what is unsafe first, then what is commonest.

Not every fault that is seen is said. One correction at a time, none again within some repetitions, time to
act on it before the next, and praise only where a fault that was corrected has gone. How far apart
corrections lie, and what counts as unsafe, is this project's judgement.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mitate.back.coach_words import GENERAL, SEE
from mitate.back.exercise import CoachFault, CoachPlan, Dose, Exercise, Words
from mitate.back.repetitions import Repetition
from mitate.back.signals import OF_REPETITION, SIGNALS, of_pair

__all__ = ["Corrector", "Told", "faults_of", "say_of", "see_of", "value_of"]

Array = NDArray[np.float64]

_UNSAFE = frozenset(
    {"lumbar_flexion", "back_rounding", "hip_sag", "knee_inward", "head_nod", "head_forward"}
    | {"body_line", "trunk_turn"}
)
"""Signals whose faults put load on what hurts: they are said at once."""

_AGAIN_AFTER = 3  # repetitions before the same correction may be said again
_QUIET = 1  # repetitions after a correction in which nothing else is said
_SURE, _LATELY = 2, 3  # so many of so many last repetitions must have a fault that is not unsafe
_AROUND_S, _BEFORE_S = 0.25, 0.5  # of a peak; of a start
_LEAST_SEEN = 0.5  # share of the moments
_EXTREME = 10.0  # per cent of the moments that may lie beyond what counts as most or least
_SHORT, _FAR = 0.85, 1.25  # of the prescribed range's ends
_FAST = 0.5  # of the prescribed seconds
_BRIEF, _HELD_S = 0.6, 2.0  # of the prescribed hold, where it is so long


def value_of(
    fault: CoachFault, times: Array, values: Mapping[str, Array], done: Repetition, *, mirrored: bool
) -> float:
    """What a fault's signal says of a repetition; NaN where it was not seen.

    Args:
        fault: of the exercise.
        times: (n,) seconds, from before the repetition until now.
        values: signal → (n,).
        done: the repetition.
        mirrored: whether it was to the other side than the exercise's file describes.
    """
    if fault.signal in OF_REPETITION:
        return _of_repetition(fault.signal, times, values, done)
    signal = SIGNALS[fault.signal]
    course = values[of_pair(fault.signal) if mirrored else fault.signal]
    if signal.positive and mirrored:
        course = -course
    if signal.circular:
        course = np.degrees(np.unwrap(np.radians(course)))
    start = _middle(course[(times >= done.start_s - _BEFORE_S) & (times <= done.start_s + 0.1)])
    inside = course[(times >= done.start_s) & (times <= max(done.end_s, done.counted_s))]
    if fault.at == "start":
        found = start
    elif fault.at == "peak":
        reach = max(_AROUND_S, 0.3 * done.hold_s)
        found = _middle(course[np.abs(times - done.peak_s) <= reach])
    else:
        found = _extreme(inside, most=fault.at == "most")
    relative = fault.relative or signal.from_start
    return found - start if relative and fault.at != "start" else found


def _middle(values: Array) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) and len(seen) >= _LEAST_SEEN * len(values) else float("nan")


def _extreme(values: Array, *, most: bool) -> float:
    seen = values[np.isfinite(values)]
    if not len(seen) or len(seen) < _LEAST_SEEN * len(values):
        return float("nan")
    return float(np.percentile(seen, 100.0 - _EXTREME if most else _EXTREME))


def _of_repetition(name: str, times: Array, values: Mapping[str, Array], done: Repetition) -> float:
    if name == "sway":
        course = values.get("sway", np.full(len(times), np.nan))
        inside = course[(times >= done.start_s) & (times <= done.end_s)]
        seen = inside[np.isfinite(inside)]
        return float(np.ptp(np.percentile(seen, (5, 95)))) if len(seen) > 4 else float("nan")
    return {"tempo_out_s": done.out_s, "tempo_back_s": done.back_s, "hold_s": done.hold_s}[name]


def beyond(fault: CoachFault, value: float) -> bool:
    """Whether a value is a fault; what was not seen is none."""
    if not np.isfinite(value):
        return False
    high = fault.more_than is not None and value > fault.more_than
    return high or (fault.less_than is not None and value < fault.less_than)


def faults_of(
    one: Exercise, times: Array, values: Mapping[str, Array], done: Repetition, *, mirrored: bool = False
) -> tuple[str, ...]:
    """Names of the faults of a repetition, those of the exercise's file first."""
    found = [
        fault.name
        for fault in one.coach.faults
        if beyond(fault, value_of(fault, times, values, done, mirrored=mirrored))
    ]
    return (*found, *_general(one.coach, one.dose, done))


def _general(plan: CoachPlan, dose: Dose, done: Repetition) -> list[str]:
    """What every exercise may lack: range, tempo, hold; not where its file has a fault for that."""
    told = {fault.signal for fault in plan.faults}
    found = []
    low, high = plan.target
    if low > 0 and done.range < _SHORT * low:
        found.append("range_short")
    if high > 0 and done.range > _FAR * high:
        found.append("range_far")
    tempo = {"tempo_out_s", "tempo_back_s"}
    if not told & tempo and done.out_s + done.back_s < _FAST * sum(dose.tempo_s):
        found.append("too_fast")
    if "hold_s" not in told and dose.hold_s >= _HELD_S and done.hold_s < _BRIEF * dose.hold_s:
        found.append("hold_short")
    return found


def say_of(plan: CoachPlan, name: str) -> Words:
    """The correction of a fault."""
    return next((fault.say for fault in plan.faults if fault.name == name), None) or GENERAL[name]


def see_of(plan: CoachPlan, name: str) -> Words:
    """What is seen of a fault."""
    return next((fault.see for fault in plan.faults if fault.name == name), None) or SEE[name]


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said: the correction of a fault, or praise that it has gone."""

    fault: str
    praise: bool = False


@dataclass(slots=True)
class Corrector:
    """Chooses what to say after each repetition.

    Attributes:
        plan: of the exercise.
        counts: how often each fault was seen.
    """

    plan: CoachPlan
    counts: Counter[str] = field(default_factory=Counter)
    _said_at: dict[str, int] = field(default_factory=dict)
    _lately: deque[frozenset[str]] = field(default_factory=lambda: deque(maxlen=_LATELY))
    _praised: set[str] = field(default_factory=set)

    def __call__(self, number: int, seen: Sequence[str]) -> Told | None:
        """What to say after repetition `number` (from 1) that had these faults; None: nothing."""
        self.counts.update(seen)
        self._lately.append(frozenset(seen))
        chosen = self._chosen(number, seen)
        if chosen is not None:
            self._said_at[chosen] = number
            self._praised.discard(chosen)
            return Told(chosen)
        return self._praise(number, seen)

    def _chosen(self, number: int, seen: Sequence[str]) -> str | None:
        unsafe = {fault.name for fault in self.plan.faults if fault.signal in _UNSAFE}
        order = [fault.name for fault in self.plan.faults] + list(GENERAL)
        last = max(self._said_at.values(), default=-_AGAIN_AFTER)
        ready = []
        for name in seen:
            sure = name in unsafe or sum(name in faults for faults in self._lately) >= _SURE
            heard = number - self._said_at.get(name, -_AGAIN_AFTER) < _AGAIN_AFTER
            waits = number - last <= _QUIET and name not in unsafe
            if sure and not heard and not waits:
                ready.append(name)
        ready.sort(key=lambda name: (name not in unsafe, -self.counts[name], order.index(name)))
        return ready[0] if ready else None

    def _praise(self, number: int, seen: Sequence[str]) -> Told | None:
        """Once for each correction, after two repetitions without any fault."""
        if seen:
            return None
        clean = len(self._lately) >= 2 and not any(list(self._lately)[-2:])
        for name, at in self._said_at.items():
            if clean and number - at >= 2 and name not in self._praised:
                self._praised.add(name)
                return Told(name, praise=True)
        return None
