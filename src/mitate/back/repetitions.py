"""Repetitions counted while they are made, from one number a moment: hysteresis on the way out and back.

A repetition is a rise of the course by what the exercise's file asks for, and a return by most of it; what
the film begins or ends in the middle of is none. Rest is wherever the last return ended, so a course may
drift. Smoothing is causal (a median of three moments, then an exponential mean) and lags by about 0.2 s; the
lag is taken off all times. When a repetition began and was over is reckoned from where the course crosses
shares of its own range, as a minimum-jerk movement does (Flash T, Hogan N, J Neurosci 1985;5:1688-1703).

The shares are choices of this project, made on simulated movements.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["HoldClock", "Repetition", "RepetitionCounter", "Smoother", "count_repetitions"]

Array = NDArray[np.float64]

_MEAN_S = 0.08  # time constant of the exponential mean
_LONGEST_GAP_S = 1.5  # without the person; longer, and what was under way is lost
_RISE, _USUAL = 0.75, 0.35  # shares of the least change, and of the usual range, that a rise must have
_RETURN, _HALF = 0.75, 0.5  # shares of the rise that have been taken back when it is over, or may be
_STILL_S, _STILL = 0.8, 0.12  # rest after a return that stops half-way: for so long, within this share
_NOISE, _MOST_NOISE = 2.5, 2.0  # times the noise of single moments, and at most times the least change
_LATELY = 40  # moments that tell the noise
_KEEP_S = 60.0  # of the course, to look back on
_REMEMBERED = 5  # ranges, for the usual one

_LOW, _HIGH = 0.2, 0.8  # shares of the way between which its speed is told
_WAY = np.linspace(0.0, 1.0, 101)
_GONE = _WAY**3 * (10.0 - 15.0 * _WAY + 6.0 * _WAY**2)  # by a minimum-jerk movement


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition; seconds are on the clock of the moments fed.

    Attributes:
        start_s, peak_s, end_s: when rest was left, the course was farthest, and rest was reached again.
        counted_s: when it was counted, before it had wholly ended.
        range: change of the course, as it was fed (never negative).
        out_s, hold_s, back_s: how long it took out, was held and took back.
    """

    start_s: float
    peak_s: float
    end_s: float
    counted_s: float
    range: float
    out_s: float
    hold_s: float
    back_s: float


class Smoother:
    """A causal mean of numbers in uneven time."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=3)
        self._value = self._time = float("nan")
        self.lag_s = 0.0

    def __call__(self, time_s: float, value: float) -> float:
        """The smoothed value; `lag_s` then says by how much it is late."""
        self._last.append(value)
        middle = sorted(self._last)[len(self._last) // 2]
        step = time_s - self._time
        if not step >= 0:  # the first moment
            self._value, step = middle, 0.0
        share = 1.0 - np.exp(-step / _MEAN_S)
        self._value += share * (middle - self._value)
        self._time = time_s
        late = step * (1.0 / share - 1.0) if share > 0 else 0.0  # of an exponential mean of even steps
        self.lag_s = min(0.3, step + late)
        return self._value


@dataclass(slots=True)
class RepetitionCounter:
    """Counts; feed it every moment in order of time.

    Attributes:
        least: change of the course that makes a repetition, in the course's unit, above 0.
        ranges: of the last repetitions.
    """

    least: float
    ranges: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _smooth: Smoother = field(default_factory=Smoother)
    _times: deque[float] = field(default_factory=deque)
    _values: deque[float] = field(default_factory=deque)
    _raw: deque[float] = field(default_factory=lambda: deque(maxlen=3))
    _bends: deque[float] = field(default_factory=lambda: deque(maxlen=_LATELY))
    _low: float = float("inf")
    _peak: float = float("nan")
    _peak_s: float = float("nan")
    _back: float = float("inf")
    _back_s: float = float("nan")
    _risen: bool = False

    @property
    def resting(self) -> bool:
        """Whether no repetition is under way."""
        return not self._risen

    def __call__(self, time_s: float, value: float) -> Repetition | None:
        """The repetition that is complete at this moment, if one is; NaN is a moment not seen."""
        if not np.isfinite(value):
            return None
        if self._times and time_s - self._times[-1] > _LONGEST_GAP_S:
            self._forget()
        self._raw.append(value)
        if len(self._raw) == 3:
            self._bends.append(abs(self._raw[0] - 2 * self._raw[1] + self._raw[2]))
        smooth = self._smooth(time_s, value)
        at = time_s - self._smooth.lag_s
        self._times.append(max(at, self._times[-1] if self._times else at))
        self._values.append(smooth)
        while self._times and not self._risen and self._times[-1] - self._times[0] > _KEEP_S:
            self._times.popleft()
            self._values.popleft()
        return self._move(at, time_s, smooth)

    def _forget(self) -> None:
        self._times.clear()
        self._values.clear()
        self._smooth = Smoother()
        self._low, self._back, self._risen = float("inf"), float("inf"), False

    def _enough(self) -> float:
        usual = float(np.median(self.ranges)) if self.ranges else 0.0
        noise = 1.4826 / np.sqrt(6.0) * float(np.median(self._bends)) if self._bends else 0.0
        return max(_RISE * self.least, _USUAL * usual, min(_NOISE * noise, _MOST_NOISE * self.least))

    def _move(self, at: float, now: float, value: float) -> Repetition | None:
        if not self._risen:
            self._low = min(self._low, value)
            if value - self._low >= self._enough():
                self._risen, self._peak, self._peak_s, self._back = True, value, at, float("inf")
            return None
        if value > self._peak:
            self._peak, self._peak_s, self._back = value, at, float("inf")
            return None
        size = self._peak - self._low
        if value < self._back:
            self._back, self._back_s = value, at
        gone = (self._peak - self._back) / size
        still = at - self._back_s >= _STILL_S and value - self._back <= _STILL * size
        again = value - self._back >= self._enough()
        if gone >= _RETURN or (gone >= _HALF and (still or again)):
            return self._complete(now, size)
        return None

    def _complete(self, now: float, size: float) -> Repetition:
        found = _measured(np.array(self._times), np.array(self._values), self._low, self._peak_s, size, now)
        self.ranges.append(size)
        begin = int(np.searchsorted(np.array(self._times), self._back_s))
        for _ in range(begin):
            self._times.popleft()
            self._values.popleft()
        self._low, self._risen = self._back, False
        return found


def _measured(times: Array, values: Array, low: float, peak_s: float, size: float, now: float) -> Repetition:
    """Times of a repetition whose peak is at `peak_s`, with all of the course from before it until now."""
    share = (values - low) / size
    top = int(np.argmin(np.abs(times - peak_s)))
    up, down = slice(0, top + 1), slice(top, len(times))

    def rising(level: float) -> float:
        under = np.flatnonzero(share[up] <= level)
        return _crossing(times, share, int(under[-1]), level) if len(under) else float(times[0])

    def falling(level: float) -> float:
        under = np.flatnonzero(share[down] <= level)
        if not len(under):
            return float(times[-1])
        return _crossing(times, share, top + int(under[0]) - 1, level)

    lowest = max(_LOW, float(share[down].min()) + 0.02)
    at_low, at_lowest, at_high = np.interp((_LOW, lowest, _HIGH), _GONE, _WAY)
    reached, left = rising(_HIGH), falling(_HIGH)
    out = (reached - rising(_LOW)) / (at_high - at_low)
    back = (falling(lowest) - left) / max(at_high - at_lowest, 0.1)
    start, end = reached - at_high * out, left + at_high * back
    hold = max(0.0, (left - reached) - (1.0 - at_high) * (out + back))
    middle = 0.5 * (reached + left) if hold > 0.3 else peak_s
    return Repetition(
        float(start), float(middle), float(end), now, size, float(out), float(hold), float(back)
    )


def _crossing(times: Array, share: Array, before: int, level: float) -> float:
    """When the course crosses a level between two moments."""
    after = min(before + 1, len(times) - 1)
    step = share[after] - share[before]
    part = (level - share[before]) / step if abs(step) > 1e-9 else 0.0
    return float(times[before] + np.clip(part, 0.0, 1.0) * (times[after] - times[before]))


def count_repetitions(times_s: ArrayLike, values: ArrayLike, least: float) -> tuple[Repetition, ...]:
    """All repetitions in a course (n,) at times (n,): what `RepetitionCounter` says fed moment by moment."""
    counter = RepetitionCounter(least)
    found = (
        counter(float(time), float(value))
        for time, value in zip(np.asarray(times_s), np.asarray(values), strict=True)
    )
    return tuple(one for one in found if one is not None)


@dataclass(slots=True)
class HoldClock:
    """Seconds that a position is held, or a walk goes on: what is counted where nothing goes out and back.

    Attributes:
        longest_gap_s: unseen or out of position for no longer than this, the clock goes on.
        held_s: so far.
    """

    longest_gap_s: float = 0.5
    held_s: float = 0.0
    _last_s: float = float("nan")

    def __call__(self, time_s: float, holds: bool) -> float:
        """Seconds held until this moment."""
        if holds:
            step = time_s - self._last_s
            if 0 < step <= self.longest_gap_s:
                self.held_s += step
            self._last_s = time_s
        return self.held_s
