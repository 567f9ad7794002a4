"""468 points of a face: MediaPipe's face mesh, run on a square region that follows the face.

Model and region rules: Kartynnik et al., "Real-time facial surface geometry from monocular video on mobile
GPUs", 2019 (arXiv 1907.06724), and MediaPipe's published graphs (``face_detection_front_detection_to_roi``,
``face_landmark_landmarks_to_roi``): the region is turned with the line of the eyes, is a square on the longer
side of the face's box, and 1.5 times as large.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.face.align import warp_crop
from mitate.face.detect import Detection
from mitate.weights import Litert, path_of

__all__ = ["FaceMesh", "Mesh", "Roi", "roi_of_detection", "roi_of_mesh"]

MESH_SIDE = 192  # px, the network's input
POINTS = 468
_ENLARGE = 1.5
_EYE_CORNERS = (33, 263)  # outer corners: the person's right eye, the person's left eye


@dataclass(frozen=True, slots=True)
class Roi:
    """A turned square region of a picture.

    Attributes:
        centre: x, y in pixels of the picture (whole numbers are centres of pixels).
        size: side in pixels.
        rotation: degrees by which the region's x axis is turned from the picture's, from x towards y
            (clockwise on the screen).
    """

    centre: tuple[float, float]
    size: float
    rotation: float


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """The face mesh in one picture.

    Attributes:
        points: (468, 3) float32: x, y in pixels of the whole picture, and z in the same unit, growing away
            from the camera, 0 near the centre of the head's turning. Indices are MediaPipe's.
        score: 0 to 1, how sure the network is that the region holds a face.
    """

    points: NDArray[np.float32]
    score: float


def roi_of_detection(face: Detection) -> Roi:
    """The region to look for the mesh in, from a detected face."""
    (ax, ay), (bx, by) = face.points[0], face.points[1]
    rotation = float(np.degrees(np.arctan2(by - ay, bx - ax)))
    return Roi(face.centre, _ENLARGE * max(face.box[2], face.box[3]), rotation)


def roi_of_mesh(mesh: Mesh) -> Roi:
    """The region to look in on the next frame, from the mesh of this one: no detector needed."""
    low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
    (ax, ay), (bx, by) = mesh.points[_EYE_CORNERS, :2]
    rotation = float(np.degrees(np.arctan2(by - ay, bx - ax)))
    centre = (low + high) / 2
    return Roi((float(centre[0]), float(centre[1])), _ENLARGE * float((high - low).max()), rotation)


class FaceMesh:
    """The 468-point network.

    Raises:
        WeightsError: the weights are not installed.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._net = Litert(path_of("face_mesh"), threads=threads)

    def __call__(self, image: NDArray[np.uint8], roi: Roi) -> Mesh:
        """The mesh in the region `roi` of an RGB uint8 picture (H, W, 3), in pixels of that picture."""
        to_image = _matrix(roi, MESH_SIDE)
        crop = warp_crop(image, cv2.invertAffineTransform(to_image), MESH_SIDE)
        outputs = self._net(crop[None].astype(np.float32) / 255.0)
        flat = [np.asarray(out, np.float32).reshape(-1) for out in outputs]
        points, logit = sorted(flat, key=len, reverse=True)
        in_crop = points.reshape(POINTS, 3)
        placed = np.empty_like(in_crop)
        # the network counts from the corner of the first pixel, OpenCV from its centre
        placed[:, :2] = (in_crop[:, :2] - 0.5) @ to_image[:, :2].T + to_image[:, 2]
        placed[:, 2] = in_crop[:, 2] * (roi.size / MESH_SIDE)
        return Mesh(placed, float(1.0 / (1.0 + np.exp(-np.clip(logit[0], -50.0, 50.0)))))


def _matrix(roi: Roi, side: int) -> NDArray[np.float64]:
    """2x3 matrix from pixels of the upright square crop of side `side` to pixels of the picture."""
    angle = np.radians(roi.rotation)
    scale = roi.size / side
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.full(2, (side - 1) / 2)
    return np.column_stack([turn, np.asarray(roi.centre, np.float64) - turn @ middle])
