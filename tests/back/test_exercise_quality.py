"""Correct repetitions are told from incorrect ones of people left out, and only where they differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.back.exercise_quality import (
    FEATURES,
    GIRDLES,
    HipPath,
    area,
    described,
    leave_people_out,
    model,
    separation,
)
from mitate.errors import InputError

Array = NDArray[np.float64]


def path(
    *, range_m: float = 0.4, lasts: float = 2.5, aside: float = 0.0, leg: float = 0.8, seed: int = 0
) -> HipPath:
    """A squat whose hips go `aside` metres to the side half-way."""
    rng = np.random.default_rng(seed)
    times = np.arange(0, lasts, 1 / 30)
    share = 0.5 - 0.5 * np.cos(2 * np.pi * times / lasts)
    places = np.stack([aside * np.sin(2 * np.pi * times / lasts), -range_m * share, 0.2 * share], axis=1)
    return HipPath.of(times, places + rng.normal(0, 0.0005, places.shape), leg)


@given(st.floats(-5, 5), st.floats(-2, 2), st.floats(0.5, 2))
@settings(max_examples=5)
def test_where_somebody_stands_and_how_large_they_are_tells_nothing(x: float, y: float, size: float) -> None:
    one = path()
    moved = HipPath.of(one.times_s, size * one.places / 100 + [x, y, -x], size)
    for name, value in described(one).items():
        assert described(moved)[name] == pytest.approx(value, abs=1e-6), name


def test_features_say_what_they_are_called() -> None:
    one = described(path(range_m=0.4, lasts=3.0))
    assert tuple(one) == FEATURES
    assert one["range"] == pytest.approx(50, abs=2)
    slower, swaying = described(path(lasts=6.0)), described(path(aside=0.1))
    assert slower["seconds out"] > one["seconds out"] + 0.4
    assert swaying["aside"] > one["aside"] + 1
    assert described(path(range_m=0.2))["range"] < 0.6 * one["range"]
    assert all(one[name] == 0 for name in GIRDLES)


def test_shoulders_that_rise_while_the_hips_are_low_are_seen() -> None:
    plain = path()
    low = -plain.places[:, 1] / 50
    girdles = np.zeros((len(low), 2, 2, 3))
    girdles[:, 0, :, 1] = 0.05 * low[:, None]
    girdles[:, 0, 0, 1] += 0.02 * low
    told = described(HipPath.of(plain.times_s, plain.places / 100, 1.0, girdles_m=girdles))
    assert told["both shoulders up"] == pytest.approx(6, abs=1)
    assert told["apart shoulders up"] == pytest.approx(2, abs=0.5)
    assert told["both hips up"] == 0


def test_what_is_no_repetition_is_refused() -> None:
    times = np.arange(30) / 30
    with pytest.raises(InputError, match="did not move"):
        described(HipPath.of(times, np.zeros((30, 3)), 0.8))
    with pytest.raises(InputError, match="known moments"):
        HipPath.of(times[:5], np.zeros((5, 3)), 0.8)
    with pytest.raises(InputError, match="length"):
        HipPath.of(times, np.zeros((30, 3)), 0.0)
    with pytest.raises(InputError, match="girdles"):
        HipPath.of(times, np.zeros((30, 3)), 1.0, girdles_m=np.zeros((30, 3)))
    with pytest.raises(InputError, match="no model"):
        model("magic")


def people(differ: bool) -> tuple[Array, NDArray[np.bool_], NDArray[np.int64]]:
    rng = np.random.default_rng(4)
    rows, labels, whose = [], [], []
    for person in range(5):
        for number in range(8):
            correct = number % 2 == 0
            aside = 0.02 if correct or not differ else 0.12
            made = path(
                aside=aside * float(rng.uniform(0.7, 1.3)),
                lasts=float(rng.uniform(2, 3)),
                range_m=float(rng.uniform(0.3, 0.5)),
                seed=10 * person + number,
            )
            rows.append(list(described(made).values()))
            labels.append(correct)
            whose.append(person)
    return np.array(rows), np.array(labels), np.array(whose)


def test_a_difference_is_learned_from_other_people_and_none_is_made_up() -> None:
    table, labels, whose = people(differ=True)
    told = separation(leave_people_out(table, labels, whose, kind="line"), labels, whose)
    assert told.auc > 0.95
    assert told.low <= told.auc <= told.high
    assert set(told.by_person) == {"0", "1", "2", "3", "4"}
    table, labels, whose = people(differ=False)
    none = separation(leave_people_out(table, labels, whose, kind="line"), labels, whose)
    assert none.low < 0.5 < none.high


def test_one_person_cannot_be_left_out_of_one() -> None:
    with pytest.raises(InputError, match="left out"):
        leave_people_out(np.zeros((4, 2)), [True, False, True, False], [1, 1, 1, 1])


@given(st.lists(st.integers(0, 5), min_size=4, max_size=30), st.integers(0, 9))
@settings(max_examples=25)
def test_the_area_is_that_of_scikit_learn(values: list[int], seed: int) -> None:
    from sklearn.metrics import roc_auc_score

    labels = np.random.default_rng(seed).random(len(values)) < 0.5
    labels[:2] = [True, False]
    scores = np.array(values, float)
    assert area(scores, labels) == pytest.approx(roc_auc_score(labels, scores))
