"""Pictures of a measured movement: angles over time, the curve of the back, measures beside their norms.

PNG files, each half as wide as a sheet of paper so that a phone shows their letters; each says what the
numbers were learned from.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.back._words import WORDS
from mitate.back.canvas import GREY, LUMBAR, TRUNK, hex_of
from mitate.back.shown import MOVEMENT_WORDS, facing, plane_of, shown_angles, standing_moment
from mitate.body.recording import CURVE_T12, Recording
from mitate.body.spine import ESOLA
from mitate.files import write_bytes

if TYPE_CHECKING:
    from mitate.back.condition import Condition
    from mitate.back.movement import Phase

__all__ = ["angle_picture", "curve_picture", "measure_picture", "shown_value"]

_WIDTH, _DPI = 5.4, 200  # inches; a phone shows 11 points of it as 11 of its own
_GREY = hex_of(GREY)
_SMALL, _NORMAL, _LARGE = 9.0, 10.5, 12.5
_FORWARD = ("forward_bend", "waiters_bow", "squat")
_ZONES = {"insufficient": "#f3c9a5", "moderate": "#cfe6d4", "excessive": "#e3b7c6"}
_SIGNS = {
    "sagittal": "degrees, forward positive",
    "frontal": "degrees, to the right positive",
    "transverse": "degrees, to the left positive",
}


def angle_picture(path: Path, recording: Recording, movement: str, phases: Sequence[Phase]) -> None:
    """Trunk, pelvis and low back over time, each in a band of one standard deviation, repetitions shaded.

    Bends forward and squats get a second picture below: the low back's angle over the pelvis's on the
    way there and back, with the parts of a bend at 30, 60 and 90 degrees of the trunk (Esola 1996).
    """
    in_two = movement in _FORWARD and bool(phases)
    figure = _figure(7.6 if in_two else 4.4)
    axes = figure.subplots(2, 1, height_ratios=(1, 1.15)) if in_two else [figure.subplots()]
    _draw_angles(axes[0], recording, movement, phases)
    if in_two:
        _draw_rhythm(axes[1], recording, phases)
    _save(figure, path, f"{_named(movement)}: angles", recording.trained_on)


def _draw_angles(axes: Any, recording: Recording, movement: str, phases: Sequence[Phase]) -> None:
    times = recording.times_s
    for number, phase in enumerate(phases, 1):
        axes.axvspan(phase.start_s, phase.end_s, color="#dfe7ef", lw=0)
        axes.axvline(phase.peak_s, color=_GREY, lw=0.8, ls=":")
        words = f"{number} {phase.side}".strip()
        place = (phase.start_s + phase.end_s) / 2, 1.01
        axes.annotate(words, place, xycoords=("data", "axes fraction"), ha="center", fontsize=_SMALL)
    for one in shown_angles(recording, movement, phases):
        colour = hex_of(one.colour)
        low, high = one.values - one.errors, one.values + one.errors
        axes.fill_between(times, low, high, color=colour, alpha=0.18, lw=0)
        axes.plot(times, one.values, color=colour, lw=1.8, label=one.label)
    axes.axhline(0, color=_GREY, lw=0.6)
    axes.set_xlabel("seconds")
    axes.set_ylabel(_SIGNS[plane_of(movement)])
    axes.margins(x=0.01)
    _plain(axes)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, frameon=False, fontsize=_NORMAL)


def _draw_rhythm(axes: Any, recording: Recording, phases: Sequence[Phase]) -> None:
    """Both as changes from standing at the start of each repetition, as the norms count them."""
    pelvis, lumbar = recording.angles["pelvis_tilt"], recording.angles["lumbar_flexion"]
    most = 30.0
    for number, phase in enumerate(phases):
        start = _moment(recording, phase.start_s)
        for first, last, colour, label in (
            (phase.start_s, phase.peak_s, "#1f5c99", "on the way there"),
            (phase.peak_s, phase.end_s, "#c05000", "on the way back"),
        ):
            part = (recording.times_s >= first) & (recording.times_s <= last)
            x, y = pelvis[part] - pelvis[start], lumbar[part] - lumbar[start]
            style = {"color": colour, "lw": 1.6, "alpha": 0.85}
            axes.plot(x, y, **style, label=label if number == 0 else None)
            most = max([most, *(float(value) for value in np.hypot(x, y)[np.isfinite(x + y)])])
    for edge in ESOLA[1:]:
        if edge < 1.3 * most:
            axes.plot([0, edge], [edge, 0], color=_GREY, lw=0.9, ls="--")
            axes.annotate(f"trunk {edge:.0f}°", (0, edge), fontsize=_SMALL, color=_GREY, va="bottom")
    axes.plot([0, most], [0, most], color=_GREY, lw=0.6, ls=":")
    axes.annotate("equal shares", (most, most), fontsize=_SMALL, color=_GREY, ha="center", va="bottom")
    axes.set_xlabel("pelvis, degrees from standing")
    axes.set_ylabel("low back, degrees from standing")
    axes.set_title("Which moves first: low back or pelvis", loc="left", fontsize=_NORMAL)
    _plain(axes)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, frameon=False, fontsize=_NORMAL)


def curve_picture(path: Path, recording: Recording, movement: str, phases: Sequence[Phase]) -> None:
    """The curve of the back from S1 to C7 while standing and at the peak of each repetition, in centimetres.

    Where no curve was measured, the picture says why.
    """
    figure = _figure(5.6)
    axes = figure.subplots()
    why = recording.curve_hidden or (
        "" if np.isfinite(recording.curve).any() else "it is not seen in this film"
    )
    if why:
        axes.set_axis_off()
        words = textwrap.fill(f"Not measured: {why}.", 44)
        axes.text(0.5, 0.5, words, ha="center", va="center", fontsize=_LARGE, transform=axes.transAxes)
    else:
        _draw_curves(axes, recording, phases)
    _save(figure, path, f"{_named(movement)}: curve of the back", recording.trained_on)


def _draw_curves(axes: Any, recording: Recording, phases: Sequence[Phase]) -> None:
    standing = standing_moment(recording, phases)
    _draw_curve(axes, recording, standing, (_GREY, _GREY), "standing", 1.0)
    peaks = [_moment(recording, phase.peak_s) for phase in phases]
    known = [peak for peak in peaks if np.isfinite(recording.curve[peak]).all()]
    colours = hex_of(TRUNK), hex_of(LUMBAR)
    for number, peak in enumerate(known):
        last = number == len(known) - 1
        _draw_curve(axes, recording, peak, colours, "farthest" if last else "", 1.0 if last else 0.35)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("cm forward of S1")
    axes.set_ylabel("cm above S1")
    axes.grid(color="#e3e6e9", lw=0.8)
    axes.set_axisbelow(True)
    if facing(recording) < 0:
        axes.invert_xaxis()
    _plain(axes)
    for colour, label in ((colours[0], "C7 to T12"), (colours[1], "T12 to S1")):
        axes.plot([], [], color=colour, lw=3, label=label)
    axes.plot([], [], color=_GREY, lw=3, label="standing")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False, fontsize=_NORMAL)


def _draw_curve(
    axes: Any, recording: Recording, moment: int, colours: tuple[str, str], words: str, alpha: float
) -> None:
    curve, error = recording.curve[moment], float(recording.curve_error[moment])
    if not np.isfinite(curve).all():
        return
    along = np.gradient(curve, axis=0)
    across = np.column_stack([along[:, 1], -along[:, 0]]) / np.hypot(*along.T)[:, None]
    if np.isfinite(error) and words:
        band = np.vstack([curve + error * across, np.flip(curve - error * across, axis=0)])
        axes.fill(*band.T, color=colours[1], alpha=0.18, lw=0)
    axes.plot(*curve[: CURVE_T12 + 1].T, color=colours[0], lw=2.4, alpha=alpha)
    axes.plot(*curve[CURVE_T12:].T, color=colours[1], lw=2.4, alpha=alpha)
    if words:
        axes.plot(*curve[[0, CURVE_T12, -1]].T, ls="", marker="o", ms=4.5, color="#1a1a1a")
        for name, index in (("C7", 0), ("T12", CURVE_T12)):
            offset = (10 * float(across[index, 0]) * facing(recording), 10 * float(across[index, 1]))
            axes.annotate(name, curve[index], offset, textcoords="offset points", ha="center", va="center",
                          fontsize=_SMALL)  # fmt: skip


def measure_picture(
    path: Path, conditions: Sequence[Condition], movement: str, *, trained_on: str = "simulated"
) -> None:
    """Each graded measure as a dot with its error on a bar of too little, as expected and too much.

    Measures that were not measured, or that no norm grades, are named with the reason.
    """
    rows = list(conditions)
    figure = _figure(1.15 + 0.82 * max(1, len(rows)))
    top, *axes = figure.subplots(1 + max(1, len(rows)), 1, height_ratios=[0.3] + [1.0] * max(1, len(rows)))
    top.set_axis_off()
    if any(condition.grade is not None for condition in rows):
        _draw_zones(top)
    for own, condition in zip(axes, rows, strict=False):
        _draw_measure(own, condition)
    if not rows:
        axes[0].set_axis_off()
        axes[0].text(0, 0.5, "Nothing that a norm grades was measured.", fontsize=_NORMAL)
    _save(figure, path, f"{_named(movement)}: measures and norms", trained_on)


def _draw_zones(axes: Any) -> None:
    """What the colours of the bars mean."""
    from matplotlib.patches import Patch

    keys = [Patch(color=colour, label=WORDS["en"][f"grade_{grade}"]) for grade, colour in _ZONES.items()]
    axes.legend(handles=keys, loc="center left", ncols=3, frameon=False, fontsize=_NORMAL, borderpad=0)


def _draw_measure(axes: Any, one: Condition) -> None:
    words = one.label.text("en")
    words = words[:1].upper() + words[1:]
    axes.spines[:].set_visible(False)
    axes.set_yticks([])
    if one.grade is None or not np.isfinite(_number(one.value)):
        axes.set_xticks([])
        axes.set_title(f"{words}: not measured", loc="left", fontsize=_NORMAL, color=_GREY)
        why = textwrap.fill(one.reason or "", 68)
        axes.text(0, 0.9, why, fontsize=_SMALL, color=_GREY, va="top", transform=axes.transAxes)
        return
    value, error = _number(one.value), max(0.0, np.nan_to_num(_number(one.error)))
    low, high = _span(one, value, error)
    for first, last, grade in _zones(one, low, high):
        axes.axvspan(first, last, color=_ZONES[grade], lw=0)
    axes.errorbar(value, 0, xerr=error, fmt="o", color="#1a1a1a", ms=7, lw=2.2, capsize=5)
    axes.set_xlim(low, high)
    limits = [limit for limit in (one.low, one.high) if limit is not None]
    axes.set_xticks(limits, [f"{limit:.3g}".replace("-", "−") for limit in limits])
    axes.tick_params(labelsize=_SMALL, length=0, pad=1)
    said = WORDS["en"][f"grade_{one.grade}"]
    unsure = ", borderline" if one.borderline else ""
    axes.set_title(f"{words}: {shown_value(value, error, one.unit)}, {said}{unsure}", loc="left",
                   fontsize=_NORMAL)  # fmt: skip


def shown_value(value: float, error: float, unit: str) -> str:
    """For example ``52° ± 4``, ``48 % ± 6`` or ``0.41 ± 0.05``."""
    digits = 2 if not unit else 1 if unit in ("cm", "s") else 0
    unit = "" if unit == "count" else unit
    sign = unit.replace("deg", "°") if unit.startswith("deg") else f" {unit}" if unit else ""
    shown = f"{value:.{digits}f}".replace("-", "−")
    return f"{shown}{sign} ± {error:.{digits}f}" if np.isfinite(error) else f"{shown}{sign}"


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _span(one: Condition, value: float, error: float) -> tuple[float, float]:
    """The ends of a bar: the limits, the value with its error, and room about them."""
    inside = [value - error, value + error, *(limit for limit in (one.low, one.high) if limit is not None)]
    low, high = min(inside), max(inside)
    room = max(0.3 * (high - low), 0.15 * max(abs(low), abs(high)), 1e-3)
    return low - room, high + room


def _zones(one: Condition, low: float, high: float) -> list[tuple[float, float, str]]:
    edges = [low, low if one.low is None else one.low, high if one.high is None else one.high, high]
    return [(edges[i], edges[i + 1], grade) for i, grade in enumerate(_ZONES) if edges[i + 1] > edges[i]]


def _moment(recording: Recording, time_s: float) -> int:
    """Index of the known moment nearest to a time."""
    away: NDArray[np.float64] = np.abs(recording.times_s - time_s)
    return int(np.argmin(np.where(recording.known, away, np.inf)))


def _named(movement: str) -> str:
    return MOVEMENT_WORDS.get(movement, movement.replace("_", " ").capitalize())


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=_SMALL)
    axes.xaxis.label.set_size(_NORMAL)
    axes.yaxis.label.set_size(_NORMAL)


def _figure(height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Any, path: Path, title: str, trained_on: str) -> None:
    """Give the figure its title and origin, and write it, whole or not at all."""
    learned = "simulated people" if trained_on == "simulated" else trained_on
    figure.suptitle(title, x=0.02, ha="left", fontsize=_LARGE, fontweight="bold")
    note = f"Learned from {learned}. Research use; not a medical device."
    figure.supxlabel(note, x=0.02, ha="left", fontsize=_SMALL, color=_GREY)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    write_bytes(path, buffer.getvalue())
