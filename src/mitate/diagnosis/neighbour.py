"""The nearest known face by cosine: what face recognition does, as a way of telling classes apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.diagnosis.folds import guard
from mitate.diagnosis.gram import gram
from mitate.diagnosis.method import Kind, Run
from mitate.errors import InputError

__all__ = ["NearestNeighbour"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


class NearestNeighbour:
    """A `Method` without settings: a class's score is the best cosine similarity to one of its faces.

    Args:
        name, kind, what: as in `Method`.
        rows: (n, d) embeddings of all faces, of any length.
        targets, persons: (n,) of the faces.
        n_classes: how many classes there are.
    """

    def __init__(
        self,
        name: str,
        kind: Kind,
        what: str,
        rows: NDArray[np.floating],
        targets: ArrayLike,
        persons: ArrayLike,
        n_classes: int,
    ) -> None:
        self._name, self._kind, self._what = name, kind, what
        self._targets = np.asarray(targets, np.int64)
        self._persons = np.asarray(persons, np.str_)
        self._n_classes = n_classes
        if len(rows) != len(self._targets):
            raise InputError("the embeddings do not have a row a face", where=name)
        products = gram(np.asarray(rows))
        length = np.sqrt(np.diag(products))
        one_over = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
        self._alike = products * one_over[:, None] * one_over[None, :]

    @property
    def name(self) -> str:
        return self._name

    @property
    def kind(self) -> Kind:
        return self._kind

    @property
    def what(self) -> str:
        return self._what

    def run(self, train: Rows, test: Rows, *, inner: bool = False) -> Run:
        """Compare `test` with `train`; inner scores compare each training row with other people's.

        Raises:
            InputError: a person is on both sides.
        """
        guard(self._persons[train], self._persons[test])
        scores = self._best(self._alike[np.ix_(test, train)], train)
        if not inner:
            return Run(scores)
        among = self._alike[np.ix_(train, train)].copy()
        among[self._persons[train][:, None] == self._persons[train][None, :]] = -1.0
        inner_scores = self._best(among, train)
        return Run(scores, inner_scores, 1.0 - scores.max(axis=1), 1.0 - inner_scores.max(axis=1))

    def _best(self, alike: Array, train: Rows) -> Array:
        """(t, K) the best of (t, m) similarities in each class; -1, the least, in a class without rows."""
        best = np.full((len(alike), self._n_classes), -1.0)
        for place in np.unique(self._targets[train]):
            best[:, place] = alike[:, self._targets[train] == place].max(axis=1)
        return best
