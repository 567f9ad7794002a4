"""Inner products of all rows, once: learning from few rows with very many columns.

With 200 rows of 50,176 columns a linear machine sees the rows only through their 200 × 200 inner products.
Centring on the training mean and scaling to unit length need no more than those (Schölkopf, Smola and
Müller 1998, "Nonlinear component analysis as a kernel eigenvalue problem", appendix A), so nested
cross-validation costs little more than one pass over the columns. Means come from training rows only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["between", "column_scale", "flat_rows", "gram"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

_COLUMNS = 4096
_SHORTEST = 1e-12
_FLATTEST = 1e-6


def gram(rows: NDArray[np.floating], scale: Array | None = None) -> Array:
    """(n, n) inner products of rows (n, d), in double precision and in blocks of columns.

    Args:
        rows: (n, d).
        scale: (d,) what each column is multiplied with first.
    """
    products = np.zeros((len(rows), len(rows)))
    for start in range(0, rows.shape[1], _COLUMNS):
        block = rows[:, start : start + _COLUMNS].astype(np.float64)
        if scale is not None:
            block *= scale[start : start + _COLUMNS]
        products += block @ block.T
    return products


def column_scale(rows: NDArray[np.floating]) -> Array:
    """(d,) one over each column's standard deviation and over √d, so that lengths do not grow with d.

    A column that is the same in all rows tells nothing and gets 0.
    """
    scale = np.empty(rows.shape[1])
    for start in range(0, rows.shape[1], _COLUMNS):
        block = rows[:, start : start + _COLUMNS].astype(np.float64)
        spread, size = block.std(axis=0), np.abs(block).max(axis=0, initial=0.0)
        told = spread > _FLATTEST * size
        scale[start : start + _COLUMNS] = np.where(told, 1.0 / np.where(told, spread, 1.0), 0.0)
    return np.asarray(scale / np.sqrt(rows.shape[1]))


def between(products: Array, fit: Rows, at: Rows, *, unit: bool) -> Array:
    """Inner products of rows `at` with rows `fit`, all centred on the mean of `fit`.

    Args:
        products: (n, n) of `gram`.
        fit: (m,) training rows, the only ones whose mean is taken.
        at: (t,) rows to compare with them.
        unit: whether centred rows are scaled to length one; a row on the mean itself stays zero.

    Returns:
        (t, m)
    """
    mean = products[:, fit].mean(axis=1)
    grand = float(mean[fit].mean())
    centred = products[np.ix_(at, fit)] - mean[at][:, None] - mean[fit][None, :] + grand
    if not unit:
        return np.asarray(centred)
    squares = np.diag(products) - 2 * mean + grand
    least = _SHORTEST * max(float(np.abs(np.diag(products)).max(initial=0.0)), np.finfo(float).tiny)
    one_over = np.where(squares > least, 1.0 / np.sqrt(np.maximum(squares, least)), 0.0)
    return np.asarray(centred * one_over[at][:, None] * one_over[fit][None, :])


def flat_rows(products: Array) -> Array:
    """(n, n) rows with the inner products (n, n) of others that had far more columns.

    Distances, angles, means and principal directions of any of them are those of the others.
    """
    values, vectors = np.linalg.eigh(products)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
