"""Usual excess before and after dialysis, and Bayes' rule between the two."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import norm

from mitate.edema.levels import (
    Levels,
    crossing,
    learn_levels,
    learn_midpoint,
    own_levels,
    own_midpoint,
    sides,
    summary,
)
from mitate.edema.sessions import PatientSessions, Phase, SessionEmbeddings

LEVELS = Levels(np.array([2.4, 0.2]), np.array([[0.4, 0.06], [0.06, 0.05]]), np.array([0.5, 0.25]))
PHASES: tuple[Phase, ...] = ("pre", "post")


def session(phase: Phase, kg: float | None, day: int) -> SessionEmbeddings:
    return SessionEmbeddings(np.zeros((1, 1), np.float32), kg, phase, day)


def test_own_levels_are_explicit_conditioning_on_all_at_once() -> None:
    known = [session("pre", 3.1, 0), session("post", 0.5, 0), session("pre", 2.9, 4), session("other", 1, 4)]
    drift, day = 0.02, 5.0
    # unknowns: both levels on day 5, the walk on days 0 and 4 relative to it, three scatters
    joint = np.zeros((7, 7))
    joint[:2, :2] = LEVELS.covariance
    joint[2:4, 2:4] = drift * np.array([[5, 1], [1, 1]])
    joint[4:, 4:] = np.diag([0.25, 0.0625, 0.25])
    design = np.array([[1, 0, 1, 0, 1, 0, 0], [0, 1, 1, 0, 0, 1, 0], [1, 0, 0, 1, 0, 0, 1]])
    mean = np.r_[LEVELS.mean, np.zeros(5)]
    gain = joint @ design.T @ np.linalg.inv(design @ joint @ design.T)
    got = own_levels(LEVELS, known, drift, day)
    expected = mean + gain @ (np.array([3.1, 0.5, 2.9]) - design @ mean)
    np.testing.assert_allclose(got.mean, expected[:2])
    np.testing.assert_allclose(got.covariance, (joint - gain @ design @ joint)[:2, :2], atol=1e-12)
    assert own_levels(LEVELS, [session("pre", None, 0)], drift, day) is LEVELS


def test_levels_of_a_population_are_found() -> None:
    random = np.random.default_rng(0)
    patients = []
    for number in range(150):
        own = random.multivariate_normal(LEVELS.mean, LEVELS.covariance)
        walk, rows = 0.0, []
        for day in range(0, 16, 2):
            walk += random.normal() * np.sqrt(2 * 0.01)
            rows += [
                session(phase, float(own[i] + walk + random.normal() * LEVELS.sd[i]), day)
                for i, phase in enumerate(PHASES)
            ]
        patients.append(PatientSessions(f"p{number}", tuple(rows)))
    found = learn_levels(patients, 0.01)
    assert found is not None
    np.testing.assert_allclose(found.mean, LEVELS.mean, atol=0.12)
    np.testing.assert_allclose(found.sd, LEVELS.sd, atol=0.03)
    np.testing.assert_allclose(found.covariance, LEVELS.covariance, atol=0.09)


def test_without_both_sides_there_are_no_levels() -> None:
    one = [PatientSessions(str(i), (session("pre", 2.0, 0), session("pre", 2.1, 1))) for i in range(9)]
    same = [PatientSessions(str(i), (session("pre", 1.0, 0), session("post", 1.0, 0))) for i in range(9)]
    assert learn_levels(one, 0.0) is None
    assert learn_levels(same, 0.0) is None
    assert learn_levels([], 0.0) is None


def test_sides_are_bayes_rule_by_integration() -> None:
    mean, spread = np.array([2.4, 0.2]), np.array([0.8, 0.6])
    variance, value = 0.3, 1.4
    centre, total = 1.3, (0.8**2 + 0.6**2) / 2 + 1.1**2
    precision = 1 / variance - 1 / total
    shown = (value / variance - centre / total) / precision

    def weight(kg: float, side: int) -> float:
        return float(norm.pdf(shown, kg, precision**-0.5) * norm.pdf(kg, mean[side], spread[side]))

    masses = [integrate.quad(weight, -8, 10, (side,))[0] for side in (0, 1)]
    means = [integrate.quad(lambda kg, s: kg * weight(kg, s), -8, 10, (side,))[0] for side in (0, 1)]
    found = sides(np.array(value), np.array(variance), mean, spread)
    assert found.before == pytest.approx(masses[0] / sum(masses), abs=1e-7)
    np.testing.assert_allclose(found.mean, np.array(means) / masses, atol=1e-6)


@given(
    st.floats(0.05, 2),
    st.floats(0.1, 1.5),
    st.floats(0.1, 1.5),
    st.floats(0.2, 3),
    st.lists(st.floats(-5, 8), min_size=2, max_size=10),
)
def test_more_excess_never_makes_before_less_likely(
    sd: float, before: float, after: float, gap: float, values: list[float]
) -> None:
    order = np.sort(np.array(values))
    found = sides(order, np.full(len(order), sd**2), np.array([gap, 0.0]), np.array([before, after]))
    assert (np.diff(found.before) >= -1e-12).all()
    assert ((found.before >= 0) & (found.before <= 1)).all()
    assert (found.variance > 0).all()


def test_the_summary_is_that_of_the_mixture() -> None:
    found = sides(np.array([1.2, 3.0]), np.array([0.3, 0.3]), LEVELS.mean, LEVELS.spread)
    value, sd, interval = summary(found, np.array([0.1, 0.0]))
    random = np.random.default_rng(0)
    for row in range(2):
        pre = random.random(400_000) < found.before[row]
        side = np.where(pre, 0, 1)
        drawn = random.normal(
            found.mean[row][side], np.sqrt(found.variance[row][side] + np.array([0.1, 0.0])[row])
        )
        assert value[row] == pytest.approx(drawn.mean(), abs=0.01)
        assert sd[row] == pytest.approx(drawn.std(), abs=0.01)
        np.testing.assert_allclose(interval[row], np.quantile(drawn, [0.05, 0.95]), atol=0.015)


def test_the_crossing_is_where_both_are_equally_dense() -> None:
    at = crossing(LEVELS)
    densities = norm(LEVELS.mean, LEVELS.spread).pdf(at)
    assert densities[0] == pytest.approx(densities[1])
    assert 0.2 < at < 1.3  # nearer to the narrow side
    flat = Levels(np.array([1.0, 1.0]), np.eye(2), np.ones(2))
    assert crossing(flat) == pytest.approx(1.0)


def test_midpoints_where_levels_are_not_known() -> None:
    days = [session(phase, 3.0 if phase == "pre" else 1.0, day) for day in range(4) for phase in PHASES]
    assert own_midpoint(1.2, 2.0, []) == 1.2
    assert own_midpoint(1.2, 2.0, days[:1]) == 1.2
    assert own_midpoint(1.2, 2.0, days) == pytest.approx((2 * 1.2 + 4 * 2.0) / 6)
    found = learn_midpoint([PatientSessions("p", tuple(days))])
    assert found.threshold == pytest.approx(2.0)
    assert found.pre == (3.0, 0.0)
