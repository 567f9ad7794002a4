"""The nearest face by cosine."""

from __future__ import annotations

import numpy as np
import pytest

from mitate.diagnosis.neighbour import NearestNeighbour
from mitate.errors import InputError

ROWS = np.array([[1, 0], [9, 1], [0, 1], [1, 4], [2, 1], [0, 0]], dtype=np.float32)
TARGETS = [0, 0, 1, 1, 0, 1]
PERSONS = ["a", "a", "b", "c", "d", "e"]


def nearest() -> NearestNeighbour:
    return NearestNeighbour("nearest", "transfer", "what", ROWS, TARGETS, PERSONS, 3)


def test_scores_are_the_best_cosine_a_class_whatever_the_length() -> None:
    run = nearest().run(np.array([0, 1, 2]), np.array([3, 4, 5]))
    cosine = (9 * 2 + 1) / (np.sqrt(82) * np.sqrt(5))
    np.testing.assert_allclose(run.scores[1], [cosine, 1 / np.sqrt(5), -1])
    assert run.scores[0].argmax() == 1
    np.testing.assert_allclose(run.scores[2], [0, 0, -1])
    assert run.inner_scores is None


def test_inner_scores_do_not_look_at_the_same_person() -> None:
    run = nearest().run(np.array([0, 1, 2, 3]), np.array([4]), inner=True)
    assert run.inner_scores is not None
    # Both of class 0 are one person: nobody else is in it.
    np.testing.assert_allclose(run.inner_scores[:2, 0], -1)
    np.testing.assert_allclose(run.inner_scores[2], [1 / np.sqrt(82), 4 / np.sqrt(17), -1])
    assert run.unlike is not None
    assert run.inner_unlike is not None
    np.testing.assert_allclose(run.unlike, 1 - run.scores.max(axis=1))
    np.testing.assert_allclose(run.inner_unlike, 1 - run.inner_scores.max(axis=1))


def test_it_describes_itself() -> None:
    assert (nearest().name, nearest().kind, nearest().what) == ("nearest", "transfer", "what")


def test_a_person_on_both_sides_and_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="on both sides"):
        nearest().run(np.array([0, 2]), np.array([1]))
    with pytest.raises(InputError, match="do not have a row a face"):
        NearestNeighbour("nearest", "transfer", "what", ROWS[1:], TARGETS, PERSONS, 2)
