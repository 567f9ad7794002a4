"""How alike two faces of a data set are, measured against all its other faces.

Measured on photos 256 px wide of simulated people, each photo with a camera and light of its own, and on ORL;
in each trial 10 to 120 people have one photo each and a few of them, hidden under other names, a second one:

- simulated, another sitting: 373 of 440 hidden people are found (of few people 9 in 10, among 120 3 in 4);
- simulated, the same sitting: 439 of 440;
- ORL: 236 of 240;
- sets without anybody hidden (20 to 300 simulated people of 5 and of 15 classes): 11 of 380 raise a false
  alarm, all of them sets of 20 to 100 people; none of 80 sets of 200 or 300 does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.embedders import sface_embedder
from mitate.diagnosis.faces import Faces
from mitate.errors import InputError
from mitate.face.embed import SAME_PERSON_COSINE

__all__ = ["Likeness"]

FloatArray = NDArray[np.float64]

_BLOCK = 1024  # rows that are compared with all others at a time
_LEAST_PEOPLE = 6
_ENOUGH, _FEW_PAIRS = 2000, 30  # photos whose pairs tell what is usual; pairs that tell nothing
_SHRINKAGE, _FALSE_ALARMS = 0.5, 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How alike any two faces of a data set are, in the terms of that data set.

    The people of one data set may look much alike for a network: patients of one syndrome do, and of pairs of
    different simulated people 97 % have a cosine above the network's own threshold. So the embeddings are
    centred on the data set's mean and whitened by its covariance (half shrunk to a sphere; each person counts
    once), and a pair of one class is compared with all pairs of one class, any other with all others: it
    counts as one person where its cosine is more robust standard deviations above the median than the largest
    of that many normal numbers has with a probability of 1 %, and a tenth more (for few photos up to a half),
    because the tail is heavier than normal. What the network itself takes for two people is never one.

    Attributes:
        rows: (n, 128) whitened, of length 1.
        embeddings: (n, 128) as they came, of length 1.
        persons, labels: (n,) who, as far as is known, and of which class.
        median, spread: of the cosines of rows of different people, robustly: of two classes, and of one.
        threshold: in spreads above the median; infinite with fewer than six people, who tell nothing.
    """

    rows: FloatArray
    embeddings: FloatArray
    persons: NDArray[np.str_]
    labels: NDArray[np.str_]
    median: tuple[float, float]
    spread: tuple[float, float]
    threshold: float

    @classmethod
    def of(
        cls, faces: Faces, *, embeddings: NDArray[np.floating] | None = None, threads: int = 1
    ) -> Likeness:
        """Of the faces of a data set.

        Args:
            faces: at least one.
            embeddings: (n, 128) SFace embeddings of the crops; computed where None.
            threads: for computing them.

        Raises:
            WeightsError: weights are not installed.
            InputError: there is not one embedding for each face.
        """
        if embeddings is None:
            embeddings = sface_embedder(threads)(faces.crops)
        if len(embeddings) != len(faces) or not len(faces):
            raise InputError(f"{len(embeddings)} embeddings for {len(faces)} faces")
        own = _unit(np.asarray(embeddings, np.float64))
        persons, labels = faces.persons, np.array([photo.label for photo in faces.photos], dtype=np.str_)
        rows = _unit(_whitened(own, persons))
        usual = _usual(rows, persons, labels)
        enough = len(np.unique(persons)) >= _LEAST_PEOPLE
        limit = _limit(len(rows)) if enough else float("inf")
        return cls(rows, own, persons, labels, *usual, limit)

    def outliers(self) -> Iterator[tuple[tuple[int, int], float]]:
        """Pairs of rows under two names that show one person, with how far they stand out."""
        for start in range(0, len(self.rows), _BLOCK):
            at = np.arange(start, min(start + _BLOCK, len(self.rows)))
            deviations = self._deviations(at, np.arange(len(self.rows)))
            different = self.persons[at][:, None] != self.persons[None]
            alike = self.embeddings[at] @ self.embeddings.T >= SAME_PERSON_COSINE
            for a, b in zip(*np.nonzero((deviations > self.threshold) & different & alike), strict=True):
                if at[a] < b:
                    yield (int(at[a]), int(b)), float(deviations[a, b])

    def known_found(self) -> tuple[int, int]:
        """Of the pairs of one person by their names, how many stand out as much; and how many there are.

        It is what share of hidden ones to expect to have been found, if they are no harder.
        """
        found = pairs = 0
        if not np.isfinite(self.threshold):
            return 0, 0
        for person in np.unique(self.persons):
            own = np.flatnonzero(self.persons == person)
            above = np.triu_indices(len(own), 1)
            found += int((self._deviations(own, own)[above] > self.threshold).sum())
            pairs += len(above[0])
        return found, pairs

    def _deviations(self, some: NDArray[np.int64], others: NDArray[np.int64]) -> FloatArray:
        one_class = (self.labels[some][:, None] == self.labels[others][None]).astype(int)
        cosines = self.rows[some] @ self.rows[others].T
        return np.asarray((cosines - np.take(self.median, one_class)) / np.take(self.spread, one_class))


def _usual(
    rows: FloatArray, persons: NDArray[np.str_], labels: NDArray[np.str_]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Median and spread of the cosines of different people: of two classes and of one."""
    some = np.unique(np.linspace(0, len(rows) - 1, _ENOUGH).astype(int))
    different = np.triu(persons[some][:, None] != persons[some][None], 1)
    one_class = labels[some][:, None] == labels[some][None]
    cosines = rows[some] @ rows[some].T
    medians, spreads = [], []
    for kind in (~one_class, one_class):
        between = cosines[different & kind]
        between = between if len(between) >= _FEW_PAIRS else cosines[different]
        median = float(np.median(between)) if len(between) else 0.0
        medians.append(median)
        # 1.4826 median deviations are a standard deviation of normal numbers
        spreads.append(
            max(1.4826 * float(np.median(np.abs(between - median))) if len(between) else 1.0, 1e-6)
        )
    return (medians[0], medians[1]), (spreads[0], spreads[1])


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float64)


def _whitened(rows: FloatArray, persons: NDArray[np.str_]) -> FloatArray:
    """Rows with their mean taken off and their covariance, shrunk to a sphere by half, made the identity."""
    _, inverse, counts = np.unique(persons, return_inverse=True, return_counts=True)
    weights = 1.0 / counts[inverse]
    weights /= weights.sum()
    centred = rows - weights @ rows
    covariance = (centred * weights[:, None]).T @ centred
    sphere = np.eye(len(covariance)) * max(float(np.trace(covariance)) / len(covariance), 1e-12)
    values, vectors = np.linalg.eigh((1 - _SHRINKAGE) * covariance + _SHRINKAGE * sphere)
    return np.asarray(centred @ vectors / np.sqrt(values), np.float64)


def _limit(photos: int) -> float:
    """See `Likeness`."""
    from scipy.special import ndtri

    pairs = max(photos * (photos - 1) / 2, 1.0)
    return (1.1 + min(6.0 / photos, 0.5)) * -float(ndtri(_FALSE_ALARMS / pairs))
