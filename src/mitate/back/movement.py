"""When a movement was made: start, peak, end and side of every whole repetition, from the joint angles.

Each movement has one course over time that tells how far it has gone: the trunk's inclination in a bend, its
turn in a rotation, the mean of both knees in a squat, what one leg is lifted more than the other in one-leg
stance. The course is averaged into even steps, cleaned of single outliers and smoothed without lag; a
repetition is where it leaves rest by nearly half of the largest excursion and comes back. Nothing is bridged:
where the person was not seen for longer than half a second (or three frames), what is on either side are
two films, and a repetition that one of them does not show whole is left out.

The limits here are choices of this project, made on simulated movements; no source gives them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, median_filter

from mitate.abduce.names import did_you_mean
from mitate.back.course_of_neck import course_of_neck, unseen_head
from mitate.body.recording import Recording
from mitate.errors import InputError, RefusalError

__all__ = [
    "LONGEST_GAP_S",
    "MOVEMENTS",
    "NECK_MOVEMENTS",
    "SIDES",
    "Phase",
    "course",
    "excursions",
    "find_repetitions",
    "rest_of",
]

Array = NDArray[np.float64]

LEAST_DEG = {
    "forward_bend": 12.0,
    "backward_bend": 6.0,
    "rotation": 10.0,
    "side_bend": 6.0,
    "waiters_bow": 10.0,
    "one_leg_stance": 20.0,
    "squat": 15.0,
}
"""Degrees that the course of a movement must go for it to be one at all."""

MOVEMENTS: tuple[str, ...] = tuple(LEAST_DEG)
"""The movements of the low back that can be measured."""

LEAST_DEG |= {
    "neck_flexion": 8.0,
    "neck_extension": 8.0,
    "neck_rotation": 10.0,
    "neck_side_bend": 6.0,
    "arm_raise": 30.0,
}
NECK_MOVEMENTS: tuple[str, ...] = tuple(name for name in LEAST_DEG if name not in MOVEMENTS)
"""Those of neck and shoulder; their course needs what `mitate.back.head.with_head` adds to a recording."""

SIDES = {
    "rotation": ("left", "right"),
    "side_bend": ("right", "left"),
    "one_leg_stance": ("right", "left"),
    "neck_rotation": ("left", "right"),
    "neck_side_bend": ("right", "left"),
}
"""Of movements to both sides: the side of a positive course, and of a negative one."""

LONGEST_GAP_S = 0.5
"""A longer time without the person parts the film (at low frame rates: three frames)."""

_STEP_S = 0.05
_SMOOTH_S = 0.15  # standard deviation of the smoothing: 2 degrees off a peak that is reached in a second
_OUTLIER_STEPS = 5
_NEAR_DEG = 6.0  # this near to rest is rest, to tell who comes and goes
_LEAST_S, _STANCE_S = 0.25, 0.7  # what is over sooner is no repetition; on one leg, a step
_SURE_S = 0.3  # how long, all in all, an excursion must last to set the scale
_BEGUN, _LEFT = 0.45, 0.3  # shares of the scale at which a repetition has begun, and is over
_ONSET, _FIFTH, _TOP = 0.05, 0.2, 0.07  # shares of one repetition's own excursion
_SHARES = np.linspace(0.0, 1.0, 101)
_COURSE = _SHARES**3 * (10.0 - 15.0 * _SHARES + 6.0 * _SHARES**2)  # minimum jerk
_OTHER_SIDE = 0.2  # less than this share of the other side is an overshoot, not a repetition


@dataclass(frozen=True, slots=True)
class Phase:
    """One repetition, seconds from the start of the clip.

    Attributes:
        start_s: when it leaves standing.
        peak_s: when it has gone farthest; the middle of a hold.
        end_s: when standing is reached again.
        side: ``left`` or ``right`` (in one-leg stance the leg stood on); empty where a movement has no sides.
    """

    start_s: float
    peak_s: float
    end_s: float
    side: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """A part of the film without gaps: even times, the smoothed course on them, and its noise, degrees."""

    times: Array
    values: Array
    noise: float


def course(recording: Recording, movement: str) -> Array:
    """How far the movement has gone at each moment: (n,) degrees, NaN where it was not seen.

    Turns are unwrapped, so that a person who faces away from the camera turns as one who faces it. For
    movements with sides `SIDES` names the side of positive values.

    Raises:
        InputError: no movement of this name.
    """
    checked_movement(movement)
    angles = recording.angles
    if movement in NECK_MOVEMENTS:
        return course_of_neck(recording, movement)
    if movement in ("forward_bend", "waiters_bow"):
        return np.array(angles["trunk_inclination"], dtype=np.float64)
    if movement == "backward_bend":
        return -np.asarray(angles["trunk_inclination"], dtype=np.float64)
    if movement == "rotation":
        return unwrapped(angles["trunk_rotation"])
    if movement == "side_bend":
        return np.array(angles["trunk_list"], dtype=np.float64)
    right, left = (np.asarray(angles[f"knee_flexion_{side}"]) for side in ("right", "left"))
    if movement == "squat":
        return np.where(np.isnan(right), left, np.where(np.isnan(left), right, (right + left) / 2))
    hips = np.asarray(angles["hip_flexion_left"]) - np.asarray(angles["hip_flexion_right"])
    return np.asarray(left - right + hips, dtype=np.float64)


def checked_movement(movement: str) -> str:
    """`movement` if it is one.

    Raises:
        InputError: no movement of this name, with the nearest one.
    """
    if movement not in LEAST_DEG:
        raise InputError(
            f"there is no movement {movement[:60]!r}",
            where="movement",
            todo=did_you_mean(movement, LEAST_DEG),
        )
    return movement


def unwrapped(angle: Array) -> Array:
    """An angle (n,) without its jumps of 360 degrees; unknown moments stay unknown."""
    values = np.array(angle, dtype=np.float64)
    known = np.isfinite(values)
    values[known] = np.unwrap(values[known], period=360.0)
    return values


def find_repetitions(recording: Recording, movement: str) -> tuple[Phase, ...]:
    """Every whole repetition of a movement, in order of time.

    Raises:
        InputError: no movement of this name.
        RefusalError: ``no_movement``: the person was not seen, did not move this way, or no repetition was
            filmed from its start to its end.
    """
    runs = _runs(recording.times_s, course(recording, movement))
    if not runs:
        if movement in NECK_MOVEMENTS[:4]:
            raise _refusal(*unseen_head(movement))
        raise _refusal("the person was not seen long enough", "film the whole body, standing free")
    signs = (1.0, -1.0) if movement in SIDES else (1.0,)
    rest = _rest(runs, movement in SIDES)
    noise = float(np.median([run.noise for run in runs]))
    sizes = [_size(runs, rest, sign) for sign in signs]
    least = max(LEAST_DEG[movement], 4.0 * noise, _OTHER_SIDE * max(sizes))
    least_s = _STANCE_S if movement == "one_leg_stance" else _LEAST_S
    found: list[Phase] = []
    for i, (sign, size) in enumerate(zip(signs, sizes, strict=True)):
        if size >= least:
            side = SIDES[movement][i] if movement in SIDES else ""
            for run in runs:
                found += _repetitions(run, sign * (run.values - rest), size, side, least_s)
    if not found:
        raise _nothing_whole(movement, max(float(np.ptp(run.values)) for run in runs), least)
    return tuple(sorted(found, key=lambda phase: phase.peak_s))


def rest_of(recording: Recording, movement: str) -> float:
    """The course of a movement while the person stands, degrees; NaN where they were not seen long enough."""
    runs = _runs(recording.times_s, course(recording, movement))
    return _rest(runs, movement in SIDES) if runs else float("nan")


def excursions(times_s: Array, values: Array, *, both_sides: bool) -> tuple[float, float]:
    """How far a course (n,) goes from rest, degrees: upwards and downwards, 0.3 s in all or more.

    NaN where it is not known long enough.
    """
    runs = _runs(times_s, values)
    if not runs:
        return float("nan"), float("nan")
    rest = _rest(runs, both_sides)
    return _size(runs, rest, 1.0), _size(runs, rest, -1.0)


def _nothing_whole(movement: str, size: float, least: float) -> RefusalError:
    named = movement.replace("_", " ")
    if size < least:
        return _refusal(
            f"no {named} was found: the angle that shows it changed by {max(size, 0.0):.0f} degrees only",
            "name the movement that was made, or film it again from standing to standing",
        )
    return _refusal(
        f"no {named} was filmed from its start to its end",
        "start filming before the movement and stop after it, with the person in the picture all the time",
    )


def _refusal(what: str, todo: str) -> RefusalError:
    return RefusalError(what, reason="no_movement", todo=todo)


def _runs(times_s: Array, values: Array) -> list[_Run]:
    """The parts without gaps that are long enough to hold anything."""
    known = np.isfinite(values)
    times, values = np.asarray(times_s, dtype=np.float64)[known], values[known]
    if len(times) < 4:
        return []
    longest = max(LONGEST_GAP_S, 3.0 * float(np.median(np.diff(times_s))))
    cuts = np.flatnonzero(np.diff(times) > longest) + 1
    parts = zip(np.split(times, cuts), np.split(values, cuts), strict=True)
    return [_run(t, v) for t, v in parts if len(t) >= 4 and t[-1] - t[0] >= 2 * LONGEST_GAP_S]


def _run(times: Array, values: Array) -> _Run:
    count = int((times[-1] - times[0]) / _STEP_S) + 1
    even = times[0] + _STEP_S * np.arange(count)
    near = np.minimum(np.rint((times - times[0]) / _STEP_S).astype(int), count - 1)
    rows = np.bincount(near, minlength=count)
    filled = np.flatnonzero(rows)
    means = np.bincount(near, weights=values, minlength=count)[filled] / rows[filled]
    level = np.interp(even, even[filled], means)
    smooth = gaussian_filter1d(median_filter(level, _OUTLIER_STEPS, mode="nearest"), _SMOOTH_S / _STEP_S)
    # A third of the noise of single rows is left of it after the smoothing at 30 rows a second; fewer, more.
    rate = len(times) / (times[-1] - times[0])
    raw = np.median(np.abs(np.diff(values, n=2))) * 1.4826 / np.sqrt(6.0)
    return _Run(even, np.asarray(smooth, dtype=np.float64), float(raw) * min(1.0, np.sqrt(3.0 / rate)))


def _rest(runs: list[_Run], both_sides: bool) -> float:
    """The course while standing, degrees."""
    values = np.concatenate([run.values for run in runs])
    if not both_sides:
        low, high = np.percentile(values, (2.0, 98.0))
        return float(np.median(values[values <= low + 0.2 * (high - low)]))
    half = int(LONGEST_GAP_S / _STEP_S)
    # People stand at the start, at the end, or for most of the time: two of the three are enough,
    middle = float(np.median(values))
    rest = float(np.median([middle, np.median(values[:half]), np.median(values[-half:])]))
    # unless they came and went in another direction, and were there for a moment only.
    here, there = (np.mean(np.abs(values - level) <= _NEAR_DEG) for level in (middle, rest))
    return middle if here >= 2.0 * there else rest


def _size(runs: list[_Run], rest: float, sign: float) -> float:
    """How far the course goes to one side, degrees: reached or passed for `_SURE_S` in all.

    What comes before a run first is at rest, and after it last is, does not count: people come and go.
    """
    parts = []
    for run in runs:
        away = run.values - rest
        still = np.flatnonzero(np.abs(away) <= _NEAR_DEG)
        if len(still):
            parts.append(sign * away[still[0] : still[-1] + 1])
    values = np.sort(np.concatenate(parts)) if parts else np.zeros(1)
    return float(values[-min(int(_SURE_S / _STEP_S), len(values))])


def _repetitions(run: _Run, gone: Array, size: float, side: str, least_s: float) -> list[Phase]:
    """The whole repetitions in one run; `gone` is the course to this side from rest, degrees."""
    begun = _BEGUN * size
    left = begun - max((_BEGUN - _LEFT) * size, min(3.0 * run.noise, _LEFT * size))
    state = np.where(gone >= begun, 1, np.where(gone <= left, 0, -1))
    held = np.maximum.accumulate(np.where(state >= 0, np.arange(len(state)), -1))
    active = np.where(held >= 0, state[held], 1)  # what the film begins in the middle of is not whole
    edges = np.diff(np.concatenate([active[:1], active, active[-1:]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if len(stops) and (not len(starts) or stops[0] < starts[0]):
        before, stops = int(stops[0]), stops[1:]
    else:
        before = 0
    found = []
    for k, (first, stop) in enumerate(zip(starts, stops, strict=False)):
        after = int(starts[k + 1]) if k + 1 < len(starts) else len(gone)
        if run.times[stop] - run.times[first] >= least_s:
            found.append(_phase(run, gone, (before, int(first), int(stop), after), side))
        before = int(stop)
    return found


def _phase(run: _Run, gone: Array, span: tuple[int, int, int, int], side: str) -> Phase:
    """One repetition; `span`: the end of the one before, where this one has begun and is over, the next."""
    before, first, stop, after = span
    top = first + int(np.argmax(gone[first:stop]))
    size = float(gone[top])
    near = gone >= size - max(_TOP * size, 3.0 * run.noise)
    low, high = top, top
    while low > first and near[low - 1]:
        low -= 1
    while high < stop - 1 and near[high + 1]:
        high += 1
    start = _onset(run.times[before : top + 1][::-1], gone[before : top + 1][::-1], size, run.noise)
    end = _onset(run.times[top:after], gone[top:after], size, run.noise)
    return Phase(start, float(run.times[low] + run.times[high]) / 2, end, side)


def _onset(times: Array, gone: Array, size: float, noise: float) -> float:
    """When standing was left (times run backwards from the peak) or reached again (forwards).

    The course crosses a twentieth of its way well after it began. From when it crosses that, and a fifth of
    the way more, the start of a minimum-jerk movement is reckoned (Flash T, Hogan N, J Neurosci
    1985;5:1688-1703); by a second at most. In noise the twentieth is more.
    """
    rest = max(0.0, float(gone.min()))
    low = min(max(_ONSET, 2.0 * noise / size), 0.4)
    crossed = [
        int(np.argmax(under)) if (under := gone <= rest + share * (size - rest)).any() else len(gone) - 1
        for share in (low, low + _FIFTH)
    ]
    at_low, at_more = np.interp((low, low + _FIFTH), _COURSE, _SHARES)
    early = float(times[crossed[0]] - times[crossed[1]]) * at_low / (at_more - at_low)
    reckoned = float(times[crossed[0]]) + float(np.clip(early, -1.0, 1.0))
    edge = float(times[-1])
    return max(reckoned, edge) if edge < times[0] else min(reckoned, edge)
