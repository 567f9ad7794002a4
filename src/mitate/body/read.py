"""From a clip to the pose of one person in every frame, or a refusal that says why.

A clip is read at no more than 60 frames a second and at most `MOST_FRAMES` in all, so that a slow-motion
film or one of half an hour takes bounded time and memory; what is read is spread evenly over the clip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.body.background import TOO_DARK, standing_height
from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.detect import PersonDetector
from mitate.body.jumps import jumping
from mitate.body.points import POINTS
from mitate.body.pose2d import Pose, PoseNet
from mitate.body.refusals import refusal
from mitate.body.region import Region
from mitate.body.sides import swapped_frames, torso_length, with_sides
from mitate.body.smooth import smoothed
from mitate.body.steady import CameraWatch
from mitate.body.track import Missed, PoseTracker, Seen
from mitate.errors import InputError

__all__ = ["MOST_FRAMES", "MOST_MASKS", "Networks", "read_poses"]

MOST_FRAMES = 18_000
"""Frames of one clip that are looked at: ten minutes at 30 a second, half an hour at 10."""

MOST_MASKS = 3_000
"""Masks that one track holds, 200 MB; more are asked for in parts."""

_MOST_RATE = 60.0  # frames a second; human movement has nothing to show above
_MAX_SIDE = 1280  # px; a larger picture is scaled down as it is decoded: a body still fills the network's 256
_FEWEST = 20.0  # frames a second, from which on a long film is said to be looked at too seldom
_LEAST_SHARE = 0.05  # of the frames that must show the person
_MOST_COMPANY = 0.25  # of the looks around that may show somebody else of like size
_MARGIN = 0.01  # sides of the region that a point may lie outside the picture and still count as inside


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks that read a clip: load them once and hand them to every call, one thread at a time."""

    detector: PersonDetector
    pose: PoseNet

    @classmethod
    def load(cls, *, threads: int = 1) -> Networks:
        """Both, from the installed weights.

        Raises:
            WeightsError: weights are not installed.
        """
        return cls(PersonDetector(threads=threads), PoseNet(threads=threads))


def read_poses(
    path: str | Path,
    *,
    spacing_s: float | None = None,
    start_s: float = 0.0,
    stop_s: float | None = None,
    smooth: bool = True,
    masks: bool = False,
    per_pose: Callable[[Pose], NDArray[np.float32]] | None = None,
    networks: Networks | None = None,
    progress: Callable[[float], None] | None = None,
) -> PoseTrack:
    """The pose of the one person in a video through time; a photo gives one frame.

    Args:
        path: a video or a photo.
        spacing_s: about one frame in so many seconds; None: every frame, up to 60 a second.
        start_s, stop_s: the part of the clip to read, in seconds; None: to the end.
        smooth: whether the jitter of points is smoothed away (`mitate.body.smooth`).
        masks: whether the mask of the person is kept for every frame.
        per_pose: called once for every frame with the person, in order of time, as the network saw it: in
            pixels of the picture as it was decoded (at most 1280 px a side), nothing smoothed, sides not yet
            put right. What it returns, always of one shape, is kept as `PoseTrack.extras`: a small summary
            of the mask for films whose masks are too many to hold.
        networks: from `Networks.load()`, to spare loading them for every clip.
        progress: called with the share of the part that has been read, 0 to 1.

    Raises:
        InputError: the file cannot be read, an argument is out of range, or there are too many masks to hold.
        RefusalError: no person is seen (``no_person``, or ``too_dark`` where nobody could be), or several of
            like size (``several_people``).
        WeightsError: weights are not installed.
    """
    path = Path(path)
    info = video.probe(path)
    length = max(0.0, min(info.duration_s, np.inf if stop_s is None else stop_s) - start_s)
    spacing = _bounded(spacing_s, info.frame_rate, length)
    if masks and length * min(info.frame_rate, 1 / spacing if spacing else np.inf) > MOST_MASKS:
        raise InputError(
            f"the masks of {length:.0f} s of this clip are more than the {MOST_MASKS:,} that can be held",
            where=path,
            todo="read a shorter part, or give a longer spacing",
        )
    frames = video.frames(path, spacing_s=spacing, start_s=start_s, stop_s=stop_s, max_side=_MAX_SIDE)
    found = _Found(CameraWatch(length), masks=[] if masks else None, extras=None if per_pose is None else [])
    for frame, seen in _followed(frames, networks or Networks.load(), _share_of(progress, start_s, length)):
        found.add(frame, seen, info.width, per_pose)
    found.hurried = spacing if spacing_s is None and length > MOST_FRAMES / _FEWEST else None
    if progress is not None:
        progress(1.0)
    _refuse_if_unusable(found, path)
    return _track(found, path, info, smooth)


@dataclass(slots=True)
class _Found:
    """What one reading of the clip has shown, frame by frame, in pixels of the upright picture."""

    watch: CameraWatch
    times_s: list[float] = field(default_factory=list)
    poses: list[_Row | None] = field(default_factory=list)
    masks: list[NDArray[np.uint8]] | None = None
    extras: list[NDArray[np.float32] | None] | None = None
    missed: Counter[str] = field(default_factory=Counter)
    looks: list[bool] = field(default_factory=list)
    detected: int = 0
    elsewhere: int = 0
    heights: list[float] = field(default_factory=list)
    lights: list[float] = field(default_factory=list)
    hurried: float | None = None

    def add(
        self,
        frame: video.Frame,
        seen: Seen | Missed,
        width: int,
        per_pose: Callable[[Pose], NDArray[np.float32]] | None,
    ) -> None:
        """One frame more, of a picture `width` wide."""
        pose = seen.pose if isinstance(seen, Seen) else None
        self.times_s.append(frame.time_s)
        if self.masks is not None:
            self.masks.append(np.zeros((256, 256), np.uint8) if pose is None else pose.mask)
        if self.extras is not None and per_pose is not None:
            self.extras.append(None if pose is None else per_pose(pose))
        if isinstance(seen, Missed):
            self.lights.append(float(np.percentile(frame.image[::8, ::8], 98)))
            self.missed[seen.reason] += 1
            self.looks += [True] if seen.reason == "several_people" else []
            self.poses.append(None)
            return
        self.detected += seen.detected
        self.elsewhere += seen.elsewhere
        self.looks += [] if seen.company is None else [seen.company]
        self.watch(frame.image, frame.time_s, seen.pose)
        self.heights.append(standing_height(seen.pose))
        self.poses.append(_row(seen.pose, frame.image.shape[:2], width / frame.image.shape[1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """One pose without its mask."""

    points: NDArray[np.float32]
    visibility: NDArray[np.float32]
    world: NDArray[np.float32]
    score: float
    region: Region


def _bounded(spacing_s: float | None, rate: float, length_s: float) -> float | None:
    """The spacing to read at: what was asked for, but no finer than the limits; None: every frame."""
    least = length_s / MOST_FRAMES
    if rate > 1.2 * _MOST_RATE:
        least = max(least, 1 / _MOST_RATE)
    if spacing_s is None:
        return least if rate * least > 1 else None
    return max(spacing_s, least) if spacing_s > 0 else spacing_s


def _share_of(
    progress: Callable[[float], None] | None, start_s: float, length_s: float
) -> Callable[[float], None]:
    def tell(time_s: float) -> None:
        if progress is not None and length_s > 0:
            progress(float(np.clip((time_s - start_s) / length_s, 0.0, 1.0)))

    return tell


def _followed(
    frames: Iterable[video.Frame], networks: Networks, tell: Callable[[float], None]
) -> Iterator[tuple[video.Frame, Seen | Missed]]:
    """Look at every frame once."""
    tracker = PoseTracker(networks.detector, networks.pose)
    for frame in frames:
        tell(frame.time_s)
        yield frame, tracker(frame.image, frame.time_s)


def _row(pose: Pose, shape: tuple[int, ...], factor: float) -> _Row:
    """A pose in pixels of the upright picture, `factor` times as large; points outside it are missing."""
    height, width = shape
    margin = _MARGIN * pose.region.size
    outside = np.any((pose.points < -margin) | (pose.points > np.array([width, height]) + margin), axis=1)
    points = ((pose.points + 0.5) * factor - 0.5).astype(np.float32)
    visibility, world = np.minimum(pose.visibility, pose.presence), pose.world.copy()
    points[outside], visibility[outside], world[outside] = np.nan, 0.0, np.nan
    return _Row(points, visibility, world, pose.score, pose.region.scaled(factor))


def _refuse_if_unusable(found: _Found, path: Path) -> None:
    seen = sum(row is not None for row in found.poses)
    with_others = sum(found.looks)
    if with_others > _MOST_COMPANY * len(found.looks):
        detail = f" in {with_others} of {len(found.looks)} looks around" if len(found.looks) > 1 else ""
        raise refusal("several_people", path, detail)
    if seen < max(1, _LEAST_SHARE * len(found.poses)):
        detail = f" in {len(found.poses) - seen} of {len(found.poses)} frames" if len(found.poses) > 1 else ""
        if np.median(found.lights) < TOO_DARK:
            raise refusal("too_dark", path, f" to see anybody{detail}")
        raise refusal("no_person", path, detail)


def _track(found: _Found, path: Path, info: video.VideoInfo, smooth: bool) -> PoseTrack:
    """The rows as arrays, with sides kept apart and, where wanted, smoothed."""
    times, count = np.array(found.times_s), len(POINTS)
    points = np.full((len(times), count, 2), np.nan, np.float32)
    world = np.full((len(times), count, 3), np.nan, np.float32)
    visibility = np.zeros((len(times), count), np.float32)
    score = np.zeros(len(times), np.float32)
    for i, row in enumerate(found.poses):
        if row is not None:
            points[i], world[i], visibility[i], score[i] = row.points, row.world, row.visibility, row.score
    swapped = swapped_frames(points, world, visibility, times)
    points, world, visibility = (with_sides(values, swapped) for values in (points, world, visibility))
    jumps = jumping(points, times, torso_length(points))
    points[jumps], world[jumps], visibility[jumps] = np.nan, np.nan, 0.0
    if smooth:
        points, world = smoothed(points, times, visibility), smoothed(world, times, visibility)
    looks = found.looks
    report = PoseReport(
        duration_s=info.duration_s,
        looked_at=len(times),
        tracked=int((score > 0).sum()) - found.detected,
        detected=found.detected,
        missed=dict(found.missed),
        swapped=int(swapped.any(axis=1).sum()),
        jumps=float(jumps.sum() / max(1, (score > 0).sum() * count)),
        company=sum(looks) / len(looks) if looks else 0.0,
        spacing_s=float(np.median(np.diff(times))) if len(times) > 1 else 0.0,
        warnings=_warnings(visibility, score, found),
        height_px=float(np.median(found.heights)),
        light=found.watch.light,
        camera=found.watch.motion(),
    )
    return PoseTrack(
        path=path,
        width=info.width,
        height=info.height,
        times_s=times,
        points=points,
        visibility=visibility,
        world=world,
        score=score,
        regions=tuple(None if row is None else row.region for row in found.poses),
        report=report,
        masks=None if found.masks is None else np.stack(found.masks),
        extras=None if found.extras is None else _stacked(found.extras),
    )


def _stacked(kept: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    """(n, ...) with NaN where there is none; at least one there is."""
    shape = next(one.shape for one in kept if one is not None)
    result = np.full((len(kept), *shape), np.nan, np.float32)
    for i, one in enumerate(kept):
        if one is not None:
            result[i] = one
    return result


def _warnings(visibility: NDArray[np.float32], score: NDArray[np.float32], found: _Found) -> tuple[str, ...]:
    said = []
    if found.hurried is not None:
        said.append(
            f"the film is long, so only {1 / found.hurried:.0f} frames a second were looked at: "
            "give the part with the movement to see all"
        )
    missing = int((score == 0).sum())
    if missing:
        said.append(f"the person is not seen in {missing} of {len(score)} frames")
    if found.elsewhere:
        said.append("the person was lost and found again elsewhere: it may be somebody else")
    if any(found.looks):
        said.append("somebody else of like size is in the picture at times")
    for part, first, stop in (("shoulders", 11, 13), ("hips", 23, 25), ("knees", 25, 27), ("feet", 27, 33)):
        hidden = float((visibility[score > 0, first:stop].max(axis=1) < 0.5).mean())
        if hidden > 0.5:
            said.append(f"the {part} are not seen in {100 * hidden:.0f} % of these frames")
    return tuple(said)
