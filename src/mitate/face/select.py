"""From a clip to a hundred frontal frames of one person, spread over the clip, or a refusal that says why.

The published work filmed three minutes and took 100 frontal images from each film (evidence: NEC and Tsukuba,
2023). Here about three frames are looked at for each one wanted; time is cut into as many bins as frames are
wanted, the best frame of each bin is taken, and empty bins are made up for by the next best elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.errors import InputError
from mitate.face.align import EDEMA_CROP_SIZE, edema_crop
from mitate.face.clip import ClipReport, FaceClip
from mitate.face.detect import FaceDetector
from mitate.face.embed import FaceEmbedder
from mitate.face.landmarks import FaceMesh
from mitate.face.person import check_person, identity_of_film
from mitate.face.pose_of_head import HeadAngles, head_angles
from mitate.face.quality import Quality, QualityLimits, measure, view
from mitate.face.refusals import refusal
from mitate.face.track import FaceTracker, Missed, Seen

__all__ = ["Networks", "check_person", "read_clip", "read_frames", "spread"]

LOOKS_PER_CROP = 3.0
_MAX_SIDE = 1920  # px; a larger picture is scaled down as it is decoded: faces stay far larger than any crop
_FEW = 10  # fewer usable frames than this in a film are said to be few
# A film of a still picture, moved by hand: angles spread by 0.7 degrees at most, lids by 0.15 of the opening.
_STILL_S, _STILL_FRAMES, _STILL_DEG, _STILL_LIDS = 10.0, 60, 0.8, 0.2
# People at rest blink about 17 times a minute (Bentivoglio et al., Movement Disorders 1997): half a minute
# without a blink and without a turn of the head is no living face, ten seconds may be.
_STILL_REFUSED_S = 30.0
_LEAST_SHARE = 0.02  # of the frames of a film that must be usable


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks that read a clip: load them once and hand them to every call, one thread at a time."""

    detector: FaceDetector
    mesh: FaceMesh
    embedder: FaceEmbedder

    @classmethod
    def load(cls, *, threads: int = 1) -> Networks:
        """All three, from the installed weights.

        Raises:
            WeightsError: weights are not installed.
        """
        return cls(FaceDetector(), FaceMesh(threads=threads), FaceEmbedder(threads=threads))


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """One usable frame; the picture itself is gone, its crops are kept."""

    time_s: float
    angles: HeadAngles
    quality: Quality
    crop: NDArray[np.uint8]
    likeness: NDArray[np.uint8]

    @property
    def rank(self) -> float:
        """What the frame is chosen by: quality, and how frontal it is."""
        return self.quality.score * float(np.cos(np.radians(2.0 * min(self.angles.off_frontal, 45.0))))


def read_clip(
    path: str | Path,
    *,
    count: int = 100,
    size: int = EDEMA_CROP_SIZE,
    limits: QualityLimits | None = None,
    looks_per_crop: float = LOOKS_PER_CROP,
    networks: Networks | None = None,
    progress: Callable[[float], None] | None = None,
) -> FaceClip:
    """Choose `count` frontal frames of the one person in a video; a photo gives one.

    Args:
        path: a video or a photo.
        count: frames wanted; a short or poor clip gives fewer.
        size: side of the crops in pixels.
        limits: what makes a frame unusable.
        looks_per_crop: frames looked at for each one wanted, in a clip long enough to have them.
        networks: from `Networks.load()`, to spare loading them for every clip.
        progress: called with the share of the clip that has been read, 0 to 1.

    Raises:
        InputError: the file cannot be read.
        RefusalError: it can, but holds no usable frames of one person; `reason` and the message say why.
        WeightsError: weights are not installed.
    """
    if count < 1 or size < 8 or looks_per_crop < 1:
        raise InputError("count and looks_per_crop must be at least 1 and size at least 8")
    path = Path(path)
    info = video.probe(path)
    wanted = count * looks_per_crop
    spacing = info.duration_s / wanted if info.frame_count > wanted and info.duration_s > 0 else None
    frames = video.frames(path, spacing_s=spacing, max_side=_MAX_SIDE)
    return read_frames(
        _reported(frames, info.duration_s, progress),
        path=path,
        duration_s=info.duration_s,
        count=count,
        size=size,
        limits=limits,
        networks=networks,
    )


def read_frames(
    frames: Iterable[video.Frame],
    *,
    path: Path,
    duration_s: float,
    count: int = 100,
    size: int = EDEMA_CROP_SIZE,
    limits: QualityLimits | None = None,
    networks: Networks | None = None,
) -> FaceClip:
    """As `read_clip`, for frames that are already decoded, in order of time; only crops of them are kept.

    Raises:
        RefusalError: no usable frames of one person.
        WeightsError: weights are not installed.
    """
    limits = limits or QualityLimits()
    networks = networks or Networks.load()
    gathered = _gather(frames, size, limits, networks)
    candidates = _without_blinks(gathered, limits)
    _refuse_if_unusable(gathered, candidates, path, duration_s)
    chosen = [
        candidates[i] for i in spread([c.time_s for c in candidates], [c.rank for c in candidates], count)
    ]
    faces, times = np.stack([c.likeness for c in chosen]), np.array([c.time_s for c in chosen])
    identity, least_likeness = identity_of_film(faces, times, networks.embedder, path)
    return FaceClip(
        path=path,
        crops=np.stack([c.crop for c in chosen]),
        times_s=times,
        angles=np.array([(c.angles.yaw, c.angles.pitch, c.angles.roll) for c in chosen], np.float32),
        quality=np.array([c.rank for c in chosen], np.float32),
        identity=identity,
        report=ClipReport(
            duration_s=duration_s,
            looked_at=gathered.looked_at,
            tracked=gathered.tracked,
            detected=gathered.detected,
            usable=len(candidates),
            used=len(chosen),
            refused=dict(gathered.refused),
            turned_deg=_turned(chosen),
            eye_distance=float(np.median([c.quality.eye_distance for c in chosen])),
            least_likeness=least_likeness,
            warnings=_warnings(gathered, candidates, duration_s),
        ),
    )


def spread(times_s: list[float], ranks: list[float], count: int) -> list[int]:
    """Which frames to take: the best of each of `count` equal stretches of time, then the best of the rest.

    Args:
        times_s: when each frame was, in any order.
        ranks: how good each is.
        count: how many are wanted.

    Returns:
        at most `count` positions, in order of time.
    """
    if not times_s or count < 1:
        return []
    times = np.asarray(times_s, np.float64)
    length = float(times.max() - times.min())
    bins = (
        np.minimum((times - times.min()) / length * count, count - 1).astype(int)
        if length > 0
        else [0] * len(times)
    )
    best_first = sorted(range(len(times)), key=lambda i: (-ranks[i], times[i]))
    first_of_bin: dict[int, int] = {}
    for i in best_first:
        first_of_bin.setdefault(int(bins[i]), i)
    taken = list(first_of_bin.values())
    rest = [i for i in best_first if i not in set(taken)]
    return sorted([*taken, *rest][:count], key=lambda i: float(times[i]))


@dataclass(slots=True)
class _Gathered:
    """What one reading of the clip has shown."""

    candidates: list[_Candidate]
    refused: Counter[str]
    openings: list[float]
    turns: list[tuple[float, float]]
    looked_at: int = 0
    tracked: int = 0
    detected: int = 0


def _gather(frames: Iterable[video.Frame], size: int, limits: QualityLimits, networks: Networks) -> _Gathered:
    """Look at every frame once, and keep crops of those that pass."""
    tracker = FaceTracker(networks.detector, networks.mesh)
    found = _Gathered([], Counter(), [], [])
    for frame in frames:
        found.looked_at += 1
        seen = tracker(frame.image, frame.time_s)
        if isinstance(seen, Missed):
            found.refused[seen.reason] += 1
            continue
        found.detected += seen.detected
        found.tracked += not seen.detected
        _judge(frame, seen, size, limits, found)
    return found


def _judge(frame: video.Frame, seen: Seen, size: int, limits: QualityLimits, found: _Gathered) -> None:
    points = seen.mesh.points
    angles = head_angles(points)
    found.turns.append((angles.yaw, angles.pitch))
    if abs(angles.yaw) > limits.most_yaw or abs(angles.pitch) > limits.most_pitch:
        found.refused["not_frontal"] += 1
        return
    face = view(frame.image, seen.mesh)
    quality = measure(frame.image, seen.mesh, limits, seen=face)
    found.openings.append(quality.eye_opening)
    if quality.failing:
        found.refused[quality.failing[0]] += 1
        return
    crop = edema_crop(frame.image, points, size)
    found.candidates.append(_Candidate(frame.time_s, angles, quality, crop, face.arcface.copy()))


def _without_blinks(found: _Gathered, limits: QualityLimits) -> list[_Candidate]:
    """The candidates whose eyes are not much narrower than this person's usually are in this clip."""
    if not found.candidates:
        return []
    usual = float(np.percentile(found.openings, 75))
    least = limits.least_eye_opening_of_usual * usual
    kept = [c for c in found.candidates if c.quality.eye_opening >= least]
    if len(kept) < len(found.candidates):
        found.refused["eyes_closed"] += len(found.candidates) - len(kept)
    return kept


def _refuse_if_unusable(
    found: _Gathered, candidates: list[_Candidate], path: Path, duration_s: float
) -> None:
    if duration_s >= _STILL_REFUSED_S and _is_still(found, duration_s):
        raise refusal("flat_picture", path)
    if len(candidates) >= max(1, int(np.ceil(_LEAST_SHARE * found.looked_at))):
        return
    if not found.refused:
        raise refusal("no_face", path)
    # what spoils most of the frames is named; a lost face only where it is nearly all
    counts = Counter(found.refused)
    if len(counts) > 1 and counts["no_face"] < 0.8 * found.looked_at:
        del counts["no_face"]
    reason, spoilt = counts.most_common(1)[0]
    raise refusal(reason, path, f" in {spoilt} of {found.looked_at} frames" if found.looked_at > 1 else "")


def _turned(chosen: list[_Candidate]) -> int:
    """The nearest quarter turn, clockwise, of the faces in the picture."""
    roll = float(np.median([c.angles.roll for c in chosen]))
    return round(-roll / 90.0) % 4 * 90


def _warnings(found: _Gathered, candidates: list[_Candidate], duration_s: float) -> tuple[str, ...]:
    said = []
    if found.looked_at > _FEW and len(candidates) < _FEW:
        said.append(f"only {len(candidates)} of {found.looked_at} frames are usable")
    if _is_still(found, duration_s):
        said.append("no blink and no turn of the head in the whole film: is this a film of a picture?")
    return tuple(said)


def _is_still(found: _Gathered, duration_s: float) -> bool:
    """Whether nothing in a film of some length has moved as a living head does."""
    if duration_s < _STILL_S or min(len(found.turns), len(found.openings)) < _STILL_FRAMES:
        return False
    usual = float(np.median(found.openings))
    closing = (usual - min(found.openings)) / usual
    return closing < _STILL_LIDS and float(np.std(found.turns, axis=0).max()) < _STILL_DEG


def _reported(
    frames: Iterator[video.Frame], duration_s: float, progress: Callable[[float], None] | None
) -> Iterator[video.Frame]:
    for frame in frames:
        if progress is not None and duration_s > 0:
            progress(min(1.0, frame.time_s / duration_s))
        yield frame
    if progress is not None:
        progress(1.0)
