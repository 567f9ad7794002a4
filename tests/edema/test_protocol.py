"""Splits: by participant, by day, and a dry weight that never sees a test day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.edema.participants import Participant, Session, dry_weight
from mitate.edema.protocol import Split, excess_targets, folds, guard, split_days, split_participants
from mitate.errors import InputError


def people(count: int) -> list[Participant]:
    return [Participant(f"p{i:03}", "F" if i % 3 else "M") for i in range(count)]


def sessions(days: int, person: str = "p000") -> list[Session]:
    return [
        Session(person, f"{day}{phase}", day, phase, 60 + day + (2.5 if phase == "pre" else 0))
        for day in range(days)
        for phase in ("post", "pre")
    ]


@given(st.integers(2, 60), st.floats(0.01, 0.99), st.integers(0, 99), st.booleans())
def test_split_is_a_partition_that_only_the_seed_decides(
    count: int, share: float, seed: int, by_sex: bool
) -> None:
    persons = people(count)
    split = split_participants(persons, test=share, seed=seed, by_sex=by_sex)
    assert sorted(split.train + split.test) == [p.participant_id for p in persons]
    assert split.train
    assert split.test
    assert split == split_participants(persons[::-1], test=share, seed=seed, by_sex=by_sex)


@given(st.integers(2, 60), st.integers(2, 10), st.integers(0, 99), st.booleans())
def test_each_is_tested_on_once(count: int, number: int, seed: int, by_sex: bool) -> None:
    if number > count:
        with pytest.raises(InputError):
            folds(people(count), number)
        return
    splits = folds(people(count), number, seed=seed, by_sex=by_sex)
    assert sorted(name for split in splits for name in split.test) == [
        p.participant_id for p in people(count)
    ]
    sizes = [len(split.test) for split in splits]
    assert max(sizes) - min(sizes) <= 1


def test_sexes_are_shared_out() -> None:
    persons = people(39)
    men = {p.participant_id for p in persons if p.sex == "M"}
    for split in folds(persons, 3, by_sex=True):
        assert abs(len(men & set(split.test)) - 13 / 3) < 1
    split = split_participants(persons, test=1 / 3, by_sex=True)
    assert abs(len(men & set(split.test)) - 13 / 3) < 1


def test_another_seed_another_split() -> None:
    assert split_participants(people(30), seed=1) != split_participants(people(30), seed=2)


def test_nobody_is_on_both_sides() -> None:
    guard(["a"], ["b"])
    with pytest.raises(InputError, match="both learned from and tested on: b"):
        guard(["a", "b"], ["b", "c"])
    with pytest.raises(InputError):
        Split(("a",), ("a",))
    with pytest.raises(InputError, match="twice"):
        folds([*people(2), *people(2)], 2)
    with pytest.raises(InputError):
        split_participants(people(1))


@given(st.integers(1, 6), st.integers(0, 8))
def test_first_days_train_and_later_test(days: int, first: int) -> None:
    split = split_days(sessions(days)[::-1], first)
    assert len(split.train) == 2 * min(days, first)
    assert len(split.train) + len(split.test) == 2 * days
    assert max((s.day for s in split.train), default=-1) < min((s.day for s in split.test), default=99)
    assert [s.phase for s in split.train[:2]] == ["pre", "post"][: len(split.train)]


def test_days_are_split_for_one_participant() -> None:
    with pytest.raises(InputError):
        split_days([*sessions(1), *sessions(1, "q")], 1)


def test_dry_weight_comes_from_training_days_only() -> None:
    own = sessions(3)  # post weights 60, 61, 62
    split = split_days(own, 2)
    person = Participant("p000")
    assert dry_weight(person, split.train) == 60.5
    assert excess_targets(person, split.test, split.train) == {"2pre": 4.0, "2post": 1.5}
    assert dry_weight(Participant("p000", dry_weight_kg=59), own) == 59
    assert dry_weight(person, [s for s in own if s.phase == "pre"]) == 62.5
    with pytest.raises(InputError, match="dry weight is not given"):
        dry_weight(person, sessions(2, "someone else"))
    with pytest.raises(InputError, match="someone else"):
        excess_targets(Participant("q"), own, own)


def test_unweighed_sessions_have_no_target() -> None:
    own = [*sessions(1), Session("p000", "x", 1, "pre")]
    assert "x" not in excess_targets(Participant("p000"), own, own)
