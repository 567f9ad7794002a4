"""What an angle was in each repetition: standing, at its peak, over the whole, and the recording's own error.

Values over time are smoothed by a local parabola (`mitate.body.smooth`), which neither lags nor fills gaps. A
repetition in which an angle was not seen while the movement was near its peak gives no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.back.movement import Phase, course, rest_of, unwrapped
from mitate.body.recording import ANGLES, Recording
from mitate.body.smooth import smoothed

__all__ = ["Reading", "Repetitions", "Row", "both_sides", "median", "minus"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

REACH_S = 0.4
"""Seconds each way from which the smoothing takes neighbours; at least two and a half frames."""

_STANDING_S = 0.5  # before a repetition starts
_PAUSE_S = 0.2  # a shorter one between repetitions is none
_AROUND_S = 0.1  # each way: a peak is 0.2 s long
_TOP, _TOP_DEG = 0.02, 1.5  # less than this below the peak is the peak, of the way or in degrees
_NEAR = 0.9  # of the way: a dip to less than this within a hold is none of the peak
_LEAST_DEG = 0.1  # error below which an angle counts for no more
_STOOD = 0.15  # share of the way below which somebody counts as standing


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One quantity over the film: (n,) as recorded, smoothed, and its error; NaN where not known."""

    raw: Array
    smooth: Array
    error: Array


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One value and its error for each of k repetitions; NaN where a repetition does not give it."""

    values: Array
    errors: Array

    def __neg__(self) -> Row:
        return Row(-self.values, self.errors)

    def of(self, chosen: Mask) -> Row:
        """Only the repetitions chosen."""
        return Row(self.values[chosen], self.errors[chosen])


class Repetitions:
    """The repetitions of a movement in a recording, and every angle in them."""

    def __init__(self, recording: Recording, movement: str, phases: tuple[Phase, ...]) -> None:
        self.recording = recording
        self.movement = movement
        self.phases = phases
        self.times = np.asarray(recording.times_s, dtype=np.float64)
        turned = {
            name: unwrapped(values) if name.endswith("_rotation") else np.asarray(values, dtype=np.float64)
            for name, values in recording.angles.items()
        }
        self.course = course(recording, movement)
        spacing = float(np.median(np.diff(self.times))) if len(self.times) > 1 else REACH_S
        self.spacing = spacing
        names = (*ANGLES, *(name for name in turned if name not in ANGLES))
        stacked = np.stack([*(turned[name] for name in names), self.course], axis=1)
        smooth = _smooth(stacked, self.times, max(REACH_S, 2.5 * spacing))
        self.smooth_course = smooth[:, -1]
        self.angles: Mapping[str, Reading] = {
            name: Reading(
                turned[name], smooth[:, i], np.asarray(recording.angle_errors[name], dtype=np.float64)
            )
            for i, name in enumerate(names)
        }
        self.rest = rest_of(recording, movement)
        self._within = [self.between(p.start_s, p.end_s) for p in phases]
        self._rest = self._resting()
        self._tops = [self._top(k) for k in range(len(phases))]

    def __len__(self) -> int:
        return len(self.phases)

    def side(self, name: str) -> Mask:
        """(k,) whether each repetition was to this side."""
        return np.array([phase.side == name for phase in self.phases], dtype=bool)

    def between(self, start_s: float, end_s: float) -> Mask:
        """(n,) the rows from one time to another, both counted."""
        return (self.times >= start_s) & (self.times <= end_s)

    def reading_of(self, values: Array) -> Reading:
        """Any other quantity (n,) of the recording, smoothed as the angles are; its error is left 0."""
        smooth = _smooth(values[:, None], self.times, max(REACH_S, 2.5 * self.spacing))[:, 0]
        return Reading(np.asarray(values, dtype=np.float64), smooth, np.zeros(len(values)))

    def standing(self, reading: Reading) -> Array:
        """(k,) the median just before each repetition; where nobody stood then, that of the others."""
        each = np.array([median(reading.raw[rows]) for rows in self._rest])
        if np.isfinite(each).any():
            return np.where(np.isfinite(each), each, np.nanmedian(each))
        first = [reading.smooth[rows][:1] for rows in self._within]
        return np.array([float(value[0]) if value.size else np.nan for value in first])

    def change(self, reading: Reading) -> Row:
        """How far a reading is from standing while each repetition is at its peak."""
        row = self.at_peak(reading)
        return Row(row.values - self.standing(reading), row.errors)

    def at_peak(self, reading: Reading) -> Row:
        """The reading while each repetition is at its peak, by the movement's course and not its own.

        Looking for the largest value of a noisy angle would find its noise: 1 to 2 degrees too much.
        """
        values, errors = np.full(len(self), np.nan), np.full(len(self), np.nan)
        for k, top in enumerate(self._tops):
            if np.isfinite(reading.smooth[top]).sum() >= max(1.0, 0.5 * top.sum()):
                values[k], errors[k] = median(reading.smooth[top]), median(reading.error[top])
        return Row(values, errors)

    def range(self, reading: Reading) -> Row:
        """From the smallest to the largest value within each repetition, both over 0.2 s."""
        values, errors = np.full(len(self), np.nan), np.full(len(self), np.nan)
        for k, within in enumerate(self._within):
            known = reading.smooth[within]
            if np.isfinite(known).sum() < max(3, 0.7 * within.sum()):
                continue
            width = max(1, round(2 * _AROUND_S / self.spacing))
            ordered = np.sort(known[np.isfinite(known)])
            values[k] = np.median(ordered[-width:]) - np.median(ordered[:width])
            errors[k] = median(reading.error[within])
        return Row(values, errors)

    def ways(self, k: int) -> tuple[Mask, Mask]:
        """(n,) the rows on the way there and on the way back of repetition k, a hold in neither."""
        phase, held = self.phases[k], self._held(k)
        return (
            self.between(phase.start_s, held[0]),
            self.between(held[1], phase.end_s),
        )

    def gone(self, k: int) -> Array:
        """(n,) how far the movement has gone to the side of repetition k, degrees from standing."""
        phase = self.phases[k]
        rest = median(self.smooth_course[self._rest[k]])
        start = rest if np.isfinite(rest) else median(self.smooth_course[self._within[k]][:1])
        top = self._value_at(phase.peak_s)
        return np.asarray(np.sign(top - start) * (self.smooth_course - start), dtype=np.float64)

    def _held(self, k: int) -> tuple[float, float]:
        """When repetition k reaches, and when it leaves, 95 % of its way."""
        rows = self._within[k]
        gone = np.where(rows, self.gone(k), np.nan)
        high = np.flatnonzero(gone >= 0.95 * np.nanmax(gone)) if np.isfinite(gone).any() else np.array([])
        if not len(high):
            return self.phases[k].peak_s, self.phases[k].peak_s
        return float(self.times[high[0]]), float(self.times[high[-1]])

    def _value_at(self, time_s: float) -> float:
        return median(self.smooth_course[self.between(time_s - 2 * _AROUND_S, time_s + 2 * _AROUND_S)])

    def _resting(self) -> list[Mask]:
        """For each repetition the rows just before it in which the person stood; none without a pause.

        Where nobody ever stood, the rows in which they passed through standing on the way there.
        """
        stood, passed, last = [], [], -np.inf
        for phase in self.phases:
            way = abs(self._value_at(phase.peak_s) - self.rest)
            near = np.abs(self.smooth_course - self.rest) <= _STOOD * way
            begin = max(phase.start_s - _STANDING_S, last)
            paused = phase.start_s - begin >= _PAUSE_S
            stood.append(near & self.between(begin, phase.start_s) & paused)
            passed.append(near & self.between(phase.start_s - _STANDING_S, phase.peak_s))
            last = phase.end_s
        return stood if any(rows.any() for rows in stood) else passed

    def _top(self, k: int) -> Mask:
        """The rows in which repetition k is at its peak: 0.2 s, or as long as it is held there."""
        at, gone = self.phases[k].peak_s, np.where(self._within[k], self.gone(k), np.nan)
        around = self.between(at - _AROUND_S - self.spacing / 2, at + _AROUND_S + self.spacing / 2)
        if not np.isfinite(gone).any():
            return around
        most = float(np.nanmax(gone))
        high = np.flatnonzero(gone >= most - max(_TOP * most, _TOP_DEG))
        return around | (self.between(self.times[high[0]], self.times[high[-1]]) & (gone >= _NEAR * most))


def both_sides(right: Reading, left: Reading) -> Reading:
    """The mean of both sides, each counting by its error; the other one where one is not known.

    The sides' errors are taken to go together: the mean is not surer than its parts.
    """
    weights = [
        np.where(np.isfinite(r.raw) & np.isfinite(r.error), 1.0 / np.fmax(r.error, _LEAST_DEG) ** 2, 0.0)
        for r in (right, left)
    ]
    whole = np.where(weights[0] + weights[1] > 0, weights[0] + weights[1], np.nan)

    def mean(first: Array, second: Array) -> Array:
        parts = [
            np.where(w > 0, w * np.nan_to_num(v), 0.0) for w, v in zip(weights, (first, second), strict=True)
        ]
        return np.asarray((parts[0] + parts[1]) / whole, dtype=np.float64)

    return Reading(mean(right.raw, left.raw), mean(right.smooth, left.smooth), mean(right.error, left.error))


def minus(one: Reading, other: Reading) -> Reading:
    """The difference of two readings, with their errors taken to be independent."""
    return Reading(one.raw - other.raw, one.smooth - other.smooth, np.hypot(one.error, other.error))


def median(values: Array) -> float:
    """The median of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _smooth(values: Array, times_s: Array, reach_s: float) -> Array:
    """(n, p) smoothed over time, each column by itself."""
    offset = np.median(np.nan_to_num(values), axis=0)  # single precision is for what is left
    points = (values - offset)[..., None].astype(np.float32)
    trust = np.ones(values.shape, np.float32)
    return np.asarray(smoothed(points, times_s, trust, reach_s=reach_s)[..., 0], dtype=np.float64) + offset
