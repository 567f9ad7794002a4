"""The space in which a gallery measures distances, against plain linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.gallery_space import Space, Spread
from mitate.errors import InputError


def made(
    classes: int = 6, persons: int = 5
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.str_]]:
    """(n, 2 views, 12) numbers of one photo a person, their classes and persons."""
    count = classes * persons
    rows = np.random.default_rng(0).normal(2, 1 + np.arange(12) / 4, (count, 2, 12)).astype(np.float32)
    return rows, np.repeat(np.arange(classes), persons), np.array([f"p{i}" for i in range(count)])


def test_the_space_is_that_of_whitened_within_class_covariance() -> None:
    rows, targets, persons = made()
    off = np.concatenate([rows[targets == k] - rows[targets == k].mean(axis=0) for k in range(6)])
    spread = Spread.of(rows, targets, persons)
    np.testing.assert_allclose(spread.scatter, np.einsum("nvd,nve->de", off, off) / 2, rtol=1e-4, atol=1e-4)
    assert spread.freedom == 24
    space = Space.fit(rows, targets, persons)
    np.testing.assert_allclose(space.centre, rows.mean(axis=0), rtol=1e-4, atol=1e-4)
    covariance = 0.5 * spread.scatter / (np.trace(spread.scatter) / 12) + 0.5 * np.eye(12)
    moved = rows[:, 0] - space.centre[0]
    inverse = np.linalg.inv(covariance)
    cosine = moved @ inverse @ moved.T
    length = np.sqrt(np.diag(cosine))
    placed = space(rows)[:, 0]
    np.testing.assert_allclose(placed @ placed.T, cosine / length / length[:, None], atol=1e-4)


def test_a_person_with_many_photos_weighs_as_one() -> None:
    rows, targets, persons = made()
    once = Spread.of(rows, targets, persons)
    often = Spread.of(*(np.concatenate([one, one[:1], one[:1]]) for one in (rows, targets, persons)))
    np.testing.assert_allclose(often.scatter, once.scatter, rtol=1e-4, atol=1e-4)
    assert often.freedom == once.freedom


def test_too_few_people_leave_the_numbers_as_they_are() -> None:
    rows, targets, persons = made(2, 3)
    space = Space.fit(rows, targets, persons)
    assert space.whitening is None
    np.testing.assert_allclose(space(rows), rows / np.linalg.norm(rows, axis=2, keepdims=True), atol=1e-6)


def test_a_reference_makes_up_for_few_people() -> None:
    rows, targets, persons = made(2, 3)
    reference = Spread.of(*made())
    assert Space.fit(rows, targets, persons, reference).whitening is not None
    joined = reference + Spread.of(rows, targets, persons)
    assert joined.freedom == 24 + 4


def test_what_does_not_fit_is_refused() -> None:
    rows, targets, persons = made()
    with pytest.raises(InputError):
        Spread.of(rows, targets[:3], persons)
    with pytest.raises(InputError, match="different networks"):
        Spread.of(rows, targets, persons) + Spread(np.eye(3), 5)
