"""Areas under many weightings at once are scikit-learn's, one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from mitate.diagnosis import curves


@settings(max_examples=25)
@given(rows=st.integers(4, 60), steps=st.sampled_from([2, 5, 1000]), seed=st.integers(0, 20))
def test_areas_are_scikit_learns_with_weights_and_ties(rows: int, steps: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, steps, rows) / steps
    inside = np.arange(rows) % 3 == 0
    weights = rng.integers(0, 3, (5, rows)).astype(np.float32)
    weights[:, :3] += 1
    roc, precision = curves.areas_drawn(values, inside, weights)
    for draw in range(5):
        weight = weights[draw]
        assert roc[draw] == pytest.approx(roc_auc_score(inside, values, sample_weight=weight))
        oracle = average_precision_score(inside, values, sample_weight=weight)
        assert precision[draw] == pytest.approx(oracle)


def test_blocks_of_draws_make_no_difference() -> None:
    rng = np.random.default_rng(0)
    values, inside = rng.random(30), rng.random(30) < 0.4
    weights = rng.random((7, 30))
    whole = curves.areas_drawn(values, inside, weights)
    np.testing.assert_allclose(curves.areas_drawn(values, inside, weights, at_once=60), whole)


def test_curves_begin_and_end_where_they_should() -> None:
    values, inside = np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False])
    roc = curves.roc_curve(values, inside)
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(curves.roc_area(values, inside)) == 0.75
    pr = curves.pr_curve(values, inside)
    assert (pr.x[-1], pr.y[-1]) == (0, 1)
    assert curves.average_precision(values, inside) == pytest.approx((1 + 2 / 3) / 2)
    assert roc.as_dict() == {"x": list(roc.x), "y": list(roc.y)}
