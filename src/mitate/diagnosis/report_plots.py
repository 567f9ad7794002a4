"""Drawings of the report: plain SVG whose letters and lines take the page's own colour, light or dark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.curve import CurvePoint
from mitate.diagnosis.measures import Measures
from mitate.diagnosis.report_numbers import cut
from mitate.diagnosis.saliency import ClassSaliency
from mitate.paper.drawing import COLOUR, INK, NORMAL, SMALL, STROKES, keys, svg, tidy
from mitate.paper.parts import paragraph, picture

__all__ = [
    "calibration_plot",
    "confusion_plot",
    "embedded",
    "learning_plot",
    "pr_plot",
    "roc_plot",
    "rows_plot",
    "saliency_picture",
    "sizes_plot",
]

_COLOURS = {"transfer": COLOUR, "traditional": "#8a929c", "leak": "#d9822b"}
_SIDE = 224  # px of a face in the report


def rows_plot(measures: Sequence[Measures], chance: float) -> str:
    """Top-1 of every method as a bar with its interval, its name above it."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for place, one in enumerate(measures):
            told = one.accuracy
            axes.barh(-place, 100 * told.value, height=0.36, color=_COLOURS[one.kind])
            axes.plot([100 * told.low, 100 * told.high], [-place] * 2, color=INK, lw=1.6)
            for end in (told.low, told.high):
                axes.plot([100 * end] * 2, [-place - 0.13, -place + 0.13], color=INK, lw=1.6)
            axes.plot([100 * chance] * 2, [-place - 0.24, -place + 0.24], color=INK, lw=1.4, ls=":")
            name = cut(one.method, 42)
            axes.text(0, -place + 0.27, name, fontsize=NORMAL, va="bottom")
            axes.text(103, -place, f"{100 * told.value:.0f}", fontsize=NORMAL, va="center")
        axes.set(xlim=(0, 112), ylim=(-len(measures) + 0.5, 0.75), yticks=[], xticks=range(0, 101, 25))
        axes.set_xlabel("told right, % of photos")
        axes.spines[["left", "top", "right"]].set_visible(False)

    told = "; ".join(f"{one.method} {100 * one.accuracy.value:.0f} %" for one in measures)
    return svg(draw, 0.62 * len(measures) + 0.9, "rows", f"Bars of the share told right. {told}.")


def roc_plot(measures: Measures) -> str:
    """ROC curves of the classes."""
    return _curves(
        measures,
        "roc",
        ("other classes told to be it, %", "of its photos found, %"),
        lambda one: (one.roc.x, one.roc.y, one.auc.value),
    )


def pr_plot(measures: Measures) -> str:
    """Precision-recall curves of the classes."""
    return _curves(
        measures,
        "pr",
        ("of its photos found, %", "of those told to be it that are, %"),
        lambda one: (one.pr.x, one.pr.y, one.average_precision.value),
    )


def _curves(
    measures: Measures,
    name: str,
    labels: tuple[str, str],
    points: Callable[[Any], tuple[Sequence[float], Sequence[float], float]],
) -> str:
    """A curve a class; of more than can be told apart, the worst in colour and the others thin.

    The names stand below it as a list: letters of any script are the reader's to draw, not matplotlib's.
    """
    shown = sorted(measures.classes, key=lambda one: points(one)[2])[: len(STROKES)]
    style = {one.label: STROKES[place] for place, one in enumerate(sorted(shown, key=lambda one: one.label))}

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for one in measures.classes:
            x, y = (100 * np.array(side) for side in points(one)[:2])
            if one.label in style:
                axes.plot(x, y, color=style[one.label].colour, ls=style[one.label].style, lw=2.0)
            else:
                axes.plot(x, y, color=INK, lw=0.5, alpha=0.35)
        if name == "roc":
            axes.plot([0, 100], [0, 100], color=INK, lw=0.8, ls=":")
        axes.set(xlim=(-2, 102), ylim=(-2, 102), xlabel=labels[0], ylabel=labels[1])
        _square(axes)

    told = "; ".join(f"{one.label} {points(one)[2]:.2f}" for one in measures.classes)
    title = "ROC curves" if name == "roc" else "Precision-recall curves"
    rest = len(measures.classes) - len(shown)
    thin = f"{rest} others, with larger areas: thin" if rest else ""
    named = keys(((style[one.label], one.label, f"{points(one)[2]:.2f}") for one in shown), thin)
    return svg(draw, 4.3, name, f"{title}. Areas: {told}.") + named


def _square(axes: Any) -> None:
    """Percent along both sides."""
    axes.set_xticks(range(0, 101, 25))
    axes.set_yticks(range(0, 101, 25))
    axes.set_aspect("equal")
    tidy(axes)


def calibration_plot(
    said: Sequence[float], right: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> str:
    """What was said against how often it was right, with intervals; shares from 0 to 1."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot([0, 100], [0, 100], color=INK, lw=0.8, ls=":")
        axes.text(64, 60, "as said", fontsize=SMALL, rotation=45, rotation_mode="anchor", va="top")
        for place, bottom, top in zip(said, low, high, strict=True):
            axes.plot([100 * place] * 2, [100 * bottom, 100 * top], color=COLOUR, lw=1.4)
        axes.plot(100 * np.array(said), 100 * np.array(right), color=COLOUR, lw=1.4, marker="o", ms=6)
        axes.set(xlim=(0, 102), ylim=(0, 102), xlabel="probability that was said, %", ylabel="was right, %")
        _square(axes)

    pairs = "; ".join(
        f"said {100 * a:.0f} %, right {100 * b:.0f} %" for a, b in zip(said, right, strict=True)
    )
    return svg(draw, 4.3, "calibration", f"Reliability of the probabilities: {pairs}.")


def sizes_plot(counts: Sequence[int]) -> str:
    """How many photos got a set of 0, 1, 2 ... classes."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.bar(range(len(counts)), counts, width=0.7, color=COLOUR)
        for place, count in enumerate(counts):
            axes.text(place, count, f"{count}", ha="center", va="bottom", fontsize=NORMAL)
        axes.set(xlabel="classes in the set", ylabel="photos", xticks=range(len(counts)))
        axes.set_ylim(0, 1.14 * max(*counts, 1))
        tidy(axes)

    told = "; ".join(f"{count} photos with {place}" for place, count in enumerate(counts) if count)
    return svg(draw, 2.9, "sizes", f"How many classes the prediction sets hold: {told}.")


def learning_plot(points: Sequence[CurvePoint], chance: float) -> str:
    """Top-1 by the number of people a class learned from."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        sizes = [point.size for point in points]
        low, high = ([100 * getattr(point, end) for point in points] for end in ("low", "high"))
        axes.fill_between(sizes, low, high, color=COLOUR, alpha=0.22, lw=0)
        values = [100 * point.accuracy for point in points]
        axes.plot(sizes, values, color=COLOUR, lw=2.0, marker="o", ms=6)
        for size, value in zip(sizes, values, strict=True):
            axes.annotate(
                f"{value:.0f}",
                (size, value),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=NORMAL,
            )
        axes.axhline(100 * chance, color=INK, lw=1.0, ls=":")
        axes.annotate(
            "guessing", (sizes[0], 100 * chance), (0, 3), textcoords="offset points", fontsize=SMALL
        )
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.set_xticks([], minor=True)
        axes.set(ylim=(0, 108), yticks=range(0, 101, 25))
        axes.set_xlabel("people of each class learned from")
        axes.set_ylabel("told right, %")
        tidy(axes)

    told = "; ".join(f"{point.size} people {100 * point.accuracy:.0f} %" for point in points)
    return svg(draw, 3.3, "learning", f"Learning curve: {told}.")


def confusion_plot(confusion: NDArray[np.int64]) -> str:
    """Shares of each class's photos (rows) told to be each class, for more classes than a table can hold."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        axes.set(xlabel="told to be", ylabel="is", xticks=[], yticks=[])

    return svg(draw, 4.6, "confusion", "Confusion of all classes; what is right lies on the diagonal.")


def saliency_picture(one: ClassSaliency) -> NDArray[np.uint8]:
    """(224, 224, 3) evidence for a class in orange and against it in blue, on the mean face.

    Where there is no mean face, the evidence is drawn on plain grey.
    """
    import cv2

    grey = np.full((112, 112), 205.0)
    if one.face is not None:
        grey = cv2.cvtColor(one.face, cv2.COLOR_RGB2GRAY).astype(np.float64)
        grey = 70 + 160 * (grey - grey.min()) / max(float(np.ptp(grey)), 1.0)
    enlarged = np.repeat(
        cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)[..., None], 3, axis=2
    )
    heat = np.clip(cv2.resize(one.map, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), -1, 1)
    colour = np.where(heat[..., None] > 0, (226.0, 92.0, 10.0), (30.0, 90.0, 190.0))
    weight = 0.78 * np.abs(heat)[..., None] ** 1.2
    return np.asarray(np.clip((1 - weight) * enlarged + weight * colour, 0, 255), np.uint8)


def embedded(image: NDArray[np.uint8], told: str) -> str:
    """An RGB picture (h, w, 3) within the page, and what it shows for those who cannot see it."""
    import cv2

    done, raw = cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))
    if not done:  # only of a picture without pixels
        return paragraph(told)
    return picture(raw.tobytes(), told, (image.shape[1], image.shape[0]))
