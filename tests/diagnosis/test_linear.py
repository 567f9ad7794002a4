"""Machines on inner products are scikit-learn's on explicit rows, and choices stay within training rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.svm import SVC

from mitate.diagnosis.linear import LinearSvm, Normalisation, Setting, fit_linear
from mitate.diagnosis.unlike import strangeness
from mitate.errors import InputError


def blobs(
    people: int = 12, classes: int = 3, width: int = 40, far: float = 1.0, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.str_]]:
    """Rows around a centre a class and off the origin, one a person."""
    rng = np.random.default_rng(seed)
    centres = far * rng.standard_normal((classes, width))
    targets = np.repeat(np.arange(classes), people)
    rows = 3.0 + centres[targets] + rng.standard_normal((len(targets), width))
    return rows.astype(np.float32), targets, np.array([f"p{row}" for row in range(len(targets))])


def svm(rows: Any, targets: Any, persons: Any, classes: int = 3, **options: Any) -> LinearSvm:
    named = rows if isinstance(rows, dict) else {"rows": rows}
    return LinearSvm("svm", "transfer", "what", named, targets, persons, classes, **options)


@pytest.mark.parametrize("normalisation", ["unit", "standard"])
@pytest.mark.parametrize("classes", [2, 3])
def test_explicit_weights_score_as_the_inner_products_do(classes: int, normalisation: Normalisation) -> None:
    rows, targets, persons = blobs(classes=classes)
    train, test = np.arange(0, len(rows), 2), np.arange(1, len(rows), 2)
    run = svm(rows, targets, persons, classes, normalisations=(normalisation,), costs=(1.0,)).run(train, test)
    head = fit_linear(rows[train], targets[train], classes, 1.0, normalisation)
    np.testing.assert_allclose(head.scores(rows[test]), run.scores, atol=1e-6)
    assert run.chosen == {"rows": "rows", "normalisation": normalisation, "cost": 1.0}
    assert run.inner_scores is None


@pytest.mark.parametrize("cost", [1.0, 10.0, 1000.0])
def test_the_machine_is_scikit_learns_on_centred_rows_of_unit_length(cost: float) -> None:
    rows, targets, _ = blobs(far=0.4)
    head = fit_linear(rows, targets, 3, cost)
    centred = rows.astype(float) - rows.mean(axis=0, dtype=float)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    for place in range(3):
        oracle = SVC(C=cost, kernel="linear", class_weight="balanced", tol=1e-6).fit(unit, targets == place)
        np.testing.assert_allclose(head.scores(rows)[:, place], oracle.decision_function(unit), atol=2e-3)


def test_standardised_columns_are_scikit_learns_too_and_constant_ones_are_ignored() -> None:
    rows, targets, _ = blobs(far=0.4)
    rows[:, 3] = 7.1
    head = fit_linear(rows, targets, 3, 1.0, "standard")
    assert (head.weights[:, 3] == 0).all()
    wild = rows.copy()
    wild[:, 3] = 1e6
    np.testing.assert_allclose(head.scores(wild), head.scores(rows))
    kept = np.delete(rows.astype(float), 3, axis=1)
    flat = (kept - kept.mean(axis=0)) / kept.std(axis=0) / np.sqrt(40)
    oracle = SVC(C=1.0, kernel="linear", class_weight="balanced", tol=1e-6).fit(flat, targets == 1)
    np.testing.assert_allclose(head.scores(rows)[:, 1], oracle.decision_function(flat), atol=2e-3)


def test_two_classes_have_one_machine_with_two_faces() -> None:
    rows, targets, _ = blobs(classes=2)
    scores = fit_linear(rows, targets, 2, 1.0).scores(rows)
    np.testing.assert_allclose(scores[:, 0], -scores[:, 1])


@pytest.mark.parametrize("normalisation", ["unit", "standard"])
def test_test_rows_change_nothing_but_their_own_scores(normalisation: Normalisation) -> None:
    rows, targets, persons = blobs()
    train, test = np.arange(0, 30), np.arange(30, 36)
    options: dict[str, Any] = {"normalisations": (normalisation,), "folds": 3}
    one = svm(rows, targets, persons, **options).run(train, test, inner=True)
    other = rows.copy()
    other[31:] *= 50
    two = svm(other, targets, persons, **options).run(train, test, inner=True)
    np.testing.assert_allclose(one.scores[0], two.scores[0], atol=1e-6)
    assert one.inner_scores is not None
    assert two.inner_scores is not None
    np.testing.assert_allclose(one.inner_scores, two.inner_scores, atol=1e-6)


def test_better_features_are_chosen_and_of_equals_the_first_and_the_smallest_cost() -> None:
    rows, targets, persons = blobs(far=2.0)
    noise = np.random.default_rng(1).standard_normal(rows.shape).astype(np.float32)
    everyone = np.arange(len(rows))
    setting, inner = svm({"noise": noise, "good": rows}, targets, persons).choose(everyone)
    assert setting.rows == "good"
    assert (inner.argmax(axis=1) == targets).all()
    setting, _ = svm({"one": rows, "same": rows}, targets, persons, costs=(10.0, 1.0)).choose(everyone)
    assert setting == Setting("one", "unit", 1.0)


def test_inner_scores_do_not_flatter_features_of_noise() -> None:
    _, targets, persons = blobs(people=30, classes=2)
    noise = np.random.default_rng(2).standard_normal((60, 500)).astype(np.float32)
    inner = svm(noise, targets, persons, 2, costs=(1.0,)).choose(np.arange(60))[1]
    assert 0.25 < float((inner.argmax(axis=1) == targets).mean()) < 0.75


def test_all_of_a_persons_rows_are_left_out_together() -> None:
    rows, targets, persons = blobs(people=4, classes=2)
    at = np.repeat(np.arange(len(rows)), 3)
    copies = svm(rows[at], targets[at], persons[at], 2, folds=4, costs=(1.0,)).choose(np.arange(24))[1]
    # Were copies split, each row would meet itself in training and lie far on its own side.
    np.testing.assert_allclose(copies[::3], copies[1::3])
    noise = np.random.default_rng(3).standard_normal((8, 99)).astype(np.float32)[at]
    told = svm(noise, targets[at], persons[at], 2, folds=4, costs=(10.0,)).choose(np.arange(24))[1]
    assert (told.argmax(axis=1) == targets[at]).mean() < 0.9


def test_strangeness_is_measured_on_the_chosen_features_for_inner_rows_as_for_test_rows() -> None:
    rows, targets, persons = blobs()
    train, test = np.arange(0, 30), np.arange(30, 36)
    met: list[tuple[int, int]] = []

    def away(learn: Any, places: Any, who: Any, left: Any) -> NDArray[np.float64]:
        met.append((len(learn), len(left)))
        assert len(learn) == len(places) == len(who)
        return np.asarray(np.linalg.norm(left - learn.mean(axis=0), axis=1), np.float64)

    run = svm(rows, targets, persons, folds=3, strangeness=away).run(train, test, inner=True)
    assert met[-1] == (30, 6)
    assert sum(left for _, left in met[:-1]) == 30
    assert run.unlike is not None
    assert run.unlike.shape == (6,)
    assert run.inner_unlike is not None
    assert (run.inner_unlike > 0).all()
    assert svm(rows, targets, persons).run(train, test, inner=True).unlike is None


def test_strangeness_of_many_columns_is_that_of_the_features_themselves() -> None:
    rows, targets, persons = blobs(width=500)
    train, test = np.arange(0, 30), np.arange(30, 36)
    run = svm(rows, targets, persons, folds=3, strangeness=strangeness).run(train, test, inner=True)
    plain = strangeness(rows[train], targets[train], persons[train], rows[test])
    assert run.unlike is not None
    np.testing.assert_allclose(run.unlike, plain, atol=1e-3)


def test_one_person_a_class_leaves_nothing_to_choose() -> None:
    rows, targets, persons = blobs(people=2, far=3.0)
    run = svm(rows, targets, persons).run(np.array([0, 2, 4]), np.array([1, 3, 5]))
    assert run.chosen == {"rows": "rows", "normalisation": "unit", "cost": 1.0}
    with pytest.raises(InputError, match="1 person"):
        svm(rows, targets, persons).run(np.array([0, 2, 4]), np.array([1, 3, 5]), inner=True)


def test_what_cannot_be_learned_from_is_refused() -> None:
    rows, targets, persons = blobs()
    with pytest.raises(InputError, match="on both sides"):
        svm(rows, targets, persons).run(np.arange(20), np.arange(19, 36))
    with pytest.raises(InputError, match="no training rows"):
        fit_linear(rows[:20], targets[:20], 3, 1.0)
    with pytest.raises(InputError, match="do not have a row a face"):
        svm(rows[:-1], targets, persons)
    with pytest.raises(InputError, match="nothing to choose from"):
        svm({}, targets, persons)
