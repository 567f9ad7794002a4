"""In which space a gallery measures distances: centred on its people, and calm where people merely differ.

Embeddings were trained to tell persons apart, so most of what varies in them is who somebody is. Directions
in which people of one class differ are therefore made short: the within-class covariance is whitened (A.
Hatch, S. Kajarekar and A. Stolcke, "Within-class covariance normalization for SVM-based speaker recognition",
Interspeech 2006), shrunk towards the identity because people are few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["FEWEST", "SHRINKAGE", "Space", "Spread"]

Array = NDArray[np.float64]
Rows = NDArray[np.float32]

FEWEST = 20
"""Persons, or persons beyond the first of their class, from whom a centre or a spread is taken."""
SHRINKAGE = 0.5
"""Share of the identity in the covariance; chosen on 30 simulated classes, from 0.3, 0.5 and 0.7."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How people of one class differ, in one network's numbers.

    Attributes:
        scatter: (d, d) sum over persons of the outer product of their difference from their class's mean.
        freedom: persons beyond the first of each class.
    """

    scatter: Array
    freedom: int

    @classmethod
    def of(cls, rows: Rows, targets: NDArray[np.int64], persons: NDArray[np.str_]) -> Spread:
        """From faces whose class is known, such as those of a data set of frequent classes.

        Args:
            rows: (n, views, d) not normalised.
            targets, persons: (n,) class and person. Every person weighs the same.

        Raises:
            InputError: rows, classes and persons are not equally many.
        """
        if not len(rows) == len(targets) == len(persons) or rows.ndim != 3:
            raise InputError(f"{rows.shape} numbers of {len(targets)} faces of {len(persons)} people")
        _, place, count = np.unique(persons, return_inverse=True, return_counts=True)
        weight = 1.0 / count[place]
        residuals, freedom = np.zeros(rows.shape), 0
        for target in np.unique(targets):
            own = targets == target
            mean = np.tensordot(weight[own], rows[own], axes=1) / weight[own].sum()
            residuals[own] = (rows[own] - mean) * np.sqrt(weight[own] / rows.shape[1])[:, None, None]
            freedom += len(np.unique(persons[own])) - 1
        flat = residuals.reshape(-1, rows.shape[2])
        return cls(flat.T @ flat, freedom)

    def __add__(self, other: Spread) -> Spread:
        if self.scatter.shape != other.scatter.shape:
            raise InputError("spreads of different networks cannot be joined")
        return Spread(self.scatter + other.scatter, self.freedom + other.freedom)


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Where one network's numbers are compared.

    Attributes:
        centre: (views, d) taken off first; zero where there were too few people to have one.
        whitening: (d, d) lower triangle that a row is multiplied with; None where there were too few.
    """

    centre: Rows
    whitening: Rows | None

    @classmethod
    def fit(
        cls,
        rows: Rows,
        targets: NDArray[np.int64],
        persons: NDArray[np.str_],
        reference: Spread | None = None,
    ) -> Space:
        """From a gallery's faces and, if given, a data set's spread.

        Args:
            rows, targets, persons: as for `Spread.of`.
            reference: of a data set; added to the gallery's own.
        """
        names, place, count = np.unique(persons, return_inverse=True, return_counts=True)
        centre = np.zeros(rows.shape[1:], np.float32)
        if len(names) >= FEWEST:
            weight = (1.0 / count[place] / len(names)).astype(np.float32)
            centre = np.asarray(np.tensordot(weight, rows, axes=1), np.float32)
        own = Spread.of(rows, targets, persons)
        return cls(centre, _whitening(own if reference is None else own + reference))

    def __call__(self, rows: Rows) -> Rows:
        """(n, views, d) rows of length one in this space."""
        moved = rows - self.centre
        if self.whitening is not None:
            moved = moved @ self.whitening.T
        lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
        return np.asarray(moved / np.maximum(lengths, 1e-12), np.float32)


def _whitening(spread: Spread) -> Rows | None:
    """Inverse of the covariance's Cholesky factor; any other root gives the same cosines."""
    from scipy.linalg import solve_triangular

    width = len(spread.scatter)
    size = float(np.trace(spread.scatter)) / width
    if spread.freedom < FEWEST or size <= 0:
        return None
    covariance = (1 - SHRINKAGE) * spread.scatter / size + SHRINKAGE * np.eye(width)
    factor = np.linalg.cholesky(covariance)
    return np.asarray(solve_triangular(factor, np.eye(width), lower=True), np.float32)
