from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.edema.cohort import Cohort, Participant, Session, read_cohort, write_cohort
from mitate.edema.crops import CropSession, CropStore, open_crops, resized, write_shard
from mitate.edema.encoder import load_encoder
from mitate.edema.population import labelled_people
from mitate.edema.pretrain import make_encoder, pretrain_cohort, split_people
from mitate.edema.sessions import Phase
from mitate.errors import InputError
from mitate.weights import own_models, verify_own

pytest.importorskip("torch", reason="training needs torch")

from mitate.learn.pretrain_settings import PretrainSettings

PHASES: tuple[Phase, ...] = ("pre", "post")
SETTINGS = PretrainSettings(size=32, dim=6, epochs=1, people=4, low_precision=False)


@pytest.fixture
def store(tmp_path: Path) -> CropStore:
    """Eight people with two days: crops of noise that are brighter where there is more fluid."""
    rng = np.random.default_rng(1)
    crops: list[NDArray[np.uint8]] = []
    sessions: list[CropSession] = []
    for who in range(8):
        for day, phase, excess in ((0, "pre", 2.0), (0, "post", 0.0), (1, "pre", 3.0), (1, "post", None)):
            level = 80 + 20 * (excess or 0) + 5 * who
            crops.append(rng.normal(level, 20, (2, 40, 40, 3)).clip(0, 255).astype(np.uint8))
            sessions.append(
                CropSession(
                    f"p{who}", f"{day}{phase}", day, phase, excess, None, None, None, 2 * len(sessions), 2
                )
            )
    write_shard(tmp_path / "crops", "all", np.concatenate(crops), sessions, "a clinic")
    return open_crops(tmp_path / "crops")


@given(count=st.integers(6, 400), seed=st.integers(0, 5))
def test_people_are_on_one_side_each(count: int, seed: int) -> None:
    people = [f"p{i}" for i in range(count)]
    train, prior = split_people(people, seed)
    assert sorted(train + prior) == sorted(people)
    assert len(prior) >= max(2, round(0.15 * count))
    assert len(train) >= 2 * count // 3
    assert count < 36 or len(prior) >= 12
    assert (train, prior) == split_people(people, seed)


def test_too_few_people() -> None:
    with pytest.raises(InputError, match="at least 6 participants"):
        split_people(["a", "b"], 0)


def test_people_with_one_weighed_session_are_not_counted(store: CropStore) -> None:
    assert labelled_people(store) == [f"p{i}" for i in range(8)]
    rows = tuple(replace(s, excess_kg=None) if s.phase == "pre" else s for s in store.sessions)
    assert labelled_people(replace(store, sessions=rows)) == []


def test_crops_are_made_smaller_by_their_mean() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype(np.uint8)
    expected = crops.reshape(2, 4, 2, 4, 2, 3).mean(axis=(2, 4))
    assert np.abs(resized(crops, 4) - expected).max() <= 0.5
    assert resized(crops, 8) is crops


def test_an_encoder_is_made_whole_and_says_what_it_is(store: CropStore, tmp_path: Path) -> None:
    seen: list[str] = []
    encoder = make_encoder(
        store, tmp_path / "made" / "encoder", SETTINGS, progress=lambda what, *rest: seen.append(what)
    )
    assert list(dict.fromkeys(seen)) == [
        "loading crops",
        "training the network",
        "embedding people whom it has not seen",
        "learning the prior",
    ]
    assert encoder.embed(np.zeros((2, 32, 32, 3), np.uint8)).shape == (2, 6)
    card = encoder.card
    assert (card["trained_on"], encoder.prior.trained_on) == ("a clinic", "a clinic")
    assert (card["crop_size"], card["dim"], card["sessions"], card["crops"]) == (32, 6, 32, 64)
    people = card["participants"]
    assert (people["network"] + people["watched"], people["prior"]) == (6, 2)
    assert "few" in card["limits"][-1]
    assert "simulated" not in " ".join(card["limits"])
    assert card["parity"] < 1e-3
    (model,) = own_models(tmp_path / "made")
    assert set(card["sha256"]) == {"encoder.onnx", "prior.json"}
    assert verify_own(model).state == "ok"
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == ["encoder"]
    assert load_encoder(encoder.root).sha256 == encoder.sha256


def test_other_people_may_teach_the_prior(store: CropStore, tmp_path: Path) -> None:
    learners, others = store.only(store.participants[:5]), store.only(store.participants[5:])
    kept = tmp_path / "kept.pt"
    encoder = make_encoder(learners, tmp_path / "out", SETTINGS, others=others, keep=kept)
    later = make_encoder(learners, tmp_path / "later", SETTINGS, others=others, start=kept)
    anew = make_encoder(learners, tmp_path / "anew", SETTINGS, others=others)
    assert encoder.sha256 == anew.sha256 != later.sha256
    people = encoder.card["participants"]
    assert people["network"] + people["watched"] == 5
    assert people["prior"] == 3
    with pytest.raises(InputError, match="both learned from and tested on"):
        make_encoder(learners, tmp_path / "again", SETTINGS, others=store)
    assert not (tmp_path / "again").exists()


def test_photographs_join_those_who_train_and_are_named(store: CropStore, tmp_path: Path) -> None:
    learners, others = store.only(store.participants[:3]), store.only(store.participants[5:])
    photographs = store.only(store.participants[3:5])
    encoder = make_encoder(learners, tmp_path / "out", SETTINGS, others=others, photographs=photographs)
    assert encoder.card["participants"]["network"] + encoder.card["participants"]["watched"] == 5
    assert encoder.card["photographs"] == {"of": "a clinic", "participants": 2, "crops": 16}
    with pytest.raises(InputError, match="both learned from and tested on"):
        make_encoder(learners, tmp_path / "again", SETTINGS, others=others, photographs=others)


def test_interrupted_it_goes_on_and_nothing_half_made_is_seen(store: CropStore, tmp_path: Path) -> None:
    out = tmp_path / "encoder"

    def stop(what: str, done: float, total: float, detail: str) -> None:
        if what == "learning the prior":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_encoder(store, out, SETTINGS, progress=stop)
    assert not out.exists()
    assert not list(tmp_path.glob(".*"))
    seen: set[str] = set()
    make_encoder(store, out, SETTINGS, progress=lambda what, *rest: seen.add(what))
    assert "training the network" not in seen
    assert not (tmp_path / "encoder.work").exists()


def test_another_training_in_the_same_place_is_refused(store: CropStore, tmp_path: Path) -> None:
    out = tmp_path / "encoder"

    def stop(what: str, done: float, total: float, detail: str) -> None:
        if what.startswith("embedding"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_encoder(store, out, SETTINGS, progress=stop)
    with pytest.raises(InputError, match="other settings"):
        make_encoder(store, out, replace(SETTINGS, seed=3))


def test_nothing_is_written_over(store: CropStore, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "card.json").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="already exists"):
        make_encoder(store, tmp_path / "kept", SETTINGS)
    assert (tmp_path / "kept" / "card.json").read_text(encoding="utf-8") == "mine"


@pytest.fixture
def clinic(portrait_cohort: Path, tmp_path: Path) -> Path:
    """Seven participants with a pre and a post film each, all of real faces."""
    root = tmp_path / "clinic"
    (root / "videos").mkdir(parents=True)
    people, sessions = [], []
    for who in range(7):
        name, source = f"p{who}", "ab"[who % 2]
        people.append(Participant(name, "F", 60, 60.0))
        for phase in PHASES:
            place = f"videos/{name}{phase}.mp4"
            shutil.copy(portrait_cohort / f"videos/{source}0{phase}.mp4", root / place)
            sessions.append(Session(name, phase, 0, phase, 62.0 if phase == "pre" else 60.0, None, place))
    write_cohort(root, Cohort("clinic", tuple(people), tuple(sessions)))
    return root


def test_a_cohort_of_films_becomes_an_encoder(
    clinic: Path, tmp_path: Path, networks: object, mitate: Callable[..., tuple[int, str, str]]
) -> None:
    out = tmp_path / "encoder"
    (clinic / "videos/p0pre.mp4").write_bytes(b"no film")
    encoder, left_out = pretrain_cohort(read_cohort(clinic), out, SETTINGS, frames=2, crops=tmp_path / "kept")
    assert encoder.trained_on == "clinic"
    assert [(lost.session_id, lost.reason) for lost in left_out] == [("pre", "unreadable")]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clinic", "encoder", "kept"]
    code, told, _ = mitate(
        "edema", "personalise", clinic, "--participant", "p2", "--out", tmp_path / "p2.json", "--encoder", out
    )
    assert code == 0
    assert "trained on: clinic" in told


def test_too_small_a_cohort_is_refused_before_any_film_is_read(portrait_cohort: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 6 participants"):
        pretrain_cohort(read_cohort(portrait_cohort), tmp_path / "encoder", SETTINGS)
    assert not list(tmp_path.iterdir())
