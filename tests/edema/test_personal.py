"""One patient's model: conditioning, coverage, presence, comparison, files."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm
from scipy.stats import t as student

from mitate.edema.personal import PersonalModel, compare, estimate, personalise, with_identity
from mitate.edema.prior import Phase, Prior, SessionEmbeddings
from mitate.errors import InputError

WIDTH, DIM = 6, 3
SPREAD = np.diag([0.3, 0.05, 0.05, 0.05]) ** 2 + 0.01


def make_prior(seed: int = 0) -> Prior:
    random = np.random.default_rng(seed)
    return Prior(
        basis=np.linalg.qr(random.normal(size=(WIDTH, DIM)))[0].T.astype(np.float32),
        mean=np.array([0.1, 1.0, -0.5, 0.2]),
        covariance=SPREAD,
        typical_change=np.ones(DIM),
        noise_kg=0.25,
        frame_noise_kg=0.5,
        dof=float("inf"),
        threshold_kg=1.2,
        threshold_days=2.0,
        pre_kg=(2.3, 0.7),
        post_kg=(0.1, 0.4),
        n_participants=39,
        n_sessions=300,
        log_evidence=0.0,
        encoder_sha256="a" * 64,
        trained_on="simulated",
        crop_size=112,
    )


PRIOR = make_prior()


def clip(seed: int, kg: float | None = None, phase: Phase = "other", frames: int = 5) -> SessionEmbeddings:
    random = np.random.default_rng(seed)
    return SessionEmbeddings(random.normal(size=(frames, WIDTH)).astype(np.float32), kg, phase)


@pytest.mark.parametrize("days", [0, 1, 10])
@pytest.mark.parametrize("known", [True, False])
def test_estimate_is_explicit_conditioning(days: int, known: bool) -> None:
    reference = clip(0, 0.2 if known else None, "post")
    labelled = [clip(10 + day, 0.3 * day, "pre") for day in range(days)]
    target = clip(99, frames=7)
    got = estimate(personalise(PRIOR, reference, labelled), target.embeddings)
    # the joint normal of all targets, conditioned by hand
    observed = ([reference] if known else []) + labelled
    rows = np.stack(
        [np.r_[1, PRIOR.basis @ (s.centre - reference.centre)] for s in [*observed, target]]
    ).astype(np.float64)
    noise = [0.25**2 + 0.5**2 / len(s.embeddings) for s in [*observed, target]]
    joint = rows @ SPREAD @ rows.T + np.diag(noise)
    mean = rows @ PRIOR.mean
    y = np.array([s.excess_kg for s in observed], dtype=np.float64)
    gain = np.linalg.solve(joint[:-1, :-1], joint[:-1, -1]) if observed else np.zeros(0)
    variance = joint[-1, -1] - gain @ joint[:-1, -1]
    assert got.excess_kg == pytest.approx(mean[-1] + gain @ (y - mean[:-1]), abs=1e-5)
    assert got.sd_kg == pytest.approx(np.sqrt(variance), abs=1e-5)
    assert got.n_labelled == len(observed)
    assert (got.n_frames, len(got.frame_excess_kg), len(got.frame_probability)) == (7, 7, 7)


def test_interval_and_probability_are_those_of_the_normal() -> None:
    model = personalise(PRIOR, clip(0, 0.1, "post"))
    got = estimate(model, clip(3).embeddings)
    expected = norm(got.excess_kg, got.sd_kg)
    np.testing.assert_allclose(got.interval_90, expected.interval(0.9))
    assert got.edema_probability == pytest.approx(expected.sf(model.threshold_kg))
    heavy = estimate(replace(model, dof=6.0), clip(3).embeddings)
    tailed = student(6, got.excess_kg, got.sd_kg * np.sqrt(4 / 6))
    np.testing.assert_allclose(heavy.interval_90, tailed.interval(0.9))
    assert heavy.edema_probability == pytest.approx(tailed.sf(model.threshold_kg))


def test_mean_of_the_frames_is_the_session() -> None:
    got = estimate(personalise(PRIOR, clip(0, 0.1, "post")), clip(3).embeddings)
    assert got.excess_kg == pytest.approx(got.frame_excess_kg.mean())
    assert np.isfinite(got.frame_probability).all()


def test_weighted_frames() -> None:
    model = personalise(PRIOR, clip(0, 0.1, "post"))
    frames = clip(3).embeddings
    alone = estimate(model, frames[:1])
    weighted = estimate(model, frames, weights=np.array([1, 0, 0, 0, 0]))
    assert weighted.excess_kg == pytest.approx(alone.excess_kg)
    assert weighted.sd_kg == pytest.approx(alone.sd_kg)
    for bad in (np.ones(4), np.zeros(5), np.full(5, -1.0), np.full(5, np.nan)):
        with pytest.raises(InputError, match="frame weights"):
            estimate(model, frames, weights=bad)


def test_intervals_cover_nine_in_ten_and_narrow_with_days() -> None:
    random = np.random.default_rng(5)
    narrowing: list[float] = []
    for days in (0, 1, 10):
        hits, widths = [], []
        for _ in range(600):
            own = random.multivariate_normal(PRIOR.mean, SPREAD)
            base = random.normal(size=WIDTH)

            def session(
                own: NDArray[np.float64], base: NDArray[np.float64], known: bool
            ) -> tuple[float, SessionEmbeddings]:
                shift = random.normal(size=DIM) if known else np.zeros(DIM)
                y = float(own @ np.r_[1, shift]) + random.normal() * np.sqrt(0.25**2 + 0.5**2 / 4)
                frames = np.tile(base + PRIOR.basis.T @ shift, (4, 1)).astype(np.float32)
                return y, SessionEmbeddings(frames, y, "other")

            reference = session(own, base, False)[1]
            model = personalise(
                PRIOR,
                SessionEmbeddings(reference.embeddings, None, "post"),
                [session(own, base, True)[1] for _ in range(days)],
            )
            truth, later = session(own, base, True)
            low, high = estimate(model, later.embeddings).interval_90
            hits.append(low <= truth <= high)
            widths.append(high - low)
        assert np.mean(hits) == pytest.approx(0.9, abs=0.035)
        narrowing.append(float(np.mean(widths)))
    assert narrowing == sorted(narrowing, reverse=True)


def test_threshold_moves_to_the_patients_own_midpoint() -> None:
    days = [clip(i, 3.0 if i % 2 else 1.0, "pre" if i % 2 else "post") for i in range(8)]
    assert personalise(PRIOR, clip(50)).threshold_kg == 1.2
    assert personalise(PRIOR, clip(50), days[1:2]).threshold_kg == 1.2  # a pre alone has no midpoint
    one, four = personalise(PRIOR, clip(50), days[:2]), personalise(PRIOR, clip(50), days)
    assert one.threshold_kg == pytest.approx((2 * 1.2 + 1 * 2.0) / 3)
    assert four.threshold_kg == pytest.approx((2 * 1.2 + 4 * 2.0) / 6)


def test_reference_phase_sets_the_level() -> None:
    post, pre, other = (personalise(PRIOR, clip(0, None, phase)) for phase in ("post", "pre", "other"))
    assert post.mean[0] == pytest.approx(0.1)
    assert pre.mean[0] == pytest.approx(2.3)
    assert other.mean[0] == pytest.approx(1.2)
    assert other.covariance[0, 0] > post.covariance[0, 0]


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 5))
def test_compare_is_exactly_antisymmetric(seed: int, n: int, m: int) -> None:
    first, second = clip(seed, frames=n).embeddings, clip(seed + 1, frames=m).embeddings
    there, back = compare(PRIOR, first, second), compare(PRIOR, second, first)
    assert there.change_kg == -back.change_kg
    assert there.sd_kg == pytest.approx(back.sd_kg, rel=1e-14)
    assert there.interval_90[0] == pytest.approx(-back.interval_90[1], rel=1e-12)
    assert there.increase_probability + back.increase_probability == pytest.approx(1)
    assert compare(PRIOR, first, first).change_kg == 0


def test_an_unfamiliar_clip_says_so() -> None:
    model = personalise(PRIOR, clip(0, 0.1, "post"))
    odd = estimate(model, clip(0).embeddings + np.asarray(PRIOR.basis[0]) * 30)
    assert odd.unfamiliarity > 3
    assert any("film again" in note for note in odd.notes)
    usual = estimate(model, clip(0).embeddings)
    assert usual.notes == ("learned from simulated swelling only",)


def test_results_are_json() -> None:
    got = estimate(personalise(PRIOR, clip(0)), clip(1).embeddings, quality=0.7).as_dict()
    assert json.loads(json.dumps(got))["quality"] == 0.7
    assert "Research use" in got["intended_use"]
    assert json.loads(json.dumps(compare(PRIOR, clip(0).embeddings, clip(1).embeddings).as_dict()))


@given(st.integers(0, 10_000), st.integers(0, 4), st.text(max_size=12))
def test_save_and_load_round_trip(
    tmp_path_factory: pytest.TempPathFactory, seed: int, days: int, name: str
) -> None:
    path = tmp_path_factory.mktemp("model") / "p.json"
    model = personalise(
        PRIOR, clip(seed), [clip(seed + 1 + i, float(i)) for i in range(days)], participant_id=name
    )
    model = with_identity(model, np.linspace(-1, 1, 128, dtype=np.float32))
    model.save(path)
    back = PersonalModel.load(path, PRIOR)
    assert back.model_id == model.model_id
    assert back.participant_id == name
    np.testing.assert_allclose(back.identity, model.identity, atol=5e-4)
    frames = clip(seed + 77).embeddings
    first, second = estimate(model, frames), estimate(back, frames)
    assert first.excess_kg == pytest.approx(second.excess_kg, abs=1e-4)
    assert first.sd_kg == pytest.approx(second.sd_kg, abs=1e-4)
    assert first.edema_probability == pytest.approx(second.edema_probability, abs=1e-3)
    assert path.stat().st_size <= 8192
    assert [item.name for item in path.parent.iterdir()] == ["p.json"]


def test_damaged_and_foreign_files_are_one_input_error(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    personalise(PRIOR, clip(0), participant_id="p").save(path)
    good = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(300):
        bad = bytearray(good)
        if random.random() < 0.3:
            bad = bad[: int(random.integers(len(bad)))]
        else:
            bad[int(random.integers(len(bad)))] ^= int(random.integers(1, 256))
        path.write_bytes(bytes(bad))
        with contextlib.suppress(InputError):  # only white space can change without changing what is said
            assert PersonalModel.load(path).participant_id == "p"
    with pytest.raises(InputError, match="cannot read"):
        PersonalModel.load(tmp_path / "absent.json")
    PRIOR.save(tmp_path / "prior.json")
    with pytest.raises(InputError, match="not a mitate edema model"):
        PersonalModel.load(tmp_path / "prior.json")
    path.write_text(good.decode().replace('"version": 2', '"version": 9'))
    with pytest.raises(InputError, match="format 9"):
        PersonalModel.load(path)
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="not a mitate edema model"):
        PersonalModel.load(path)


def test_misuse_is_refused() -> None:
    model = personalise(PRIOR, clip(0))
    with pytest.raises(InputError, match="no excess weight"):
        personalise(PRIOR, clip(0), [clip(1)])
    with pytest.raises(InputError, match="4 values a frame"):
        estimate(model, np.zeros((2, 4)))
    with pytest.raises(InputError, match="not finite"):
        compare(PRIOR, np.full((1, WIDTH), np.inf), np.zeros((1, WIDTH)))


def walking(session: SessionEmbeddings, day: int) -> SessionEmbeddings:
    return replace(session, day=day)


@pytest.mark.parametrize("day", [None, 9, 15])
def test_labels_count_for_less_the_older_they_are(day: int | None) -> None:
    drift = 0.2
    prior = replace(PRIOR, drift_kg=drift)
    observed = [walking(clip(0, 0.2, "post"), 1)]
    observed += [walking(clip(10 + at, 0.3 * at, "pre"), at) for at in (1, 3, 6)]
    model = personalise(prior, observed[0], observed[1:])
    got = estimate(model, clip(99, frames=7).embeddings, day=day)
    # the joint normal of all, with the walk from the reference's day on
    target = walking(clip(99, frames=7), 6 + 7 if day is None else day)
    everyone = [*observed, target]
    rows = np.stack(
        [np.r_[1, PRIOR.basis @ (s.centre - observed[0].centre)] for s in everyone], dtype=np.float64
    )
    since = np.array([s.day - 1 for s in everyone])
    joint = rows @ SPREAD @ rows.T + drift**2 * np.minimum.outer(since, since)
    joint += np.diag([0.25**2 + 0.5**2 / len(s.embeddings) for s in everyone])
    y = np.array([s.excess_kg for s in observed], dtype=np.float64)
    gain = np.linalg.solve(joint[:-1, :-1], joint[:-1, -1])
    mean = rows @ PRIOR.mean
    assert got.excess_kg == pytest.approx(mean[-1] + gain @ (y - mean[:-1]), abs=1e-5)
    assert got.sd_kg == pytest.approx(np.sqrt(joint[-1, -1] - gain @ joint[:-1, -1]), abs=1e-5)


def with_levels() -> Prior:
    return replace(
        PRIOR,
        drift_kg=0.1,
        noise_growth=0.4,
        level_mean=np.array([2.3, 0.1]),
        level_covariance=np.array([[0.3, 0.05], [0.05, 0.1]]),
        level_sd=np.array([0.5, 0.25]),
    )


def test_frames_are_as_clips_of_one_frame_each() -> None:
    model = personalise(with_levels(), clip(0, 0.1, "post"), [clip(1, 2.0, "pre")])
    frames = clip(3).embeddings
    for dialysis in (False, True):
        got = estimate(model, frames, day=4, dialysis=dialysis)
        for index, frame in enumerate(frames):
            alone = estimate(model, frame[None], day=4, dialysis=dialysis)
            assert got.frame_excess_kg[index] == pytest.approx(alone.excess_kg)
            assert got.frame_probability[index] == pytest.approx(alone.edema_probability)
            np.testing.assert_allclose(got.frame_interval_90[index], alone.interval_90)


def test_what_is_usual_at_dialysis_draws_an_estimate_to_it_and_narrows_it() -> None:
    prior = with_levels()
    days = [walking(clip(20 + i, (2.5, 0.1)[i % 2], ("pre", "post")[i % 2]), i // 2) for i in range(6)]
    model = personalise(prior, walking(clip(0, 0.1, "post"), 0), days)
    assert 0.1 < model.threshold_kg < 1.6
    plain, drawn = (estimate(model, clip(3).embeddings, day=5, dialysis=d) for d in (False, True))
    assert plain.edema_probability == drawn.edema_probability
    assert drawn.sd_kg < plain.sd_kg
    later = estimate(model, clip(3).embeddings, day=60, dialysis=True)
    # the walk since widens the interval, and says nothing about which side of dialysis it is
    assert later.sd_kg > drawn.sd_kg
    assert later.edema_probability == drawn.edema_probability


def test_noise_grows_with_what_is_unfamiliar() -> None:
    steady = personalise(PRIOR, clip(0, 0.1, "post"))
    growing = replace(steady, noise_growth=1.0)
    far = clip(0).embeddings + np.asarray(PRIOR.basis[0]) * 9
    assert estimate(growing, far).sd_kg > estimate(steady, far).sd_kg
    assert estimate(growing, clip(0).embeddings).sd_kg < estimate(steady, clip(0).embeddings).sd_kg
