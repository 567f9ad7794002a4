"""Prediction sets cover as often as asked, whatever the classifier; the same photo gets the same set."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.diagnosis.conformal import Conformal, in_sets, outcome
from mitate.diagnosis.folds import person_weights
from mitate.errors import InputError

Array = NDArray[np.float64]


def draw(
    rng: np.random.Generator, people: int, classes: int, skill: float, photos: int = 1
) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64]]:
    """Probabilities, strangeness, classes and persons; a person's photos resemble each other."""
    n = people * classes
    targets = np.repeat(np.arange(classes), people)
    own = rng.normal(0, 1, (n, classes))
    own[np.arange(n), targets] += skill
    odd = rng.gamma(3, 1, n)
    rows = np.repeat(np.arange(n), photos)
    scores = skill * (own[rows] + 0.3 * rng.normal(0, 1, (len(rows), classes)))
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    strange = odd[rows] + 0.2 * rng.normal(0, 1, len(rows))
    return powers / powers.sum(axis=1, keepdims=True), strange, targets[rows], rows


@pytest.mark.parametrize("skill", [1.0, 2.5, 5.0], ids=["poor", "good", "perfect"])
@pytest.mark.parametrize(("people", "classes"), [(8, 5), (25, 2), (28, 5), (40, 5)])
def test_coverage_is_what_was_asked(people: int, classes: int, skill: float) -> None:
    # 120 calibrations, 200 new people a class each: the mean's own error is below 0.6 points.
    covered = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        p, u, y, who = draw(rng, people, classes, skill)
        fitted = Conformal.fit(p, u, y, who)
        new_p, new_u, new_y, _ = draw(rng, 200, classes, skill)
        inside = fitted.sets(fitted.p_values(new_p, new_u))
        covered.append(inside[np.arange(len(new_y)), new_y].mean())
    assert 0.885 <= float(np.mean(covered)) <= 0.92


def test_each_class_of_enough_people_is_covered_though_one_is_harder() -> None:
    covered = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        p, u, y, who = draw(rng, 40, 3, 2.0)
        new_p, new_u, new_y, _ = draw(rng, 200, 3, 2.0)
        u, new_u = u + 3.0 * (y == 1), new_u + 3.0 * (new_y == 1)  # this class is stranger as a whole
        fitted = Conformal.fit(p, u, y, who)
        inside = fitted.sets(fitted.p_values(new_p, new_u))
        covered.append([inside[new_y == k, k].mean() for k in range(3)])
    assert np.all(np.abs(np.mean(covered, axis=0) - 0.9) < 0.02)


@pytest.mark.parametrize("coverage", [0.8, 0.95])
def test_other_coverages_hold_too(coverage: float) -> None:
    covered = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        p, u, y, who = draw(rng, 40, 4, 2.0)
        new_p, new_u, new_y, _ = draw(rng, 100, 4, 2.0)
        fitted = Conformal.fit(p, u, y, who)
        inside = fitted.sets(fitted.p_values(new_p, new_u), coverage)
        covered.append(inside[np.arange(len(new_y)), new_y].mean())
    assert abs(float(np.mean(covered)) - coverage) < 0.015


def test_many_photos_of_a_person_count_as_one_person() -> None:
    covered = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        p, u, y, who = draw(rng, 25, 3, 2.0, photos=6)
        kept = (who % 2 == 0) | (np.arange(len(who)) % 6 == 0)  # half of the people have one photo, half six
        fitted = Conformal.fit(p[kept], u[kept], y[kept], who[kept])
        new_p, new_u, new_y, _ = draw(rng, 150, 3, 2.0)
        inside = fitted.sets(fitted.p_values(new_p, new_u))
        covered.append(inside[np.arange(len(new_y)), new_y].mean())
    assert 0.88 <= float(np.mean(covered)) <= 0.92
    weights = person_weights(who)
    assert weights.sum() == pytest.approx(75)


def test_strange_faces_get_an_empty_set_and_equally_likely_classes_do_not() -> None:
    rng = np.random.default_rng(3)
    fitted = Conformal.fit(*draw(rng, 40, 3, 3.0))
    usual = np.array([2.0])
    strange = fitted.p_values(np.array([[0.98, 0.01, 0.01]]), np.array([100.0]))
    assert outcome(strange[0]) == "none_of_these"
    assert np.all(strange > 0)
    even = fitted.p_values(np.array([[0.5, 0.5 - 1e-9, 1e-9]]), usual)
    assert outcome(even[0]) == "several"
    sure = fitted.p_values(np.array([[0.999, 0.0005, 0.0005]]), usual)
    assert outcome(sure[0]) == "one"


def test_many_classes_of_few_people_leave_few_in_a_set_and_are_covered_together() -> None:
    covered, sizes = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        fitted = Conformal.fit(*draw(rng, 4, 40, 4.0))
        new_p, new_u, new_y, _ = draw(rng, 10, 40, 4.0)
        inside = fitted.sets(fitted.p_values(new_p, new_u))
        covered.append(inside[np.arange(len(new_y)), new_y].mean())
        sizes.append(inside.sum(axis=1).mean())
    assert set(fitted.group) == {0}
    assert 0.88 <= float(np.mean(covered)) <= 0.92
    assert float(np.mean(sizes)) < 4


def test_too_few_people_rule_nothing_out() -> None:
    fitted = Conformal.fit(*draw(np.random.default_rng(0), 2, 3, 5.0))
    p = fitted.p_values(np.array([[0.99, 0.005, 0.005]]), np.array([50.0]))
    assert outcome(p[0]) == "cannot_tell"


def test_without_strangeness_the_likeliest_class_is_always_in_the_set() -> None:
    p, _, y, who = draw(np.random.default_rng(1), 40, 4, 3.0)
    fitted = Conformal.fit(p, None, y, who)
    inside = fitted.sets(fitted.p_values(p, None))
    assert inside[np.arange(len(p)), p.argmax(axis=1)].all()
    assert inside[np.arange(len(p)), y].mean() >= 0.9


def test_small_classes_are_judged_together_until_they_are_enough() -> None:
    rng = np.random.default_rng(2)
    p, u, y, who = draw(rng, 40, 4, 2.0)
    place = np.arange(len(y)) % 40
    kept = (y < 2) | (place < 4)
    fitted = Conformal.fit(p[kept], u[kept], y[kept], who[kept])
    assert fitted.group[2] == fitted.group[3]  # 8 people: too few, so that the next class joins them
    assert sorted(fitted.group.count(one) for one in set(fitted.group)) == [1, 3]
    large = (y < 2) | (place < 7)
    together = Conformal.fit(p[large], u[large], y[large], who[large]).group
    assert together[2] == together[3]
    assert len(set(together)) == 3


@given(st.integers(0, 2**32 - 1))
def test_p_values_fall_with_strangeness_and_rise_with_probability(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fitted = Conformal.fit(*draw(rng, 12, 3, 2.0))
    rising = np.sort(rng.normal(3, 4, 30))
    p = fitted.p_values(np.tile([[0.6, 0.3, 0.1]], (30, 1)), rising)
    assert np.all(np.diff(p, axis=0) <= 1e-12)
    assert np.all((p > 0) & (p <= 1))
    share = np.linspace(0, 0.9, 30)
    own = fitted.p_values(np.stack([share, 0.9 - share, np.full(30, 0.1)], axis=1), np.full(30, 2.0))[:, 0]
    assert np.all(np.diff(own) >= -1e-12)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.6, 0.8, 0.9]))
def test_wider_coverage_never_loses_a_class(seed: int, coverage: float) -> None:
    rng = np.random.default_rng(seed)
    fitted = Conformal.fit(*draw(rng, 15, 3, 1.5))
    p, u, _, _ = draw(rng, 5, 3, 1.5)
    found = fitted.p_values(p, u)
    assert np.all(in_sets(found, coverage) <= in_sets(found, coverage + 0.05))


def test_a_photo_gets_the_same_answer_alone_in_company_and_after_storage() -> None:
    rng = np.random.default_rng(7)
    fitted = Conformal.fit(*draw(rng, 30, 3, 2.0))
    p, u, _, _ = draw(rng, 10, 3, 2.0)
    stored = Conformal.from_dict(json.loads(json.dumps(fitted.as_dict())))
    together = fitted.p_values(p, u)
    np.testing.assert_array_equal(stored.p_values(p, u), together)
    np.testing.assert_array_equal(
        np.concatenate([fitted.p_values(p[i : i + 1], u[i : i + 1]) for i in range(30)]), together
    )


@pytest.mark.parametrize(
    "change",
    [
        {"group": [0, 0, 7]},
        {"scales": []},
        {"by_label": {"points": [1, 0], "levels": [0, 1], "people": 2}},
        {"by_label": None},
    ],
)
def test_damaged_storage_is_refused(change: dict[str, Any]) -> None:
    stored = Conformal.fit(*draw(np.random.default_rng(0), 30, 3, 2.0)).as_dict()
    with pytest.raises(InputError):
        Conformal.from_dict(stored | change)


def test_what_cannot_be_calibrated_is_refused() -> None:
    p, u, y, who = draw(np.random.default_rng(0), 10, 3, 2.0)
    fitted = Conformal.fit(p, u, y, who)
    with pytest.raises(InputError, match="numbers"):
        Conformal.fit(np.where(p > 0.5, np.nan, p), u, y, who)
    with pytest.raises(InputError, match="strangeness"):
        Conformal.fit(p, u[:-1], y, who)
    with pytest.raises(InputError, match="not alike"):
        Conformal.fit(p, u, y[:-1], who)
    with pytest.raises(InputError, match="within 0"):
        Conformal.fit(p, u, y + 1, who)
    with pytest.raises(InputError, match="not alike"):
        Conformal.fit(p[:0], u[:0], y[:0], who[:0])
    with pytest.raises(InputError, match="calibrated for"):
        fitted.p_values(p, None)
    with pytest.raises(InputError, match="calibrated for"):
        fitted.p_values(p[:, :2], u)
    with pytest.raises(InputError, match="coverage"):
        fitted.sets(fitted.p_values(p, u), 1.0)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ([0.05, 0.1], "none_of_these"),
        ([0.5, 0.1], "one"),
        ([0.5, 0.2, 0.01], "several"),
        ([0.5, 0.2], "cannot_tell"),
    ],
)
def test_outcomes(p: list[float], expected: str) -> None:
    assert outcome(np.array(p)) == expected
