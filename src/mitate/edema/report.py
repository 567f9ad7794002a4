"""A result in words, and in one picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from mitate.edema.results import Change, Estimate
from mitate.face.clip import FaceClip
from mitate.files import write_bytes
from mitate.paper.parts import counted

__all__ = ["change_in_words", "estimate_in_words", "estimate_picture", "kilograms", "percent"]

_STRIP = 6  # crops shown
_BLUE, _GREY = "#1f5c99", "#888888"
_LIKELY = ((0.9, "very likely"), (0.66, "likely"), (0.34, "uncertain"), (0.1, "unlikely"))


def _likelihood(probability: float) -> str:
    return next((word for least, word in _LIKELY if probability >= least), "very unlikely")


def percent(probability: float) -> str:
    """A probability is never said to be 0 or 100 %."""
    return f"{min(max(round(100 * probability), 1), 99)} %"


def kilograms(low: float, high: float) -> str:
    """An interval, with signs where it reaches below 0."""
    return f"{low:+.1f} to {high:+.1f} kg" if low < 0 else f"{low:.1f} to {high:.1f} kg"


def _origin(trained_on: str) -> str:
    if trained_on == "simulated":
        return "Learned from simulated swelling; how well it does on real faces is not known."
    return f"Learned from the cohort {trained_on!r}."


def estimate_in_words(result: Estimate) -> str:
    """The estimate as one would say it, its origin and what it is for, in a few lines."""
    low, high = result.interval_90
    side = "over" if result.excess_kg >= 0 else "under"
    lines = [
        f"about {abs(result.excess_kg):.1f} kg {side} dry weight, give or take {(high - low) / 2:.1f} "
        f"(90 % interval {kilograms(low, high)})",
        f"oedema {_likelihood(result.edema_probability)}: {percent(result.edema_probability)} "
        f"for fluid as before dialysis, not as after it (even odds at {result.threshold_kg:.1f} kg)",
        f"from {counted(result.n_frames, 'frame')}, by a model of {result.participant_id or 'this person'} "
        f"that knows {counted(result.n_labelled, 'weighed session')}",
    ]
    return "\n".join([*lines, *_ending(result)])


def change_in_words(result: Change) -> str:
    """The change as one would say it, its origin and what it is for, in a few lines."""
    low, high = result.interval_90
    way = "more" if result.change_kg >= 0 else "less"
    more = result.increase_probability
    lines = [
        f"about {abs(result.change_kg):.1f} kg {way} fluid than before, give or take {(high - low) / 2:.1f} "
        f"(90 % interval {kilograms(low, high)})",
        f"an increase is {_likelihood(more)}: {percent(more)}",
        f"from {counted(result.n_before, 'frame')} before and {counted(result.n_after, 'frame')} after, "
        "without a model of this person: a model of one's own is surer",
    ]
    return "\n".join([*lines, *_ending(result)])


def _ending(result: Estimate | Change) -> list[str]:
    notes = [f"note: {note}" for note in result.notes if note != "learned from simulated swelling only"]
    return [*notes, _origin(result.trained_on), result.intended_use]


def estimate_picture(
    result: Estimate, clip: FaceClip, path: Path, *, title: str = "", truth_kg: float | None = None
) -> None:
    """Write one PNG: frames that were used, the estimate from each, and the session's with its interval.

    Args:
        result: of this clip.
        clip: the chosen frames.
        path: of the PNG, written whole or not at all.
        title: above everything, such as the participant and session.
        truth_kg: weighed excess, drawn where it is known.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    parts: Any = figure.subfigures(2, 1, height_ratios=(1.15, 2))
    top, bottom = parts
    figure.suptitle(title or result.participant_id, x=0.01, ha="left", fontsize=12)
    shown = np.unique(np.linspace(0, len(clip) - 1, _STRIP).round().astype(int))
    for axes, index in zip(np.atleast_1d(top.subplots(1, len(shown))), shown, strict=True):
        axes.imshow(clip.crops[index])
        axes.set_title(f"{clip.times_s[index]:.1f} s", fontsize=8)
        axes.set_axis_off()
    _draw_estimate(bottom.subplots(), result, clip, truth_kg)
    bottom.supxlabel(
        f"{_origin(result.trained_on)} {result.intended_use}", fontsize=7.5, color=_GREY, x=0.01, ha="left"
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    write_bytes(path, buffer.getvalue())


def _draw_estimate(axes: Any, result: Estimate, clip: FaceClip, truth_kg: float | None) -> None:
    """Frames over time, the session's estimate as a line in its interval, the threshold, the truth."""
    low, high = result.interval_90
    axes.scatter(clip.times_s, result.frame_excess_kg, s=9, color=_GREY, label="each frame alone")
    axes.axhspan(low, high, color=_BLUE, alpha=0.15, lw=0, label="90 % interval")
    axes.axhline(result.excess_kg, color=_BLUE, lw=2, label=f"this clip: {result.excess_kg:.1f} kg")
    axes.axhline(
        result.threshold_kg, color=_GREY, lw=1, ls=":", label=f"oedema above {result.threshold_kg:.1f} kg"
    )
    if truth_kg is not None:
        axes.axhline(truth_kg, color="#c05000", lw=1.5, ls="--", label=f"by the scales: {truth_kg:.1f} kg")
    axes.set_xlabel("seconds")
    axes.set_ylabel("kg over dry weight")
    axes.set_title(
        f"{result.excess_kg:.1f} kg over dry weight, 90 % interval {kilograms(low, high)}; "
        f"oedema {_likelihood(result.edema_probability)} ({percent(result.edema_probability)})",
        loc="left",
        fontsize=10,
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
