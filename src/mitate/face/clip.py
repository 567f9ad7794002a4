"""What reading the face in a clip gives."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClipReport", "FaceClip"]


@dataclass(frozen=True, slots=True)
class ClipReport:
    """How the frames of a clip were chosen.

    Attributes:
        duration_s: length of the clip, 0 for a photo.
        looked_at: frames decoded and looked at.
        tracked, detected: of those, with a face followed from the frame before, or found by the detector.
        usable: frames that passed every limit.
        used: frames whose crops are in the clip.
        refused: frames left out, by their gravest reason (keys of `mitate.face.refusals.INSTRUCTIONS`).
        turned_deg: how far the face lay from upright in the picture: 0, 90, 180 or 270 degrees clockwise.
        eye_distance: median px between the eyes over the used frames.
        least_likeness: lowest cosine between two of the frames that were recognised; 1 where there is one.
        warnings: what a person should know although nothing was refused.
    """

    duration_s: float
    looked_at: int
    tracked: int
    detected: int
    usable: int
    used: int
    refused: dict[str, int]
    turned_deg: int
    eye_distance: float
    least_likeness: float
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class FaceClip:
    """The chosen frames of one clip of one person, in order of time.

    Attributes:
        path: the file.
        crops: (n, S, S, 3) uint8 RGB, upright, aligned on bone (`mitate.face.align.edema_crop`).
        times_s: (n,) float64, seconds from the start of the clip.
        angles: (n, 3) float32, yaw, pitch, roll in degrees (`mitate.face.pose_of_head`).
        quality: (n,) float32, 0 to 1.
        identity: (128,) float32 of length 1, who it is (`mitate.face.embed`).
        report: how the frames were chosen.
    """

    path: Path
    crops: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    angles: NDArray[np.float32]
    quality: NDArray[np.float32]
    identity: NDArray[np.float32]
    report: ClipReport

    def __len__(self) -> int:
        return len(self.crops)
