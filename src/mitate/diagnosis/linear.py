"""Linear support vector machines on frozen features, in the dual, settings chosen within the training rows.

The published transfer "DTL2" (Jin, Cruz and Gonçalves 2020, "Deep facial diagnosis", IEEE Access 8) takes the
layer before a face network's last dense one, scales it to unit length and gives it to a linear machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.diagnosis.folds import fewest_people, guard, inner_folds, splits
from mitate.diagnosis.gram import between, column_scale, flat_rows, gram
from mitate.diagnosis.machines import machines
from mitate.diagnosis.method import Kind, Run
from mitate.errors import InputError

__all__ = ["COSTS", "LinearHead", "LinearSvm", "Normalisation", "Setting", "Strangeness", "fit_linear"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Features = NDArray[np.float32]

Normalisation = Literal["unit", "standard"]
"""Centred and scaled to unit length, or each column centred and scaled to unit spread."""

Strangeness = Callable[[NDArray[np.floating], Rows, NDArray[np.str_], NDArray[np.floating]], Array]
"""(m, d) training rows, their targets and persons, (t, d) test rows → (t,) how unlike the training rows.

It must depend on rows through their inner products only: `LinearSvm` gives it rows with the inner products of
the features and no more columns than there are faces, which makes it a matter of milliseconds."""

COSTS = (1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3)


@dataclass(frozen=True, slots=True, eq=False)
class LinearHead:
    """A linear machine with explicit weights.

    Attributes:
        mean: (d,) taken off first.
        weights: (K, d), bias: (K,).
        unit: whether a row is scaled to length one after the mean is off.
    """

    mean: Array
    weights: Array
    bias: Array
    unit: bool

    def scores(self, rows: NDArray[np.floating]) -> Array:
        """(t, K) of rows (t, d): the machine's distance on the side of each class."""
        centred = np.asarray(rows, dtype=np.float64) - self.mean
        if self.unit:
            length = np.linalg.norm(centred, axis=1, keepdims=True)
            centred = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
        return np.asarray(centred @ self.weights.T + self.bias)


@dataclass(frozen=True, slots=True)
class Setting:
    """What inner validation chooses: which rows, how they are scaled, and the machine's cost."""

    rows: str
    normalisation: Normalisation
    cost: float

    def as_dict(self) -> dict[str, str | float]:
        return {"rows": self.rows, "normalisation": self.normalisation, "cost": self.cost}


def fit_linear(
    rows: NDArray[np.floating],
    targets: ArrayLike,
    n_classes: int,
    cost: float,
    normalisation: Normalisation = "unit",
) -> LinearHead:
    """One machine a class against the rest, with explicit weights.

    Args:
        rows: (n, d) as they come from the features.
        targets: (n,) the class's place; every class is there.
        cost: the machine's C.

    Raises:
        InputError: a class without rows.
    """
    places, scale = np.asarray(targets, np.int64), None
    if normalisation == "standard":
        scale = column_scale(rows)
    everything = np.arange(len(rows))
    products, unit = gram(rows, scale), normalisation == "unit"
    kernel = between(products, everything, everything, unit=unit)
    fit = machines(kernel, places, n_classes, [cost], patient=True)[cost]
    mean = np.asarray(rows, dtype=np.float64).mean(axis=0)
    centred = np.asarray(rows, dtype=np.float64) - mean
    duals = fit.duals
    if unit:
        length = np.linalg.norm(centred, axis=1)
        duals = duals * np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    weights = duals @ centred
    if scale is not None:
        weights *= scale**2
    return LinearHead(mean, weights, fit.bias, unit)


class LinearSvm:
    """One linear machine a class against the rest: a `Method` on one or several sets of features.

    Which features, which normalisation and which cost is chosen by the balanced accuracy of person-grouped
    folds within the training rows; of equals the first features, the first normalisation and the smallest
    cost win. Columns' spreads come from all training rows at hand, means and machines from each inner fold's
    own. Inner scores are those of the chosen setting, so they are a little kinder than those of a test.

    Args:
        name, kind, what: as in `Method`.
        rows: (n, d) features of all faces, by name.
        targets, persons: (n,) of the faces.
        n_classes: how many classes there are.
        strangeness: how unlike what is learned from; see `Strangeness`. Of the chosen features.
    """

    def __init__(
        self,
        name: str,
        kind: Kind,
        what: str,
        rows: Mapping[str, NDArray[np.floating]],
        targets: ArrayLike,
        persons: ArrayLike,
        n_classes: int,
        *,
        normalisations: Sequence[Normalisation] = ("unit",),
        costs: Sequence[float] = COSTS,
        folds: int = 5,
        seed: int = 0,
        strangeness: Strangeness | None = None,
    ) -> None:
        self._name, self._kind, self._what = name, kind, what
        self._rows = {key: np.asarray(value, np.float32) for key, value in rows.items()}
        self._targets = np.asarray(targets, np.int64)
        self._persons = np.asarray(persons, np.str_)
        self._n_classes = n_classes
        self._normalisations = tuple(normalisations)
        self._costs = tuple(sorted(costs))
        self._folds, self._seed, self._strangeness = folds, seed, strangeness
        self._flat: dict[str, NDArray[np.floating]] = {}
        self._products: dict[tuple[str, Normalisation], tuple[bytes, Array]] = {}
        wrong = [key for key, value in self._rows.items() if len(value) != len(self._targets)]
        if not (self._rows and self._normalisations and self._costs):
            raise InputError(
                "there are no features, normalisations or costs: nothing to choose from", where=name
            )
        if wrong:
            raise InputError(f"features {wrong} do not have a row a face", where=name)

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
        """Choose within `train`, learn from all of it, and score `test`; see `Method.run`.

        With one person in a class nothing can be chosen: the first features at a cost of 1 are taken.

        Raises:
            InputError: a person is on both sides, or inner scores are wanted with fewer than two people in
                a class.
        """
        guard(self._persons[train], self._persons[test])
        setting, inner_scores, fold = self._choose(train, inner=inner)
        scores = self._scores(setting, train, test)
        chosen = setting.as_dict()
        if not inner or fold is None:
            return Run(scores, chosen=chosen)
        if self._strangeness is None:
            return Run(scores, inner_scores, chosen=chosen)
        strange_inner = np.zeros(len(train))
        for place, (learn, left) in enumerate(splits(fold, train)):
            strange_inner[fold == place] = self._strange(setting, learn, left)
        return Run(scores, inner_scores, self._strange(setting, train, test), strange_inner, chosen)

    def choose(self, train: Rows) -> tuple[Setting, Array]:
        """The setting for a final model and (m, K) inner scores of the training rows at it.

        Raises:
            InputError: fewer than two people in a class.
        """
        setting, scores, _ = self._choose(train, inner=True)
        return setting, scores

    def _choose(self, train: Rows, *, inner: bool) -> tuple[Setting, Array, Rows | None]:
        targets, persons = self._targets[train], self._persons[train]
        first = Setting(next(iter(self._rows)), self._normalisations[0], 1.0)
        lone = len(self._rows) * len(self._normalisations) * len(self._costs) == 1
        if not inner and (lone or fewest_people(targets, persons) < 2):
            cost = self._costs[0] if lone else 1.0
            return Setting(first.rows, first.normalisation, cost), np.empty((0, self._n_classes)), None
        fold = inner_folds(targets, persons, self._folds, self._seed)
        best, found, kept = -1.0, first, np.empty((0, self._n_classes))
        for name in self._rows:
            for normalisation in self._normalisations:
                for cost, scores in self._inner(name, normalisation, train, fold).items():
                    reached = _balanced_accuracy(scores.argmax(axis=1), targets)
                    if reached > best + 1e-9:
                        best, found, kept = reached, Setting(name, normalisation, cost), scores
        return found, kept, fold

    def _inner(self, name: str, normalisation: Normalisation, train: Rows, fold: Rows) -> dict[float, Array]:
        """(m, K) out-of-fold scores of the training rows at every cost that libsvm settles at in time."""
        products = self._gram(name, normalisation, train)
        scores = {cost: np.empty((len(train), self._n_classes)) for cost in self._costs}
        unit = normalisation == "unit"
        for learn, left in splits(fold):
            kernel = between(products, train[learn], train[learn], unit=unit)
            towards = between(products, train[learn], train[left], unit=unit)
            fits = machines(kernel, self._targets[train[learn]], self._n_classes, list(scores))
            scores = {cost: scores[cost] for cost in fits}
            for cost, fit in fits.items():
                scores[cost][left] = fit.scores(towards)
        return scores

    def _scores(self, setting: Setting, train: Rows, test: Rows) -> Array:
        products = self._gram(setting.rows, setting.normalisation, train)
        unit = setting.normalisation == "unit"
        kernel = between(products, train, train, unit=unit)
        fit = machines(kernel, self._targets[train], self._n_classes, [setting.cost], patient=True)
        return fit[setting.cost].scores(between(products, train, test, unit=unit))

    def _gram(self, name: str, normalisation: Normalisation, train: Rows) -> Array:
        """(n, n) inner products of all faces, columns scaled by their spread in `train` where asked for."""
        whose = train.tobytes() if normalisation == "standard" else b""
        known = self._products.get((name, normalisation))
        if known is None or known[0] != whose:
            features = self._rows[name]
            known = whose, gram(features, column_scale(features[train]) if whose else None)
            self._products[name, normalisation] = known
        return known[1]

    def _strange(self, setting: Setting, train: Rows, test: Rows) -> Array:
        if self._strangeness is None:
            raise InputError("no measure of strangeness was given", where=self._name)
        if setting.rows not in self._flat:
            features = self._rows[setting.rows]
            few = features.shape[1] <= len(features)
            self._flat[setting.rows] = features if few else flat_rows(self._gram(setting.rows, "unit", train))
        rows = self._flat[setting.rows]
        return self._strangeness(rows[train], self._targets[train], self._persons[train], rows[test])


def _balanced_accuracy(told: Rows, targets: Rows) -> float:
    return float(np.mean([np.mean(told[targets == place] == place) for place in np.unique(targets)]))
