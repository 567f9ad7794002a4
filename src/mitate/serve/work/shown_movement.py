"""What pages draw of a movement: a skeleton and the back's curve through time, and stills."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.body.recording import JOINTS, Recording

if TYPE_CHECKING:
    from mitate.back.assess import Assessment

__all__ = ["BONES", "MOST_FRAMES", "curve_of", "skeleton_of", "stills_of"]

MOST_FRAMES = 150
_MM = 3  # digits of a metre
_LIMBS = (
    *("shoulder elbow", "elbow wrist", "wrist index", "hip knee", "knee ankle"),
    *("ankle heel", "heel foot_index", "ankle foot_index"),
)
_MIDDLE = (
    *("nose left_ear", "nose right_ear", "nose c7", "c7 t12", "t12 s1"),
    *("c7 left_shoulder", "c7 right_shoulder", "left_shoulder right_shoulder"),
    *("s1 left_hip", "s1 right_hip", "left_hip right_hip"),
)


def _pairs() -> list[tuple[int, int]]:
    names = [f"{side}_{limb}".replace(" ", f" {side}_") for side in ("left", "right") for limb in _LIMBS]
    both = (pair.split() for pair in (*_MIDDLE, *names))
    return [(JOINTS.index(one), JOINTS.index(other)) for one, other in both]


BONES = _pairs()
"""Pairs of places in `mitate.body.recording.JOINTS` that a line joins."""


def skeleton_of(recording: Recording) -> dict[str, Any]:
    """Joints through time.

    Returns:
        ``fps``; ``joints``: their names; ``bones``: pairs of places in them; ``times_s``; ``frames``: at most
        `MOST_FRAMES`, each a list of [x, y, z] in metres (x to the person's left, y up from the floor, z as
        the pelvis faces), or None for a joint that was not seen.
    """
    rows = _rows(recording)
    times = recording.times_s[rows]
    steps = np.diff(times)
    return {
        "fps": float(1 / np.median(steps)) if len(steps) and np.median(steps) > 0 else 0.0,
        "joints": list(JOINTS),
        "bones": [list(pair) for pair in BONES],
        "times_s": [round(float(time), 3) for time in times],
        "frames": [_points(frame) for frame in recording.joints[rows]],
    }


def curve_of(recording: Recording) -> dict[str, Any] | None:
    """The back's curve through time; None where the film does not show it.

    Returns:
        ``times_s``; ``points``: of each frame, C7 first, [forward, up] in metres from S1 in the person's
        sagittal plane, None where unknown; ``error_m``: expected mean distance from the true curve.
    """
    if recording.curve_hidden:
        return None
    rows = _rows(recording)
    error = recording.curve_error[rows]
    return {
        "frames": list(range(len(rows))),
        "times_s": [round(float(time), 3) for time in recording.times_s[rows]],
        "points": [_points(frame / 100.0) for frame in recording.curve[rows]],
        "error_m": [round(float(one) / 100.0, _MM) if np.isfinite(one) else None for one in error],
    }


def stills_of(one: Assessment, folder: Path) -> list[dict[str, Any]]:
    """Pictures of the film with the skeleton on them: moment, side, width, height, jpeg (base64).

    Args:
        one: of a film that can still be read.
        folder: to write into.
    """
    from mitate.back.stills import write_stills

    return [
        {
            "moment": still.moment,
            "side": still.side,
            "width": still.width,
            "height": still.height,
            "jpeg": base64.b64encode((folder / still.file).read_bytes()).decode(),
        }
        for still in write_stills(one, folder)
    ]


def _rows(recording: Recording) -> NDArray[np.int64]:
    count = min(MOST_FRAMES, len(recording))
    return np.unique(np.linspace(0, len(recording) - 1, count).round().astype(np.int64))


def _points(frame: NDArray[np.float64]) -> list[list[float] | None]:
    return [[round(float(v), _MM) for v in point] if np.isfinite(point).all() else None for point in frame]
