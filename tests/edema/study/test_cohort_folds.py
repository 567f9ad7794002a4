"""The protocol on a cohort's tables, with a small fake of an encoder; and its labels poisoned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.cohort import read_cohort, write_cohort
from mitate.edema.crops import CropSession, CropStore, open_crops, write_shard
from mitate.edema.evaluate import Predictions
from mitate.edema.participants import Cohort, Participant, Session
from mitate.edema.population import embedded_people
from mitate.edema.prior import Prior, fit_prior
from mitate.edema.protocol import Split, excess_targets, folds
from mitate.edema.sessions import Phase
from mitate.edema.study.bayes import BayesianHead
from mitate.edema.study.calibrated import calibrate
from mitate.edema.study.cohort_folds import FEWEST_PEOPLE, cohort_splits, make_folds, study_cohort
from mitate.edema.study.course import split_course
from mitate.edema.study.courses import courses_of_cohort, courses_of_store
from mitate.edema.study.method import Method
from mitate.edema.study.run import Progress, Row
from mitate.edema.study.simple import patient_mean
from mitate.errors import InputError

PEOPLE, DAYS, FRAMES, SIDE = 8, 3, 2, 8
PHASES: tuple[Phase, ...] = ("pre", "post")
_LEARNED: list[tuple[str, ...]] = []


class Projection:
    """Two random projections of a crop: an encoder that has learned nothing."""

    key = "two random projections"

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        matrix = np.random.default_rng(4).normal(0, 1, (3 * SIDE * SIDE, 2))
        return (crops.reshape(len(crops), -1) @ matrix / 100).astype(np.float32)


@dataclass(frozen=True)
class Fake:
    """A learner without torch: a prior on random projections, and the patient's mean."""

    strength: float = 1.0

    def methods(self, people: CropStore, folder: Path, progress: Progress) -> Sequence[Method]:
        path = folder / "prior.json"
        if not path.exists():
            _LEARNED.append(people.participants)
            patients = embedded_people(people, people.participants, Projection(), SIDE, progress)
            fit_prior(patients, dim=2, references=1).save(path)
        mean = calibrate(patient_mean(people), courses_of_store(people), (0, 1, 2))
        return [BayesianHead(Projection(), Prior.load(path), name="projected"), mean]


def _tables() -> Cohort:
    """Eight people of three days; a dry weight is given for every other one."""
    rng = np.random.default_rng(2)
    people, sessions = [], []
    for i in range(PEOPLE):
        dry = 50.0 + 3 * i
        name = f"p{i}"
        people.append(Participant(name, "FM"[i % 2], 60.0 + i, dry if i % 2 else None))
        for day in range(DAYS):
            for phase, level in zip(PHASES, (2.2, 0.2), strict=True):
                weight = round(dry + level + rng.normal(0, 0.4), 1)
                sessions.append(Session(name, f"{day}-{phase}", day, phase, weight))
    return Cohort("made up", tuple(people), tuple(sessions))


def _pictures(cohort: Cohort) -> dict[tuple[str, str], NDArray[np.uint8]]:
    """Crops that grow brighter in a pattern with the weight; made once, of the true weights."""
    rng = np.random.default_rng(3)
    pattern = rng.normal(0, 6, (SIDE, SIDE, 3))
    pictures = {}
    for person in cohort.participants:
        face = rng.normal(120, 25, (SIDE, SIDE, 3))
        own = cohort.sessions_of(person.participant_id)
        for session, excess in zip(own, excess_targets(person, own, own).values(), strict=True):
            frames = face + excess * pattern + rng.normal(0, 4, (FRAMES, SIDE, SIDE, 3))
            pictures[person.participant_id, session.session_id] = frames.clip(0, 255).astype(np.uint8)
    return pictures


CLEAN = _tables()
PICTURES = _pictures(CLEAN)


def _on_disk(cohort: Cohort, root: Path) -> tuple[Cohort, CropStore]:
    """The cohort as read from its tables, and crops labelled by them just as `cohort_crops` labels them."""
    write_cohort(root / "tables", cohort)
    read = read_cohort(root / "tables")
    rows: list[CropSession] = []
    for person in read.participants:
        own = read.sessions_of(person.participant_id)
        for s in own:
            excess = excess_targets(person, own, own)[s.session_id]
            first = FRAMES * len(rows)
            rows.append(
                CropSession(
                    s.participant_id, s.session_id, s.day, s.phase, excess, None, None, None, first, FRAMES
                )
            )
    crops = np.concatenate([PICTURES[row.participant_id, row.session_id] for row in rows])
    write_shard(root / "crops", "all", crops, rows, read.name)
    return read, open_crops(root / "crops")


def _studied(cohort: Cohort, root: Path, days: Sequence[int] = (0, 1, 2)) -> list[Row]:
    return study_cohort(*_on_disk(cohort, root), Fake(), root / "out", count=2, days=days)


def _splits() -> list[Split]:
    return folds(CLEAN.participants, 2, by_sex=True)


def _changed(cohort: Cohort, change: Callable[[Session], Session]) -> Cohort:
    return replace(cohort, sessions=tuple(map(change, cohort.sessions)))


def _poisoned(people: Sequence[str], days: int) -> Cohort:
    """Wild weights (wilder ones are refused as mistakes) and exchanged phases on these people's test days."""
    rng = np.random.default_rng(days)
    other: dict[Phase, Phase] = {"pre": "post", "post": "pre"}

    def poison(session: Session) -> Session:
        weight = round((session.weight_kg or 0) + float(rng.choice([-1, 1]) * rng.uniform(4, 22)), 1)
        if session.participant_id not in people:
            return session
        if session.day >= max(1, days):
            return replace(session, weight_kg=weight, phase=other[session.phase])
        if days == 0 and session.phase == "pre":  # neither lesson nor exam
            return replace(session, weight_kg=weight)
        return session

    return _changed(CLEAN, poison)


def _said(row: Row, people: Sequence[str], exchanged: bool) -> list[NDArray[np.float64]]:
    """Every number that the row said of these people, in the order of the clean tables."""
    found = []
    for part, size in ((row.session, 1), (row.frame, FRAMES)):
        mine = np.flatnonzero(np.isin(part.participant, people))
        pairs = mine.reshape(-1, 2, size)
        order = (pairs[:, ::-1] if exchanged else pairs).ravel()
        names = ("excess_kg", "probability", "low_kg", "high_kg")
        found += [getattr(part, name)[order] for name in names]
        if size == 1:
            found.append(row.doubt[order])
    return found


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    root = tmp_path_factory.mktemp("clean")
    return root, _studied(CLEAN, root)


def test_everybody_is_tested_once_and_by_others(clean: tuple[Path, list[Row]]) -> None:
    _, rows = clean
    assert {(row.method, row.days) for row in rows} == {
        (name, k) for name in ("projected", "patient's own mean") for k in (0, 1, 2)
    }
    for row in rows:
        names, counts = np.unique(row.session.participant, return_counts=True)
        assert names.tolist() == [f"p{i}" for i in range(PEOPLE)]
        assert set(counts) == {2 * (DAYS - max(1, row.days))}
    for split in _splits():
        assert not set(split.train) & set(split.test)


def test_the_fake_sees_something(clean: tuple[Path, list[Row]]) -> None:
    error = {
        (row.method, row.days): np.abs(row.session.excess_kg - row.session.truth_kg).mean()
        for row in clean[1]
    }
    assert error["projected", 2] < 0.8 * error["patient's own mean", 2]


@pytest.mark.parametrize(("fold", "days"), [(0, 0), (1, 1), (0, 2)])
def test_not_one_bit_depends_on_what_is_known_of_a_test_day(
    fold: int, days: int, clean: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    root, clean_rows = clean
    tested = _splits()[fold].test
    cohort = _poisoned(tested, days)
    rows = _studied(cohort, tmp_path, (days,))
    before = [row for row in clean_rows if row.days == days]
    assert len(rows) == len(before) == 2
    for row, old in zip(rows, before, strict=True):
        assert np.abs(_truth(row, tested) - _truth(old, tested)).max() > 4  # the poison is in
        for new, was in zip(_said(row, tested, True), _said(old, tested, False), strict=True):
            np.testing.assert_array_equal(new, was)
    (kept,) = (root / "out" / "folds").glob(f"{fold + 1}-*")
    (again,) = (tmp_path / "out" / "folds").glob(f"{fold + 1}-*")
    assert (again.name, _files(again)) == (kept.name, _files(kept))
    for name in tested:
        assert _dry(cohort, tmp_path, name, days) == _dry(CLEAN, root, name, days)


def _truth(row: Row, people: Sequence[str]) -> NDArray[np.float64]:
    mine: Predictions = row.session
    return mine.truth_kg[np.isin(mine.participant, people)]


def _dry(cohort: Cohort, root: Path, name: str, days: int) -> float:
    courses = courses_of_cohort(cohort, open_crops(root / "crops"))
    (course,) = (c for c in courses if c.participant.participant_id == name)
    split = split_course(course, days)
    assert split is not None
    return split.dry_weight_kg


def test_a_training_day_counts(clean: tuple[Path, list[Row]], tmp_path: Path) -> None:
    """The control: what may be learned from is learned from, so that the poison would have been seen."""
    tested = _splits()[0].test

    def heavier(session: Session) -> Session:
        mine = session.participant_id in tested and (session.day, session.phase) == (0, "pre")
        return replace(session, weight_kg=(session.weight_kg or 0) + 1.5) if mine else session

    rows = {(row.method, row.days): row for row in _studied(_changed(CLEAN, heavier), tmp_path, (0, 1))}
    for old in clean[1]:
        if old.days == 2:
            continue
        new = rows[old.method, old.days]
        same = [
            np.array_equal(a, b)
            for a, b in zip(_said(new, tested, False), _said(old, tested, False), strict=True)
        ]
        assert all(same) if old.days == 0 else not same[0]  # on no labelled day it is neither lesson nor exam


def test_the_people_of_other_folds_count(clean: tuple[Path, list[Row]], tmp_path: Path) -> None:
    splits = _splits()
    _studied(_poisoned(splits[1].test, 1), tmp_path, (1,))
    (kept,) = (clean[0] / "out" / "folds").glob("1-*")
    (again,) = (tmp_path / "out" / "folds").glob("1-*")
    assert again.name != kept.name
    assert _files(again) != _files(kept)


def test_what_was_learned_is_kept_and_other_settings_learn_anew(
    clean: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    store = open_crops(clean[0] / "crops")
    _LEARNED.clear()
    told: list[str] = []
    first = make_folds(
        store, _splits(), Fake(), tmp_path, progress=lambda what, done, total, word: told.append(what)
    )
    assert len(_LEARNED) == 2
    assert told[0] == "fold 1 of 2: embedding people whom it has not seen"
    assert [fold.folder for fold in make_folds(store, _splits(), Fake(), tmp_path)] == [
        fold.folder for fold in first
    ]
    assert len(_LEARNED) == 2
    make_folds(store, _splits(), Fake(strength=2.0), tmp_path)
    assert len(_LEARNED) == 4
    assert _LEARNED[0] == _splits()[0].train


def test_too_small_a_cohort_is_refused_before_anything_is_learned(tmp_path: Path) -> None:
    few = {f"p{i}" for i in range(FEWEST_PEOPLE - 1)}
    cohort = replace(
        CLEAN,
        participants=tuple(p for p in CLEAN.participants if p.participant_id in few),
        sessions=tuple(s for s in CLEAN.sessions if s.participant_id in few),
    )
    with pytest.raises(InputError, match=f"at least {FEWEST_PEOPLE} participants.*found 7"):
        _studied(cohort, tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_cohort_of_one_day_cannot_be_tested(tmp_path: Path) -> None:
    cohort = replace(CLEAN, sessions=tuple(s for s in CLEAN.sessions if s.day == 0))
    with pytest.raises(InputError, match="nobody has a weighed session on a day after his first"):
        _studied(cohort, tmp_path)


def test_there_are_never_more_folds_than_people(tmp_path: Path) -> None:
    cohort, store = _on_disk(CLEAN, tmp_path)
    splits = cohort_splits(cohort, store, courses_of_cohort(cohort, store), count=40)
    assert len(splits) == PEOPLE
