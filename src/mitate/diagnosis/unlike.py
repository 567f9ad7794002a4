"""How unlike everything learned from a face is, so that what was never learned is not given a class.

Two measures, added on the scale of people not learned from:

- what of the face lies outside the space of the training faces, their classes' means and the largest
  directions within classes (the residual of H. Wang et al., "ViM: Out-of-distribution with virtual-logit
  matching", CVPR 2022; in statistics the Q of J. Jackson and G. Mudholkar, Technometrics 21, 1979). Another
  kind of face, another camera, a cat: these it tells.
- how little it points towards any class's mean (cosine; the nearest mean of K. Lee et al., "A simple unified
  framework for detecting out-of-distribution samples and adversarial attacks", NeurIPS 2018). A face between
  the classes: a condition that was never learned.

Trials on simulated faces (200 people of 5 classes learned from, 400 others, 300 of 15 classes never learned)
are in docs/diagnosis.md. Mahalanobis distances, relative or not, nearest neighbours and the classifier's own
margin told less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["Unlike", "strangeness", "strangeness_of_products"]

Array = NDArray[np.float64]
Rows = NDArray[np.floating]

_DIRECTIONS = 20  # within classes; of 5 to 80 tried, 20 told most, and the file stays small
_ROWS_A_DIRECTION = 6
_CLASS_DIRECTIONS = 30
_FOLDS = 5
_TINY = 1e-12


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


def strangeness_of_products(
    products: Array,
    train: NDArray[np.integer],
    targets: NDArray[np.integer],
    persons: NDArray[Any],
    test: NDArray[np.integer],
) -> Array:
    """As `strangeness`, from inner products of rows alone, which takes milliseconds.

    Args:
        products: (n, n) of all rows as they come from a network (`mitate.diagnosis.gram.gram`).
        train, test: (m,) and (t,) places among the n.
        targets, persons: (m,) class and person of the training rows.

    Raises:
        InputError: fewer than three training rows.
    """
    lengths = np.sqrt(np.maximum(np.diag(products), _TINY**2))
    unit = products[:, train] / lengths[:, None] / lengths[train][None, :]
    return _strangeness(unit[train], targets, persons, unit[test], np.ones(len(test)))


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
        towards: (K, p) the classes' means in that space, at length one.
        centre, spread: (2,) of the two measures over people who were not learned from.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    towards: Array
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
            basis=(space.mix.astype(np.float32) @ unit).astype(np.float16).astype(np.float32),
            towards=space.towards,
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
        within = np.asarray(off @ self.basis.T, np.float64)
        found = _measures(within, np.einsum("td,td->t", off, off), self.towards)
        return np.asarray(((found - self.centre) / self.spread).sum(axis=1))

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """By name, for a file."""
        return {
            "mean": self.mean,
            "basis": self.basis.astype(np.float16),
            "towards": self.towards,
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
                *(np.asarray(stored[name], np.float64) for name in ("towards", "centre", "spread")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("the measure of strangeness cannot be read") from error
        d, p = found.mean.shape, found.basis.shape
        if len(d) != 1 or p[1:] != d or found.towards.shape[1:] != p[:1] or found.centre.shape != (2,):
            raise InputError("the parts of the measure of strangeness do not belong together")
        if found.spread.shape != (2,) or not (found.spread > 0).all():
            raise InputError("the measure of strangeness has no scale")
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """The space of training rows, written as sums of them, so that inner products are all that is needed.

    Attributes:
        mix: (p, m) weights of the training rows in each direction.
        row_means: (m,) mean inner product of each training row with all.
        towards: (K, p) classes' means within the space, at length one.
    """

    mix: Array
    row_means: Array
    towards: Array

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
        centres = between @ products
        lengths = np.sqrt(np.maximum(np.einsum("km,km->k", centres, between), _TINY))
        return cls(mix, products.mean(axis=1), (centres @ mix.T) / lengths[:, None])

    def measures(self, products: Array, squares: Array) -> Array:
        """(t, 2) of rows from their inner products (t, m) with the training rows and themselves (t,)."""
        centred = products - self.row_means
        lengths = squares - 2.0 * products.mean(axis=1) + self.row_means.mean()
        return _measures(centred @ self.mix.T, lengths, self.towards)


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


def _measures(within: Array, squares: Array, towards: Array) -> Array:
    """(t, 2) log residual outside the space, and minus the cosine to the nearest class's mean."""
    squares = np.maximum(squares, _TINY)
    outside = np.maximum(squares - np.einsum("tp,tp->t", within, within), _TINY)
    cosine = (within @ towards.T / np.sqrt(squares)[:, None]).max(axis=1)
    return np.stack([0.5 * np.log(outside), -cosine], axis=1)


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


def _unit(rows: Rows) -> NDArray[np.float32]:
    given = np.asarray(rows, np.float32)
    if given.ndim != 2 or not np.isfinite(given).all():
        raise InputError(f"faces must come as finite numbers of shape (n, d), not {given.shape}")
    lengths = np.linalg.norm(given, axis=1, keepdims=True)
    return np.asarray(given / np.maximum(lengths, _TINY), np.float32)
