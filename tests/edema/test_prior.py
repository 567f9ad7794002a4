"""Learning a prior from a population of patients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mitate.edema import prior as prior_module
from mitate.edema.prior import PatientSessions, Prior, SessionEmbeddings, fit_prior
from mitate.errors import InputError


def population(seed: int, count: int, width: int = 12, days: int = 4) -> list[PatientSessions]:
    """Patients whose faces move along nearly the same direction with every kilogram."""
    random = np.random.default_rng(seed)
    direction = np.r_[1.0, -0.5, 0.3, np.zeros(width - 3)]
    patients = []
    for number in range(count):
        own = direction + random.normal(size=width) * 0.08 * (np.arange(width) < 5)
        face, level = random.normal(size=width) * 3, random.normal() * 0.3
        sessions = []
        for day in range(days):
            after = level + random.normal() * 0.25
            for phase, excess in (("pre", after + abs(random.normal(2.2, 0.6))), ("post", after)):
                other = random.normal(size=width) * 0.3
                shown = face + other + own / (own @ own) * (excess - other @ own + random.normal() * 0.2)
                frames = shown + random.normal(size=(6, width)) * 0.2
                sessions.append(SessionEmbeddings(frames.astype(np.float32), excess, phase, day))  # type: ignore[arg-type]
        patients.append(PatientSessions(f"p{number}", tuple(sessions)))
    return patients


@pytest.fixture(scope="module")
def learned() -> Prior:
    return fit_prior(population(0, 60), encoder_sha256="e" * 64, trained_on="simulated", crop_size=112)


def test_levels_are_those_of_the_population(learned: Prior) -> None:
    assert learned.pre_kg[0] == pytest.approx(2.2, abs=0.2)
    assert learned.post_kg[0] == pytest.approx(0.0, abs=0.15)
    assert learned.threshold_kg == pytest.approx((learned.pre_kg[0] + learned.post_kg[0]) / 2)
    assert 0.5 <= learned.threshold_days <= 20
    assert learned.noise_kg == pytest.approx(0.2, abs=0.06)
    assert (learned.n_participants, learned.n_sessions) == (60, 480)
    assert (learned.trained_on, learned.crop_size) == ("simulated", 112)


def test_covariance_is_symmetric_and_positive(learned: Prior) -> None:
    np.testing.assert_array_equal(learned.covariance, learned.covariance.T)
    assert np.linalg.eigvalsh(learned.covariance).min() > 0


def test_dimension_is_as_asked() -> None:
    patients = population(1, 10)
    assert fit_prior(patients, dim=3).basis.shape == (3, 12)
    assert fit_prior(patients, dim=100).basis.shape == (12, 12)


def test_dimension_is_chosen_when_not_asked(learned: Prior) -> None:
    assert 4 <= learned.basis.shape[0] <= 12


def test_few_patients_are_less_certain_than_many() -> None:
    few, many = fit_prior(population(2, 4), dim=4), fit_prior(population(2, 80), dim=4)
    assert np.trace(few.covariance[1:, 1:]) > np.trace(many.covariance[1:, 1:])


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    fit_prior(population(3, 5), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_same_patients_same_prior() -> None:
    first, second = fit_prior(population(4, 8)), fit_prior(population(4, 8))
    np.testing.assert_array_equal(first.mean, second.mean)


def test_save_and_load_round_trip(learned: Prior, tmp_path: Path) -> None:
    learned.save(tmp_path / "prior.json")
    back = Prior.load(tmp_path / "prior.json")
    for name in Prior.__dataclass_fields__:
        before, after = getattr(learned, name), getattr(back, name)
        if isinstance(before, np.ndarray):
            assert before.dtype == after.dtype
            np.testing.assert_array_equal(before, after)
        else:
            assert before == after


def test_heavy_tails_are_seen_and_normal_ones_are_not() -> None:
    random = np.random.default_rng(0)
    assert np.isinf(prior_module._tails(random.normal(size=2000)))
    assert 4 < prior_module._tails(random.standard_t(5, size=4000)) < 12


def test_references_are_posts_from_first_to_last() -> None:
    frames = np.zeros((1, 2), np.float32)
    sessions = [
        SessionEmbeddings(frames, 0.0, "post" if day % 2 else "pre", day) for day in (5, 0, 1, 2, 3, 4)
    ]
    assert [sessions[i].day for i in prior_module._references(sessions, 2)] == [1, 5]
    assert [sessions[i].day for i in prior_module._references(sessions, 9)] == [1, 3, 5]


@pytest.mark.parametrize(
    ("patients", "message"),
    [
        ([], "two or more participants"),
        (population(5, 1), "found 1"),
        (
            [
                *population(6, 2, width=4),
                PatientSessions("odd", population(6, 1, width=5)[0].sessions),
            ],
            "5 values a frame",
        ),
        (
            [
                PatientSessions(
                    name, tuple(SessionEmbeddings(np.ones((2, 3), np.float32), kg) for kg in (0.0, 1.0))
                )
                for name in "ab"
            ],
            "same embedding",
        ),
    ],
)
def test_unusable_populations_are_refused(patients: list[PatientSessions], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit_prior(patients)


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((0, 3)), np.full((2, 3), np.nan), np.array([["a"]])])
def test_unusable_embeddings_are_refused(bad: Any) -> None:
    with pytest.raises(InputError):
        SessionEmbeddings(bad, 0.0)
    with pytest.raises(InputError, match="not a finite number"):
        SessionEmbeddings(np.zeros((1, 3), np.float32), float("nan"))
