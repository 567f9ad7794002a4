"""A model's file: how small it is, and how little is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.edema import model_file
from mitate.edema.personal import PersonalModel, estimate, personalise
from mitate.edema.prior import Prior
from mitate.edema.sessions import SessionEmbeddings
from mitate.errors import InputError


def prior_of(dim: int, seed: int = 0) -> Prior:
    random = np.random.default_rng(seed)
    root = random.normal(size=(dim + 1, dim + 1)) * 0.05
    return Prior(
        basis=np.linalg.qr(random.normal(size=(dim, dim)))[0].astype(np.float32),
        mean=random.normal(size=dim + 1) * 0.3,
        covariance=root @ root.T + 1e-4 * np.eye(dim + 1),
        typical_change=np.ones(dim),
        noise_kg=0.3123456789,
        frame_noise_kg=0.4123456789,
        dof=11.123456789,
        threshold_kg=1.2123456789,
        threshold_days=1.0,
        pre_kg=(2.4, 0.8),
        post_kg=(0.2, 0.4),
        n_participants=200,
        n_sessions=4000,
        log_evidence=0.0,
        encoder_sha256="e" * 64,
        trained_on="simulated",
        crop_size=64,
        drift_kg=0.1123456789,
        noise_growth=0.4123456789,
        level_mean=np.array([2.4, 0.2]),
        level_covariance=np.array([[0.4, 0.05], [0.05, 0.1]]),
        level_sd=np.array([0.5, 0.3]),
    )


def model_of(prior: Prior, seed: int, sessions: int) -> PersonalModel:
    random = np.random.default_rng(seed)
    made = [
        SessionEmbeddings(
            random.normal(size=(5, len(prior.basis))).astype(np.float32),
            float(random.normal(1, 1)),
            "pre" if i % 2 else "post",
            i // 2,
        )
        for i in range(sessions)
    ]
    face = random.normal(size=128).astype(np.float32)
    return personalise(prior, made[0], made[1:], participant_id="participant-0001", identity=face)


@given(st.integers(0, 10_000), st.integers(1, 12), st.sampled_from([4, 32, 64]))
def test_estimates_are_the_same_within_a_tenth_of_a_gram(
    tmp_path_factory: pytest.TempPathFactory, seed: int, sessions: int, dim: int
) -> None:
    prior = prior_of(dim)
    model = model_of(prior, seed, sessions)
    path = tmp_path_factory.mktemp("model") / "m.json"
    model.save(path)
    assert path.stat().st_size <= 8192
    back = PersonalModel.load(path, prior)
    assert back.model_id == model.model_id
    clip = np.random.default_rng(seed + 1).normal(size=(3, dim)) * 2
    for dialysis in (False, True):
        first, second = (estimate(m, clip, day=20, dialysis=dialysis) for m in (model, back))
        assert second.excess_kg == pytest.approx(first.excess_kg, abs=1e-4)
        assert second.sd_kg == pytest.approx(first.sd_kg, abs=1e-4)
        assert second.edema_probability == pytest.approx(first.edema_probability, abs=1e-4)
        np.testing.assert_allclose(second.frame_interval_90, first.frame_interval_90, atol=3e-4)


@given(st.integers(0, 10_000), st.integers(1, 20))
def test_packing_again_changes_nothing(seed: int, size: int) -> None:
    root = np.tril(np.random.default_rng(seed).normal(size=(size, size)))
    whole, scale = model_file.packed(root @ root.T + 1e-3 * np.eye(size))
    factor = model_file.unpacked(whole, scale)
    again = model_file.packed(factor @ factor.T)
    np.testing.assert_array_equal(again[0], whole)
    np.testing.assert_array_equal(again[1], scale)


def test_a_direction_without_any_doubt_can_be_kept() -> None:
    covariance = np.diag([1.0, 0.0, 0.5])
    factor = model_file.unpacked(*model_file.packed(covariance))
    np.testing.assert_allclose(factor @ factor.T, covariance, atol=1e-6)


def test_the_name_changes_with_the_content() -> None:
    model = model_of(prior_of(4), 0, 2)
    changed = (
        replace(model, mean=model.mean + 1e-3),
        replace(model, covariance=model.covariance * 1.01),
        replace(model, day=model.day + 1),
        replace(model, level_mean=model.level_mean + 0.1),
    )
    assert len({m.model_id for m in (model, *changed)}) == 5


def test_a_model_needs_its_own_prior(tmp_path: Path) -> None:
    prior = prior_of(4)
    model_of(prior, 0, 2).save(tmp_path / "m.json")
    with pytest.raises(InputError, match="another encoder or prior"):
        PersonalModel.load(tmp_path / "m.json", prior_of(4, seed=1))
    alone = PersonalModel.load(tmp_path / "m.json")
    with pytest.raises(InputError, match="another encoder"):
        estimate(alone, np.zeros((1, 4)))
    assert estimate(alone.on(prior), np.zeros((1, 4))).n_frames == 1


def test_an_older_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    model_of(prior_of(4), 0, 2).save(path)
    path.write_text(path.read_text(encoding="utf-8").replace('"version": 2', '"version": 1'))
    with pytest.raises(InputError, match="format 1; this mitate reads format 2") as caught:
        PersonalModel.load(path)
    assert "ake it again" in str(caught.value)
