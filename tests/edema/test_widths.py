"""Parts of the variance of errors, found again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mitate.edema.prior import PatientSessions, fit_prior
from mitate.edema.widths import Widths, fitted, widths

START = Widths(1.0, 0.0, 0.0)


def test_parts_of_the_variance_are_found_again() -> None:
    random = np.random.default_rng(0)
    count = 6000
    own, frames = random.uniform(0, 0.2, count), random.uniform(0, 0.05, count)
    strange, since = random.chisquare(8, count) / 8, random.uniform(0, 20, count)
    noise = np.full(count, 0.1)
    variance = own + frames + noise * (0.9 + 0.6 * strange) + 0.02 * since
    errors = np.column_stack([random.normal(size=count) * np.sqrt(variance), own, frames, strange, since])
    found = fitted(errors, noise, START)
    assert found.noise == pytest.approx(1.5, abs=0.35)
    assert found.growth == pytest.approx(0.4, abs=0.2)
    assert found.drift == pytest.approx(0.02, abs=0.004)


def test_few_errors_change_nothing_and_without_days_nothing_walks() -> None:
    random = np.random.default_rng(1)
    errors = np.column_stack([random.normal(size=(400, 1)), np.full((400, 3), 0.1), np.zeros((400, 1))])
    assert fitted(errors[:20], np.ones(20), START) is START
    assert fitted(errors, np.ones(400), START).drift == 0.0


def test_the_widths_of_a_population(made_up: Callable[..., list[PatientSessions]]) -> None:
    people = made_up(20, 4)
    halves = people[:10], people[10:]
    priors = [fit_prior(half, dim=4) for half in halves]
    found = widths(priors, halves[::-1], (0, 1, 2))
    assert 0 < found.noise < 10
    assert 0 <= found.growth <= 1
    changed = found.of(priors[0], halves[0])
    assert changed.drift_kg == pytest.approx(np.sqrt(found.drift))
    assert changed.noise_growth == found.growth
    assert changed.short_id == priors[0].short_id  # the projection stays as it is
