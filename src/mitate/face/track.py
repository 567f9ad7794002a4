"""Follow one face through a clip: detect it once, then let each frame's mesh say where to look in the next.

A detector on every frame is the usual way to be slow. Here it runs at the start, after a loss, and every few
seconds to see whether somebody else has come into view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.face.detect import Detection, FaceDetector
from mitate.face.landmarks import FaceMesh, Mesh, Roi, roi_of_detection, roi_of_mesh

__all__ = ["FaceTracker", "Missed", "Seen", "TrackLimits"]


@dataclass(frozen=True, slots=True)
class TrackLimits:
    """When a track holds and when a face counts as the one being followed.

    Attributes:
        least_score: mesh score at which a tracked frame is kept without asking the detector.
        turned_gain: how much better (YuNet's score times the mesh's) a face must look sideways or upside down
            to be believed. An upside-down face taken for upright scores about 0.89, the right way up 0.94.
        most_growth: ratio of sizes between two frames beyond which the track is not believed.
        most_shift: movement of the centre between two frames, in sides of the region, likewise.
        dominance: the followed face's area over the next one's; with less it is not clear whose clip it is.
        check_every_s: seconds between looks for other faces while the track holds.
        thorough_every: frames between thorough searches (finer, coarser, turned) while no face is found.
    """

    least_score: float = 0.95
    turned_gain: float = 0.02
    most_growth: float = 1.5
    most_shift: float = 0.45
    dominance: float = 2.0
    check_every_s: float = 5.0
    thorough_every: int = 10


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The followed face in one frame.

    Attributes:
        mesh: its landmarks.
        detected: whether the detector ran and placed it (else it was tracked).
    """

    mesh: Mesh
    detected: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """A frame without a face to use; `reason` is ``no_face`` or ``several_faces``."""

    reason: str


class FaceTracker:
    """Follows one face; give it the frames of one clip in order of time.

    Raises:
        WeightsError: weights are not installed.
    """

    def __init__(
        self,
        detector: FaceDetector | None = None,
        mesh: FaceMesh | None = None,
        limits: TrackLimits | None = None,
    ) -> None:
        self._detector = detector or FaceDetector()
        self._mesh = mesh or FaceMesh()
        self._limits = limits or TrackLimits()
        self._last: Mesh | None = None
        self._checked_at = -np.inf
        self._misses = 0

    def __call__(self, image: NDArray[np.uint8], time_s: float) -> Seen | Missed:
        """Where the followed face is in this RGB uint8 frame (H, W, 3) at `time_s` seconds."""
        mesh = self._continue(image)
        if mesh is None:
            return self._start(image, time_s)
        self._last = mesh
        if time_s - self._checked_at >= self._limits.check_every_s:
            self._checked_at = time_s
            if not self._is_clear(image, mesh):
                return Missed("several_faces")
        return Seen(mesh, detected=False)

    def _continue(self, image: NDArray[np.uint8]) -> Mesh | None:
        """The mesh where the last one was, or None where that cannot be believed."""
        if self._last is None:
            return None
        roi = roi_of_mesh(self._last)
        mesh = self._mesh(image, roi)
        if mesh.score < self._limits.least_score or not self._is_near(roi, roi_of_mesh(mesh)):
            return None
        return mesh

    def _is_near(self, old: Roi, new: Roi) -> bool:
        growth = max(old.size, new.size) / max(min(old.size, new.size), 1e-6)
        shift = float(np.hypot(old.centre[0] - new.centre[0], old.centre[1] - new.centre[1])) / old.size
        return growth <= self._limits.most_growth and shift <= self._limits.most_shift

    def _start(self, image: NDArray[np.uint8], time_s: float) -> Seen | Missed:
        self._last, self._checked_at = None, time_s
        thorough = self._misses % self._limits.thorough_every == 0
        faces = self._detector(image, thorough=thorough)
        mesh = self._meshed(image, faces)
        if thorough:
            turned = self._detector.turned(image)
            turned_mesh = self._meshed(image, turned)
            if _belief(turned, turned_mesh) > _belief(faces, mesh) + self._limits.turned_gain:
                faces, mesh = turned, turned_mesh
        if mesh is None or mesh.score < 0.5:
            self._misses += 1
            return Missed("no_face")
        self._misses = 0
        if len(faces) > 1 and faces[0].area < self._limits.dominance * faces[1].area:
            return Missed("several_faces")
        self._last = mesh
        return Seen(mesh, detected=True)

    def _meshed(self, image: NDArray[np.uint8], faces: list[Detection]) -> Mesh | None:
        """The mesh of the largest face, in the region that the mesh itself asks for, as in tracking."""
        if not faces:
            return None
        first = self._mesh(image, roi_of_detection(faces[0]))
        return self._mesh(image, roi_of_mesh(first)) if first.score >= 0.5 else first

    def _is_clear(self, image: NDArray[np.uint8], mesh: Mesh) -> bool:
        """Whether no other face in the picture is nearly as large as the followed one."""
        low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
        followed = float(np.prod(high - low))
        for face in self._detector(image, thorough=False):
            x, y = face.centre
            is_other = not (low[0] <= x <= high[0] and low[1] <= y <= high[1])
            if is_other and face.area * self._limits.dominance > followed:
                return False
        return True


def _belief(faces: list[Detection], mesh: Mesh | None) -> float:
    """How much a found face looks like one the right way up."""
    return faces[0].score * mesh.score if mesh is not None else 0.0
