from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.crops import CropStore
from mitate.edema.sessions import PatientSessions
from mitate.edema.study.mesh import DISTANCES, MeshDistances, MeshScore, distances, fit_ridge, make_mesh

MakeUp = Callable[..., list[PatientSessions]]


@pytest.fixture
def points() -> NDArray[np.float64]:
    return np.random.default_rng(1).normal(0, 50, (468, 3))


def test_distances_do_not_depend_on_place_size_or_turning(points: NDArray[np.float64]) -> None:
    angle = 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    moved = 2.5 * points @ turn.T + [10, -20, 5]
    np.testing.assert_allclose(distances(moved), distances(points), rtol=1e-9)
    assert distances(points).shape == (2 * len(DISTANCES),)


def test_a_wider_jaw_is_a_greater_distance(points: NDArray[np.float64]) -> None:
    pair = DISTANCES.index((172, 397))
    wider = points.copy()
    wider[172] += 0.1 * (wider[172] - wider[397])
    ratio = distances(wider) / distances(points)
    assert ratio[pair] == pytest.approx(1.1)


def test_points_are_named_once_and_exist() -> None:
    assert len(set(DISTANCES)) == len(DISTANCES)
    assert all(0 <= point < 468 for pair in DISTANCES for point in pair)


def test_ridge_finds_the_direction_of_swelling(made_up: MakeUp) -> None:
    people = made_up(30, 12)
    weights, without = fit_ridge(people)
    predicted, truth = [], []
    for person, own in zip(people, without, strict=True):
        said = np.array([session.centre @ own for session in person.sessions])
        excess = np.array([session.excess_kg for session in person.sessions], dtype=np.float64)
        predicted.append(said - said.mean())
        truth.append(excess - excess.mean())
    assert np.corrcoef(np.concatenate(predicted), np.concatenate(truth))[0, 1] > 0.95
    assert np.corrcoef(weights, without[0])[0, 1] > 0.9


def test_weights_without_a_person_do_not_depend_on_him(made_up: MakeUp) -> None:
    people = made_up(20, 6)
    poisoned = [
        PatientSessions(p.participant_id, tuple(reversed(p.sessions))) if i == 0 else p
        for i, p in enumerate(people)
    ]
    np.testing.assert_allclose(fit_ridge(poisoned)[1][0], fit_ridge(people)[1][0], rtol=1e-6)


@pytest.mark.usefixtures("weights_ready")
def test_a_crop_is_read_alike_at_any_side(portrait: Callable[[str], NDArray[np.uint8]]) -> None:
    picture = portrait("person_a_1")
    side = min(picture.shape[:2])
    crop = cv2.resize(picture[:side, :side], (192, 192), interpolation=cv2.INTER_AREA)
    crops = np.asarray(crop, np.uint8)[None]
    first = MeshDistances()(crops)
    half = np.asarray(cv2.resize(crops[0], (96, 96), interpolation=cv2.INTER_AREA), np.uint8)[None]
    assert np.corrcoef(first[0], MeshDistances()(half)[0])[0, 1] > 0.99
    row = MeshScore(np.full(first.shape[1], 0.5))
    copied = pickle.loads(pickle.dumps(row))
    np.testing.assert_allclose(copied(crops)[0, 0], 0.5 * first.sum(), rtol=1e-4)
    assert copied.key == row.key != MeshScore(np.zeros(3)).key


@pytest.mark.usefixtures("weights_ready")
def test_the_row_is_read_again_from_its_folder(population: CropStore, tmp_path: Path) -> None:
    few = population.only(population.participants[:6])
    first = make_mesh(few, tmp_path / "mesh")
    again = make_mesh(few, tmp_path / "mesh")
    assert first.features.key == again.features.key
    np.testing.assert_array_equal(first.prior.mean, again.prior.mean)
