"""Folds never split a person, and every class is on both sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.diagnosis.folds import fewest_people, guard, inner_folds, outer_folds, people_a_class, splits
from mitate.errors import InputError


@given(
    people=st.lists(st.integers(2, 9), min_size=2, max_size=5),
    photos=st.integers(1, 4),
    folds=st.integers(2, 6),
    seed=st.integers(0, 3),
)
def test_a_person_stays_in_one_fold_and_every_class_is_outside_each(
    people: list[int], photos: int, folds: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    who = [(k, f"{k}/{p}") for k, many in enumerate(people) for p in range(many)]
    pairs = [one for one in who for _ in range(int(rng.integers(1, photos + 1)))]
    targets = np.array([k for k, _ in pairs])
    persons = np.array([p for _, p in pairs])
    fold = outer_folds(targets, persons, folds, seed)
    assert fold.max() + 1 == min(folds, *people)
    for person in np.unique(persons):
        assert len(np.unique(fold[persons == person])) == 1
    for train, test in splits(fold):
        guard(persons[train], persons[test])
        assert set(targets[train]) == set(range(len(people)))
        assert len(test) > 0
    assert people_a_class(targets, persons) == dict(enumerate(people))
    assert fewest_people(targets, persons) == min(people)


def test_classes_are_spread_evenly_where_each_person_has_one_photo() -> None:
    targets = np.repeat(np.arange(5), 40)
    fold = outer_folds(targets, np.arange(200), 5)
    assert (np.stack([np.bincount(targets[fold == place]) for place in range(5)]) == 8).all()


def test_a_seed_gives_the_same_folds_and_another_seed_others() -> None:
    targets, persons = np.repeat([0, 1], 20), np.arange(40)
    assert (outer_folds(targets, persons, seed=3) == outer_folds(targets, persons, seed=3)).all()
    assert (outer_folds(targets, persons, seed=3) != outer_folds(targets, persons, seed=4)).any()
    assert (outer_folds(targets, persons, seed=3) != inner_folds(targets, persons, seed=3)).any()


def test_splits_speak_of_the_rows_they_are_given() -> None:
    train, test = next(splits(np.array([0, 1, 0]), np.array([7, 8, 9])))
    assert train.tolist() == [8]
    assert test.tolist() == [7, 9]


def test_a_class_with_one_person_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="'noonan' has photos of 1 person"):
        outer_folds([0, 0, 1, 1], ["a", "b", "c", "c"], labels=("down", "noonan"))
    with pytest.raises(InputError, match="class 1"):
        outer_folds([0, 0, 1, 1], ["a", "b", "c", "c"])


def test_one_class_or_one_fold_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to tell apart"):
        outer_folds([0, 0], ["a", "b"])
    with pytest.raises(InputError, match="1 fold"):
        outer_folds([0, 0, 1, 1], list("abcd"), 1)


def test_a_person_of_two_classes_still_stays_together() -> None:
    fold = outer_folds([0, 1, 0, 1], ["a", "a", "b", "b"], 2)
    assert fold[0] == fold[1] != fold[2] == fold[3]


def test_the_guard_names_who_is_on_both_sides() -> None:
    guard(["a", "b"], ["c"])
    with pytest.raises(InputError, match="2 people are on both sides of the split, the first 'b'"):
        guard(["a", "b", "c"], ["c", "b", "d"])
