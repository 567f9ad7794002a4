"""How unlike everything learned from a face is, so that what was never learned is not given a class.

Two measures, added on the scale of people not learned from, as in H. Wang et al., "ViM: Out-of-distribution
with virtual-logit matching", CVPR 2022:

- what of the face lies outside the space of the training faces, their classes' means and the largest
  directions within classes (the residual, in statistics the Q of J. Jackson and G. Mudholkar, Technometrics
  21, 1979). Another kind of face, another camera, a cat: these it tells.
- how little any class claims the face: the largest answer of least-squares classifiers, one a class (ridge
  regression on the class; D. Hendrycks et al., "Scaling out-of-distribution detection for real-world
  settings", ICML 2022, take the largest logit). A face between the classes: a condition never learned.

Tried on simulated faces, 200 of 5 classes to learn from, 400 other people, 300 people of 15 classes that were
never learned: together 0.92 area under the curve, and 57 % of the latter beyond where 5 % of the former are;
the residual alone 0.83, the classifiers alone 0.87. Nearest neighbours (0.62 to 0.80), cosines to the
classes' means (0.79), Mahalanobis distances in principal or discriminant spaces (K. Lee et al., NeurIPS 2018:
0.52 to 0.82; relative to the whole, J. Ren et al. 2021: 0.69 to 0.77) and the support vector machine's own
margin (0.86) told less. Real portraits, cats, things and noise are all beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["Unlike", "strangeness"]

Array = NDArray[np.float64]
Rows = NDArray[np.floating]

_DIRECTIONS = 20  # within classes; of 5 to 80 tried, 20 told most, and the file stays small
_ROWS_A_DIRECTION = 6
_CLASS_DIRECTIONS = 30
_FOLDS = 5
_RIDGE = 0.3  # of rows at length one; from 0.03 to 3 it makes no difference
_TINY = 1e-12

LEAST_OUTSIDE = 1e-2
"""Of a row's square, counted as outside the space at least: with few columns nothing is left but rounding."""


def strangeness(train: Rows, targets: NDArray[np.integer], persons: NDArray[Any], test: Rows) -> Array:
    """How unlike the training rows (m, d) the test rows (t, d) are: (t,), the larger the stranger.

    Args:
        train, test: features as they come from a network.
        targets, persons: (m,) class and person of the training rows.

    Raises:
        InputError: fewer than three training rows, or rows that are not numbers.
    """
    learned, new = _unit(train), _unit(test)
    products = np.asarray(learned @ learned.T, np.float64)
    towards = np.asarray(new @ learned.T, np.float64)
    return _strangeness(products, targets, persons, towards, np.einsum("td,td->t", new, new))


def _strangeness(
    products: Array, targets: NDArray[np.integer], persons: NDArray[Any], towards: Array, squares: Array
) -> Array:
    space, centre, spread = _learned(products, targets, persons)
    return np.asarray(((space.measures(towards, squares) - centre) / spread).sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Unlike:
    """What was learned from, as far as it is needed to tell what is unlike it. Make it with `fit`.

    Attributes:
        mean: (d,) float32 of the training rows at length one.
        basis: (p, d) float32, orthonormal: the space of the training rows; rounded to what float16 holds.
        weights: (K, d) float32 of the least-squares classifiers, rounded alike.
        share: (K,) of the training rows in each class, from which the classifiers start.
        centre, spread: (2,) of the two measures over people who were not learned from.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    weights: NDArray[np.float32]
    share: Array
    centre: Array
    spread: Array

    @classmethod
    def fit(cls, rows: Rows, targets: NDArray[np.integer], persons: NDArray[Any]) -> Self:
        """Learn from rows (m, d) with their class and person (m,).

        Raises:
            InputError: fewer than three rows, or rows that are not numbers.
        """
        unit = _unit(rows)
        space, centre, spread = _learned(np.asarray(unit @ unit.T, np.float64), targets, persons)
        return cls(
            mean=np.asarray(unit.mean(axis=0), np.float32),
            basis=_halved(space.mix, unit),
            weights=_halved(space.claims, unit),
            share=space.share,
            centre=centre,
            spread=spread,
        )

    def of(self, rows: Rows) -> Array:
        """(t,) how unlike rows (t, d) are: about 0 for people of the classes, the larger the stranger.

        Raises:
            InputError: rows of another width, or not numbers.
        """
        if rows.ndim != 2 or rows.shape[1] != len(self.mean):
            raise InputError(f"faces must come as (t, {len(self.mean)}) numbers, not {rows.shape}")
        off = _unit(rows) - self.mean
        within, claims = off @ self.basis.T, off @ self.weights.T
        found = _measures(within, claims, np.einsum("td,td->t", off, off), self.share)
        return np.asarray(((found - self.centre) / self.spread).sum(axis=1))

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """By name, for a file."""
        return {
            "mean": self.mean,
            "basis": self.basis.astype(np.float16),
            "weights": self.weights.astype(np.float16),
            "share": self.share,
            "centre": self.centre,
            "spread": self.spread,
        }

    @classmethod
    def from_arrays(cls, stored: Mapping[str, NDArray[Any]]) -> Self:
        """What `as_arrays` gave.

        Raises:
            InputError: it is something else.
        """
        try:
            found = cls(
                np.asarray(stored["mean"], np.float32),
                np.asarray(stored["basis"], np.float32),
                np.asarray(stored["weights"], np.float32),
                *(np.asarray(stored[name], np.float64) for name in ("share", "centre", "spread")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("the measure of strangeness cannot be read") from error
        d, classes = found.mean.shape, found.share.shape
        wide = found.basis.shape[1:] == d and found.weights.shape == classes + d
        if len(d) != 1 or len(classes) != 1 or not wide or found.centre.shape != (2,):
            raise InputError("the parts of the measure of strangeness do not belong together")
        if found.spread.shape != (2,) or not (found.spread > 0).all():
            raise InputError("the measure of strangeness has no scale")
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """The space of training rows, written as sums of them, so that inner products are all that is needed.

    Attributes:
        mix: (p, m) weights of the training rows in each direction.
        claims: (K, m) the same of each classifier's weights.
        row_means: (m,) mean inner product of each training row with all.
        share: (K,) of the rows in each class.
    """

    mix: Array
    claims: Array
    row_means: Array
    share: Array

    @classmethod
    def of(cls, products: Array, classes: NDArray[np.integer], most: int) -> Self:
        m = len(products)
        places = np.unique(classes, return_inverse=True)[1]
        hot = np.eye(int(places.max()) + 1)[places]
        share = (hot / hot.sum(axis=0)).T  # (K, m): a class's mean as a sum of rows
        between = share - 1.0 / m
        within = np.eye(m) - hot @ share
        inside = _principal(within, products, most)
        mix = _orthonormal(
            np.concatenate([inside, _principal(between, products, _CLASS_DIRECTIONS)]), products
        )
        row_means = products.mean(axis=1)
        return cls(mix, _claims(products, row_means, hot), row_means, hot.mean(axis=0))

    def measures(self, products: Array, squares: Array) -> Array:
        """(t, 2) of rows from their inner products (t, m) with the training rows and themselves (t,)."""
        centred = products - self.row_means
        lengths = squares - 2.0 * products.mean(axis=1) + self.row_means.mean()
        return _measures(centred @ self.mix.T, centred @ self.claims.T, lengths, self.share)


def _claims(products: Array, row_means: Array, hot: Array) -> Array:
    """(K, m) ridge regression of class (m, K) on rows off their mean and at length one, as sums of rows."""
    centred = products - row_means[:, None] - row_means[None, :] + row_means.mean()
    over = 1.0 / np.sqrt(np.maximum(np.diag(centred), _TINY))
    kernel = centred * over[:, None] * over[None, :]
    duals = np.linalg.solve(kernel + _RIDGE * np.eye(len(kernel)), hot - hot.mean(axis=0))
    mix = (duals * over[:, None]).T
    return np.asarray(mix - mix.mean(axis=1, keepdims=True))


def _learned(
    products: Array, targets: NDArray[np.integer], persons: NDArray[Any]
) -> tuple[_Space, Array, Array]:
    """The space of training rows, and centre and spread (2,) of the measures over people left out of it."""
    if len(products) < 3:
        raise InputError(f"{len(products)} faces are too few to say what is unlike them")
    classes = np.unique(targets, return_inverse=True)[1]
    most = min(_DIRECTIONS, len(products) // _ROWS_A_DIRECTION)
    space = _Space.of(products, classes, most)
    fold = np.unique(persons, return_inverse=True)[1] % _FOLDS
    parts = []
    for left in range(_FOLDS):
        learn, other = np.flatnonzero(fold != left), np.flatnonzero(fold == left)
        if len(other) and len(learn) >= 3:
            part = _Space.of(products[np.ix_(learn, learn)], classes[learn], most)
            parts.append(part.measures(products[np.ix_(other, learn)], np.diag(products)[other]))
    # With a single person nobody was left out.
    found = np.concatenate(parts) if parts else space.measures(products, np.diag(products))
    return space, found.mean(axis=0), np.maximum(found.std(axis=0), 1e-6)


def _measures(within: Rows, claims: Rows, squares: Rows, share: Array) -> Array:
    """(t, 2) log residual outside the space, and minus the largest answer of a classifier."""
    squares = np.maximum(np.asarray(squares, np.float64), _TINY)
    inside = np.einsum("tp,tp->t", within, within, dtype=np.float64)
    outside = np.maximum(squares - inside, LEAST_OUTSIDE * squares)
    claimed = (claims / np.sqrt(squares)[:, None] + share).max(axis=1)
    return np.stack([0.5 * np.log(outside), -claimed], axis=1)


def _principal(mix: Array, products: Array, most: int) -> Array:
    """(p, m) at most so many principal directions of the sums of rows that `mix` (q, m) makes."""
    values, vectors = np.linalg.eigh(mix @ products @ mix.T)
    order = np.argsort(values)[::-1][:most]
    order = order[values[order] > 1e-9 * max(float(values[-1]), _TINY)]
    return np.asarray((vectors[:, order] / np.sqrt(values[order])).T @ mix)


def _orthonormal(mix: Array, products: Array) -> Array:
    """The same space with directions of length one at right angles to each other."""
    if not len(mix):
        return mix
    return _principal(mix, products, len(mix))


def _halved(mix: Array, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums of rows, rounded to what float16 holds, so that a stored model says the same."""
    return (mix.astype(np.float32) @ rows).astype(np.float16).astype(np.float32)


def _unit(rows: Rows) -> NDArray[np.float32]:
    given = np.asarray(rows, np.float32)
    if given.ndim != 2 or not np.isfinite(given).all():
        raise InputError(f"faces must come as finite numbers of shape (n, d), not {given.shape}")
    lengths = np.linalg.norm(given, axis=1, keepdims=True)
    return np.asarray(given / np.maximum(lengths, _TINY), np.float32)
