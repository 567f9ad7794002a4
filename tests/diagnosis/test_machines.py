"""Machines at many costs at once are scikit-learn's, one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.svm import SVC

from mitate.diagnosis.machines import machines
from mitate.errors import InputError

COSTS = (1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2)


def kernel(width: int, classes: int, rows: int = 45) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    rng = np.random.default_rng(width)
    targets = np.arange(rows) % classes
    found = rng.standard_normal((rows, width)) + 0.5 * np.eye(classes, width)[targets]
    found -= found.mean(axis=0)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found @ found.T, targets


@pytest.mark.parametrize("width", [6, 400])
@pytest.mark.parametrize("classes", [2, 5])
def test_every_cost_is_what_scikit_learn_finds_there(width: int, classes: int) -> None:
    products, targets = kernel(width, classes)
    found = machines(products, targets, classes, COSTS, patient=True)
    assert list(found) == sorted(COSTS)
    for cost, fit in found.items():
        scores = fit.scores(products)
        for place in range(classes):
            oracle = SVC(C=cost, kernel="precomputed", class_weight="balanced", tol=1e-7)
            oracle.fit(products, targets == place)
            told = oracle.decision_function(products)
            if len(oracle.support_) == len(targets) and np.ptp(np.abs(fit.duals[place])) < 3 * cost:
                told = told - oracle.intercept_ + fit.bias[place]
            np.testing.assert_allclose(scores[:, place], told, atol=2e-3)


def test_where_all_duals_are_at_their_bound_the_nearest_mean_wins_by_a_bias_that_favours_no_class() -> None:
    products, targets = kernel(400, 5)
    fit = machines(products, targets, 5, [1e-6])[1e-6]
    means = np.stack(
        [products[:, targets == k].mean(axis=1) - products[:, targets != k].mean(axis=1) for k in range(5)]
    )
    np.testing.assert_allclose((fit.scores(products) - fit.bias) / 1e-6, 22.5 * means.T, rtol=1e-6)
    assert np.abs(fit.bias).max() < 1e-4
    assert (fit.scores(products).argmax(axis=1) == targets).mean() > 0.9
    smaller = machines(products, targets, 5, [1e-7])[1e-7]
    np.testing.assert_allclose(smaller.scores(products), fit.scores(products) / 10)


def test_costs_in_any_order_and_alone_are_the_same() -> None:
    products, targets = kernel(50, 5)
    together = machines(products, targets, 5, COSTS[::-1])
    for cost in COSTS:
        alone = machines(products, targets, 5, [cost])[cost]
        np.testing.assert_allclose(together[cost].duals, alone.duals, atol=1e-3)
        np.testing.assert_allclose(together[cost].bias, alone.bias, atol=1e-3)


def test_a_cost_that_takes_too_long_is_left_out_unless_waited_for() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((60, 2))
    products, targets = rows @ rows.T, np.arange(60) % 2
    found = machines(products, targets, 2, (1.0, 1e9))
    assert list(found) == [1.0]


def test_a_class_without_rows_is_refused() -> None:
    with pytest.raises(InputError, match="no training rows"):
        machines(np.eye(3), np.array([0, 0, 2]), 3, [1.0])
