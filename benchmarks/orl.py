"""Identity from one photo a person on the ORL faces: whether the transfer works on real photographs.

40 people with ten grey photos of 92×112 pixels each (Samaria and Harter, "Parameterisation of a stochastic
model for human face identification", WACV 1994; the credit goes to Olivetti Research Laboratory). They go
through what every photo of a diagnosis goes through, `mitate.diagnosis.face_in`, and SFace. A photo without a
face is not left out: nobody is recognised on it, and it is taken for nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.face_in import Seeing, face_in
from mitate.diagnosis.intervals import between_percentiles, over_persons
from mitate.errors import RefusalError
from mitate.face.embed import FaceEmbedder
from mitate.figures import Figure

__all__ = [
    "DATA",
    "NO_LIKENESS",
    "Identities",
    "area",
    "figures",
    "identified",
    "of_pixels",
    "one_photo",
    "photos",
    "rows",
    "seen",
]

Image = NDArray[np.uint8]
Array = NDArray[np.float64]

DATA = Path(__file__).parents[1] / ".." / "shared/data/orl_faces"
NO_LIKENESS = -2.0
"""Of a pair with a photo on which no face was found: lower than any cosine."""

_TOP_1_BAR, _AREA_BAR = 99.5, 0.9995
_DRAWS = 1000


def photos(folder: Path = DATA) -> tuple[list[Image], NDArray[np.int64]]:
    """The photos, RGB, person by person, and (n,) whose they are."""
    files = sorted(folder.rglob("*.pgm"), key=lambda path: (int(path.parent.name[1:]), int(path.stem)))
    read = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in files]
    who = np.array([int(path.parent.name[1:]) - 1 for path in files], np.int64)
    return [np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8) for grey in read], who


@dataclass(frozen=True, slots=True, eq=False)
class Identities:
    """What is recognised on each photo.

    Attributes:
        rows: (n, d) of length 1; zeros where no face was found.
        found: (n,) whether one was.
    """

    rows: Array
    found: NDArray[np.bool_]

    def likeness(self, other: Identities | None = None) -> Array:
        """(n, m) cosine of each photo with each of another set; of a photo without a face, `NO_LIKENESS`."""
        other = other or self
        cosine = self.rows @ other.rows.T
        return np.where(self.found[:, None] & other.found[None, :], cosine, NO_LIKENESS)


def seen(images: Sequence[Image], seeing: Seeing, embedder: FaceEmbedder) -> Identities:
    """SFace's embedding of the face on each photo, as the product finds and aligns it."""
    out = np.zeros((len(images), 128))
    found = np.zeros(len(images), bool)
    for place, image in enumerate(images):
        try:
            crop = face_in(image, seeing).crop
        except RefusalError:
            continue
        out[place] = embedder(crop[None])[0]
        found[place] = True
    return Identities(out, found)


def of_pixels(images: Sequence[Image]) -> Identities:
    """The photo's own pixels, without mean and length: their cosine is the correlation of two photos."""
    flat = np.stack([image[..., 0].ravel().astype(np.float64) for image in images])
    flat -= flat.mean(axis=1, keepdims=True)
    return Identities(flat / np.linalg.norm(flat, axis=1, keepdims=True), np.ones(len(flat), bool))


def one_photo(likeness: Array, who: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each photo is told right when the gallery holds one photo a person, over all choices of it.

    Args:
        likeness: (n, n) of each photo (row) with each that may stand in the gallery (column); people one
            after the other, with equally many photos each.
        who: (n,) the person.

    Returns:
        (n, k - 1) with k photos a person: the gallery holds everybody's first, second ... photo; the photo's
        own place among them is left out.
    """
    people = len(np.unique(who))
    each = len(who) // people
    table = likeness.reshape(len(who), people, each)
    # The nearest must be nearer than all others: a photo without a face is no better than a tie.
    own = table[np.arange(len(who)), who]
    rivals = table.copy()
    rivals[np.arange(len(who)), who] = -np.inf
    right = own > rivals.max(axis=1)
    place = np.arange(len(who)) % each
    others = np.arange(each)[None, :] != place[:, None]
    return np.asarray(right[others].reshape(len(who), each - 1), np.bool_)


def area(likeness: Array, who: NDArray[np.int64], weight: Array | None = None) -> float:
    """Area under the ROC curve of telling pairs of one person from pairs of two; ties count half.

    Args:
        likeness: (n, n), of which the pairs above the diagonal are read.
        who: (n,) the person, from 0.
        weight: (people,) how often each was drawn; a pair of two counts as often as both were drawn.
    """
    return _areas(likeness, who, np.ones((1, int(who.max()) + 1)) if weight is None else weight[None])[0]


def _areas(likeness: Array, who: NDArray[np.int64], weights: Array) -> list[float]:
    first, second = np.triu_indices(len(who), k=1)
    genuine = who[first] == who[second]
    _, place = np.unique(likeness[first, second], return_inverse=True)
    first, second = who[first], who[second]
    out = []
    for weight in weights:
        pair = np.where(genuine, weight[first], weight[first] * weight[second])
        others = np.bincount(place, np.where(genuine, 0.0, pair))
        hits = np.bincount(place, np.where(genuine, pair, 0.0))
        lower = np.cumsum(others) - others / 2
        out.append(float((hits * lower).sum() / (hits.sum() * others.sum())))
    return out


def rows(
    name: str,
    likeness: Array,
    who: NDArray[np.int64],
    data: str,
    bars: tuple[float | None, float | None] = (None, None),
) -> list[Figure]:
    """Top-1 from one photo and the area under the ROC curve, with intervals over people.

    Args:
        name: what the rows begin with.
        likeness, who: see `one_photo`.
        data: on what.
        bars: of top-1 in per cent and of the area.
    """
    right = one_photo(likeness, who)
    told = right.mean(axis=1)
    low, high = over_persons(told, who)
    people = len(np.unique(who))
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(people, np.full(people, 1 / people), size=_DRAWS).astype(np.float64)
    least, most = between_percentiles(_areas(likeness, who, drawn))
    worst = 100 * min(_each_gallery(right))
    pairs = len(who) * (len(who) - 1) // 2
    return [
        Figure(
            f"{name}: top-1 from one photo a person",
            100 * float(told.mean()),
            "%",
            100 * low,
            100 * high,
            people,
            f"{data}; all {right.shape[1] + 1} choices of the one photo, tested on the other "
            f"{right.shape[1]}; the worst choice {worst:.2f} %",
            bars[0],
        ),
        Figure(
            f"{name}: same person or not, area under the ROC curve",
            area(likeness, who),
            "",
            least,
            most,
            people,
            f"{data}; {pairs:,} pairs",
            bars[1],
        ),
    ]


def _each_gallery(right: NDArray[np.bool_]) -> list[float]:
    """Share told right of each choice of the one photo, from `one_photo`'s table."""
    each = right.shape[1] + 1
    place = np.arange(len(right)) % each
    full = np.ones((len(right), each))
    full[np.arange(each)[None, :] != place[:, None]] = right.ravel()
    return [float(full[place != choice, choice].mean()) for choice in range(each)]


def identified(images: Sequence[Image]) -> Identities:
    """`seen` with networks loaded for it."""
    return seen(images, Seeing.load(), FaceEmbedder())


def figures(images: Sequence[Image], who: NDArray[np.int64]) -> list[Figure]:
    """The rows of photos as they are."""
    data = f"orl_faces, {len(images)} photos of {len(np.unique(who))} people, real"
    ours = identified(images)
    found = 100 * float(ours.found.mean())
    return [
        Figure("ORL: faces found", found, "%", None, None, len(images), data, 100.0),
        *rows("ORL, SFace", ours.likeness(), who, data, (_TOP_1_BAR, _AREA_BAR)),
        *rows("ORL, correlation of pixels", of_pixels(images).likeness(), who, data),
    ]
