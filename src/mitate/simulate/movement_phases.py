"""When a simulated movement happens: pauses, ways there and back, holds, and the smooth courses between.

A way from rest to rest follows the minimum-jerk course of unconstrained human movement (Flash T, Hogan N,
J Neurosci 1985;5:1688-1703).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Timeline", "bent", "minimum_jerk", "progress", "sample_timeline", "sway"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The times of a whole motion, seconds.

    Attributes:
        starts, reached, left, ends: (k,), a repetition's start, its arrival at the peak, its leaving of the
            peak, and its end.
        sides: (k,), 1 or -1 (a movement's positive side and the other), 0 without sides.
        length_s: the whole motion.
    """

    starts: Array
    reached: Array
    left: Array
    ends: Array
    sides: tuple[int, ...]
    length_s: float

    def __len__(self) -> int:
        return len(self.starts)


def minimum_jerk(share: ArrayLike) -> Array:
    """How far a way from rest to rest has gone, 0 to 1, at a share of its time; outside it the nearer end."""
    x = np.clip(np.asarray(share, dtype=np.float64), 0.0, 1.0)
    return np.asarray(x**3 * (10.0 - 15.0 * x + 6.0 * x**2))


def bent(course: ArrayLike, bow: float) -> Array:
    """A course from 0 to 1 that runs ahead (positive bow, up to 1) or behind, with the same ends."""
    s = np.asarray(course, dtype=np.float64)
    return np.asarray(s + bow * s * (1.0 - s))


def progress(times_s: Array, timeline: Timeline, repetition: int) -> tuple[Array, Array]:
    """(n,) how far a repetition has gone, 0 to 1 and back; and (n,) whether it is on its way back."""
    start, reached = timeline.starts[repetition], timeline.reached[repetition]
    left, end = timeline.left[repetition], timeline.ends[repetition]
    there = minimum_jerk((times_s - start) / (reached - start))
    back = minimum_jerk((times_s - left) / (end - left))
    return there - back, times_s >= left


def sample_timeline(
    rng: np.random.Generator,
    sides: tuple[int, ...],
    *,
    age: float,
    speed: float,
    slow_return: float,
    ready_s: float,
) -> Timeline:
    """Times of as many repetitions as there are sides; one lasts 2 to 6 s at a speed of 1.

    Args:
        rng: source of chance; as many draws are taken whatever the other arguments.
        sides: of each repetition, 1, -1 or 0.
        age: years; older people are slower.
        speed: divides all durations.
        slow_return: how many times longer the way back takes.
        ready_s: the least time before the first and after the last repetition.
    """
    count = len(sides)
    slower = 1.0 + 0.004 * (age - 40.0)
    there = rng.uniform(1.0, 2.4) * slower * rng.uniform(0.92, 1.08, count)
    hold = rng.uniform(0.15, 1.2) * rng.uniform(0.7, 1.3, count)
    back = rng.uniform(1.0, 2.4) * slower * rng.uniform(0.92, 1.08, count)
    rest = rng.uniform(0.4, 1.2) * rng.uniform(0.8, 1.2, count)
    before, after = np.maximum(rng.uniform(0.6, 1.5, 2), ready_s)
    fit = np.clip(there + hold + back, 2.0, 6.0) / (there + hold + back)
    there, hold, back = there * fit, hold * fit, back * fit * slow_return
    lengths = there + hold + back
    starts = before + np.concatenate([[0.0], np.cumsum(lengths + rest)[:-1]])
    ends = starts + lengths
    return Timeline(
        starts=starts / speed,
        reached=(starts + there) / speed,
        left=(starts + there + hold) / speed,
        ends=ends / speed,
        sides=sides,
        length_s=float(ends[-1] + after) / speed,
    )


def sway(rng: np.random.Generator, times_s: Array, size: float) -> Array:
    """(n,) slow wandering about zero, degrees, with this standard deviation: nobody stands still."""
    frequencies = rng.uniform(0.08, 0.6, 4)
    phases = rng.uniform(0.0, 2.0 * np.pi, 4)
    waves = np.sin(2.0 * np.pi * np.outer(times_s, frequencies) + phases)
    return np.asarray(size / np.sqrt(2.0) * waves.sum(axis=1))
