"""A patient's sessions over hours, days and weeks as one smoothed course with its interval.

The estimates of one patient share an error: that of his reference session and of his own slope. It does not
average out however many sessions there are, so it is a state of the model beside the level: the height of the
whole curve is as uncertain as that error, while rises and falls are surer. A weighed session corrects it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema import _record
from mitate.edema.course_model import Dynamics, Kind, course_model, dialysis_days, kind_of, rows_seen
from mitate.edema.kalman import Filtered, Smoothed, StateSpace, run_filter, run_smoother
from mitate.edema.results import INTENDED_USE
from mitate.edema.sightings import Course, Readings, as_readings

__all__ = ["Trend", "trend"]

Array = NDArray[np.float64]

_Z90 = 1.6448536
_STEP_LOG_SD, _NOISE_LOG_SD = 0.6, 0.35  # weak priors: factors of 1.8 and 1.4 either way are ordinary
_LEAST_TO_FIT = 3  # observations
_OUTLYING = 3.5
_RATE_DAYS = {"home": 3.0, "dialysis": 7.0}
_GRID_DAYS = 0.25
_LEAST_GRID, _MOST_GRID = 40, 1000
_BESIDE = 1e-5  # days


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """A smoothed course; kilograms over dry weight, 90 % intervals.

    Attributes:
        kind: ``home`` or ``dialysis``.
        at: (n,) times of the sessions, ISO 8601.
        excess_kg, low_kg, high_kg: (n,) smoothed, the shared error included in the interval.
        outlying: (n,) sessions that do not fit those before and after them; they were left out.
        step_kg, step_low_kg, step_high_kg: (n - 1,) change from each session to the next; the shared error
            cancels.
        grid_at: (m,) times of the drawn course, which goes on for some days after the last session.
        grid_kg, grid_low_kg, grid_high_kg, grid_level_kg: (m,) of the same, and the level alone.
        level_kg, level_interval_90: at the last session what the alarm looks at: the excess at home, what
            dialysis leaves for ``dialysis``.
        rate_kg_per_day, rate_interval_90: its rise over the last days; None for less than a day.
        change_kg: from the first session to the last, with its interval; None for one session.
        gather_kg_per_day: between dialyses, with its interval; None at home.
        step_sd_kg, noise_scale: fitted sd of a day's step, and factor on the estimates' own sd.
        common_kg: sd of the shared error.
    """

    kind: Kind
    participant_id: str
    at: tuple[str, ...]
    excess_kg: Array
    low_kg: Array
    high_kg: Array
    outlying: NDArray[np.bool_]
    step_kg: Array
    step_low_kg: Array
    step_high_kg: Array
    grid_at: tuple[str, ...]
    grid_kg: Array
    grid_low_kg: Array
    grid_high_kg: Array
    grid_level_kg: Array
    level_kg: float
    level_interval_90: tuple[float, float]
    rate_kg_per_day: float | None
    rate_interval_90: tuple[float, float] | None
    change_kg: tuple[float, float, float] | None
    gather_kg_per_day: tuple[float, float, float] | None
    step_sd_kg: float
    noise_scale: float
    common_kg: float
    intended_use: str = field(default=INTENDED_USE)

    def as_dict(self) -> dict[str, Any]:
        """The trend as ``--json`` prints it."""
        facts, arrays = _record.split(self)
        return {**facts, **{name: value.tolist() for name, value in arrays.items()}}


def _model(rows: Readings, dynamics: Dynamics, common_kg: float) -> StateSpace:
    return course_model(rows.days, rows.seen, dynamics, common_kg, events=rows.events, dialyses=rows.dialyses)


def _filtered(
    rows: Readings, dynamics: Dynamics, common_kg: float, noise: float
) -> tuple[StateSpace, Filtered]:
    model = _model(rows, dynamics, common_kg)
    return model, run_filter(model, rows.values, rows.variances * np.where(rows.camera, noise**2, 1.0))


def _fit(rows: Readings, dynamics: Dynamics, common_kg: float) -> tuple[Dynamics, float]:
    """Step and noise of highest posterior density under weak log-normal priors; as given for two sessions."""
    from scipy.optimize import minimize

    if np.isfinite(rows.values).sum() < _LEAST_TO_FIT:
        return dynamics, 1.0

    def cost(logs: Array) -> float:
        moved = replace(dynamics, step_kg=dynamics.step_kg * float(np.exp(logs[0])))
        fit = _filtered(rows, moved, common_kg, float(np.exp(logs[1])))[1].log_likelihood
        return float(0.5 * ((logs[0] / _STEP_LOG_SD) ** 2 + (logs[1] / _NOISE_LOG_SD) ** 2) - fit)

    start = np.array([[0.0, 0.0], [0.4, 0.0], [0.0, 0.3]])
    best = minimize(
        cost, start[0], method="Nelder-Mead", options={"initial_simplex": start, "xatol": 0.01, "fatol": 0.01}
    ).x
    return replace(dynamics, step_kg=dynamics.step_kg * float(np.exp(best[0]))), float(np.exp(best[1]))


def _outlying(course: Course, dynamics: Dynamics) -> list[int]:
    """Sessions that lie off what all others say, one after the other, the farthest first.

    Never the first or the last one: a jump at the end may be the beginning of a rise. The deletion residual
    is that of de Jong (Biometrika 75, 1988).
    """
    left_out: list[int] = []
    count = len(course.sightings)
    while count - len(left_out) >= 5 and len(left_out) < count // 5:
        rows = as_readings(course, dynamics.kind, left_out=left_out)
        fitted, noise = _fit(rows, dynamics, course.shared_kg)
        model, filtered = _filtered(rows, fitted, course.shared_kg, noise)
        smoothed = run_smoother(model, filtered)
        expected = np.einsum("ns,ns->n", model.seen, smoothed.mean)
        known = np.einsum("ns,nst,nt->n", model.seen, smoothed.covariance, model.seen)
        variance = rows.variances * noise**2
        far = np.abs(rows.values - expected) / np.sqrt((variance - known).clip(1e-9))
        inner = rows.camera & np.isfinite(rows.values) & (rows.session > 0) & (rows.session < count - 1)
        far = np.where(inner, far, 0.0)
        worst = int(np.argmax(far))
        if far[worst] < _OUTLYING:
            break
        left_out.append(int(rows.session[worst]))
    return sorted(left_out)


def _grid(course: Course, kind: Kind, ahead_days: float | None) -> Array:
    """Days at which the course is drawn: evenly, at the sessions, and on both sides of every dialysis."""
    days = course.days
    span = float(days[-1])
    if ahead_days is None:  # dialyses to come are not known
        ahead_days = 1.0 if kind == "dialysis" else min(3.0, max(0.25, span / 4))
    count = int(np.clip(np.ceil((span + ahead_days) / _GRID_DAYS), _LEAST_GRID, _MOST_GRID))
    even = np.linspace(0, span + ahead_days, count + 1)
    jumps = dialysis_days(days, course.contexts) if kind == "dialysis" else np.zeros(0)
    sides = np.concatenate([jumps - _BESIDE, jumps + _BESIDE])
    return np.unique(np.concatenate([even, days, sides[(sides > 0) & (sides < span + ahead_days)]]))


def trend(
    course: Course,
    *,
    kind: Kind | None = None,
    dynamics: Dynamics | None = None,
    ahead_days: float | None = None,
) -> Trend:
    """Smooth a course.

    Args:
        course: one session or more, at any times.
        kind: None takes ``dialysis`` where a session is before or after one.
        dynamics: where the fit starts, and what is not fitted.
        ahead_days: how far the course is drawn on after the last session; None takes up to three days at
            home, and one for ``dialysis``.
    """
    kind = kind or (dynamics.kind if dynamics else kind_of(course.contexts))
    dynamics = replace(dynamics or Dynamics(step_kg=0.25 if kind == "home" else 0.1), kind=kind)
    left_out = _outlying(course, dynamics)
    common = course.shared_kg
    fitted, noise = _fit(as_readings(course, kind, left_out=left_out), dynamics, common)
    rows = as_readings(course, kind, grid=_grid(course, kind, ahead_days), left_out=left_out)
    model, filtered = _filtered(rows, fitted, common, noise)
    return _result(course, rows, run_smoother(model, filtered), fitted, noise, left_out)


def _interval(value: float, sd: float) -> tuple[float, float]:
    return value - _Z90 * sd, value + _Z90 * sd


def _result(
    course: Course, rows: Readings, smoothed: Smoothed, dynamics: Dynamics, noise: float, left_out: list[int]
) -> Trend:
    _, excess, level = rows_seen(dynamics.kind)
    value = smoothed.mean @ excess
    sd = np.sqrt(np.einsum("s,nst,t->n", excess, smoothed.covariance, excess).clip(0))
    own, grid = np.flatnonzero(rows.camera), np.flatnonzero(rows.session < 0)
    steps = [
        _change(smoothed, excess, i, j) for i, j in zip(own[:-1].tolist(), own[1:].tolist(), strict=True)
    ]
    step, step_sd = np.array(steps).reshape(-1, 2).T
    last = int(own[-1])
    height = float(smoothed.mean[last] @ level)
    height_sd = float(np.sqrt(level @ smoothed.covariance[last] @ level))
    rate, rate_interval = _rate(rows, smoothed, level, last, _RATE_DAYS[dynamics.kind])
    gather = None
    if dynamics.kind == "dialysis":
        mean, spread = float(smoothed.mean[last, 2]), float(np.sqrt(smoothed.covariance[last, 2, 2]))
        gather = (mean, *_interval(mean, spread))
    change, change_sd = _change(smoothed, excess, int(own[0]), last)
    first = course.sightings[0].at
    return Trend(
        kind=dynamics.kind,
        participant_id=course.participant_id,
        at=tuple(one.at.isoformat() for one in course.sightings),
        excess_kg=value[own],
        low_kg=value[own] - _Z90 * sd[own],
        high_kg=value[own] + _Z90 * sd[own],
        outlying=np.isin(np.arange(len(own)), left_out),
        step_kg=step,
        step_low_kg=step - _Z90 * step_sd,
        step_high_kg=step + _Z90 * step_sd,
        grid_at=tuple((first + timedelta(days=day)).isoformat() for day in rows.days[grid].tolist()),
        grid_kg=value[grid],
        grid_low_kg=value[grid] - _Z90 * sd[grid],
        grid_high_kg=value[grid] + _Z90 * sd[grid],
        grid_level_kg=smoothed.mean[grid] @ level,
        level_kg=height,
        level_interval_90=_interval(height, height_sd),
        rate_kg_per_day=rate,
        rate_interval_90=rate_interval,
        change_kg=(change, *_interval(change, change_sd)) if len(own) > 1 else None,
        gather_kg_per_day=gather,
        step_sd_kg=dynamics.step_kg,
        noise_scale=noise,
        common_kg=course.shared_kg,
    )


def _change(smoothed: Smoothed, row: Array, first: int, second: int) -> tuple[float, float]:
    """Change of what `row` sees from one row of the course to a later one, and its sd."""
    cross = float(row @ smoothed.between(first, second) @ row)
    one = float(row @ smoothed.covariance[first] @ row)
    two = float(row @ smoothed.covariance[second] @ row)
    change = float((smoothed.mean[second] - smoothed.mean[first]) @ row)
    return change, float(np.sqrt(max(one + two - 2 * cross, 0.0)))


def _rate(
    rows: Readings, smoothed: Smoothed, level: Array, last: int, over_days: float
) -> tuple[float | None, tuple[float, float] | None]:
    """Change a day of the level over the last days, or since the first session if that is later."""
    since = int(np.searchsorted(rows.days, max(0.0, rows.days[last] - over_days)))
    span = float(rows.days[last] - rows.days[since])
    if span < 1:
        return None, None
    change, sd = _change(smoothed, level, since, last)
    return change / span, _interval(change / span, sd / span)
