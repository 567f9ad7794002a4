"""From a picture and its facial landmarks to an upright crop in a canonical frame.

Two crops are made. The *ArcFace crop* (five points, 112×112) is what face recognition networks were trained
on. The *edema crop* is wider, so that cheeks, jaw and the upper neck are inside, and is held by points that
lie on bone (eye corners, nasal bridge, base of the nose), because a crop that is aligned by soft tissue would
move with the very swelling that is to be measured.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import RefusalError

__all__ = [
    "ARCFACE_TEMPLATE",
    "EDEMA_CROP_SIZE",
    "arcface_crop",
    "bone_similarity",
    "edema_crop",
    "five_points",
    "similarity",
    "warp_crop",
]

FloatArray = NDArray[np.floating]
Image = NDArray[np.uint8]

EDEMA_CROP_SIZE = 96
"""Side in pixels of the crop that the committed encoder reads; docs/learn.md compares sizes."""

# Right eye, left eye, nose tip, right and left mouth corner of the person, in a 112×112 picture
# (Deng et al., ArcFace, CVPR 2019; the template that SFace and its OpenCV port use).
ARCFACE_TEMPLATE: FloatArray = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    dtype=np.float64,
)

# MediaPipe face mesh indices of the same five points; an eye is the mean of its two corners.
_RIGHT_EYE, _LEFT_EYE = (33, 133), (362, 263)
_NOSE_TIP, _RIGHT_MOUTH, _LEFT_MOUTH = 1, 61, 291

# Mesh points over bone, and where they lie in the unit square of the edema crop. The distance between the eye
# centres is 0.345 of the side: the crop spans 2.9 inter-ocular distances, from above the brows to below the
# chin.
_BONE_POINTS = (33, 133, 362, 263, 168, 6, 2)
_BONE_TEMPLATE: FloatArray = np.array(
    [
        [0.244, 0.330],
        [0.411, 0.335],
        [0.589, 0.335],
        [0.756, 0.330],
        [0.500, 0.307],
        [0.500, 0.365],
        [0.500, 0.566],
    ]
)


def five_points(mesh_points: FloatArray) -> FloatArray:
    """The five ArcFace points out of a 468-point mesh.

    Args:
        mesh_points: (468, 2) or (468, 3), pixels.

    Returns:
        (5, 2) pixels: right eye, left eye, nose tip, right and left mouth corner of the person.
    """
    xy = np.asarray(mesh_points, dtype=np.float64)[:, :2]
    eyes = [xy[list(pair)].mean(axis=0) for pair in (_RIGHT_EYE, _LEFT_EYE)]
    return np.stack([*eyes, xy[_NOSE_TIP], xy[_RIGHT_MOUTH], xy[_LEFT_MOUTH]])


def similarity(source: FloatArray, target: FloatArray) -> FloatArray:
    """Least-squares rotation, scale and shift that carry `source` onto `target` (Umeyama, PAMI 1991).

    Args:
        source: (n, 2) points, n ≥ 2.
        target: (n, 2) points.

    Returns:
        (2, 3) affine matrix.

    Raises:
        RefusalError: the source points coincide.
    """
    # In the plane a similarity is multiplication by a complex number, which makes the fit one division.
    a = source[:, 0] + 1j * source[:, 1]
    b = target[:, 0] + 1j * target[:, 1]
    a_centred, b_centred = a - a.mean(), b - b.mean()
    spread = float(np.vdot(a_centred, a_centred).real)
    if spread < 1e-9:
        raise RefusalError(
            "the facial landmarks fall on one point", reason="no_face", todo="come closer to the camera"
        )
    turn = np.vdot(a_centred, b_centred) / spread
    shift = b.mean() - turn * a.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def warp_crop(image: Image, matrix: FloatArray, size: int) -> Image:
    """Resample `image` by `matrix` into a `size`×`size` crop without aliasing.

    A plain warp reads at most four pixels per output pixel; where the picture is larger than the crop, it is
    first reduced by area averaging, over the part that is needed only.

    Args:
        image: H×W×3 uint8.
        matrix: (2, 3), image pixels to crop pixels.
        size: side of the crop in pixels.

    Returns:
        size×size×3 uint8.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], dtype=np.float64)
    inverse = cv2.invertAffineTransform(matrix)
    wanted = corners @ inverse[:, :2].T + inverse[:, 2]
    height, width = image.shape[:2]
    margin = 2.0 / scale
    x0, y0 = np.clip(np.floor(wanted.min(axis=0) - margin), 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(wanted.max(axis=0) + margin), [x0 + 1, y0 + 1], [width, height]).astype(int)
    part = image[y0:y1, x0:x1]
    matrix = matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ np.array([x0, y0], dtype=np.float64)
    if scale < 0.75:
        new_size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
        ratio = np.array([(x1 - x0) / new_size[0], (y1 - y0) / new_size[1]])
        part = cv2.resize(part, new_size, interpolation=cv2.INTER_AREA)
        # Pixel centres lie at +0.5: a reduced pixel i stands for the old position (i + 0.5)·ratio − 0.5.
        matrix[:, 2] += matrix[:, :2] @ (0.5 * ratio - 0.5)
        matrix[:, :2] = matrix[:, :2] * ratio
    crop = cv2.warpAffine(
        np.ascontiguousarray(part),
        matrix,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)


def arcface_crop(image: Image, points: FloatArray, size: int = 112) -> Image:
    """The crop that face recognition reads.

    Args:
        image: H×W×3 uint8 RGB.
        points: (5, 2) pixels in the order of `ARCFACE_TEMPLATE`.
        size: side in pixels; 112 is what SFace was trained on.

    Returns:
        size×size×3 uint8 RGB, upright.

    Raises:
        RefusalError: the points coincide.
    """
    template = ARCFACE_TEMPLATE * (size / 112.0)
    return warp_crop(image, similarity(np.asarray(points, dtype=np.float64)[:, :2], template), size)


def edema_crop(image: Image, mesh_points: FloatArray, size: int = EDEMA_CROP_SIZE) -> Image:
    """The wide crop that oedema encoders read, aligned on points over bone.

    Args:
        image: H×W×3 uint8 RGB.
        mesh_points: (468, 2) or (468, 3) landmarks in pixels of `image`.
        size: side in pixels.

    Returns:
        size×size×3 uint8 RGB, upright; beyond the picture's border its edge is repeated.

    Raises:
        RefusalError: the points coincide.
    """
    return warp_crop(image, bone_similarity(mesh_points, size), size)


def bone_similarity(mesh_points: FloatArray, size: int) -> FloatArray:
    """(2, 3) from pixels of a picture to pixels of its edema crop; arguments and errors as `edema_crop`."""
    points = np.asarray(mesh_points, dtype=np.float64)[list(_BONE_POINTS), :2]
    return similarity(points, _BONE_TEMPLATE * size)
