"""Makes ``weights/swelling/shapes.npz``: how each region's swelling moves the 468 points of a face mesh.

Heads of Anny are drawn from the front, the face mesh is found on each picture as on any photograph, and the
ray through each of its points says which spot of the head it lies on, hence how far one millilitre of each
region of `mitate.simulate.fluid` moves it. What is kept is the mean over people. Rings of points beyond the
edge of the mesh carry what lies outside, such as the skin below the chin.

Run it with the simulate extra: ``python -m mitate.simulate.swell_shapes`` (half a minute)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.errors import RefusalError
from mitate.face.detect import FaceDetector
from mitate.face.landmarks import FaceMesh, roi_of_detection, roi_of_mesh
from mitate.simulate.capture import CaptureProfile, sample_conditions
from mitate.simulate.fluid import REGIONS, displacement_per_kg
from mitate.simulate.head import SKIN, Head, load_head, swept_volume_ml
from mitate.simulate.person import Person, sample_person
from mitate.simulate.render import Camera, Look, cast, eye_directions, lit, vertex_normals
from mitate.simulate.skin import lab_to_linear
from mitate.simulate.swell_mesh import EYE_DISTANCE_MM, OVAL, POINTS, RING_MM, SHAPES, eye_distance

__all__ = ["main", "make_shapes"]

Array = NDArray[np.float64]

PEOPLE, SEED = 24, 5_468
_SIDE, _EYES_PX, _DISTANCE_M = 480, 130.0, 1.5
_CYLINDER_Z = -60.0  # mm behind the eyes: the axis round which the face is unrolled to be triangulated
_RING_SHARE = np.array([0.5, 0.2, 0.05, 0.0])  # of a ring's movement that is its edge point's
_USUAL_KG = 3.0  # at which the tilt of the surface is taken
_RING_FADE = np.array([1.0, 0.9, 0.6, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One head: mesh and the surface under it, (N, 3) mm in the house's axes; its normals; changes per mL."""

    mesh: Array
    surface: Array
    normals: Array
    moves: Array
    tilts: Array


def _picture(person: Person, camera: Camera) -> NDArray[np.uint8]:
    look = Look(
        texture=person.texture,
        eye_directions=eye_directions(person.head, person.neutral),
        iris=lab_to_linear(np.asarray(person.skin.iris_lab)),
        cloth=np.full(3, 0.3, np.float32),
    )
    surface = cast(person.head, person.neutral, look, camera)
    room = sample_conditions(np.random.default_rng(0), CaptureProfile(light=0.0))
    wall = np.full((camera.height, camera.width, 3), 0.4, np.float32)
    linear = lit(surface, room.light, wall) * np.float32(1.2)
    return np.asarray(255 * linear.clip(0, 1) ** (1 / 2.2) + 0.5).astype(np.uint8)


def _with_rings(mesh: Array) -> Array:
    """(N, 3): the mesh, and rings beyond its edge, each point straight out from the middle of the face."""
    edge = mesh[list(OVAL)]
    outwards = edge[:, :2] - mesh[:, :2].mean(axis=0)
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    rings = [np.column_stack([edge[:, :2] + far * outwards, edge[:, 2]]) for far in RING_MM]
    return np.vstack([mesh, *rings])


def _hits(head: Head, vertices: Array, at: Array) -> tuple[NDArray[np.int64], Array]:
    """The triangle of skin that each ray towards (n, 3) meets first (-1: none), and where in it, (n, 3)."""
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    faces = head.faces[head.material == SKIN]
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces))
    eye = np.array([0.0, 0.0, _DISTANCE_M])
    towards = (at - eye).astype(np.float32)
    hit = scene.run(np.tile(eye, (len(at), 1)).astype(np.float32), towards, output=True)
    u, v = hit["u"], hit["v"]
    return np.asarray(hit["primID"], np.int64), np.stack([1 - u - v, u, v], axis=1)


def _nearest_filled(values: Array, known: NDArray[np.bool_], at: Array) -> Array:
    """Values of points whose ray met nothing, from the nearest that did."""
    from scipy.spatial import cKDTree

    _, nearest = cKDTree(at[known, :2]).query(at[:, :2])
    return np.where(known[:, None], values, values[known][nearest])


def _see(person: Person, detector: FaceDetector, network: FaceMesh) -> _Seen:
    """One head, from the front.

    Raises:
        RefusalError: the detector finds no face in its picture.
    """
    head, neutral = person.head, person.neutral
    eyes = [neutral[eye].mean(axis=0) for eye in head.eyes]
    per_metre = _EYES_PX / float(np.linalg.norm(eyes[1] - eyes[0]))
    camera = Camera(_SIDE, _SIDE, per_metre, _DISTANCE_M, (0.0, 0.0))
    picture = _picture(person, camera)
    faces = detector(picture)
    if not faces:
        raise RefusalError("no face found on a simulated head", reason="no_face", where=person.participant_id)
    found = network(picture, roi_of_detection(faces[0]))
    found = network(picture, roi_of_mesh(found))
    points = found.points.astype(np.float64)
    middle = (_SIDE - 1) / 2
    mesh = 1000 / per_metre * np.column_stack([points[:, 0] - middle, middle - points[:, 1], -points[:, 2]])
    whole = _with_rings(mesh)
    # the camera looks at the plane between the eyes, where a pixel is 1 / per_metre wide
    on_plane = np.column_stack([whole[:, :2] / 1000, np.zeros(len(whole))])
    triangle, weight = _hits(head, neutral.astype(np.float64), on_plane)
    known = triangle >= 0
    corners = head.faces[head.material == SKIN][np.maximum(triangle, 0)]

    def under(field: NDArray[np.floating]) -> Array:
        values = np.einsum("nk,nkc->nc", weight, field[corners].astype(np.float64))
        return _nearest_filled(values, known, whole)

    moves, tilts = [], []
    straight = vertex_normals(head, neutral)
    for region in REGIONS:
        if region.name == "neck":
            continue
        each = {change: 1.0 / len(region.changes) for change in region.changes}
        per_ml = displacement_per_kg(head, neutral, each)
        usual = np.float32(_USUAL_KG * region.ml_per_kg)
        moves.append(_faded(1000 * under(per_ml)))
        tilts.append(under(vertex_normals(head, neutral + usual * per_ml) - straight) / float(usual))
    return _Seen(whole, 1000 * under(neutral), under(straight), np.stack(moves), np.stack(tilts))


def _faded(move: Array) -> Array:
    """Beyond the edge of the mesh: first as the edge moves, then as the skin there does, then not at all."""
    edge = move[list(OVAL)]
    for ring in range(len(RING_MM)):
        part = slice(POINTS + ring * len(OVAL), POINTS + (ring + 1) * len(OVAL))
        share = _RING_SHARE[ring]
        move[part] = _RING_FADE[ring] * (share * edge + (1 - share) * move[part])
    return move


def _triangles(mesh: Array) -> NDArray[np.int16]:
    """(T, 3), counter-clockwise from outside: Delaunay on the face unrolled from a cylinder."""
    from scipy.spatial import Delaunay

    angle = np.arctan2(mesh[:, 0], mesh[:, 2] - _CYLINDER_Z)
    flat = np.column_stack([70.0 * angle, mesh[:, 1]])
    faces = Delaunay(flat).simplices
    a, b, c = (flat[faces[:, k]] for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    edge = np.isin(faces, OVAL).all(axis=1)  # a triangle between edge points only lies outside the face
    faces = np.where(area[:, None] < 0, faces[:, ::-1], faces)
    return np.asarray(faces[~edge & (np.abs(area) > 1e-6)], np.int16)


def _people(head: Head) -> Iterator[_Seen]:
    detector, network = FaceDetector(), FaceMesh()
    for index in range(PEOPLE):
        try:
            yield _see(sample_person(head, SEED, index), detector, network)
        except RefusalError as error:
            print(error, file=sys.stderr)


def make_shapes() -> dict[str, NDArray[np.generic]]:
    """The arrays of the file: see the README beside it."""
    seen = list(_people(load_head()))
    mesh = np.median([one.mesh for one in seen], axis=0)
    moves = np.mean([one.moves for one in seen], axis=0)
    faces = _triangles(mesh[:POINTS])
    shares = [
        [
            swept_volume_ml(one.surface[:POINTS] / 1000, move[:POINTS] / 1000 * 0.5, faces) / 0.5
            for move in one.moves
        ]
        for one in seen
    ]
    print("share of each region's volume that lies on the mesh, mean and sd over people:")
    for region, values in zip(REGIONS, np.transpose(shares), strict=False):
        print(f"  {region.name:16s} {np.mean(values):6.3f} ± {np.std(values):.3f}")
    scale = EYE_DISTANCE_MM / eye_distance(mesh)
    print(f"eye distance of the mesh {eye_distance(mesh):.1f} mm on the scale of the heads")
    return {
        "mesh_mm": (scale * mesh).astype(np.float32),
        "normals": np.mean([one.normals for one in seen], axis=0).astype(np.float16),
        "mm_per_ml": moves.astype(np.float16),
        "tilt_per_ml": np.mean([one.tilts for one in seen], axis=0).astype(np.float16),
        "share": np.mean(shares, axis=0).astype(np.float32),
        "triangles": faces,
        "regions": np.array([region.name for region in REGIONS if region.name != "neck"]),
    }


def main() -> None:
    """Make the file anew."""
    arrays = make_shapes()
    target = Path(SHAPES)
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target, **arrays)  # type: ignore[arg-type]
    print(f"wrote {target}, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
