"""Poses of frames as COCO keypoint JSON, the form that pose tools and annotation programs read.

Format: https://cocodataset.org/#format-data, keypoint detection; 17 points in COCO's order. Its keypoints
count pixels as this house does: the middle of the first is (0, 0). Its flag v is 0 for a point that is not
there, and 2 for one that is seen. The box is the smallest one around the known points; its area stands for
the person's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.body.points import POINTS
from mitate.errors import InputError
from mitate.files import write_text

__all__ = ["COCO_POINTS", "COCO_SKELETON", "CocoFrame", "coco_document", "write_coco"]

COCO_POINTS: tuple[str, ...] = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
"""COCO's 17 points in its order; left and right are the person's own."""

COCO_SKELETON: tuple[tuple[int, int], ...] = (
    (16, 14),
    (14, 12),
    (17, 15),
    (15, 13),
    (12, 13),
    (6, 12),
    (7, 13),
    (6, 7),
    (6, 8),
    (7, 9),
    (8, 10),
    (9, 11),
    (2, 3),
    (1, 2),
    (1, 3),
    (2, 4),
    (3, 5),
    (4, 6),
    (5, 7),
)
"""Which points COCO joins, counted from 1."""


@dataclass(frozen=True, slots=True)
class CocoFrame:
    """One picture and the person in it.

    Attributes:
        file_name: of the picture, as the reader is to find it.
        width, height: of the picture, pixels.
        points: (m, 2) pixels in the order of the names given to `write_coco`; NaN where a point is not known.
        score: of the pose as a whole, 0 to 1; None leaves it out, as annotations by people do.
    """

    file_name: str
    width: int
    height: int
    points: NDArray[np.floating[Any]]
    score: float | None = None


def coco_document(frames: Sequence[CocoFrame], names: Sequence[str] = POINTS) -> dict[str, Any]:
    """The whole document, ready for JSON; a frame in which no point is known has a picture but no annotation.

    Args:
        frames: in order; picture and annotation ids count from 1.
        names: of the points in `CocoFrame.points`; those that COCO does not have are left out.

    Raises:
        InputError: a COCO point that is missing among the names, or points of another number than the names.
    """
    missing = [name for name in COCO_POINTS if name not in names]
    if missing:
        raise InputError(f"COCO needs these points too: {', '.join(missing)}")
    order = [list(names).index(name) for name in COCO_POINTS]
    images, annotations = [], []
    for number, frame in enumerate(frames, 1):
        if frame.points.shape != (len(names), 2):
            what = f"points must be {len(names)} × 2, not {frame.points.shape}"
            raise InputError(what, where=frame.file_name)
        image = {"id": number, "file_name": frame.file_name, "width": frame.width, "height": frame.height}
        images.append(image)
        points = np.asarray(frame.points, dtype=np.float64)[order]
        if np.isfinite(points).all(axis=1).any():
            annotations.append(_annotation(number, points, frame.score))
    category = {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "keypoints": list(COCO_POINTS),
        "skeleton": [list(bone) for bone in COCO_SKELETON],
    }
    info = {"description": "poses found by mitate", "version": "1.0"}
    return {"info": info, "images": images, "annotations": annotations, "categories": [category]}


def write_coco(path: Path, frames: Sequence[CocoFrame], names: Sequence[str] = POINTS) -> None:
    """Write `coco_document` as JSON.

    Raises:
        InputError: as `coco_document`.
        OSError: the file cannot be written.
    """
    write_text(path, json.dumps(coco_document(frames, names), ensure_ascii=False, allow_nan=False) + "\n")


def _annotation(number: int, points: NDArray[np.float64], score: float | None) -> dict[str, Any]:
    known: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
    seen = points[known]
    low, size = seen.min(axis=0), np.ptp(seen, axis=0)
    cells: list[float | int] = []
    for x, y in np.where(known[:, None], points, np.nan):
        cells += [0, 0, 0] if np.isnan(x) else [round(float(x), 3), round(float(y), 3), 2]
    annotation: dict[str, Any] = {
        "id": number,
        "image_id": number,
        "category_id": 1,
        "iscrowd": 0,
        "num_keypoints": int(known.sum()),
        "keypoints": cells,
        "bbox": [round(float(value), 3) for value in (*low, *size)],
        "area": round(float(size.prod()), 3),
    }
    return annotation if score is None else annotation | {"score": round(float(score), 6)}
