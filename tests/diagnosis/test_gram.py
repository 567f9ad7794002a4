"""Inner products of centred and scaled rows, against doing it to the rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mitate.diagnosis.gram import between, column_scale, flat_rows, gram


@given(width=st.sampled_from([1, 7, 4096, 5000]), seed=st.integers(0, 3), unit=st.booleans())
def test_centring_and_scaling_on_inner_products_is_that_of_the_rows(
    width: int, seed: int, unit: bool
) -> None:
    rng = np.random.default_rng(seed)
    rows = (5 + rng.standard_normal((9, width))).astype(np.float32)
    fit, at = np.array([6, 0, 3, 2]), np.array([1, 3, 8])
    centred = rows.astype(float) - rows[fit].mean(axis=0, dtype=float)
    if unit:
        centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    found = between(gram(rows), fit, at, unit=unit)
    np.testing.assert_allclose(found, centred[at] @ centred[fit].T, atol=1e-9 * width)


def test_a_row_on_the_mean_is_like_nothing() -> None:
    rows = np.array([[0.0, 0.0], [2.0, 2.0], [1.0, 1.0]])
    assert (between(gram(rows), np.array([0, 1]), np.array([2]), unit=True) == 0).all()
    flat = np.full((3, 4), 0.1)
    assert (between(gram(flat), np.arange(3), np.arange(3), unit=True) == 0).all()


def test_scaled_columns_have_the_same_spread_and_constant_ones_none() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((50, 6)) * np.array([1, 10, 1e-3, 1e4, 0, 2]) + 0.1
    scale = column_scale(rows)
    spread = (rows * scale).std(axis=0) * np.sqrt(6)
    np.testing.assert_allclose(spread, [1, 1, 1, 1, 0, 1], atol=1e-9)
    np.testing.assert_allclose(gram(rows, scale), (rows * scale) @ (rows * scale).T, rtol=1e-9)


def test_flat_rows_have_the_inner_products_of_the_others() -> None:
    products = gram(np.random.default_rng(0).standard_normal((8, 300)))
    flat = flat_rows(products)
    assert flat.shape == (8, 8)
    np.testing.assert_allclose(flat @ flat.T, products)
