"""Metrics against scikit-learn, intervals against scipy's bootstrap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from mitate.edema.evaluate import METRICS, Predictions, difference, evaluate, metric_value
from mitate.errors import InputError


def predictions(seed: int, people: int = 12, each: int = 6, noise: float = 0.7) -> Predictions:
    random = np.random.default_rng(seed)
    count = people * each
    pre = np.arange(count) % 2 == 0
    truth = np.where(pre, 2.2, 0.0) + random.normal(size=count) * 0.4
    guess = truth + random.normal(size=count) * noise + np.repeat(random.normal(size=people) * 0.2, each)
    return Predictions(
        participant=np.repeat([f"p{i}" for i in range(people)], each),
        is_pre=pre,
        truth_kg=truth,
        excess_kg=guess,
        probability=np.round(1 / (1 + np.exp(1.1 - guess)), 2),  # rounded, so that there are ties
        low_kg=guess - 1,
        high_kg=guess + 1,
    )


@given(st.integers(0, 10_000))
def test_metrics_are_scikit_learns(seed: int) -> None:
    p = predictions(seed)
    called = p.probability > 0.5
    expected = {
        "presence accuracy": 100 * metrics.accuracy_score(p.is_pre, called),
        "presence balanced accuracy": 100 * metrics.balanced_accuracy_score(p.is_pre, called),
        "presence AUC": metrics.roc_auc_score(p.is_pre, p.probability),
        "MAE": metrics.mean_absolute_error(p.truth_kg, p.excess_kg),
        "bias": np.mean(p.excess_kg - p.truth_kg),
        "RMSE": metrics.root_mean_squared_error(p.truth_kg, p.excess_kg),
        "coverage of the 90 % interval": 100 * np.mean(np.abs(p.truth_kg - p.excess_kg) <= 1),
        "mean width of the 90 % interval": 2.0,
        "Brier score": metrics.brier_score_loss(p.is_pre, p.probability),
    }
    for name, value in expected.items():
        assert metric_value(p, name) == pytest.approx(value), name
    assert set(METRICS) - set(expected) == {"within-patient correlation"}


def test_within_patient_correlation_ignores_levels() -> None:
    p = predictions(0)
    index = np.repeat(np.arange(12), 6)
    moved = replace(p, excess_kg=p.excess_kg + 10 * index)
    assert metric_value(moved, "within-patient correlation") == pytest.approx(
        metric_value(p, "within-patient correlation")
    )
    one = replace(p, participant=np.full(72, "p"))
    assert metric_value(one, "within-patient correlation") == pytest.approx(
        stats.pearsonr(one.truth_kg, one.excess_kg)[0]
    )


def test_a_constant_has_no_correlation() -> None:
    p = predictions(0)
    constant = replace(p, excess_kg=np.full(72, 1.1))
    assert np.isnan(metric_value(constant, "within-patient correlation"))
    names = [figure.name for figure in evaluate(constant, data="d")]
    assert "within-patient correlation" not in names
    assert "MAE" in names


def test_interval_is_scipys_bootstrap_over_participants() -> None:
    p = predictions(1, people=30)
    per_person = np.abs(p.excess_kg - p.truth_kg).reshape(30, 6).mean(axis=1)
    expected = stats.bootstrap(
        (per_person,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(0)
    ).confidence_interval
    [figure] = evaluate(p, data="d", metrics=["MAE"], resamples=20_000)
    assert figure.low == pytest.approx(expected.low, abs=0.005)
    assert figure.high == pytest.approx(expected.high, abs=0.005)
    assert (figure.n, figure.unit, figure.data) == (30, "kg", "d")


def test_auc_resampled_is_auc_of_the_resample() -> None:
    p = predictions(2, people=5)
    statistic = METRICS["presence AUC"][1](p)
    weights = np.array([[2.0, 0.0, 1.0, 1.0, 1.0]])
    repeat = np.repeat(weights[0].astype(int), 6)
    expected = metrics.roc_auc_score(np.repeat(p.is_pre, repeat), np.repeat(p.probability, repeat))
    assert statistic(weights)[0] == pytest.approx(expected)


def test_same_seed_same_figures_whatever_the_order() -> None:
    p = predictions(3)
    order = np.random.default_rng(0).permutation(72)
    shuffled = Predictions(*(getattr(p, name)[order] for name in Predictions.__dataclass_fields__))
    for first, second in zip(evaluate(p, data="d"), evaluate(shuffled, data="d"), strict=True):
        assert first.name == second.name
        np.testing.assert_allclose(
            np.array([first.value, first.low, first.high], float),
            np.array([second.value, second.low, second.high], float),
        )


def test_interval_contains_the_value_and_labels_are_named() -> None:
    for figure in evaluate(predictions(4), data="d", label="session, 3 days"):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high
        assert figure.name.endswith(", session, 3 days")


def test_paired_difference() -> None:
    better, worse = predictions(5, people=40, noise=0.3), predictions(5, people=40, noise=1.2)
    figure = difference(better, worse, "MAE", data="d", label="session")
    assert figure.value == pytest.approx(metric_value(better, "MAE") - metric_value(worse, "MAE"))
    assert figure.high is not None
    assert figure.high < 0
    same = difference(better, better, "presence AUC", data="d")
    assert (same.value, same.low, same.high) == (0, 0, 0)
    with pytest.raises(InputError, match="same participants"):
        difference(better, predictions(5, people=3), "MAE", data="d")


def test_one_participant_has_no_interval_and_one_class_no_auc() -> None:
    p = predictions(6, people=1)
    assert evaluate(p, data="d", metrics=["MAE"])[0].low is None
    assert evaluate(replace(p, is_pre=np.ones(6, bool)), data="d", metrics=["presence AUC"]) == []


def test_all_right_has_the_exact_interval_of_so_many_people() -> None:
    p = predictions(0)
    perfect = replace(p, probability=np.where(p.is_pre, 0.9, 0.1))
    [figure] = evaluate(perfect, data="d", metrics=["presence accuracy"])
    expected = stats.binomtest(12, 12).proportion_ci(method="exact")
    assert (figure.value, figure.high) == (100, 100)
    assert figure.low == pytest.approx(100 * expected.low)
    wrong = replace(p, low_kg=p.truth_kg + 1, high_kg=p.truth_kg + 2)
    [figure] = evaluate(wrong, data="d", metrics=["coverage of the 90 % interval"])
    assert (figure.value, figure.low) == (0, 0)
    assert figure.high == pytest.approx(100 - 100 * expected.low)


def test_misuse_is_refused() -> None:
    p = predictions(7)
    with pytest.raises(InputError, match="no metric 'F1'"):
        metric_value(p, "F1")
    with pytest.raises(InputError, match="truth_kg"):
        replace(p, truth_kg=p.truth_kg[:3])
    with pytest.raises(InputError, match="probability"):
        replace(p, probability=np.full(72, np.nan))
    empty = np.zeros(0)
    with pytest.raises(InputError, match="at least one row"):
        Predictions(empty, empty.astype(bool), empty, empty, empty, empty, empty)
