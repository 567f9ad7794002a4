"""The face mesh of a photograph as a surface in millimetres, and how far swelling moves each of its points.

A face mesh has no scale; the distance between the eye centres is taken to be 62.5 mm, about the mean of
adults (63.4 mm from pupil to pupil, sd 3.8: Dodgson, "Variation and extrema of human interpupillary
distance", SPIE 5291, 2004). So a face with eyes wider apart swells a little too little.

Where each region swells comes from the shapes of the simulator's head, carried over to the mesh once by
`mitate.simulate.swell_shapes`. On each photograph the volume is measured again and set right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.simulate.fluid import REGIONS
from mitate.simulate.head import swept_volume_ml

__all__ = [
    "EYE_DISTANCE_MM",
    "OVAL",
    "POINTS",
    "RING_MM",
    "SHAPES",
    "FaceSurface",
    "Pattern",
    "Shapes",
    "eye_distance",
    "fit_surface",
    "nominal_pattern",
    "sample_pattern",
    "shapes",
    "vertex_normals",
]

Array = NDArray[np.float64]

SHAPES = Path(__file__).parents[1] / "weights" / "swelling" / "shapes.npz"
POINTS = 468
EYE_DISTANCE_MM = 62.5
RING_MM = (5.0, 12.0, 22.0, 35.0)
"""How far the rings of points lie beyond the edge of the mesh; nothing moves on the last."""
# fmt: off
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
"""Points on the edge of the face mesh, in order."""
# Points over bone (those of `mitate.face.pose_of_head`): they turn with the head and swell little.
_STABLE = (
    10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 2, 164, 33, 263, 133, 362, 130, 359, 243, 463, 98, 327, 129,
    358, 234, 454, 127, 356, 162, 389, 21, 251, 54, 284, 67, 297,
)
# fmt: on
_MOST_SCALING = 1.8  # a region is not made larger or smaller than this to reach its volume


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """What ``shapes.npz`` holds; see the README beside it.

    Attributes:
        mesh_mm: (N, 3) a face from the front: 468 points and four rings of 36 beyond their edge. Millimetres,
            x to the person's left, y up, z out of the face.
        mm_per_ml: (R, N, 3) movement per millilitre of each region.
        normals: (N, 3) unit, of the head under each point.
        tilt_per_ml: (R, N, 3) change of the normals per millilitre of each region.
        share: (R,) of each region's volume, the part that lies on the mesh.
        triangles: (T, 3) of the 468 points, counter-clockwise from outside.
        regions: (R,) names, as in `mitate.simulate.fluid`.
    """

    mesh_mm: Array
    mm_per_ml: Array
    normals: Array
    tilt_per_ml: Array
    share: Array
    triangles: NDArray[np.int64]
    regions: tuple[str, ...]


@lru_cache(maxsize=1)
def shapes() -> Shapes:
    """The shapes that come with the package.

    Raises:
        InputError: this installation lacks them.
    """
    try:
        with np.load(SHAPES, allow_pickle=False) as held:
            return Shapes(
                held["mesh_mm"].astype(np.float64),
                held["mm_per_ml"].astype(np.float64),
                held["normals"].astype(np.float64),
                held["tilt_per_ml"].astype(np.float64),
                held["share"].astype(np.float64),
                held["triangles"].astype(np.int64),
                tuple(str(name) for name in held["regions"]),
            )
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            "the shapes of swelling cannot be read", where=SHAPES, todo="install mitate anew"
        ) from error


@dataclass(frozen=True, slots=True)
class Pattern:
    """How one person's face takes up fluid.

    Attributes:
        ml_per_kg: region → millilitres per kilogram of excess fluid.
    """

    ml_per_kg: Mapping[str, float]


def nominal_pattern(strength: float = 1.0) -> Pattern:
    """The mean person of `mitate.simulate.fluid`; the neck is left out, which a face mesh does not reach."""
    return Pattern({r.name: strength * r.ml_per_kg for r in REGIONS if r.name in shapes().regions})


def sample_pattern(
    rng: np.random.Generator, strength: float = 1.0, *, pattern_sd: float = 0.4, sensitivity_sd: float = 0.2
) -> Pattern:
    """A person's own pattern, spread as in `mitate.simulate.person`.

    Args:
        rng: the person's.
        strength: multiplies every millilitre.
        pattern_sd: log-sd of a region's share between people.
        sensitivity_sd: log-sd of the whole face's response between people.
    """
    whole = float(np.exp(rng.normal(0, sensitivity_sd)))
    shares = {name: float(np.exp(rng.normal(0, pattern_sd))) for name in (r.name for r in REGIONS)}
    nominal = nominal_pattern(strength * whole).ml_per_kg
    return Pattern({name: value * shares[name] for name, value in nominal.items()})


def eye_distance(mesh: NDArray[np.floating]) -> float:
    """Distance between the middles of the eyes of a (≥468, k) mesh, in its unit."""
    points = np.asarray(mesh, np.float64)
    right, left = points[[33, 133]].mean(axis=0), points[[362, 263]].mean(axis=0)
    return float(np.linalg.norm(right - left))


def vertex_normals(points: Array, triangles: NDArray[np.int64]) -> Array:
    """(n, 3) unit normals of the first n points of a surface, weighted by area."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)
    normals = np.zeros((int(triangles.max()) + 1, 3))
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], area)
    return _unit(normals)


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


@dataclass(frozen=True, slots=True, eq=False)
class FaceSurface:
    """A photograph's face mesh in millimetres, before the camera.

    Attributes:
        points: (N, 3) mm: x to the image's right, y up, z towards the camera; 468 points and the rings.
        mm_per_px: scale of the photograph at the face.
        normals: (N, 3) unit.
        mm_per_ml: (R, N, 3) movement per millilitre in the whole region, set right on this face.
        tilt_per_ml: (R, N, 3) change of the normals, likewise.
    """

    points: Array
    mm_per_px: float
    normals: Array
    mm_per_ml: Array
    tilt_per_ml: Array

    def movement(self, pattern: Pattern, excess_kg: float) -> Array:
        """(N, 3) mm by which swelling moves each point.

        Raises:
            InputError: the pattern names a region that there is not.
        """
        return np.asarray(np.einsum("r,rnc->nc", _millilitres(pattern, excess_kg), self.mm_per_ml))

    def tilted(self, pattern: Pattern, excess_kg: float) -> Array:
        """(N, 3) unit normals of the swollen face.

        Raises:
            InputError: the pattern names a region that there is not.
        """
        tilt = np.einsum("r,rnc->nc", _millilitres(pattern, excess_kg), self.tilt_per_ml)
        return _unit(self.normals + tilt)

    def swept_ml(self, movement: Array) -> float:
        """Volume that a movement of the points adds under the mesh, without the rings."""
        return swept_volume_ml(self.points[:POINTS] / 1000, movement[:POINTS] / 1000, shapes().triangles)

    def pixels(self, movement: Array) -> Array:
        """(N, 2) px by which a movement is seen: the mesh is close to a parallel projection."""
        return np.column_stack([movement[:, 0], -movement[:, 1]]) / self.mm_per_px


def _millilitres(pattern: Pattern, excess_kg: float) -> Array:
    """(R,) of each region."""
    known = shapes().regions
    unknown = sorted(set(pattern.ml_per_kg) - set(known))
    if unknown:
        raise InputError(f"no such region: {', '.join(unknown)}", todo=f"there are {', '.join(known)}")
    return excess_kg * np.array([pattern.ml_per_kg.get(name, 0.0) for name in known])


def _turn(source: Array, target: Array) -> Array:
    """Rotation that carries centred points `source` onto `target` best (Kabsch 1976)."""
    u, _, vt = np.linalg.svd((source - source.mean(axis=0)).T @ (target - target.mean(axis=0)))
    handed = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return np.asarray((u @ handed @ vt).T)


def fit_surface(mesh: NDArray[np.floating]) -> FaceSurface:
    """The surface of a face mesh.

    Args:
        mesh: (468, 3) pixels of the photograph, as `mitate.face.landmarks.FaceMesh` gives it.

    Raises:
        InputError: not a face mesh, or its points coincide.
    """
    held = shapes()
    if mesh.shape != (POINTS, 3) or not np.isfinite(mesh).all() or eye_distance(mesh) < 1e-6:
        raise InputError(f"not a face mesh of {POINTS} points in space")
    mm_per_px = EYE_DISTANCE_MM / eye_distance(mesh)
    own = mm_per_px * np.asarray(mesh, np.float64) * np.array([1.0, -1.0, -1.0])
    stable, edge = list(_STABLE), list(OVAL)
    turn = _turn(held.mesh_mm[stable], own[stable])
    turned = held.mesh_mm @ turn.T
    turned += own[stable].mean(axis=0) - turned[stable].mean(axis=0)
    # each point of a ring goes along with its point of this face's edge
    rings = turned[POINTS:] + np.tile(own[edge] - turned[edge], (len(RING_MM), 1))
    points = np.vstack([own, rings])
    normals = np.vstack([vertex_normals(own, held.triangles), _unit(held.normals[POINTS:]) @ turn.T])
    moves, tilts = held.mm_per_ml @ turn.T, held.tilt_per_ml @ turn.T
    factors = _scaling(FaceSurface(points, mm_per_px, normals, moves, tilts), held)[:, None, None]
    return FaceSurface(points, mm_per_px, normals, factors * moves, factors * tilts)


def _scaling(surface: FaceSurface, held: Shapes) -> Array:
    """(R,) what each region's movement is multiplied with to sweep its share of a millilitre on this face."""
    factors = np.ones(len(held.regions))
    for row, (move, share) in enumerate(zip(surface.mm_per_ml, held.share, strict=True)):
        if share < 0.1:
            continue  # below the chin: beyond the mesh, on which no volume can be measured
        small = 0.05 / max(1.0, float(np.abs(move).max()))
        swept = surface.swept_ml(small * move) / small
        wanted = share / swept if swept > 0 else 1.0
        factors[row] = float(np.clip(wanted, 1 / _MOST_SCALING, _MOST_SCALING))
    return factors
