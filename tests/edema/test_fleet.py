"""Scores of many patients at once against the estimate of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.edema import fleet as fleet_module
from mitate.edema.fleet import SCORES, open_fleet, score, score_to, write_fleet
from mitate.edema.personal import PersonalModel, estimate, personalise
from mitate.edema.prior import Prior
from mitate.edema.sessions import Phase, SessionEmbeddings
from mitate.errors import InputError

WIDTH, DIM = 7, 4


def prior_of(seed: int, levels: bool = True, dof: float = float("inf")) -> Prior:
    random = np.random.default_rng(seed)
    root = random.normal(size=(DIM + 1, DIM + 1)) * 0.2
    made = Prior(
        basis=random.normal(size=(DIM, WIDTH)).astype(np.float32),
        mean=random.normal(size=DIM + 1),
        covariance=root @ root.T + 0.01 * np.eye(DIM + 1),
        typical_change=random.uniform(0.5, 2, DIM),
        noise_kg=0.3,
        frame_noise_kg=0.4,
        dof=dof,
        threshold_kg=1.2,
        threshold_days=1.0,
        pre_kg=(2.4, 0.8),
        post_kg=(0.2, 0.4),
        n_participants=30,
        n_sessions=300,
        log_evidence=0.0,
        drift_kg=0.1,
        noise_growth=0.4,
    )
    if not levels:
        return made
    return replace(
        made,
        level_mean=np.array([2.4, 0.2]),
        level_covariance=np.array([[0.4, 0.05], [0.05, 0.1]]),
        level_sd=np.array([0.5, 0.3]),
    )


def models_of(prior: Prior, seed: int, count: int) -> list[PersonalModel]:
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        days = int(random.integers(0, 4))
        phases: tuple[Phase, ...] = ("post", "pre", "post", "pre")
        sessions = [
            SessionEmbeddings(
                random.normal(size=(3, WIDTH)).astype(np.float32),
                float(random.normal(1, 1)),
                phases[i],
                2 * i,
                f"s{i}",
            )
            for i in range(days + 1)
        ]
        made.append(personalise(prior, sessions[0], sessions[1:], participant_id=f"p{number}"))
    return made


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.booleans(), st.booleans(), st.sampled_from([float("inf"), 7.0]))
def test_a_fleets_scores_are_the_estimates_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, seed: int, levels: bool, dialysis: bool, dof: float
) -> None:
    prior = prior_of(seed, levels, dof)
    models = models_of(prior, seed, 5)
    random = np.random.default_rng(seed + 1)
    clips = [random.normal(size=(int(random.integers(1, 5)), WIDTH)) for _ in models]
    days = random.integers(0, 30, len(models)).astype(np.float64)
    root = tmp_path_factory.mktemp("fleet") / "fleet"
    write_fleet(root, models, len(models))
    stored = open_fleet(root, prior)
    assert stored.participants() == [model.participant_id for model in models]
    means = np.stack([clip.mean(axis=0) for clip in clips])
    found = np.concatenate(
        list(score(stored, means, np.array([len(c) for c in clips]), days, dialysis=dialysis))
    )
    for model, clip, day, said in zip(models, clips, days, found, strict=True):
        one = estimate(model, clip, day=float(day), dialysis=dialysis)
        expected = (one.excess_kg, one.sd_kg, *one.interval_90, one.edema_probability)
        np.testing.assert_allclose(said.tolist(), expected, atol=2e-4)


@pytest.fixture
def stored(tmp_path: Path) -> fleet_module.Fleet:
    prior = prior_of(0)
    write_fleet(tmp_path / "fleet", models_of(prior, 0, 9), 9)
    return open_fleet(tmp_path / "fleet", prior)


def test_blocks_and_interruptions_change_nothing(
    stored: fleet_module.Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = np.random.default_rng(3).normal(size=(9, WIDTH))
    whole = np.concatenate(list(score(stored, today, 4, 12.0)))
    monkeypatch.setattr(fleet_module, "_BLOCK", 2)
    parts = list(score(stored, today, 4, 12.0))
    assert [len(part) for part in parts] == [2, 2, 2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    score_to(tmp_path / "a.npy", stored, today, 4, 12.0)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), whole)
    # a run that was killed in the middle of its third block
    original, seen = fleet_module._block, [0]

    def killed(*arguments: object) -> object:
        seen[0] += 1
        if seen[0] == 3:
            raise KeyboardInterrupt
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(fleet_module, "_block", killed)
    with pytest.raises(KeyboardInterrupt):
        score_to(tmp_path / "b.npy", stored, today, 4, 12.0)
    (partial,) = tmp_path.glob("b.npy.*.part")
    partial.write_bytes(partial.read_bytes() + b"half a ro")
    score_to(tmp_path / "b.npy", stored, today, 4, 12.0)
    assert seen[0] == 6
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), whole)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.npy", "b.npy", "fleet"]


def test_a_patient_without_a_clip_has_no_score(stored: fleet_module.Fleet) -> None:
    today = np.zeros((9, WIDTH))
    today[4] = np.nan
    found = np.concatenate(list(score(stored, today, 1)))
    for name in SCORES.names or ():
        assert np.isnan(found[name]).tolist() == [i == 4 for i in range(9)]


def test_misuse_is_refused(stored: fleet_module.Fleet, tmp_path: Path) -> None:
    prior = stored.prior
    with pytest.raises(InputError, match="must be"):
        next(score(stored, np.zeros((3, WIDTH)), 1))
    with pytest.raises(InputError, match="at least one frame"):
        next(score(stored, np.zeros((9, WIDTH)), 0))
    with pytest.raises(InputError, match="another encoder or prior"):
        open_fleet(stored.root, prior_of(1))
    with pytest.raises(InputError, match="not a fleet"):
        open_fleet(tmp_path, prior)
    with pytest.raises(InputError, match="already exists"):
        write_fleet(stored.root, models_of(prior, 0, 1), 1)
    for models, count in (
        ([], 0),
        (models_of(prior, 0, 2), 1),
        (models_of(prior, 0, 2), 3),
        ([*models_of(prior, 0, 1), *models_of(prior_of(1), 0, 1)], 2),
    ):
        with pytest.raises(InputError):
            write_fleet(tmp_path / "bad", models, count)
    assert not (tmp_path / "bad").exists()
    np.save(stored.root / "day.npy", np.zeros(3))
    with pytest.raises(InputError, match="damaged"):
        open_fleet(stored.root, prior)
