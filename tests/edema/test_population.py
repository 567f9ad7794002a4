"""A prior learned anew under a network that is kept; needs no torch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.crops import CropSession, CropStore, open_crops, write_shard
from mitate.edema.encoder import Encoder, file_sha256
from mitate.edema.evaluate import metric_value
from mitate.edema.personal import compare
from mitate.edema.population import (
    embedded_people,
    labelled_people,
    learn_prior,
    refuse_existing,
    renew_prior,
)
from mitate.edema.prior import Prior
from mitate.edema.sessions import PatientSessions, Phase, SessionEmbeddings
from mitate.edema.trial import trial
from mitate.errors import InputError


def brightening(root: Path, people: int, days: int, gain: float) -> CropStore:
    """Crops of 32 px whose lower left corner brightens by `gain` grey levels a kilogram."""
    rng = np.random.default_rng(8)
    crops: list[np.ndarray] = []
    rows: list[CropSession] = []
    for person in range(people):
        face = rng.uniform(60, 120, (32, 32, 3))
        for day in range(days):
            for phase, level in (("pre", 2.3), ("post", 0.2)):
                excess = level + float(rng.normal(0, 0.3))
                for _ in range(2):
                    picture = face + rng.normal(0, 4, face.shape)
                    picture[16:, :16] += gain * excess
                    crops.append(picture.clip(0, 255).astype(np.uint8))
                name = f"d{day}-{phase}"
                rows.append(
                    CropSession(f"q{person}", name, day, phase, excess, None, "F", 70, len(crops) - 2, 2)
                )
    write_shard(root, "all", np.stack(crops), rows, "our clinic")
    return open_crops(root)


def test_the_renewed_prior_knows_the_new_people(tiny_encoder: Encoder, tmp_path: Path) -> None:
    store = brightening(tmp_path / "crops", 16, 4, gain=12.0)
    made = renew_prior(tiny_encoder, store, tmp_path / "renewed")
    assert made.sha256 == tiny_encoder.sha256
    assert made.prior.n_participants == 16
    assert made.card["prior"] == {
        "trained_on": "our clinic",
        "participants": 16,
        "sessions": 128,
        "days": 4,
    }
    patient = embedded_people(store, ["q0"], made.embed, made.crop_size, lambda *_: None)[0].sessions
    change = compare(made.prior, patient[1].embeddings, patient[0].embeddings)
    truth = (patient[0].excess_kg or 0.0) - (patient[1].excess_kg or 0.0)
    assert change.change_kg == pytest.approx(truth, abs=0.4)
    # the population that the old prior knew moves in another direction
    old = compare(tiny_encoder.prior, patient[1].embeddings, patient[0].embeddings)
    assert abs(change.change_kg - truth) < abs(old.change_kg - truth)


def test_the_card_says_how_it_does_and_its_checksums_hold(tiny_encoder: Encoder, tmp_path: Path) -> None:
    store = brightening(tmp_path / "crops", 14, 3, gain=12.0)
    made = renew_prior(tiny_encoder, store, tmp_path / "renewed")
    card = json.loads((made.root / "card.json").read_text(encoding="utf-8"))
    accuracy = {row["name"]: row["value"] for row in card["held_out_by_labelled_days"]}
    assert accuracy["presence accuracy, session, 1 labelled days"] > 90
    assert card["sha256"] == {name: file_sha256(made.root / name) for name in card["sha256"]}


def test_too_few_people_leave_nothing_behind(tiny_encoder: Encoder, tmp_path: Path) -> None:
    store = brightening(tmp_path / "crops", 1, 2, gain=12.0)
    with pytest.raises(InputError, match="participants"):
        renew_prior(tiny_encoder, store, tmp_path / "renewed")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crops"]


def test_only_people_with_two_weighed_sessions_count(tmp_path: Path) -> None:
    crops = np.zeros((3, 32, 32, 3), np.uint8)
    rows = [
        CropSession("a", "s0", 0, "pre", 1.0, None, None, None, 0, 1),
        CropSession("a", "s1", 0, "post", 0.0, None, None, None, 1, 1),
        CropSession("b", "s0", 0, "pre", None, None, None, None, 2, 1),
    ]
    write_shard(tmp_path / "crops", "all", crops, rows, "our clinic")
    assert labelled_people(open_crops(tmp_path / "crops")) == ["a"]


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    refuse_existing(tmp_path / "used")
    (tmp_path / "used" / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="already exists"):
        refuse_existing(tmp_path / "used")


def drifting(people: int, days: int, drift: float) -> list[PatientSessions]:
    """Embeddings that show fluid, and excess that also holds a weight that drifts from day to day."""
    rng = np.random.default_rng(12)
    direction = rng.normal(0, 1, 12)
    found = []
    for person in range(people):
        face, weight = rng.normal(0, 5, 12), 0.0
        sessions = []
        for day in range(days):
            weight += rng.normal(0, drift)
            phases: tuple[tuple[Phase, float], ...] = (("pre", 2.3), ("post", 0.2))
            for phase, level in phases:
                fluid = level + rng.normal(0, 0.3)
                rows = face + fluid * direction + rng.normal(0, 0.3, (4, 12)) + rng.normal(0, 0.2, 12)
                sessions.append(SessionEmbeddings(rows.astype(np.float32), fluid + weight, phase, day))
        found.append(PatientSessions(f"d{person}", tuple(sessions)))
    return found


def _coverage(prior: Prior, people: list[PatientSessions]) -> float:
    return metric_value(trial(prior, people, 3), "coverage of the 90 % interval")


def test_what_drifts_between_days_is_found_and_widens_intervals() -> None:
    people = drifting(44, 7, drift=0.3)
    prior, rows = learn_prior(people[:24], "made up", 32, "", lambda *_: None)
    assert prior.drift_kg == pytest.approx(0.3, abs=0.1)
    assert _coverage(replace(prior, drift_kg=0.0), people[24:]) < 82
    assert _coverage(prior, people[24:]) == pytest.approx(90, abs=7)
    assert {row["name"] for row in rows} >= {"coverage of the 90 % interval, session, 5 labelled days"}


def test_nothing_is_added_where_nothing_drifts() -> None:
    prior, _ = learn_prior(drifting(16, 5, drift=0.0), "made up", 32, "", lambda *_: None)
    assert prior.drift_kg < 0.06
