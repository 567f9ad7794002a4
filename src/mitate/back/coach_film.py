"""A film read as the coach needs it: poses as the network says them, and the spine where it is looked at.

People who lie are sometimes taken for two, or not found: the network was made for people who stand. Then the
picture is turned so that they seem to.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.back.signals import OF_SPINE
from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.lift import lift
from mitate.body.points import POINTS
from mitate.body.read import MOST_MASKS, Networks, read_poses
from mitate.body.recording import Recording
from mitate.body.refusals import refusal
from mitate.body.track import Missed, PoseTracker, Seen
from mitate.errors import RefusalError

__all__ = ["read_film", "read_turned", "spine_of", "turned_back"]

Array = NDArray[np.float64]

_MAX_SIDE = 1280  # px, as `mitate.body.read`
_LEAST_SEEN = 0.5  # of the frames, for a turned picture to be taken
_TURNS = (1, 3)


def read_film(
    film: Path,
    *,
    spine: bool,
    lying: bool = False,
    networks: Networks | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[PoseTrack, Recording | None]:
    """The poses, not smoothed: a camera could not look ahead.

    Args:
        film: a video.
        spine: whether the angles of the spine are wanted too.
        lying: whether the picture may be turned where the person is not found or taken for two.
        networks: to spare loading them.
        progress: called with the share that is read.

    Raises:
        InputError: the film cannot be read.
        RefusalError: no person is seen, or several.
        WeightsError: weights are not installed.
    """
    info = video.probe(film)
    networks = networks or Networks.load()
    masks = spine and info.duration_s * min(info.frame_rate, 60.0) <= MOST_MASKS
    try:
        track = read_poses(film, smooth=False, masks=masks, networks=networks, progress=progress)
    except RefusalError:
        if not lying:
            raise
        for turns in _TURNS:
            found = read_turned(film, turns, networks=networks)
            if found.seen.mean() >= _LEAST_SEEN:
                return found, None
        raise
    return track, lift(track) if spine else None


def read_turned(film: Path, quarter_turns: int, *, networks: Networks) -> PoseTrack:
    """The poses of a film whose pictures are turned to the left before they are looked at.

    Points are those of the film as it is. One person is followed, the largest at the start; nothing is put
    right afterwards.

    Args:
        film: a video.
        quarter_turns: 0 to 3.
        networks: that look.

    Raises:
        InputError: the film cannot be read.
        RefusalError: no person is seen.
    """
    info = video.probe(film)
    tracker = PoseTracker(networks.detector, networks.pose)
    times: list[float] = []
    score: list[float] = []
    rows: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = []
    for frame in video.frames(film, max_side=_MAX_SIDE):
        seen = tracker(np.ascontiguousarray(np.rot90(frame.image, quarter_turns)), frame.time_s)
        size = frame.image.shape[1], frame.image.shape[0]
        times.append(frame.time_s)
        score.append(0.0 if isinstance(seen, Missed) else seen.pose.score)
        rows.append(_row(seen, quarter_turns, size, info.width / size[0]))
    if not any(score):
        raise refusal("no_person", film)
    points, world, visibility = (np.array(column, np.float32) for column in zip(*rows, strict=True))
    found = np.array(score, np.float32)
    missed = int((found == 0).sum())
    return PoseTrack(
        path=film,
        width=info.width,
        height=info.height,
        times_s=np.array(times),
        points=points,
        visibility=visibility,
        world=world,
        score=found,
        regions=(None,) * len(times),
        report=PoseReport(
            duration_s=info.duration_s,
            looked_at=len(times),
            tracked=len(times) - missed,
            detected=0,
            missed={"no_person": missed} if missed else {},
            swapped=0,
            jumps=0.0,
            company=0.0,
            spacing_s=float(np.median(np.diff(times))) if len(times) > 1 else 0.0,
            warnings=("the picture was turned to find the person",),
        ),
    )


def _row(
    seen: Seen | Missed, quarter_turns: int, size: tuple[int, int], factor: float
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Points, world points and visibility of one frame in the film's own pixels; nothing where missed."""
    if isinstance(seen, Missed):
        return np.full((len(POINTS), 2), np.nan), np.full((len(POINTS), 3), np.nan), np.zeros(len(POINTS))
    flat, deep = turned_back(seen.pose.points, seen.pose.world, quarter_turns, size)
    return (flat + 0.5) * factor - 0.5, deep, np.minimum(seen.pose.visibility, seen.pose.presence)


def turned_back(
    points: NDArray[np.floating], world: NDArray[np.floating], quarter_turns: int, size: tuple[int, int]
) -> tuple[Array, Array]:
    """Points of a picture that was turned to the left, in the picture as it was.

    Args:
        points: (p, 2) pixels of the turned picture.
        world: (p, 3) metres on its axes.
        quarter_turns: by which it was turned.
        size: width and height of the picture as it was.
    """
    flat, deep = np.array(points, np.float64), np.array(world, np.float64)
    for turn in range(quarter_turns % 4, 0, -1):
        width = size[0] if turn % 2 else size[1]
        flat = np.stack([width - 1 - flat[:, 1], flat[:, 0]], axis=1)
        deep = np.stack([deep[:, 1], -deep[:, 0], deep[:, 2]], axis=1)
    return flat, deep


def spine_of(track: PoseTrack, recording: Recording | None) -> dict[str, Array]:
    """Signals of the spine at every moment of a track: name → (n,); empty where they are not known."""
    if recording is None:
        return {}
    found = {}
    for name, angles in OF_SPINE.items():
        total = np.sum([recording.angles[part] for part in angles], axis=0)
        found[name] = np.interp(track.times_s, recording.times_s, total)
    return found
