"""ROC and precision-recall curves of one class against the others, and their areas in many draws at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Curve", "areas_drawn", "average_precision", "pr_curve", "roc_area", "roc_curve"]

Array = NDArray[np.float64]
Inside = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve.

    Attributes:
        x: false positive rate (ROC) or recall (precision-recall).
        y: true positive rate or precision.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]

    def as_dict(self) -> dict[str, list[float]]:
        return {"x": list(self.x), "y": list(self.y)}


def roc_curve(values: Array, inside: Inside) -> Curve:
    """Scikit-learn's ROC curve of values (n,), the higher the likelier inside (n,)."""
    from sklearn.metrics import roc_curve as points

    x, y, _ = points(inside, values)
    return Curve(tuple(x.tolist()), tuple(y.tolist()))


def pr_curve(values: Array, inside: Inside) -> Curve:
    """Scikit-learn's precision-recall curve; x is recall, y precision."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(inside, values, drop_intermediate=True)
    return Curve(tuple(recall.tolist()), tuple(precision.tolist()))


def roc_area(values: Array, inside: Inside) -> float:
    """Area under the ROC curve, by scikit-learn."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(inside, values))


def average_precision(values: Array, inside: Inside) -> float:
    """Area under the precision-recall curve in steps, by scikit-learn."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(inside, values))


def areas_drawn(
    values: Array, inside: Inside, weights: NDArray[np.floating], *, at_once: int = 4_000_000
) -> tuple[Array, Array]:
    """Both areas for many weightings of the rows, as scikit-learn's with `sample_weight`, in one pass.

    Args:
        values: (n,) the higher the likelier inside.
        inside: (n,) truths.
        weights: (draws, n).
        at_once: how many weights are worked on together, for the memory it takes.

    Returns:
        (draws,) areas under the ROC curve and (draws,) average precisions.
    """
    order = np.argsort(-values, kind="stable")
    starts = np.flatnonzero(np.diff(-values[order], prepend=-np.inf) > 0)
    roc, precision = np.empty(len(weights)), np.empty(len(weights))
    block = max(1, at_once // len(values))
    for first in range(0, len(weights), block):
        drawn = weights[first : first + block, order].astype(np.float64)
        hits = np.add.reduceat(drawn * inside[order], starts, axis=1)
        misses = np.add.reduceat(drawn * ~inside[order], starts, axis=1)
        all_hits, all_misses = hits.cumsum(axis=1), misses.cumsum(axis=1)
        at = slice(first, first + block)
        with np.errstate(invalid="ignore", divide="ignore"):
            below = all_misses[:, -1:] - all_misses + misses / 2
            roc[at] = (hits * below).sum(axis=1) / (all_hits[:, -1] * all_misses[:, -1])
            shares = np.where(hits > 0, all_hits / (all_hits + all_misses), 0.0)
            precision[at] = (hits * shares).sum(axis=1) / all_hits[:, -1]
    return roc, precision
