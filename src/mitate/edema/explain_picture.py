"""An explanation in words, and as a picture that a nurse can read: a map on the face, bars in kilograms."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mitate.edema.explain import GRID, Explanation
from mitate.edema.explain_face import NAMES, OUTSIDE
from mitate.files import write_bytes

__all__ = ["draw_explanation", "explain_picture", "explanation_in_words", "groups"]

_GREY = "#777777"
_MORE, _LESS = "#b35806", "#542788"  # the ends of PuOr, told apart with any colour vision (ColorBrewer)
_BARS = 9
_SEE_THROUGH = 0.2  # of opacity: fainter spots are not drawn
_ENLARGED = 384  # px
_MOST, _NAMED = 0.6, 3  # parts are named until they make up so much, or are so many
_WARNED = 0.2  # share outside the face from which the reader is warned


def groups(explanation: Explanation) -> list[tuple[str, float, float]]:
    """Right and left together: name, kilograms and share of each group of parts, largest share first."""
    found: dict[str, list[float]] = {}
    for part in explanation.parts:
        name = part.name.removesuffix(" right").removesuffix(" left")
        kept = found.setdefault(name if name == part.name else f"{name}s", [0.0, 0.0])
        kept[0] += part.kg
        kept[1] += part.share
    return sorted(((name, kg, share) for name, (kg, share) in found.items()), key=lambda one: -one[2])


def explanation_in_words(explanation: Explanation) -> str:
    """What moves the estimate, what is not on the face, and what that does not mean, in a few lines."""
    outside = NAMES[OUTSIDE]
    ranked = [one for one in groups(explanation) if one[0] != outside]
    named, sum_of = [], 0.0
    for name, kg, share in ranked[:_NAMED]:
        if share > 0 and sum_of < _MOST:
            with_kg = f" ({kg:+.1f} kg)" if explanation.against == "reference" else ""
            named.append(f"the {name}{with_kg}")
            sum_of += share
    if not named:
        lines = ["nothing in the picture moves the estimate"]
    elif explanation.against == "reference":
        lines = [
            f"{explanation.estimate_kg:.1f} kg over dry weight in these frames, "
            f"{explanation.start_kg:.1f} kg once everything looks as in the reference session",
            f"{round(100 * sum_of)} % of the difference rests on {_listed(named)}",
        ]
    else:
        lines = [f"{round(100 * sum_of)} % of what moves the estimate lies on {_listed(named)}"]
    lines.append(_of_outside(explanation))
    lines += [f"note: {note}" for note in explanation.notes]
    return "\n".join([*lines, _meaning(), explanation.intended_use])


def _of_outside(explanation: Explanation) -> str:
    share = explanation.outside_share
    told = f"{round(100 * share)} % rests on what is not the face: wall, clothes, hair, ears"
    return told if share < _WARNED else f"{told}. Warning: film again before a plain wall, in even light"


def _meaning() -> str:
    return "This is what the model answered to, not where the water is and not a cause."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def explain_picture(explanation: Explanation, path: Path, *, title: str = "") -> None:
    """Write one PNG: the session's mean face with the map over it, and a bar for each part.

    Args:
        explanation: of a session.
        path: of the PNG, written whole or not at all.
        title: above everything, such as the participant and session.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5.8), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title or explanation.participant_id, x=0.01, ha="left", fontsize=13)
    draw_explanation(figure, explanation)
    first = explanation_in_words(explanation).splitlines()
    told = "\n".join(line for line in first if line != explanation.intended_use)
    figure.supxlabel(
        f"{told}\nTrained on: {explanation.trained_on}. {explanation.intended_use}",
        fontsize=8.5,
        x=0.01,
        ha="left",
        wrap=True,
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    write_bytes(path, buffer.getvalue())


def draw_explanation(figure: Any, explanation: Explanation) -> None:
    """Face and bars side by side on a matplotlib figure or subfigure, for reports that hold more."""
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    _draw_face(figure, left, explanation)
    _draw_bars(right, explanation)


def _draw_face(figure: Any, axes: Any, explanation: Explanation) -> None:
    """The face in grey, so that every colour on it is the map's."""
    side = len(explanation.map_kg)
    grey = cv2.cvtColor(explanation.face, cv2.COLOR_RGB2GRAY).astype(np.float64)
    low, high = np.percentile(grey, (1, 99))
    large = (_ENLARGED, _ENLARGED)
    face = cv2.resize(grey, large, interpolation=cv2.INTER_CUBIC)
    patch = explanation.map_kg * (side / GRID) ** 2
    heat = cv2.resize(patch, large, interpolation=cv2.INTER_CUBIC)
    limit = float(np.abs(heat).max()) or 1.0
    axes.imshow(face, cmap="gray", vmin=low - 0.2 * (high - low), vmax=high + 1)
    # what is small stays see-through: noise would hide the face
    alpha = np.clip(1.6 * np.abs(heat) / limit - _SEE_THROUGH, 0, 0.8)
    shown = axes.imshow(heat, cmap="PuOr_r", vmin=-limit, vmax=limit, alpha=alpha)
    axes.set_axis_off()
    axes.set_title("where the estimate comes from", fontsize=10, loc="left")
    bar = figure.colorbar(shown, ax=axes, orientation="horizontal", shrink=0.8, pad=0.01, aspect=30)
    bar.solids.set(alpha=1)
    what = "kg" if explanation.against == "reference" else "kg, by blurring,"
    bar.set_label(f"{what} on a spot as large as 1/{GRID} of the side", fontsize=8)
    bar.ax.tick_params(labelsize=8)


def _start(explanation: Explanation) -> str:
    return "the reference" if explanation.against == "reference" else "a blurred picture"


def _draw_bars(axes: Any, explanation: Explanation) -> None:
    """The parts with the largest share, with their standard error; what is not the face comes last."""
    outside = NAMES[OUTSIDE]
    inside = [part for part in explanation.parts if part.name != outside][:_BARS]
    parts = [*inside, *(part for part in explanation.parts if part.name == outside)]
    places = np.arange(len(parts))[::-1]
    kg = np.array([part.kg for part in parts])
    colours = [_MORE if value >= 0 else _LESS for value in kg]
    spread = [part.sd_kg / np.sqrt(explanation.n_frames) for part in parts]
    axes.barh(places, kg, color=colours, alpha=0.85, height=0.66)
    axes.errorbar(kg, places, xerr=spread, fmt="none", ecolor="black", elinewidth=1, capsize=2)
    axes.axvline(0, color="black", lw=0.8)
    axes.set_yticks(places, [part.name for part in parts], fontsize=9)
    axes.axhline(0.5, color=_GREY, lw=0.6, ls=":")
    for place, value, error, part in zip(places, kg, spread, parts, strict=True):
        sign = 1 if value >= 0 else -1
        axes.annotate(
            f"{value:+.2f} kg, {round(100 * part.share)} %",
            (value + sign * error, place),
            xytext=(4 * sign, 0),
            textcoords="offset points",
            va="center",
            ha="left" if sign > 0 else "right",
            fontsize=8,
        )
    axes.margins(x=0.35)
    axes.set_xlabel(
        "kg of the estimate (orange: more fluid, violet: less); thin line: standard error over frames"
    )
    axes.xaxis.label.set_size(8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title(
        f"from {explanation.start_kg:.1f} kg with the looks of {_start(explanation)} "
        f"to {explanation.estimate_kg:.1f} kg",
        loc="left",
        fontsize=10,
    )
