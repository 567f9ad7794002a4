"""Figures as the benchmarks of the reasoner state them: shares and quantiles with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from benchmarks.tricopa import wilson
from mitate.figures import Figure

__all__ = ["bootstrap", "quantile", "share", "show"]

_Z = 1.959964


def share(name: str, right: int, n: int, data: str, bar: float | None = None) -> Figure:
    """A share of `n` in per cent with Wilson's 95 % interval; the bar is to be reached from below."""
    low, high = wilson(right, n)
    return Figure(name, 100 * right / n, "%", low, high, n, data, bar)


def quantile(name: str, seconds: Sequence[float], at: float, data: str, bar: float | None = None) -> Figure:
    """A quantile of durations in ms, with a 95 % interval from order statistics; the bar is an upper one."""
    ordered = 1000 * np.sort(seconds)
    n = len(ordered)
    half = _Z * sqrt(n * at * (1 - at))
    low = ordered[max(0, int(np.floor(n * at - half)))]
    high = ordered[min(n - 1, int(np.ceil(n * at + half)))]
    value = float(np.quantile(ordered, at))
    return Figure(name, value, "ms", min(float(low), value), max(float(high), value), n, data, bar, False)


def bootstrap(values: Sequence[float], *, seed: int = 0, draws: int = 4000) -> tuple[float, float]:
    """The 95 % interval of a mean, by drawing from the values again (percentiles)."""
    rng = np.random.default_rng(seed)
    table = np.asarray(values, dtype=float)
    means = [table[rng.integers(len(table), size=len(table))].mean() for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def show(figure: Figure) -> None:
    """Prints a row."""
    interval = "" if figure.low is None else f" ({figure.low:.4g} to {figure.high:.4g})"
    verdict = {None: "", True: "  met", False: "  NOT MET"}[figure.met]
    bar = "" if figure.bar is None else f"  bar {figure.bar:g}"
    print(f"  {figure.name}: {figure.value:.4g} {figure.unit}{interval}{bar}{verdict}", flush=True)
