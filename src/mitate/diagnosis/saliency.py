"""Where on the face the evidence for a class lies: exact for linear heads, by occlusion for anything.

A linear head on a map of C channels over 7×7 cells is a sum over cells, so each cell's part of a class's
score is known exactly (class activation mapping: Zhou et al., CVPR 2016). Occlusion covers one place after
the other and watches the score fall (Zeiler and Fergus, ECCV 2014); it asks nothing of the model and costs a
pass a place. Both are averaged over held-out people on the mean face. That a map belongs to the model at all
is checked by shuffling the model's weights, which must change it (Adebayo et al., NeurIPS 2018).

A map says where the model looks, never why, and not what a disease does to a face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.canonical import FEWEST_FOR_A_MEAN, SIDE, Canonical, mean_mesh, parts_of
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.linear import LinearHead, Normalisation, fit_linear
from mitate.errors import InputError

__all__ = [
    "CELLS",
    "ClassSaliency",
    "MapOf",
    "cell_evidence",
    "class_saliency",
    "evidence_maps",
    "held_out_rows",
    "layer_saliency",
    "occlusion_map",
    "occlusion_saliency",
    "shuffled",
]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Scores = Callable[[NDArray[np.uint8]], Array]
"""Crops (m, 112, 112, 3) to scores (m, K)."""
MapOf = Callable[[Rows, Rows], Array]
"""Rows of the faces (m,) and a class each (m,) to maps (m, 112, 112)."""

CELLS = 7
"""Cells a side of SFace's last map."""

_MOST_PEOPLE = 6
_MOST_SHARE = 4  # at most one in so many people of a class is kept aside
_BLUR = SIDE / 8


@dataclass(frozen=True, slots=True, eq=False)
class ClassSaliency:
    """Where the evidence for one class lies, averaged over people of this class on the mean face.

    Attributes:
        label: the class.
        map: (112, 112) evidence, 1 at its strongest; below 0 speaks against the class.
        face: (112, 112, 3) uint8 the mean face of the class, or of all classes where it has fewer than ten
            people; None where there are fewer than ten altogether.
        of_class: whether `face` is of the class itself.
        persons: over how many people, none of them learned from.
        outside_area: share of the picture that is not on the face; evidence spread evenly would have it.
        parts: parts of the face with their share of the evidence for the class, the largest first; with
            ``outside`` for what is not on the face.
        method: how the maps were made.
        shuffled: correlation with the map of the same model with shuffled weights, near 0 if the map shows
            what was learned; None where it was not tried.
    """

    label: str
    map: Array
    face: NDArray[np.uint8] | None
    of_class: bool
    persons: int
    outside_area: float
    parts: tuple[tuple[str, float], ...]
    method: Literal["evidence", "occlusion"]
    shuffled: float | None


def cell_evidence(head: LinearHead, rows: NDArray[np.floating], classes: Rows) -> Array:
    """(m, 7, 7) each cell's part of a class's score; over the cells it sums to the score less the bias.

    Args:
        head: of K classes on d = C·7·7 values.
        rows: (m, d) as they come from the layer, channel by channel.
        classes: (m,) whose evidence.

    Raises:
        InputError: the values are not channels of 7×7 cells.
    """
    width = head.weights.shape[1]
    if width % CELLS**2 or rows.shape[1:] != (width,):
        raise InputError(f"{rows.shape} is not a row of channels of {CELLS}×{CELLS} cells a face")
    cells = np.empty((len(rows), CELLS, CELLS))
    for place, (row, label) in enumerate(zip(rows, classes, strict=True)):
        centred = np.asarray(row, np.float64) - head.mean
        if head.unit:
            centred /= max(float(np.linalg.norm(centred)), 1e-12)
        cells[place] = (head.weights[label] * centred).reshape(-1, CELLS, CELLS).sum(axis=0)
    return cells


def evidence_maps(head: LinearHead, rows: NDArray[np.floating], classes: Rows) -> Array:
    """(m, 112, 112) the same, enlarged to the crop by cubic splines.

    What speaks for a class may also be what is missing: the cell of a mark that the other classes have.

    Raises:
        InputError: as `cell_evidence`.
    """
    cells = cell_evidence(head, rows, classes)
    enlarged = [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in cells]
    return np.array(enlarged, np.float64).reshape(-1, SIDE, SIDE)


def occlusion_map(
    scores_of: Scores,
    crop: NDArray[np.uint8],
    label: int,
    *,
    fill: NDArray[np.uint8] | None = None,
    grid: int = 6,
) -> Array:
    """(112, 112) by how much a class's score falls, against the mean of the others, where a place is covered.

    Covering hides what is there; it cannot show that something missing speaks for the class.

    Args:
        scores_of: the model.
        crop: (112, 112, 3) RGB.
        label: the class's place in the scores.
        fill: what covers it, (112, 112, 3), such as the mean face on this mesh; a blurred copy where None.
        grid: places a side; the model sees grid² + 1 pictures.

    Raises:
        InputError: the crop is not 112 px, or the grid has less than two places a side.
    """
    if crop.shape != (SIDE, SIDE, 3) or grid < 2:
        raise InputError(
            f"a crop of {SIDE} px and a grid of two or more are needed, not {crop.shape}, {grid}"
        )
    cover = cv2.GaussianBlur(crop, (0, 0), _BLUR) if fill is None else fill
    windows = _windows(grid)
    mixed = crop + windows[..., None] * (cover.astype(np.float64) - crop)
    pictures = np.concatenate([crop[None], np.clip(np.rint(mixed), 0, 255).astype(np.uint8)])
    scores = np.asarray(scores_of(pictures), np.float64)
    others = np.delete(scores, label, axis=1)
    lead = scores[:, label] - (others.mean(axis=1) if others.shape[1] else 0.0)
    falls = lead[0] - lead[1:]
    return np.asarray(np.tensordot(falls, windows, 1) / windows.sum(axis=0))


def _windows(grid: int) -> Array:
    """(grid², 112, 112) soft round patches that overlap by half, each 1 in its middle."""
    step = SIDE / grid
    centres = step * (np.arange(grid) + 0.5) - 0.5
    along = np.exp(-0.5 * ((np.arange(SIDE) - centres[:, None]) / (0.55 * step)) ** 2)
    return np.asarray(np.einsum("iy,jx->ijyx", along, along).reshape(grid * grid, SIDE, SIDE))


def held_out_rows(faces: Faces, *, most: int = _MOST_PEOPLE, seed: int = 0) -> Rows:
    """One photo each of up to `most` people a class, and of no more than a quarter of its people.

    A class of fewer than four people gives one, if it has two.
    """
    rng = np.random.default_rng(seed)
    rows: list[int] = []
    for target in range(len(faces.labels)):
        mine = np.flatnonzero(faces.targets == target)
        people, first = np.unique(faces.persons[mine], return_index=True)
        count = min(most, max(len(people) // _MOST_SHARE, min(len(people) - 1, 1)))
        rows += sorted(mine[first[rng.permutation(len(people))[:count]]].tolist())
    return np.array(rows, dtype=np.int64)


def class_saliency(
    faces: Faces,
    rows: Rows,
    map_of: MapOf,
    *,
    method: Literal["evidence", "occlusion"],
    against: MapOf | None = None,
    mirrored: bool = False,
) -> tuple[ClassSaliency, ...]:
    """Maps of every class on the mean face.

    Args:
        faces: of the whole data set; its mean face is the common space.
        rows: photos to look at, of people that `map_of` has not learned from (`held_out_rows`).
        map_of: makes the maps, each for the photo's true class.
        method: what it is.
        against: the same with shuffled weights.
        mirrored: whether the left and right of the face are averaged.

    Raises:
        InputError: there are no faces.
    """
    canonical = Canonical(mean_mesh(faces.mesh))
    targets = faces.targets
    maps = _on_the_mean_face(canonical, faces, rows, map_of(rows, targets[rows]), mirrored=mirrored)
    other = (
        None
        if against is None
        else _on_the_mean_face(canonical, faces, rows, against(rows, targets[rows]), mirrored=mirrored)
    )
    own = [_mean_face(canonical, faces, np.flatnonzero(targets == target)) for target in np.unique(targets)]
    lacking = any(face is None for face in own)
    everybody = _mean_face(canonical, faces, np.arange(len(faces))) if lacking else None
    told = []
    for target, label in enumerate(faces.labels):
        mine = targets[rows] == target
        if not mine.any():
            continue
        mean = maps[mine].mean(axis=0)
        likeness = None if other is None else _correlation(mean, other[mine].mean(axis=0))
        told.append(
            ClassSaliency(
                label=label,
                map=mean / max(float(np.abs(mean).max()), 1e-12),
                face=everybody if own[target] is None else own[target],
                of_class=own[target] is not None,
                persons=int(np.count_nonzero(mine)),
                outside_area=float(1.0 - canonical.inside().mean()),
                parts=_parts(canonical, mean),
                method=method,
                shuffled=likeness,
            )
        )
    return tuple(told)


def layer_saliency(
    faces: Faces,
    rows: NDArray[np.floating],
    *,
    cost: float = 1.0,
    normalisation: Normalisation = "unit",
    mirrored: bool = False,
    seed: int = 0,
) -> tuple[ClassSaliency, ...]:
    """Exact evidence of a linear head on SFace's last map, for people that it has not learned from.

    Args:
        faces: of the whole data set.
        rows: (n, C·7·7) the layer's values of each face.
        cost, normalisation: of the head, as inner validation chose them.
        mirrored: whether left and right are averaged.
        seed: of whom to keep aside and of the shuffling.

    Raises:
        InputError: a class without people to learn from, or values that are not maps.
    """
    aside = held_out_rows(faces, seed=seed)
    learn = np.flatnonzero(~np.isin(faces.persons, faces.persons[aside]))
    head = fit_linear(rows[learn], faces.targets[learn], len(faces.labels), cost, normalisation)
    random = shuffled(head, seed=seed)
    return class_saliency(
        faces,
        aside,
        lambda at, classes: evidence_maps(head, rows[at], classes),
        method="evidence",
        against=lambda at, classes: evidence_maps(random, rows[at], classes),
        mirrored=mirrored,
    )


def occlusion_saliency(
    faces: Faces, rows: Rows, scores_of: Scores, *, grid: int = 6, mirrored: bool = False
) -> tuple[ClassSaliency, ...]:
    """Maps by occlusion, for any model; a pass for each of grid² + 1 pictures of each row.

    Places are covered with the mean face, carried onto the person's own; with a blurred copy where the data
    set has fewer than ten people.

    Args:
        faces: of the whole data set.
        rows: photos to look at, of people that the model has not learned from (`held_out_rows`).
        scores_of: the model, its classes in the order of the faces' labels.
        grid: places a side.
        mirrored: whether left and right are averaged.

    Raises:
        InputError: there are no faces.
    """
    canonical = Canonical(mean_mesh(faces.mesh))
    mean = _mean_face(canonical, faces, np.arange(len(faces)))

    def maps(at: Rows, classes: Rows) -> Array:
        found = np.empty((len(at), SIDE, SIDE))
        for place, (row, label) in enumerate(zip(at, classes, strict=True)):
            fill = None if mean is None else np.asarray(canonical.back(mean, faces.mesh[row]), np.uint8)
            found[place] = occlusion_map(scores_of, faces.crops[row], int(label), fill=fill, grid=grid)
        return found

    return class_saliency(faces, rows, maps, method="occlusion", mirrored=mirrored)


def shuffled(head: LinearHead, *, seed: int = 0) -> LinearHead:
    """The head with its weights in another order within each class."""
    weights = np.random.default_rng(seed).permuted(head.weights, axis=1)
    return LinearHead(head.mean, weights, head.bias, head.unit)


def _on_the_mean_face(
    canonical: Canonical, faces: Faces, rows: Rows, maps: Array, *, mirrored: bool
) -> Array:
    brought = np.stack([canonical.bring(one, faces.mesh[row]) for row, one in zip(rows, maps, strict=True)])
    return (brought + brought[..., ::-1]) / 2 if mirrored else brought


def _mean_face(canonical: Canonical, faces: Faces, rows: Rows) -> NDArray[np.uint8] | None:
    if len(np.unique(faces.persons[rows])) < FEWEST_FOR_A_MEAN:
        return None
    return canonical.mean_face(faces.crops[rows], faces.mesh[rows], faces.persons[rows])


def _parts(canonical: Canonical, mean: Array) -> tuple[tuple[str, float], ...]:
    """Shares of the evidence for the class (what is above 0) by part of the face."""
    names, owner = parts_of(canonical)
    positive = np.maximum(mean, 0.0)
    total = float(positive.sum()) or 1.0
    shares = [(name, float(positive[owner == place].sum()) / total) for place, name in enumerate(names)]
    shares.append(("outside", float(positive[owner == -1].sum()) / total))
    return tuple(sorted(shares, key=lambda one: -one[1]))


def _correlation(one: Array, other: Array) -> float:
    """Spearman's, of two maps."""
    from scipy.stats import rankdata

    a, b = rankdata(one), rankdata(other)
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0
