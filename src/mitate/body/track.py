"""Follow one person through a clip: detect once, then let each frame's pose say where to look in the next.

The detector runs at the start, after a loss, and once a second to see whether somebody else is in the
picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.body.detect import PersonDetector
from mitate.body.points import INDEX
from mitate.body.pose2d import Pose, PoseNet
from mitate.body.region import Region

__all__ = ["Missed", "PoseTracker", "Seen", "TrackLimits"]

_NOSE = INDEX["nose"]
_MOST_LOOKS = 5
_SETTLED = 0.003  # sides of the region that half of the points may still move by


@dataclass(frozen=True, slots=True)
class TrackLimits:
    """When a track holds and when a person counts as the one being followed.

    Attributes:
        least_score: pose score at which a body is believed.
        most_growth: ratio of region sizes between two frames beyond which the track is not believed.
        most_shift: movement of the hips between two frames, in sides of the region, likewise.
        dominance: the followed person's size over the next one's; with less it is not clear whose clip it is.
        apart: distance of two heads, in sides of the region, from which they are of two people.
        check_every_s: seconds between looks for other people while the track holds.
        remember_s: seconds after a loss for which only a person near where the last one was is taken.
        drift: how much farther than `most_shift` that may be, in sides of the region for each second.
        thorough_every: frames between finer searches while nobody is found.
    """

    least_score: float = 0.5
    most_growth: float = 2.0
    most_shift: float = 0.5
    dominance: float = 1.5
    apart: float = 0.12
    check_every_s: float = 1.0
    remember_s: float = 2.0
    drift: float = 0.5
    thorough_every: int = 10


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The followed person in one frame.

    Attributes:
        pose: the body.
        detected: whether the detector placed it (else it was tracked).
        company: whether somebody else of like size is in the picture; None where nobody looked.
        elsewhere: whether this is the first sight after a loss and far from it: it may be another person.
    """

    pose: Pose
    detected: bool
    company: bool | None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """A frame without a body to use; `reason` is ``no_person`` or ``several_people``."""

    reason: str


class PoseTracker:
    """Follows one person; give it the frames of one clip in order of time.

    Raises:
        WeightsError: weights are not installed.
    """

    def __init__(
        self,
        detector: PersonDetector | None = None,
        net: PoseNet | None = None,
        limits: TrackLimits | None = None,
    ) -> None:
        self._detector = detector or PersonDetector()
        self._net = net or PoseNet()
        self._limits = limits or TrackLimits()
        self._last: Pose | None = None
        self._lost: Region | None = None
        self._seen_at = self._checked_at = -np.inf
        self._misses = 0

    def __call__(self, image: NDArray[np.uint8], time_s: float) -> Seen | Missed:
        """Where the followed person is in this RGB uint8 frame (H, W, 3) at `time_s` seconds."""
        pose = self._continue(image)
        if pose is None:
            return self._start(image, time_s)
        self._last, self._seen_at = pose, time_s
        company = None
        if time_s - self._checked_at >= self._limits.check_every_s:
            self._checked_at = time_s
            company = self._has_company(image, pose)
        return Seen(pose, detected=False, company=company)

    def _continue(self, image: NDArray[np.uint8]) -> Pose | None:
        """The pose where the last one was, or None where that cannot be believed."""
        if self._last is None:
            return None
        region = self._last.following
        pose = self._net(image, region)
        near = self._is_near(region, pose.following, self._limits.most_shift)
        believed = pose.score >= self._limits.least_score and near
        return pose if believed else None

    def _is_near(self, old: Region, new: Region, most_shift: float) -> bool:
        growth = max(old.size, new.size) / min(old.size, new.size)
        shift = float(np.hypot(old.centre[0] - new.centre[0], old.centre[1] - new.centre[1])) / old.size
        return growth <= self._limits.most_growth and shift <= most_shift

    def _start(self, image: NDArray[np.uint8], time_s: float) -> Seen | Missed:
        if self._last is not None:
            self._lost, self._last = self._last.following, None
        poses = self._bodies(image)
        if not poses:
            self._misses += 1
            return Missed("no_person")
        self._misses = 0
        company = (
            len(poses) > 1 and poses[0].following.size < self._limits.dominance * poses[1].following.size
        )
        pose = self._same_as_before(poses, time_s)
        elsewhere = pose is None and self._lost is not None
        if pose is None:
            if self._lost is not None and time_s - self._seen_at <= self._limits.remember_s:
                return Missed("no_person")  # somebody, but not where the followed person can be
            if company:
                return Missed("several_people")
            pose = poses[0]
        self._last, self._seen_at, self._checked_at = pose, time_s, time_s
        return Seen(pose, detected=True, company=company, elsewhere=elsewhere)

    def _same_as_before(self, poses: list[Pose], time_s: float) -> Pose | None:
        """Of the people found, the one nearest to where the lost one was last, if near enough and in time."""
        lost, away_s = self._lost, time_s - self._seen_at
        if lost is None or away_s > self._limits.remember_s:
            return None
        shift = self._limits.most_shift + self._limits.drift * away_s
        near = [pose for pose in poses if self._is_near(lost, pose.following, shift)]
        x, y = lost.centre
        return min(
            near,
            key=lambda pose: np.hypot(pose.following.centre[0] - x, pose.following.centre[1] - y),
            default=None,
        )

    def _bodies(self, image: NDArray[np.uint8]) -> list[Pose]:
        """All people whose pose is believed, the largest first, each in the region that its pose asks for."""
        thorough = self._misses % self._limits.thorough_every == 0
        kept: list[Pose] = []
        for person in self._detector(image, thorough=thorough):
            pose = self._settled(image, person.region)
            if pose.score >= self._limits.least_score and all(self._are_two(pose, other) for other in kept):
                kept.append(pose)
        return sorted(kept, key=lambda pose: -pose.following.size)

    def _settled(self, image: NDArray[np.uint8], region: Region) -> Pose:
        """The pose in `region`, looked at again where it says, as in tracking, until it stays there."""
        pose = self._net(image, region)
        for _ in range(_MOST_LOOKS - 1):
            if pose.score < self._limits.least_score:
                break
            again = self._net(image, pose.following)
            if again.score < self._limits.least_score:
                break  # a body half outside the picture may be lost by looking where it says
            moved = float(np.median(np.linalg.norm(again.points - pose.points, axis=1)))
            pose = again
            if moved < _SETTLED * pose.region.size:
                break
        return pose

    def _are_two(self, a: Pose, b: Pose) -> bool:
        size = max(a.following.size, b.following.size)
        return float(np.hypot(*(a.points[_NOSE] - b.points[_NOSE]))) > self._limits.apart * size

    def _has_company(self, image: NDArray[np.uint8], followed: Pose) -> bool:
        """Whether somebody else in the picture is nearly as large as the followed person."""
        for person in self._detector(image):
            if person.region.size * self._limits.dominance <= followed.following.size:
                continue
            pose = self._net(image, person.region)
            if pose.score >= self._limits.least_score and self._are_two(pose, followed):
                return True
        return False
