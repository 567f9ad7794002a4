"""Nested cross-validation: each face by a fit that had not seen the person."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.linear import LinearSvm
from mitate.diagnosis.method import Kind, Run
from mitate.diagnosis.nested import Truth, calibrated, evaluate
from mitate.errors import InputError

LABELS = ("a", "b", "c")


def made(people: int = 12, far: float = 1.5) -> tuple[Truth, NDArray[np.float32]]:
    """Two photos a person, around a centre a class."""
    rng = np.random.default_rng(0)
    targets = np.repeat(np.arange(3), 2 * people)
    centres = far * rng.standard_normal((3, 30))
    rows = centres[targets] + rng.standard_normal((len(targets), 30))
    persons = np.array([f"p{row // 2}" for row in range(len(targets))])
    return Truth(LABELS, targets, persons), rows.astype(np.float32)


def machine(truth: Truth, rows: NDArray[np.float32], kind: Kind = "transfer") -> LinearSvm:
    return LinearSvm("svm", kind, "what", {"rows": rows}, truth.targets, truth.persons, 3, folds=3)


class Memory:
    """Knows the training rows by heart and tells their number; sees who is in training and in test."""

    name = "memory"
    kind: Kind = "leak"
    what = "remembers"

    def __init__(self, truth: Truth) -> None:
        self.truth = truth

    def run(self, train: NDArray[np.int64], test: NDArray[np.int64], *, inner: bool = False) -> Run:
        assert not set(self.truth.persons[train]) & set(self.truth.persons[test])
        scores = np.zeros((len(test), 3))
        scores[:, 2] = len(train)
        return Run(scores, chosen={"m": float(len(train))})


def test_every_row_is_tested_once_with_its_person_left_out() -> None:
    truth, rows = made()
    found = evaluate(machine(truth, rows), truth, folds=4)
    assert found.labels == LABELS
    assert found.scores.shape == (72, 3)
    assert np.isfinite(found.scores).all()
    assert len(found.chosen) == 4
    for person in np.unique(truth.persons):
        assert len(np.unique(found.fold[truth.persons == person])) == 1
    assert found.right.mean() > 0.9


def test_probabilities_and_p_values_come_with_transfers_only_unless_asked() -> None:
    truth, rows = made()
    transfer = evaluate(machine(truth, rows), truth, folds=3)
    assert transfer.probabilities is not None
    assert transfer.p_values is not None
    np.testing.assert_allclose(transfer.probabilities.sum(axis=1), 1)
    assert ((transfer.p_values > 0) & (transfer.p_values <= 1)).all()
    row = evaluate(machine(truth, rows, "traditional"), truth, folds=3)
    assert row.probabilities is None
    assert row.p_values is None
    np.testing.assert_allclose(row.scores, transfer.scores)
    assert evaluate(machine(truth, rows, "leak"), truth, folds=3, inner=True).probabilities is not None


def test_labels_shuffled_over_people_are_told_at_chance() -> None:
    truth, rows = made(people=20)
    order = np.random.default_rng(1).permutation(60)
    shuffled = Truth(LABELS, truth.targets[::2][order].repeat(2), truth.persons)
    found = evaluate(machine(shuffled, rows), shuffled, folds=3, inner=False)
    assert abs(float(found.right.mean()) - 1 / 3) < 0.2


def test_repeats_go_over_the_faces_again_by_other_splits() -> None:
    truth, _ = made()
    found = evaluate(Memory(truth), truth, folds=3, repeats=2)
    assert found.scores.shape == (144, 3)
    assert (found.targets[:72] == found.targets[72:]).all()
    assert (found.persons[:72] == found.persons[72:]).all()
    assert set(found.fold[:72]) == {0, 1, 2}
    assert set(found.fold[72:]) == {3, 4, 5}
    assert (found.fold[:72] != found.fold[72:] - 3).any()
    assert len(found.chosen) == 6
    assert (found.told == 2).all()


def test_progress_counts_folds() -> None:
    truth, _ = made()
    told: list[tuple[str, int, int]] = []
    evaluate(Memory(truth), truth, folds=3, progress=lambda *one: told.append(one))
    assert told == [("memory", done, 3) for done in range(4)]


def test_what_cannot_be_evaluated_is_refused() -> None:
    truth, _ = made(people=1)
    with pytest.raises(InputError, match="'a' has photos of 1 person"):
        evaluate(Memory(truth), truth)
    truth, _ = made()
    with pytest.raises(InputError, match="0 repeats"):
        evaluate(Memory(truth), truth, repeats=0)
    with pytest.raises(InputError, match="inner scores"):
        evaluate(Memory(truth), truth, inner=True)


def test_the_same_steps_calibrate_a_final_model() -> None:
    truth, rows = made(people=24, far=0.4)
    everyone = np.arange(len(rows))
    _, inner = machine(truth, rows).choose(everyone)
    calibration, conformal = calibrated(
        Run(inner, inner_scores=inner), truth.targets[everyone], truth.persons[everyone]
    )
    probabilities = calibration.probabilities(inner)
    sets = conformal.sets(conformal.p_values(probabilities, None))
    assert sets[everyone, truth.targets].mean() == pytest.approx(0.9, abs=0.06)
