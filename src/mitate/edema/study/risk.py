"""What refusing the most doubtful sessions is worth: the error of those that remain, by how many are refused.

Risk and coverage (El-Yaniv and Wiener, "On the foundations of noise-free selective classification", JMLR 11,
2010; the area under the curve as Geifman and others, ICLR 2019). Refusing at random leaves the error as it
is, so that every gain is against refusing none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mitate.edema.evaluate import Predictions, bootstrapped, exact_at_ends
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = ["RATES", "RISKS", "Risk", "RiskCurve", "indecision", "risk_curve", "risk_figures"]

Array = NDArray[np.float64]
Risk = Literal["MAE", "presence error"]

RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Shares of the sessions that are refused."""

RISKS: tuple[Risk, ...] = ("MAE", "presence error")


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """Error of what is not refused.

    Attributes:
        risk: ``MAE`` in kilograms, or ``presence error`` in percent.
        rates: (R,) shares refused, the first 0.
        errors: (R,) with intervals over patients.
        changes: (R − 1,) error at each rate but the first minus that at 0.
        best: (R,) error if doubt were the error itself: no order of refusals does better.
        area: mean error over all rates from 0 to the last.
    """

    risk: Risk
    rates: tuple[float, ...]
    errors: tuple[Figure, ...]
    changes: tuple[Figure, ...]
    best: tuple[float, ...]
    area: Figure

    @property
    def largest_rise(self) -> float:
        """From one rate to the next; 0 or less where the curve never rises."""
        return float(np.diff([figure.value for figure in self.errors]).max())

    @property
    def worst_change(self) -> Figure:
        """The change at the rate at which refusing helps least."""
        return max(self.changes, key=lambda figure: figure.value)


def risk_curve(
    predictions: Predictions,
    doubt: NDArray[np.floating],
    risk: Risk,
    *,
    data: str,
    label: str,
    rates: Sequence[float] = RATES,
    resamples: int = 2000,
    seed: int = 0,
) -> RiskCurve:
    """The curve of one kind of error.

    Sessions of equal doubt are refused alike, each by the same part, so that their order does not matter.

    Args:
        doubt: (N,) grows with how little an answer is to be trusted.
        data, label: of the figures; the label such as ``mitate, 3 labelled days, session``.
        rates: shares refused, ascending from 0, below 1.

    Raises:
        InputError: doubts of another number or not finite, or rates out of order.
    """
    doubts, at = np.asarray(doubt, dtype=np.float64), np.asarray(rates, dtype=np.float64)
    if doubts.shape != predictions.truth_kg.shape or not np.isfinite(doubts).all():
        raise InputError("refusals need one finite doubt a session", where=label)
    if len(at) < 2 or at[0] != 0 or at[-1] >= 1 or (np.diff(at) <= 0).any():
        raise InputError("rates of refusal ascend from 0 and stay below 1", where=label)
    error, unit = _errors(predictions, risk)
    _, index = np.unique(predictions.participant, return_inverse=True)
    kept = _kept(doubts, error, index)
    people = int(index.max()) + 1

    def figure(name: str, of: Callable[[Array], Array], unit: str = unit) -> Figure:
        return bootstrapped(f"{name}, {label}", unit, of, people, data=data, resamples=resamples, seed=seed)

    def error_at(rate: float) -> Figure:
        found = figure(f"refusing {_share(rate)}: {risk}", partial(kept, rate=rate))
        return exact_at_ends(found) if unit == "%" else found

    def change(rate: float) -> Figure:
        unit_of = "points" if unit == "%" else unit
        return figure(
            f"refusing {_share(rate)}: change of {risk}", lambda w: kept(w, rate) - kept(w, 0.0), unit_of
        )

    perfect = _kept(error, error, index)
    ones = np.ones((1, people))
    return RiskCurve(
        risk,
        tuple(at.tolist()),
        tuple(error_at(rate) for rate in at),
        tuple(change(rate) for rate in at[1:]),
        tuple(float(perfect(ones, rate)[0]) for rate in at),
        figure(f"refusing up to {_share(at[-1])}: mean {risk}", lambda w: _area(w, kept, at)),
    )


def indecision(predictions: Predictions) -> Array:
    """(N,) doubt about presence: 1 where the probability is a half, 0 where it is 0 or 1."""
    return np.asarray(1 - np.abs(2 * predictions.probability - 1))


def risk_figures(curve: RiskCurve, label: str) -> list[Figure]:
    """All figures of a curve, and the two that a goal is set on."""
    worst = curve.worst_change
    rise = Figure(
        f"refusing, largest rise from one rate to the next: {curve.risk}, {label}",
        curve.largest_rise,
        worst.unit,
        None,
        None,
        worst.n,
        worst.data,
    )
    named = Figure(
        f"refusing, least helpful rate: change of {curve.risk}, {label}",
        worst.value,
        worst.unit,
        worst.low,
        worst.high,
        worst.n,
        worst.data,
    )
    return [*curve.errors, *curve.changes, curve.area, named, rise]


class _Kept(Protocol):
    def __call__(self, weights: Array, rate: float) -> Array: ...


def _share(rate: float) -> str:
    return f"{100 * rate:.0f} %"


def _errors(predictions: Predictions, risk: Risk) -> tuple[Array, str]:
    if risk == "MAE":
        return np.abs(predictions.excess_kg - predictions.truth_kg), "kg"
    if risk == "presence error":
        wrong = (predictions.probability > 0.5) != predictions.is_pre
        return 100 * wrong.astype(np.float64), "%"
    raise InputError(f"no risk {risk!r}", todo="use one of: " + ", ".join(RISKS))


def _kept(doubt: Array, error: Array, index: NDArray[np.intp]) -> _Kept:
    """Mean error of what is kept, of (B, P) weights of patients and a rate of refusal."""
    order = np.argsort(doubt, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(doubt[order]) > 0])
    who, own = index[order], error[order]

    def mean(weights: Array, rate: float) -> Array:
        drawn = weights[:, who]
        size = np.add.reduceat(drawn, starts, axis=1)
        total = np.add.reduceat(drawn * own, starts, axis=1)
        room = (1 - rate) * size.sum(axis=1, keepdims=True)
        before = np.cumsum(size, axis=1) - size
        part = np.clip(room - before, 0.0, size)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(size > 0, part / size, 0.0)
        return np.asarray((share * total).sum(axis=1) / room[:, 0])

    return mean


def _area(weights: Array, kept: _Kept, rates: Array) -> Array:
    """Mean error over the rates, by the rule of trapezoids."""
    values = np.stack([kept(weights, float(rate)) for rate in rates])
    widths = np.diff(rates)[:, None]
    return np.asarray(((values[1:] + values[:-1]) / 2 * widths).sum(axis=0) / (rates[-1] - rates[0]))
