"""An alarm rule tried on simulated courses: what it notices, and how often it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.edema.alarm import AlarmRule, probabilities, sounding
from mitate.errors import InputError
from mitate.simulate.week_courses import (
    Courses,
    DialysisProfile,
    ErrorModel,
    HomeProfile,
    dialysis_courses,
    home_courses,
)

__all__ = ["AlarmScore", "choose_rule", "score_courses", "try_alarm"]

Array = NDArray[np.float64]

_MONTH_DAYS = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class AlarmScore:
    """What came of a rule; each array has one row a course.

    Attributes:
        detected: rising courses in which the alarm was on at the first or second session (`Courses.asked`)
            after the true excess had reached the threshold, having sounded in the rise; courses with fewer
            than two such sessions do not count.
        false_alarms: of ordinary courses, how often it sounded.
        months: of one ordinary course.
        on_share: of ordinary courses, share of sessions with the alarm on.
        ahead_days: of detected rises, from the first sounding in it to the threshold; negative is after.
    """

    detected: NDArray[np.bool_]
    false_alarms: NDArray[np.int64]
    months: float
    on_share: Array
    ahead_days: Array

    @property
    def detection(self) -> float:
        """Share of rises detected in time."""
        return float(self.detected.mean())

    @property
    def false_per_month(self) -> float:
        """False alarms a month and patient."""
        return float(self.false_alarms.mean() / self.months)


def score_courses(
    ordinary: Courses,
    rising: Courses,
    estimates: tuple[Array, Array],
    variance: float,
    common_kg: float,
    rule: AlarmRule,
) -> AlarmScore:
    """Try a rule on courses whose estimates are given.

    Args:
        ordinary: courses without a rise.
        rising: courses with one.
        estimates: (B, n) of both, nan where no session was held.
        variance: of an estimate's own error, as the alarm is told.
        common_kg: sd of the shared error, as the alarm is told.
        rule: to try.
    """
    told = []
    for courses, values in zip((ordinary, rising), estimates, strict=True):
        own = np.full(values.shape, variance)
        chance = probabilities(courses.days, values, own, common_kg, rule, contexts=courses.contexts)
        told.append(sounding(courses.days, chance, courses.asked, rule))
    (on_ordinary, false), (on, sounded) = told
    detected, ahead = [], []
    for b, reached in enumerate(rising.reached.tolist()):
        two = np.flatnonzero(rising.asked[b] & (rising.days >= reached))[:2]
        if len(two) < 2:
            continue
        began = np.flatnonzero(sounded[b] & (rising.days > rising.onset[b]))
        noticed = bool(len(began)) and any(on[b, k] and began[0] <= k for k in two.tolist())
        detected.append(noticed)
        if noticed:
            ahead.append(reached - float(rising.days[began[0]]))
    if not detected:
        raise InputError("no course reaches the threshold and goes on for two sessions", where="courses")
    return AlarmScore(
        np.array(detected),
        false.sum(axis=1),
        float(ordinary.days[-1] - ordinary.days[0]) / _MONTH_DAYS,
        (on_ordinary & ordinary.asked).sum(axis=1) / ordinary.asked.sum(axis=1),
        np.array(ahead),
    )


def try_alarm(
    rule: AlarmRule,
    errors: ErrorModel,
    profile: HomeProfile | DialysisProfile,
    *,
    count: int,
    seed: int,
    told: ErrorModel | None = None,
) -> AlarmScore:
    """Draw ordinary and rising courses, and try a rule on them.

    Args:
        rule: to try.
        errors: of the estimates.
        profile: of the courses.
        count: of courses of either kind.
        seed: of courses and errors.
        told: the errors that the alarm is told of; None are the true ones.
    """
    told = told or errors
    drawn = []
    for rising in (False, True):
        rng = np.random.default_rng([seed, rising])
        if isinstance(profile, HomeProfile):
            courses = home_courses(rng, count, profile, rising=rising)
        else:
            courses = dialysis_courses(rng, count, profile, rising=rising)
        drawn.append((courses, courses.estimates(rng, errors)))
    (ordinary, first), (risen, second) = drawn
    variance = told.session_sd**2 + profile.puffiness_sd**2
    return score_courses(ordinary, risen, (first, second), variance, told.shared[1], rule)


def choose_rule(
    rules: Sequence[AlarmRule],
    errors: Sequence[ErrorModel],
    profiles: Sequence[HomeProfile | DialysisProfile],
    *,
    count: int,
    seed: int,
    least_detection: float = 0.975,
) -> tuple[AlarmRule, AlarmScore]:
    """The rule with the fewest false alarms among those that detect enough, judged by its worst case.

    Args:
        rules: to choose from.
        errors, profiles: every error model is tried with every profile.
        count, seed: of the courses to learn from; test on others.
        least_detection: in the worst case; if none reaches it, the one that comes closest is taken.

    Returns:
        The rule and its score in the case with most false alarms.
    """
    ranked: list[tuple[bool, float, int]] = []
    worst: list[AlarmScore] = []
    for number, rule in enumerate(rules):
        scores = [try_alarm(rule, e, p, count=count, seed=seed) for e in errors for p in profiles]
        detection = min(score.detection for score in scores)
        most = max(scores, key=lambda score: score.false_per_month)
        short = detection < least_detection
        ranked.append((short, -detection if short else most.false_per_month, number))
        worst.append(most)
    best = min(ranked)[2]
    return rules[best], worst[best]
