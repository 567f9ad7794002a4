"""A real photograph of a face as it would look with more or less fluid in it.

The face mesh is moved by volumes per kilogram (`mitate.simulate.swell_mesh`), the photograph is warped along,
and where the surface tilts its shade changes as the light of the photograph says
(`mitate.simulate.swell_light`). **It is computed, by the same assumption as the simulated patients**: nobody
has measured how much a face swells per kilogram.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.errors import InputError, RefusalError
from mitate.face.detect import Detection, FaceDetector
from mitate.face.landmarks import FaceMesh, roi_of_detection, roi_of_mesh
from mitate.face.pose_of_head import head_angles
from mitate.files import write_bytes
from mitate.simulate.swell_light import GAMMA, Light, fit_light
from mitate.simulate.swell_mesh import (
    OVAL,
    POINTS,
    FaceSurface,
    Pattern,
    eye_distance,
    fit_surface,
    nominal_pattern,
    sample_pattern,
)
from mitate.simulate.swell_warp import Grid, make_grid, spread, warped

__all__ = [
    "LEAST_KG",
    "MOST_KG",
    "FittedFace",
    "fit_face",
    "networks",
    "pattern_of",
    "read_picture",
    "save_png",
    "shift_of",
    "swell_photo",
    "swollen",
]

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

LEAST_KG, MOST_KG = -2.0, 12.0
LEAST_EYES_PX = 18.0
_MOST_TURN = 35.0  # degrees off frontal: beyond, half of the face is not seen
_DOMINANCE = 2.0  # area of the face over the next one's
_LEAST_MESH = 0.5
_SMOOTH_MM = 1.0
_RING_LIGHT = (0.6, 0.2, 0.0, 0.0)  # of the change of shade beyond the mesh: what is there may be cloth
_ENLARGED_PX = 400  # smaller pictures are looked at enlarged, as the detector wants


@dataclass(frozen=True, slots=True, eq=False)
class FittedFace:
    """A photograph with its face's surface and light, ready to be swollen by any amount.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        mesh: (468, 3) float32 pixels.
        surface: in millimetres.
        light: on the face.
        grid: over the face.
    """

    image: Image
    mesh: NDArray[np.float32]
    surface: FaceSurface
    light: Light
    grid: Grid


@lru_cache(maxsize=1)
def networks() -> tuple[FaceDetector, FaceMesh]:
    """Detector and mesh, loaded once a process."""
    return FaceDetector(), FaceMesh()


def _one_face(faces: list[Detection]) -> Detection:
    if not faces:
        raise RefusalError("no face is seen", reason="no_face", todo="take an upright photo of a face")
    if len(faces) > 1 and faces[0].area < _DOMINANCE * faces[1].area:
        raise RefusalError(
            "several faces are seen and none is clearly nearest",
            reason="several_faces",
            todo="take a photo of one person alone",
        )
    return faces[0]


def _mesh_of(image: Image) -> NDArray[np.float32]:
    """The face mesh of the one face, looked at twice so that the region fits the face."""
    scale = max(1.0, _ENLARGED_PX / max(image.shape[:2]))
    larger = image
    if scale > 1:
        larger = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
        )
    detector, network = networks()
    first = network(larger, roi_of_detection(_one_face(detector(larger))))
    found = network(larger, roi_of_mesh(first))
    if found.score < _LEAST_MESH:
        raise RefusalError("no face is seen clearly", reason="no_face", todo="take a photo of a whole face")
    points = found.points.copy()
    points[:, :2] = (points[:, :2] + 0.5) / scale - 0.5  # pixel centres lie at +0.5
    points[:, 2] /= scale
    return points


def fit_face(image: Image) -> FittedFace:
    """Find the face of a photograph, its surface and its light.

    Args:
        image: (H, W, 3) uint8 RGB; a grey photograph has three equal channels.

    Raises:
        InputError: not such an array.
        RefusalError: no face, several, too small, or turned too far; `reason` says which.
        WeightsError: weights are not installed.
    """
    mesh = _mesh_of(image)
    if (distance := eye_distance(mesh)) < LEAST_EYES_PX:
        raise RefusalError(
            f"the face is too small: {distance:.0f} px between the eyes, {LEAST_EYES_PX:.0f} are needed",
            reason="too_small",
            todo="use a larger photo",
        )
    if (turn := head_angles(mesh).off_frontal) > _MOST_TURN:
        raise RefusalError(
            f"the face is turned by {turn:.0f} degrees, {_MOST_TURN:.0f} at most can be used",
            reason="not_frontal",
            todo="use a photo from the front",
        )
    surface = fit_surface(mesh)
    return FittedFace(image, mesh, surface, fit_light(image, mesh, surface), make_grid(surface))


def swollen(
    face: FittedFace, pattern: Pattern, excess_kg: float, *, shift_px: tuple[float, float] = (0.0, 0.0)
) -> Image:
    """The photograph with this much more fluid in the face.

    Every amount, nought included, is resampled alike, so that resampling tells nothing.

    Args:
        face: from `fit_face`.
        pattern: where this person swells.
        excess_kg: -2 to 12.
        shift_px: by which the whole picture is moved, a fraction of a pixel: draw it for each photograph,
            whatever the amount.

    Raises:
        InputError: an amount beyond that, or an unknown region.
    """
    if not LEAST_KG <= excess_kg <= MOST_KG:
        raise InputError(
            f"{excess_kg:g} kg cannot be shown", todo=f"give {LEAST_KG:g} to {MOST_KG:g} kilograms"
        )
    surface = face.surface
    shift = surface.pixels(surface.movement(pattern, excess_kg))
    change = face.light.log_change(surface.normals, surface.tilted(pattern, excess_kg))
    change[POINTS:] *= np.repeat(_RING_LIGHT, len(OVAL))
    field = spread(face.grid, np.column_stack([shift, change]), _SMOOTH_MM / surface.mm_per_px)
    moved, brighter = warped(face.image, face.grid, field, shift_px)
    lit = moved * np.exp(brighter / GAMMA)[..., None]
    return np.asarray(np.clip(lit + 0.5, 0, 255)).astype(np.uint8)


def swell_photo(
    image: Image,
    excess_kg: float,
    *,
    pattern_seed: int | None = None,
    strength: float = 1.0,
    shift_seed: int = 0,
) -> Image:
    """A photograph with this much more fluid in its face; the same arguments give the same pixels.

    Args:
        image: (H, W, 3) uint8 RGB.
        excess_kg: -2 to 12.
        pattern_seed: of the person's own pattern of swelling; the mean person's if left out.
        strength: multiplies every millilitre; 1 is nominal.
        shift_seed: of the shift by a fraction of a pixel, the same whatever the amount.

    Raises:
        InputError: an amount beyond that, or not an RGB picture.
        RefusalError: no single face that can be used; `reason` says why.
        WeightsError: weights are not installed.
    """
    face = fit_face(image)
    return swollen(face, pattern_of(pattern_seed, strength), excess_kg, shift_px=shift_of(shift_seed))


def pattern_of(seed: int | None, strength: float = 1.0) -> Pattern:
    """The pattern of swelling that belongs to a seed, or the mean person's."""
    if seed is None:
        return nominal_pattern(strength)
    return sample_pattern(np.random.default_rng([seed, 468]), strength)


def shift_of(seed: int) -> tuple[float, float]:
    """A shift by less than half a pixel each way."""
    x, y = np.random.default_rng([seed, 469]).uniform(-0.5, 0.5, 2)
    return float(x), float(y)


def read_picture(path: Path) -> Image:
    """A photograph as (H, W, 3) uint8 RGB: what `mitate.video.read_photo` reads, and grey PGM.

    Raises:
        InputError: it cannot be read.
    """
    if path.suffix.lower() != ".pgm":
        return video.read_photo(path).image
    grey = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
    if grey is None:
        raise InputError("this photograph cannot be read", where=path, todo="give a PGM, PNG or JPEG file")
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def save_png(path: Path, picture: Image) -> None:
    """Write an RGB picture, whole or not at all.

    Raises:
        InputError: it cannot be written there.
    """
    _, coded = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    try:
        write_bytes(path, coded.tobytes())
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=path) from error
