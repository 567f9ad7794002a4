"""Which way a head is turned: yaw, pitch and roll from the face mesh.

The angles are those of a rigid template, laid over stable points of the mesh by least squares (Kabsch 1976;
Umeyama, PAMI 1991). The face mesh is close to a parallel projection, so the angles are relative to the line
from the camera to the face: a person off centre who looks into the camera is frontal. No focal length is
needed.

Signs, for the person: **yaw** is positive when the head turns to their own left, **pitch** is positive when
they look up, **roll** is positive when the head tilts to their own right shoulder. Roll is taken off first,
then yaw, then pitch, so a clip filmed sideways or upside down has the yaw and pitch that the person had.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["HeadAngles", "head_angles"]

# The template: mean of this project's own runs of the face mesh on the 400 photographs of the ORL faces (40
# people), brought together by generalised Procrustes analysis and made symmetrical. Pitch 0 is the middle of
# those people and of six portraits, all looking into the camera. Units: distance between the eye centres; x
# to the image's right, y down, z away from the camera. Points on the lids, the mouth, the lower jaw and the
# cheeks are left out: they move with blinking, speech and swelling.
_MIDLINE = {
    10: (0.0, -0.751, 0.053),
    151: (0.0, -0.502, 0.001),
    9: (0.0, -0.229, -0.037),
    8: (0.0, -0.100, -0.012),
    168: (0.0, 0.000, 0.000),
    6: (0.0, 0.109, -0.067),
    197: (0.0, 0.215, -0.143),
    195: (0.0, 0.315, -0.227),
    5: (0.0, 0.421, -0.314),
    4: (0.0, 0.552, -0.349),
    1: (0.0, 0.652, -0.314),
    2: (0.0, 0.751, -0.061),
    164: (0.0, 0.821, -0.033),
}
# (person's right, person's left): the point on the image's right; its twin has the opposite x
_PAIRS = {
    (33, 263): (0.719, 0.069, 0.359),
    (133, 362): (0.281, 0.085, 0.274),
    (130, 359): (0.750, 0.077, 0.378),
    (243, 463): (0.246, 0.091, 0.258),
    (98, 327): (0.279, 0.711, 0.069),
    (129, 358): (0.338, 0.607, 0.127),
    (234, 454): (1.089, 0.364, 1.231),
    (127, 356): (1.102, 0.143, 1.151),
    (162, 389): (1.087, -0.092, 0.981),
    (21, 251): (1.040, -0.280, 0.770),
    (54, 284): (0.948, -0.456, 0.570),
    (67, 297): (0.560, -0.695, 0.184),
}


def _template() -> tuple[list[int], NDArray[np.float64]]:
    points = dict(_MIDLINE)
    for (right, left), (x, y, z) in _PAIRS.items():
        points[right], points[left] = (-x, y, z), (x, y, z)
    placed = np.array(list(points.values()))
    return list(points), placed - placed.mean(axis=0)


_INDICES, _TEMPLATE = _template()


@dataclass(frozen=True, slots=True)
class HeadAngles:
    """Head angles in degrees; see the module for their signs. All zero: looking straight into the camera."""

    yaw: float
    pitch: float
    roll: float

    @property
    def off_frontal(self) -> float:
        """Angle in degrees between the way the face points and the line to the camera; roll plays no part."""
        cosine = np.cos(np.radians(self.yaw)) * np.cos(np.radians(self.pitch))
        return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def head_angles(points: NDArray[np.floating]) -> HeadAngles:
    """Yaw, pitch and roll of a head.

    Args:
        points: (468, 3) face mesh in pixels: x right, y down, z away from the camera.

    Raises:
        InputError: not a face mesh, or its points coincide.
    """
    if points.shape != (468, 3):
        raise InputError(f"a face mesh has shape (468, 3), not {points.shape}")
    seen = np.asarray(points, np.float64)[_INDICES]
    seen = seen - seen.mean(axis=0)
    if not np.isfinite(seen).all() or float(np.abs(seen).max()) < 1e-6:
        raise InputError("the points of the face mesh coincide or are not finite")
    u, _, vt = np.linalg.svd(seen.T @ _TEMPLATE)
    handed = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return _angles(u @ handed @ vt)


def _angles(rotation: NDArray[np.float64]) -> HeadAngles:
    """Angles of a rotation that carries the template (columns) into the picture."""
    eye_line = rotation[:, 0]
    roll = np.arctan2(eye_line[1], eye_line[0])
    upright = (
        np.array([[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]]) @ rotation
    )
    ahead = -upright[:, 2]
    yaw = np.arctan2(ahead[0], -ahead[2])
    pitch = np.arcsin(np.clip(-ahead[1], -1.0, 1.0))
    return HeadAngles(float(np.degrees(yaw)), float(np.degrees(pitch)), float(-np.degrees(roll)))
