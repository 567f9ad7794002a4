"""How a patient's excess fluid moves from session to session: at home, and between dialyses.

*Home* (heart, liver and kidney patients without dialysis): the level is a random walk, pulled back to its
ordinary value where `Dynamics.pull_days` is finite. *Dialysis*: the level after dialysis is such a random
walk; above it fluid gathers at the patient's own rate and is taken off at known times, down to a residual
that differs from time to time. The camera sees level plus gathered fluid plus an error that all its sessions
share; a pair of scales sees the same without that error. Local level and intervention as in Durbin and
Koopman, Time Series Analysis by State Space Methods (2012), chapters 2 and 3, in continuous time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mitate.edema.kalman import StateSpace
from mitate.errors import InputError

__all__ = ["CONTEXTS", "Context", "Dynamics", "Kind", "course_model", "dialysis_days", "kind_of", "rows_seen"]

Array = NDArray[np.float64]
Kind = Literal["home", "dialysis"]
Context = Literal["other", "before meal", "after meal", "after toilet", "pre", "post"]

CONTEXTS: tuple[Context, ...] = ("other", "before meal", "after meal", "after toilet", "pre", "post")
_JUST = 1e-6  # days between a session and a dialysis that nothing was seen the other side of


@dataclass(frozen=True, slots=True)
class Dynamics:
    """How fast things move, in kilograms and days. What is not fitted is assumed, from the sizes in use.

    Attributes:
        kind: ``home`` or ``dialysis``.
        step_kg: sd of the level's random walk in one day; of the level after dialysis for ``dialysis``.
        pull_days: time in which the level falls back to ordinary by two thirds; inf is a pure random walk.
        first: mean and sd of the level before the first session.
        event_kg: sd of what a meal or going to the toilet may change in addition.
        gather: mean and sd over patients of what gathers between dialyses in a day (2.2 kg in 2.3 days).
        gather_step_kg: how that varies, sd in one day.
        residual_kg: sd of what a dialysis leaves, from one to the next.
    """

    kind: Kind = "home"
    step_kg: float = 0.25
    pull_days: float = np.inf
    first: tuple[float, float] = (0.0, 1.5)
    event_kg: float = 0.3
    gather: tuple[float, float] = (0.95, 0.35)
    gather_step_kg: float = 0.3
    residual_kg: float = 0.25


def kind_of(contexts: Sequence[Context]) -> Kind:
    """Dialysis where any session is before or after one, else home."""
    return "dialysis" if {"pre", "post"} & set(contexts) else "home"


def dialysis_days(days: Array, contexts: Sequence[Context]) -> Array:
    """When the dialyses were, from the sessions beside them: (k,) days.

    Half-way between a `pre` session and a `post` session within a day; otherwise right before a lone `post`
    or right after a lone `pre`.
    """
    found: list[float] = []
    waiting: float | None = None
    for day, context in zip(days.tolist(), contexts, strict=True):
        if context == "pre":
            if waiting is not None:
                found.append(waiting + _JUST)
            waiting = day
        elif context == "post":
            paired = waiting is not None and day - waiting < 1
            found.append((waiting + day) / 2 if paired and waiting is not None else day - _JUST)
            if waiting is not None and not paired:
                found.append(waiting + _JUST)
            waiting = None
    if waiting is not None:
        found.append(waiting + _JUST)
    return np.sort(np.asarray(found, dtype=np.float64))


def rows_seen(kind: Kind) -> tuple[Array, Array, Array]:
    """Rows (s,) by which the camera, the scales and the alarm see the state.

    The alarm looks at the level: all excess at home, what dialysis leaves behind for ``dialysis``.
    """
    if kind == "home":
        return np.array([1.0, 1.0]), np.array([1.0, 0.0]), np.array([1.0, 0.0])
    return np.array([1.0, 1, 0, 1]), np.array([1.0, 1, 0, 0]), np.array([1.0, 0, 0, 0])


def course_model(
    days: Array,
    seen: Array,
    dynamics: Dynamics,
    common_kg: float,
    *,
    events: NDArray[np.bool_] | None = None,
    dialyses: Array | None = None,
) -> StateSpace:
    """The model of one course, or of many with the same times.

    States: level, [gathered since dialysis, its rate a day,] error shared by all sessions of the camera.

    Args:
        days: (n,) times of the rows, in order; several rows may share a time.
        seen: (n, s) how each row sees the state, from `rows_seen`.
        dynamics: how the state moves.
        common_kg: sd of the shared error.
        events: (n,) whether the level may have jumped right before the row (a meal, the toilet).
        dialyses: days of dialyses, for ``dialysis``.

    Raises:
        InputError: times that are not in order.
    """
    if len(days) == 0 or (np.diff(days) < 0).any():
        raise InputError("times must be in order, and at least one", where="days")
    mean, covariance = _start(dynamics, common_kg)
    states = len(mean)
    removed = np.asarray([] if dialyses is None or dynamics.kind == "home" else dialyses, dtype=np.float64)
    now = float(min(days[0], removed.min(initial=np.inf)))
    steps, noises = np.zeros((len(days), states, states)), np.zeros((len(days), states, states))
    for k, day in enumerate(days.tolist()):
        step, noise = np.eye(states), np.zeros((states, states))
        while len(removed) and removed[0] <= day:
            step, noise = _moved(step, noise, dynamics, float(removed[0]) - now)
            step, noise = _emptied(step, noise, dynamics.residual_kg)
            now, removed = float(removed[0]), removed[1:]
        step, noise = _moved(step, noise, dynamics, day - now)
        now = day
        if events is not None and events[k]:
            noise[0, 0] += dynamics.event_kg**2
        steps[k], noises[k] = step, noise
    return StateSpace(mean, covariance, steps, noises, seen)


def _start(dynamics: Dynamics, common_kg: float) -> tuple[Array, Array]:
    """Mean and covariance of the state at first."""
    mean, sd = dynamics.first
    if dynamics.kind == "home":
        return np.array([mean, 0.0]), np.diag([sd**2, common_kg**2])
    rate, rate_sd = dynamics.gather
    usual = 2.3 * rate  # days between dialyses, three a week
    return np.array([mean, usual, rate, 0.0]), np.diag([sd**2, 1.0, rate_sd**2, common_kg**2])


def _moved(step: Array, noise: Array, dynamics: Dynamics, days: float) -> tuple[Array, Array]:
    """Step and noise with some days more in which nothing is known to happen: exact, in closed form."""
    if days <= 0:
        return step, noise
    more, own = np.eye(len(step)), np.zeros_like(noise)
    if np.isinf(dynamics.pull_days):
        own[0, 0] = dynamics.step_kg**2 * days
    else:  # Ornstein and Uhlenbeck
        more[0, 0] = np.exp(-days / dynamics.pull_days)
        own[0, 0] = dynamics.step_kg**2 * dynamics.pull_days / 2 * (1 - more[0, 0] ** 2)
    if dynamics.kind == "dialysis":
        more[1, 2] = days
        own[1, 1] = dynamics.gather_step_kg**2 * days
    return more @ step, more @ noise @ more.T + own


def _emptied(step: Array, noise: Array, residual_kg: float) -> tuple[Array, Array]:
    """A dialysis: what has gathered is gone, down to a residual of its own."""
    step, noise = step.copy(), noise.copy()
    step[1] = 0
    noise[1], noise[:, 1] = 0, 0
    noise[1, 1] = residual_kg**2
    return step, noise
