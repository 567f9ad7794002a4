from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.edema.kalman import StateSpace, run_filter, run_smoother
from mitate.errors import InputError

Array = NDArray[np.float64]


def drawn_model(rng: np.random.Generator, steps: int, states: int) -> StateSpace:
    """A model without any structure."""

    def spread(size: int) -> Array:
        root = rng.normal(0, 1, (size, size))
        return np.asarray(root @ root.T / size + 0.1 * np.eye(size))

    return StateSpace(
        rng.normal(0, 1, states),
        spread(states),
        rng.normal(0, 0.6, (steps, states, states)) + np.eye(states),
        np.stack([spread(states) for _ in range(steps)]),
        rng.normal(0, 1, (steps, states)),
    )


def joint(model: StateSpace) -> tuple[Array, Array]:
    """Mean (n s,) and covariance (n s, n s) of all states, built without any recursion over observations."""
    steps, states = model.seen.shape
    mean, own = model.mean, model.covariance
    means, whole = [], np.zeros((steps, states, steps, states))
    for k in range(steps):
        mean, own = model.step[k] @ mean, model.step[k] @ own @ model.step[k].T + model.step_noise[k]
        means.append(mean)
        whole[k, :, k] = own
        cross = own
        for later in range(k + 1, steps):
            cross = model.step[later] @ cross
            whole[later, :, k], whole[k, :, later] = cross, cross.T
    return np.concatenate(means), whole.reshape(steps * states, -1)


def by_hand(model: StateSpace, values: Array, variances: Array, upto: int) -> tuple[Array, Array, float]:
    """Posterior of all states from the first observations as one joint normal, and their log-likelihood."""
    steps, states = model.seen.shape
    mean, covariance = joint(model)
    used = [k for k in range(upto) if np.isfinite(values[k])]
    rows = np.zeros((len(used), steps, states))
    for place, k in enumerate(used):
        rows[place, k] = model.seen[k]
    flat = rows.reshape(len(used), steps * states)
    spread = flat @ covariance @ flat.T + np.diag(variances[used])
    off = values[used] - flat @ mean
    gain = np.linalg.solve(spread, flat @ covariance).T
    fit = -0.5 * (off @ np.linalg.solve(spread, off) + np.linalg.slogdet(2 * np.pi * spread)[1])
    return mean + gain @ off, covariance - gain @ flat @ covariance, float(fit)


@given(st.integers(0, 10_000), st.integers(1, 7), st.integers(1, 3))
def test_filter_and_smoother_are_the_joint_normal(seed: int, steps: int, states: int) -> None:
    rng = np.random.default_rng(seed)
    model = drawn_model(rng, steps, states)
    values = np.where(rng.random(steps) < 0.3, np.nan, rng.normal(0, 2, steps))
    variances = rng.uniform(0.05, 2, steps)
    filtered = run_filter(model, values, variances)
    smoothed = run_smoother(model, filtered)
    mean, covariance, fit = by_hand(model, values, variances, steps)
    cube = covariance.reshape(steps, states, steps, states)
    assert filtered.log_likelihood == pytest.approx(fit)
    np.testing.assert_allclose(smoothed.mean, mean.reshape(steps, states), atol=1e-7)
    for k in range(steps):
        np.testing.assert_allclose(smoothed.covariance[k], cube[k, :, k], atol=1e-7)
        np.testing.assert_allclose(smoothed.between(k, steps - 1), cube[k, :, steps - 1], atol=1e-7)
        known, spread, _ = by_hand(model, values, variances, k + 1)
        np.testing.assert_allclose(filtered.mean[k], known.reshape(steps, states)[k], atol=1e-7)
        own = spread.reshape(steps, states, steps, states)[k, :, k]
        np.testing.assert_allclose(filtered.covariance[k], own, atol=1e-7)


def test_courses_together_are_the_courses_alone() -> None:
    rng = np.random.default_rng(3)
    model = drawn_model(rng, 6, 2)
    values = np.where(rng.random((4, 6)) < 0.3, np.nan, rng.normal(0, 1, (4, 6)))
    variances = rng.uniform(0.1, 1, (4, 6))
    together = run_filter(model, values, variances)
    smooth = run_smoother(model, together)
    for row in range(4):
        alone = run_filter(model, values[row], variances[row])
        np.testing.assert_allclose(together.mean[row], alone.mean, atol=1e-12)
        np.testing.assert_allclose(together.surprise[row], alone.surprise)
        np.testing.assert_allclose(smooth.mean[row], run_smoother(model, alone).mean, atol=1e-12)


def test_a_missing_observation_is_none_at_all() -> None:
    rng = np.random.default_rng(4)
    model = drawn_model(rng, 3, 2)
    filtered = run_filter(model, np.full(3, np.nan), np.ones(3))
    assert filtered.log_likelihood == 0
    np.testing.assert_allclose(filtered.mean, filtered.before)
    assert np.isnan(filtered.surprise).all()


def test_what_cannot_be_is_refused() -> None:
    model = drawn_model(np.random.default_rng(5), 3, 2)
    with pytest.raises(InputError, match="observations for a model of 3"):
        run_filter(model, np.zeros(2), np.ones(2))
    with pytest.raises(InputError, match="above 0"):
        run_filter(model, np.zeros(3), np.zeros(3))
    with pytest.raises(InputError, match="seen"):
        StateSpace(model.mean, model.covariance, model.step, model.step_noise, model.seen[:2])
