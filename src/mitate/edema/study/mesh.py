"""The row of mesh geometry: distances between points of the face, and a ridge regression.

Nothing of it is learned from pictures of swelling but one weight a distance: the 468 points are those of
MediaPipe's face mesh as it comes (Kartynnik et al., 2019), and a ridge regression (Hoerl & Kennard, 1970),
its penalty by cross-validation over people, turns changes of distances within a person into kilograms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import CropStore
from mitate.edema.population import Progress
from mitate.edema.sessions import PatientSessions, SessionEmbeddings
from mitate.edema.study.bayes import BayesianHead
from mitate.edema.study.frozen import enlarged, people_of, taught
from mitate.face.landmarks import FaceMesh, Roi
from mitate.files import write_bytes

__all__ = ["DISTANCES", "MeshDistances", "MeshScore", "distances", "fit_ridge", "make_mesh"]

Array = NDArray[np.float64]

_LEVELS = ((234, 454), (93, 323), (132, 361), (58, 288), (172, 397), (136, 365), (150, 379), (149, 378))
_CHIN = ((176, 400), (148, 377), (10, 152), (2, 152), (17, 152), (168, 152))
_CHEEKS = ((50, 280), (205, 425), (187, 411), (147, 376), (123, 352), (207, 427), (192, 416), (213, 433))
_TO_NOSE = ((6, 50), (6, 280), (2, 205), (2, 425), (6, 123), (6, 352), (2, 187), (2, 411), (2, 213), (2, 433))
_LIDS = ((159, 145), (386, 374), (158, 153), (385, 380), (160, 144), (387, 373))
_BAGS = ((145, 230), (374, 450), (145, 119), (374, 348), (144, 229), (373, 449), (153, 231), (380, 451))
_BROWS = ((159, 52), (386, 282), (159, 223), (386, 443))
_MOUTH = ((0, 17), (13, 0), (14, 17), (61, 291), (61, 205), (291, 425))

DISTANCES = (*_LEVELS, *_CHIN, *_CHEEKS, *_TO_NOSE, *_LIDS, *_BAGS, *_BROWS, *_MOUTH)
"""Pairs of MediaPipe's points: widths of face and jaw, chin, cheeks, lids and bags, brows, mouth."""

_EYES = ((33, 133), (362, 263))  # corners
_SIDE = 192  # px, the mesh network's input
_REGION = 1.3  # sides of the crop: the square that MediaPipe would look in around a face of this size
_PENALTIES = np.logspace(-2, 5, 15)
_FOLDS = 5


def distances(points: NDArray[np.floating]) -> Array:
    """Distances of `DISTANCES` over the distance of the eyes' centres.

    Args:
        points: (468, 3) of one face, x, y and z in one unit.

    Returns:
        (2 * len(DISTANCES),): in the picture's plane, then in space.
    """
    spots = np.asarray(points, np.float64)
    right, left = (spots[list(corners)].mean(axis=0) for corners in _EYES)
    first, second = (spots[list(side)] for side in zip(*DISTANCES, strict=True))
    between = first - second
    flat = np.linalg.norm(between[:, :2], axis=1) / np.linalg.norm((right - left)[:2])
    deep = np.linalg.norm(between, axis=1) / np.linalg.norm(right - left)
    return np.concatenate([flat, deep])


class MeshDistances:
    """`distances` of each crop."""

    key = "mesh distances"

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        region = Roi(((_SIDE - 1) / 2, (_SIDE - 1) / 2), _REGION * _SIDE, 0.0)
        pictures = enlarged(crops, _SIDE)
        return np.stack([distances(_mesh()(picture, region).points) for picture in pictures]).astype(
            np.float32
        )


class MeshScore:
    """Kilograms, but for a constant of each person, by the ridge regression on distances.

    Args:
        weights: (D,) kilograms a unit of distance.
    """

    def __init__(self, weights: Array) -> None:
        self.weights = weights
        self.distances = MeshDistances()

    @property
    def key(self) -> str:
        """Changes with the weights."""
        return f"mesh ridge {hashlib.sha256(self.weights.tobytes()).hexdigest()}"

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray((self.distances(crops) @ self.weights)[:, None], np.float32)


@lru_cache(maxsize=1)
def _mesh() -> FaceMesh:
    return FaceMesh()


def fit_ridge(people: Sequence[PatientSessions]) -> tuple[Array, list[Array]]:
    """Ridge regression of excess on features, both about their person's mean.

    Args:
        people: with features of their frames as embeddings.

    Returns:
        The weights (D,) of all people, and of each person those (D,) that were fitted without him, so that a
        prior learned on such scores is not too sure of itself.
    """
    x, y, owner = [], [], []
    for number, person in enumerate(people):
        known = [s for s in person.sessions if s.excess_kg is not None]
        centres = np.stack([s.centre for s in known])
        excess = np.array([s.excess_kg for s in known], dtype=np.float64)
        x.append(centres - centres.mean(axis=0))
        y.append(excess - excess.mean())
        owner += [number % _FOLDS] * len(known)
    rows, targets, folds = np.concatenate(x), np.concatenate(y), np.array(owner)
    scale = rows.std(axis=0) + 1e-12
    rows = rows / scale
    best = min(_PENALTIES, key=lambda penalty: _held_out_error(rows, targets, folds, penalty))
    parts = [_ridge(rows[folds != fold], targets[folds != fold], best) / scale for fold in range(_FOLDS)]
    return _ridge(rows, targets, best) / scale, [parts[i % _FOLDS] for i in range(len(people))]


def _ridge(rows: Array, targets: Array, penalty: float) -> Array:
    inner = rows.T @ rows + penalty * np.eye(rows.shape[1])
    return np.asarray(np.linalg.solve(inner, rows.T @ targets))


def _held_out_error(rows: Array, targets: Array, folds: NDArray[np.int64], penalty: float) -> float:
    error = 0.0
    for fold in np.unique(folds):
        own = folds == fold
        error += float(np.sum((targets[own] - rows[own] @ _ridge(rows[~own], targets[~own], penalty)) ** 2))
    return error


def make_mesh(prior_store: CropStore, out: Path, *, progress: Progress | None = None) -> BayesianHead:
    """The row, whose ridge weights and prior lie in the folder `out` from then on.

    The ridge's score takes the place of an embedding under the Bayesian head; the head's prior is learned on
    scores of people by weights that were fitted without them.

    Args:
        prior_store: other people than those of the test.
        out: folder.
        progress: called with what, done, all.

    Raises:
        InputError: too few people.
        WeightsError: the face mesh is not installed.
    """
    name = "mesh geometry with ridge"
    kept = out.with_name(f"{out.name}-ridge.npy")
    if out.exists() and kept.exists():
        return taught(MeshScore(np.load(kept)), prior_store, out, name=name)
    say = progress or (lambda what, done, total, detail: None)
    people = people_of(prior_store, MeshDistances(), say, f"{name}: looking at people")
    weights, without = fit_ridge(people)
    scored = [_scored(person, own) for person, own in zip(people, without, strict=True)]
    write_bytes(kept, _npy(weights))
    return taught(
        MeshScore(weights), prior_store, out, name=name, people=lambda say: scored, progress=progress
    )


def _npy(values: Array) -> bytes:
    stream = BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def _scored(person: PatientSessions, weights: Array) -> PatientSessions:
    sessions = tuple(
        SessionEmbeddings((s.embeddings @ weights)[:, None].astype(np.float32), s.excess_kg, s.phase, s.day)
        for s in person.sessions
    )
    return PatientSessions(person.participant_id, sessions)
