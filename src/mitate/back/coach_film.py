"""A film read as the coach needs it: poses as the network says them, and the spine where it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.back.signals import OF_SPINE
from mitate.body.clip import PoseTrack
from mitate.body.lift import lift
from mitate.body.read import MOST_MASKS, Networks, read_poses
from mitate.body.recording import Recording

__all__ = ["read_film", "spine_of"]

Array = NDArray[np.float64]


def read_film(
    film: Path,
    *,
    spine: bool,
    networks: Networks | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[PoseTrack, Recording | None]:
    """The poses, not smoothed: a camera could not look ahead; with `spine` the angles of the spine too.

    Raises:
        InputError: the film cannot be read.
        RefusalError: no person is seen, or several.
        WeightsError: weights are not installed.
    """
    info = video.probe(film)
    masks = spine and info.duration_s * min(info.frame_rate, 60.0) <= MOST_MASKS
    track = read_poses(film, smooth=False, masks=masks, networks=networks, progress=progress)
    return track, lift(track) if spine else None


def spine_of(track: PoseTrack, recording: Recording | None) -> dict[str, Array]:
    """Signals of the spine at every moment of a track: name → (n,); empty where they are not known."""
    if recording is None:
        return {}
    found = {}
    for name, angles in OF_SPINE.items():
        total = np.sum([recording.angles[part] for part in angles], axis=0)
        found[name] = np.interp(track.times_s, recording.times_s, total)
    return found
