"""Every measure against scikit-learn's."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from mitate.diagnosis.measures import measure, ranks
from mitate.diagnosis.method import Evaluation


def made(people: int = 25, seed: int = 0, sure: float = 1.5, calibrated: bool = True) -> Evaluation:
    rng = np.random.default_rng(seed)
    targets = np.repeat(np.arange(4), 2 * people)
    scores = rng.standard_normal((len(targets), 4)) + sure * np.eye(4)[targets]
    powers: NDArray[np.float64] = np.exp(scores)
    return Evaluation(
        method="made",
        kind="transfer",
        what="what",
        labels=("a", "b", "c", "d"),
        targets=targets,
        persons=np.array([f"p{row // 2}" for row in range(len(targets))]),
        fold=np.zeros(len(targets), np.int64),
        scores=scores,
        probabilities=powers / powers.sum(axis=1, keepdims=True) if calibrated else None,
        p_values=None,
        chosen=(),
        seconds=0.0,
    )


def test_values_are_scikit_learns() -> None:
    one = made()
    found = measure(one, draws=100)
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(one.targets, one.told))
    assert found.balanced_accuracy.value == metrics.balanced_accuracy_score(one.targets, one.told)
    np.testing.assert_array_equal(found.confusion, metrics.confusion_matrix(one.targets, one.told))
    for k in (2, 3):
        oracle = metrics.top_k_accuracy_score(one.targets, one.scores, k=k)
        assert found.top[k].value == pytest.approx(oracle)
    assert set(found.top) == {2, 3}
    ppv, sensitivity, f1, _ = metrics.precision_recall_fscore_support(one.targets, one.told)
    for place, told in enumerate(found.classes):
        assert told.ppv is not None
        assert told.ppv.value == pytest.approx(ppv[place])
        assert told.sensitivity.value == pytest.approx(sensitivity[place])
        assert told.f1.value == pytest.approx(f1[place])
        others = one.targets != place
        assert told.specificity.value == pytest.approx((one.told[others] != place).mean())
        assert (told.people, told.photos) == (25, 50)
    macro = metrics.roc_auc_score(one.targets, one.probabilities, multi_class="ovr", average="macro")
    assert found.macro_auc.value == pytest.approx(macro)
    hot = np.eye(4)[one.targets]
    oracle = metrics.average_precision_score(hot, one.probabilities, average="macro")
    assert found.macro_average_precision.value == pytest.approx(oracle)


def test_every_interval_holds_its_value_and_narrows_with_people() -> None:
    few, many = measure(made(10), draws=300), measure(made(160), draws=300)
    for found in (few, many):
        everything = [found.accuracy, found.balanced_accuracy, found.macro_auc, *found.top.values()]
        everything.append(found.macro_average_precision)
        for one in found.classes:
            everything += [one.sensitivity, one.specificity, one.f1, one.auc, one.average_precision]
            everything += [one.ppv] if one.ppv else []
        assert all(0 <= one.low <= one.value <= one.high <= 1 for one in everything)
    width = [found.accuracy.high - found.accuracy.low for found in (few, many)]
    assert width[1] == pytest.approx(width[0] / 4, rel=0.4)


def test_without_errors_nothing_reads_as_certain() -> None:
    found = measure(made(sure=50), draws=50)
    assert found.accuracy.value == found.macro_auc.value == 1.0
    assert found.accuracy.low == pytest.approx(0.025 ** (1 / 100))
    for one in found.classes:
        assert one.sensitivity.low == pytest.approx(0.025 ** (1 / 25))
        assert one.specificity.low == pytest.approx(0.025 ** (1 / 75))
        assert one.auc.low < 1
        assert one.ppv is not None
        assert one.ppv.low < 1


def test_a_class_never_told_has_no_predictive_value() -> None:
    one = made()
    scores = one.scores.copy()
    scores[:, 3] = -9
    found = measure(dataclasses.replace(one, scores=scores, probabilities=None), draws=50)
    assert found.classes[3].ppv is None
    assert found.classes[3].sensitivity.value == 0
    assert found.classes[3].sensitivity.high > 0
    assert found.classes[3].auc.value == 0.5


def test_equal_scores_count_against_the_true_class() -> None:
    one = dataclasses.replace(made(1), scores=np.zeros((8, 4)), probabilities=None)
    assert (ranks(one) == 4).all()


def test_classes_are_ranked_by_probabilities_as_a_model_ranks_them() -> None:
    one = made(1)
    assert one.probabilities is not None
    turned = dataclasses.replace(one, probabilities=np.roll(one.probabilities, 1, axis=1))
    assert (turned.told == (one.told + 1) % 4).all()
    assert ((ranks(turned) == 1) == turned.right).all()


def test_areas_come_from_the_scores_where_there_are_no_probabilities() -> None:
    found = measure(made(calibrated=False), draws=20)
    one = made()
    oracle = metrics.roc_auc_score(one.targets == 0, one.scores[:, 0])
    assert found.classes[0].auc.value == pytest.approx(oracle)


def test_it_is_written_as_json() -> None:
    found = measure(made(5), draws=20)
    told = json.loads(json.dumps(found.as_dict()))
    assert told["people"] == 20
    assert told["classes"][0]["roc"]["x"][0] == 0
    assert told["confusion"] == [list(row) for row in found.confusion]
    assert found.labels == ("a", "b", "c", "d")
