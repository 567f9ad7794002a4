"""What reading the poses of a clip gives."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.body.region import Region, spread_mask
from mitate.body.steady import CameraMotion
from mitate.errors import InputError

__all__ = ["PoseReport", "PoseTrack"]


@dataclass(frozen=True, slots=True)
class PoseReport:
    """How a clip was read.

    Attributes:
        duration_s: length of the clip, 0 for a photo.
        looked_at: frames decoded and looked at.
        tracked, detected: of those, with a body followed from the frame before, or found by the detector.
        missed: frames without one, by reason (keys of `mitate.body.refusals.INSTRUCTIONS`).
        swapped: frames in which left and right of some points were exchanged to keep them apart over time.
        jumps: share of the points that were left out because they jump away for a few frames.
        company: share of the looks around in which somebody else of like size was there.
        spacing_s: median seconds between two frames that were looked at, 0 where there is only one.
        height_px: height of the person standing upright, in pixels of the pictures as they were looked at
            (a longer side of at most 1280 px).
        light: grey level, 0 to 255, that a fiftieth of the person lies above; None where nobody looked.
        camera: whether the camera stood still.
        warnings: what a person should know although nothing was refused.
    """

    duration_s: float
    looked_at: int
    tracked: int
    detected: int
    missed: dict[str, int]
    swapped: int
    jumps: float
    company: float
    spacing_s: float
    warnings: tuple[str, ...] = ()
    height_px: float | None = None
    light: float | None = None
    camera: CameraMotion = field(default_factory=lambda: CameraMotion("unknown"))

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {**asdict(self), "camera": self.camera.as_dict()}


@dataclass(frozen=True, slots=True, eq=False)
class PoseTrack:
    """The poses of one person through a clip, one row for every frame looked at, in order of time.

    Points are in the order of `mitate.body.points.POINTS`; left and right are the person's own. A frame
    without the person, a point outside the picture, and one that jumps away and back (`mitate.body.jumps`),
    is NaN with visibility 0: nothing is filled in.

    Attributes:
        path: the file.
        width, height: pixels of the upright picture.
        times_s: (n,) float64, seconds from the start of the clip.
        points: (n, 33, 2) float32, x right and y down in pixels of the upright picture.
        visibility: (n, 33) float32, 0 to 1: how sure that the point is in the picture and not hidden; the
            lower of the network's visibility and presence.
        world: (n, 33, 3) float32 metres from the middle of the hips, x right, y up, z towards the camera: the
            network's own guess, for comparison.
        score: (n,) float32, 0 to 1, how sure that it is a person at all; 0 where missed.
        regions: where the network looked, in pixels of the upright picture; None where missed.
        report: how the clip was read.
        masks: (n, 256, 256) uint8, 255 for surely the person, each in its region; None unless asked for.
        extras: (n, ...) float32, what `per_pose` made of each pose, NaN where missed; None unless asked for.
    """

    path: Path
    width: int
    height: int
    times_s: NDArray[np.float64]
    points: NDArray[np.float32]
    visibility: NDArray[np.float32]
    world: NDArray[np.float32]
    score: NDArray[np.float32]
    regions: tuple[Region | None, ...]
    report: PoseReport
    masks: NDArray[np.uint8] | None = None
    extras: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(n,) whether the person was found in each frame."""
        return self.score > 0

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """First and last time in seconds of each run of frames without the person."""
        missing = np.concatenate([[False], ~self.seen, [False]])
        edges = np.flatnonzero(missing[1:] != missing[:-1]).reshape(-1, 2)
        return tuple((float(self.times_s[first]), float(self.times_s[stop - 1])) for first, stop in edges)

    def mask(self, frame: int) -> NDArray[np.uint8]:
        """The person in one frame: (height, width) uint8, 255 for surely; 0 everywhere where missed.

        Raises:
            InputError: the track was read without masks.
        """
        if self.masks is None:
            raise InputError("this track holds no masks", where=self.path, todo="read it with masks=True")
        region = self.regions[frame]
        if region is None:
            return np.zeros((self.height, self.width), np.uint8)
        return spread_mask(self.masks[frame], region, (self.height, self.width))
