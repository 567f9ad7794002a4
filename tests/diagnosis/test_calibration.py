"""Probabilities that hold, from scores on any scale."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from mitate.diagnosis.calibration import (
    Calibration,
    cross_fitted,
    expected_calibration_error,
    reliability,
)
from mitate.errors import InputError

Array = NDArray[np.float64]


def drawn(
    slope: float, offsets: list[float], people: int = 4000, seed: int = 0
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Scores, and classes drawn from their true probabilities."""
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((people, len(offsets)))
    logits = slope * scores + np.array(offsets)
    odds = np.exp(logits)
    chances = odds / odds.sum(axis=1, keepdims=True)
    targets = (chances.cumsum(axis=1) < rng.random(people)[:, None]).sum(axis=1)
    return scores, targets, np.arange(people)


def test_the_slope_and_offsets_that_made_the_classes_are_found() -> None:
    scores, targets, persons = drawn(2.5, [0.6, 0.0, -0.6])
    found = Calibration.fit(scores, targets, persons)
    assert found.slope == pytest.approx(2.5, rel=0.07)
    np.testing.assert_allclose(found.offsets, [0.6, 0.0, -0.6], atol=0.12)


def test_two_classes_are_scikit_learns_logistic_regression() -> None:
    scores, targets, persons = drawn(1.5, [0.4, -0.4], people=300)
    both = np.column_stack([scores[:, 0], -scores[:, 0]])
    found = Calibration.fit(both, targets, persons, ridge=1e-9)
    oracle = LogisticRegression(C=1e9, tol=1e-10).fit(scores[:, :1], targets)
    np.testing.assert_allclose(found.probabilities(both), oracle.predict_proba(scores[:, :1]), atol=1e-4)


@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-5, 5))
def test_the_scale_of_the_scores_and_what_is_added_to_all_do_not_matter(scale: float, shift: float) -> None:
    scores, targets, persons = drawn(1.0, [0.0, 0.3, 0.0], people=60)
    one = Calibration.fit(scores, targets, persons).probabilities(scores)
    moved = scale * (scores + shift)
    np.testing.assert_allclose(Calibration.fit(moved, targets, persons).probabilities(moved), one, atol=1e-4)
    np.testing.assert_allclose(one.sum(axis=1), 1)


def test_a_person_with_many_photos_counts_once() -> None:
    scores, targets, persons = drawn(1.0, [0.0, 0.0], people=50)
    at = np.concatenate([np.arange(50), np.zeros(200, dtype=int)])
    plain = Calibration.fit(scores, targets, persons)
    often = Calibration.fit(scores[at], targets[at], persons[at])
    assert often.slope == pytest.approx(plain.slope, rel=0.2)
    np.testing.assert_allclose(often.offsets, plain.offsets, atol=0.1)


def test_scores_that_separate_everything_give_no_certainty() -> None:
    targets = np.repeat([0, 1, 2], 10)
    scores = np.eye(3)[targets]
    sure = Calibration.fit(scores, targets, np.arange(30)).probabilities(scores)
    assert 0.9 < sure.max() < 0.99999


def test_worthless_scores_give_even_probabilities() -> None:
    targets = np.tile([0, 1], 50)
    found = Calibration.fit(np.zeros((100, 2)), targets, np.arange(100))
    np.testing.assert_allclose(found.probabilities(np.zeros((1, 2))), [[0.5, 0.5]], atol=1e-6)
    backwards = Calibration.fit(-np.eye(2)[targets], targets, np.arange(100))
    assert backwards.slope > 0
    np.testing.assert_allclose(backwards.probabilities(np.eye(2)), 0.5, atol=0.01)


def test_cross_fitted_rows_do_not_see_their_own_person() -> None:
    scores, targets, persons = drawn(1.0, [0.0, 0.0], people=40)
    before = cross_fitted(scores, targets, persons)
    assert before.shape == (40, 2)
    changed = scores.copy()
    changed[7] += [30.0, -30.0]
    after = cross_fitted(changed, targets, persons)
    assert after[7] != pytest.approx(before[7])
    # Its own fold's calibration is as it was, so other rows of that fold are as they were.
    assert np.isclose(after, before).all(axis=1).sum() >= 7


def test_it_goes_through_json() -> None:
    found = Calibration.fit(*drawn(1.0, [0.2, -0.2, 0.0], people=30))
    again = Calibration.from_dict(json.loads(json.dumps(found.as_dict())))
    assert again.slope == found.slope
    np.testing.assert_array_equal(again.offsets, found.offsets)


@pytest.mark.parametrize(
    "told",
    [{}, {"slope": "x", "offsets": [0.0]}, {"slope": -1, "offsets": [0.0]}, {"slope": 1, "offsets": 3}],
)
def test_what_is_no_calibration_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Train the model again"):
        Calibration.from_dict(told)


def test_no_rows_and_no_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="finite scores"):
        Calibration.fit(np.empty((0, 2)), [], [])
    with pytest.raises(InputError, match="finite scores"):
        Calibration.fit(np.full((2, 2), np.nan), [0, 1], [0, 1])


def judged(people: int = 2000, spoil: float = 1.0) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """True probabilities, or overconfident ones where `spoil` is above 1, and what came of them."""
    scores, targets, persons = drawn(2.0, [0.0, 0.0, 0.0], people=people)
    return Calibration(2.0 * spoil, np.zeros(3)).probabilities(scores), targets, persons


def test_true_probabilities_have_the_error_of_chance_and_spoilt_ones_more() -> None:
    good = reliability(*judged(), draws=300)
    assert good.error.value < 2 * good.by_chance
    assert good.error.low <= good.error.value <= good.error.high
    bad = reliability(*judged(spoil=3.0), draws=300)
    assert bad.error.low > 3 * good.by_chance
    assert bad.bins[0].confidence > bad.bins[0].right.high
    assert expected_calibration_error(*judged(), draws=300) == good.error


def test_the_table_and_the_proper_scores_are_scikit_learns() -> None:
    probabilities, targets, persons = judged(600)
    found = reliability(probabilities, targets, persons, draws=100)
    right = probabilities.argmax(axis=1) == targets
    share, sure = calibration_curve(right, probabilities.max(axis=1), n_bins=10, strategy="quantile")
    np.testing.assert_allclose([one.right.value for one in found.bins], share, atol=0.02)
    np.testing.assert_allclose([one.confidence for one in found.bins], sure, atol=0.01)
    assert sum(one.photos for one in found.bins) == 600
    assert found.log_loss.value == pytest.approx(log_loss(targets, probabilities))
    hot = np.eye(3)[targets]
    parts = sum(brier_score_loss(hot[:, k], probabilities[:, k]) for k in range(3))
    assert found.brier.value == pytest.approx(parts)
    assert found.brier.low < found.brier.value < found.brier.high


def test_few_rows_share_few_bins() -> None:
    probabilities, targets, persons = judged(20)
    assert len(reliability(probabilities, targets, persons, draws=50).bins) == 1
    same = np.full((60, 2), 0.5)
    assert len(reliability(same, np.tile([0, 1], 30), np.arange(60), draws=50).bins) == 1
    with pytest.raises(InputError, match="no probabilities"):
        reliability(np.empty((0, 2)), [], [])


def test_the_table_is_written_as_json() -> None:
    found = reliability(*judged(100), draws=50)
    told = json.loads(json.dumps(found.as_dict()))
    assert told["error"]["people"] == 100
    assert len(told["bins"]) == len(found.bins)
