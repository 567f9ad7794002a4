"""What a classifier must not learn from: the background, the look of the photo as a whole, and its file.

Photos of one class often come from one clinic, camera or web page. What is computed here holds as little of
the face as possible, so that a classifier which does well on it has found such a leak and no disease.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BACKGROUND_SIDE", "FACTS", "THUMBNAIL_SIDE", "background_of", "file_facts", "thumbnail_of"]

BACKGROUND_SIDE = 64
THUMBNAIL_SIDE = 16
FACTS = (
    "log_width",
    "log_height",
    "aspect",
    "bytes_per_pixel",
    "is_jpeg",
    "is_png",
    "is_heic",
    "jpeg_quality",
    "chroma_subsampling",
    "is_grey",
    "has_exif",
)
"""What `file_facts` tells, in order."""

# The hole in the background, in sides of the square of the same area as the mesh's box, from its centre. The
# mesh ends at the hair line, the ears and the chin: half an oval above for skull and hair, half a one below
# for jaw and beard, and a strip for the neck.
_BESIDE, _ABOVE, _BELOW = 0.72, 1.2, 0.75
_NECK_BESIDE, _NECK_BELOW = 0.45, 1.15
_PLACES = 16  # the hole's centre lies on a grid of so many places each way
_SIZES = 1.12  # and its size is one of a row of sizes, each so much larger than the last

# Luminance table of ITU-T T.81, annex K.1, at quality 50 of the Independent JPEG Group's scale: the mean of
# its 64 numbers, and of the 16 smallest, which alone stay below the largest number allowed at low quality.
_STANDARD_MEAN, _STANDARD_SMALLEST = 57.625, 15.375


def background_of(image: NDArray[np.uint8], mesh_points: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The photo without the head, squeezed into a square.

    The hole has one shape for everybody, large enough for skull, hair, ears and neck of most people; its
    centre and size are rounded, so that they tell little more than roughly where in the photo the face is and
    how large: how the photo was framed, which is style and not face. It is filled with the mean colour of the
    rest. What remains of the person: shoulders and clothes, and hair that falls beyond the hole. A photo that
    the head fills gives one even grey. Five simulated classes of 40 people, whose faces differ and whose
    photos do not, are told apart by it in 21 % (guessing: 20 %).

    Args:
        image: (H, W, 3) uint8 RGB.
        mesh_points: (468, 2) or (468, 3), pixels of `image`.

    Returns:
        (64, 64, 3) uint8 RGB.
    """
    side = BACKGROUND_SIDE
    small = _squeezed(image, side)
    hole = _hole(np.asarray(mesh_points, np.float64)[:, :2], image.shape[1], image.shape[0])
    filled = small.copy()
    filled[hole] = np.round(small[~hole].mean(axis=0)).astype(np.uint8) if not hole.all() else 128
    return filled


def _hole(points: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """(64, 64) where the head is, of a photo of that size in pixels."""
    side = BACKGROUND_SIDE
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.array([width, height], np.float64)
    centre = np.round((low + high) / 2 / size * _PLACES) / _PLACES
    share = float(np.sqrt(np.prod(np.maximum(high - low, 1.0)) / np.prod(size)))
    unit = _SIZES ** np.ceil(np.log(share) / np.log(_SIZES)) * np.sqrt(np.prod(size)) / size
    x, y = np.meshgrid(*[(np.arange(side) + 0.5) / side] * 2)
    across, down = (x - centre[0]) / unit[0], (y - centre[1]) / unit[1]
    oval = (across / _BESIDE) ** 2 + (down / np.where(down < 0, _ABOVE, _BELOW)) ** 2 <= 1
    neck = (np.abs(across) <= _NECK_BESIDE) & (down >= 0) & (down <= _NECK_BELOW)
    return np.asarray(oval | neck)


def thumbnail_of(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The whole photo, (H, W, 3) uint8 RGB, at sixteen by sixteen pixels, (16, 16, 3)."""
    return _squeezed(image, THUMBNAIL_SIDE)


def _squeezed(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The photo at side by side pixels; by area, where it is not enlarged."""
    method = cv2.INTER_AREA if min(image.shape[:2]) >= side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=method), np.uint8)


def file_facts(path: Path, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the file of a photo says of itself, without looking at what is on it.

    Args:
        path: the file.
        image: (H, W, 3) uint8 RGB, decoded from it.

    Returns:
        (11,) float32, named by `FACTS`. The quality of a JPEG is estimated from the mean of its luminance
        table on the scale of the Independent JPEG Group (1 to 100); other files have 100. Chroma subsampling
        is the number of pixels that share a colour (4 for 4:2:0), 1 where there is none.

    Raises:
        OSError: the file cannot be read.
    """
    raw = path.read_bytes()
    height, width = image.shape[:2]
    quality, shared, exif = _header(raw)
    spread = image.max(axis=2).astype(np.int16) - image.min(axis=2)
    facts = {
        "log_width": np.log(width),
        "log_height": np.log(height),
        "aspect": width / height,
        "bytes_per_pixel": len(raw) / (width * height),
        "is_jpeg": raw[:3] == b"\xff\xd8\xff",
        "is_png": raw[:4] == b"\x89PNG",
        "is_heic": raw[4:8] == b"ftyp",
        "jpeg_quality": quality,
        "chroma_subsampling": shared,
        "is_grey": float(np.percentile(spread, 99)) <= 4,
        "has_exif": exif,
    }
    return np.array([float(facts[name]) for name in FACTS], np.float32)


def _header(raw: bytes) -> tuple[float, float, bool]:
    """JPEG quality, pixels that share a colour, and whether there is EXIF."""
    from PIL import Image, JpegImagePlugin

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(raw)) as opened:
            exif = "exif" in opened.info
            if not isinstance(opened, JpegImagePlugin.JpegImageFile):
                return 100.0, 1.0, exif
            table = opened.quantization.get(0)
            sampling = JpegImagePlugin.get_sampling(opened)
    except (OSError, ValueError, SyntaxError):  # a format that Pillow does not know, such as HEIC
        return 100.0, 1.0, b"Exif\0\0" in raw[:65536]
    quality = _quality(table) if table else 100.0
    return quality, {0: 1.0, 1: 2.0, 2: 4.0}.get(sampling, 1.0), exif


def _quality(table: Sequence[int]) -> float:
    """The quality whose luminance table is like this one, by libjpeg's rule for scaling the standard one."""
    if max(table) < 255:
        percent = 100.0 * float(np.mean(table)) / _STANDARD_MEAN
    else:
        percent = 100.0 * float(np.mean(sorted(table)[:16])) / _STANDARD_SMALLEST
    return float(np.clip(5000.0 / percent if percent > 100 else (200.0 - percent) / 2.0, 1.0, 100.0))
