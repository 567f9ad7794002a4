"""Virtual pinhole cameras around a recorded movement: the pose track that a perfect detector would read.

`detector_noise` makes it as imperfect as a real one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.cmu_motion import DATA, RATE, Movement
from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.points import INDEX, POINTS
from mitate.body.region import Region, region_around

__all__ = ["Camera", "cameras", "detector_noise", "project"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera that looks at the middle of a movement.

    Attributes:
        yaw: degrees, of the person towards the camera: 0 faces it, positive has turned to their left.
        pitch: degrees, positive looks down.
        distance_m: from the middle of the movement.
        width, height: pixels of the picture.
        focal: pixels; 1500 is 65 degrees of the picture's height, as a phone's main camera.
    """

    yaw: float
    pitch: float = 0.0
    distance_m: float = 3.0
    width: int = 1080
    height: int = 1920
    focal: float = 1500.0

    def see(self, places: Array, middle: Array, heading_deg: float) -> Array:
        """Pixels and depth (..., 3) of places (..., 3) in the world; NaN behind the camera."""
        turn = np.radians(heading_deg - self.yaw)
        level = np.array([np.sin(turn), 0.0, np.cos(turn)])  # from the person to the camera
        pitch = np.radians(self.pitch)
        back = np.cos(pitch) * level + np.sin(pitch) * np.array([0.0, 1.0, 0.0])
        right = np.cross(np.array([0.0, 1.0, 0.0]), level)
        axes = np.stack([right, -np.cross(back, right), -back])
        seen = (places - middle - self.distance_m * back) @ axes.T
        depth = np.where(seen[..., 2:] > 0.1, seen[..., 2:], np.nan)
        centre = (np.array([self.width, self.height]) - 1) / 2
        return np.concatenate([self.focal * seen[..., :2] / depth + centre, depth], axis=-1)


def cameras() -> tuple[Camera, ...]:
    """Every 15 degrees all around, from above, level and below, from 2.5 to 4 m."""
    away = {-15.0: (2.5, 3.0), 0.0: (2.5, 3.0, 4.0), 15.0: (3.0, 3.5, 4.0)}
    return tuple(
        Camera(float(yaw), pitch, metres[place % len(metres)])
        for place, yaw in enumerate(range(-180, 180, 15))
        for pitch, metres in away.items()
    )


def project(movement: Movement, camera: Camera) -> PoseTrack:
    """The movement as a pose track: exact pixels, what CMU's skeleton lacks NaN with visibility 0.

    Eyes, mouth and little fingers are not there; ears, nose and heels are guessed from the head and the
    ankle. There are no masks, and the network's own metres are NaN.
    """
    names = list(movement.points)
    places = np.stack([movement.points[name] for name in names], axis=1)
    hips = (movement.points["left_hip"] + movement.points["right_hip"]) / 2
    middle = np.append(np.median(hips[:, [0, 2]], axis=0), 0.95)[[0, 2, 1]]
    seen = camera.see(places, middle, movement.heading_deg)[..., :2]
    edge = np.array([camera.width, camera.height]) - 0.5
    inside = np.asarray(((seen >= -0.5) & (seen <= edge)).all(axis=-1))
    points = np.full((len(places), len(POINTS), 2), np.nan, np.float32)
    points[:, [INDEX[name] for name in names]] = np.where(inside[..., None], seen, np.nan)
    known = np.isfinite(points).all(axis=-1)
    n = len(points)
    report = PoseReport(n / RATE, n, n, 0, {}, 0, 0.0, 0.0, 1 / RATE)
    return PoseTrack(
        path=DATA / movement.name,
        width=camera.width,
        height=camera.height,
        times_s=movement.times_s,
        points=points,
        visibility=np.where(known, 1.0, 0.0).astype(np.float32),
        world=np.full((n, len(POINTS), 3), np.nan, np.float32),
        score=np.ones(n, np.float32),
        regions=tuple(_region(one) for one in points),
        report=report,
    )


def detector_noise(
    track: PoseTrack, rng: np.random.Generator, *, slow: float = 0.025, fast: float = 0.006
) -> PoseTrack:
    """The track with each point moved as a detector moves it, the same way for a while.

    Two normal deviations for each coordinate, as shares of the torso's length in the picture: `slow` keeps
    for about a second (a point that sits a little beside the joint as long as the view of it is the same),
    `fast` for about a tenth (what smoothing leaves of the jitter). By default a point lies 0.03 of a torso
    (1.5 cm) from its place at the median, less than the 0.05 that were measured on pose2sim_demo against
    joints that are themselves some pixels off.
    """
    pairs = [[INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in ("shoulder", "hip")]
    ends = [track.points[:, pair].astype(np.float64).mean(axis=1) for pair in pairs]
    torso = float(np.nanpercentile(np.linalg.norm(ends[0] - ends[1], axis=1), 90))
    n, rate = len(track), RATE
    moved = sum(
        share * torso * _wander(rng, n, keep=np.exp(-1 / (rate * seconds)))
        for share, seconds in ((slow, 1.0), (fast, 0.1))
    )
    visibility = np.where(track.visibility > 0, np.float32(0.95), np.float32(0.0))
    return replace(
        track, points=(track.points + moved).astype(np.float32), visibility=visibility.astype(np.float32)
    )


def _region(points: NDArray[np.float32]) -> Region | None:
    """Where a tracker would look: the circle around the body from between the hips."""
    hips = points[[INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=0)
    neck = points[[INDEX["left_shoulder"], INDEX["right_shoulder"]]].mean(axis=0)
    known = points[np.isfinite(points).all(axis=1)]
    if not np.isfinite([*hips, *neck]).all():
        return None
    radius = float(np.linalg.norm(known - hips, axis=1).max())
    up = (neck - hips) / max(float(np.linalg.norm(neck - hips)), 1.0)
    return region_around(hips, hips + radius * up)


def _wander(rng: np.random.Generator, n: int, *, keep: float) -> Array:
    """(n, 33, 2) normal deviations of size 1 that forget themselves slowly (first-order autoregression)."""
    fresh = np.sqrt(1 - keep**2) * rng.standard_normal((n, len(POINTS), 2))
    fresh[0] /= np.sqrt(1 - keep**2)
    for i in range(1, n):
        fresh[i] += keep * fresh[i - 1]
    return np.asarray(fresh)
