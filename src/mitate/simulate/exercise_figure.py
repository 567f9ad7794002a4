"""The two figures of the exercise films: a woman and a man of about 65 in a plain, close-fitting suit.

What is where on the body (suit, hem, hair, features of the face) is kept as smooth fields over the vertices
and turned into colour for each pixel, so that hems are sharp at any size of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import spsolve

from mitate.body.points import INDEX
from mitate.simulate.body_model import SEGMENTS, BodyShape, Floats, load_body

__all__ = ["FIELDS", "Figure", "colours", "figure"]

Sex = Literal["woman", "man"]

_PHENOTYPES: dict[str, dict[str, float]] = {
    # Anny's age runs from 2/3 at 25 years to 1 at 90: 0.87 is about 65
    sex: {
        "gender": gender,  # 0 is male
        "age": 0.87,
        "muscle": muscle,
        "weight": 0.5,
        "height": 0.42,
        "proportions": 0.7,
        "cupsize": 0.3,
        "firmness": 0.6,
        "asian": 0.5,
        "african": 0.0,
        "caucasian": 0.5,
    }
    for sex, gender, muscle in (("woman", 0.92, 0.5), ("man", 0.08, 0.55))
}

FIELDS: tuple[str, ...] = ("cloth", "top", "hair", "dark", "lips", "tint")
"""What is kept of each vertex: metres inside the suit's hems, metres above the hem between shirt and
trousers, metres inside the hairline; shares (0 to 1) of dark features, of the lips and of the highlight."""

# Linear RGB.
_SHIRT = np.array([0.235, 0.325, 0.415], np.float32)
_TROUSERS = np.array([0.125, 0.175, 0.235], np.float32)
_SKIN = np.array([0.62, 0.40, 0.29], np.float32)
_HAIR = np.array([0.30, 0.285, 0.27], np.float32)
_DARK = np.array([0.07, 0.05, 0.045], np.float32)
_LIPS = np.array([0.45, 0.19, 0.155], np.float32)
_WARM = np.array([0.86, 0.34, 0.14], np.float32)
_TINT_ON_CLOTH, _TINT_ON_SKIN = 0.80, 0.60
_HEM_M = 0.0025  # half the width over which a hem turns from one colour into the other
_HAIRLINE_M = 0.006
_SUIT_M = 0.004  # the suit's thickness
_SMOOTHINGS = 10  # of what lies under the suit
_TIP_M = 0.04  # about a breast's tip, that a shirt does not follow


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One of the two figures.

    Attributes:
        shape: its body.
        fields: (V, 6) of `FIELDS`; the last, the highlight, is 0 here.
        off_skin: (V,) metres that suit and hair stand off the skin.
        smooth: (V, V) turns a posed skin into what a close suit shows of it.
        spread: (V, V) the mean over each vertex and its neighbours.
    """

    shape: BodyShape
    fields: Floats
    off_skin: Floats
    smooth: csr_matrix
    spread: csr_matrix

    def dressed(self, vertices: Floats) -> tuple[Floats, Floats]:
        """The surface that is seen of a posed skin (V, 3), metres, and its unit normals (V, 3)."""
        smoothed = np.asarray(self.smooth @ vertices, np.float32)
        normals = self.shape.model.normals(smoothed)
        worn = np.asarray(smoothed + self.off_skin[:, None] * normals, np.float32)
        return worn, self.shape.model.normals(worn)


@lru_cache(maxsize=2)
def figure(sex: Sex) -> Figure:
    """The woman or the man.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    shape = load_body().shape(_PHENOTYPES[sex])
    spread = _mean_of_neighbours(shape)
    under = diags(_step(_suit(shape, shape.vertices)[0], 0.02))
    stay = diags(np.ones(len(shape.vertices))) - under
    smooth = under @ _power(spread, _SMOOTHINGS) + stay
    smooth = csr_matrix(smooth @ _over_chest(shape, spread), dtype=np.float32)
    cloth, top = _suit(shape, np.asarray(smooth @ shape.vertices, np.float32))
    hair = _hair(shape, man=sex == "man")
    dark, lips = _features(shape)
    fields = np.stack([cloth, top, hair, dark, lips, np.zeros_like(cloth)], axis=1).astype(np.float32)
    thick = 0.005 if sex == "man" else 0.010
    off = _SUIT_M * _step(cloth, 0.004) + thick * _step(hair - 0.018, 0.024)
    return Figure(shape, fields, off.astype(np.float32), smooth, spread)


def _power(matrix: csr_matrix, times: int) -> csr_matrix:
    found = matrix
    for _ in range(times - 1):
        found = found @ matrix
    return found


def _over_chest(shape: BodyShape, spread: csr_matrix) -> csr_matrix:
    """(V, V) that draws a shirt flat over the breasts' tips: a membrane held by what lies round them."""
    vertices, normals = shape.vertices, shape.model.normals(shape.vertices)
    low, high = shape.joints["t12"][1], shape.joints["neck"][1] - 0.1
    front = (normals[:, 2] > 0.3) & (vertices[:, 1] > low) & (vertices[:, 1] < high)
    front &= (share_of(shape, "chest", "t12") > 0.6) & (np.abs(vertices[:, 0]) > 0.04)
    edges = spread.tocoo()
    length = np.linalg.norm(vertices[edges.row] - vertices[edges.col], axis=1)
    fine = np.bincount(edges.row, length * edges.data, len(vertices))  # the mesh is finest at the tips
    inner = np.zeros(len(vertices), bool)
    for sign in (1.0, -1.0):
        tip = np.argmin(np.where(front & (sign * vertices[:, 0] > 0), fine, np.inf))
        inner |= front & (np.linalg.norm(vertices - vertices[tip], axis=1) < _TIP_M)
    rows, others = np.flatnonzero(inner), np.flatnonzero(~inner)
    own = (diags(np.ones(len(rows))) - spread[rows][:, rows]).tocsc()
    held = np.asarray(spsolve(own, spread[rows][:, others].toarray()))
    placed = coo_matrix(held)
    wide = coo_matrix((placed.data, (rows[placed.row], others[placed.col])), shape=spread.shape)
    return csr_matrix(diags((~inner).astype(np.float32)) + wide)


def _mean_of_neighbours(shape: BodyShape) -> csr_matrix:
    faces = shape.model.faces
    pairs = np.concatenate([faces[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2))])
    pairs = np.unique(pairs, axis=0)
    count = len(shape.vertices)
    own = np.arange(count)
    rows, columns = np.concatenate([pairs[:, 0], own]), np.concatenate([pairs[:, 1], own])
    matrix = csr_matrix(coo_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(count, count)))
    return csr_matrix(diags(1.0 / np.asarray(matrix.sum(axis=1)).ravel()) @ matrix, dtype=np.float32)


def _step(value: NDArray[np.floating], half_width: float) -> Floats:
    """0 far below zero, 1 far above it, smooth between."""
    x = np.clip(0.5 + 0.5 * value / half_width, 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x), np.float32)


def along(shape: BodyShape, start: str, end: str, surface: Floats | None = None) -> Floats:
    """(V,) how far each vertex at rest lies from one segment's joint (0) to another's (1).

    Args:
        surface: (V, 3) metres, in place of the skin.
    """
    places = shape.vertices if surface is None else surface
    a, b = shape.joints[start], shape.joints[end]
    return np.asarray((places - a) @ (b - a) / float((b - a) @ (b - a)), np.float32)


def share_of(shape: BodyShape, *segments: str) -> Floats:
    """(V,) how much of each vertex moves with these segments."""
    return np.asarray(shape.model.weights[:, [SEGMENTS.index(name) for name in segments]].sum(axis=1))


def _suit(shape: BodyShape, surface: Floats) -> tuple[Floats, Floats]:
    """Metres inside the suit's hems at neck, elbows and ankles; metres above the hem at the hips.

    Args:
        surface: (V, 3) metres, what is seen of the body at rest.
    """
    _, y, z = surface.T
    neck = shape.joints["neck"]
    cloth = -((y - neck[1] - 0.012) + 0.42 * (z - neck[2] + 0.03))
    cloth = np.where(share_of(shape, "head") > 0.5, np.minimum(cloth, -0.05), cloth)
    for side in ("left", "right"):
        arm = share_of(shape, *(f"{side}_{part}" for part in ("upper_arm", "forearm", "hand"))) > 0.5
        length = float(np.linalg.norm(shape.joints[f"{side}_forearm"] - shape.joints[f"{side}_upper_arm"]))
        sleeve = (0.72 - along(shape, f"{side}_upper_arm", f"{side}_forearm", surface)) * length
        cloth = np.where(arm, np.minimum(cloth, sleeve), cloth)
        ankle = shape.joints[f"{side}_foot"][1]
        leg = share_of(shape, f"{side}_shank", f"{side}_foot") > 0.5
        cloth = np.where(leg, np.minimum(cloth, y - ankle - 0.035), cloth)
    hip = shape.joints["left_thigh"][1]
    hands = share_of(shape, *(f"{s}_{p}" for s in ("left", "right") for p in ("forearm", "hand"))) > 0.5
    top = np.where(hands, 0.3, y - hip - 0.075)
    return cloth.astype(np.float32), top.astype(np.float32)


def _hair(shape: BodyShape, *, man: bool) -> Floats:
    """Metres inside the hairline: forehead, in front of the ears, nape."""
    x, y, z = shape.vertices.T
    points = shape.model.points(shape.vertices, np.stack([shape.joints[n] for n in SEGMENTS]))
    left, right = points[INDEX["left_ear"]], points[INDEX["right_ear"]]
    brow = 0.5 * (points[INDEX["left_eye"]] + points[INDEX["right_eye"]])
    ear = 0.5 * (left + right)
    head = share_of(shape, "head", "neck")
    front = brow[2] - ear[2]
    # Over the forehead the line is high, behind the ears it falls to the nape.
    ahead = np.clip((z - ear[2]) / front, -1.2, 1.0)
    knots = [-1.2, -0.55, -0.2, 0.1, 0.3, 0.6, 1.0]
    rise = np.interp(ahead, knots, [-0.055, -0.045, 0.005, 0.012, 0.045, 0.062, 0.082 if man else 0.07])
    line = y - (ear[1] + rise)
    reach = 0.5 * (left[0] - right[0])
    about = np.hypot((y - ear[1]) / 0.044, (z - ear[2]) / 0.032) - 1  # the ear is free, softly
    line = np.where(np.abs(x) > 0.7 * reach, np.minimum(line, 0.03 * about), line)
    return np.where(head > 0.5, line, -0.1).astype(np.float32)


def _features(shape: BodyShape) -> tuple[Floats, Floats]:
    """Shares of eyes and brows, and of the lips."""
    points = shape.model.points(shape.vertices, np.stack([shape.joints[n] for n in SEGMENTS]))
    vertices = shape.vertices

    def blob(centre: Floats, radii: tuple[float, float, float]) -> Floats:
        away = (((vertices - centre) / np.array(radii, np.float32)) ** 2).sum(axis=1)
        return np.asarray(np.exp(-away), np.float32)

    dark = np.zeros(len(vertices), np.float32)
    for side in ("left", "right"):
        eye = points[INDEX[f"{side}_eye"]]
        dark = np.maximum(dark, 0.95 * blob(eye, (0.0085, 0.0055, 0.02)))
        for part in ("eye_inner", "eye", "eye_outer"):
            above = points[INDEX[f"{side}_{part}"]] + np.array([0, 0.021, 0.0], np.float32)
            dark = np.maximum(dark, 0.55 * blob(above, (0.011, 0.0045, 0.02)))
    mouth = 0.5 * (points[INDEX["mouth_left"]] + points[INDEX["mouth_right"]])
    lips = blob(mouth + np.array([0, 0, 0.012], np.float32), (0.021, 0.0075, 0.02))
    return dark, np.asarray(lips, np.float32)


def colours(fields: Floats) -> Floats:
    """Linear RGB (n, 3) of places with these fields (n, 6)."""
    cloth, top = (_step(fields[:, k], _HEM_M)[:, None] for k in range(2))
    hair = _step(fields[:, 2], _HAIRLINE_M)[:, None]
    dark, lips, tint = (fields[:, k, None] for k in range(3, 6))
    skin = _SKIN + lips * (_LIPS - _SKIN)
    skin = skin + dark * (_DARK - skin)
    skin = skin + hair * (_HAIR - skin)
    suit = _TROUSERS + top * (_SHIRT - _TROUSERS)
    plain = skin + cloth * (suit - skin)
    reach = tint * (_TINT_ON_SKIN * (1 - hair) * (1 - dark) + cloth * (_TINT_ON_CLOTH - _TINT_ON_SKIN))
    return np.asarray(plain + reach * (_WARM - plain), np.float32)
