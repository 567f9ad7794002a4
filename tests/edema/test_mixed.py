"""The mixed model against explicit Gaussian algebra and against known parameters."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import multivariate_normal
from sklearn.linear_model import BayesianRidge

from mitate.edema import mixed

Array = NDArray[np.float64]


def population(
    seed: int, persons: int, sessions: int, mean: Array, spread: Array, noise: float, ragged: bool = True
) -> mixed.Units:
    random = np.random.default_rng(seed)
    q = len(mean)
    shape = (persons, sessions)
    x, y, mask = np.zeros((*shape, q)), np.zeros(shape), np.zeros(shape, dtype=bool)
    for person in range(persons):
        n = int(random.integers(2, sessions + 1)) if ragged else sessions
        x[person, :n, 0] = 1
        x[person, 1:n, 1:] = random.normal(size=(n - 1, q - 1))
        own = random.multivariate_normal(mean, spread)
        y[person, :n] = x[person, :n] @ own + random.normal(size=n) * noise
        mask[person, :n] = True
    return mixed.Units(x, y, np.zeros(shape), mask, np.ones(persons))


MEAN = np.array([0.3, 1.0, -0.5])
SPREAD = np.array([[0.20, 0.03, 0.0], [0.03, 0.10, -0.02], [0.0, -0.02, 0.08]])


def test_posterior_is_explicit_gaussian_conditioning() -> None:
    random = np.random.default_rng(0)
    x, y, variance = random.normal(size=(4, 3)), random.normal(size=4), random.uniform(0.1, 1, 4)
    mean, covariance = mixed.posterior(MEAN, SPREAD, x, y, variance)
    precision = np.linalg.inv(SPREAD) + x.T @ np.diag(1 / variance) @ x
    expected = np.linalg.solve(precision, np.linalg.inv(SPREAD) @ MEAN + x.T @ (y / variance))
    np.testing.assert_allclose(covariance, np.linalg.inv(precision), atol=1e-12)
    np.testing.assert_allclose(mean, expected, atol=1e-12)


def test_posterior_equals_scikit_learns_bayesian_ridge() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=(30, 4))
    y = x @ np.array([1.0, 0.0, -2.0, 0.5]) + random.normal(size=30) * 0.3
    ridge = BayesianRidge(fit_intercept=False).fit(x, y)
    mean, covariance = mixed.posterior(
        np.zeros(4), np.eye(4) / ridge.lambda_, x, y, np.full(30, 1 / ridge.alpha_)
    )
    np.testing.assert_allclose(mean, ridge.coef_, atol=1e-6)
    np.testing.assert_allclose(covariance, ridge.sigma_, atol=1e-6)


def test_posterior_without_observations_is_the_prior() -> None:
    mean, covariance = mixed.posterior(MEAN, SPREAD, np.zeros((0, 3)), np.zeros(0), np.zeros(0))
    np.testing.assert_array_equal(mean, MEAN)
    np.testing.assert_allclose(covariance, SPREAD, atol=1e-15)


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_one_after_another_is_all_at_once(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    x, y, variance = random.normal(size=(count, 3)), random.normal(size=count), np.full(count, 0.2)
    mean, covariance = MEAN, SPREAD
    for i in range(count):
        each = slice(i, i + 1)
        mean, covariance = mixed.posterior(mean, covariance, x[each], y[each], variance[each])
    together = mixed.posterior(MEAN, SPREAD, x, y, variance)
    np.testing.assert_allclose(mean, together[0], atol=1e-9)
    np.testing.assert_allclose(covariance, together[1], atol=1e-9)


def test_evidence_is_the_density_of_all_targets_together() -> None:
    units = population(2, 5, 4, MEAN, SPREAD, 0.3)
    fit = mixed.fit_isotropic(units, max_iter=7)
    blocks = [units.x[p][units.mask[p]] for p in range(5)]
    stacked, y = np.vstack(blocks), np.concatenate([units.y[p][units.mask[p]] for p in range(5)])
    prior = np.diag([100.0, fit.slope_variance, fit.slope_variance])
    covariance = stacked @ prior @ stacked.T + fit.noise * np.eye(len(y))
    start = 0
    for block in blocks:
        part = slice(start, start + len(block))
        covariance[part, part] += block @ fit.spread @ block.T
        start += len(block)
    expected = multivariate_normal(np.zeros(len(y)), covariance).logpdf(y)
    assert fit.log_evidence == pytest.approx(expected, abs=1e-8)
    # the mean and its covariance are those of Gaussian conditioning on everything
    gain = np.linalg.solve(covariance, stacked @ prior).T
    np.testing.assert_allclose(fit.mean, gain @ y, atol=1e-9)
    np.testing.assert_allclose(fit.mean_covariance, prior - gain @ stacked @ prior, atol=1e-7)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 12), st.booleans(), st.booleans())
def test_evidence_never_falls(seed: int, persons: int, frames: bool, thirds: bool) -> None:
    units = population(seed, persons, 5, MEAN, SPREAD, 0.3)
    extra = np.full_like(units.y, 0.02) if frames else units.extra
    weight = np.full(persons, 1 / 3) if thirds else units.weight
    units = mixed.Units(units.x, units.y, extra, units.mask, weight)
    first = mixed.fit_isotropic(units, max_iter=60, tol=0)
    second = mixed.fit_shrunk(units, first, pseudo=5, max_iter=60, tol=0)
    for fit in (first, second):
        for before, after in itertools.pairwise(fit.history):
            assert after >= before - 1e-8 * (1 + abs(before))


def test_known_parameters_are_recovered() -> None:
    units = population(3, 1500, 8, MEAN, SPREAD, 0.3)
    fit = mixed.fit_shrunk(units, mixed.fit_isotropic(units), pseudo=6, tol=1e-9)
    np.testing.assert_allclose(fit.mean, MEAN, atol=0.03)
    np.testing.assert_allclose(fit.spread, SPREAD, atol=0.02)
    assert np.sqrt(fit.noise) == pytest.approx(0.3, abs=0.01)


def test_known_noise_is_taken_out_of_the_estimated() -> None:
    units = population(4, 1500, 8, MEAN, SPREAD, 0.5)
    part = mixed.Units(units.x, units.y, np.full_like(units.y, 0.16), units.mask, units.weight)
    assert mixed.fit_isotropic(part).noise == pytest.approx(0.25 - 0.16, abs=0.015)


def walking(seed: int, persons: int, sessions: int, rate: float) -> mixed.Units:
    """`population` with a random walk of `rate` kg^2 a day, to both sides of day 0."""
    units = population(seed, persons, sessions, MEAN, SPREAD, 0.3)
    random = np.random.default_rng(seed + 1)
    days = np.cumsum(random.integers(1, 4, units.y.shape), axis=1).astype(np.float64)
    days = np.where(units.mask, days - days[:, 1:2], 0.0)  # the second session is the reference
    walk = np.zeros_like(units.y)
    for person in range(persons):
        covariance = rate * mixed.brownian(days[person])
        walk[person] = random.multivariate_normal(np.zeros(sessions), covariance)
    y = np.where(units.mask, units.y + walk, 0.0)
    return mixed.Units(units.x, y, units.extra, units.mask, units.weight, days)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=8))
def test_the_walks_covariance_is_that_of_its_steps(days: list[int]) -> None:
    steps = range(-20, 20)  # one a day, to both sides of day 0
    reached = [[float(0 <= step < day or day <= step < 0) for step in steps] for day in days]
    np.testing.assert_array_equal(
        mixed.brownian(np.array(days, dtype=np.float64)), np.array(reached) @ np.array(reached).T
    )


def test_evidence_with_a_walk_is_the_density_of_all_targets_together() -> None:
    units = walking(2, 4, 5, 0.05)
    fit = mixed.fit_isotropic(units, max_iter=5)
    assert fit.drift > 0
    blocks = [np.flatnonzero(mask) for mask in units.mask]
    stacked = np.vstack([units.x[p][i] for p, i in enumerate(blocks)])
    y = np.concatenate([units.y[p][i] for p, i in enumerate(blocks)])
    covariance = stacked @ np.diag([100.0, fit.slope_variance, fit.slope_variance]) @ stacked.T
    covariance += fit.noise * np.eye(len(y))
    start = 0
    for p, i in enumerate(blocks):
        part = slice(start, start + len(i))
        covariance[part, part] += units.x[p][i] @ fit.spread @ units.x[p][i].T
        covariance[part, part] += fit.drift * mixed.brownian(units.days[p][i])  # type: ignore[index]
        start += len(i)
    expected = multivariate_normal(np.zeros(len(y)), covariance).logpdf(y)
    assert fit.log_evidence == pytest.approx(expected, abs=1e-8)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_evidence_with_a_walk_never_falls(seed: int) -> None:
    fit = mixed.fit_isotropic(walking(seed, 8, 6, 0.05), max_iter=40, tol=0)
    for before, after in itertools.pairwise(fit.history):
        assert after >= before - 1e-8 * (1 + abs(before))


def test_the_rate_of_a_walk_is_recovered() -> None:
    fit = mixed.fit_isotropic(walking(3, 300, 10, 0.05), tol=1e-8)
    assert fit.drift == pytest.approx(0.05, rel=0.2)
    assert np.sqrt(fit.noise) == pytest.approx(0.3, abs=0.03)


@given(st.integers(0, 10_000), st.integers(0, 6), st.sampled_from([0.0, 0.03]))
def test_a_walked_posterior_is_conditioning_on_every_step(seed: int, count: int, drift: float) -> None:
    random = np.random.default_rng(seed)
    x, y = np.column_stack([np.ones(count), random.normal(size=(count, 2))]), random.normal(size=count)
    variance, days = random.uniform(0.1, 1, count), random.integers(-3, 9, count)
    day = int(days.max(initial=0))
    mean, covariance = mixed.walked_posterior(MEAN, SPREAD, x, y, variance, days.astype(float), day, drift)
    # unknowns: the coefficients and a step for each of the days -3 to 9
    steps = np.arange(-3, 9)
    joint = np.zeros((15, 15))
    joint[:3, :3] = SPREAD
    joint[3:, 3:] = drift * np.eye(12)

    def reach(at: int) -> NDArray[np.float64]:
        return np.where((steps >= 0) & (steps < at), 1.0, np.where((steps < 0) & (steps >= at), -1.0, 0.0))

    seen = np.column_stack([x, [reach(int(d)) for d in days]]) if count else np.zeros((0, 15))
    asked = np.hstack([np.eye(3), np.zeros((3, 12))])
    asked[0, 3:] = reach(day)
    gain = joint @ seen.T @ np.linalg.inv(seen @ joint @ seen.T + np.diag(variance))
    whole = np.r_[MEAN, np.zeros(12)]
    np.testing.assert_allclose(mean, asked @ (whole + gain @ (y - seen @ whole)), atol=1e-9)
    np.testing.assert_allclose(covariance, asked @ (joint - gain @ seen @ joint) @ asked.T, atol=1e-9)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    units = population(5, 40, 5, MEAN, SPREAD, 0.3)
    whole = mixed.fit_isotropic(units, max_iter=10)
    monkeypatch.setattr(mixed, "_CHUNK", 7)
    split = mixed.fit_isotropic(units, max_iter=10)
    np.testing.assert_allclose(split.mean, whole.mean, atol=1e-10)
    np.testing.assert_allclose(split.spread, whole.spread, atol=1e-10)


def test_leave_one_out_is_leaving_one_out() -> None:
    units = population(6, 3, 5, MEAN, SPREAD, 0.3, ragged=False)
    fit = mixed.fit_isotropic(units, max_iter=20)
    z = mixed.leave_one_out_z(units, fit).reshape(3, 5)
    x, y = units.x[1], units.y[1]
    rest = np.array([0, 1, 3, 4])
    mean, covariance = mixed.posterior(fit.mean, fit.spread, x[rest], y[rest], np.full(4, fit.noise))
    expected = (y[2] - x[2] @ mean) / np.sqrt(x[2] @ covariance @ x[2] + fit.noise)
    assert z[1, 2] == pytest.approx(expected, abs=1e-9)
