"""Before or after dialysis: where a patient's excess lies at either, and Bayes' rule between the two.

A patient's usual excess before and after dialysis is drawn around the population's, and his days scatter
around it: the normal hierarchical model (Gelman and others, Bayesian Data Analysis, third edition, 2013,
chapter 5). His labelled days move his own levels in closed form. A random walk of his true weight moves both
levels alike, and so says nothing about which of them a session belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from mitate.edema import mixed
from mitate.edema.sessions import PatientSessions, SessionEmbeddings

__all__ = [
    "Levels",
    "Midpoint",
    "Sides",
    "crossing",
    "learn_levels",
    "learn_midpoint",
    "own_levels",
    "own_midpoint",
    "sides",
    "summary",
]

Array = NDArray[np.float64]

_FEWEST = 5  # patients seen on both sides, from which the scatter between patients can be told
_LARGEST = 400  # patients that the levels are learned from; more do not change them
_ENDS = np.array([0.05, 0.95])
_HALVINGS = 36  # of some kilograms: less than a microgram is left
_LEAST = 1e-3  # of the precision that an estimate brings, against that of all sessions together


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Usual excess before and after dialysis, kilograms; index 0 is before, 1 after.

    Attributes:
        mean: (2,) of the population, or of one patient given his labelled days.
        covariance: (2, 2) between patients, or what is still unknown of this one.
        sd: (2,) of one patient's days.
    """

    mean: Array
    covariance: Array
    sd: Array

    @property
    def spread(self) -> Array:
        """(2,) sd of a session's excess at either level."""
        return np.asarray(np.sqrt(np.diag(self.covariance) + self.sd**2))


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Labelled pre and post sessions of one patient."""

    after: NDArray[np.intp]  # (n,) 0 before dialysis, 1 after
    excess: Array
    days: Array


def _known(sessions: Sequence[SessionEmbeddings]) -> _Known:
    rows = [s for s in sessions if s.excess_kg is not None and s.phase != "other"]
    return _Known(
        np.array([int(s.phase == "post") for s in rows], dtype=np.intp),
        np.array([s.excess_kg for s in rows], dtype=np.float64),
        np.array([s.day for s in rows], dtype=np.float64),
    )


def _noise(known: _Known, sd: Array, drift: float, day: float) -> Array:
    """(n, n) covariance of the sessions about the levels of `day`."""
    return np.asarray(np.diag(sd[known.after] ** 2) + drift * mixed.brownian(known.days - day))


def own_levels(levels: Levels, sessions: Sequence[SessionEmbeddings], drift: float, day: float) -> Levels:
    """The patient's levels on a day, given the population's and his labelled sessions.

    Args:
        levels: of the population.
        sessions: his; those without excess or phase are passed over.
        drift: variance of the walk of his true weight, kg^2 a day.
        day: that the levels are of.
    """
    known = _known(sessions)
    if not len(known.excess):
        return levels
    design = np.eye(2)[known.after]
    gain = np.linalg.solve(
        design @ levels.covariance @ design.T + _noise(known, levels.sd, drift, day),
        design @ levels.covariance,
    ).T
    mean = levels.mean + gain @ (known.excess - design @ levels.mean)
    covariance = levels.covariance - gain @ design @ levels.covariance
    return Levels(mean, (covariance + covariance.T) / 2, levels.sd)


def learn_levels(patients: Sequence[PatientSessions], drift: float) -> Levels | None:
    """The population's levels, by the most probable parameters; the mean by generalised least squares.

    Args:
        patients: with labelled pre and post sessions.
        drift: variance of the walk of true weight, kg^2 a day.

    Returns:
        None where too few are known on both sides, or where dialysis does not lower the excess.
    """
    people = [_known(p.sessions) for p in patients]
    people = [k for k in people if k.after.any() and not k.after.all()][:_LARGEST]
    if len(people) < _FEWEST:
        return None
    total = np.array(
        [np.std(np.concatenate([k.excess[k.after == side] for k in people])) for side in (0, 1)]
    ).clip(0.05)
    start = np.log(np.concatenate([total, total]) * np.sqrt(0.5))

    def unpacked(theta: Array) -> tuple[Array, Array]:
        between = np.exp(theta[:2])
        shared = np.tanh(theta[4]) * between[0] * between[1]
        return np.array([[between[0] ** 2, shared], [shared, between[1] ** 2]]), np.exp(theta[2:4])

    def cost(theta: Array) -> float:
        covariance, sd = unpacked(theta)
        lost = _lost(people, covariance, sd, drift)[0]
        # as good as one day of pseudo-data: keeps few patients from a spread of nothing
        return lost + 0.5 * float(np.sum((theta[:4] - start) ** 2) + theta[4] ** 2)

    best = optimize.minimize(cost, np.append(start, 0.3), method="L-BFGS-B", options={"maxiter": 60})
    covariance, sd = unpacked(best.x)
    _, mean, doubt = _lost(people, covariance, sd, drift)
    if mean[0] - mean[1] < 0.1:
        return None
    return Levels(mean, covariance + doubt, sd)


def _lost(people: Sequence[_Known], covariance: Array, sd: Array, drift: float) -> tuple[float, Array, Array]:
    """Minus the log restricted likelihood, the mean by generalised least squares and its covariance."""
    precision, moment, lost = np.zeros((2, 2)), np.zeros(2), 0.0
    for known in people:
        design = np.eye(2)[known.after]
        full = design @ covariance @ design.T + _noise(known, sd, drift, float(known.days[0]))
        inverse = np.linalg.inv(full)
        precision += design.T @ inverse @ design
        moment += design.T @ inverse @ known.excess
        lost += 0.5 * float(known.excess @ inverse @ known.excess - np.linalg.slogdet(inverse)[1])
    doubt = np.linalg.inv(precision)
    mean = doubt @ moment
    lost += 0.5 * float(np.linalg.slogdet(precision)[1] - moment @ mean)
    return lost, mean, np.asarray(doubt, np.float64)


def _turns(mean: Array, spread: Array) -> tuple[Array, Array]:
    """Between which values of excess the odds of `before` rise; beyond they are held (arrays (..., 2))."""
    curve = 1 / spread[..., 1] ** 2 - 1 / spread[..., 0] ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        at = (mean[..., 1] / spread[..., 1] ** 2 - mean[..., 0] / spread[..., 0] ** 2) / curve
    low = np.where(curve > 0, at, -np.inf)
    high = np.where(curve < 0, at, np.inf)
    return low, high


def _odds(excess: Array, mean: Array, spread: Array) -> Array:
    """Log odds of `before` at an excess; mean and spread (..., 2)."""
    low, high = _turns(mean, spread)
    held = np.clip(excess, low, high)
    z = (held[..., None] - mean) / spread
    return np.asarray((z[..., 1] ** 2 - z[..., 0] ** 2) / 2 + np.log(spread[..., 1] / spread[..., 0]))


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What an estimate says of either side.

    Attributes:
        before: (...) probability that the session is before dialysis, both being equally frequent.
        mean, variance: (..., 2) of the excess if it is before, and if it is after; kilograms.
    """

    before: Array
    mean: Array
    variance: Array


def sides(excess: Array, variance: Array, mean: Array, spread: Array) -> Sides:
    """Bayes' rule between before and after dialysis.

    The estimate is a regression on all sessions, and so already drawn towards their common mean; that is
    taken back first, which leaves the likelihood of the excess, and the levels are put in its place. Where
    the two normal curves cross twice, the odds are held at their turning point: more excess never makes
    `before` less likely.

    Args:
        excess, variance: (...) of the estimate, without what true weight has walked since the labelled days.
        mean, spread: (2,) or (..., 2) of a session's excess before and after.
    """
    centre = mean.mean(axis=-1)
    total = (spread**2).mean(axis=-1) + (mean[..., 0] - mean[..., 1]) ** 2 / 4
    precision = np.maximum(1 / variance - 1 / total, _LEAST / total)
    shown = (excess / variance - centre / total) / precision
    odds = _odds(shown, mean, np.sqrt(spread**2 + 1 / precision[..., None]))
    inside = 1 / (precision[..., None] + 1 / spread**2)
    # shown * precision is finite and right however little the estimate says
    pulled = inside * ((shown * precision)[..., None] + mean / spread**2)
    return Sides(np.asarray(special.expit(odds)), np.asarray(pulled), np.asarray(inside))


def summary(found: Sides, walked: Array) -> tuple[Array, Array, Array]:
    """Mean (...), sd (...) and 90 % interval (..., 2) of the excess of sessions at either of the two sides.

    Args:
        found: of the sessions.
        walked: (...) variance of what true weight has walked since the labelled days, kg^2.
    """
    weight = np.stack([found.before, 1 - found.before], axis=-1)
    value = (weight * found.mean).sum(axis=-1)
    variance = found.variance + np.asarray(walked)[..., None]
    whole = (weight * (variance + (found.mean - value[..., None]) ** 2)).sum(axis=-1)
    sd = np.sqrt(variance)
    low = np.repeat((found.mean - 6 * sd).min(axis=-1)[..., None], 2, axis=-1)
    high = np.repeat((found.mean + 6 * sd).max(axis=-1)[..., None], 2, axis=-1)
    for _ in range(_HALVINGS):  # both ends of the interval at once
        middle = (low + high) / 2
        z = (middle[..., None] - found.mean[..., None, :]) / sd[..., None, :]
        above = (weight[..., None, :] * special.ndtr(z)).sum(axis=-1) > _ENDS
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray(value), np.asarray(np.sqrt(whole)), np.asarray((low + high) / 2)


def crossing(levels: Levels) -> float:
    """The excess between the two levels at which before and after are equally probable."""
    mean, spread = levels.mean, levels.spread

    def at(value: float) -> float:
        return float(_odds(np.asarray(value), mean, spread))

    low, high = float(mean[1]), float(mean[0])
    if low >= high or at(low) >= 0 or at(high) <= 0:
        return (low + high) / 2
    return float(optimize.brentq(at, low, high))


@dataclass(frozen=True, slots=True)
class Midpoint:
    """Mean and sd of excess before and after dialysis, their midpoint, and how many days it weighs."""

    pre: tuple[float, float]
    post: tuple[float, float]
    threshold: float
    days: float


def learn_midpoint(patients: Sequence[PatientSessions]) -> Midpoint:
    """Excess before and after, their midpoint, and how much a patient's own day says about his midpoint.

    threshold_days is the variance of one day's midpoint within a patient over the variance of midpoints
    between patients: the pseudo-count of the normal-normal model.
    """
    values: dict[str, list[float]] = {"pre": [], "post": []}
    means, variances, errors = [], [], []
    for patient in patients:
        own = {
            phase: [s.excess_kg for s in patient.sessions if s.phase == phase and s.excess_kg is not None]
            for phase in values
        }
        for phase, found in own.items():
            values[phase] += found
        days = min(len(own["pre"]), len(own["post"]))
        if days >= 2:
            variance = float(np.var(own["pre"], ddof=1) + np.var(own["post"], ddof=1)) / 4
            means.append(float(np.mean(own["pre"]) + np.mean(own["post"])) / 2)
            variances.append(variance)
            errors.append(variance / days)
    everything = [s.excess_kg for p in patients for s in p.sessions if s.excess_kg is not None]
    pre, post = (
        (float(np.mean(found)), float(np.std(found)))
        if found
        else (float(np.mean(everything)), float(np.std(everything)))
        for found in (values["pre"], values["post"])
    )
    days_worth = 2.0  # with too few patients to tell
    if len(means) >= 5:
        between = max(float(np.var(means, ddof=1)) - float(np.mean(errors)), 1e-6)
        days_worth = float(np.clip(np.mean(variances) / between, 0.5, 20.0))
    return Midpoint(pre, post, (pre[0] + post[0]) / 2, days_worth)


def own_midpoint(threshold_kg: float, weight: float, sessions: Sequence[SessionEmbeddings]) -> float:
    """The population's midpoint, worth `weight` days, shrunk towards the patient's own by his days."""
    own = {
        phase: [s.excess_kg for s in sessions if s.phase == phase and s.excess_kg is not None]
        for phase in ("pre", "post")
    }
    days = min(len(own["pre"]), len(own["post"]))
    if days == 0:
        return threshold_kg
    midpoint = float(np.mean(own["pre"]) + np.mean(own["post"])) / 2
    return (weight * threshold_kg + days * midpoint) / (weight + days)
