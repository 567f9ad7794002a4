"""The learning curve counts people in training and tests everybody."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.curve import learning_curve
from mitate.diagnosis.linear import LinearSvm
from mitate.diagnosis.method import Kind, Run
from mitate.diagnosis.nested import Truth
from mitate.errors import InputError


def people(count: int, photos: int = 2) -> Truth:
    targets = np.repeat(np.arange(2), count * photos)
    persons = np.array([f"p{row // photos}" for row in range(len(targets))])
    return Truth(("a", "b"), targets, persons)


class Counting:
    """Always right; notes who was learned from and who was tested."""

    name = "counting"
    kind: Kind = "transfer"
    what = "counts"

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.met: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def run(self, train: NDArray[np.int64], test: NDArray[np.int64], *, inner: bool = False) -> Run:
        self.met.append((train, test))
        return Run(np.eye(2)[self.truth.targets[test]])


def test_so_many_people_of_each_class_are_learned_from_with_all_their_photos() -> None:
    truth = people(10)
    method = Counting(truth)
    points = learning_curve(method, truth, sizes=(3, 8, 40), draws=2)
    assert [point.size for point in points] == [3, 8]
    assert len(method.met) == 2 * 2 * 5
    for train, test in method.met:
        size = 3 if len(train) == 12 else 8
        assert len(train) == 2 * 2 * size
        for place in range(2):
            assert len(np.unique(truth.persons[train[truth.targets[train] == place]])) == size
        assert not set(truth.persons[train]) & set(truth.persons[test])
    assert points[0].people == 20
    assert points[0].accuracy == 1.0
    assert points[0].low == pytest.approx(0.025 ** (1 / 20))
    assert points[0].spread == 0.0


def test_a_smaller_size_is_part_of_a_larger_one() -> None:
    truth = people(10)
    method = Counting(truth)
    learning_curve(method, truth, sizes=(2, 4), draws=1)
    half = len(method.met) // 2
    for (small, _), (large, _) in zip(method.met[:half], method.met[half:], strict=True):
        assert set(small) <= set(large)


def test_people_held_out_are_tested_only() -> None:
    truth = people(12)
    held_out = np.flatnonzero(np.isin(truth.persons, ["p0", "p1", "p12", "p13"]))
    method = Counting(truth)
    (point,) = learning_curve(method, truth, sizes=(10, 20), draws=1, held_out=held_out)
    assert (point.size, point.people, point.draws) == (10, 4, 1)
    assert set(method.met[0][1]) == set(held_out)
    assert point.as_dict()["size"] == 10


def test_more_people_teach_more() -> None:
    rng = np.random.default_rng(0)
    truth = people(50, 1)
    rows = (np.eye(2)[truth.targets] @ rng.standard_normal((2, 60))) * 0.35 + rng.standard_normal((100, 60))
    method = LinearSvm(
        "svm", "transfer", "what", {"rows": rows}, truth.targets, truth.persons, 2, costs=(1.0,)
    )
    told: list[int] = []
    points = learning_curve(
        method, truth, sizes=(2, 40), draws=4, progress=lambda _, done, __: told.append(done)
    )
    assert points[1].accuracy > points[0].accuracy + 0.1
    assert points[0].spread > 0
    assert all(point.low < point.accuracy < point.high for point in points)
    assert told == [0, 1, 2]


def test_what_has_no_curve_is_refused() -> None:
    truth = people(4)
    with pytest.raises(InputError, match="fewer than 5"):
        learning_curve(Counting(truth), truth, sizes=(5, 10))
    with pytest.raises(InputError, match="one or more"):
        learning_curve(Counting(truth), truth, sizes=())
    with pytest.raises(InputError, match="on both sides"):
        learning_curve(Counting(truth), truth, sizes=(1,), held_out=np.array([0]))
    with pytest.raises(InputError, match="nobody is left"):
        learning_curve(Counting(truth), truth, sizes=(1,), held_out=np.arange(16))
