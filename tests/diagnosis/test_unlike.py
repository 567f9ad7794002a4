"""Strangeness: what was learned from is usual, what lies elsewhere is strange, and both ways to it agree."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from mitate.diagnosis.gram import flat_rows, gram
from mitate.diagnosis.unlike import Unlike, strangeness
from mitate.errors import InputError

Rows = NDArray[np.float32]
WIDTH = 300


def people(
    count: int, seed: int, *, classes: int = 4, aside: float = 0.0
) -> tuple[Rows, NDArray[np.int64], NDArray[np.str_]]:
    """Rows about their classes' means within a few directions; `aside` moves them out of that space."""
    fixed = np.random.default_rng(0)
    means, ways = fixed.normal(0, 1.0, (classes, WIDTH)), fixed.normal(0, 1, (10, WIDTH))
    away = fixed.normal(0, 1, WIDTH)
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % classes
    rows = (
        5 + means[targets] + 0.4 * rng.normal(0, 1, (count, 10)) @ ways + rng.normal(0, 0.4, (count, WIDTH))
    )
    names = np.array([f"{seed}-{i}" for i in range(count)])
    return (rows + aside * away).astype(np.float32), targets.astype(np.int64), names


def auc(known: NDArray[np.float64], strange: NDArray[np.float64]) -> float:
    truth = np.r_[np.zeros(len(known)), np.ones(len(strange))]
    return float(roc_auc_score(truth, np.r_[known, strange]))


def test_new_people_of_the_classes_are_usual_and_others_strange() -> None:
    rows, targets, names = people(160, 1)
    fitted = Unlike.fit(rows, targets, names)
    known = fitted.of(people(200, 2)[0])
    assert abs(known.mean()) < 1.0
    assert 0.5 < known.std() < 3.0
    assert auc(known, fitted.of(people(200, 3, aside=1.0)[0])) > 0.98
    noise = np.random.default_rng(4).normal(5, 3, (50, WIDTH))
    assert fitted.of(noise).min() > known.max()


def test_a_class_left_out_is_stranger_than_the_classes() -> None:
    rows, targets, names = people(200, 1, classes=5)
    fitted = Unlike.fit(rows[targets < 4], targets[targets < 4], names[targets < 4])
    new, other, _ = people(200, 2, classes=5)
    assert auc(fitted.of(new[other < 4]), fitted.of(new[other == 4])) > 0.95


def test_a_row_does_not_change_with_its_length_or_its_company() -> None:
    rows, targets, names = people(80, 1)
    fitted = Unlike.fit(rows, targets, names)
    test = people(10, 2)[0]
    np.testing.assert_allclose(fitted.of(3 * test), fitted.of(test), atol=1e-3)
    alone = np.concatenate([fitted.of(test[i : i + 1]) for i in range(10)])
    np.testing.assert_allclose(alone, fitted.of(test), atol=1e-3)


def test_rows_turned_rows_and_the_fitted_object_agree() -> None:
    rows, targets, names = people(120, 1)
    test = people(30, 2)[0]
    by_rows = strangeness(rows, targets, names, test)
    flat = flat_rows(gram(np.concatenate([rows, test])))  # turned so that most columns vanish
    np.testing.assert_allclose(strangeness(flat[:120], targets, names, flat[120:]), by_rows, atol=2e-3)
    np.testing.assert_allclose(
        Unlike.fit(rows, targets, names).of(test), by_rows, atol=0.02
    )  # half precision
    assert strangeness(rows, targets, names, test[:0]).shape == (0,)


def test_it_agrees_with_the_residual_of_a_principal_component_analysis() -> None:
    # One class: the space is that of PCA, so the order of strangeness is the order of PCA's residuals.
    from sklearn.decomposition import PCA

    rows, _, names = people(120, 1)
    test = people(40, 2)[0]
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    new = test / np.linalg.norm(test, axis=1, keepdims=True)
    pca = PCA(20, svd_solver="full").fit(unit)
    outside = np.linalg.norm(new - pca.inverse_transform(pca.transform(new)), axis=1)
    found = strangeness(rows, np.zeros(120, np.int64), names, test)
    assert np.array_equal(np.argsort(outside), np.argsort(found))


def test_it_is_stored_small_and_comes_back_the_same() -> None:
    rows, targets, names = people(120, 1)
    fitted = Unlike.fit(rows, targets, names)
    arrays = fitted.as_arrays()
    assert sum(array.nbytes for array in arrays.values()) < 100 * WIDTH
    test = people(20, 2)[0]
    np.testing.assert_array_equal(Unlike.from_arrays(arrays).of(test), fitted.of(test))


@pytest.mark.parametrize("count", [3, 4, 9])
def test_few_people_still_give_numbers(count: int) -> None:
    rows, targets, names = people(count, 1)
    assert np.isfinite(strangeness(rows, targets, names, people(5, 2)[0])).all()
    assert np.isfinite(strangeness(rows, targets, np.repeat(names[:1], count), rows)).all()
    assert np.isfinite(strangeness(np.ones_like(rows), targets, names, np.zeros((2, WIDTH)))).all()


@pytest.mark.parametrize("width", [2, 6, 20])
def test_rows_of_few_columns_that_the_space_fills_are_judged_by_what_the_classes_claim(width: int) -> None:
    rng = np.random.default_rng(1)
    targets = np.arange(120) % 3
    means = 4 * np.eye(3, width) if width > 2 else np.array([[4.0, 0], [0, 4], [-4, -4]])
    rows = means[targets] + rng.normal(0, 0.7, (120, width))
    names = np.array([f"p{i}" for i in range(120)])
    new = means[targets] + rng.normal(0, 0.7, (120, width))
    found = strangeness(rows, targets, names, new)
    assert np.isfinite(found).all()
    assert abs(found.mean()) < 1.0
    assert auc(found, strangeness(rows, targets, names, -new)) > 0.9
    np.testing.assert_allclose(Unlike.fit(rows, targets, names).of(new), found, atol=0.05)


def test_what_cannot_be_used_is_refused() -> None:
    rows, targets, names = people(20, 1)
    fitted = Unlike.fit(rows, targets, names)
    with pytest.raises(InputError, match="too few"):
        Unlike.fit(rows[:2], targets[:2], names[:2])
    with pytest.raises(InputError, match="finite"):
        fitted.of(np.full((1, WIDTH), np.nan))
    with pytest.raises(InputError, match="must come as"):
        fitted.of(rows[:, :-1])
    arrays = fitted.as_arrays()
    for change in ({"mean": arrays["mean"][:-1]}, {"spread": np.zeros(2)}, {"centre": np.zeros(3)}):
        with pytest.raises(InputError):
            Unlike.from_arrays(arrays | change)
    with pytest.raises(InputError, match="cannot be read"):
        Unlike.from_arrays({})
