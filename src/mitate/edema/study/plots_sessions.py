"""Drawings of the study, of single answers: truth and estimate, agreement, reliability, refusals, courses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mitate.edema.evaluate import Predictions
from mitate.edema.study.agreement import Agreement
from mitate.edema.study.calibration import Reliability
from mitate.edema.study.risk import RiskCurve
from mitate.figures import Figure
from mitate.paper.drawing import COLOUR, INK, PAPER, SMALL, svg, tidy

__all__ = [
    "agreement_plot",
    "course_plot",
    "interval_plot",
    "reliability_plot",
    "risk_plot",
    "truth_plot",
]

_POST = "#d55e00"


def truth_plot(predictions: Predictions, *, name: str, about: str) -> str:
    """Estimate against truth, one mark a session, with the line on which they agree."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        every = np.concatenate([predictions.truth_kg, predictions.excess_kg])
        ends = [float(every.min()) - 0.2, float(every.max()) + 0.2]
        axes.plot(ends, ends, color=INK, lw=0.8, ls=":")
        _phases(axes, predictions, predictions.truth_kg, predictions.excess_kg)
        axes.set(xlim=ends, ylim=ends, xlabel="by the scales, kg over dry weight", ylabel="estimate, kg")
        axes.set_aspect("equal")
        axes.set_title(about, loc="left", fontsize=11)
        axes.legend(frameon=False, fontsize=SMALL, loc="upper left", handletextpad=0.2)
        tidy(axes)

    told = f"Estimate against truth of {len(predictions.truth_kg)} sessions, {about}."
    return svg(draw, 4.3, name, told)


def _phases(axes: Any, predictions: Predictions, x: Any, y: Any) -> None:
    """Sessions before and after dialysis, told apart by colour and by mark."""
    for pre, colour, mark, words in (
        (True, COLOUR, "o", "before dialysis"),
        (False, _POST, "^", "after dialysis"),
    ):
        chosen = predictions.is_pre == pre
        axes.scatter(
            np.asarray(x)[chosen],
            np.asarray(y)[chosen],
            s=17,
            color=colour,
            marker=mark,
            alpha=0.6,
            lw=0,
            label=words,
        )


def agreement_plot(predictions: Predictions, found: Agreement, *, name: str, about: str) -> str:
    """Differences over means (Bland and Altman), with bias and limits and their intervals."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        middle = (predictions.truth_kg + predictions.excess_kg) / 2
        gap = predictions.excess_kg - predictions.truth_kg
        _phases(axes, predictions, middle, gap)
        for one, dash in ((found.bias, "-"), (found.lower, "--"), (found.upper, "--")):
            if one.low is not None:
                axes.axhspan(one.low, one.high, color=INK, alpha=0.10, lw=0)
            axes.axhline(one.value, color=INK, lw=1.2, ls=dash)
            axes.annotate(
                f"{one.value:+.2f}".replace("-", "−"),
                (1.0, one.value),
                (0, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                fontsize=SMALL,
            )
        axes.set(xlabel="mean of estimate and scales, kg", ylabel="estimate − scales, kg")
        axes.set_title(about, loc="left", fontsize=11)
        tidy(axes)

    told = (
        f"Differences of estimate and scales, {about}: bias {found.bias.value:.2f} kg, limits of agreement "
        f"{found.lower.value:.2f} to {found.upper.value:.2f} kg."
    )
    return svg(draw, 3.6, name, told)


def reliability_plot(found: Reliability, *, name: str, about: str) -> str:
    """Share before dialysis against the probability that was said, the number of answers below each mark."""

    def draw(figure: Any) -> None:
        axes, counts = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
        axes.plot([0, 100], [0, 100], color=INK, lw=0.8, ls=":")
        said = [100 * one.said for one in found.bins]
        for place, one in zip(said, found.bins, strict=True):
            if one.found.low is not None:
                axes.plot([place, place], [one.found.low, one.found.high], color=COLOUR, lw=1.3, alpha=0.8)
        axes.plot(said, [one.found.value for one in found.bins], color=COLOUR, lw=1.4, marker="o", ms=5.5)
        axes.set(ylim=(-3, 103), yticks=range(0, 101, 25), ylabel="were before dialysis, %")
        axes.set_title(about, loc="left", fontsize=11)
        counts.vlines(said, 0, [one.count for one in found.bins], color=INK, lw=2.5, alpha=0.6)
        counts.set(xlim=(-3, 103), xticks=range(0, 101, 25), xlabel="probability that was said, %")
        counts.set_ylabel("answers")
        counts.set_ylim(0, None)
        for part in (axes, counts):
            tidy(part)

    pairs = "; ".join(f"said {100 * one.said:.0f} %, were {one.found.value:.0f} %" for one in found.bins)
    return svg(draw, 4.4, name, f"Reliability of the probability of being before dialysis: {pairs}.")


def interval_plot(levels: Sequence[float], figures: Sequence[Figure], *, name: str, about: str) -> str:
    """Share of truths inside intervals against the level that was claimed."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        claimed = [100 * level for level in levels]
        axes.plot([40, 100], [40, 100], color=INK, lw=0.8, ls=":")
        for place, one in zip(claimed, figures, strict=True):
            if one.low is not None:
                axes.plot([place, place], [one.low, one.high], color=COLOUR, lw=1.4)
        axes.plot(claimed, [one.value for one in figures], color=COLOUR, lw=1.4, marker="o", ms=5.5)
        least = min([40.0, *(one.low if one.low is not None else one.value for one in figures)])
        axes.set(xlim=(45, 100), ylim=(least, 101), xlabel="claimed, %", ylabel="truths inside, %")
        axes.set_title(about, loc="left", fontsize=11)
        tidy(axes)

    pairs = "; ".join(
        f"claimed {100 * level:.0f} %, inside {one.value:.0f} %"
        for level, one in zip(levels, figures, strict=True)
    )
    return svg(draw, 3.6, name, f"Coverage of intervals, {about}: {pairs}.")


def risk_plot(curve: RiskCurve, *, name: str, about: str) -> str:
    """Error of what is kept by the share refused, beside refusing at random and the best order."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        rates = [100 * rate for rate in curve.rates]
        values = [one.value for one in curve.errors]
        for rate, one in zip(rates, curve.errors, strict=True):
            if one.low is not None:
                axes.plot([rate, rate], [one.low, one.high], color=COLOUR, lw=1.3, alpha=0.8)
        axes.plot(rates, values, color=COLOUR, lw=2.0, marker="o", ms=5.5, label="most doubtful refused")
        axes.plot(rates, [values[0]] * len(rates), color=INK, lw=1.0, ls="--", label="refused at random")
        axes.plot(rates, curve.best, color=INK, lw=1.0, ls=":", label="best possible order")
        unit = curve.errors[0].unit
        axes.set(xlabel="sessions refused, %", ylabel=f"{curve.risk} of the rest, {unit}")
        start = curve.errors[0]  # later intervals may be far wider: those of no error at all
        top = start.value if start.high is None else start.high
        axes.set_ylim(0, 1.5 * max(top, *values) or 1.0)
        axes.set_title(about, loc="left", fontsize=11)
        axes.legend(facecolor=PAPER, edgecolor="none", framealpha=0.9, fontsize=SMALL, loc="upper right")
        tidy(axes)

    told = "; ".join(
        f"{100 * rate:.0f} % refused {one.value:.2f}"
        for rate, one in zip(curve.rates, curve.errors, strict=True)
    )
    return svg(draw, 3.4, name, f"{curve.risk} by share refused, {about}: {told}.")


def course_plot(predictions: Predictions, *, ends: tuple[float, float], name: str, title: str) -> str:
    """One patient's later sessions in order of time: the truth, and the estimate with its 90 % interval.

    Args:
        predictions: of one patient.
        ends: of the axis in kilograms, the same for all patients.
    """

    error = float(np.abs(predictions.excess_kg - predictions.truth_kg).mean())

    def draw(figure: Any) -> None:
        figure.set_layout_engine("none")  # a layout found for each of many small drawings takes its time
        axes = figure.add_axes((0.11, 0.05, 0.87, 0.8))
        at = np.arange(1, len(predictions.truth_kg) + 1)
        axes.axhline(0, color=INK, lw=0.6, alpha=0.4)
        axes.vlines(at, predictions.low_kg, predictions.high_kg, color=COLOUR, lw=2.4, alpha=0.35)
        axes.plot(at, predictions.excess_kg, color=COLOUR, marker="o", ms=4.5, lw=0)
        axes.plot(at, predictions.truth_kg, color=_POST, marker="_", ms=9, mew=2, lw=0)
        axes.set(ylim=ends, xlim=(0.4, max(at.max(), 8) + 0.6), xticks=[])
        axes.set_title(f"{title}: error {error:.2f} kg", loc="left", fontsize=11)
        tidy(axes)

    told = f"{title}: {len(predictions.truth_kg)} sessions, mean absolute error {error:.2f} kg."
    return svg(draw, 1.7, name, told, width=2.6)
