"""Where in a face crop a simulated patient's fluid truly lies, and the same crop with less of it.

What an explanation of an estimate is held against. Two truths are known here and nowhere else: how far every
spot of the face is displaced by a kilogram, and what the same instant, in the same light and pose, would have
looked like had one region not swollen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import MissingExtraError, RefusalError
from mitate.face.align import bone_similarity, warp_crop
from mitate.face.detect import FaceDetector
from mitate.face.landmarks import FaceMesh, roi_of_detection
from mitate.simulate.capture import CaptureProfile, FrameState, Sitter, sample_frames
from mitate.simulate.face_cohort import sitter_for
from mitate.simulate.fluid import REGIONS, Visit, displacement_per_kg
from mitate.simulate.person import Person
from mitate.simulate.render import Camera

__all__ = ["FluidSession", "Seeing", "fluid_session", "levelled", "recropped"]

FloatArray = NDArray[np.floating]

_SIDE_PER_EYES = 160 / 45.0


@dataclass(frozen=True, slots=True)
class Seeing:
    """The detector and the mesh that real clips go through."""

    detector: FaceDetector
    mesh: FaceMesh

    @classmethod
    def load(cls) -> Seeing:
        """Both, from the installed weights.

        Raises:
            WeightsError: weights are not installed.
        """
        return cls(FaceDetector(), FaceMesh())


@dataclass(frozen=True, slots=True, eq=False)
class FluidSession:
    """Some frames of one session with what is true of them.

    Attributes:
        sitter: the person in this session.
        states: (n,) of the frames.
        crops: (n, S, S, 3) uint8 RGB edema crops.
        points: (n, 468, 2) mesh points in pixels of the crops.
        patterns: (n, 9, S, S) float32, millimetres that a kilogram of this person's fluid displaces the spot
            that each pixel sees, by region in the order of `REGIONS`; 0 off the skin.
    """

    sitter: Sitter
    states: tuple[FrameState, ...]
    crops: NDArray[np.uint8]
    points: NDArray[np.float32]
    patterns: NDArray[np.float32]


def fluid_session(
    person: Person,
    visit_index: int,
    days: int,
    capture: CaptureProfile,
    *,
    frames: int,
    size: int,
    seeing: Seeing,
    eyes_px: float = 45.0,
) -> FluidSession:
    """The first frames of a session as `face_cohort.session_crops` would show them, with their truth.

    Args:
        person, visit_index, days, capture: as there.
        frames: wanted.
        size: side of the crops in pixels.
        seeing: detector and mesh.
        eyes_px: pixels between the eyes in the pictures that crops come from.

    Raises:
        RefusalError: the face cannot be found in any of the frames.
    """
    sitter = sitter_for(person, visit_index, days, capture)
    rng = np.random.default_rng([person.seed, person.index, 3, visit_index])
    kept, crops, points, patterns = [], [], [], []
    millimetres = _millimetres(person)
    for state in sample_frames(rng, sitter.conditions, frames, capture):
        found = _seen(sitter, state, size, eyes_px, seeing)
        if found is None:
            continue
        crop, matrix, mesh = found
        kept.append(state)
        crops.append(crop)
        points.append(mesh @ matrix[:, :2].T + matrix[:, 2])
        patterns.append(_patterns(sitter, state, millimetres, matrix, size, eyes_px))
    if not kept:
        raise RefusalError(
            "no face found in a simulated session", reason="no_face", where=person.participant_id
        )
    return FluidSession(
        sitter, tuple(kept), np.stack(crops), np.stack(points).astype(np.float32), np.stack(patterns)
    )


def levelled(session: FluidSession, visit: Visit, other: Visit, regions: Sequence[str]) -> Sitter:
    """The same person, room and moment, but `regions` hold no more fluid than at the visit `other`.

    Args:
        session: of `visit`.
        visit, other: of the same person's course.
        regions: names of `mitate.simulate.fluid.REGIONS`.
    """
    person = session.sitter.person
    now, then = (one.fluid_kg + one.puffiness_kg for one in (visit, other))
    volumes: Mapping[str, float] = {
        region.name: person.ml_per_kg[region.name] * (then / now if region.name in regions else 1.0)
        for region in REGIONS
    }
    changed = replace(person, ml_per_kg=volumes)
    changed.__dict__["neutral"] = person.neutral  # the same bones: Anny need not be asked again
    changed.__dict__["fat_shape"] = person.fat_shape
    changed.__dict__["texture"] = person.texture
    return Sitter(changed, visit, session.sitter.conditions)


def recropped(
    sitter: Sitter, session: FluidSession, seeing: Seeing, eyes_px: float = 45.0
) -> NDArray[np.uint8]:
    """The frames of `session` with another sitter in them, found and cropped anew, (n, S, S, 3).

    Raises:
        RefusalError: a face is not found any more.
    """
    size = session.crops.shape[1]
    crops = []
    for state in session.states:
        found = _seen(sitter, state, size, eyes_px, seeing)
        if found is None:
            raise RefusalError("the face is lost with less fluid", reason="no_face")
        crops.append(found[0])
    return np.stack(crops)


def _seen(
    sitter: Sitter, state: FrameState, size: int, eyes_px: float, seeing: Seeing
) -> tuple[NDArray[np.uint8], FloatArray, FloatArray] | None:
    """Crop, matrix from picture to crop, and mesh points (468, 2) in the picture."""
    side = round(eyes_px * _SIDE_PER_EYES)
    picture = sitter.picture(state, side, side, eyes_px)
    faces = seeing.detector(picture)
    if not faces:
        return None
    mesh = seeing.mesh(picture, roi_of_detection(faces[0])).points[:, :2]
    matrix = bone_similarity(mesh, size)
    return warp_crop(picture, matrix, size), matrix, mesh


def _millimetres(person: Person) -> FloatArray:
    """(V, 9) millimetres that each region displaces each vertex, a kilogram."""
    columns = []
    for region in REGIONS:
        volumes = {change: person.ml_per_kg[region.name] / len(region.changes) for change in region.changes}
        moved = displacement_per_kg(person.head, person.neutral, volumes)
        columns.append(1000 * np.linalg.norm(moved, axis=1))
    return np.stack(columns, axis=1)


def _patterns(
    sitter: Sitter, state: FrameState, millimetres: FloatArray, matrix: FloatArray, size: int, eyes_px: float
) -> NDArray[np.float32]:
    """(9, size, size) millimetres of displacement a kilogram, in the frame of the crop."""
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise MissingExtraError("embreex", "simulate") from error
    side = round(eyes_px * _SIDE_PER_EYES)
    camera: Camera = sitter.camera(state, side, side, eyes_px)
    head = sitter.person.head
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(sitter.vertices(state), dtype=np.float32), head.faces)
    origin, directions = camera.rays()
    hit = scene.run(np.broadcast_to(origin, directions.shape).copy(), directions, output=True)
    found = np.flatnonzero(hit["primID"] >= 0)
    corners = head.faces[hit["primID"][found]]
    u, v = hit["u"][found], hit["v"][found]
    flat = np.zeros((side * side, len(REGIONS)), np.float32)
    flat[found] = np.einsum("nk,nkr->nr", np.stack([1 - u - v, u, v], axis=1), millimetres[corners])
    planes = np.moveaxis(flat.reshape(side, side, -1), 2, 0)
    return np.stack([cv2.warpAffine(np.ascontiguousarray(plane), matrix, (size, size)) for plane in planes])
