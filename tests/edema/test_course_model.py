from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from mitate.edema.course_model import Context, Dynamics, course_model, dialysis_days, kind_of, rows_seen
from mitate.edema.kalman import run_filter, run_smoother
from mitate.errors import InputError


@pytest.mark.parametrize("gaps", [[1.0] * 25, [1.0, 1.0, 4.0, 2.0, 1.0, 7.0] * 4])
def test_the_local_level_is_that_of_statsmodels(gaps: list[float]) -> None:
    """Days without a session are missing observations there; here the step is as long as the gap."""
    structural: Any = pytest.importorskip("statsmodels.tsa.statespace.structural")
    rng = np.random.default_rng(1)
    days = np.concatenate([[0.0], np.cumsum(gaps)])
    values = np.cumsum(rng.normal(0, 0.3, len(days))) + rng.normal(0, 0.4, len(days))
    daily = np.full(int(days[-1]) + 1, np.nan)
    daily[days.astype(int)] = values
    other = structural.UnobservedComponents(daily, "local level")
    # their state before the first day; ours is the state on it
    other.ssm.initialize_known(np.array([0.2]), np.array([[1.5**2]]))
    theirs = other.smooth([0.4**2, 0.3**2])
    dynamics = Dynamics("home", step_kg=0.3, first=(0.2, 1.5))
    model = course_model(days, np.tile([1.0, 0.0], (len(days), 1)), dynamics, 0.5)
    filtered = run_filter(model, values, np.full(len(days), 0.4**2))
    smoothed = run_smoother(model, filtered)
    at = days.astype(int)
    np.testing.assert_allclose(smoothed.mean[:, 0], theirs.smoothed_state[0, at], atol=1e-8)
    np.testing.assert_allclose(smoothed.covariance[:, 0, 0], theirs.smoothed_state_cov[0, 0, at], atol=1e-8)
    np.testing.assert_allclose(filtered.mean[:, 0], theirs.filtered_state[0, at], atol=1e-8)
    # statsmodels leaves out of its sum what is missing
    assert float(filtered.log_likelihood) == pytest.approx(float(np.nansum(theirs.llf_obs)))


@given(st.floats(0.01, 20), st.booleans(), st.booleans())
def test_steps_are_exact_in_continuous_time(days: float, pulled: bool, dialysis: bool) -> None:
    """Against the matrix exponential (Van Loan 1978)."""
    dynamics = Dynamics("dialysis" if dialysis else "home", pull_days=6.0 if pulled else np.inf)
    seen = rows_seen(dynamics.kind)[0]
    model = course_model(np.array([0.0, days]), np.stack([seen, seen]), dynamics, 0.2)
    drift, noise = np.zeros((len(seen), len(seen))), np.zeros((len(seen), len(seen)))
    drift[0, 0] = -1 / 6 if pulled else 0
    noise[0, 0] = dynamics.step_kg**2
    if dialysis:
        drift[1, 2], noise[1, 1] = 1, dynamics.gather_step_kg**2
    n = len(seen)
    whole = expm(days * np.block([[-drift, noise], [np.zeros((n, n)), drift.T]]))
    step = whole[n:, n:].T
    np.testing.assert_allclose(model.step[1], step, atol=1e-9)
    np.testing.assert_allclose(model.step_noise[1], step @ whole[:n, n:], atol=1e-7)


def test_two_steps_are_one_long_one() -> None:
    dynamics = Dynamics("dialysis", pull_days=9.0)
    seen = np.tile(rows_seen("dialysis")[0], (3, 1))
    fine = course_model(np.array([0.0, 1.5, 4.0]), seen, dynamics, 0.3, dialyses=np.array([1.0, 2.0]))
    coarse = course_model(np.array([0.0, 4.0]), seen[:2], dynamics, 0.3, dialyses=np.array([1.0, 2.0]))
    np.testing.assert_allclose(fine.step[2] @ fine.step[1], coarse.step[1])
    noise = fine.step[2] @ fine.step_noise[1] @ fine.step[2].T + fine.step_noise[2]
    np.testing.assert_allclose(noise, coarse.step_noise[1])


def test_a_dialysis_takes_off_what_has_gathered() -> None:
    dynamics = Dynamics("dialysis")
    days = np.array([0.0, 2.0, 2.2])
    seen = np.tile(rows_seen("dialysis")[0], (3, 1))
    model = course_model(days, seen, dynamics, 0.3, dialyses=np.array([-1.0, 2.1]))
    filtered = run_filter(model, np.full(3, np.nan), np.ones(3))
    gathered = filtered.mean[:, 1]
    np.testing.assert_allclose(gathered, 0.95 * np.array([1.0, 3.0, 0.1]))
    assert filtered.covariance[2, 1, 1] < 0.3


def test_dialyses_from_the_sessions_beside_them() -> None:
    days = np.array([0.0, 0.2, 2.0, 4.2, 7.0, 9.0])
    contexts: list[Context] = ["pre", "post", "pre", "post", "other", "pre"]
    np.testing.assert_allclose(dialysis_days(days, contexts), [0.1, 2, 4.2, 9], atol=1e-5)
    assert kind_of(contexts) == "dialysis"
    assert kind_of(["other", "after meal"]) == "home"
    assert len(dialysis_days(days[:1], ["other"])) == 0


def test_times_must_be_in_order() -> None:
    with pytest.raises(InputError, match="in order"):
        course_model(np.array([1.0, 0.0]), np.ones((2, 2)), Dynamics(), 0.1)
