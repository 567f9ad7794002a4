"""The face on one photo, however small.

Measured on 200 ORL photos (../shared/data/orl_faces) shrunk until the photo, of which the face is some three
quarters, is 32, 28 and 24 px wide: every face is found, the five points that place the crop are 2.2, 2.9 and
4.0 % of the eye distance (median) from those of the whole photo, and each photo's nearest neighbour among one
photo of each of the 40 people (SFace) shows the right person. YuNet's own five points are 7 to 9 % away.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.style import background_of, thumbnail_of
from mitate.errors import InputError, RefusalError
from mitate.face.align import ARCFACE_TEMPLATE, arcface_crop, five_points, similarity
from mitate.face.detect import Detection, FaceDetector
from mitate.face.landmarks import FaceMesh, Mesh, roi_of_detection, roi_of_mesh
from mitate.face.pose_of_head import head_angles
from mitate.face.quality import FaceView, QualityLimits, measure, view
from mitate.face.refusals import INSTRUCTIONS

__all__ = ["Face", "Seeing", "face_in"]

_USUAL = QualityLimits()
# What is refused of a photo, beside photos without one clear face: eyes 5 px apart (a face some 12 px wide),
# and a tenth of the face beyond the edge. Nothing else is, hence limits that cannot be reached.
_LENIENT = QualityLimits(
    least_eye_distance=5.0,
    least_sharpness=-0.2,
    least_brightness=-1.0,
    most_brightness=300.0,
    most_dark_share=1.1,
    most_bright_share=1.1,
    least_eye_opening=-1.0,
    most_mouth_opening=1e9,
    least_mesh_score=0.0,
    most_odd_colour=1e9,
    least_eye_light=-1.0,
    least_inside=0.9,
)
_SMALL, _ENLARGED = 256, 320  # px: a photo with a smaller longer side is enlarged to the latter
_DOMINANCE = 2.0  # area of the face over the next one's
_SURE = 0.92  # YuNet's score times the mesh's from which on a face is taken to be the right way up
_TURNED_GAIN = 0.02  # as in `mitate.face.track`
_LEAST_MESH = 0.5


@dataclass(frozen=True, slots=True)
class Seeing:
    """The networks that find a face; load them once, and use them from one thread at a time."""

    detector: FaceDetector
    mesh: FaceMesh

    @classmethod
    def load(cls, threads: int = 1) -> Seeing:
        """Both, from the installed weights.

        Raises:
            WeightsError: weights are not installed.
        """
        return cls(FaceDetector(sides=(320, 640, 1280)), FaceMesh(threads=threads))


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """The face on a photo.

    Attributes:
        crop: (112, 112, 3) uint8 RGB on the five-point ArcFace template.
        mesh: (468, 2) float32, pixels of the crop.
        points: (468, 2) float32, pixels of the photo.
        background: (64, 64, 3), thumbnail: (16, 16, 3) uint8 RGB; see `mitate.diagnosis.style`.
        eye_distance: px of the photo between the eye centres.
        quality: 0 to 1.
        notes: what is wrong with the photo, though it is used: keys of `mitate.face.refusals.INSTRUCTIONS`.
    """

    crop: NDArray[np.uint8]
    mesh: NDArray[np.float32]
    points: NDArray[np.float32]
    background: NDArray[np.uint8]
    thumbnail: NDArray[np.uint8]
    eye_distance: float
    quality: float
    notes: tuple[str, ...]


def face_in(image: NDArray[np.uint8], seeing: Seeing) -> Face:
    """The one face of a photo.

    A photo of few pixels is enlarged before anything is looked for: YuNet and the mesh were made for larger
    faces.

    Args:
        image: (H, W, 3) uint8 RGB.
        seeing: from `Seeing.load()`.

    Raises:
        InputError: the array is no such picture.
        RefusalError: ``no_face``, ``several_faces``, ``too_small`` or ``cut_off``.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise InputError(f"a photo must be uint8 (H, W, 3), not {image.dtype} {image.shape}")
    large, scale = _enlarged(image)
    mesh = _one_mesh(large, seeing)
    seen = view(large, mesh)
    # pixel centres lie at +0.5
    points = mesh.points.copy()
    points[:, :2] = (points[:, :2] + 0.5) / scale - 0.5
    points[:, 2] /= scale
    own = Mesh(points, mesh.score)
    in_photo = FaceView(seen.crop, seen.points, seen.scale * scale)
    lenient = measure(image, own, _LENIENT, seen=in_photo)
    if lenient.failing:
        raise _refusal(lenient.failing[0])
    notes = measure(image, own, _USUAL, seen=in_photo).failing
    angles = head_angles(mesh.points)
    if abs(angles.yaw) > _USUAL.most_yaw or abs(angles.pitch) > _USUAL.most_pitch:
        notes = (*notes, "not_frontal")
    to_crop = similarity(five_points(mesh.points), ARCFACE_TEMPLATE)
    placed = mesh.points[:, :2] @ to_crop[:, :2].T + to_crop[:, 2]
    return Face(
        crop=arcface_crop(large, five_points(mesh.points)),
        mesh=placed.astype(np.float32),
        points=np.ascontiguousarray(points[:, :2]),
        background=background_of(image, points),
        thumbnail=thumbnail_of(image),
        eye_distance=lenient.eye_distance,
        quality=lenient.score,
        notes=notes,
    )


def _refusal(reason: str) -> RefusalError:
    what, todo = INSTRUCTIONS[reason]
    return RefusalError(what, reason=reason, todo=todo)


def _enlarged(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """A small photo made larger, and by how much; any other as it is."""
    side = max(image.shape[:2])
    if side >= _SMALL:
        return image, 1.0
    scale = _ENLARGED / side
    size = tuple(max(1, round(edge * scale)) for edge in image.shape[1::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8), scale


def _one_mesh(image: NDArray[np.uint8], seeing: Seeing) -> Mesh:
    faces = seeing.detector(image)
    mesh = _meshed(image, faces, seeing)
    belief = _belief(faces, mesh)
    if belief < _SURE:
        turned = seeing.detector.turned(image)
        other = _meshed(image, turned, seeing)
        if _belief(turned, other) > belief + _TURNED_GAIN:
            faces, mesh = turned, other
    if mesh is None or mesh.score < _LEAST_MESH:
        raise _refusal("no_face")
    if len(faces) > 1 and faces[0].area < _DOMINANCE * faces[1].area:
        raise _refusal("several_faces")
    return mesh


def _meshed(image: NDArray[np.uint8], faces: list[Detection], seeing: Seeing) -> Mesh | None:
    """The mesh of the largest face, in the region that the mesh itself asks for, as in tracking."""
    if not faces:
        return None
    first = seeing.mesh(image, roi_of_detection(faces[0]))
    return seeing.mesh(image, roi_of_mesh(first)) if first.score >= _LEAST_MESH else first


def _belief(faces: list[Detection], mesh: Mesh | None) -> float:
    """How much a found face looks like one the right way up."""
    return faces[0].score * mesh.score if mesh is not None else 0.0
