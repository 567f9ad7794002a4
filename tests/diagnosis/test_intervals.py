"""Intervals over people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.stats import binomtest

from mitate.diagnosis.intervals import (
    Estimate,
    balanced_over_persons,
    difference,
    drawn_again,
    exact,
    over_persons,
)
from mitate.diagnosis.method import Evaluation
from mitate.errors import InputError


def evaluation(right: ArrayLike, targets: ArrayLike, persons: ArrayLike, name: str = "one") -> Evaluation:
    """Answers that are right where asked for, and the next class elsewhere."""
    places, truths = np.asarray(targets, np.int64), np.asarray(right, np.bool_)
    classes = int(places.max()) + 1
    told = np.where(truths, places, (places + 1) % classes)
    return Evaluation(
        method=name,
        kind="transfer",
        what="what",
        labels=tuple("abcdefgh"[:classes]),
        targets=places,
        persons=np.asarray(persons, np.str_),
        fold=np.zeros(len(places), np.int64),
        scores=np.eye(classes)[told],
        probabilities=None,
        p_values=None,
        chosen=(),
        seconds=0.0,
    )


@given(people=st.lists(st.integers(1, 5), min_size=1, max_size=20), seed=st.integers(0, 5))
def test_all_rows_of_a_person_are_drawn_together_and_as_many_people_as_there_are(
    people: list[int], seed: int
) -> None:
    persons = np.repeat(np.arange(len(people)), people)
    strata = persons % 2
    drawn = drawn_again(persons, strata=strata, draws=50, seed=seed)
    first = np.unique(persons, return_index=True)[1]
    np.testing.assert_array_equal(drawn, drawn[:, first][:, persons])
    for one in np.unique(strata):
        inside = first[strata[first] == one]
        assert (drawn[:, inside].sum(axis=1) == len(inside)).all()
    assert (drawn_again(persons, draws=3, seed=1)[:, first].sum(axis=1) == len(people)).all()


def test_with_one_photo_a_person_it_is_the_binomial_interval() -> None:
    right = np.arange(400) % 10 < 8
    low, high = over_persons(right, np.arange(400), draws=4000)
    near = binomtest(320, 400).proportion_ci(method="wilson")
    assert low == pytest.approx(near.low, abs=0.01)
    assert high == pytest.approx(near.high, abs=0.01)


def test_photos_of_one_person_are_worth_one_person() -> None:
    right = np.arange(40) % 2 == 0
    low, high = over_persons(right, np.arange(40))
    many = over_persons(np.repeat(right, 10), np.repeat(np.arange(40), 10))
    assert many == pytest.approx((low, high), abs=1e-6)
    lone = over_persons(np.repeat(right, 10), np.arange(400))
    assert lone[1] - lone[0] < 0.5 * (high - low)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    held = []
    for seed in range(150):
        right = rng.random(80) < 0.8
        low, high = over_persons(right, np.arange(80), draws=400, seed=seed)
        held.append(low <= 0.8 <= high)
    assert np.mean(held) > 0.88


def test_everybody_right_is_not_certainty() -> None:
    low, high = over_persons(np.ones(40, bool), np.repeat(np.arange(20), 2))
    assert (low, high) == pytest.approx((binomtest(20, 20).proportion_ci().low, 1.0))
    low, high = over_persons(np.zeros(20), np.arange(20))
    assert (low, high) == pytest.approx((0.0, binomtest(0, 20).proportion_ci().high))
    assert exact(1.0, 20)[0] == pytest.approx(0.8316, abs=1e-4)


def test_balanced_accuracy_counts_classes_alike() -> None:
    targets = np.repeat([0, 1], [90, 10])
    one = evaluation(targets == 0, targets, np.arange(100))
    value, low, high = balanced_over_persons(one)
    assert (value, low, high) == pytest.approx((0.5, 0.5, 0.5))
    value, low, high = balanced_over_persons(evaluation(np.ones(100), targets, np.arange(100)))
    assert value == 1.0
    # As sure as with two classes of 18, not as with a hundred people.
    assert (low, high) == pytest.approx(exact(1.0, 36))


def test_the_difference_is_that_of_the_same_people() -> None:
    rng = np.random.default_rng(0)
    targets, persons = np.tile([0, 1], 100), np.arange(200)
    worse = rng.random(200) < 0.7
    better = worse | (rng.random(200) < 0.2)
    a, b = evaluation(better, targets, persons, "a"), evaluation(worse, targets, persons, "b")
    mean, low, high = difference(a, b)
    assert mean == pytest.approx(better.mean() - worse.mean())
    assert 0 < low < mean < high
    # Far narrower than if the two had been tested on different people.
    alone = over_persons(better, persons)
    assert high - low < alone[1] - alone[0]
    assert difference(b, a) == pytest.approx((-mean, -high, -low))


def test_no_difference_among_few_people_is_not_proven_equal() -> None:
    targets, persons = np.tile([0, 1], 10), np.arange(20)
    one = evaluation(np.ones(20), targets, persons)
    none = evaluation(np.zeros(20), targets, persons)
    mean, low, high = difference(one, one)
    assert (mean, low, high) == pytest.approx((0.0, -0.1684, 0.1684), abs=1e-4)
    assert difference(one, none) == pytest.approx((1.0, 0.8316, 1.0), abs=1e-4)
    assert difference(none, one) == pytest.approx((-1.0, -1.0, -0.8316), abs=1e-4)


def test_other_photos_cannot_be_compared() -> None:
    one = evaluation([1, 1], [0, 1], ["a", "b"])
    with pytest.raises(InputError, match="different photos"):
        difference(one, evaluation([1, 1], [0, 1], ["a", "c"]))
    with pytest.raises(InputError, match="different photos"):
        difference(one, evaluation([1, 1, 1], [0, 1, 1], ["a", "b", "c"]))
    with pytest.raises(InputError, match="one value and one person"):
        over_persons([], [])
    with pytest.raises(InputError, match="one value and one person"):
        over_persons([1.0], ["a", "b"])


def test_an_estimate_is_written_as_it_is() -> None:
    told = Estimate(0.5, 0.4, 0.6, 10).as_dict()
    assert told == {"value": 0.5, "low": 0.4, "high": 0.6, "people": 10}
