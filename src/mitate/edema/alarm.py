"""When a nurse is told: an alarm on a patient's course, with a stated rate of false ones.

The alarm is on when the probability that the excess is above `AlarmRule.level_kg`, given this session and all
earlier ones, is at least `AlarmRule.probability`. Nothing that comes later changes it: the dynamics are the
rule's own and not fitted to the course. It sounds when it goes on, and again every `repeat_days` while it
stays on. The rules' numbers were chosen on simulated courses (`mitate.simulate.alarm_trial`) and tested on
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from mitate.edema.course_model import (
    Context,
    Dynamics,
    Kind,
    course_model,
    dialysis_days,
    kind_of,
    rows_seen,
)
from mitate.edema.kalman import run_filter
from mitate.edema.sightings import Course, as_readings
from mitate.errors import InputError

__all__ = [
    "DIALYSIS_RULE",
    "HOME_RULE",
    "Alarm",
    "AlarmRule",
    "alarm",
    "probabilities",
    "rule_for",
    "sounding",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """When the alarm goes on.

    Attributes:
        level_kg: the alarm asks whether the excess is above this.
        probability: from which on it is on.
        off_probability: below which it goes off again.
        repeat_days: it sounds again after so many days while it stays on.
        step_kg, pull_days, first_kg: of the level (`Dynamics`): sd of a day's step, time in which it falls
            back to ordinary, sd before the first session.

    Raises:
        InputError: a probability that is not in (0, 1), or off above on.
    """

    level_kg: float
    probability: float
    off_probability: float
    step_kg: float
    pull_days: float = np.inf
    first_kg: float = 0.4
    repeat_days: float = 7.0
    stated: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.off_probability <= self.probability < 1:
            raise InputError(
                "probabilities must be above 0 and below 1, and off not above on", where="alarm rule"
            )

    def dynamics(self, kind: Kind) -> Dynamics:
        """How the rule takes the level to move."""
        usual = 0.0 if kind == "home" else 0.2
        return Dynamics(kind, step_kg=self.step_kg, pull_days=self.pull_days, first=(usual, self.first_kg))


HOME_RULE = AlarmRule(
    0.75,
    0.25,
    0.19,
    step_kg=0.25,
    pull_days=15.0,
    stated="on simulated courses at home, with estimates that err by 0.3 kg, this alarm was wrong once in "
    "two months; with worse estimates it is wrong more often or late",
)
"""For patients at home without dialysis."""

DIALYSIS_RULE = AlarmRule(
    0.75,
    0.4,
    0.3,
    step_kg=0.3,
    first_kg=0.2,
    stated="on simulated dialysis courses, with estimates that err by 0.3 kg, this alarm was wrong twice in "
    "three months; with worse estimates it is wrong more often or late",
)
"""For what dialysis leaves behind."""


def rule_for(kind: Kind) -> AlarmRule:
    """The rule in use for a kind of course."""
    return HOME_RULE if kind == "home" else DIALYSIS_RULE


@dataclass(frozen=True, slots=True, eq=False)
class Alarm:
    """The alarm over a course.

    Attributes:
        probability: (n,) that the excess was above the rule's level, as known at each session.
        on: (n,) whether the alarm was on after it.
        sounded: (n,) whether somebody was told then.
        rule: by which.
    """

    probability: Array
    on: NDArray[np.bool_]
    sounded: NDArray[np.bool_]
    rule: AlarmRule


def probabilities(
    days: Array,
    values: Array,
    variances: Array,
    common_kg: float,
    rule: AlarmRule,
    *,
    contexts: Sequence[Context] | None = None,
) -> Array:
    """Probability after each session that the level is above the rule's, for many courses at once.

    Args:
        days: (n,) of the sessions, the same for all courses.
        values: (..., n) estimated excess, nan where no session was held.
        variances: (..., n) of the estimates' own errors, the shared one not included.
        common_kg: sd of the error that the sessions of a course share.
        rule: whose dynamics are used.
        contexts: (n,) of the sessions; None is at home.
    """
    kind = kind_of(contexts or ())
    seen, _, level = rows_seen(kind)
    model = course_model(
        days,
        np.tile(seen, (len(days), 1)),
        rule.dynamics(kind),
        common_kg,
        dialyses=None if contexts is None else dialysis_days(days, contexts),
    )
    filtered = run_filter(model, values, variances)
    return _above(filtered.mean, filtered.covariance, level, rule.level_kg)


def _above(mean: Array, covariance: Array, row: Array, level_kg: float) -> Array:
    sd = np.sqrt(np.einsum("s,...st,t->...", row, covariance, row).clip(1e-12))
    return np.asarray(ndtr((mean @ row - level_kg) / sd))


def sounding(
    days: Array, probability: Array, held: NDArray[np.bool_], rule: AlarmRule
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """When the alarm is on and when it sounds.

    Args:
        days: (n,).
        probability: (..., n) from `probabilities`.
        held: (..., n) sessions that were held; the alarm does nothing in between.
        rule: of the alarm.

    Returns:
        (..., n) on, and (..., n) sounded.
    """
    on, sounded = np.zeros(probability.shape, bool), np.zeros(probability.shape, bool)
    state = np.zeros(probability.shape[:-1], bool)
    last = np.full(probability.shape[:-1], -np.inf)
    for k, day in enumerate(days.tolist()):
        least = np.where(state, rule.off_probability, rule.probability)
        new = np.where(held[..., k], probability[..., k] >= least, state)
        told = new & held[..., k] & (~state | (day - last >= rule.repeat_days))
        last = np.where(told, day, last)
        state, on[..., k], sounded[..., k] = new, new, told
    return on, sounded


def alarm(course: Course, rule: AlarmRule, *, kind: Kind | None = None) -> Alarm:
    """The alarm over one patient's course, as it would have been session by session.

    For ``dialysis`` it is about what dialysis leaves behind (`course_model.rows_seen`), and only goes on or
    off after a `post` session.
    """
    kind = kind or kind_of(course.contexts)
    rows = as_readings(course, kind)
    model = course_model(
        rows.days,
        rows.seen,
        rule.dynamics(kind),
        course.shared_kg,
        events=rows.events,
        dialyses=rows.dialyses,
    )
    filtered = run_filter(model, rows.values, rows.variances)
    _, _, level = rows_seen(kind)
    every = _above(filtered.mean, filtered.covariance, level, rule.level_kg)
    last = np.append(rows.session[1:] != rows.session[:-1], True)  # a session's scales come after its camera
    asked = np.array([kind == "home" or context == "post" for context in course.contexts])
    on, sounded = sounding(course.days, every[last], asked, rule)
    return Alarm(every[last], on, sounded, rule)
